//! Owns what is written down of a cluster that is up, and what its servers say of themselves.
//! Leaves when they are asked to `cluster`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use keywright_postgres_cluster::{Programs, SUPERUSER, Server};
use serde_json::{Value, json};

use super::ROLE;
use super::servers::Keywright;
use crate::terminal;

/// How long a server may take to answer; one that was stopped never does.
const PATIENCE_S: &str = "3";

/// Role, position in bytes and in PostgreSQL's form, then for each of its standbys: is it synchronous?
const QUESTION: &str = "WITH here AS (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() \
    ELSE pg_current_wal_lsn() END AS position) \
    SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END, position, position - '0/0', \
    (SELECT string_agg(application_name, ',') FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) FROM here";

/// A cluster that is up.
pub(super) struct State {
    /// The folder of PostgreSQL's programs.
    pub(super) programs: PathBuf,
    pub(super) password: String,
    pub(super) members: Vec<Member>,
    /// The keywrights on it, and the root key of all of them.
    pub(super) servers: Vec<Keywright>,
    pub(super) root_key: String,
}

/// A server of it.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) port: u16,
}

/// What a server says of itself.
pub(super) enum Reply {
    /// It does not run.
    Down,
    /// It runs, and says nothing, or not what it was asked.
    Silent,
    Said {
        role: String,
        position: String,
        /// How much less it has than the primary, in bytes, if there is one.
        behind: Option<u64>,
        is_synchronous: bool,
    },
}

/// A server's answer before it is compared with the others'.
struct Answer {
    role: String,
    position: String,
    position_bytes: u64,
    synchronous: String,
}

impl State {
    /// What was written last in a cluster's folder, so that the rest is whole.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = file(folder);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let state = serde_json::from_slice(&text)
            .ok()
            .and_then(|value| of_json(&value));
        let state = state.with_context(|| {
            format!(
                "{} is not as it was written: end the servers by hand",
                path.display()
            )
        })?;
        Ok(Some(state))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let members: Vec<Value> = self
            .members
            .iter()
            .map(|member| json!({ "name": member.name, "port": member.port }))
            .collect();
        let servers: Vec<Value> = self
            .servers
            .iter()
            .map(|server| json!({ "name": server.name, "port": server.port }))
            .collect();
        let value = json!({
            "programs": self.programs.to_string_lossy(),
            "password": self.password,
            "members": members,
            "servers": servers,
            "root_key": self.root_key,
        });
        let path = file(folder);
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(value.to_string().as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Says how to talk to each server.
    pub(super) fn print(&self, folder: &Path) {
        let psql = self.programs.join("psql");
        for (number, member) in self.members.iter().enumerate() {
            let role = if number == 0 { "primary" } else { "standby" };
            let url = self.url(ROLE, ROLE, member);
            println!("\n{} (made as {role})", member.name);
            println!("  psql       {} '{url}'", psql.display());
            println!(
                "  superuser  {} '{}'",
                psql.display(),
                self.url(SUPERUSER, ROLE, member)
            );
        }
        for server in &self.servers {
            println!("\n{} (keywright)", server.name);
            println!(
                "  operator   export KEYWRIGHT_URL={} KEYWRIGHT_KEY={}",
                server.url(),
                self.root_key
            );
            println!("  log        {}", server.log(folder).display());
        }
        println!(
            "\n`cargo xtask cluster status` shows how far each is, `cargo xtask cluster down` ends them."
        );
    }

    fn url(&self, role: &str, database: &str, member: &Member) -> String {
        let Self { password, .. } = self;
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/{database}",
            member.port
        )
    }

    /// What each server says, in their order.
    pub(super) fn ask(&self, programs: &Programs, folder: &Path) -> Vec<Reply> {
        let answers: Vec<Result<Answer, Reply>> = self
            .members
            .iter()
            .map(|member| {
                if !member.runs(folder) {
                    return Err(Reply::Down);
                }
                let url = self.url(SUPERUSER, SUPERUSER, member);
                ask(programs, &url).ok_or(Reply::Silent)
            })
            .collect();
        let primary = answers
            .iter()
            .flatten()
            .filter(|answer| answer.role == "primary");
        let newest = primary.map(|answer| answer.position_bytes).max();
        let synchronous: Vec<String> = answers
            .iter()
            .flatten()
            .flat_map(|answer| answer.synchronous.split(','))
            .map(str::to_owned)
            .collect();
        let replies = answers
            .into_iter()
            .zip(&self.members)
            .map(|(answer, member)| match answer {
                Ok(answer) => Reply::Said {
                    behind: newest.map(|newest| newest.saturating_sub(answer.position_bytes)),
                    role: answer.role,
                    position: answer.position,
                    is_synchronous: synchronous.contains(&member.name),
                },
                Err(reply) => reply,
            });
        replies.collect()
    }
}

