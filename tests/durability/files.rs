//! The files beside a database: whose they are, who may read them, and that one server alone uses them.
//! Leaves what is in a backup to `backup`, and the reserve to `failures`.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Folder, Server, database};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn lock_of(folder: &Folder) -> PathBuf {
    folder.path().join("keywright.db.lock")
}

fn pepper_draft_of(folder: &Folder) -> PathBuf {
    folder.path().join("keywright.db.pepper.new")
}

/// Another folder with the same pepper, where the same database is about to have another name.
fn elsewhere(folder: &Folder) -> Folder {
    let other = Folder::new();
    std::fs::copy(folder.pepper(), other.pepper()).unwrap();
    other
}

#[track_caller]
fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part} is not told: {said}");
    }
}

#[tokio::test]
async fn a_database_with_a_hard_link_is_refused_under_both_names() {
    let server = Server::start();
    let other = elsewhere(server.folder());
    std::fs::hard_link(server.folder().database(), other.database()).unwrap();
    assert_says(
        &other.refusal(&[]),
        &["another keywright serves", "keywright.db"],
    );
    let folder = server.finish();
    for place in [&folder, &other] {
        let named = place.database().display().to_string();
        assert_says(
            &place.refusal(&[]),
            &[&named, "2 names", "keywright backup"],
        );
    }
    std::fs::remove_file(other.database()).unwrap();
    Server::on(&folder, &[]).finish();
}

/// A file that is mounted somewhere else as well; only there, once this is dropped.
struct BindMount(PathBuf);

impl BindMount {
    fn of(database: &Path, place: PathBuf) -> Self {
        std::fs::write(&place, "").unwrap();
        let mut mount = Command::new("mount");
        let status = mount.arg("--bind").arg(database).arg(&place).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "a bind mount needs root, and a machine or container that may mount"
        );
        Self(place)
    }
}

impl Drop for BindMount {
    fn drop(&mut self) {
        let status = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(
            status.unwrap().success(),
            "{} stays mounted",
            self.0.display()
        );
    }
}

#[tokio::test]
async fn a_database_that_is_mounted_twice_has_one_server() {
    let server = Server::start();
    let other = elsewhere(server.folder());
    let _mount = BindMount::of(&server.folder().database(), other.database());
    assert_says(
        &other.refusal(&[]),
        &["another keywright serves", "keywright.db"],
    );
    server.root().user().await.rotate().await.expect(200);
}

#[tokio::test]
async fn the_lock_on_the_file_is_not_in_the_way_of_who_reads_it() {
    let server = Server::start();
    let user = server.root().user().await;
    let keys = "SELECT count(*) FROM keys";
    assert_eq!(database::number(&server.folder().database(), keys), 1);
    server.root().revoke(&user.key_id).await;
    let folder = server.kill();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "REVOKED");
}

#[tokio::test]
async fn a_lock_file_is_for_the_user_of_the_server_only_however_it_was_made() {
    let server = Server::start();
    assert_eq!(mode(&lock_of(server.folder())), 0o600);
    let folder = server.finish();
    set_mode(&lock_of(&folder), 0o644);
    let server = Server::on(&folder, &[]);
    assert_eq!(mode(&lock_of(&folder)), 0o600);
    server.finish();
}

#[tokio::test]
async fn a_lock_file_that_is_a_link_is_refused_and_what_it_leads_to_stays() {
    let folder = Server::start().finish();
    let other = folder.path().join("other");
    std::fs::write(&other, "dear").unwrap();
    std::fs::remove_file(lock_of(&folder)).unwrap();
    symlink(&other, lock_of(&folder)).unwrap();
    assert_says(&folder.refusal(&[]), &["keywright.db.lock", "no link"]);
    assert_eq!(std::fs::read(&other).unwrap(), b"dear");
}

#[tokio::test]
async fn what_was_left_of_a_pepper_does_not_open_the_new_one_to_others() {
    let folder = Folder::new();
    std::fs::write(pepper_draft_of(&folder), "left").unwrap();
    set_mode(&pepper_draft_of(&folder), 0o666);
    let server = Server::on(&folder, &[]);
    assert_eq!(mode(&folder.pepper()), 0o600);
    assert!(!pepper_draft_of(&folder).exists());
    server.finish();
}

#[tokio::test]
async fn a_pepper_is_not_written_through_a_link() {
    let folder = Folder::new();
    let other = folder.path().join("other");
    std::fs::write(&other, "dear").unwrap();
    let links: [fn(&Path, &Path) -> std::io::Result<()>; 2] = [
        |from, to| symlink(from, to),
        |from, to| std::fs::hard_link(from, to),
    ];
    for make in links {
        make(&other, &pepper_draft_of(&folder)).unwrap();
        let said = folder.refusal(&[]);
        assert_says(&said, &["keywright.db.pepper.new", "link", "remove it"]);
        assert_eq!(std::fs::read(&other).unwrap(), b"dear");
        assert!(!folder.pepper().exists());
        std::fs::remove_file(pepper_draft_of(&folder)).unwrap();
    }
    Server::on(&folder, &[]).finish();
}

#[tokio::test]
async fn a_backup_writes_no_pepper_through_a_link() {
    let folder = Server::start().finish();
    let backups = tempfile::tempdir().unwrap();
    let (backup, stolen) = (backups.path().join("e.db"), backups.path().join("stolen"));
    std::fs::write(&stolen, "").unwrap();
    symlink(&stolen, backups.path().join("e.db.pepper.new")).unwrap();
    let mut command = folder.command(&[]);
    command.arg("backup").arg(&backup).arg("--with-pepper");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_says(
        &said,
        &["e.db.pepper.new", "is a symbolic link", "remove it"],
    );
    assert_eq!(std::fs::read(&stolen).unwrap(), b"");
    assert!(!backup.exists());
}

#[tokio::test]
async fn a_stop_that_cannot_merge_the_log_says_so_and_fails() {
    let impatient = [("database.busy_timeout_ms", "200")];
    let mut server = Server::with(&impatient);
    let user = server.root().user().await;
    let folder = server.folder().clone();
    let reader = database::open(&folder.database());
    reader
        .execute_batch("BEGIN; SELECT position FROM head")
        .unwrap();
    server.root().revoke(&user.key_id).await;
    server.terminate();
    assert_eq!(server.wait().code(), Some(1));
    let said = folder.log();
    assert_says(
        &said,
        &["the log could not be merged", "another program", "-wal"],
    );
    assert!(
        folder
            .path()
            .join("keywright.db-wal")
            .metadata()
            .unwrap()
            .len()
            > 0
    );
    drop(reader);
    let server = Server::on(&folder, &impatient);
    assert_eq!(server.root().verdict(&user.key).await, "REVOKED");
    server.finish();
}
