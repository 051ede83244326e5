//! Owns one server: its start, its ends, and what is done to it while it runs.
//! Leaves where it comes from to the cluster.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal};

use crate::keeper::Note;
use crate::{Place, SUPERUSER, processes, tail};

/// How long a start, an end or a promotion may take.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The pause between two looks at a server that is to change.
const PAUSE: Duration = Duration::from_millis(5);

/// A server of a cluster. Dropped, it ends.
pub struct Server {
    place: Arc<Place>,
    name: String,
    port: u16,
    running: Mutex<Option<Running>>,
}

/// How a server is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It ends its sessions, and waits until its standbys have everything.
    Fast,
    /// It drops everything, and recovers at the next start.
    Immediate,
}

struct Running {
    postmaster: Child,
    _note: Note,
}

impl Server {
    pub(crate) fn new(place: &Arc<Place>, name: &str) -> Result<Self> {
        let is_good =
            |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
        ensure!(
            !name.is_empty() && name.bytes().all(is_good),
            "a server's name is made of lower-case letters, digits and _, which {name:?} is not"
        );
        let server = Self {
            place: Arc::clone(place),
            name: name.to_owned(),
            port: 0,
            running: Mutex::new(None),
        };
        place.make_folder(&server.folder())?;
        Ok(server)
    }

    /// Its name, which is also its `cluster_name`, its `application_name` as a standby, and its slot's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens on 127.0.0.1, after a restart as well; also the number of its Unix socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of one of its databases, for the superuser.
    pub fn url(&self, database: &str) -> String {
        let Place { password, .. } = &*self.place;
        format!(
            "postgres://{SUPERUSER}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// Its first process.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self) -> Result<u32> {
        let mut slot = self.lock();
        Ok(self.running(&mut slot)?.postmaster.id())
    }

    /// Everything that it has logged.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn log(&self) -> Result<String> {
        let log = fs::read(self.log_file()).context("cannot read the log")?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// Adds a setting, which counts from its next start or reload on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&self, name: &str, value: &str) -> Result<()> {
        let path = self.data_folder().join("postgresql.conf");
        let file = File::options().append(true).open(&path);
        let line = format!("{name} = '{}'\n", value.replace('\'', "''"));
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Starts it, and waits until it takes connections.
    ///
    /// # Errors
    /// Says the end of its log when it does not.
    pub fn start(&self) -> Result<()> {
        let mut slot = self.lock();
        ensure!(slot.is_none(), "{} runs already", self.name);
        let path = self.log_file();
        let log = File::options().create(true).append(true).open(&path);
        let log = log.with_context(|| format!("cannot write {}", path.display()))?;
        self.place.programs.give(&path)?;
        let mut command = self.place.programs.command("postgres");
        command
            .arg("-D")
            .arg(self.data_folder())
            // A signal from the terminal is not for it.
            .process_group(0)
            .stdout(log.try_clone().context("cannot share the log")?)
            .stderr(log);
        let mut postmaster = command.spawn().context("cannot run postgres")?;
        let note = self.place.keeper.note(&postmaster)?;
        if let Err(error) = self.wait_until_ready(&mut postmaster) {
            // Its other processes end when they see that it has.
            postmaster.kill().and_then(|()| postmaster.wait()).ok();
            return Err(error.context(tail(&path)));
        }
        *slot = Some(Running {
            postmaster,
            _note: note,
        });
        Ok(())
    }

    fn wait_until_ready(&self, postmaster: &mut Child) -> Result<()> {
        let status = self.data_folder().join("postmaster.pid");
        let pid = postmaster.id().to_string();
        wait_until(&format!("{} to take connections", self.name), || {
            if let Some(status) = postmaster.try_wait()? {
                bail!("{} ended ({status})", self.name);
            }
            Ok(is_ready(&status, &pid))
        })
    }

    /// Ends it, and waits until it has ended.
    ///
    /// # Errors
    /// When it does not end: a fast end waits for standbys, and for those that were stopped it does so for ever.
    pub fn stop(&self, how: Stop) -> Result<()> {
        let mut slot = self.lock();
        let running = self.running(&mut slot)?;
        let signal = match how {
            Stop::Fast => Signal::INT,
            Stop::Immediate => Signal::QUIT,
        };
        processes::send(running.pid(), signal)?;
        wait_until(&format!("{} to end", self.name), || {
            Ok(running.postmaster.try_wait()?.is_some())
        })?;
        *slot = None;
        Ok(())
    }

    /// Ends it, and starts it on the same port.
    ///
    /// # Errors
    /// Those of an end and of a start.
    pub fn restart(&self) -> Result<()> {
        self.stop(Stop::Fast)?;
        self.start()
    }

    /// Kills all its processes at once, as when its machine fails.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> Result<()> {
        let mut slot = self.lock();
        let running = self.running(&mut slot)?;
        // While the first is stopped it makes no others, and does not see them end.
        let others = processes::stop(running.pid())?;
        processes::send_all(&others, Signal::KILL)?;
        processes::send(running.pid(), Signal::KILL)?;
        running
            .postmaster
            .wait()
            .context("cannot wait for postgres")?;
        *slot = None;
        // Until then its shared memory is in use, and it does not start.
        wait_until(&format!("the processes of {} to end", self.name), || {
            processes::have_ended(&others)
        })
    }

