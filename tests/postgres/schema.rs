//! The schema: made once whoever starts first, refused where it is not ours, and its indexes used.
//! Leaves what stands in it to `rows`.

use std::time::Duration;

use futures_util::future::join_all;
use keywright_model::id::OwnerId;
use keywright_model::secret::Digest;
use keywright_store::{LookUp as _, ReadFrom};
use keywright_store_postgres::{Connector, Options, migrate};
use uuid::Uuid;

use super::rows::engine;
use crate::support::postgres::{Database, connector, options};
use crate::support::until;

async fn refusal(postgres: &Database) -> String {
    let refused = migrate(&connector(&postgres.url())).await;
    refused.unwrap_err().to_string()
}

fn tables(postgres: &Database) -> String {
    postgres.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'keywright'")
}

#[tokio::test]
async fn ten_that_start_at_once_agree_on_one_schema() {
    let postgres = Database::empty();
    let made = join_all((0..10).map(|_| async {
        let connector = connector(&postgres.url());
        migrate(&connector).await
    }));
    for made in made.await {
        made.unwrap();
    }
    let taken =
        postgres.sql("SELECT number, at_ms > 1700000000000 FROM keywright.migrations ORDER BY 1");
    assert_eq!(taken, "1|t\n2|t\n3|t");
    migrate(&connector(&postgres.url())).await.unwrap();
    assert_eq!(tables(&postgres), "14");
}

#[tokio::test]
async fn who_waits_longer_for_another_than_a_statement_may_take_goes_on_behind_it() {
    let postgres = Database::empty();
    let other = postgres.connect();
    // The number is that of the lock which a server holds that is at it.
    let held = tokio::spawn(async move {
        let hold =
            "BEGIN; SELECT pg_advisory_xact_lock(118160680904562); SELECT pg_sleep(4); COMMIT";
        other.batch_execute(hold).await
    });
    until("the lock", async || {
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        (postgres.sql(locks) == "1").then_some(())
    })
    .await;
    let options = Options {
        statement_timeout: Duration::from_secs(1),
        ..options()
    };
    let connector = Connector::open(&postgres.url(), &options).unwrap();
    migrate(&connector).await.unwrap();
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_schema_of_a_newer_keywright_is_refused_and_left_as_it_is() {
    let postgres = Database::empty();
    migrate(&connector(&postgres.url())).await.unwrap();
    postgres.sql("INSERT INTO keywright.migrations VALUES (1000, 0)");
    let refusal = refusal(&postgres).await;
    for part in ["version 1000", "up to 3", "a newer keywright"] {
        assert!(refusal.contains(part), "{refusal}");
    }
    assert_eq!(tables(&postgres), "14");
}

#[tokio::test]
async fn tables_of_another_product_are_refused_by_their_names_and_left_as_they_are() {
    for (made, names) in [
        ("CREATE TABLE keywright.keys (id int)", "(keys)"),
        (
            "CREATE TABLE keywright.migrations (name text)",
            "(migrations)",
        ),
        (
            "CREATE VIEW keywright.\"A view\" AS SELECT 1",
            "(\"A view\")",
        ),
    ] {
        let postgres = Database::empty();
        postgres.sql(&format!(
            "CREATE SCHEMA keywright AUTHORIZATION kw; SET ROLE kw; {made}"
        ));
        let before = tables(&postgres);
        let refusal = refusal(&postgres).await;
        assert!(refusal.contains("another product"), "{refusal}");
        assert!(refusal.contains(names), "{refusal}");
        assert_eq!(tables(&postgres), before);
    }
}

#[tokio::test]
async fn a_user_that_may_make_no_tables_is_told_what_to_grant() {
    let postgres = Database::empty();
    postgres.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO postgres', current_database()); END $$");
    let refused = refusal(&postgres).await;
    assert!(refused.contains("GRANT CREATE ON DATABASE"), "{refused}");
    // One who was given an empty schema needs no more.
    postgres.sql("CREATE SCHEMA keywright AUTHORIZATION kw");
    migrate(&connector(&postgres.url())).await.unwrap();
    assert_eq!(tables(&postgres), "14");
    // A schema of somebody else is none.
    postgres.sql("DROP SCHEMA keywright CASCADE; CREATE SCHEMA keywright");
    let refused = refusal(&postgres).await;
    assert!(refused.contains("must be its own"), "{refused}");
}

/// How often tables were read from end to end, how often the digests' index was asked, and what all indexes of the keys
/// have read.
const SCANS: &str = "SELECT (SELECT sum(seq_scan) FROM pg_stat_user_tables \
         WHERE relname IN ('keys', 'owners', 'credits', 'events', 'revoked_tokens')), \
     (SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'keys_by_digest'), \
     (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'keys')";

#[tokio::test]
async fn look_ups_use_their_indexes_also_when_tables_have_grown_since_they_were_measured() {
    let postgres = Database::empty();
    migrate(&connector(&postgres.url())).await.unwrap();
    // What PostgreSQL knows is that there is nothing, until it looks again: within a minute or so.
    postgres.sql("ALTER TABLE keywright.keys SET (autovacuum_enabled = off)");
    postgres.sql("VACUUM ANALYZE");
    // A session tells what it did when it ends: this one has made the indexes.
    until("the end of the migration's session", async || {
        (postgres.sessions() == 0).then_some(())
    })
    .await;
    postgres.sql("SELECT pg_stat_reset()");
    let engine = engine(&postgres).await;
    let look_up = async |number: u8| {
        let digest = Digest([number; 32]);
        let key = engine.look_up_key_by_digest(digest, ReadFrom::Any).await;
        let owner = OwnerId(Uuid::from_u128(u128::from(number)));
        engine.look_up_owner(owner, ReadFrom::Any).await.unwrap();
        key.unwrap().found
    };
    for number in 0..20 {
        assert_eq!(look_up(number).await, None);
    }
    postgres.sql(
        "SET enable_seqscan = off;
         INSERT INTO keywright.owners (id, kind, created_at_ms, updated_at_ms)
             VALUES ('00000000-0000-0000-0000-000000000001', 'user', 0, 0);
         INSERT INTO keywright.keys (id, kind, owner_id, lineage, hint, scopes, metadata, digest, pepper_version,
             created_at_ms)
             SELECT gen_random_uuid(), 'standard', '00000000-0000-0000-0000-000000000001', gen_random_uuid(), '', '',
                 '{}', decode(repeat(lpad(to_hex(n), 8, '0'), 8), 'hex'), 1, 0
             FROM generate_series(1, 5000) n",
    );
    for number in 0..20 {
        look_up(number).await;
    }
    drop(engine);
    let scans = until("what was scanned", async || {
        let scans = postgres.sql(SCANS);
        scans.contains("|40|").then_some(scans)
    })
    .await;
    assert_eq!(scans, "0|40|0");
}
