//! A standby that is far away: what it and the primary say to each other arrives later.
//! Leaves what is measured meanwhile to `postgres`.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use keywright_postgres_cluster::{Cluster, SUPERUSER, Server, Stop};

/// How long something and its answer are under way.
pub(super) const ROUND_TRIP_MS: u64 = 40;
const STANDBY: &str = "far";

/// The standby, which is the primary's synchronous one.
pub(super) struct Distance {
    standby: Server,
    primary_url: String,
}

/// A transaction that keeps its snapshot until it is dropped.
pub(super) struct Snapshot(Child);

impl Distance {
    /// Makes the standby, and has commits wait for it.
    pub(super) fn new(cluster: &Cluster) -> Result<Self> {
        let primary = cluster.primary();
        let standby = cluster.add_standby(primary, STANDBY)?;
        let port = delay(primary.port())?;
        let from = format!(
            "host=127.0.0.1 port={port} user={SUPERUSER} password={} application_name={STANDBY}",
            cluster.password()
        );
        standby.stop(Stop::Fast)?;
        standby.configure("primary_conninfo", &from)?;
        standby.start()?;
        primary.set_synchronous_standby_names(STANDBY)?;
        Ok(Self {
            standby,
            primary_url: primary.url(""),
        })
    }

    /// Opens a transaction as `pg_dump` does, and leaves it open.
    pub(super) fn hold_snapshot(&self, database: &str) -> Result<Snapshot> {
        const HOLD: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM keywright.owners; \
             SELECT pg_sleep(600)";
        let mut command = Command::new("psql");
        command
            .arg(format!("{}{database}", self.primary_url))
            .args(["-XAtq", "-c", HOLD])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().context("cannot run psql")?;
        // It has its snapshot by then.
        sleep(Duration::from_millis(500));
        Ok(Snapshot(child))
    }

    /// Has no commit wait any more, and ends the standby.
    pub(super) fn end(self, primary: &Server) -> Result<()> {
        primary.set_synchronous_standby_names("")?;
        self.standby.stop(Stop::Fast)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).ok();
    }
}

/// Passes connections on to a port, each byte half a round trip later, and tells where it listens. It ends with the
/// process.
fn delay(port: u16) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let here = listener.local_addr()?.port();
    spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else {
                continue;
            };
            for stream in [&near, &far] {
                stream.set_nodelay(true).ok();
            }
            let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else {
                continue;
            };
            pass(near, far_too);
            pass(far, near_too);
        }
    });
    Ok(here)
}

/// Passes on what one side says.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    let (sender, receiver) = channel::<(Instant, Vec<u8>)>();
    spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(len @ 1..) = from.read(&mut buffer) {
            let due = Instant::now() + Duration::from_millis(ROUND_TRIP_MS / 2);
            if sender.send((due, buffer[..len].to_vec())).is_err() {
                return;
            }
        }
    });
    spawn(move || {
        let receiver: Receiver<(Instant, Vec<u8>)> = receiver;
        for (due, bytes) in receiver {
            sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    });
}
