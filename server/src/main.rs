//! The command line: reads the configuration, serves, and shuts down.

use std::io::{self, ErrorKind, Write as _};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use clap::Parser as _;
use keywright::cli::command::{Cli, Command, DocumentFormat, completions};
use keywright::cli::{doctor, verify_events};
use keywright::config::ServeFlags;
use keywright::config::{self, Config};
use keywright::first_start::Welcome;
use keywright::http::serve::Server;
use keywright::http::signals::Signals;
use keywright::log;
use keywright_api::openapi;
use keywright_model::clock::SystemClock;
use keywright_operator::Offline;
use mimalloc::MiMalloc;
use tokio::runtime::Runtime;

/// A verification takes a twelfth less CPU than with the C library's, and a mint a sixteenth.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match run(Cli::parse().into_command()) {
        Ok(code) => code,
        Err(error) => {
            // With standard error gone, the exit code is all that can still be said.
            writeln!(std::io::stderr(), "keywright: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(flags) => serve(&flags)?,
        Command::Openapi { contract, format } => print(&document(&contract, format)?)?,
        Command::Config(command) => print(&command.answer(config::environment())?)?,
        Command::Operator(command) => {
            return Ok(match command.offline() {
                Some(Offline::Verify(verification)) => {
                    verify_events::verify(&verification, config::environment())
                }
                Some(Offline::Export(exportation)) => {
                    verify_events::export(&exportation, config::environment())
                }
                None => command.run(),
            });
        }
        Command::Backup(flags) => return Ok(flags.run(config::environment())),
        Command::Restore(flags) => return Ok(flags.run(config::environment())),
        Command::Copy(flags) => return Ok(flags.run(config::environment())),
        Command::Undone(flags) => return Ok(flags.run(config::environment())),
        Command::Pepper(command) => return Ok(command.run(config::environment())),
        Command::SigningKeys(command) => return Ok(command.run(config::environment())),
        Command::Settings(command) => return Ok(command.run(config::environment())),
        Command::Doctor(flags) => return examine(&flags),
        Command::Completions { shell } => print(&completions(shell))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn examine(flags: &ServeFlags) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(doctor::examine(flags, config::environment(), &SystemClock));
    print(&report.to_string())?;
    Ok(if report.is_healthy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn document(contract: &str, format: DocumentFormat) -> anyhow::Result<String> {
    let document = openapi::document_of(contract).context("the contract is not known")?;
    Ok(match format {
        DocumentFormat::Json => serde_json::to_string_pretty(&document)?,
        DocumentFormat::Yaml => openapi::to_yaml(&document)?,
    })
}

/// Every how many scheduler ticks a worker polls the global queue first. Tasks that the database's threads wake go there;
/// by default the worker's own queue, new requests, comes first, and under load answers would wait for a second.
const WAKES_EVERY: u32 = 2;

/// How many I/O events an idle worker takes at once.
const INTAKE: usize = 64;
/// How many I/O events a busy worker takes, and every how many ticks: what was begun is finished first, and new requests
/// wait where they can still be shed. Half of the ticks poll the worker's own queue. More events than those can
/// handle would spill into the global queue, and answers would wait behind new requests.
const BUSY_INTAKE: usize = 16;
const BUSY_TURNS: u32 = 61;

fn serve(flags: &ServeFlags) -> anyhow::Result<()> {
    let loaded = Config::load(flags, config::environment())?;
    log::start(&loaded.config.log)?;
    for exposed in loaded.exposed() {
        tracing::warn!("{exposed}");
    }
    let config = loaded.config;
    runtime(config.threads)?.block_on(async {
        let database_url = config::without_password(&config.database.url);
        let mut signals = Signals::catch()?;
        let server = Server::start(config, Arc::new(SystemClock)).await?;
        let welcome = Welcome {
            url_of: &|surface| server.url_of(surface),
            database_url: &database_url,
            first_start: server.first_start(),
        };
        let second = server.second_url();
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            url = server.listening_url(),
            second_url = second.as_deref(),
            database = database_url,
            "started"
        );
        let second = second.map_or_else(String::new, |url| {
            format!("\nthe second listener is on {url}")
        });
        let welcomed = print(&format!(
            "{welcome}keywright listening on {}{second}",
            server.listening_url()
        ));
        match welcomed {
            // Standard output may well lie on the disk that is full. Where it tells nothing that is told once,
            // the server goes on.
            Err(error) if is_disk_full(&error) && server.first_start().is_silent() => {
                tracing::warn!("listening on {}: {error:#}", server.listening_url());
            }
            outcome => outcome?,
        }
        let signal = signals.until_end(server.identity()).await;
        tracing::info!(signal, "stopping: finishing what runs");
        server.stop().await
    })
}

/// The runtime that serves requests. By default it leaves a core to the writer thread, or to the threads
/// that speak with PostgreSQL, to the system and to clients on the same machine: more busy threads than cores only compete.
fn runtime(threads: Option<usize>) -> io::Result<Runtime> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.unwrap_or(cores - 1).max(1))
        .global_queue_interval(WAKES_EVERY)
        .max_io_events_per_tick(INTAKE)
        .max_io_events_per_busy_tick(BUSY_INTAKE)
        .event_interval(BUSY_TURNS)
        .enable_all()
        .build()
}

fn is_disk_full(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::StorageFull)
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        // The reader has closed the pipe: it wants no more.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_is_left_to_others_unless_more_threads_are_asked_for() {
        let workers = |threads| runtime(threads).unwrap().metrics().num_workers();
        let cores = thread::available_parallelism().unwrap().get();
        assert_eq!(workers(None), if cores > 1 { cores - 1 } else { 1 });
        assert_eq!(workers(Some(cores + 1)), cores + 1);
    }
}
