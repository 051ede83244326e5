//! Events that were pruned: the checkpoint behind which the kept ones begin, and the exports that lead up to it.

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::json;

use super::{copy_of, doctor, elsewhere, finish, head_of, names, run, varied};
use crate::support::operator::Said;
use crate::support::wall_clock::WallClock;
use crate::support::{Clocked, Folder, Server, database, until};

const DAY_S: i64 = 86_400;

/// A server whose first events were pruned, and what was known of them before.
struct Pruned {
    folder: Folder,
    /// The head of each position before the pruning, the first at 1.
    heads: Vec<String>,
    /// The position of the last event that was pruned.
    cut: i64,
}

impl Pruned {
    /// Six events, exported in `all.jsonl`, and in `first.jsonl` (up to 3) and `rest.jsonl`; then five of them go.
    async fn new() -> Self {
        let server = Clocked::with(json!({ "events": { "keep_days": 1 } })).await;
        let mut heads = Vec::new();
        for count in 1..=6 {
            server.root().user().await;
            heads.push(head_of(server.folder()));
            if count == 3 {
                run(server.folder(), "events export --to first.jsonl").expect(0);
            }
        }
        run(server.folder(), "events export --to all.jsonl").expect(0);
        run(server.folder(), "events export --after 3 --to rest.jsonl").expect(0);
        server.advance_s(2 * DAY_S);
        assert_eq!(server.oldest_after_pruning().await, 6);
        server.root().user().await;
        Self {
            folder: server.stop().await,
            heads,
            cut: 5,
        }
    }

    fn head(&self, position: usize) -> &str {
        &self.heads[position - 1]
    }
}

/// Proves that a command says this, and ends with this code.
#[track_caller]
fn assert_said(said: Said, code: i32, word: &str) {
    let said = said.expect(code);
    assert!(said.stderr.contains(word), "{}", said.stderr);
    assert!(said.stderr.contains("\nhelp: "), "{}", said.stderr);
    assert_eq!(said.stdout, "");
}