impl Member {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            name: server.name().to_owned(),
            port: server.port(),
        }
    }

    /// Whether it runs. `pg_ctl status` takes one that was killed for running as long as nothing has asked how it ended.
    pub(super) fn runs(&self, folder: &Path) -> bool {
        let data = self.data_folder(folder);
        let line = self.process(folder);
        line.is_some_and(|line| !line.starts_with('Z') && line.contains(&*data.to_string_lossy()))
    }

    pub(super) fn start(&self, programs: &Programs, folder: &Path) -> Result<()> {
        println!("cluster: starting {}", self.name);
        if self
            .process(folder)
            .is_some_and(|line| line.starts_with('Z'))
        {
            // PostgreSQL, too, takes it for running: by these two files.
            let lock = format!("socket/.s.PGSQL.{}.lock", self.port);
            for file in [self.status_file(folder), folder.join(lock)] {
                fs::remove_file(&file)
                    .with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
        let mut command = self.control(programs, folder, "start");
        command.args(["--wait", "--silent", "--log"]);
        command.arg(folder.join(&self.name).join("log"));
        succeed(&mut command)
    }

    /// Ends it, if it runs, and frees the shared memory of one that was killed.
    pub(super) fn stop(&self, programs: &Programs, folder: &Path) -> Result<()> {
        if self.runs(folder) {
            println!("cluster: ending {}", self.name);
            // One that was stopped hears nothing before it goes on.
            succeed(Command::new("sh").args(["-c", "kill -CONT \"$0\"", &self.status(folder, 1)]))?;
            let mut command = self.control(programs, folder, "stop");
            // Nothing of it is needed any more, and it need not wait for its standbys.
            succeed(command.args(["--wait", "--silent", "--mode=immediate"]))?;
        } else if let [_, memory] = *self
            .status(folder, 7)
            .split_whitespace()
            .collect::<Vec<_>>()
        {
            // It may be gone by now, and some systems have no such program.
            let mut command = Command::new("ipcrm");
            command.args(["-m", memory]).stderr(Stdio::null());
            command.status().ok();
        }
        Ok(())
    }

    /// State and command line of its first process, if there is one.
    fn process(&self, folder: &Path) -> Option<String> {
        let pid = self.status(folder, 1);
        let output = Command::new("ps")
            .args(["-o", "stat=", "-o", "args=", "-p", &pid])
            .stderr(Stdio::null())
            .output();
        let line = String::from_utf8_lossy(&output.ok()?.stdout).into_owned();
        (!pid.is_empty() && !line.is_empty()).then_some(line)
    }

    /// A line of the file that is there from a start to a clean end: 1 is the process, 7 its shared memory.
    fn status(&self, folder: &Path, number: usize) -> String {
        let text = fs::read_to_string(self.status_file(folder)).unwrap_or_default();
        let line = text.lines().nth(number - 1);
        line.unwrap_or_default().to_owned()
    }

    fn status_file(&self, folder: &Path) -> PathBuf {
        self.data_folder(folder).join("postmaster.pid")
    }

    fn data_folder(&self, folder: &Path) -> PathBuf {
        folder.join(&self.name).join("data")
    }

    fn control(&self, programs: &Programs, folder: &Path, verb: &str) -> Command {
        let mut command = programs.command("pg_ctl");
        command
            .arg(verb)
            .arg("-D")
            .arg(folder.join(&self.name).join("data"));
        command
    }
}

impl Reply {
    /// All but the server's name.
    pub(super) fn line(&self, port: u16) -> String {
        match self {
            Self::Down => format!("{:<9} {port:>5}  does not run", "-"),
            Self::Silent => format!("{:<9} {port:>5}  does not answer in {PATIENCE_S} s", "-"),
            Self::Said {
                role,
                position,
                behind,
                is_synchronous,
            } => {
                let behind =
                    behind.map_or("no primary".to_owned(), |bytes| format!("{bytes} bytes"));
                let behind = if role == "primary" { "-" } else { &behind };
                let synchronous = if *is_synchronous { "yes" } else { "-" };
                format!("{role:<9} {port:>5}  {position:<13} {behind:>12}  {synchronous}")
            }
        }
    }
}

/// Where the state stands in a cluster's folder.
fn file(folder: &Path) -> PathBuf {
    folder.join("cluster.json")
}

fn of_json(value: &Value) -> Option<State> {
    let named = |value: &Value| -> Option<(String, u16)> {
        let port = value["port"].as_u64()?.try_into().ok()?;
        Some((value["name"].as_str()?.to_owned(), port))
    };
    let members = value["members"].as_array()?.iter().map(|member| {
        let (name, port) = named(member)?;
        Some(Member { name, port })
    });
    // A cluster from before there were any has none.
    let servers = value["servers"].as_array().into_iter().flatten();
    let servers = servers.map(|server| {
        let (name, port) = named(server)?;
        Some(Keywright { name, port })
    });
    Some(State {
        programs: value["programs"].as_str()?.into(),
        password: value["password"].as_str()?.to_owned(),
        members: members.collect::<Option<_>>()?,
        servers: servers.collect::<Option<_>>()?,
        root_key: value["root_key"].as_str().unwrap_or_default().to_owned(),
    })
}

fn ask(programs: &Programs, url: &str) -> Option<Answer> {
    let output = programs
        .command("psql")
        .env("PGCONNECT_TIMEOUT", PATIENCE_S)
        .args(["-XAtq", "-c", QUESTION, url])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    answer(&String::from_utf8_lossy(&output.stdout))
}

/// `primary|0/5000148|83886408|b,c`
fn answer(line: &str) -> Option<Answer> {
    let mut columns = line.trim().split('|');
    Some(Answer {
        role: columns.next()?.to_owned(),
        position: columns.next()?.to_owned(),
        position_bytes: columns.next()?.parse().ok()?,
        synchronous: columns.next()?.to_owned(),
    })
}

/// Runs a command that is quiet unless it fails. What it leaves running must not hold our output open.
fn succeed(command: &mut Command) -> Result<()> {
    let line = terminal::command_line(command);
    let status = command.stdout(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot run {line}"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_read() {
        let read = answer("standby|0/5000148|83886408|\n").unwrap();
        assert_eq!(
            (read.role.as_str(), read.position_bytes),
            ("standby", 83_886_408)
        );
        assert!(answer("").is_none());
    }
}
