//! What is measured against what: programs, seeded databases, and running servers.

use std::env;
use std::fs;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::lists::Filling;
use super::lists::{Lists, gap_len};
use super::process::Process;
use super::scenario::Gap;
use super::scenario::{Callers, ROOT_KEY, Request, Scenario};
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

/// keywright on a database of its own.
pub(crate) struct Server {
    pub(crate) process: Process,
    folder: PathBuf,
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
        Ok(Server { process, folder })
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
        Ok(Server { process, folder })
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

impl Server {
    /// Its address.
    pub(crate) fn address(&self) -> &str {
        &self.process.address
    }

    /// What its metrics say now.
    pub(crate) fn metrics(&self) -> Result<String> {
        let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let (status, text) = ask(self.address(), request)?;
        ensure!(status == 200, "there are no metrics: {status} {text}");
        Ok(text)
    }

    /// Ends it, and takes its database away.
    pub(crate) fn discard(self) -> Result<()> {
        self.process.stop()?;
        remove(&self.folder)
    }

    /// Those who call it, with a token that it has given out.
    pub(crate) fn callers(&self, lists: &mut Lists) -> Result<Callers> {
        let callers = lists.callers()?;
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            callers.client_id, callers.client_secret
        );
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, answer) = ask(self.address(), &request)?;
        ensure!(status == 200, "no token was given: {status} {answer}");
        let answer: Value = serde_json::from_str(&answer)?;
        let token = answer["access_token"].as_str();
        Ok(Callers {
            token: token.context("the answer holds no token")?.to_owned(),
            ..callers
        })
    }

    /// Asks each request of some scenarios once, and says what the reference has to answer for them.
    pub(crate) fn sample(&self, scenarios: &[Scenario], lists: &mut Lists) -> Result<Vec<Value>> {
        let mut routes = Vec::new();
        for scenario in scenarios {
            for (index, request) in scenario.requests.iter().enumerate() {
                let filling = lists.first(request.gap)?;
                let answer_len = self.sample_one(request, &filling.unwrap_or_default())?;
                routes.push(json!({
                    "path": reference_path(scenario.name, index),
                    "method": request.method,
                    "status": request.status,
                    "answer_len": answer_len,
                    "reads": request.body.is_some(),
                }));
            }
        }
        Ok(routes)
    }

    /// Asks once, on a connection of its own, and says how long the body of the answer is.
    fn sample_one(&self, request: &Request, value: &str) -> Result<usize> {
        let mut once = request.clone();
        once.headers.push(("connection", "close".to_owned()));
        let (before, after) = once.wire(value.len());
        let (status, body) = ask(self.address(), &format!("{before}{value}{after}"))?;
        ensure!(
            status == request.status && body.contains(request.contains),
            "{} {} was answered {status} {body}",
            request.method,
            request.path
        );
        Ok(body.len())
    }
}

/// Where the reference answers a request of a scenario.
pub(crate) fn reference_path(scenario: &str, index: usize) -> String {
    format!("/{scenario}/{index}")
}

/// The requests of a scenario as the reference takes them.
pub(crate) fn reference_requests(scenario: &Scenario) -> Vec<Request> {
    let requests = scenario.requests.iter().enumerate();
    requests
        .map(|(index, request)| request.for_reference(reference_path(scenario.name, index)))
        .collect()
}

/// One request as the open-loop driver reads it.
pub(crate) fn flood_request(request: &Request, lists: &mut Lists) -> Result<Value> {
    let filling = lists.filling(request.gap, 1, 1)?;
    let (before, after) = request.wire(gap_len(&filling)?);
    let values = match filling {
        Filling::Values(values) => values,
        Filling::None | Filling::Number(_) => Vec::new(),
    };
    Ok(json!({
        "before": before,
        "after": after,
        "values": values,
        "counts": request.gap == Gap::Number,
        "status": request.status,
        "weight": request.weight,
    }))
}

/// Sends one request that ends its connection, and reads the answer.
fn ask(address: &str, request: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the answer has no end of its head")?;
    let status = head.split(' ').nth(1).context("the answer has no status")?;
    Ok((status.parse()?, body.to_owned()))
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

/// Waits until the machine has little else to do, at most for a while, and says how busy it still is.
pub(crate) fn wait_for_rest() -> Result<f64> {
    const REST: f64 = 0.08;
    const WAIT: Duration = Duration::from_secs(20);
    let asked = Instant::now();
    loop {
        let before = machine()?;
        std::thread::sleep(Duration::from_millis(500));
        let after = machine()?;
        let share = (after.0 - before.0) / (after.1 - before.1).max(1.0);
        if share < REST || asked.elapsed() > WAIT {
            return Ok(share);
        }
    }
}

/// Ticks in which the machine was busy, and all ticks.
fn machine() -> Result<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split_ascii_whitespace().skip(1).take(8);
    let ticks: Vec<f64> = ticks.filter_map(|ticks| ticks.parse().ok()).collect();
    let all: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok((all - idle, all))
}
