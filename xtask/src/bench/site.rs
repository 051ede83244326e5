//! Owns what is measured against what: programs and seeded databases, and how both come to run.
//! Leaves what is asked of a server that runs to `served`.

use std::env;
use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::process::Process;
use super::scenario::ROOT_KEY;
use super::served::Server;
use crate::document::{root, target};
use crate::{setup, terminal};

const FLUSH: &str = include_str!("flush.c");
/// More than any scenario opens.
const FILES_MAX: &str = "--nofile=16384:";
/// Changes with what a seed holds, so that none of an older kind is used.
const SEED_VERSION: u32 = 2;

/// Whom tokens of servers on PostgreSQL name.
const ISSUER: &str = "http://issuer.example";

/// What releases are built with.
pub(crate) const DIST: &str = "dist";

/// The programs, and the folder for what they leave behind.
pub(crate) struct Workshop {
    /// The profile they are built with; its folder has the same name.
    profile: String,
    programs: PathBuf,
    folder: PathBuf,
    flush: PathBuf,
}

/// How large a seeded database is, and how much of it may be used up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) keys: usize,
    pub(crate) users: usize,
    pub(crate) rotations: usize,
    pub(crate) cold: usize,
}

impl Size {
    /// So many keys, and as many chains of rotations and users as a run uses up.
    pub(crate) fn for_chains(keys: usize, used: usize) -> Self {
        // Rounded up, so that the next run with about as many slices finds its seed made.
        let used = (used + 1000).next_power_of_two();
        Self {
            keys,
            users: used.max(1 << 15),
            rotations: used.min(keys / 4),
            cold: 10_000,
        }
    }
}

/// How a server is run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// What is added to each flush.
    pub(crate) flush_delay_us: u32,
    /// The one core that it may use; any if there is none.
    pub(crate) core: Option<usize>,
}

