//! The real server as a child process, in a folder of its own.
//! Leaves how it is spoken to, to `site`.

use std::fs::{File, Metadata};
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use super::engine::Engine;
use super::postgres::{self, Database};
use super::secrets::Secrets;
use super::site::Site;
use super::{PATIENCE, target, workspace};

/// What tests configure the root key as.
pub(crate) const ROOT_KEY: &str = "root-key-of-the-tests-4Jq8Zt1Xw6Bn3Vc7";

/// What servers on one PostgreSQL are given, where those on a file make something of their own.
const PEPPER: &str = "pepper-of-the-tests-2Rk7Nq4Ws9Yb6Fd1";
const ISSUER: &str = "https://keys.example";

/// A running server. Dropping it kills it and searches its files for the secrets it gave out.
pub(crate) struct Server {
    child: Child,
    site: Site,
    folder: Folder,
    stdout: Arc<Mutex<String>>,
    copiers: Vec<JoinHandle<()>>,
    has_ended: bool,
}

/// What a server leaves behind: its files, and the secrets that must not be in them.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    temporary: Arc<TempDir>,
    secrets: Arc<Secrets>,
    engine: Engine,
    /// Made when it is first asked for, where the engine keeps no file.
    postgres: Arc<OnceLock<Database>>,
}

impl Folder {
    /// A folder of the engine that this run is for.
    pub(crate) fn new() -> Self {
        Self::of(Engine::of_this_run())
    }

    pub(crate) fn of(engine: Engine) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("keywright-")
            .tempdir()
            .unwrap();
        Self {
            temporary: Arc::new(folder),
            secrets: Arc::default(),
            engine,
            postgres: Arc::default(),
        }
    }

    /// Another folder, of another server on the same database.
    ///
    /// # Panics
    /// Where the database is a file.
    pub(crate) fn neighbour(&self) -> Self {
        self.postgres().expect("a file has one server");
        Self {
            temporary: Self::of(self.engine).temporary,
            ..self.clone()
        }
    }

    /// The database, where it is no file.
    pub(crate) fn postgres(&self) -> Option<&Database> {
        let make = || {
            self.secrets.add(postgres::PASSWORD);
            self.secrets.add(PEPPER);
            Database::migrated()
        };
        (self.engine == Engine::Postgres).then(|| self.postgres.get_or_init(make))
    }

    /// What names the database to a server, and what it needs beside it.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        match self.postgres() {
            None => vec![(
                "database.url",
                format!("sqlite:{}", self.database().display()),
            )],
            Some(database) => vec![
                ("database.url", database.url()),
                ("pepper.value", PEPPER.to_owned()),
                ("tokens.issuer", ISSUER.to_owned()),
            ],
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// The file of SQLite.
    ///
    /// # Panics
    /// Where there is none.
    pub(crate) fn database(&self) -> PathBuf {
        self.file("keywright.db")
    }

    /// The file of the pepper.
    ///
    /// # Panics
    /// Where there is none.
    pub(crate) fn pepper(&self) -> PathBuf {
        self.file("keywright.db.pepper")
    }

    fn file(&self, name: &str) -> PathBuf {
        assert!(
            self.engine == Engine::Sqlite,
            "there is no {name} with PostgreSQL: say in tests/sqlite_alone.txt why this test is SQLite's"
        );
        self.path().join(name)
    }

    /// The certificate of a server that speaks TLS.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.path().join("certificate.pem")
    }

    /// The private key of the certificate.
    pub(crate) fn certificate_key(&self) -> PathBuf {
        self.path().join("certificate.key.pem")
    }

    /// Makes a new certificate for this machine, and its key, in the place of those that are there.
    pub(crate) fn certify(&self) {
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(self.certificate(), made.cert.pem()).unwrap();
        std::fs::write(self.certificate_key(), made.signing_key.serialize_pem()).unwrap();
    }

    pub(crate) fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(&self.secrets)
    }

    /// Refuses files that hold a secret which a server of this folder gave out.
    ///
    /// # Panics
    /// When one does.
    pub(crate) fn search(&self) {
        let mut found = self.secrets.found_in(self.path());
        if let Some(database) = self.postgres.get() {
            let log = ("the log".to_owned(), postgres::log().into_bytes());
            for (place, bytes) in database.tables().into_iter().chain([log]) {
                let offset = self.secrets.first_in(&bytes);
                found
                    .extend(offset.map(|offset| format!("{place} of PostgreSQL at byte {offset}")));
            }
        }
        assert!(found.is_empty(), "secrets were written: {found:?}");
    }

    /// Everything that any server in this folder has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).unwrap()
    }

    /// The command of a server on this folder, as tests configure it.
    pub(crate) fn command(&self, settings: &[(&str, &str)]) -> Command {
        let mut command = bare_command(self.path());
        command
            .env("KEYWRIGHT_LISTEN", "127.0.0.1:0")
            .env("KEYWRIGHT_ROOT_KEY", ROOT_KEY)
            .env("KEYWRIGHT_NO_DEMO", "1")
            .env("KEYWRIGHT_LOG__FILTER", "trace");
        for (setting, value) in self.settings() {
            command.env(variable(setting), value);
        }
        for (setting, value) in settings {
            command.env(variable(setting), value);
        }
        command
    }

    /// Starts a server that must refuse to run, and returns what it says about that.
    pub(crate) fn refusal(&self, settings: &[(&str, &str)]) -> String {
        let mut command = self.command(settings);
        refusal(command.env("KEYWRIGHT_LOG__FILTER", "info"))
    }
}

