//! A pooler between keywright and PostgreSQL is recognised, whatever it was told to overlook.
//! Leaves PostgreSQL itself to the other tests.

use keywright_store_postgres::Access;

use super::{refusal, url};
use crate::support::postgres::Postgres;
use crate::support::until;

#[tokio::test]
async fn pgbouncer_is_recognised_in_each_of_its_modes() {
    let postgres = Postgres::start();
    for mode in ["transaction", "statement", "session"] {
        for overlooks in [
            "",
            "ignore_startup_parameters = options, extra_float_digits",
        ] {
            let settings = format!("pool_mode = {mode}\n{overlooks}");
            let (_pgbouncer, port) = postgres.pgbouncer(&settings);
            until("pgbouncer", async || {
                let connected = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
                connected.ok()
            })
            .await;
            let refusal = refusal(&url(&format!("127.0.0.1:{port}"), ""), Access::ReadWrite).await;
            assert!(
                refusal.contains("shares its sessions, as pgbouncer does"),
                "{settings}: {refusal}"
            );
        }
    }
}
