//! The scripts of the page on backups, as they stand there.
//! Leaves what the commands in them do to the other tests.

use std::path::Path;
use std::process::{Command, Output};

use super::{doctor, names, varied};
use crate::support::child::binary;
use crate::support::{Folder, workspace};

/// The scripts of the page, in their order, with the paths of a folder.
fn scripts(folder: &Path) -> Vec<String> {
    let page = std::fs::read_to_string(workspace().join("server/docs/backup.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1);
    blocks
        .map(|block| {
            let (script, _) = block.split_once("```").unwrap();
            let folder = folder.display().to_string();
            script
                .replace(
                    "/var/lib/keywright/keys.db",
                    &format!("{folder}/keywright.db"),
                )
                .replace("/safe/keys.db", &format!("{folder}/keywright.db"))
                .replace(
                    "/mnt/backup/keywright/keys-2026-11-22.db",
                    &format!("{folder}/backups/newest.db"),
                )
                .replace("/mnt/backup/keywright", &format!("{folder}/backups"))
                .replace("/mnt/elsewhere/keywright-heads", &format!("{folder}/heads"))
        })
        .collect()
}

fn sh(folder: &Folder, script: &str) -> Output {
    let path = std::env::var("PATH").unwrap();
    let programs = binary().parent().unwrap().display();
    Command::new("sh")
        .args(["-euc", script])
        .env_clear()
        .env("PATH", format!("{programs}:{path}"))
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_nightly_script_and_the_drill_work_and_are_silent_until_something_is_wrong() {
    let server = varied().await;
    let folder = server.folder().clone();
    let backups = folder.path().join("backups");
    std::fs::create_dir(&backups).unwrap();
    let [nightly, drill, _] = &scripts(folder.path())[..] else {
        panic!("the page has other scripts")
    };
    for nights in 1..=2 {
        let night = sh(&folder, nightly);
        assert!(
            night.status.success() && night.stdout.is_empty() && night.stderr.is_empty(),
            "{night:?}"
        );
        let heads = std::fs::read_to_string(folder.path().join("heads")).unwrap();
        assert_eq!(heads.lines().count(), nights);
        server.root().user().await;
    }
    let backup = names(&backups)
        .into_iter()
        .find(|name| Path::new(name).extension().is_some_and(|kind| kind == "db"));
    std::fs::rename(backups.join(backup.unwrap()), backups.join("newest.db")).unwrap();
    let drilled = sh(&folder, drill);
    assert!(drilled.status.success(), "{drilled:?}");
    let said = String::from_utf8_lossy(&drilled.stdout);
    assert!(said.contains("\"head\""), "{said}");
    // Cut off the tail, and adjust the written end: the night notices.
    let folder = server.finish();
    doctor(
        &folder.database(),
        "DELETE FROM events WHERE position > 5;
         UPDATE head SET (position, mac) = (SELECT position, mac FROM events WHERE position = 5)",
    )
    .unwrap();
    let night = sh(&folder, nightly);
    assert_eq!(night.status.code(), Some(10), "{night:?}");
    let said = String::from_utf8_lossy(&night.stderr);
    assert!(said.contains("not whole at position 6: "), "{said}");
}

#[tokio::test]
async fn the_exporting_script_goes_on_from_its_last_export() {
    let server = varied().await;
    let folder = server.folder().clone();
    let [_, _, exporting] = &scripts(folder.path())[..] else {
        panic!("the page has other scripts")
    };
    let exports = folder.path().join("backups/events");
    for earlier in ["2026-01-01.jsonl", "2026-02-01.jsonl"] {
        let ran = sh(&folder, exporting);
        assert!(
            ran.status.success() && ran.stdout.is_empty() && ran.stderr.is_empty(),
            "{ran:?}"
        );
        // Another day.
        let newest = names(&exports).pop().unwrap();
        std::fs::rename(exports.join(newest), exports.join(earlier)).unwrap();
        server.root().user().await;
    }
    let read = |name: &str| std::fs::read_to_string(exports.join(name)).unwrap();
    assert_eq!(read("2026-02-01.jsonl").lines().count(), 2);
    let verify = "events verify --export backups/events/2026-01-01.jsonl \
                  --export backups/events/2026-02-01.jsonl";
    super::run(&folder, verify).expect(0);
}
