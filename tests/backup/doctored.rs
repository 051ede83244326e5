//! Events that were doctored in the database's file, in every way: `events verify` names the first position.

use std::path::Path;

use keywright::pepper::{self, Home};
use keywright_model::secret::{Pepper, fingerprint};
use keywright_store::{Broken, EVENTS, Head, Marks};
use rusqlite::Connection;

use super::{copy_of, doctor, head_of, run, varied};
use crate::support::operator::Said;
use crate::support::{Folder, database};

/// What a walk over the events finds, without the command around it.
fn walk(folder: &Folder) -> Result<Head, Broken> {
    let file = keywright::database::inspect_file(&folder.database());
    let file = file.unwrap().unwrap();
    let known = file.setting(pepper::CHECK).unwrap().unwrap();
    let (pepper, _) = Home::File(folder.pepper()).recall(&known.into()).unwrap();
    let signers = pepper.newest().derive(EVENTS).into();
    let walked = file.walk_events(&signers, &mut Marks::default(), &mut |_, _| Ok(()));
    walked.unwrap().map(|proven| proven.end)
}

pub(super) fn count(folder: &Folder) -> i64 {
    database::number(&folder.database(), "SELECT count(*) FROM events")
}

/// The position that the command names, and all of what it says.
#[track_caller]
pub(super) fn broken_at(said: Said) -> (i64, String) {
    let said = said.expect(10);
    assert_eq!(said.stdout, "");
    let (_, rest) = said.stderr.split_once("not whole at position ").unwrap();
    let (position, _) = rest.split_once(':').unwrap();
    (position.parse().unwrap(), said.stderr)
}

#[tokio::test]
async fn whole_events_are_told_with_their_head_beside_a_server_and_without() {
    let server = varied().await;
    let beside = run(server.folder(), "events verify").expect(0);
    let folder = server.finish();
    let alone = run(&folder, "events verify").expect(0);
    assert_eq!(beside.stdout, alone.stdout);
    assert_eq!(beside.stderr, "");
    let count = count(&folder);
    assert!(count >= 8, "{count}");
    assert_eq!(alone.json()["events"], count);
    let head: Head = head_of(&folder).parse().unwrap();
    let last = database::open(&folder.database())
        .query_row(
            "SELECT position, mac FROM events WHERE position = ?1",
            [count],
            |row| {
                let (position, mac) = (row.get(0)?, row.get(1)?);
                Ok(Head { position, mac })
            },
        )
        .unwrap();
    assert_eq!(head, last);
    let said = run(&folder, "events verify --table").expect(0);
    assert_eq!(
        said.stdout,
        format!("events  {count}, all whole\nhead    {head}\n")
    );
    assert!(
        said.stderr.contains("--head POSITION:MAC"),
        "{}",
        said.stderr
    );
}

/// The columns of an event, and what each may be changed to.
const CHANGES: &[(&str, &[&str])] = &[
    ("at_ms", &["at_ms + 1", "at_ms - 1", "at_ms + 0.5", "0"]),
    (
        "actor",
        &["'root '", "'server'", "CAST(actor AS BLOB)", "''"],
    ),
    (
        "action",
        &[
            "'key.changed '",
            "'key.rotate'",
            "CAST(action AS BLOB)",
            "''",
        ],
    ),
    (
        "target",
        &["NULL", "x''", "randomblob(16)", "CAST(target AS TEXT)"],
    ),
    (
        "related",
        &["NULL", "x''", "randomblob(16)", "target", "owner"],
    ),
    (
        "owner",
        &["NULL", "x''", "randomblob(16)", "target", "related"],
    ),
    ("outcome", &["'failed'", "''", "CAST(outcome AS BLOB)"]),
    (
        "detail",
        &[
            "NULL",
            "''",
            "detail || '.'",
            "'enabled'",
            "x'00'",
            "CAST(detail AS BLOB)",
        ],
    ),
    (
        "request_id",
        &["randomblob(16)", "x''", "CAST(request_id AS TEXT)"],
    ),
    (
        "server_request_id",
        &[
            "NULL",
            "randomblob(16)",
            "x''",
            "target",
            "request_id || x'00'",
        ],
    ),
    (
        "address",
        &["NULL", "''", "'127.0.0.2'", "CAST(address AS BLOB)"],
    ),
    (
        "touched",
        &[
            "NULL",
            "x''",
            "x'00'",
            "CAST(x'01' || randomblob(16) AS BLOB)",
            "CAST(x'01' || target AS BLOB)",
            "CAST(x'04' || owner AS BLOB)",
            "CAST(touched AS TEXT)",
            "CAST(touched || x'00' AS BLOB)",
        ],
    ),
    (
        "mac",
        &["randomblob(32)", "x''", "CAST(mac AS TEXT)", "mac || x'00'"],
    ),
];

