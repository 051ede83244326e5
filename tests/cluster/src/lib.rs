//! Owns PostgreSQL in a folder of its own: a primary, its standbys, and how they end with the process that started them.
//! Leaves what is kept in them to their clients.

mod keeper;
mod processes;
mod programs;
mod server;
mod template;

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::Write as _;
use std::net::TcpListener;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};
use uuid::Uuid;

use keeper::Keeper;
pub use programs::Programs;
pub use server::{Server, Stop};
use template::Template;

/// The superuser of every server.
pub const SUPERUSER: &str = "postgres";

/// Below the ports that the kernel gives to clients: one of those could be taken while a server is down.
const PORTS: Range<u16> = 20_000..32_768;
/// How often a new server that lost its port to another process gets a new one.
const PORT_TRIES_MAX: u32 = 5;
/// The longest path of a socket that every system takes, in bytes.
const SOCKET_PATH_LEN_MAX: usize = 103;

/// A primary in a folder, to which standbys can be added. Dropped, it ends, and so does its folder.
pub struct Cluster {
    primary: Server,
    place: Arc<Place>,
}

/// What all servers of a cluster share.
struct Place {
    programs: Programs,
    folder: PathBuf,
    password: String,
    /// Whether the servers are to go on when this process has ended.
    is_left: AtomicBool,
    keeper: Keeper,
}

impl Cluster {
    /// A primary in a temporary folder.
    ///
    /// # Errors
    /// Says what `initdb` or PostgreSQL said.
    pub fn start(programs: &Programs) -> Result<Self> {
        Self::with(programs, &[])
    }

    /// The same with settings of `postgresql.conf`.
    ///
    /// # Errors
    /// Says what `initdb` or PostgreSQL said.
    pub fn with(programs: &Programs, settings: &[(&str, &str)]) -> Result<Self> {
        let name = Uuid::new_v4().simple().to_string();
        let folder = format!("keywright-postgres-{}", &name[..12]);
        Self::start_in(programs, &std::env::temp_dir().join(folder), settings)
    }

    /// The same in a folder that is not there yet.
    ///
    /// # Errors
    /// Says what is wrong with the folder, or what `initdb` or PostgreSQL said.
    pub fn start_in(programs: &Programs, folder: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let template = Template::of(programs)?;
        let place = Arc::new(Place::make(programs, folder, template.password())?);
        let primary = Server::new(&place, "a")?;
        template.fill(&place, &primary.data_folder())?;
        for (name, value) in settings {
            primary.configure(name, value)?;
        }
        let primary = launch(primary)?;
        Ok(Self { primary, place })
    }

    /// The server that was there first.
    pub fn primary(&self) -> &Server {
        &self.primary
    }

    /// A streaming standby of one of the servers, under a name of lower-case letters, digits and `_`.
    ///
    /// # Errors
    /// Says what `pg_basebackup` or PostgreSQL said.
    pub fn add_standby(&self, of: &Server, name: &str) -> Result<Server> {
        let standby = Server::new(&self.place, name)?;
        let mut backup = self.place.client("pg_basebackup", of);
        backup.args(["--no-sync", "--checkpoint=fast", "--wal-method=stream"]);
        backup.args(["--write-recovery-conf", "--create-slot", "--slot", name]);
        // Where it streams from is written down as it was reached here: by TCP, as between machines.
        backup.args(["--host", "127.0.0.1"]);
        backup.arg("-D").arg(standby.data_folder());
        self.place.run(&mut backup)?;
        launch(standby)
    }

    /// The password of [`SUPERUSER`].
    pub fn password(&self) -> &str {
        &self.place.password
    }

    /// Where the servers' Unix sockets are: the host to name to a client in place of an address.
    pub fn socket_folder(&self) -> PathBuf {
        self.place.socket_folder()
    }

    /// A file that only the servers' user can read, such as a certificate's key. It goes with the cluster.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        self.place.put(name, content)
    }

    /// Lets all servers and the folder be when this process ends.
    ///
    /// # Errors
    /// When what would have ended them does not hear it: then it still does.
    pub fn leave(self) -> Result<()> {
        self.place.keeper.leave()?;
        self.place.is_left.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Place {
    fn make(programs: &Programs, folder: &Path, password: &str) -> Result<Self> {
        ensure!(!folder.exists(), "{} is there already", folder.display());
        // First of all: whatever comes after it is ended and removed if this process is killed.
        let keeper = Keeper::of(folder)?;
        let place = Self {
            programs: programs.clone(),
            folder: folder.to_owned(),
            password: password.to_owned(),
            is_left: AtomicBool::new(false),
            keeper,
        };
        // Others may pass through it, and see nothing in it.
        DirBuilder::new()
            .mode(0o711)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        place.keeper.begin()?;
        let sockets = place.socket_folder();
        let socket = sockets.join(".s.PGSQL.65535");
        ensure!(
            socket.as_os_str().len() <= SOCKET_PATH_LEN_MAX,
            "a Unix socket's path is at most {SOCKET_PATH_LEN_MAX} bytes long, and {} is longer: choose a folder with a \
             shorter path",
            socket.display()
        );
        place.make_folder(&sockets)?;
        programs.check_entry(&sockets)?;
        Ok(place)
    }

    fn socket_folder(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// A folder that belongs to the servers' user alone.
    fn make_folder(&self, folder: &Path) -> Result<()> {
        DirBuilder::new()
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        self.programs.give(folder)
    }

    fn put(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder.join(name);
        let write = |path: &Path| {
            let mut file = File::create(path)?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(content)
        };
        write(&path).with_context(|| format!("cannot write {}", path.display()))?;
        self.programs.give(&path)?;
        Ok(path)
    }

    /// One of PostgreSQL's clients, which asks this server as its superuser.
    fn client(&self, program: &str, server: &Server) -> Command {
        let mut command = self.programs.command(program);
        command
            .env("PGHOST", self.socket_folder())
            .env("PGPORT", server.port().to_string())
            .env("PGUSER", SUPERUSER)
            .env("PGPASSWORD", &self.password);
        command
    }

    /// What a program prints that must succeed. It is ended with this process.
    fn run(&self, command: &mut Command) -> Result<String> {
        programs::run_with(command, |child| self.keeper.note(child))
    }
}

/// Starts a server for the first time, on a port that is free.
fn launch(mut server: Server) -> Result<Server> {
    for attempt in 1.. {
        server.move_to(free_port()?)?;
        match server.start() {
            Ok(()) => break,
            Err(error) => {
                let lost_port = format!("{error:#}").contains("Address already in use");
                if !lost_port || attempt == PORT_TRIES_MAX {
                    return Err(error);
                }
            }
        }
    }
    Ok(server)
}

/// A port that nothing listens on now, and that the kernel gives to no client.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    let mut ports = std::iter::repeat_with(|| fastrand::u16(PORTS)).take(1_000);
    ports
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .with_context(|| format!("no free port from {} to {}", PORTS.start, PORTS.end - 1))
}

/// The end of a file, to be shown.
fn tail(file: &Path) -> String {
    const LINES_MAX: usize = 20;
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_MAX)..].join("\n")
}
