//! The commands on events: who did what, as a list or as it happens, and whether that is the truth.
//! Leaves what is recorded to the server, and the truth, which is in the database's file, to `audit`.

use std::num::NonZeroU32;
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
use super::value::choice;
use super::{End, Operator, help_with_exit_codes};
use crate::command::FileFlags;

const ACTIONS: &[&str] = &[
    "owner.created",
    "owner.changed",
    "owner.deleted",
    "key.issued",
    "key.changed",
    "key.rotated",
    "key.revoked",
    "access.denied",
    "access.unknown",
];
const OUTCOMES: &[&str] = &["done", "denied"];
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
  keywright events verify --database sqlite:/var/lib/keywright/keys.db"
);

const VERIFY_HELP: &str = "\
What it proves:
  Each event bears a MAC over itself and the MAC before it, under a key that is derived from the pepper.
  Whoever can write to the database's file but does not know the pepper cannot change, add, remove or
  reorder an event unseen. Without --head, a database that was put back to an earlier state as a whole,
  or whose newest events were cut off together with their written end, looks whole: for that, keep the
  head that this prints somewhere else, and pass it the next time. Whoever knows the pepper, too, can
  write all events anew, and only a head that was kept elsewhere gives that away.
  Events are the record of what was done. The keys themselves are other rows, which bear no MAC.

Examples:
  keywright events verify
  keywright events verify --database sqlite:/var/lib/keywright/keys.db --json | jq -r .head > /mnt/elsewhere/head
  keywright events verify --database sqlite:/var/lib/keywright/keys.db --head \"$(cat /mnt/elsewhere/head)\"

Exit codes:
  0   the events are whole; with --head: and go on from it
  1   something unexpected happened
  2   the command line is wrong
  3   there is no database
  5   the pepper is missing or another one, or the database is of a newer keywright
  10  the events are not whole";

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
    /// Prove that no event was changed, added, removed or reordered in the database's file.
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
    },
}

/// The events of a database's file that are to be verified.
#[derive(Clone, Copy, Debug)]
pub struct Verification<'a> {
    /// Which file.
    pub file: &'a FileFlags,
    /// A head that was kept elsewhere, as it was given.
    pub head: Option<&'a str>,
    /// An option that has no meaning here, but was given.
    pub stray: Option<&'static str>,
    pub(crate) output: &'a Output,
}

/// Which events to show.
#[derive(Clone, Debug, Args)]
pub struct Filter {
    /// Only what this one did: root, key:<ID>, token:<ID>, issuer:<NAME>, server or anonymous.
    #[arg(long)]
    actor: Option<ListEventsActor>,
    /// Only this.
    #[arg(long, value_parser = choice::<EventAction>(ACTIONS))]
    action: Option<EventAction>,
    /// Only what was done to this key, user or organization.
    #[arg(long, value_name = "ID")]
    target: Option<Uuid>,
    /// Only what was done to this user or organization or its keys.
    #[arg(long, value_name = "ID")]
    owner: Option<Uuid>,
    /// Only what was done, or only what was refused.
    #[arg(long, value_parser = choice::<EventOutcome>(OUTCOMES))]
    outcome: Option<EventOutcome>,
}

impl Command {
    pub(super) fn verification<'a>(
        &'a self,
        connection: &Connection,
        output: &'a Output,
    ) -> Option<Verification<'a>> {
        match self {
            Self::Verify { file, head } => Some(Verification {
                file,
                head: head.as_deref(),
                stray: connection.is_given(),
                output,
            }),
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
            Self::Verify { .. } => {
                return Err(Failure::unexpected(
                    "events are verified in the database's file",
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

/// Prints what happens from a position on, and ends when nobody reads it any more.
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
