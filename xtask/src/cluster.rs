//! Owns `cargo xtask cluster`: a primary, its standbys and servers on them that stay until they are ended, to try things.
//! Leaves how a PostgreSQL is made to `tests/cluster`, which the tests use, too.

mod servers;
mod state;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use keywright_postgres_cluster::{Cluster, Programs, SUPERUSER};

use crate::document::root;
use crate::{setup, terminal};

use servers::Keywright;
use state::{Member, State};

/// The role and the database that are there from the beginning.
const ROLE: &str = "keywright";
/// Names of the standbys. The primary is `a`.
const STANDBYS: [&str; 2] = ["b", "c"];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make a primary, two streaming standbys and servers on them, or start those that were made and do not run.
    Up {
        /// The folder of PostgreSQL's programs, where it is to be another than what `cargo xtask setup` finds.
        #[arg(long, value_name = "FOLDER")]
        bin: Option<PathBuf>,
        /// How many keywrights serve the database.
        #[arg(long, default_value_t = 2, value_name = "COUNT")]
        servers: usize,
    },
    /// End all servers and remove what they hold.
    Down,
    /// Show which server is what, and how far it is.
    Status,
}

/// Does it.
///
/// # Errors
/// Says what PostgreSQL said.
pub(crate) fn run(action: &Action) -> Result<()> {
    let folder = root().join("target").join("cluster");
    match action {
        Action::Up { bin, servers } => up(&folder, bin.as_deref(), *servers),
        Action::Down => down(&folder),
        Action::Status => status(&folder),
    }
}

fn up(folder: &Path, bin: Option<&Path>, servers: usize) -> Result<()> {
    let Some(state) = State::read(folder)? else {
        ensure!(
            !folder.exists(),
            "{} is left of a cluster that was never whole: `cargo xtask cluster down` removes it",
            folder.display()
        );
        let programs = match bin {
            Some(bin) => Programs::of(bin)?,
            None => setup::postgresql::install()?,
        };
        let state = make(folder, &programs, servers)?;
        start_servers(&state, folder)?;
        terminal::success("cluster: is up");
        state.print(folder);
        return Ok(());
    };
    if let Some(bin) = bin {
        let wanted = Programs::of(bin)?;
        ensure!(
            wanted.folder() == state.programs,
            "the cluster is one of the PostgreSQL in {}: `cargo xtask cluster down` first",
            state.programs.display()
        );
    }
    let programs = Programs::of(&state.programs)?;
    let is_down = |member: &&Member| !member.runs(folder);
    let down: Vec<&Member> = state.members.iter().filter(is_down).collect();
    for member in &down {
        member.start(&programs, folder)?;
    }
    let started = start_servers(&state, folder)?;
    terminal::success(match (down.as_slice(), started) {
        ([], 0) => "cluster: is up already",
        _ => "cluster: is up again",
    });
    state.print(folder);
    Ok(())
}

/// Starts the servers that do not run, one after the other, and says how many they were.
fn start_servers(state: &State, folder: &Path) -> Result<usize> {
    let is_down = |server: &&Keywright| !server.listens();
    let down: Vec<&Keywright> = state.servers.iter().filter(is_down).collect();
    if down.is_empty() {
        return Ok(0);
    }
    let program = servers::program()?;
    for server in &down {
        server.start(&program, folder)?;
    }
    Ok(down.len())
}

/// Makes a cluster that stays. If anything fails, nothing is left of it.
fn make(folder: &Path, programs: &Programs, servers: usize) -> Result<State> {
    if let Some(target) = folder.parent() {
        fs::create_dir_all(target).with_context(|| format!("cannot make {}", target.display()))?;
    }
    println!("cluster: making a primary in {}", folder.display());
    let cluster = Cluster::start_in(programs, folder, &[])?;
    let primary = cluster.primary();
    let role = format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{}'", cluster.password());
    primary.sql(SUPERUSER, &role)?;
    primary.create_database(ROLE)?;
    primary.sql(SUPERUSER, &format!("ALTER DATABASE {ROLE} OWNER TO {ROLE}"))?;
    let mut members = vec![Member::new(primary)];
    let mut standbys = Vec::new();
    for name in STANDBYS {
        println!("cluster: making the standby {name}");
        let standby = cluster.add_standby(primary, name)?;
        members.push(Member::new(&standby));
        standbys.push(standby);
    }
    let url = primary.url(ROLE).replace(
        &format!("postgres://{SUPERUSER}:"),
        &format!("postgres://{ROLE}:"),
    );
    let (servers, root_key) = Keywright::make(folder, servers, &url)?;
    let state = State {
        programs: programs.folder().to_owned(),
        password: cluster.password().to_owned(),
        members,
        servers,
        root_key,
    };
    state.write(folder)?;
    cluster.leave()?;
    Ok(state)
}

fn down(folder: &Path) -> Result<()> {
    if !folder.exists() {
        println!("cluster: is not up");
        return Ok(());
    }
    if let Some(state) = State::read(folder)? {
        let programs = Programs::of(&state.programs)?;
        for server in &state.servers {
            server.stop(folder)?;
        }
        for member in &state.members {
            member.stop(&programs, folder)?;
        }
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    terminal::success("cluster: has ended, and its folder is gone");
    Ok(())
}

fn status(folder: &Path) -> Result<()> {
    let state = State::read(folder)?;
    let state = state.context("the cluster is not up: `cargo xtask cluster up`")?;
    let programs = Programs::of(&state.programs)?;
    println!("PostgreSQL {} in {}", programs.version(), folder.display());
    println!(
        "{:<7} {:<9} {:>5}  {:<13} {:>12}  synchronous",
        "server", "role", "port", "position", "behind"
    );
    let replies = state.ask(&programs, folder);
    for (member, reply) in state.members.iter().zip(replies) {
        println!("{:<7} {}", member.name, reply.line(member.port));
    }
    for server in &state.servers {
        let state = if server.listens() {
            "takes connections"
        } else {
            "does not run"
        };
        println!(
            "{:<7} {:<9} {:>5}  {state}",
            server.name, "keywright", server.port
        );
    }
    Ok(())
}
