//! A PostgreSQL for one test: a primary in a folder of its own, its standbys, and whatever stands in front of it.
//! Leaves what is asked of it to the tests.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use keywright_store_postgres::{Connector, Options};
use tempfile::TempDir;

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// What keywright logs in with.
pub(crate) const PASSWORD: &str = "hunter2-of-the-tests";

/// A running PostgreSQL. Dropped, it ends.
pub(crate) struct Postgres {
    folder: TempDir,
    pub(crate) port: u16,
}

/// A program in front of it that runs until this is dropped.
pub(crate) struct Running(Child);

impl Postgres {
    /// A primary with a database `kw`, which belongs to the user `kw`.
    pub(crate) fn start() -> Self {
        let postgres = Self::made(|data| {
            let mut initdb = program("initdb");
            initdb.args([
                "--no-sync",
                "--username=postgres",
                "--locale=C",
                "--encoding=UTF8",
            ]);
            initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256", "-D"]);
            initdb.arg(data);
            initdb
        });
        let role = format!("CREATE ROLE kw LOGIN PASSWORD '{PASSWORD}'");
        postgres.psql(&role);
        postgres.psql("CREATE DATABASE kw OWNER kw");
        postgres
    }

    /// A standby of this one.
    pub(crate) fn standby(&self) -> Self {
        Self::made(|data| {
            let mut backup = program("pg_basebackup");
            backup.args([
                "--no-sync",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--username=postgres",
            ]);
            backup.arg("-h").arg(self.folder());
            backup.args(["-p", &self.port.to_string(), "-D"]).arg(data);
            backup
        })
    }

    fn made(make: impl FnOnce(&Path) -> Command) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("keywright-pg-")
            .tempdir()
            .unwrap();
        give_away(folder.path());
        let postgres = Self {
            folder,
            port: free_port(),
        };
        succeed(&mut make(&postgres.data()));
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_permissions=0777",
            postgres.port,
            postgres.folder().display()
        );
        let mut start = program("pg_ctl");
        start.args(["start", "--wait", "--silent", "-o", &options, "-l"]);
        start
            .arg(postgres.folder().join("log"))
            .arg("-D")
            .arg(postgres.data());
        succeed(&mut start);
        postgres
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// What the administrator is told.
    pub(crate) fn psql(&self, statement: &str) -> String {
        let mut psql = program("psql");
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"]);
        psql.arg(self.folder())
            .args(["-p", &self.port.to_string(), "-c", statement]);
        succeed(&mut psql)
    }

    /// The same, in keywright's database.
    pub(crate) fn psql_in_kw(&self, statement: &str) -> String {
        let mut psql = program("psql");
        psql.args([
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            "kw",
            "-h",
        ]);
        psql.arg(self.folder())
            .args(["-p", &self.port.to_string(), "-c", statement]);
        succeed(&mut psql)
    }

    /// A file that PostgreSQL alone may read.
    pub(crate) fn keep(&self, name: &str, content: &str) -> PathBuf {
        let file = self.folder().join(name);
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        give_away(&file);
        file
    }

    /// Where it listens.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        url(&self.host(), "")
    }

    /// Every session of keywright is ended.
    pub(crate) fn terminate(&self) -> String {
        self.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keywright'")
    }

    /// Sends a signal to the first process, which takes new connections.
    pub(crate) fn signal_postmaster(&self, signal: &str) {
        succeed(Command::new("kill").args([signal, &self.postmaster()]));
    }

    /// Sends a signal to all its processes; one may end meanwhile.
    pub(crate) fn signal_all(&self, signal: &str) {
        let postmaster = self.postmaster();
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        let children = std::fs::read_to_string(children).unwrap();
        let all = children.split_whitespace().chain([postmaster.as_str()]);
        let kill = Command::new("kill").arg(signal).args(all).output();
        assert!(kill.is_ok());
    }

    fn postmaster(&self) -> String {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().to_owned()
    }

    /// A pgbouncer in front of it, and its port.
    pub(crate) fn pgbouncer(&self, settings: &str) -> (Running, u16) {
        let port = free_port();
        let users = self.keep("users", &format!("\"kw\" \"{PASSWORD}\"\n"));
        let configuration = format!(
            "[databases]\nkw = host={} port={} user=kw password={PASSWORD}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\n{settings}\n",
            self.folder().display(),
            self.port,
            users.display()
        );
        let file = self.keep("pgbouncer.ini", &configuration);
        let mut pgbouncer = unprivileged("/usr/sbin/pgbouncer");
        pgbouncer.arg("-q").arg(file).stderr(Stdio::null());
        let running = Running(
            pgbouncer
                .spawn()
                .expect("pgbouncer runs: run `cargo xtask setup`"),
        );
        (running, port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal_all("-CONT");
        let mut stop = program("pg_ctl");
        stop.args(["stop", "--silent", "-m", "immediate", "-D"])
            .arg(self.data());
        stop.status().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The URL of keywright's database at some hosts.
pub(crate) fn url(hosts: &str, query: &str) -> String {
    format!("postgres://kw:{PASSWORD}@{hosts}/kw{query}")
}

pub(crate) fn options() -> Options {
    Options {
        ca_file: None,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
    }
}

pub(crate) fn connector(url: &str) -> Connector {
    Connector::open(url, &options()).unwrap()
}

fn program(name: &str) -> Command {
    unprivileged(&format!("{PROGRAMS}/{name}"))
}

/// A program as a user who is not root, which PostgreSQL and pgbouncer insist on.
fn unprivileged(program: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            program,
        ]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/tmp").stdout(Stdio::piped());
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Gives a file or folder to the user that PostgreSQL runs as.
fn give_away(path: &Path) {
    if is_root() {
        let ids = succeed(
            Command::new("id")
                .args(["-u", "postgres"])
                .stdout(Stdio::piped()),
        );
        let groups = succeed(
            Command::new("id")
                .args(["-g", "postgres"])
                .stdout(Stdio::piped()),
        );
        let (user, group) = (ids.trim().parse().ok(), groups.trim().parse().ok());
        chown(path, user, group).unwrap();
    }
}

/// A port below those that the kernel gives to clients, so that none has it when a server starts anew.
fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(20_000..32_000);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// What a program prints that must succeed. Its output goes to files: what it leaves running keeps a pipe open.
fn succeed(command: &mut Command) -> String {
    let (out, error) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command
        .stdout(out.try_clone().unwrap())
        .stderr(error.try_clone().unwrap());
    let status = command
        .status()
        .expect("PostgreSQL 15 is installed: run `cargo xtask setup`");
    let told = |mut file: std::fs::File| {
        std::io::Seek::rewind(&mut file).unwrap();
        std::io::read_to_string(file).unwrap()
    };
    assert!(status.success(), "{command:?}: {}", told(error));
    told(out)
}
