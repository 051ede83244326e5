//! Real harm to a real database: a lock, limits on files, a full disk, a read-only file, damaged pages.
//! Leaves what the server should make of it to the tests.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rusqlite::Connection;

use super::child::Folder;
use super::postgres;

/// The write lock of a database, held by another than its server.
#[expect(dead_code, reason = "it is held until it is dropped")]
pub(crate) enum WriteLock {
    File(FileLock),
    Postgres(postgres::WriteLock),
}

impl WriteLock {
    pub(crate) fn hold(folder: &Folder) -> Self {
        match folder.postgres() {
            Some(database) => Self::Postgres(postgres::WriteLock::hold(database)),
            None => Self::File(FileLock::hold(&folder.database())),
        }
    }
}

/// Another process that holds the write lock of a file.
pub(crate) struct FileLock {
    holder: Child,
    until_closed: Option<ChildStdin>,
}

impl FileLock {
    fn hold(database: &Path) -> Self {
        const PROGRAM: &str = "
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
";
        let mut holder = Command::new("python3")
            .args(["-c", PROGRAM])
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 holds the lock: run `cargo xtask setup`");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(
            line, "held\n",
            "python3 with its sqlite3 module must run here"
        );
        let until_closed = holder.stdin.take();
        Self {
            holder,
            until_closed,
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        drop(self.until_closed.take());
        self.holder.wait().unwrap();
    }
}

/// Limits the size of the files that a process may write.
///
/// Any write behind the first byte fails, also where the file is longer already.
pub(crate) fn limit_file_size(pid: u32) {
    prlimit(pid, "--fsize=1:unlimited");
}

/// Takes the limit back.
pub(crate) fn lift_file_size(pid: u32) {
    prlimit(pid, "--fsize=unlimited:unlimited");
}

/// Leaves a process so many more file descriptors than it has open.
pub(crate) fn limit_descriptors(pid: u32, left: usize) {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let numbers = open.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let open: HashSet<usize> = numbers.map(|name| name.parse().unwrap()).collect();
    // The lowest number that is free is taken next, and none from the limit on.
    let mut free = (0..).filter(|number| !open.contains(number));
    let limit = free.nth(left).unwrap();
    // The soft limit alone: it is the one that counts.
    prlimit(pid, &format!("--nofile={limit}:"));
}

/// A disk of 24 MiB under the database of a folder, which is but a link there.
pub(crate) struct SmallDisk {
    place: PathBuf,
    ballast: Option<PathBuf>,
}

impl SmallDisk {
    pub(crate) fn under(folder: &Folder) -> Self {
        let place = folder.path().join("small");
        std::fs::create_dir(&place).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "keywright-tests"])
            .arg(&place)
            .status();
        assert!(
            mount.is_ok_and(|status| status.success()),
            "a small disk needs root, and a machine or container that may mount"
        );
        std::os::unix::fs::symlink(place.join("keywright.db"), folder.database()).unwrap();
        Self {
            place,
            ballast: None,
        }
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&mut self) {
        let ballast = self.place.join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        let error = std::io::copy(&mut std::io::repeat(0), &mut file).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        self.ballast = Some(ballast);
    }

    /// Makes room for `bytes` bytes.
    pub(crate) fn clear_some(&self, bytes: u64) {
        let ballast = self.ballast.as_ref().expect("it was filled");
        let ballast = std::fs::File::options().write(true).open(ballast).unwrap();
        let len = ballast.metadata().unwrap().len();
        ballast.set_len(len - bytes).unwrap();
    }

    /// What it keeps for changes that end access.
    pub(crate) fn reserve(&self) -> PathBuf {
        self.place.join("keywright.db.reserve")
    }

    /// Makes room again.
    pub(crate) fn clear(&mut self) {
        std::fs::remove_file(self.ballast.take().expect("it was filled")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server that uses it may end a little later.
        let status = Command::new("umount").arg("-l").arg(&self.place).status();
        assert!(status.is_ok_and(|status| status.success()));
    }
}

/// Overwrites a few bytes in the middle of a file.
pub(crate) fn garble_middle(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16].fill(0xA5);
    std::fs::write(path, bytes).unwrap();
}

fn prlimit(pid: u32, limit: &str) {
    let status = Command::new("prlimit")
        .args(["--pid", &pid.to_string(), limit])
        .status()
        .expect("prlimit is part of util-linux: install that");
    assert!(status.success(), "prlimit must be allowed to limit a child");
}

/// A file that nobody can write to, not even root; it is writable again when this is dropped.
pub(crate) struct ReadOnly(PathBuf);

impl ReadOnly {
    pub(crate) fn make(path: &Path) -> Self {
        let change = chattr("+i", path);
        assert!(
            change,
            "chattr +i needs root and a file system with this attribute under {}: set TMPDIR to one",
            path.display()
        );
        Self(path.to_owned())
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        assert!(
            chattr("-i", &self.0),
            "{} stays immutable",
            self.0.display()
        );
    }
}

fn chattr(change: &str, path: &Path) -> bool {
    Command::new("chattr")
        .arg(change)
        .arg(path)
        .status()
        .is_ok_and(|status| status.success())
}

/// What of a table is damaged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// The pages its indexes begin with: nothing is found by them.
    Indexes,
    /// The page its rows begin with: nothing is read, and nothing added.
    Rows,
}

/// Overwrites pages of a closed database with garbage.
pub(crate) fn damage(database: &Path, parts: &[(Part, &str)]) {
    let connection = Connection::open(database).unwrap();
    let page_size: i64 = connection
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .unwrap();
    let page_size = usize::try_from(page_size).unwrap();
    // All that is in the WAL must be in the file, or it would heal the damage.
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let mut roots = Vec::new();
    for (part, table) in parts {
        let kind = match part {
            Part::Indexes => "index",
            Part::Rows => "table",
        };
        let mut statement = connection
            .prepare("SELECT rootpage FROM sqlite_schema WHERE type = ?1 AND tbl_name = ?2")
            .unwrap();
        let pages = statement.query_map([kind, table], |row| row.get::<_, i64>(0));
        let before = roots.len();
        roots.extend(pages.unwrap().map(|page| (*part, page.unwrap())));
        assert!(roots.len() > before, "{table} has nothing to damage");
    }
    connection.close().unwrap();
    let mut bytes = std::fs::read(database).unwrap();
    for (part, root) in roots {
        let start = (usize::try_from(root).unwrap() - 1) * page_size;
        let page = &mut bytes[start..start + page_size];
        // The first byte says what a page is: of an index inner (2) or leaf (10), of rows 5 or 13.
        let expected = match part {
            Part::Indexes => [2, 10],
            Part::Rows => [5, 13],
        };
        assert!(expected.contains(&page[0]), "page {root} is another one");
        page.fill(0xA5);
    }
    std::fs::write(database, bytes).unwrap();
}
