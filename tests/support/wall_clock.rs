//! A wall clock in the test's hand under a real server, by libfaketime; its monotonic clock goes on as ever.
//! Leaves time within the test's own process to `clocked`.

use std::path::PathBuf;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// How far a wall clock is off, in a file that the server reads again and again.
pub(crate) struct WallClock(TempDir);

impl WallClock {
    pub(crate) fn new() -> Self {
        let clock = Self(tempfile::tempdir().unwrap());
        clock.set(0);
        clock
    }

    /// Puts a server under this clock.
    pub(crate) fn rule(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library())
            .env("FAKETIME_TIMESTAMP_FILE", self.file())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    /// Sets it to an offset in seconds from the true time.
    pub(crate) fn set(&self, offset_s: i64) {
        let draft = self.0.path().join("draft");
        std::fs::write(&draft, format!("{offset_s:+}\n")).unwrap();
        // Never half a number.
        std::fs::rename(draft, self.file()).unwrap();
    }

    /// What it shows after some seconds, if it is true.
    pub(crate) fn instant(in_s: i64) -> String {
        (Timestamp::now() + SignedDuration::from_secs(in_s)).to_string()
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("offset")
    }
}

/// Debian keeps it in a folder of the machine's kind.
fn library() -> PathBuf {
    let kinds = std::fs::read_dir("/usr/lib").unwrap();
    let libraries = kinds.map(|kind| kind.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    let mut there = libraries.filter(|library| library.exists());
    there
        .next()
        .expect("libfaketime rules the clock: run `cargo xtask setup`")
}