/// What a server says that must refuse to run. One that runs all the same is ended.
pub(crate) fn refusal(command: &mut Command) -> String {
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = output.spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    let is_running = child.try_wait().unwrap().is_none();
    if is_running {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !is_running && !output.status.success(),
        "it started, or ended as if all were well: {said}"
    );
    said
}

impl Server {
    /// A server with default settings, a root key and no demo.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// A server with these settings, each `section.name` and its value.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(&Folder::new(), settings)
    }

    /// A server that speaks TLS under a certificate of its own.
    pub(crate) fn with_tls(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        folder.certify();
        Self::on_tls(&folder, settings)
    }

    /// A server that speaks TLS under the certificate of its folder.
    pub(crate) fn on_tls(folder: &Folder, settings: &[(&str, &str)]) -> Self {
        let mut command = folder.command(settings);
        command
            .env("KEYWRIGHT_TLS__CERTIFICATE", folder.certificate())
            .env("KEYWRIGHT_TLS__KEY", folder.certificate_key());
        Self::run(folder, command)
    }

    /// A server that reads its settings from a file.
    pub(crate) fn with_file(settings: &str) -> Self {
        let folder = Folder::new();
        let file = folder.path().join("keywright.toml");
        std::fs::write(&file, settings).unwrap();
        let mut command = folder.command(&[]);
        command.arg("--config").arg(file);
        let settings: toml::Table = settings.parse().unwrap();
        // What the file says counts, and not what the database would have needed.
        for (section, name) in [("tokens", "issuer"), ("pepper", "file")] {
            let is_said = settings
                .get(section)
                .is_some_and(|section| section.get(name).is_some());
            if is_said {
                command.env_remove(variable(&format!("{section}.{name}")));
            }
        }
        Self::run(&folder, command)
    }

    /// A server on a folder that another one may have left.
    pub(crate) fn on(folder: &Folder, settings: &[(&str, &str)]) -> Self {
        Self::run(folder, folder.command(settings))
    }

    /// A server from a command, ready to be spoken to.
    pub(crate) fn run(folder: &Folder, mut command: Command) -> Self {
        let issuer = variable("tokens.issuer");
        let issuer = command
            .get_envs()
            .find(|(name, _)| *name == issuer.as_str());
        let issuer = issuer.and_then(|(_, value)| Some(value?.to_str().unwrap().to_owned()));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Arc::new(Mutex::new(String::new()));
        let (ready, url) = mpsc::channel();
        let (said, pipe) = (Arc::clone(&stdout), child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let line = line.unwrap();
                said.lock().unwrap().extend([line.as_str(), "\n"]);
                if let Some(url) = line.strip_prefix("keywright listening on ") {
                    // Nobody listens any more when the test has ended already.
                    ready.send(url.to_owned()).ok();
                }
            }
        });
        // Through a pipe, so that a limit on the server's files spares its log.
        let mut pipe = child.stderr.take().unwrap();
        let mut log = File::options()
            .create(true)
            .append(true)
            .open(folder.path().join("log"))
            .unwrap();
        let copier = std::thread::spawn(move || {
            std::io::copy(&mut pipe, &mut log).unwrap();
        });
        let Ok(url) = url.recv_timeout(PATIENCE) else {
            // Ended or hung: either way, what it logged is what helps.
            child.kill().unwrap();
            copier.join().unwrap();
            panic!("the server never listened:\n{}", folder.log());
        };
        let (scheme, address) = url.split_once("://").unwrap();
        let site = Site::new(address.parse().unwrap(), ROOT_KEY, folder.secrets());
        let site = site.known_as(issuer);
        let site = match scheme {
            "https" => site.over_tls(&std::fs::read(folder.certificate()).unwrap()),
            _ => site,
        };
        Self {
            child,
            site,
            folder: folder.clone(),
            stdout,
            copiers: vec![reader, copier],
            has_ended: false,
        }
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that it has written to its standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.lock().unwrap().clone()
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Asks it to read its certificate again.
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("sh")
            .args(["-c", "kill -\"$1\" \"$0\"", &pid, name])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Ends it as a power cut would, and leaves its folder.
    pub(crate) fn kill(mut self) -> Folder {
        self.child.kill().unwrap();
        self.end();
        self.folder.clone()
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.end()
    }

    /// Ends it as a service manager does, and leaves its folder.
    pub(crate) fn finish(mut self) -> Folder {
        self.terminate();
        let status = self.end();
        assert!(status.success(), "SIGTERM ended it with {status}");
        self.folder.clone()
    }

    fn end(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        self.has_ended = true;
        for copier in self.copiers.drain(..) {
            copier.join().unwrap();
        }
        status
    }
}

