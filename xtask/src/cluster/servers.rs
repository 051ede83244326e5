//! Owns the keywrights of a cluster: what each is told, its start and its end.
//! Leaves the PostgreSQL that they share to `cluster`, and what is written down of them to `state`.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use keywright_postgres_cluster::free_port;

use crate::document::root;
use crate::terminal;

/// How long a start or an end may take.
const TIMEOUT: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(20);
/// The end of a log that is shown where a start fails.
const LINES_MAX: usize = 20;

/// One keywright.
pub(super) struct Keywright {
    pub(super) name: String,
    pub(super) port: u16,
}

impl Keywright {
    /// Writes down what so many servers on one database are told. All know the same root key, which is returned.
    pub(super) fn make(
        folder: &Path,
        count: usize,
        database_url: &str,
    ) -> Result<(Vec<Self>, String)> {
        let (pepper, root_key) = (random()?, random()?);
        let mut servers: Vec<Self> = Vec::new();
        for number in 1..=count {
            let server = Self {
                name: format!("k{number}"),
                port: free_port()?,
            };
            // The name of all of them is the address of the first: there is nothing in front.
            let issuer = servers.first().unwrap_or(&server).url();
            let settings = format!(
                "listen = '127.0.0.1:{}'\nroot_key = '{root_key}'\ndemo = false\n\n[database]\nurl = '{database_url}'\n\n\
                 [pepper]\nvalue = '{pepper}'\n\n[tokens]\nissuer = '{issuer}'\n",
                server.port
            );
            let own = folder.join(&server.name);
            DirBuilder::new()
                .mode(0o700)
                .create(&own)
                .with_context(|| format!("cannot make {}", own.display()))?;
            let file = server.settings(folder);
            OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&file)
                .and_then(|mut file| file.write_all(settings.as_bytes()))
                .with_context(|| format!("cannot write {}", file.display()))?;
            servers.push(server);
        }
        Ok((servers, root_key))
    }

    /// Where its clients find it.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether it takes connections.
    pub(super) fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// Starts it, and waits until it takes connections.
    pub(super) fn start(&self, program: &Path, folder: &Path) -> Result<()> {
        println!("cluster: starting {}", self.name);
        let path = self.log(folder);
        let log = File::options().create(true).append(true).open(&path);
        let log = log.with_context(|| format!("cannot write {}", path.display()))?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--config"])
            .arg(self.settings(folder))
            .current_dir(folder.join(&self.name))
            // A signal from the terminal is not for it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share the log")?)
            .stderr(log);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("KEYWRIGHT_") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().context("cannot run keywright")?;
        let deadline = Instant::now() + TIMEOUT;
        while !self.listens() {
            let ended = child.try_wait().context("cannot wait for keywright")?;
            if ended.is_some() || Instant::now() > deadline {
                child.kill().ok();
                let text = fs::read_to_string(&path).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                let end = lines[lines.len().saturating_sub(LINES_MAX)..].join("\n");
                bail!("{} does not start:\n{end}", self.name);
            }
            sleep(PAUSE);
        }
        Ok(())
    }

    /// Ends it, if it runs.
    pub(super) fn stop(&self, folder: &Path) -> Result<()> {
        let Some(pid) = self.pid(folder)? else {
            return Ok(());
        };
        println!("cluster: ending {}", self.name);
        // One that was stopped hears nothing before it goes on.
        for signal in ["-TERM", "-CONT"] {
            let status = Command::new("sh")
                .args(["-c", "kill \"$0\" \"$1\"", signal, &pid])
                .status();
            ensure!(
                status.is_ok_and(|status| status.success()),
                "cannot end the process {pid}"
            );
        }
        let deadline = Instant::now() + TIMEOUT;
        while self.pid(folder)?.is_some() {
            ensure!(
                Instant::now() < deadline,
                "{} (process {pid}) does not end",
                self.name
            );
            sleep(PAUSE);
        }
        Ok(())
    }

    pub(super) fn log(&self, folder: &Path) -> PathBuf {
        folder.join(&self.name).join("log")
    }

    fn settings(&self, folder: &Path) -> PathBuf {
        folder.join(&self.name).join("keywright.toml")
    }

    /// The process that was told these settings.
    fn pid(&self, folder: &Path) -> Result<Option<String>> {
        let table = Command::new("ps")
            .args(["-A", "-o", "pid=", "-o", "stat=", "-o", "args="])
            .output()
            .context("cannot run ps")?;
        let table = String::from_utf8_lossy(&table.stdout).into_owned();
        let settings = self.settings(folder);
        let settings = settings.to_string_lossy();
        let line = table
            .lines()
            .find(|line| line.ends_with(&*settings) && line.contains(" serve "));
        let mut words = line.unwrap_or_default().split_whitespace();
        let pid = words.next().map(str::to_owned);
        // One that has ended, and that nobody has asked how, is none.
        let is_zombie = words.next().is_some_and(|state| state.starts_with('Z'));
        Ok(pid.filter(|_| !is_zombie))
    }
}

/// The program, as the tests have it.
///
/// # Errors
/// When it does not build.
pub(super) fn program() -> Result<PathBuf> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--workspace", "--bin", "keywright"]);
    let line = terminal::command_line(&command);
    println!("cluster: {line}");
    let status = command.current_dir(root()).status();
    let status = status.with_context(|| format!("cannot run {line}"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(root().join("target/debug/keywright"))
}

/// 64 characters that nobody guesses.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.context("cannot read /dev/urandom")?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
    }
    Ok(text)
}
