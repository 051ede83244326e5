//! The commands on events: who did what, as a list or as it happens, and whether that is the truth.
//! Leaves what is recorded to the server, and what works on the database itself to `verify_events`.

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use keywright_sdk::control::builder::ListEvents;
use keywright_sdk::control::types::{
    Event, EventAction, EventOrder, EventOutcome, EventPage, ListEventsActor,
};
use uuid::Uuid;

use super::connection::Connection;
use super::failure::Failure;
use super::output::{Output, Row, instant, note, or_dash, plain, print, print_json_line};
use super::paging::{Page, Paging};
use super::value::{choice, id};
use super::{End, Operator, help_with_exit_codes};
use keywright_model::event;

const ORDERS: &[&str] = &["asc", "desc"];
/// How long a tail waits before it asks again.
const TAIL_PAUSE: Duration = Duration::from_secs(1);
const TAIL_PAGE_LEN: NonZeroU32 = NonZeroU32::new(100).expect("a hundred is not zero");

pub(super) const HELP: &str = help_with_exit_codes!(
    "\
Examples:
  keywright events list --limit 50
  keywright events list --owner 01a200bc-4534-737b-a280-8a4ce31f4780 --action key.revoked
  keywright events tail --outcome denied
  keywright events tail --from 1 --json >> events.jsonl
  keywright events verify --database sqlite:/var/lib/keywright/keys.db
  keywright events export --database sqlite:/var/lib/keywright/keys.db --to events.jsonl"
);

const VERIFY_HELP: &str = "\
What it proves:
  Each event has a MAC over itself and the MAC before it, under a key that is derived from the pepper.
  Whoever can write to the database but does not know the pepper cannot change, add, remove or
  reorder an event unseen. Without --head, a database that was put back to an earlier state as a whole,
  or whose newest events were cut off together with their written end, looks whole: for that, keep the
  head that this prints somewhere else, and pass it the next time. Whoever knows the pepper, too, can
  write all events anew, and only a head that was kept elsewhere gives that away.
  Events are the record of what was done. The keys themselves are other rows, which bear no MAC.
  Where old events were pruned (events.keep_days), the kept ones begin behind a checkpoint that the server
  has sealed under the same key. --export proves what `events export` wrote before: that each file is
  whole, that they join without a gap, and that the kept events go on from them.

Examples:
  keywright events verify
  keywright events verify --database sqlite:/var/lib/keywright/keys.db --json | jq -r .head > /mnt/elsewhere/head
  keywright events verify --database sqlite:/var/lib/keywright/keys.db --head \"$(cat /mnt/elsewhere/head)\"
  keywright events verify --export events-2025.jsonl --export events-2026.jsonl

Exit codes:
  0   the events are whole; with --head: and go on from it
  1   something unexpected happened
  2   the command line is wrong
  3   there is no database, or no such export
  5   the pepper is missing or another one, the database is of a newer keywright, or an export is needed, too
  10  the events, or those of an export, are not whole";

const EXPORT_HELP: &str = "\
What is written:
  A first line that says where the events begin and end, and then each event on a line, with its MAC. Every
  event is proved on the way. A file that was cut off, or changed, is found by
  `keywright events verify --export FILE`, which needs the pepper.
  FILE appears when all of it is on disk, readable by its owner only; what is there is never replaced.

Examples:
  keywright events export --to events-2026-11.jsonl
  keywright events export --after 41200 --to events-2026-12.jsonl
  keywright events export | jq -c 'select(.action == \"key.revoked\")'

Exit codes:
  0   all events are written
  1   something unexpected happened, or the disk is full: FILE is not there
  2   the command line is wrong
  3   there is no database
  5   FILE is there already, there is no such position, the pepper is missing or another one, or the database
      is of a newer keywright
  10  the events are not whole: FILE is not there";