impl Deref for Server {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.has_ended {
            self.child.kill().unwrap();
            self.end();
        }
        if !std::thread::panicking() {
            self.folder.search();
        }
    }
}

/// The variable of the environment for a setting.
fn variable(setting: &str) -> String {
    match setting {
        "database.url" => "KEYWRIGHT_DATABASE_URL".to_owned(),
        "pepper.value" => "KEYWRIGHT_PEPPER".to_owned(),
        _ => format!(
            "KEYWRIGHT_{}",
            setting.replace('.', "__").to_ascii_uppercase()
        ),
    }
}

/// The command of a server in this folder, without any setting, not even the caller's.
pub(crate) fn bare_command(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KEYWRIGHT_") {
            command.env_remove(name);
        }
    }
    command
}

/// The server's binary. `cargo test --workspace` has built it; a test alone builds it first.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let binary = BINARY.get_or_init(|| {
        let binary = target().join("debug/keywright");
        let newest = newest(&workspace().join("server")).max(newest(&workspace().join("openapi")));
        let is_fresh = |file: Metadata| file.modified().is_ok_and(|modified| modified >= newest);
        if binary.metadata().is_ok_and(is_fresh) {
            return Some(binary);
        }
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--workspace", "--bin", "keywright"]);
        let status = build.current_dir(workspace()).status().unwrap();
        status.success().then_some(binary)
    });
    binary.as_deref().expect("the server's binary must build")
}

fn newest(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let times = entries.map(|path| {
        if path.is_dir() {
            newest(&path)
        } else {
            path.metadata().unwrap().modified().unwrap()
        }
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
