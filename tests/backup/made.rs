//! `keywright backup`: what a backup is, what it refuses, and that nothing half-done is left.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;

use super::{doctor, elsewhere, finish, head_of, names, run, varied};
use crate::support::harm::{self, Part};
use crate::support::{Folder, Operator, Server, database};

/// A backup that must succeed, and what it printed.
#[track_caller]
fn backup(folder: &Folder, to: &Path, options: &str) -> serde_json::Value {
    let line = format!("backup {} --without-pepper {options}", to.display());
    run(folder, &line).expect(0).json()
}

#[track_caller]
fn refused(folder: &Folder, to: &Path, options: &str, code: i32) -> String {
    let line = format!("backup {} --without-pepper {options}", to.display());
    let said = run(folder, &line).expect(code);
    assert_eq!(said.stdout, "");
    said.stderr
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_backup_is_the_database_of_that_moment_beside_a_server_and_without() {
    let server = varied().await;
    let (other, to) = elsewhere("keys.db");
    let made = backup(server.folder(), &to, "");
    assert_eq!(names(other.path()), ["keys.db"]);
    assert_eq!(mode(&to), 0o600);
    assert_eq!(made["backup"], to.to_str().unwrap());
    assert_eq!(made["head"], head_of(server.folder()));
    assert_eq!(made["bytes"], to.metadata().unwrap().len());
    let live = server.folder().database();
    assert_eq!(database::state(&to), database::state(&live));
    let (keys, events) = ("SELECT count(*) FROM keys", "SELECT count(*) FROM events");
    assert_eq!(made["keys"], database::number(&live, keys));
    assert_eq!(made["events"], database::number(&live, events));
    let sum = Command::new("sha256sum").arg(&to).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(made["sha256"], sum.split_whitespace().next().unwrap());
    let folder = server.finish();
    let before = std::fs::read(folder.database()).unwrap();
    let (_other, again) = elsewhere("again.db");
    assert_eq!(backup(&folder, &again, "")["head"], made["head"]);
    assert!(std::fs::read(folder.database()).unwrap() == before);
    assert_eq!(
        names(folder.path()),
        ["keywright.db", "keywright.db.pepper"]
    );
}

#[tokio::test]
async fn a_backup_is_told_as_a_table_with_what_is_missing_from_it() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("keys.db");
    let said = run(&folder, &format!("backup {} --table", to.display())).expect(0);
    let words: Vec<&str> = said
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let expected = [
        "backup", "sha256", "bytes", "keys", "events", "head", "pepper",
    ];
    assert_eq!(words, expected);
    let pepper = folder.pepper();
    assert!(
        said.stderr
            .starts_with("warning: the pepper is not in this backup"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr
            .contains(&format!("a copy of {}", pepper.display())),
        "{}",
        said.stderr
    );
    let said = run(
        &folder,
        &format!("backup {} --force --without-pepper", to.display()),
    );
    assert_eq!(said.expect(0).stderr, "");
    assert_eq!(names(other.path()), ["keys.db"]);
}

#[tokio::test]
async fn the_pepper_is_put_beside_a_backup_if_that_is_wanted() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("keys.db");
    let line = format!("backup {} --with-pepper", to.display());
    let said = run(&folder, &line).expect(0);
    assert_eq!(said.stderr, "");
    let beside = other.path().join("keys.db.pepper");
    assert_eq!(said.json()["pepper"], beside.to_str().unwrap());
    assert_eq!(mode(&beside), 0o600);
    let text = std::fs::read(folder.pepper()).unwrap();
    assert_eq!(std::fs::read(&beside).unwrap(), text);
    assert_eq!(names(other.path()), ["keys.db", "keys.db.pepper"]);
    // The pepper of another database is not written over.
    std::fs::remove_file(&to).unwrap();
    std::fs::write(&beside, "of another database").unwrap();
    let said = run(&folder, &line).expect(5);
    assert!(
        said.stderr.contains("with another pepper"),
        "{}",
        said.stderr
    );
    assert_eq!(names(other.path()), ["keys.db.pepper"]);
    run(&folder, &format!("{line} --force")).expect(0);
    assert_eq!(std::fs::read(&beside).unwrap(), text);
}

#[tokio::test]
async fn a_pepper_of_the_configuration_is_named_and_written_like_any() {
    let pepper = "c".repeat(64);
    let server = Server::with(&[("pepper", &pepper)]);
    let (other, to) = elsewhere("keys.db");
    let run = |options: &[&str]| {
        let mut command = server.folder().command(&[("pepper", &pepper)]);
        command.arg("backup").arg(&to).args(options);
        finish(command).expect(0)
    };
    let said = run(&[]);
    assert!(said.stderr.contains("KEYWRIGHT_PEPPER"), "{}", said.stderr);
    assert!(!said.stderr.contains(&pepper), "{}", said.stderr);
    run(&["--force", "--with-pepper"]);
    let written = std::fs::read_to_string(other.path().join("keys.db.pepper")).unwrap();
    assert_eq!(written.trim(), pepper);
}