    /// Stops all its processes where they are (`SIGSTOP`), as when its machine hangs.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> Result<()> {
        let mut slot = self.lock();
        processes::stop(self.running(&mut slot)?.pid()).map(drop)
    }

    /// Lets all its processes go on (`SIGCONT`).
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> Result<()> {
        let mut slot = self.lock();
        processes::resume(self.running(&mut slot)?.pid())
    }

    /// Makes a primary of a standby, and waits until it is one.
    ///
    /// # Errors
    /// Says what `pg_ctl` said.
    pub fn promote(&self) -> Result<()> {
        let mut command = self.place.programs.command("pg_ctl");
        command.args(["promote", "--wait", "--silent", "-D"]);
        self.place.run(command.arg(self.data_folder())).map(drop)
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// Says what `createdb` said.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let mut command = self.place.client("createdb", self);
        self.place.run(command.args(["--", name])).map(drop)
    }

    /// What the superuser is answered in a database: a line for each row, with `|` between columns.
    ///
    /// # Errors
    /// Says what `psql` said.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let mut command = self.place.client("psql", self);
        command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database]);
        self.place.run(command.args(["-c", statement]))
    }

    /// Has every commit that begins after this wait for these standbys: `b`, `ANY 1 (b, c)`; empty for none.
    ///
    /// # Errors
    /// Says what `psql` said.
    pub fn set_synchronous_standby_names(&self, names: &str) -> Result<()> {
        let value = names.replace('\'', "''");
        let statement = format!("ALTER SYSTEM SET synchronous_standby_names = '{value}'");
        self.sql(SUPERUSER, &statement)?;
        self.sql(SUPERUSER, "SELECT pg_reload_conf()")?;
        wait_until(&format!("{} to read its settings", self.name), || {
            Ok(self.sql(SUPERUSER, "SHOW synchronous_standby_names")? == names)
        })?;
        // The checkpointer tells all sessions. It was told by now, and reads it before it makes a checkpoint.
        self.sql(SUPERUSER, "CHECKPOINT").map(drop)
    }

    /// Gives it a port, and the settings that are its own.
    pub(crate) fn move_to(&mut self, port: u16) -> Result<()> {
        self.port = port;
        let sockets = self.place.socket_folder();
        self.configure("listen_addresses", "127.0.0.1")?;
        self.configure("port", &port.to_string())?;
        self.configure("unix_socket_directories", &sockets.to_string_lossy())?;
        self.configure("cluster_name", &self.name)?;
        // Shared memory in its folder, which is removed: elsewhere a server that is killed leaves it behind.
        self.configure("dynamic_shared_memory_type", "mmap")
    }

    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder().join("data")
    }

    fn folder(&self) -> PathBuf {
        self.place.folder.join(&self.name)
    }

    fn log_file(&self) -> PathBuf {
        self.folder().join("log")
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        // Nothing is half done where it was held.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running<'a>(&self, slot: &'a mut Option<Running>) -> Result<&'a mut Running> {
        slot.as_mut()
            .with_context(|| format!("{} does not run", self.name))
    }
}

impl Running {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.postmaster)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.lock().is_none() || self.place.is_left.load(Ordering::Relaxed) {
            return;
        }
        // What cannot be ended here is ended by the cluster's keeper.
        let end = self.resume().and_then(|()| self.stop(Stop::Immediate));
        end.or_else(|_| self.kill()).ok();
    }
}

/// Whether this process takes connections, as its server's status file has it.
fn is_ready(status: &Path, pid: &str) -> bool {
    let text = fs::read_to_string(status).unwrap_or_default();
    let mut lines = text.lines();
    // An earlier one, which was killed, has left the file.
    lines.next() == Some(pid) && lines.nth(6).is_some_and(|word| word.trim() == "ready")
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so()? {
        ensure!(
            Instant::now() < deadline,
            "waited {} s in vain for {what}",
            TIMEOUT.as_secs()
        );
        sleep(PAUSE);
    }
    Ok(())
}