#[tokio::test]
async fn what_is_kept_is_proved_from_the_checkpoint_on() {
    let pruned = Pruned::new().await;
    let said = run(&pruned.folder, "events verify").expect(0).json();
    // The newest of the six, that five were pruned, and one since.
    assert_eq!((&said["events"], &said["pruned"]), (&json!(3), &json!(5)));
    let said = run(&pruned.folder, "events verify --table").expect(0);
    let head = head_of(&pruned.folder);
    let expected = format!("events  3, all whole\nhead    {head}\npruned  up to position 5\n");
    assert_eq!(said.stdout, expected);
    for kept in [pruned.head(5), pruned.head(6), &head, "0:"] {
        run(&pruned.folder, &format!("events verify --head {kept}")).expect(0);
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_changed_or_removed_is_found() {
    let pruned = Pruned::new().await;
    for (sql, word) in [
        ("DELETE FROM events_checkpoint", "position 1: the event is missing: the next one is at 6"),
        ("UPDATE events_checkpoint SET position = 4", "does not bear out its seal"),
        ("UPDATE events_checkpoint SET mac = randomblob(32)", "does not bear out its seal"),
        ("UPDATE events_checkpoint SET seal = randomblob(32)", "does not bear out its seal"),
        ("UPDATE events_checkpoint SET seal = x''", "does not bear out its seal"),
        // As if more had been pruned than was.
        (
            "DELETE FROM events WHERE position = 6;
             UPDATE events_checkpoint SET position = 6",
            "does not bear out its seal",
        ),
        ("DELETE FROM events WHERE position = 6", "position 6: the event is missing: the next one is at 7"),
        (
            "INSERT INTO events SELECT 5, at_ms, actor, action, target, related, owner, outcome, detail,
                 request_id, address, mac, server_request_id, touched FROM events WHERE position = 6",
            "position 6: the event is missing: the next one is at 5",
        ),
    ] {
        let copy = copy_of(&pruned.folder);
        doctor(&copy.database(), sql).unwrap();
        assert_said(run(&copy, "events verify"), 10, word);
    }
    // With everything gone, nothing in the file itself is wrong any more.
    let copy = copy_of(&pruned.folder);
    let all_gone = "DELETE FROM events; DELETE FROM events_checkpoint;
                    UPDATE head SET position = 0, mac = x''";
    doctor(&copy.database(), all_gone).unwrap();
    let kept = format!("events verify --head {}", pruned.head(6));
    assert_said(run(&copy, &kept), 10, "the head that was kept is at 6");
    assert_said(
        run(&copy, "events verify --export all.jsonl"),
        10,
        "but an export goes to 6",
    );
}

#[tokio::test]
async fn a_head_from_before_the_cut_asks_for_the_export_and_is_proved_with_it() {
    let pruned = Pruned::new().await;
    let verify = |more: &str| run(&pruned.folder, &format!("events verify {more}"));
    let old = format!("--head {}", pruned.head(2));
    let words = "the head is of event 2, and the events up to 5 were pruned since";
    assert_said(verify(&old), 5, words);
    for exports in [
        "--export all.jsonl",
        "--export first.jsonl --export rest.jsonl",
        "--export rest.jsonl --export first.jsonl",
        "--export all.jsonl --export rest.jsonl",
    ] {
        verify(&format!("{old} {exports}")).expect(0);
        verify(exports).expect(0);
    }
    // It begins behind the head.
    assert_said(verify(&format!("{old} --export rest.jsonl")), 5, words);
    assert_said(
        verify(&format!("{old} --export first.jsonl")),
        5,
        "the events 4 to 5 are in none of the exports",
    );
    let other = Pruned::new().await;
    let old = format!("--head {}", other.head(2));
    assert_said(
        verify(&format!("{old} --export all.jsonl")),
        10,
        "not the one of the head that was kept",
    );
    let there = other.folder.path().join("all.jsonl");
    let said = verify(&format!("--export {}", there.display()));
    assert_said(said, 10, "does not bear out its MAC");
}

#[tokio::test]
async fn an_export_that_was_changed_or_cut_off_is_found_where_it_is() {
    let pruned = Pruned::new().await;
    let whole = std::fs::read_to_string(pruned.folder.path().join("all.jsonl")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 7);
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.join("\n") + "\n"
    };
    let cut = |count: usize| lines[..count].join("\n") + "\n";
    let ends_at_3 = format!(
        "{}\n",
        std::fs::read_to_string(pruned.folder.path().join("first.jsonl"))
            .unwrap()
            .lines()
            .next()
            .unwrap()
    );
    for (text, code, word) in [
        (
            whole.replacen("\"root\"", "\"server\"", 1),
            10,
            "position 1: the event does not bear out its MAC",
        ),
        (
            without(3),
            10,
            "position 3: the event is missing: the next one is at 4",
        ),
        (
            cut(6),
            10,
            "position 6: it ends here, but its first line says that it ends at position 6",
        ),
        (
            whole.trim_end().to_owned(),
            10,
            "position 6: the line has a form",
        ),
        (whole.clone() + "\n", 10, "position 7: the line has a form"),
        (
            whole.replacen(lines[0], ends_at_3.trim_end(), 1),
            10,
            "says that it ends at position 3",
        ),
        (without(0), 5, "is no export of events"),
        (String::new(), 5, "is no export of events"),
    ] {
        let file = pruned.folder.path().join("doctored.jsonl");
        std::fs::write(file, text).unwrap();
        assert_said(
            run(&pruned.folder, "events verify --export doctored.jsonl"),
            code,
            word,
        );
    }
    let missing = run(&pruned.folder, "events verify --export missing.jsonl");
    assert_said(missing, 3, "missing.jsonl cannot be read");
}

#[tokio::test]
async fn an_export_holds_every_event_as_the_list_has_it() {
    let server = varied().await;
    let list = server.root().get("/v1/events?limit=100").await.expect(200);
    let listed = list.json()["items"].as_array().unwrap().clone();
    let export = run(server.folder(), "events export").expect(0);
    let mut lines = export.json_lines();
    let header = lines.remove(0);
    assert_eq!(header["begins_behind"], "0:");
    assert_eq!(header["ends_at"], head_of(server.folder()).as_str());
    let mut touched = Vec::new();
    for line in &mut lines {
        let members = line.as_object_mut().unwrap();
        members.remove("mac").unwrap();
        // What is in memory of a server is no matter of its API.
        touched.extend(members.remove("touched"));
    }
    let [touched] = &touched[..] else {
        panic!("{touched:?}");
    };
    assert_eq!(touched.as_array().unwrap().len(), 1, "{touched}");
    assert!(touched[0]["key"].is_string(), "{touched}");
    assert_eq!(lines, listed);
    let behind = run(server.folder(), "events export --after 2").expect(0);
    assert_eq!(behind.json_lines()[1]["position"], 3);
    let (file, said) = (
        "events.jsonl",
        run(server.folder(), "events export --to events.jsonl"),
    );
    let said = said.expect(0).json();
    assert_eq!(said["events"], listed.len());
    let written = std::fs::read_to_string(server.folder().path().join(file)).unwrap();
    assert_eq!(written, export.stdout);
}

#[tokio::test]
async fn an_export_is_readable_by_its_owner_only_and_replaces_nothing() {
    let server = varied().await;
    let folder = server.finish();
    run(&folder, "events export --to events.jsonl").expect(0);
    let file = folder.path().join("events.jsonl");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();
    assert_said(
        run(&folder, "events export --to events.jsonl"),
        5,
        "is there already",
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), folder.path().join("link"))
        .unwrap();
    assert_said(
        run(&folder, "events export --to link"),
        5,
        "is there already",
    );
    assert!(!folder.path().join("elsewhere").exists());
    for (options, code, word) in [
        ("--after 4000", 5, "there is no event at position 4000"),
        (
            "--after 4000 --to other.jsonl",
            5,
            "there is no event at position 4000",
        ),
        ("--to missing/other.jsonl", 1, "cannot be written"),
        ("--url http://127.0.0.1:1", 2, "asks no server"),
    ] {
        assert_said(
            run(&folder, &format!("events export {options}")),
            code,
            word,
        );
    }
    assert_eq!(
        names(folder.path()),
        [
            "events.jsonl",
            "keywright.db",
            "keywright.db.pepper",
            "link"
        ]
    );
}