/// Which database a command works on.
#[derive(Clone, Default, Args)]
pub struct FileFlags {
    /// Database that holds the keys [default: sqlite:keywright.db].
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Configuration file in TOML, as for `serve` [default: none].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl fmt::Debug for FileFlags {
    /// Without the database's URL, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FileFlags")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What can be asked about events.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List events, the newest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// Newest first (desc) or oldest first (asc).
        #[arg(long, default_value = "desc", value_parser = choice::<EventOrder>(ORDERS))]
        order: EventOrder,
        /// Only events behind this position.
        #[arg(long, value_name = "POSITION")]
        after: Option<i64>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print events as they happen, until Ctrl-C.
    Tail {
        #[command(flatten)]
        filter: Filter,
        /// Begin with the event at this position; 1 is the first of all [default: what happens from now on].
        #[arg(long, value_name = "POSITION")]
        from: Option<i64>,
    },
    /// Prove that no event was changed, added, removed or reordered in the database.
    ///
    /// Works on the file itself, on the machine where it lies and as a user that may read it and its
    /// pepper; asks no server, and takes no --url and no control key. Changes nothing, and may run beside
    /// a server. Names the first position at which the events are not as a server wrote them.
    #[command(after_long_help = VERIFY_HELP)]
    Verify {
        #[command(flatten)]
        file: FileFlags,
        /// A head that an earlier run printed, and that was kept elsewhere: the events must still go on
        /// from it.
        #[arg(long, value_name = "POSITION:MAC")]
        head: Option<String>,
        /// A file that `events export` wrote: it must be whole, and the kept events must go on from it.
        #[arg(long = "export", value_name = "FILE")]
        exports: Vec<PathBuf>,
    },
    /// Write the events of the database as lines of JSON, to keep them for longer than the server does.
    ///
    /// Works on the file itself, as `verify` does, and may run beside a server.
    #[command(after_long_help = EXPORT_HELP)]
    Export {
        #[command(flatten)]
        file: FileFlags,
        /// Only events behind this position: where the export before ended.
        #[arg(long, value_name = "POSITION")]
        after: Option<i64>,
        /// The file that is to appear [default: standard output].
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

/// What is asked of a database's file, and of no server.
#[derive(Clone, Copy, Debug)]
pub enum Offline<'a> {
    /// Whether its events are whole.
    Verify(Verification<'a>),
    /// Its events.
    Export(Exportation<'a>),
}

/// The events of a database's file that are to be verified.
#[derive(Clone, Copy, Debug)]
pub struct Verification<'a> {
    /// Which file.
    pub file: &'a FileFlags,
    /// A head that was kept elsewhere, as it was given.
    pub head: Option<&'a str>,
    /// Exports that they must go on from.
    pub exports: &'a [PathBuf],
    /// An option that has no meaning here, but was given.
    pub stray: Option<&'static str>,
    /// How to show what it comes to.
    pub output: &'a Output,
}

/// The events of a database's file that are to be written out.
#[derive(Clone, Copy, Debug)]
pub struct Exportation<'a> {
    /// Of which file.
    pub file: &'a FileFlags,
    /// Behind this position only.
    pub after: Option<i64>,
    /// Where to; standard output if `None`.
    pub to: Option<&'a Path>,
    /// An option that has no meaning here, but was given.
    pub stray: Option<&'static str>,
    /// How to show what it comes to.
    pub output: &'a Output,
}

/// Which events to show.
#[derive(Clone, Debug, Args)]
pub struct Filter {
    /// Only what this one did: root, key:<ID>, token:<ID>, issuer:<NAME>, server or anonymous.
    #[arg(long)]
    actor: Option<ListEventsActor>,
    /// Only this.
    #[arg(long, value_parser = choice::<EventAction>(event::EventAction::WORDS))]
    action: Option<EventAction>,
    /// Only what was done to this key, user or organization.
    #[arg(long, value_name = "ID", value_parser = id)]
    target: Option<Uuid>,
    /// Only what was done to this user or organization or its keys.
    #[arg(long, value_name = "ID", value_parser = id)]
    owner: Option<Uuid>,
    /// Only what was done, or only what was refused.
    #[arg(long, value_parser = choice::<EventOutcome>(event::EventOutcome::WORDS))]
    outcome: Option<EventOutcome>,
}

impl Command {
    pub(super) fn offline<'a>(
        &'a self,
        connection: &Connection,
        output: &'a Output,
    ) -> Option<Offline<'a>> {
        let stray = connection.is_given();
        match self {
            Self::Verify {
                file,
                head,
                exports,
            } => Some(Offline::Verify(Verification {
                file,
                head: head.as_deref(),
                exports,
                stray,
                output,
            })),
            Self::Export { file, after, to } => Some(Offline::Export(Exportation {
                file,
                after: *after,
                to: to.as_deref(),
                stray,
                output,
            })),
            Self::List { .. } | Self::Tail { .. } => None,
        }
    }

