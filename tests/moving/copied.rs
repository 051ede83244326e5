//! A copy holds all that its source does, and a server works on it as before.

use std::path::PathBuf;

use keywright_store::copy::TABLES;

use super::{Database, Populated, dump, run};
use crate::support::Server;

/// A copy of a PostgreSQL in a file beside the first.
fn copy_back(populated: &Populated, database: &Database) -> (PathBuf, serde_json::Value) {
    let back = populated.folder.path().join("back.db");
    let line = format!(
        "copy --from {} --to sqlite:{}",
        database.url(),
        back.display()
    );
    (back, run(&populated.folder, &line).expect(0).json())
}

#[tokio::test]
async fn a_file_is_copied_to_postgresql_and_back_byte_by_byte() {
    let populated = Populated::new().await;
    let database = Database::create();
    let said = populated.copy_to(&database).expect(0);
    assert!(
        said.stderr.contains("pepper.file or KEYWRIGHT_PEPPER"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("let no server use it any more"),
        "{}",
        said.stderr
    );
    let copied = said.json();
    let rows = copied["rows"].as_object().unwrap();
    assert_eq!(rows.len(), TABLES.len());
    assert!(
        rows.values().all(|count| count.as_u64() > Some(0)),
        "{rows:?}"
    );
    assert_eq!(
        database.sql("SELECT count(*) FROM tombstones WHERE last_key_id IS NULL"),
        "1"
    );

    let (back, said) = copy_back(&populated, &database);
    for same in ["sha256", "head", "events", "rows"] {
        assert_eq!(said[same], copied[same], "{same}");
    }
    assert_eq!(dump(&back), dump(&populated.folder.database()));
    let names = std::fs::read_dir(populated.folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.contains("partial")).collect();
    assert!(left.is_empty(), "{left:?}");

    let pepper = populated.folder.pepper();
    let url = format!("sqlite:{}", back.display());
    let settings = [
        ("database.url", url.as_str()),
        ("pepper.file", pepper.to_str().unwrap()),
    ];
    let server = Server::on(&populated.folder, &settings);
    populated.assert_verdicts(&server).await;
    server.finish();
}

#[tokio::test]
async fn a_server_on_the_copy_judges_every_key_as_before_and_goes_on_with_the_events() {
    let populated = Populated::new().await;
    let database = Database::create();
    let copied = populated.copy_to(&database).expect(0).json();
    let head = copied["head"].as_str().unwrap();
    let said = database.run(&populated.folder, &format!("events verify --head {head}"));
    assert_eq!(said.expect(0).json()["head"], head);
    let server = database.serve(&populated.folder);
    populated.assert_verdicts(&server).await;
    let root = server.root();
    let user = root.user().await;
    assert_eq!(root.verdict(&user.key).await, "VALID");
    // The answer that was kept is given once more.
    server.finish();
    let said = database.run(&populated.folder, &format!("events verify --head {head}"));
    let said = said.expect(0).json();
    assert!(said["events"].as_i64() > copied["events"].as_i64());
    assert!(said["pruned"].as_i64() > Some(0));
}

#[tokio::test]
async fn a_postgresql_is_copied_into_another() {
    let populated = Populated::new().await;
    let (one, other) = (Database::create(), Database::create());
    let first = populated.copy_to(&one).expect(0).json();
    let line = format!("copy --from {} --to {}", one.url(), other.url());
    let second = run(&populated.folder, &line).expect(0).json();
    assert_eq!(first["sha256"], second["sha256"]);
    let server = other.serve(&populated.folder);
    populated.assert_verdicts(&server).await;
}

#[tokio::test]
async fn every_table_is_copied_or_known_to_be_left() {
    let populated = Populated::new().await;
    let database = Database::create();
    populated.copy_to(&database).expect(0);
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'keywright'";
    let tables = database.sql(tables);
    for table in tables.lines() {
        let is_left = ["migrations", "servers", "reports", "rate_windows"].contains(&table);
        let is_copied = TABLES.iter().any(|copied| copied.name == table);
        assert!(is_copied != is_left, "{table}");
    }
    assert!(tables.lines().count() > TABLES.len());
    for table in &TABLES {
        let columns = format!(
            "SELECT string_agg(column_name, ', ' ORDER BY column_name COLLATE \"C\") FROM information_schema.columns
             WHERE table_schema = 'keywright' AND table_name = '{}'",
            table.name
        );
        let mut known: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(database.sql(&columns), known.join(", "), "{}", table.name);
    }
}
