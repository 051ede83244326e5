//! Backups and restores that are killed or interrupted at every step: all of a file is there, or none.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use super::{copy_of, elsewhere, names, run, varied};
use crate::support::crash;
use crate::support::{Folder, Server, database};

const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;

/// Runs a command again and again, killed at each of its steps, until it comes to its end; answers how
/// many steps it has. `check` hears which step it was.
fn at_every_step(mut command: impl FnMut() -> Command, mut check: impl FnMut(u32)) -> u32 {
    for step in 1.. {
        let mut command = command();
        crash::hit(&mut command, step, SIGKILL);
        let output = command.output().unwrap();
        check(step);
        if output.status.signal() != Some(SIGKILL) {
            assert!(output.status.success(), "{output:?}");
            return step - 1;
        }
    }
    unreachable!("no command has that many steps")
}

/// Whether a database is whole in every page and all its events lead to its end.
fn assert_whole(database: &Path) {
    let connection = Connection::open(database).unwrap();
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let ends = "SELECT count(*) FROM head JOIN events USING (position, mac)";
    let ends: i64 = connection.query_row(ends, [], |row| row.get(0)).unwrap();
    assert_eq!(ends, 1);
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_a_whole_file_or_none_and_the_next_one_tidies_up() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("keys.db");
    let mut left = 0;
    let command = || {
        let mut command = folder.command(&[]);
        command.args(["backup", "--with-pepper"]).arg(&to);
        command
    };
    let steps = at_every_step(command, |step| {
        if to.exists() {
            assert_whole(&to);
            std::fs::remove_file(&to).unwrap();
            std::fs::remove_file(other.path().join("keys.db.pepper")).unwrap();
        }
        let parts: Vec<String> = names(other.path())
            .into_iter()
            .filter(|name| name.starts_with("keys.db.partial-"))
            .collect();
        // What the one before has left is gone.
        assert!(parts.len() <= 1, "after step {step}: {parts:?}");
        left += parts.len();
    });
    assert!(steps >= 8, "{steps} steps");
    assert!(left >= 4, "{left} times something was left");
    for name in names(other.path()) {
        assert!(
            ["keys.db.pepper", "keys.db.pepper.new"].contains(&name.as_str()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_backup_that_is_interrupted_is_finished_or_leaves_nothing() {
    let folder = varied().await.finish();
    let (other, to) = elsewhere("keys.db");
    let mut interrupted = 0;
    for step in 1..20 {
        let mut command = folder.command(&[]);
        command.args(["backup", "--without-pepper"]).arg(&to);
        crash::hit(&mut command, step, SIGINT);
        let output = command.output().unwrap();
        match output.status.code() {
            Some(0) => {
                assert_eq!(names(other.path()), ["keys.db"]);
                assert_whole(&to);
                std::fs::remove_file(&to).unwrap();
            }
            Some(1) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(said.contains("interrupted: nothing was changed"), "{said}");
                interrupted += 1;
            }
            _ => panic!("{output:?}"),
        }
        assert_eq!(names(other.path()), [""; 0], "after step {step}");
    }
    assert!(interrupted > 0, "the signal never came in time");
}

/// A killed server's files, and a backup from before its last change.
async fn torn() -> (Folder, tempfile::TempDir, std::path::PathBuf) {
    let server: Server = varied().await;
    let (other, backup) = elsewhere("keys.db");
    let line = format!("backup {} --with-pepper", backup.display());
    run(server.folder(), &line).expect(0);
    for _ in 0..3 {
        server.root().user().await;
    }
    (server.kill(), other, backup)
}

#[tokio::test]
async fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let (old, _other, backup) = torn().await;
    let new_state = database::state(&backup);
    let old_state = {
        // As a server would find it: with its log.
        let copy = copy_of(&old);
        let connection = Connection::open(copy.database()).unwrap();
        connection.close().unwrap();
        database::state(&copy.database())
    };
    assert_ne!(old_state, new_state);
    let folder = std::cell::RefCell::new(copy_of(&old));
    let (mut olds, mut news) = (0, 0);
    let steps = at_every_step(
        || {
            *folder.borrow_mut() = copy_of(&old);
            let mut command = folder.borrow().command(&[]);
            command.args(["restore", "--force"]).arg(&backup);
            command
        },
        |step| {
            let database = folder.borrow().database();
            assert_whole(&database);
            let state = database::state(&database);
            if state == old_state {
                olds += 1;
            } else {
                assert_eq!(state, new_state, "after step {step}");
                news += 1;
            }
        },
    );
    assert!(
        steps >= 8 && olds >= 5 && news >= 2,
        "{steps}: {olds} {news}"
    );
}
