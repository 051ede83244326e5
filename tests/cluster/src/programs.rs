//! Owns PostgreSQL's programs: where they are, and the user they run as, since PostgreSQL refuses root.
//! Leaves what is done with them to the cluster.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// The oldest PostgreSQL that is good enough.
const MAJOR_MIN: u32 = 15;

/// The programs that are needed.
const NEEDED: [&str; 6] = [
    "createdb",
    "initdb",
    "pg_basebackup",
    "pg_ctl",
    "postgres",
    "psql",
];

/// Names the folder of the programs, where it is another than what is found.
const VARIABLE: &str = "POSTGRES_BIN";

/// Where Debian has a folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Whom they run as where we are root: the first of these that there is.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The programs of one installation.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
    version: String,
    /// All that they say of their version, with whose build they are.
    build: String,
    /// As whom they run, unless as ourselves.
    user: Option<User>,
}

#[derive(Clone, Copy, Debug)]
struct User {
    name: &'static str,
    id: u32,
    group_id: u32,
}

impl Programs {
    /// Those in the folder that `POSTGRES_BIN` names, else the newest of Debian's, else those on the path.
    ///
    /// # Errors
    /// Says where they were looked for, or what is wrong with those found.
    pub fn find() -> Result<Self> {
        if let Some(folder) = env::var_os(VARIABLE) {
            return Self::of(Path::new(&folder)).with_context(|| format!("{VARIABLE} is set"));
        }
        let folder = newest_of_debian().or_else(on_path).with_context(|| {
            format!(
                "there is no PostgreSQL {MAJOR_MIN} or newer in {DEBIAN} or on the path: install it, or name the \
                 folder of its programs in {VARIABLE}"
            )
        })?;
        Self::of(&folder)
    }

    /// Whether `POSTGRES_BIN` says which they are.
    pub fn are_named() -> bool {
        env::var_os(VARIABLE).is_some()
    }

    /// Those in a folder.
    ///
    /// # Errors
    /// Says what is missing there, or that they are too old.
    pub fn of(folder: &Path) -> Result<Self> {
        let folder = fs::canonicalize(folder)
            .with_context(|| format!("cannot find {}", folder.display()))?;
        let is_missing = |name: &&&str| !folder.join(name).is_file();
        let missing: Vec<_> = NEEDED.iter().filter(is_missing).copied().collect();
        ensure!(
            missing.is_empty(),
            "{} holds no {}: it must be the folder of all of PostgreSQL's programs",
            folder.display(),
            missing.join(", ")
        );
        let mut programs = Self {
            folder,
            version: String::new(),
            build: String::new(),
            user: user()?,
        };
        let said = run(programs.command("postgres").arg("--version")).with_context(|| {
            format!(
                "the user {} must be able to run the programs in {}",
                programs.user_name(),
                programs.folder.display()
            )
        })?;
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        let version = said.split_whitespace().nth(2).unwrap_or_default();
        ensure!(
            major(version) >= MAJOR_MIN,
            "PostgreSQL must be {MAJOR_MIN} or newer, and {} holds {version}",
            programs.folder.display()
        );
        version.clone_into(&mut programs.version);
        programs.build = said;
        Ok(programs)
    }

    /// The folder they are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// As PostgreSQL says it: `15.18`, `18beta1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A file's name for what they make: that of their build, and whose it is then.
    pub(crate) fn label(&self) -> String {
        let owner = match self.user {
            Some(user) => user.name.to_owned(),
            None => rustix::process::geteuid().as_raw().to_string(),
        };
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
        let label = format!("{} {owner}", self.build);
        label.replace(|letter| !is_plain(letter), "_")
    }

    /// One of them.
    pub fn command(&self, name: &str) -> Command {
        let mut command = self.unprivileged(self.folder.join(name));
        // One that was built for another folder looks for its libraries there, and then among the system's.
        let libraries = self.folder.join("../lib");
        if libraries.join("libpq.so.5").exists() {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }

    /// Any program, as the user whom PostgreSQL runs as.
    pub fn unprivileged(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some(user) = self.user {
            command.uid(user.id).gid(user.group_id);
        }
        // Nothing that the caller has set for other servers counts, and messages are in English.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        // That user may not enter the caller's folder.
        command.env("LC_ALL", "C").current_dir("/");
        command.stdin(Stdio::null());
        command
    }

    /// Gives a file or folder to that user.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        match self.user {
            Some(user) => chown(path, Some(user.id), Some(user.group_id))
                .with_context(|| format!("cannot give {} to {}", path.display(), user.name)),
            None => Ok(()),
        }
    }

    /// Refuses a folder that this user cannot get at, though it owns it: all above it must let others through.
    pub(crate) fn check_entry(&self, folder: &Path) -> Result<()> {
        let enter = run(self.unprivileged("ls").arg(folder));
        enter.map(drop).with_context(|| {
            format!(
                "the user {}, whom PostgreSQL runs as, cannot enter {}: choose a folder below one that others may pass \
                 through",
                self.user_name(),
                folder.display()
            )
        })
    }

    fn user_name(&self) -> &str {
        self.user.map_or("that runs this", |user| user.name)
    }
}

/// What a program prints that must succeed.
///
/// # Errors
/// Says what it said.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    run_with(command, |_| Ok(()))
}

/// The same, with something to do while it runs, whose result lives as long.
pub(crate) fn run_with<T>(
    command: &mut Command,
    meanwhile: impl FnOnce(&Child) -> Result<T>,
) -> Result<String> {
    let name = Path::new(command.get_program()).file_name();
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let alongside = meanwhile(&child)?;
    let output = child
        .wait_with_output()
        .with_context(|| format!("cannot wait for {name}"))?;
    drop(alongside);
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{name} failed ({}): {}", output.status, said.trim());
}

/// As whom the programs run: nobody else than us, unless we are root.
fn user() -> Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let id = |flag: &str, name: &str| -> Option<u32> {
        run(Command::new("id").args([flag, name]))
            .ok()?
            .parse()
            .ok()
    };
    let mut users = USERS.iter().filter_map(|name| {
        Some(User {
            name,
            id: id("-u", name)?,
            group_id: id("-g", name)?,
        })
    });
    let user = users.next().with_context(|| {
        format!(
            "PostgreSQL refuses to run as root, and there is no user {}",
            USERS.join(" or ")
        )
    })?;
    Ok(Some(user))
}

/// The newest version that Debian has installed, if it is good enough.
fn newest_of_debian() -> Option<PathBuf> {
    let folders = fs::read_dir(DEBIAN).ok()?;
    let majors = folders.filter_map(|folder| {
        let major: u32 = folder.ok()?.file_name().to_str()?.parse().ok()?;
        let programs = Path::new(DEBIAN).join(major.to_string()).join("bin");
        let is_whole = programs.join("postgres").exists();
        (is_whole && major >= MAJOR_MIN).then_some((major, programs))
    });
    majors.max().map(|(_, programs)| programs)
}

/// The first folder of the path with a server's programs, and not only a client's.
fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| {
        ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    })
}

/// The major version in `15.18` or `18beta1`, or 0.
fn major(version: &str) -> u32 {
    let digits = version
        .split(|letter: char| !letter.is_ascii_digit())
        .next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("15.18"), 15);
        assert_eq!(major("18beta1"), 18);
        assert_eq!(major(""), 0);
    }

    #[test]
    fn a_folder_without_the_programs_is_refused_with_their_names() {
        let error = Programs::of(Path::new("/etc")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/etc holds no createdb, initdb"),
            "{error}"
        );
    }
}
