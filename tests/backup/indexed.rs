//! Events with an index of their own, as they lay until schema 9: what either of the two would hide is found.

use rusqlite::Connection;

use super::doctored::{broken_at, count};
use super::{doctor, run, varied_of_old};
use crate::support::{Folder, database};

/// What a server of schema 8 would have left.
async fn indexed() -> Folder {
    let folder = varied_of_old().await.finish();
    let before = "
        ALTER TABLE events RENAME TO events_10;
        CREATE TABLE events (
            position bigint NOT NULL PRIMARY KEY, at_ms bigint NOT NULL, actor text NOT NULL, action text NOT NULL,
            target blob, related blob, owner blob, outcome text NOT NULL, detail text, request_id blob NOT NULL,
            address text, mac blob NOT NULL, server_request_id blob
        );
        INSERT INTO events SELECT position, at_ms, actor, action, target, related, owner, outcome, detail, request_id,
            address, mac, server_request_id FROM events_10 ORDER BY position;
        DROP TABLE events_10;
        PRAGMA user_version = 8";
    doctor(&folder.database(), before).unwrap();
    run(&folder, "events verify").expect(0);
    folder
}

#[tokio::test]
async fn a_position_that_is_no_number_is_found() {
    let folder = indexed().await;
    let sql = "UPDATE events SET position = 'x' WHERE position = 2";
    doctor(&folder.database(), sql).unwrap();
    let (found, said) = broken_at(run(&folder, "events verify"));
    assert_eq!(found, 2, "{said}");
    assert!(said.contains("missing: the next one is at 3"), "{said}");
}

#[tokio::test]
async fn bytes_that_were_changed_in_the_table_alone_are_found_behind_the_index() {
    let folder = indexed().await;
    let at_ms = database::number(
        &folder.database(),
        "SELECT at_ms FROM events WHERE position = 4",
    );
    let actor: String = Connection::open(folder.database())
        .unwrap()
        .query_row("SELECT actor FROM events WHERE position = 4", [], |row| {
            row.get(0)
        })
        .unwrap();
    // A row begins with its position, its instant and its actor; an index has the first of them only, and no other
    // row has all three.
    let mut pattern = vec![4];
    pattern.extend(&at_ms.to_be_bytes()[2..]);
    pattern.extend(actor.as_bytes());
    let mut bytes = std::fs::read(folder.database()).unwrap();
    let places: Vec<usize> = bytes
        .windows(pattern.len())
        .enumerate()
        .filter(|(_, window)| *window == pattern)
        .map(|(place, _)| place)
        .collect();
    let [place] = places[..] else {
        panic!("the row is at {places:?}")
    };
    bytes[place] = 104;
    std::fs::write(folder.database(), bytes).unwrap();
    // A read by the index alone finds what was there before.
    let by_index = "SELECT count(*) FROM events WHERE position = 4";
    assert_eq!(database::number(&folder.database(), by_index), 1);
    let (found, said) = broken_at(run(&folder, "events verify"));
    assert_eq!(found, 4, "{said}");
}

#[tokio::test]
async fn events_that_an_index_hides_are_found() {
    let folder = indexed().await;
    let end = count(&folder);
    // The index of a shorter table takes the place of the right one.
    let connection = Connection::open(folder.database()).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE shorter (position bigint NOT NULL PRIMARY KEY);
             INSERT INTO shorter SELECT position FROM events WHERE position <= {end} - 2 ORDER BY position;
             UPDATE head SET (position, mac) = (SELECT position, mac FROM events WHERE position = {end} - 2);
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage =
                 (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_shorter_1')
             WHERE type = 'index' AND tbl_name = 'events' AND sql IS NULL"
        ))
        .unwrap();
    assert_eq!(connection.changes(), 1);
    connection.close().unwrap();
    let (found, said) = broken_at(run(&folder, "events verify"));
    assert_eq!(found, end - 1, "{said}");
    assert!(said.contains("its index leads to"), "{said}");
}