#[tokio::test]
async fn every_change_of_any_column_of_any_event_is_found_where_it_is() {
    let folder = varied().await.finish();
    let head = walk(&folder).unwrap();
    let mut cases = 0;
    for position in 1..=head.position {
        for (column, values) in CHANGES {
            for value in *values {
                let copy = copy_of(&folder);
                let row = || -> (String, String) {
                    let sql = format!(
                        "SELECT typeof({column}), hex({column}) FROM events WHERE position = ?1"
                    );
                    let connection = database::open(&copy.database());
                    let row = connection
                        .query_row(&sql, [position], |row| Ok((row.get(0)?, row.get(1)?)));
                    row.unwrap()
                };
                let before = row();
                let sql =
                    format!("UPDATE events SET {column} = {value} WHERE position = {position}");
                // Not every column may be without a value, and not every value is another one.
                if doctor(&copy.database(), &sql).is_err() || row() == before {
                    continue;
                }
                cases += 1;
                let found = walk(&copy).map_err(|broken| broken.position);
                assert_eq!(found, Err(position), "{column} = {value} at {position}");
            }
        }
    }
    assert!(cases > 300, "{cases} cases");
}

#[tokio::test]
async fn an_event_that_was_taken_away_or_put_elsewhere_is_found_where_it_was() {
    let folder = varied().await.finish();
    let end = count(&folder);
    for (sql, position, word) in [
        ("DELETE FROM events WHERE position = 1", 1, "the event is missing: the next one is at 2"),
        ("DELETE FROM events WHERE position = 4", 4, "the event is missing: the next one is at 5"),
        ("DELETE FROM events WHERE position BETWEEN 3 AND 5", 3, "the next one is at 6"),
        // The gap is closed again.
        (
            "DELETE FROM events WHERE position = 4;
             UPDATE events SET position = position - 1 WHERE position > 4;
             UPDATE head SET position = position - 1",
            4,
            "does not bear out its MAC",
        ),
        // Two change places.
        (
            "UPDATE events SET position = -3 WHERE position = 3;
             UPDATE events SET position = 3 WHERE position = 5;
             UPDATE events SET position = 5 WHERE position = -3",
            3,
            "does not bear out its MAC",
        ),
        ("UPDATE events SET position = 0 WHERE position = 1", 1, "missing: the next one is at 0"),
        // One is told twice.
        (
            "UPDATE events SET position = position + 1000 WHERE position > 4;
             INSERT INTO events SELECT 5, at_ms, actor, action, target, related, owner, outcome, detail,
                 request_id, address, mac, server_request_id, touched FROM events WHERE position = 4;
             UPDATE events SET position = position - 999 WHERE position > 1000;
             UPDATE head SET position = position + 1",
            5,
            "does not bear out its MAC",
        ),
    ] {
        let copy = copy_of(&folder);
        doctor(&copy.database(), sql).unwrap();
        let (found, said) = broken_at(run(&copy, "events verify"));
        assert_eq!(found, position, "{sql}: {said}");
        assert!(said.contains(word), "{sql}: {said}");
        assert!(
            said.contains(&format!("\nhelp: all before position {position} is as a server wrote it")),
            "{said}"
        );
    }
    assert!(end > 6);
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_found_by_the_written_end_or_by_a_kept_head() {
    let folder = varied().await.finish();
    let (end, kept) = (count(&folder), head_of(&folder));
    let copy = copy_of(&folder);
    let cut = format!("DELETE FROM events WHERE position > {}", end - 2);
    doctor(&copy.database(), &cut).unwrap();
    let (found, said) = broken_at(run(&copy, "events verify"));
    assert_eq!(found, end - 1);
    assert!(said.contains("the end was cut off"), "{said}");
    // With the written end adjusted, nothing in the database itself is wrong any more.
    let adjust = "UPDATE head SET (position, mac) =
                      (SELECT position, mac FROM events ORDER BY position DESC LIMIT 1)";
    doctor(&copy.database(), adjust).unwrap();
    run(&copy, "events verify").expect(0);
    let (found, said) = broken_at(run(&copy, &format!("events verify --head {kept}")));
    assert_eq!(found, end - 1);
    assert!(
        said.contains(&format!("the head that was kept is at {end}")),
        "{said}"
    );
}

#[tokio::test]
async fn an_end_that_was_changed_is_found() {
    let folder = varied().await.finish();
    let end = count(&folder);
    for (sql, position) in [
        ("UPDATE head SET position = position + 1", end + 1),
        ("UPDATE head SET position = position - 1", end),
        ("UPDATE head SET mac = randomblob(32)", end),
        ("UPDATE head SET mac = x''", end),
        ("UPDATE head SET mac = CAST(mac AS TEXT)", end + 1),
        ("DELETE FROM head", end + 1),
    ] {
        let copy = copy_of(&folder);
        doctor(&copy.database(), sql).unwrap();
        let (found, said) = broken_at(run(&copy, "events verify"));
        assert_eq!(found, position, "{sql}: {said}");
    }
}

#[tokio::test]
async fn a_kept_head_stands_for_all_before_it_and_lets_the_events_go_on() {
    let server = varied().await;
    let kept = head_of(server.folder());
    server.root().user().await;
    let folder = server.finish();
    run(&folder, &format!("events verify --head {kept}")).expect(0);
    run(&folder, "events verify --head 0:").expect(0);
    // A database whose events are as whole, but others.
    let other = varied().await.finish();
    let (found, said) = broken_at(run(&other, &format!("events verify --head {kept}")));
    let (position, _) = kept.split_once(':').unwrap();
    assert_eq!(found.to_string(), position);
    assert!(
        said.contains("not the one of the head that was kept"),
        "{said}"
    );
    let said = run(&folder, "events verify --head 27").expect(2);
    assert!(said.stderr.contains("POSITION:MAC"), "{}", said.stderr);
}

#[tokio::test]
async fn events_that_were_signed_with_another_pepper_are_found_at_the_first() {
    let folder = varied().await.finish();
    let end = count(&folder);
    let signer = Pepper::new(1, &[7; 32]).derive(EVENTS);
    for from in [1, 4, end] {
        let copy = copy_of(&folder);
        forge(&copy.database(), from, &signer);
        let (found, said) = broken_at(run(&copy, "events verify"));
        assert_eq!(found, from, "{said}");
    }
    // With the right one they are whole, which proves that it is the pepper that makes the difference.
    let copy = copy_of(&folder);
    let text = std::fs::read_to_string(copy.pepper()).unwrap();
    let pepper = Pepper::new(1, &fingerprint(&[b"pepper", text.trim().as_bytes()]));
    forge(&copy.database(), 4, &pepper.derive(EVENTS));
    run(&copy, "events verify").expect(0);
    let kept = head_of(&folder);
    let (found, _) = broken_at(run(&copy, &format!("events verify --head {kept}")));
    assert_eq!(found, end);
}

/// Writes the actor of one event anew, and signs it and all behind it, the end included.
fn forge(database: &Path, from: i64, signer: &Pepper) {
    let connection = Connection::open(database).unwrap();
    connection
        .execute(
            "UPDATE events SET actor = 'anonymous' WHERE position = ?1",
            [from],
        )
        .unwrap();
    let mut statement = connection
        .prepare("SELECT * FROM events WHERE position >= ?1 ORDER BY position")
        .unwrap();
    let columns = [
        "actor",
        "action",
        "target",
        "outcome",
        "request_id",
        "address",
        "related",
        "owner",
        "detail",
        "server_request_id",
        "touched",
    ];
    let events: Vec<(i64, i64, Vec<Vec<u8>>)> = statement
        .query_map([from], |row| {
            let parts = columns.map(|column| match row.get_ref(column).unwrap() {
                rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                    bytes.to_vec()
                }
                _ => Vec::new(),
            });
            Ok((row.get("position")?, row.get("at_ms")?, parts.to_vec()))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    drop(statement);
    let sql = "SELECT mac FROM events WHERE position = ?1 - 1";
    let mut mac: Vec<u8> = connection
        .query_row(sql, [from], |row| row.get(0))
        .unwrap_or_default();
    for (position, at_ms, parts) in events {
        let (position_bytes, at_ms) = (position.to_be_bytes(), at_ms.to_be_bytes());
        let mut all: Vec<&[u8]> = vec![&mac, &position_bytes, &at_ms];
        all.extend(parts.iter().map(Vec::as_slice));
        // Most have touched nothing else, and what the server did by itself was brought by no request.
        for _ in 0..2 {
            all.pop_if(|part| part.is_empty());
        }
        mac = signer.mac(&all).0.to_vec();
        connection
            .execute(
                "UPDATE events SET mac = ?2 WHERE position = ?1",
                (position, &mac),
            )
            .unwrap();
    }
    connection
        .execute("UPDATE head SET mac = ?1", [&mac])
        .unwrap();
    connection.close().unwrap();
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_found() {
    let folder = varied().await.finish();
    crate::support::harm::damage(
        &folder.database(),
        &[(crate::support::harm::Part::Rows, "events")],
    );
    let (found, said) = broken_at(run(&folder, "events verify"));
    assert_eq!(found, 1);
    assert!(said.contains("malformed"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_verified_is_refused_with_the_remedy() {
    let folder = Folder::new();
    let said = run(&folder, "events verify").expect(3);
    assert!(
        said.stderr.contains("there is no database"),
        "{}",
        said.stderr
    );
    assert_eq!(super::names(folder.path()), [""; 0]);
    let folder = varied().await.finish();
    for option in ["--url http://127.0.0.1:1", "--key-file key"] {
        let said = run(&folder, &format!("events verify {option}")).expect(2);
        assert!(said.stderr.contains("asks no server"), "{}", said.stderr);
    }
    let kept = std::fs::read(folder.pepper()).unwrap();
    std::fs::write(folder.pepper(), "another pepper of more than 32 characters").unwrap();
    let said = run(&folder, "events verify").expect(5);
    assert!(
        said.stderr.contains("this is not the pepper"),
        "{}",
        said.stderr
    );
    std::fs::remove_file(folder.pepper()).unwrap();
    let said = run(&folder, "events verify").expect(5);
    assert!(said.stderr.contains("is missing"), "{}", said.stderr);
    std::fs::write(folder.pepper(), kept).unwrap();
    doctor(&folder.database(), "PRAGMA user_version = 99").unwrap();
    let said = run(&folder, "events verify").expect(5);
    assert!(
        said.stderr.contains("help: update keywright"),
        "{}",
        said.stderr
    );
    std::fs::write(folder.database(), "this is a letter").unwrap();
    let said = run(&folder, "events verify").expect(5);
    assert!(
        said.stderr.contains("is no database of a keywright"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn verifying_leaves_everything_as_it_lies() {
    let folder = varied().await.finish();
    let before = (
        super::names(folder.path()),
        std::fs::read(folder.database()).unwrap(),
    );
    run(&folder, "events verify").expect(0);
    let after = (
        super::names(folder.path()),
        std::fs::read(folder.database()).unwrap(),
    );
    assert!(before == after, "something was written");
}
