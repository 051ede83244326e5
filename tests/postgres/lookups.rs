//! The connections that look-ups share, while PostgreSQL ends them, freezes, and changes what they have prepared.
//! Leaves how each is made to `connecting`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keywright_model::error::Error;
use keywright_store_postgres::{Access, Connector, Limits, Options, SharedConnections};
use tokio::runtime::Handle;

use crate::support::postgres::{Postgres, options};
use crate::support::until;

const PLUS_ONE: usize = 0;
const SLOW: usize = 1;
const STATEMENTS: &[&str] = &[
    "SELECT $1::int8 + 1",
    "SELECT pg_backend_pid() FROM (SELECT pg_sleep(0.3)) AS slept",
];

static REFUSED: AtomicU64 = AtomicU64::new(0);

fn limits() -> Limits {
    Limits {
        connections: 3,
        queue_len_max: 1000,
        wait_max: Duration::from_secs(10),
        refused: &REFUSED,
    }
}

async fn start(postgres: &Postgres, options: &Options, limits: &Limits) -> SharedConnections {
    start_with(postgres, STATEMENTS, options, limits).await
}

async fn start_with(
    postgres: &Postgres,
    statements: &'static [&'static str],
    options: &Options,
    limits: &Limits,
) -> SharedConnections {
    let connector = Connector::open(&postgres.url(), options).unwrap();
    let (connector, home) = (Arc::new(connector), Handle::current());
    let shared = SharedConnections::start(connector, Access::ReadOnly, statements, limits, &home);
    let shared = shared.await.unwrap();
    connected(&shared, limits.connections).await;
    shared
}

async fn connected(shared: &SharedConnections, count: usize) {
    until("all connections", async || {
        (shared.connected() == count).then_some(())
    })
    .await;
}

async fn plus_one(shared: &SharedConnections, number: i64) -> Result<i64, Error> {
    let rows = shared.query(PLUS_ONE, &[&number]).await?;
    Ok(rows[0].get(0))
}

#[tokio::test]
async fn look_ups_whose_connections_are_ended_are_asked_again_and_all_come_back() {
    let postgres = Postgres::start();
    let shared = start(&postgres, &options(), &limits()).await;
    let slow = async {
        let look_ups = join_all((0..12).map(|_| shared.query(SLOW, &[])));
        look_ups
            .await
            .into_iter()
            .map(|rows| rows.unwrap()[0].get(0))
            .collect::<Vec<i32>>()
    };
    let ended = async {
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keywright' AND state = 'active'";
        until("all at work", async || {
            (postgres.psql(busy) == "3").then_some(())
        })
        .await;
        postgres.terminate();
    };
    let (pids, ()) = tokio::join!(slow, ended);
    assert_eq!(pids.len(), 12);
    connected(&shared, 3).await;
    for number in 0..100 {
        assert_eq!(plus_one(&shared, number).await.unwrap(), number + 1);
    }
}

#[tokio::test]
async fn a_frozen_postgresql_costs_a_bounded_wait_and_look_ups_go_on_when_it_wakes() {
    let postgres = Postgres::start();
    let options = Options {
        connect_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_millis(500),
        ..options()
    };
    let limits = Limits {
        wait_max: Duration::from_millis(200),
        ..limits()
    };
    let shared = start(&postgres, &options, &limits).await;
    postgres.primary().pause().unwrap();
    let began = Instant::now();
    let frozen = join_all((0..20).map(|number| plus_one(&shared, number))).await;
    for outcome in frozen {
        assert!(
            matches!(outcome, Err(Error::Unavailable { .. })),
            "{outcome:?}"
        );
    }
    // No connection is left, and none is waited for long.
    let without = plus_one(&shared, 1).await;
    assert!(
        matches!(without, Err(Error::Unavailable { .. })),
        "{without:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
    postgres.primary().resume().unwrap();
    let found = until("an answer", async || plus_one(&shared, 1).await.ok()).await;
    assert_eq!(found, 2);
    connected(&shared, 3).await;
}

#[tokio::test]
async fn a_look_up_beyond_the_limit_is_refused_and_one_more_is_let_in_afterwards() {
    let postgres = Postgres::start();
    let limits = Limits {
        queue_len_max: 2,
        ..limits()
    };
    let shared = start(&postgres, &options(), &limits).await;
    let before = REFUSED.load(Ordering::Relaxed);
    let (first, second, third) = tokio::join!(
        shared.query(SLOW, &[]),
        shared.query(SLOW, &[]),
        shared.query(SLOW, &[])
    );
    assert!(first.is_ok() && second.is_ok());
    assert!(matches!(third, Err(Error::Unavailable { .. })));
    assert!(REFUSED.load(Ordering::Relaxed) > before);
    assert_eq!(plus_one(&shared, 1).await.unwrap(), 2);
}

#[tokio::test]
async fn a_statement_that_the_schema_has_overtaken_is_prepared_anew() {
    let postgres = Postgres::start();
    postgres.psql_in_kw("CREATE SCHEMA keywright; CREATE TABLE keywright.things (id int); INSERT INTO keywright.things VALUES (1)");
    postgres.psql_in_kw("GRANT ALL ON SCHEMA keywright TO kw; GRANT ALL ON keywright.things TO kw");
    let limits = Limits {
        connections: 1,
        ..limits()
    };
    let shared = start_with(&postgres, &["SELECT * FROM things"], &options(), &limits).await;
    assert_eq!(shared.query(0, &[]).await.unwrap()[0].len(), 1);
    postgres.psql_in_kw("ALTER TABLE keywright.things ADD COLUMN name text");
    assert_eq!(shared.query(0, &[]).await.unwrap()[0].len(), 2);
}

#[tokio::test]
async fn a_look_up_that_cannot_be_prepared_ends_the_start_and_says_why() {
    let postgres = Postgres::start();
    let connector = Connector::open(&postgres.url(), &options()).unwrap();
    let (connector, limits) = (Arc::new(connector), limits());
    let unknown = &["SELECT * FROM things"];
    let (access, home) = (Access::ReadOnly, Handle::current());
    let start = SharedConnections::start(connector, access, unknown, &limits, &home);
    let error = start.await.err().unwrap().to_string();
    assert!(
        error.contains("a look-up cannot be prepared: ERROR 42P01"),
        "{error}"
    );
}

#[tokio::test]
async fn a_look_up_that_a_standby_gives_up_for_its_replay_is_asked_again() {
    let postgres = Postgres::start();
    postgres.psql_in_kw("CREATE SCHEMA keywright; CREATE SEQUENCE keywright.tries");
    postgres.psql_in_kw(
        "CREATE FUNCTION keywright.second_time() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('keywright.tries') % 2 = 1 THEN
             RAISE EXCEPTION 'canceling statement due to conflict with recovery' USING ERRCODE = '40001';
           END IF;
           RETURN 2;
         END $$",
    );
    postgres.psql_in_kw(
        "GRANT USAGE ON SCHEMA keywright TO kw; GRANT ALL ON SEQUENCE keywright.tries TO kw",
    );
    let statements = &["SELECT second_time()"];
    let shared = start_with(&postgres, statements, &options(), &limits()).await;
    for _ in 0..3 {
        let rows = shared.query(0, &[]).await.unwrap();
        assert_eq!(rows[0].get::<_, i64>(0), 2);
    }
    assert_eq!(shared.connected(), 3);
}