#[tokio::test]
async fn events_that_are_not_whole_are_not_exported() {
    let folder = varied().await.finish();
    doctor(
        &folder.database(),
        "UPDATE events SET at_ms = 0 WHERE position = 4",
    )
    .unwrap();
    let said = run(&folder, "events export --to events.jsonl");
    assert_said(said, 10, "not whole at position 4");
    assert!(!folder.path().join("events.jsonl").exists());
}

#[tokio::test]
async fn an_export_from_before_the_cut_is_refused_with_where_it_may_begin() {
    let pruned = Pruned::new().await;
    let said = run(&pruned.folder, "events export --after 4");
    assert_said(
        said,
        5,
        "the events behind position 4 are not all kept: those up to 5 were pruned",
    );
    let kept = run(
        &pruned.folder,
        &format!("events export --after {}", pruned.cut),
    );
    let lines = kept.expect(0).json_lines();
    assert_eq!(lines[0]["begins_behind"], pruned.head(5));
    assert_eq!(lines[1]["position"], 6);
}

/// What was pruned must have been proved: evidence is never tidied away.
#[tokio::test]
async fn events_that_are_not_whole_are_not_pruned() {
    let server = Clocked::with(json!({ "events": { "keep_days": 1 } })).await;
    for _ in 0..4 {
        server.root().user().await;
    }
    let folder = server.stop().await;
    doctor(
        &folder.database(),
        "UPDATE events SET at_ms = 0 WHERE position = 2",
    )
    .unwrap();
    let mut command = folder.command(&[("events.keep_days", "1")]);
    let clock = WallClock::new();
    clock.set(3 * DAY_S);
    clock.rule(&mut command);
    let server = Server::run(&folder, command);
    until("the pruning to be refused", async || {
        let log = folder.log();
        log.contains("old events were not pruned").then_some(())
    })
    .await;
    let folder = server.finish();
    let first = "SELECT min(position) FROM events";
    assert_eq!(database::number(&folder.database(), first), 1);
    assert_said(run(&folder, "events verify"), 10, "not whole at position 2");
}

#[tokio::test]
async fn a_backup_of_a_pruned_database_is_whole_and_a_restore_asks_for_the_export() {
    let server = Clocked::with(json!({ "events": { "keep_days": 1 } })).await;
    let revoked = server.root().user().await;
    server.root().user().await;
    run(server.folder(), "backup early.db --without-pepper").expect(0);
    server.root().revoke(&revoked.key_id).await;
    server.root().user().await;
    server.advance_s(2 * DAY_S);
    assert_eq!(server.oldest_after_pruning().await, 4);
    run(server.folder(), "backup late.db --without-pepper").expect(0);
    let folder = server.stop().await;
    let late = copy_of(&folder);
    let said = run(&late, "restore late.db --force").expect(0);
    assert_eq!(said.json()["undone"]["events"], 0);
    let said = run(&folder, "restore early.db --force").expect(0);
    let restored = said.json();
    assert_eq!(restored.get("undone"), None);
    assert_eq!(restored["undone_in_export_behind"], 2);
    assert!(
        said.stderr.contains("What that was is told by an export"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn an_export_to_a_full_disk_fails_and_leaves_nothing_that_looks_whole() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("events.jsonl");
    let limited = |limit: u32, options: &[&str]| {
        let command = folder.command(&[]);
        let mut limited = Command::new("prlimit");
        limited
            .arg(format!("--fsize={limit}:{limit}"))
            .arg(command.get_program())
            .args(["events", "export"])
            .args(options)
            .current_dir(other.path())
            .env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                limited.env(name, value);
            }
        }
        limited
    };
    for limit in [1, 300, 1000] {
        let to_file = ["--to", to.to_str().unwrap()];
        assert_said(finish(limited(limit, &to_file)), 1, "cannot be written");
        assert_eq!(names(other.path()), [""; 0], "{limit}");
    }
    let mut command = limited(1000, &[]);
    command.stdout(File::create(&to).unwrap());
    command.stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write to standard output"), "{said}");
    assert_eq!(to.metadata().unwrap().len(), 1000);
    let verify = format!("events verify --export {}", to.display());
    assert_said(run(&folder, &verify), 10, "is not whole at position");
}
