//! The engines that the store's story is told for, and a database of each.
//! Leaves the story to `store`.

use std::sync::LazyLock;
use std::time::Duration;

use keywright_postgres_cluster::{Cluster, Programs};
use keywright_store::OpenDatabase;
use keywright_store_postgres::{Options, ServerOptions};
use uuid::Uuid;

/// One for all tests of this process, each of which has a database of its own.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let programs = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
    Cluster::start(&programs).unwrap()
});

/// A database of PostgreSQL.
pub(super) struct Database(String);

impl Database {
    /// An empty one.
    pub(super) fn create() -> Self {
        let name = format!("story_{}", Uuid::new_v4().simple());
        CLUSTER.primary().create_database(&name).unwrap();
        Self(name)
    }

    pub(super) fn url(&self) -> String {
        CLUSTER.primary().url(&self.0)
    }

    /// What a statement about keywright's tables answers.
    pub(super) fn number(&self, statement: &str) -> i64 {
        let statement = format!("SET search_path = keywright; {statement}");
        let answer = CLUSTER.primary().sql(&self.0, &statement).unwrap();
        answer.trim().parse().unwrap()
    }
}

/// Opens a PostgreSQL; the clock that it is started with tells the instants of changes.
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
        test_clock: true,
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
