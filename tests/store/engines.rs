//! The engines that the store's story is told for.
//! Leaves the story to `store`, and the databases to the support of the tests.

use std::time::Duration;

use keywright_store::OpenDatabase;
use keywright_store_postgres::{Options, ServerOptions};

/// Opens a PostgreSQL.
pub(super) fn open_postgres(url: &str) -> Box<dyn OpenDatabase> {
    let options = ServerOptions {
        connection: Options {
            ca_file: None,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
        },
        readers: 2,
        queue_len_max: 1000,
        wait_max: Duration::from_mins(1),
        max_staleness: Duration::from_secs(30),
    };
    Box::new(keywright_store_postgres::open(url, options).unwrap())
}

/// Makes tests of functions, one for each engine.
macro_rules! on_every_engine {
    ($($test:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(crate::store::Stage::sqlite()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(crate::store::Stage::postgres()).await;
                }
            )+
        }
    };
}

pub(super) use on_every_engine;
