//! What is not copied, and that nothing of it is left behind.

use rusqlite::Connection;

use super::{Database, Populated, run, used};
use crate::support::Folder;

/// A copy that must be refused, with this code and these words, and leave the target empty.
#[track_caller]
fn assert_refused(populated: &Populated, database: &Database, code: i32, word: &str) {
    let said = populated.copy_to(database).expect(code);
    assert!(said.stderr.contains(word), "{}", said.stderr);
    assert!(said.stderr.contains("\nhelp: "), "{}", said.stderr);
    assert_eq!(said.stdout, "");
    assert!(database.is_empty());
}

fn change(populated: &Populated, sql: &str) {
    let connection = Connection::open(populated.folder.database()).unwrap();
    connection
        .pragma_update(None, "foreign_keys", false)
        .unwrap();
    assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
}

#[tokio::test]
async fn a_target_that_holds_anything_is_refused_and_left_as_it_is() {
    let populated = Populated::new().await;
    let database = Database::create();
    populated.copy_to(&database).expect(0);
    let count = || database.sql("SELECT count(*) FROM keys");
    let before = count();
    let said = populated.copy_to(&database).expect(5);
    assert!(
        said.stderr
            .contains("rows in its tables already: settings, owners"),
        "{}",
        said.stderr
    );
    assert_eq!(count(), before);
    // So is a file.
    let line = format!("copy --from {} --to {}", database.url(), populated.url());
    let said = run(&populated.folder, &line).expect(5);
    assert!(
        said.stderr.contains("the file is there already"),
        "{}",
        said.stderr
    );
    // Tables that are another product's.
    let other = Database::create();
    other.sql("CREATE SCHEMA keywright; CREATE TABLE keywright.things (id int)");
    let said = populated.copy_to(&other).expect(1);
    assert!(
        said.stderr.contains("another product (things)"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn one_database_on_both_sides_and_two_files_are_refused() {
    let populated = Populated::new().await;
    let database = Database::create();
    populated.copy_to(&database).expect(0);
    // By another name, too.
    let other = database.url().replace("127.0.0.1", "localhost");
    let line = format!("copy --from {} --to {other}", database.url());
    let said = run(&populated.folder, &line).expect(5);
    assert!(
        said.stderr.contains("name the same database"),
        "{}",
        said.stderr
    );
    let line = format!("copy --from {} --to sqlite:other.db", populated.url());
    let said = run(&populated.folder, &line).expect(2);
    assert!(said.stderr.contains("keywright backup"), "{}", said.stderr);
    let line = format!(
        "copy --from {} --to mysql://kw@localhost/kw",
        populated.url()
    );
    let said = run(&populated.folder, &line).expect(2);
    assert!(said.stderr.contains("postgres://"), "{}", said.stderr);
    let line = format!(
        "copy --from sqlite:nowhere.db --to {}",
        Database::create().url()
    );
    let said = run(&populated.folder, &line).expect(3);
    assert!(
        said.stderr.contains("there is no database"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn what_a_server_uses_is_neither_copied_nor_filled() {
    let (populated, folder) = (Populated::new().await, Folder::new());
    let (database, empty) = (Database::create(), Database::create());
    let server = used(&database, &folder);
    let said = populated.copy_to(&database).expect(5);
    assert!(said.stderr.contains("a server uses"), "{}", said.stderr);
    let line = format!("copy --from {} --to {}", database.url(), empty.url());
    let said = run(&folder, &line).expect(5);
    assert!(said.stderr.contains("a server uses"), "{}", said.stderr);
    server.finish();
    run(&folder, &line).expect(0);
    let server = crate::support::Server::on(&populated.folder, &[]);
    assert_refused(&populated, &Database::create(), 5, "a server uses");
    server.finish();
}

#[tokio::test]
async fn what_cannot_be_proved_or_read_is_not_copied() {
    let populated = Populated::new().await;
    let database = Database::create();
    let pepper = std::fs::read(populated.folder.pepper()).unwrap();
    std::fs::write(
        populated.folder.pepper(),
        "another pepper of more than 32 characters",
    )
    .unwrap();
    assert_refused(&populated, &database, 5, "this is not the pepper");
    std::fs::write(populated.folder.pepper(), pepper).unwrap();

    let limits = "UPDATE keys SET uses = 'many' WHERE name = 'Zweigstelle'";
    change(&populated, limits);
    assert_refused(&populated, &database, 1, "uses of ");
    change(
        &populated,
        "UPDATE keys SET uses = 0 WHERE name = 'Zweigstelle'",
    );
    change(
        &populated,
        "UPDATE keys SET name = 'a' || char(0) WHERE name = 'Zweigstelle'",
    );
    assert_refused(&populated, &database, 1, "holds a NUL character");
    change(
        &populated,
        "UPDATE keys SET name = 'a' WHERE instr(name, char(0)) > 0",
    );
    // A row that refers to none.
    change(&populated, "UPDATE replays SET key_id = randomblob(16)");
    assert_refused(&populated, &database, 1, "cannot be written");
    change(&populated, "DELETE FROM replays");
    change(
        &populated,
        "UPDATE events SET actor = 'root ' WHERE position = (SELECT max(position) FROM events)",
    );
    assert_refused(&populated, &database, 10, "not whole at position");
    change(
        &populated,
        "UPDATE events SET actor = 'root' WHERE position = (SELECT max(position) FROM events)",
    );
    // The end was cut off.
    change(
        &populated,
        "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
    );
    assert_refused(&populated, &database, 10, "cut off");
}

#[tokio::test]
async fn a_source_of_another_schema_is_refused() {
    let populated = Populated::new().await;
    let connection = Connection::open(populated.folder.database()).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    assert_refused(
        &populated,
        &Database::create(),
        5,
        "has schema 9, and a copy needs schema",
    );
    connection
        .pragma_update(None, "user_version", 1000)
        .unwrap();
    assert_refused(&populated, &Database::create(), 5, "update keywright");
    connection.pragma_update(None, "user_version", 10).unwrap();
    drop(connection);
    let database = Database::create();
    populated.copy_to(&database).expect(0);
    database.sql("CREATE TABLE keywright.unheard_of (id int); INSERT INTO unheard_of VALUES (1)");
    let line = format!(
        "copy --from {} --to {}",
        database.url(),
        Database::create().url()
    );
    let said = run(&populated.folder, &line).expect(5);
    assert!(
        said.stderr.contains("left out: unheard_of"),
        "{}",
        said.stderr
    );
}
