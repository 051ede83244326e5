//! Owns the end of a cluster: a shell that waits for the end of this process, however it comes, and then cleans up.
//! Leaves the ends of single servers to them.
//!
//! It learns of the end by a pipe: the kernel's signal at a parent's death comes at the end of a *thread*, and Linux only.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context as _, Result};

/// The shell. Dropped, it ends what is noted and removes the folder.
pub(crate) struct Keeper {
    /// A file for each process that is to end, named after it. Root's, where we are root: these are killed.
    notes: PathBuf,
    shell: Mutex<Child>,
}

/// A process is noted while this lives.
pub(crate) struct Note(PathBuf);

impl Keeper {
    /// The shell for a folder that is yet to be made.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", include_str!("keeper.sh")])
            .arg(folder)
            // A signal from the terminal is not for it, and a reader of our output need not wait for it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn()
            .context("cannot run sh")?;
        Ok(Self {
            notes: folder.join("processes"),
            shell: Mutex::new(shell),
        })
    }

    /// Begins to take notes: the folder is there.
    pub(crate) fn begin(&self) -> Result<()> {
        fs::create_dir(&self.notes).with_context(|| format!("cannot make {}", self.notes.display()))
    }

    /// Has a process ended when we end.
    pub(crate) fn note(&self, child: &Child) -> Result<Note> {
        let file = self.notes.join(child.id().to_string());
        File::create(&file).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Note(file))
    }

    /// Has it end nothing.
    pub(crate) fn leave(&self) -> Result<()> {
        let mut shell = self.shell.lock().expect("nothing panics with it");
        let mut pipe = shell.stdin.take().context("it was told before")?;
        pipe.write_all(b"leave\n")
            .context("the shell that ends the cluster has ended")?;
        drop(pipe);
        shell.wait().context("cannot wait for sh")?;
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Ok(shell) = self.shell.get_mut() {
            drop(shell.stdin.take());
            // A failure leaves a folder behind, which is no reason to fail.
            shell.wait().ok();
        }
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        // It is gone already where the cluster was left to itself.
        fs::remove_file(&self.0).ok();
    }
}