impl Workshop {
    /// The place for all of it, clean, with programs of a profile.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn open(profile: &str) -> Result<Self> {
        let target = target();
        let folder = target.join("bench");
        // What a run that was broken off has left behind.
        remove(&folder.join("run"))?;
        fs::create_dir_all(&folder)?;
        Ok(Self {
            profile: profile.to_owned(),
            programs: target.join(profile),
            flush: folder.join("flush.so"),
            folder,
        })
    }

    /// Builds the programs, and brings what drives them.
    ///
    /// # Errors
    /// When something cannot be built or installed.
    pub(crate) fn build(&self) -> Result<()> {
        setup::install_wrk()?;
        build_programs(&root(), &self.profile, &self.programs)?;
        let source = self.folder.join("flush.c");
        fs::write(&source, FLUSH)?;
        let status = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .args([&self.flush, &source])
            .arg("-ldl")
            .status()
            .context("cannot run cc")?;
        ensure!(status.success(), "cc failed ({status})");
        Ok(())
    }

    /// The programs of another checkout, built there as a release is, with a folder of their own for databases.
    ///
    /// # Errors
    /// When something cannot be built.
    pub(crate) fn of_checkout(&self, checkout: &Path) -> Result<Self> {
        let checkout = checkout.canonicalize();
        let checkout = checkout.context("the earlier checkout must be a folder that exists")?;
        let manifest = fs::read_to_string(checkout.join("Cargo.toml"))?;
        // Before there was this profile, it was the one called release.
        let has_dist = manifest.contains("[profile.dist]");
        let profile = if has_dist { DIST } else { "release" };
        let programs = checkout.join("target").join(profile);
        build_programs(&checkout, profile, &programs)?;
        let folder = self.folder.join("earlier");
        remove(&folder.join("run"))?;
        fs::create_dir_all(&folder)?;
        Ok(Self {
            profile: profile.to_owned(),
            programs,
            folder,
            flush: self.flush.clone(),
        })
    }

    /// The folder for plans, reports and databases.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A seeded database, made now unless there is one of this size already.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn seed(&self, size: Size) -> Result<PathBuf> {
        let folder = self.folder.join(format!(
            "seed-{SEED_VERSION}-{}-{}-{}-{}",
            size.keys, size.users, size.rotations, size.cold
        ));
        let label = folder.join("complete.txt");
        if label.exists() {
            println!("seed: {} keys are there already", size.keys);
            return Ok(folder);
        }
        remove(&folder)?;
        terminal::step(&format!("seed {} keys", size.keys), || {
            let mut command = self.program("keywright-bench");
            command
                .arg("seed")
                .arg("--folder")
                .arg(&folder)
                .args(["--keys", &size.keys.to_string()])
                .args(["--users", &size.users.to_string()])
                .args(["--rotations", &size.rotations.to_string()])
                .args(["--cold", &size.cold.to_string()])
                .env("LD_PRELOAD", &self.flush)
                .env("FLUSH_SKIP", "1");
            let status = command.status()?;
            ensure!(status.success(), "the seeding failed ({status})");
            for entry in fs::read_dir(&folder)? {
                File::open(entry?.path())?.sync_all()?;
            }
            Ok(fs::write(&label, "")?)
        })?;
        Ok(folder)
    }

    /// A copy of a seeded database, to be used up.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn copy(&self, seed: &Path, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join("run").join(name);
        remove(&folder)?;
        fs::create_dir_all(&folder)?;
        // `cp` shares the blocks where the file system can, and copies at full speed where it cannot.
        let status = Command::new("cp")
            .arg("--reflink=auto")
            .args(["keys.db", "keys.db.pepper"].map(|file| seed.join(file)))
            .arg(&folder)
            .status()?;
        ensure!(status.success(), "cp failed ({status})");
        // What was copied must not be written to the disk while something is measured.
        File::open(folder.join("keys.db"))?.sync_all()?;
        Ok(folder)
    }

    /// Starts keywright on the database in a folder.
    ///
    /// # Errors
    /// When it does not start; its log lies in the folder.
    pub(crate) fn serve(&self, folder: PathBuf, manner: Manner) -> Result<Server> {
        let mut command = self.served(&folder, manner)?;
        command
            .arg("--database")
            .arg(format!("sqlite:{}", folder.join("keys.db").display()));
        let process = Process::start(&mut command)
            .with_context(|| format!("see keywright.log in {}", folder.display()))?;
        Ok(Server::new(process, folder))
    }

    /// Starts keywright on a PostgreSQL, under the pepper in a file, with its log in a folder of this name.
    ///
    /// # Errors
    /// When it does not start; its log lies in the folder.
    pub(crate) fn serve_postgres(
        &self,
        name: &str,
        url: &str,
        pepper: &Path,
        environment: &[(&str, &str)],
    ) -> Result<Server> {
        let folder = self.folder.join("run").join(name);
        fs::create_dir_all(&folder)?;
        let mut command = self.served(&folder, Manner::default())?;
        command
            .args(["--database", url])
            .env("KEYWRIGHT_PEPPER__FILE", pepper)
            .env("KEYWRIGHT_TOKENS__ISSUER", ISSUER)
            .envs(environment.iter().copied());
        let process = Process::start(&mut command)
            .with_context(|| format!("see keywright.log in {}", folder.display()))?;
        Ok(Server::new(process, folder))
    }

    /// Copies a seeded database into an empty PostgreSQL.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub(crate) fn copy_to_postgres(&self, seed: &Path, url: &str) -> Result<()> {
        terminal::step("copy the keys to PostgreSQL", || {
            let mut command = self.program("keywright");
            command
                .args(["copy", "--from"])
                .arg(format!("sqlite:{}", seed.join("keys.db").display()))
                .args(["--to", url])
                .env("KEYWRIGHT_PEPPER__FILE", seed.join("keys.db.pepper"))
                .env("KEYWRIGHT_TOKENS__ISSUER", ISSUER);
            let status = command.status()?;
            ensure!(status.success(), "it was not copied ({status})");
            Ok(())
        })
    }

    /// Starts what PostgreSQL's driver does alone in a database.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn postgres_alone(&self, url: &str) -> Result<Process> {
        let mut command = self.held("keywright-bench", Manner::default());
        Process::start(command.args(["postgres", "--url", url]))
    }

    /// The program that revokes keys at one server and asks the others.
    pub(crate) fn revocation(&self) -> Command {
        let mut command = self.held("keywright-bench", Manner::default());
        command.arg("revocation");
        command
    }

    /// Starts the reference, which answers each request of each scenario at a path of its own.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn refer(&self, routes: &[Value], manner: Manner) -> Result<Process> {
        let mut command = self.held("keywright-bench-reference", manner);
        Process::start(command.arg(Value::from(routes).to_string()))
    }

    /// Starts the store alone on the database in a folder.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn alone(&self, folder: &Path, seed: &Path, manner: Manner) -> Result<Process> {
        for list in ["callers", "children", "rotations", "users"] {
            let list = format!("{list}.txt");
            fs::copy(seed.join(&list), folder.join(&list))?;
        }
        let mut command = self.held("keywright-bench", manner);
        Process::start(command.args(["alone", "--folder"]).arg(folder))
    }

    /// The open-loop driver, on a core of its own.
    pub(crate) fn flood(&self, core: usize) -> Command {
        let mut command = self.held(
            "keywright-bench",
            Manner {
                core: Some(core),
                ..Manner::default()
            },
        );
        command.arg("flood");
        command
    }

    /// A server that still needs a database, with its log in a folder.
    fn served(&self, folder: &Path, manner: Manner) -> Result<Command> {
        let mut command = self.held("keywright", manner);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--no-demo"])
            .env("KEYWRIGHT_ROOT_KEY", ROOT_KEY)
            // Limits on callers are for others than those who measure.
            .env("KEYWRIGHT_USER_KEY__RATE_LIMIT_PER_MINUTE", "0")
            .env("KEYWRIGHT_LIMITS__UNKNOWN_PER_MINUTE", "0")
            .stderr(Stdio::from(File::create(folder.join("keywright.log"))?));
        Ok(command)
    }

    fn program(&self, name: &str) -> Command {
        clean(Command::new(self.programs.join(name)))
    }

    /// A program with room for connections, on its core, and with its flushes.
    fn held(&self, name: &str, manner: Manner) -> Command {
        let mut command = clean(Command::new("prlimit"));
        command.arg(FILES_MAX);
        if let Some(core) = manner.core {
            command.args(["taskset", "--cpu-list", &core.to_string()]);
        }
        if manner.flush_delay_us > 0 {
            command
                .arg("env")
                .arg(format!("LD_PRELOAD={}", self.flush.display()))
                .arg(format!("FLUSH_DELAY_US={}", manner.flush_delay_us));
        }
        command.arg(self.programs.join(name));
        command
    }
}

/// Builds the server and the benchmark of a checkout.
fn build_programs(checkout: &Path, profile: &str, programs: &Path) -> Result<()> {
    // Two builds, for a library in common must not be built with the features of both.
    for package in ["keywright", "keywright-bench"] {
        let what = format!("build {package} of {} ({profile})", checkout.display());
        terminal::step(&what, || {
            let target = programs.parent().context("programs lie below a target")?;
            let status = Command::new(env!("CARGO"))
                .args(["build", "--profile", profile, "--bins"])
                .args(["--package", package])
                .arg("--target-dir")
                .arg(target)
                .current_dir(checkout)
                // Ours, from `.cargo/config.toml`, is handed down; an earlier checkout has another, or none.
                .env_remove("LIBSQLITE3_FLAGS")
                .status()?;
            ensure!(status.success(), "the build failed ({status})");
            Ok(())
        })?;
    }
    Ok(())
}

/// Without settings that happen to be in the environment.
fn clean(mut command: Command) -> Command {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("KEYWRIGHT_") {
            command.env_remove(name);
        }
    }
    command
}

/// Takes a folder away, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
