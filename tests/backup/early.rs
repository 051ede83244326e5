//! A database of the first schema, whose events have neither owner nor details, and are signed without them.

use keywright::pepper;
use keywright_model::secret::{Pepper, fingerprint};
use keywright_store::EVENTS;
use rusqlite::Connection;

use super::{copy_of, doctor, elsewhere, run};
use crate::support::{Folder, Operator, Server};

/// What the first keywright would have left: three events, one of them with an address.
fn early() -> Folder {
    let folder = Folder::new();
    let text = "p".repeat(64);
    std::fs::write(folder.pepper(), &text).unwrap();
    let pepper = Pepper::new(1, &fingerprint(&[b"pepper", text.as_bytes()]));
    let signer = pepper.derive(EVENTS);
    let connection = Connection::open(folder.database()).unwrap();
    connection
        .execute_batch(include_str!(
            "../../server/store-sqlite/migrations/1_keys.sql"
        ))
        .unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)",
            (pepper::CHECK, pepper.mac(&[b"check"]).0),
        )
        .unwrap();
    let mut mac: Vec<u8> = Vec::new();
    for position in 1..=3_u8 {
        let at_ms = 1_770_000_000_000 + i64::from(position);
        let (target, request) = ([position; 16], [9; 16]);
        let address = (position == 2).then_some("192.0.2.7");
        let link = signer.mac(&[
            &mac,
            &i64::from(position).to_be_bytes(),
            &at_ms.to_be_bytes(),
            b"root",
            b"owner.created",
            &target,
            b"done",
            &request,
            address.unwrap_or_default().as_bytes(),
        ]);
        mac = link.0.to_vec();
        connection
            .execute(
                "INSERT INTO events (position, at_ms, actor, action, target, outcome, request_id, address, mac)
                 VALUES (?1, ?2, 'root', 'owner.created', ?3, 'done', ?4, ?5, ?6)",
                (position, at_ms, target, request, address, &mac),
            )
            .unwrap();
    }
    connection
        .execute("UPDATE head SET position = 3, mac = ?1", [&mac])
        .unwrap();
    connection.close().unwrap();
    folder
}

#[test]
fn early_events_are_verified_with_those_since() {
    let folder = early();
    let before = run(&folder, "events verify").expect(0).json();
    assert_eq!(before["events"], 3);
    let server = Server::on(&folder, &[]);
    Operator::of(&server).json("users create");
    let folder = server.finish();
    let head = before["head"].as_str().unwrap();
    let later = run(&folder, &format!("events verify --head {head}")).expect(0);
    assert_eq!(later.json()["events"], 4);
    for (change, position) in [
        ("address = '192.0.2.8'", 2),
        ("address = NULL", 2),
        ("owner = target", 3),
        ("related = target", 1),
        ("detail = 'x'", 1),
        ("touched = CAST(x'01' || target AS BLOB)", 2),
        // What is late must not pass for early.
        ("owner = NULL, related = NULL, detail = NULL", 4),
    ] {
        let copy = copy_of(&folder);
        let sql = format!("UPDATE events SET {change} WHERE position = {position}");
        doctor(&copy.database(), &sql).unwrap();
        let said = run(&copy, "events verify").expect(10);
        let found = format!("not whole at position {position}: ");
        assert!(said.stderr.contains(&found), "{change}: {}", said.stderr);
    }
}

#[test]
fn an_early_backup_is_restored_and_brought_up_to_date_by_the_server() {
    let folder = early();
    let (_other, to) = elsewhere("early.db");
    let made = run(&folder, &format!("backup {} --with-pepper", to.display())).expect(0);
    let place = Folder::new();
    let restored = run(&place, &format!("restore {}", to.display())).expect(0);
    assert_eq!(restored.json()["head"], made.json()["head"]);
    let server = Server::on(&place, &[]);
    Operator::of(&server).json("users create");
    let head = made.json()["head"].as_str().unwrap().to_owned();
    run(server.folder(), &format!("events verify --head {head}")).expect(0);
}
