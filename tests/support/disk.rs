//! A disk in the test's hand under a real server: it holds flushes, fails them, fails reads, loses its power.
//! Leaves how it gets between the two to `disk.c`, which is compiled and preloaded here.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::child::Folder;
use super::power::Power;
use super::{Server, until, workspace};

/// The disk under one folder.
pub(crate) struct Disk {
    folder: Folder,
    control: TempDir,
}

/// A fault that lasts until this is dropped.
pub(crate) struct Switch(PathBuf);

impl Disk {
    pub(crate) fn under(folder: &Folder) -> Self {
        let control = tempfile::tempdir().unwrap();
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(control.path().join("disk.so"))
            .arg(workspace().join("tests/support/disk.c"))
            .arg("-ldl")
            .status()
            .expect("cc compiles the disk: run `cargo xtask setup`");
        assert!(status.success(), "tests/support/disk.c must compile");
        Self {
            folder: folder.clone(),
            control,
        }
    }

    /// A new folder on such a disk, and a server on it.
    pub(crate) fn with_server(settings: &[(&str, &str)]) -> (Self, Server) {
        let folder = Folder::new();
        let disk = Self::under(&folder);
        let server = Server::run(&folder, disk.command(settings));
        (disk, server)
    }

    /// The command of a server on this disk.
    pub(crate) fn command(&self, settings: &[(&str, &str)]) -> Command {
        let mut command = self.folder.command(settings);
        command
            .env("LD_PRELOAD", self.control.path().join("disk.so"))
            .env("DISK_FOLDER", self.folder.path().canonicalize().unwrap())
            .env("DISK_CONTROL", self.control.path());
        command
    }

    /// The command of a server whose every write is written down, and what its power cut is made from.
    pub(crate) fn powered_command(&self, settings: &[(&str, &str)]) -> (Command, Power) {
        let trace = self.control.path().join("trace");
        if trace.exists() {
            std::fs::remove_file(&trace).unwrap();
        }
        let mut command = self.command(settings);
        command.env("DISK_TRACE", &trace);
        (command, Power::on(&self.folder, trace))
    }

    /// Holds every flush from now on.
    pub(crate) fn hold(&self) -> Switch {
        self.switch("hold")
    }

    /// Fails every flush from now on; what it should have flushed is lost.
    pub(crate) fn fail_flushes(&self) -> Switch {
        self.switch("fail-flush")
    }

    /// Fails every read of the database and its log from now on.
    pub(crate) fn fail_reads(&self) -> Switch {
        self.switch("fail-read")
    }

    fn switch(&self, name: &str) -> Switch {
        let path = self.control.path().join(name);
        std::fs::write(&path, "").unwrap();
        Switch(path)
    }

    /// How many flushes have been held so far.
    pub(crate) fn held(&self) -> usize {
        self.count("held")
    }

    /// How many flushes have failed so far.
    pub(crate) fn failed(&self) -> usize {
        self.count("failed")
    }

    /// Waits until one more flush is held than there were.
    pub(crate) async fn holds_more_than(&self, before: usize) {
        until("a flush to be held", async || {
            (self.held() > before).then_some(())
        })
        .await;
    }

    fn count(&self, report: &str) -> usize {
        let report = std::fs::read_to_string(self.control.path().join(report));
        report.map_or(0, |lines| lines.lines().count())
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}
