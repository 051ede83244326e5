//! The operator's side of the command line: users, organizations, keys and events of a running server, and how every
//! command shows what it came to.
//!
//! Leaves every rule to the server, how it is spoken to, to the SDK, and what works on a database itself to `keywright`.

mod columns;
mod connection;
mod events;
pub mod failure;
mod keys;
mod organizations;
pub mod output;
mod paging;
mod users;
mod value;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use keywright_sdk::control::Client;

use connection::Connection;
pub use events::{Exportation, FileFlags, Offline, Verification};
use failure::Failure;
use output::Output;

/// What each exit code means; part of the help of every noun.
macro_rules! help_with_exit_codes {
    ($examples:literal) => {
        concat!(
            $examples,
            "

Exit codes:
  0   done; for `keys verify`: every key is valid
  1   the server failed, or something unexpected happened
  2   the command line is wrong
  3   not found
  4   refused: the control key is not known, or may not do this
  5   invalid input, or a conflict with what is there
  6   the server cannot be reached, or takes no more at the moment
  10  for `keys verify`: a key is not valid; for `events verify`: the events are not whole"
        )
    };
}
use help_with_exit_codes;

/// What an operator asks of a running server.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Create, show, change, suspend and delete the users of a running server.
    #[command(after_long_help = users::HELP)]
    Users(Order<users::Command>),
    /// Create, show, change, suspend and delete the organizations of a running server.
    #[command(visible_alias = "orgs", after_long_help = organizations::HELP)]
    Organizations(Order<organizations::Command>),
    /// Issue, show, change, verify, rotate and revoke the keys of a running server.
    #[command(after_long_help = keys::HELP)]
    Keys(Order<keys::Command>),
    /// Show who did what on a running server.
    #[command(after_long_help = events::HELP)]
    Events(Order<events::Command>),
}

/// What to do, where, and how to show what it comes to.
#[derive(Debug, Args)]
pub struct Order<C: Subcommand> {
    #[command(subcommand)]
    command: C,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl<C: Subcommand> Order<C> {
    fn part(self) -> Result<(C, Operator), Failure> {
        let operator = Operator {
            client: self.connection.open()?,
            output: self.output,
        };
        Ok((self.command, operator))
    }
}

/// What a command runs with: a client of the server, and an output for its answers.
struct Operator {
    client: Client,
    output: Output,
}

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    KeyNotValid,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        match end {
            End::Done => Self::SUCCESS,
            End::KeyNotValid => Self::from(10),
        }
    }
}

impl OperatorCommand {
    /// What is asked of the database's file instead, if that is what is asked.
    #[must_use]
    pub fn offline(&self) -> Option<Offline<'_>> {
        match self {
            Self::Events(order) => order.command.offline(&order.connection, &order.output),
            Self::Users(_) | Self::Organizations(_) | Self::Keys(_) => None,
        }
    }

    /// Does what is asked, shows what it came to, and says how it ended.
    ///
    /// # Panics
    /// When the operating system gives no runtime its resources.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime on this very thread needs nothing but memory and a descriptor");
        match runtime.block_on(self.dispatch()) {
            Ok(end) => end.into(),
            Err(failure) => failure.report(),
        }
    }

    async fn dispatch(self) -> Result<End, Failure> {
        match self {
            Self::Users(order) => {
                let (command, operator) = order.part()?;
                command.run(&operator).await
            }
            Self::Organizations(order) => {
                let (command, operator) = order.part()?;
                command.run(&operator).await
            }
            Self::Keys(order) if !order.command.needs_control_key() => {
                let operator = Operator {
                    client: order.connection.open_without_key()?,
                    output: order.output,
                };
                order.command.run(&operator).await
            }
            Self::Keys(order) => {
                if order.connection.takes_standard_input() && order.command.takes_standard_input() {
                    return Err(Failure::usage(
                        "standard input cannot hold both the control key and the keys to verify",
                        "give one of the two in a file: --key-file FILE or --file FILE",
                    ));
                }
                let (command, operator) = order.part()?;
                command.run(&operator).await
            }
            Self::Events(order) => {
                let (command, operator) = order.part()?;
                command.run(&operator).await
            }
        }
    }
}