#[tokio::test]
async fn what_is_there_is_not_written_over_unless_it_may_be() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("keys.db");
    std::fs::write(&to, "dear to somebody").unwrap();
    let said = refused(&folder, &to, "", 5);
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(std::fs::read(&to).unwrap(), b"dear to somebody");
    backup(&folder, &to, "--force");
    assert_eq!(names(other.path()), ["keys.db"]);
    assert_eq!(mode(&to), 0o600);
    // The database, and what belongs to it, never.
    let before = std::fs::read(folder.database()).unwrap();
    for ours in [folder.database(), folder.pepper()] {
        let said = refused(&folder, &ours, "--force", 5);
        assert!(said.contains("is the database itself"), "{said}");
    }
    let said = refused(&folder, folder.path(), "--force", 5);
    assert!(said.contains("is a folder"), "{said}");
    assert!(std::fs::read(folder.database()).unwrap() == before);
}

#[tokio::test]
async fn what_cannot_be_backed_up_is_refused_and_leaves_no_file() {
    let (other, to) = elsewhere("keys.db");
    let said = refused(&Folder::new(), &to, "", 3);
    assert!(said.contains("there is no database"), "{said}");
    let said = refused(
        &varied().await.finish(),
        Path::new("/nowhere/keys.db"),
        "",
        1,
    );
    assert!(said.contains("its folder must exist"), "{said}");
    // Its pages are whole by themselves, but an index is of another table.
    let folder = varied().await.finish();
    harm::damage(&folder.database(), &[(Part::Indexes, "keys")]);
    let said = refused(&folder, &to, "", 5);
    assert!(said.contains("damaged"), "{said}");
    let folder = varied().await.finish();
    harm::damage(&folder.database(), &[(Part::Rows, "keys")]);
    let said = refused(&folder, &to, "", 5);
    assert!(said.contains("damaged"), "{said}");
    let folder = varied().await.finish();
    std::fs::write(folder.pepper(), "another pepper of more than 32 characters").unwrap();
    let said = refused(&folder, &to, "", 5);
    assert!(said.contains("this is not the pepper"), "{said}");
    assert_eq!(names(other.path()), [""; 0]);
}

#[tokio::test]
async fn broken_events_are_no_backup_unless_that_is_known() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("keys.db");
    doctor(
        &folder.database(),
        "UPDATE events SET actor = 'root ' WHERE position = 3",
    )
    .unwrap();
    let said = refused(&folder, &to, "", 10);
    assert!(said.contains("not whole at position 3"), "{said}");
    assert_eq!(names(other.path()), [""; 0]);
    let line = format!(
        "backup {} --without-pepper --despite-broken-events",
        to.display()
    );
    let said = run(&folder, &line).expect(0);
    assert!(
        said.stderr
            .contains("warning: the events are not whole at position 3")
    );
    assert_eq!(said.json().get("head"), None);
    let keys = "SELECT count(*) FROM keys";
    assert_eq!(
        database::number(&to, keys),
        database::number(&folder.database(), keys)
    );
}

#[tokio::test]
async fn a_full_disk_leaves_no_file_and_no_part_of_one() {
    let server = varied().await;
    let (other, to) = elsewhere("keys.db");
    let command = server.folder().command(&[]);
    // In steps, so that the room ends in the middle of every part of the work.
    for limit in [1, 4096, 20_000, 40_000, 60_000] {
        let mut limited = Command::new("prlimit");
        limited
            .arg(format!("--fsize={limit}:{limit}"))
            .arg(command.get_program())
            .args(["backup", "--with-pepper"])
            .arg(&to)
            .current_dir(other.path())
            .env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                limited.env(name, value);
            }
        }
        let said = finish(limited).expect(1);
        assert!(said.stderr.contains("cannot be written"), "{}", said.stderr);
        assert!(said.stderr.contains("have room"), "{}", said.stderr);
        assert_eq!(names(other.path()), [""; 0], "{limit}");
    }
    backup(server.folder(), &to, "");
    server.root().user().await;
}

#[tokio::test]
async fn of_backups_at_the_same_time_one_gets_the_name_and_all_are_whole() {
    let server = varied().await;
    let (other, to) = elsewhere("keys.db");
    let start = |options: &[&str]| {
        let mut command = server.folder().command(&[]);
        command.arg("backup").arg(&to).args(options);
        let (out, err) = (Stdio::piped(), Stdio::piped());
        command.stdout(out).stderr(err).spawn().unwrap()
    };
    let together = |options: &[&str]| -> Vec<i32> {
        let running: Vec<_> = (0..6).map(|_| start(options)).collect();
        let ends = running.into_iter().map(Child::wait_with_output);
        let mut codes: Vec<i32> = ends
            .map(|output| output.unwrap().status.code().unwrap())
            .collect();
        codes.sort_unstable();
        codes
    };
    assert_eq!(together(&[]), [0, 5, 5, 5, 5, 5]);
    assert_eq!(names(other.path()), ["keys.db"]);
    assert_eq!(together(&["--force"]), [0; 6]);
    assert_eq!(names(other.path()), ["keys.db"]);
    let check: String = Connection::open(&to)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn after_a_power_cut_the_log_is_in_the_backup() {
    let server = varied().await;
    let user = Operator::of(&server).json("users create");
    let folder = server.kill();
    assert!(names(folder.path()).contains(&"keywright.db-wal".to_owned()));
    let (_other, to) = elsewhere("keys.db");
    backup(&folder, &to, "");
    let id = user["key"]["id"].as_str().unwrap();
    assert_eq!(database::digest(&to, id).len(), 32);
}
