//! A copy that is killed or cancelled leaves nothing of itself, and the next one begins anew.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Database, Populated, dump, run};
use crate::support::database::copy_key;

const KEYS: usize = 20_000;

async fn large() -> Populated {
    let populated = Populated::new().await;
    let file = populated.folder.database();
    let connection = rusqlite::Connection::open(&file).unwrap();
    let id = connection.query_row(
        "SELECT id FROM keys WHERE name = 'Zweigstelle'",
        [],
        |row| row.get::<_, uuid::Uuid>(0),
    );
    copy_key(&populated.folder, &id.unwrap().to_string(), KEYS);
    populated
}

fn command(populated: &Populated, line: &str) -> Command {
    let pepper = populated.folder.pepper();
    let mut command = populated
        .folder
        .command(&[("pepper.file", pepper.to_str().unwrap())]);
    command.args(line.split_whitespace());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Kills a copy somewhere.
fn kill(populated: &Populated, line: &str) {
    let mut copy = command(populated, line).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(fastrand::u64(0..1500)));
    copy.kill().unwrap();
    copy.wait().unwrap();
}

#[tokio::test]
async fn a_copy_that_is_killed_leaves_all_or_nothing_and_the_next_one_begins_anew() {
    let populated = large().await;
    let mut database = Database::create();
    let to =
        |database: &Database| format!("copy --from {} --to {}", populated.url(), database.url());
    for _ in 0..8 {
        kill(&populated, &to(&database));
        if !database.is_empty() {
            // It was killed behind its end: what is there is whole.
            database.run(&populated.folder, "events verify").expect(0);
            let count = database.sql("SELECT count(*) FROM keys").parse::<usize>();
            assert!(count.unwrap() > KEYS);
            database = Database::create();
        }
    }
    let first = run(&populated.folder, &to(&database)).expect(0).json();
    assert!(first["rows"]["keys"].as_u64() > Some(KEYS as u64));

    let expected = dump(&populated.folder.database());
    let back = populated.folder.path().join("back.db");
    let line = format!(
        "copy --from {} --to sqlite:{}",
        database.url(),
        back.display()
    );
    for _ in 0..8 {
        kill(&populated, &line);
        if back.exists() {
            assert!(dump(&back) == expected);
            std::fs::remove_file(&back).unwrap();
        }
    }
    let second = run(&populated.folder, &line).expect(0).json();
    assert_eq!(first["sha256"], second["sha256"]);
    assert!(dump(&back) == expected);
}

#[tokio::test]
async fn a_copy_whose_session_ends_leaves_nothing() {
    let populated = large().await;
    let database = Database::create();
    let line = format!("copy --from {} --to {}", populated.url(), database.url());
    let mut copy = command(&populated, &line).spawn().unwrap();
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' AND query LIKE 'COPY%'",
        database.0
    );
    let ended = crate::support::until("a table to be filled", async || {
        (database.sql(&end) != "0").then_some(())
    });
    ended.await;
    assert_eq!(copy.wait().unwrap().code(), Some(1));
    assert!(database.is_empty());
    run(&populated.folder, &line).expect(0);
}

#[tokio::test]
async fn a_copy_that_is_cancelled_says_so_and_leaves_nothing() {
    let populated = large().await;
    let database = Database::create();
    let line = format!("copy --from {} --to {}", populated.url(), database.url());
    let mut command = command(&populated, &line);
    let copy = command.stderr(Stdio::piped()).spawn().unwrap();
    let filling = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND query LIKE 'COPY keys%'",
        database.0
    );
    crate::support::until("the keys to be written", async || {
        (database.sql(&filling) == "1").then_some(())
    })
    .await;
    let pid = rustix::process::Pid::from_raw(copy.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = copy.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted: nothing was changed"), "{said}");
    assert!(database.is_empty());
}
