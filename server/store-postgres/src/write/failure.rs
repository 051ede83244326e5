//! Why a batch was not made, or may have been.
//! Leaves what is done about it to `task`.

use keywright_model::error::Error;
use keywright_store::snapshot::NotLoaded;
use tokio_postgres::error::SqlState;

use crate::error::{Stage, error_of};
use crate::load::LoadError;
use crate::session::Session;

/// Why a batch was not made, or may have been.
pub(super) enum Failure {
    /// A statement failed: perhaps that of one write alone.
    Statement(Error),
    /// A write rests on what another of its batch led to, and must be decided alone.
    NotLoaded(NotLoaded),
    /// PostgreSQL has rolled it back for the sake of another, and the same may go well at once.
    Passing(Error),
    /// The transaction could not begin, or its outcome is unknown: all its writes share the fate.
    Transaction(Error),
}

impl Failure {
    /// Whether it may be that of one write alone.
    pub(super) fn is_of_one(&self) -> bool {
        matches!(self, Self::Statement(_) | Self::NotLoaded(_))
    }

    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Statement(error) | Self::Passing(error) | Self::Transaction(error) => error,
            Self::NotLoaded(NotLoaded(what)) => {
                Error::internal(format!("a change rests on {what} that was not looked for"))
            }
        }
    }

    /// What a statement before COMMIT has come to: its own failure, or that of the session.
    pub(super) fn of(error: &tokio_postgres::Error, session: &Session) -> Self {
        let meaning = error_of(error, session, Stage::BeforeCommit);
        match meaning {
            Error::Unavailable { .. } if passes(error) => Self::Passing(meaning),
            Error::Unavailable { .. } => Self::Transaction(meaning),
            _ => Self::Statement(meaning),
        }
    }

    /// Why what a batch names could not be read.
    pub(super) fn of_load(error: LoadError, session: &Session) -> Self {
        match error {
            LoadError::Statement(error) => Self::of(&error, session),
            LoadError::Row(cause) => Self::Statement(Error::Internal { cause }),
        }
    }
}

/// Whether a transaction was chosen to fail so that another could go on: a deadlock, or a row that has changed.
pub(super) fn passes(error: &tokio_postgres::Error) -> bool {
    [
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ]
    .iter()
    .any(|code| error.code() == Some(code))
}
