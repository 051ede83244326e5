//! The commands on a PostgreSQL beside its server: proof, export, doctor, pepper and signing keys.

use serde_json::json;

use super::{Database, run, used};
use crate::support::{Folder, until};

#[tokio::test]
async fn events_are_proved_and_exported_beside_a_server() {
    let (database, folder) = (Database::create(), Folder::new());
    let server = used(&database, &folder);
    let said = database.run(&folder, "events verify").expect(0).json();
    assert_eq!(said["events"], 3);
    let head = said["head"].as_str().unwrap().to_owned();
    database
        .run(&folder, "events export --to all.jsonl")
        .expect(0);
    server.root().user().await;
    let line = format!("events verify --head {head} --export all.jsonl");
    assert_eq!(database.run(&folder, &line).expect(0).json()["events"], 4);
    drop(server);
    for (harm, said) in [
        (
            "UPDATE events SET actor = 'root ' WHERE position = 2",
            "position 2: the event does not bear out its MAC",
        ),
        (
            "UPDATE events SET address = '' WHERE position = 3",
            "position 3: its address has a form",
        ),
        (
            "DELETE FROM events WHERE position = 2",
            "position 2: the event is missing",
        ),
        (
            "INSERT INTO events_checkpoint VALUES (1, 1, '\\x00', '\\x00')",
            "does not bear out its seal",
        ),
    ] {
        let other = database.duplicate();
        other.sql(harm);
        let refused = other.run(&folder, "events verify").expect(10);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    // What was cut off at the end is missed by who has kept a head.
    let other = database.duplicate();
    other.sql("DELETE FROM events WHERE position > 2");
    other.run(&folder, "events verify").expect(0);
    let refused = other
        .run(&folder, &format!("events verify --head {head}"))
        .expect(10);
    assert!(refused.stderr.contains("cut off"), "{}", refused.stderr);
}

#[tokio::test]
async fn the_doctor_tells_what_an_operator_of_postgresql_needs() {
    let (database, folder) = (Database::create(), Folder::new());
    let examined = |database: &Database| database.run(&folder, "doctor");
    std::fs::write(
        folder.pepper(),
        "a pepper of the tests, long enough for this\n",
    )
    .unwrap();
    let said = examined(&database).expect(0);
    assert!(
        said.stdout.contains("is empty; the first start fills it"),
        "{}",
        said.stdout
    );
    let server = used(&database, &folder);
    let said = examined(&database).expect(0).stdout;
    for line in [
        "is whole, schema ",
        "ok       postgresql     PostgreSQL ",
        ", a primary without a standby",
        "ok       durability     what is answered is flushed, pages have checksums",
        "ok       connections    ",
        "ok       contents       3 keys of 3 owners, events up to position 3",
        "keywright.db.pepper is the right one",
        "ok       clock          the database's, and this machine's, it says ",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    database.sql("UPDATE keys SET metadata = 'no JSON' WHERE id = (SELECT id FROM keys LIMIT 1)");
    let said = examined(&database).expect(1).stdout;
    assert!(
        said.contains("1 cannot be read in full: key ") && said.contains("(metadata)"),
        "{said}"
    );
    server.finish();
    // The database's own clock tells what the future is.
    database.sql("UPDATE events SET at_ms = at_ms + 86400000");
    let said = examined(&database).expect(1).stdout;
    assert!(said.contains("before the newest event"), "{said}");
    std::fs::write(folder.pepper(), "another pepper of more than 32 characters").unwrap();
    let said = examined(&database).expect(1).stdout;
    assert!(said.contains("this is not the pepper"), "{said}");
    let foreign = Database::create();
    foreign.sql("CREATE SCHEMA keywright; CREATE TABLE keywright.things (id int)");
    let said = examined(&foreign).expect(1).stdout;
    assert!(said.contains("another product (things)"), "{said}");
    let nowhere = Database("nowhere".to_owned());
    let said = examined(&nowhere).expect(1).stdout;
    assert!(said.contains("there is no database `nowhere`"), "{said}");
}

#[tokio::test]
async fn a_newer_pepper_and_signing_key_are_taken_up_by_the_running_server() {
    let (database, folder) = (Database::create(), Folder::new());
    let server = used(&database, &folder);
    let root = server.root();
    let user = root.user().await;
    let said = database.run(&folder, "pepper add").expect(0).json();
    assert_eq!(
        (&said["version"], &said["in_use"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(root.verdict(&user.key).await, "VALID");
    let newer = root.user().await;
    assert_eq!(root.verdict(&newer.key).await, "VALID");
    let said = database.run(&folder, "pepper status").expect(0).json();
    assert_eq!(said["versions"][1]["newest"], true);
    assert!(said["versions"][0]["live"].as_i64() >= Some(3), "{said}");
    let refused = database.run(&folder, "pepper retire").expect(5);
    assert!(
        refused.stderr.contains("a server uses"),
        "{}",
        refused.stderr
    );
    database.run(&folder, "signing-keys rotate").expect(0);
    until("two keys to be published", async || {
        let set = server
            .get("/.well-known/jwks.json")
            .send()
            .await
            .expect(200)
            .json();
        (set["keys"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    server.finish();
    let refused = database.run(&folder, "pepper retire").expect(5);
    assert!(
        refused.stderr.contains("version 1 is still needed"),
        "{}",
        refused.stderr
    );
    database.run(&folder, "events verify").expect(0);
}

#[tokio::test]
async fn a_newer_pepper_is_refused_while_several_servers_run() {
    let (database, folder) = (Database::create(), Folder::new());
    let one = used(&database, &folder);
    let other = database.serve(&folder);
    let before = std::fs::read(folder.pepper()).unwrap();
    let refused = database.run(&folder, "pepper add").expect(5);
    for word in ["2 servers use this database", "stop all but one"] {
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
    assert_eq!(std::fs::read(folder.pepper()).unwrap(), before);
    other.finish();
    let said = database.run(&folder, "pepper add").expect(0).json();
    assert_eq!(said["in_use"], true);
    let other = database.serve(&folder);
    let user = one.root().user().await;
    assert_eq!(other.root().verdict(&user.key).await, "VALID");
}

#[tokio::test]
async fn a_pepper_that_no_key_needs_is_retired_once_no_server_runs() {
    let (database, folder) = (Database::create(), Folder::new());
    std::fs::write(
        folder.pepper(),
        "a pepper of the tests, long enough for this\n",
    )
    .unwrap();
    database.serve(&folder).finish();
    let said = database.run(&folder, "pepper add").expect(0).json();
    assert_eq!(said["in_use"], false);
    let server = database.serve(&folder);
    let user = server.root().user().await;
    server.finish();
    let said = database.run(&folder, "pepper retire").expect(0).json();
    assert_eq!(
        said["retired"].as_i64().or(said["version"].as_i64()),
        Some(1)
    );
    database.run(&folder, "events verify").expect(0);
    let server = database.serve(&folder);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}

#[tokio::test]
async fn what_is_a_files_own_says_what_to_use_instead() {
    let (database, folder) = (Database::create(), Folder::new());
    drop(used(&database, &folder));
    for line in ["backup keys.db", "restore keys.db"] {
        let refused = database.run(&folder, line).expect(5);
        for word in ["pg_dump", "base backup", "\nhelp: ", "backup.md"] {
            assert!(refused.stderr.contains(word), "{}", refused.stderr);
        }
    }
    let said = run(
        &folder,
        "events verify --database postgres://kw@127.0.0.1:1/kw",
    )
    .expect(1);
    assert!(
        said.stderr.contains("nothing listens there"),
        "{}",
        said.stderr
    );
}