    pub(super) async fn run(self, operator: &Operator) -> Result<End, Failure> {
        match self {
            Self::List {
                filter,
                order,
                after,
                paging,
            } => {
                let fetch = async |limit, cursor: Option<String>| {
                    let mut request = filter.request(operator).order(order).limit(limit);
                    if let Some(after) = after {
                        request = request.after(after);
                    }
                    if let Some(cursor) = cursor {
                        request = request.cursor(cursor);
                    }
                    let page = request.send().await?.into_inner();
                    Ok(Page::new(page.items, page.next_cursor))
                };
                operator.output.show_page(&paging.collect(fetch).await?)?;
            }
            Self::Tail { filter, from } => tokio::select! {
                outcome = tail(operator, &filter, from) => outcome?,
                interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| {
                    Failure::unexpected(
                        format!("Ctrl-C cannot be waited for: {error}"),
                        "the process may handle no signals",
                    )
                })?,
            },
            // Whoever runs commands has taken it before.
            Self::Verify { .. } | Self::Export { .. } => {
                return Err(Failure::unexpected(
                    "this asks the database's file, and no server",
                    "please report this",
                ));
            }
        }
        Ok(End::Done)
    }
}

impl Filter {
    fn request<'a>(&self, operator: &'a Operator) -> ListEvents<'a> {
        let mut request = operator.client.list_events();
        if let Some(actor) = &self.actor {
            request = request.actor(actor.clone());
        }
        if let Some(action) = self.action {
            request = request.action(action);
        }
        if let Some(target) = self.target {
            request = request.target_id(target);
        }
        if let Some(owner) = self.owner {
            request = request.owner_id(owner);
        }
        if let Some(outcome) = self.outcome {
            request = request.outcome(outcome);
        }
        request
    }
}

/// Prints what happens from a position on, and ends when its reader has closed the pipe.
async fn tail(operator: &Operator, filter: &Filter, from: Option<i64>) -> Result<(), Failure> {
    let mut after = match from {
        Some(from) => from.saturating_sub(1).max(0),
        None => newest_position(operator).await?,
    };
    let mut is_away = false;
    loop {
        let page = match page_after(operator, filter, after).await {
            Ok(page) => page,
            // A server that comes back has kept what happened.
            Err(failure) if failure.may_pass() => {
                if !is_away {
                    failure.report();
                    note("waiting for the server to come back");
                }
                is_away = true;
                tokio::time::sleep(TAIL_PAUSE).await;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        is_away = false;
        for event in &page.items {
            match show(operator, event) {
                Err(Failure::PipeClosed) => return Ok(()),
                outcome => outcome?,
            }
            after = event.position;
        }
        if page.items.len() < TAIL_PAGE_LEN.get() as usize {
            tokio::time::sleep(TAIL_PAUSE).await;
        }
    }
}

async fn newest_position(operator: &Operator) -> Result<i64, Failure> {
    let newest = operator.client.list_events().order(EventOrder::Desc);
    let newest = newest.limit(NonZeroU32::MIN).send().await?;
    Ok(newest.items.first().map_or(0, |event| event.position))
}

async fn page_after(
    operator: &Operator,
    filter: &Filter,
    after: i64,
) -> Result<EventPage, Failure> {
    let request = filter.request(operator).order(EventOrder::Asc);
    let page = request.after(after).limit(TAIL_PAGE_LEN).send().await?;
    Ok(page.into_inner())
}

/// One event on one line.
fn show(operator: &Operator, event: &Event) -> Result<(), Failure> {
    if operator.output.is_json() {
        print_json_line(event)
    } else {
        print(&plain(&event.cells().join("  ")))
    }
}

impl Row for Event {
    const HEADINGS: &'static [&'static str] = &[
        "POSITION", "AT", "ACTOR", "ACTION", "OUTCOME", "TARGET", "RELATED", "ADDRESS", "DETAIL",
    ];
    const DISPENSABLE: &'static [&'static str] = &[
        "RELATED", "DETAIL", "ADDRESS", "OUTCOME", "POSITION", "ACTOR",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.position.to_string(),
            instant(&self.at),
            self.actor.clone(),
            self.action.to_string(),
            self.outcome.to_string(),
            or_dash(self.target_id),
            or_dash(self.related_id),
            or_dash(self.address.as_ref()),
            or_dash(self.detail.as_ref()),
        ]
    }
}
