//! Why a batch was rolled back, or may have been.
//! Leaves what is done about it to `write`.

use rusqlite::{ErrorCode, ffi};

use crate::reserve::Reserve;
use crate::rows::fault;
use crate::transaction::Stop;
use keywright_model::error::Error;
use keywright_store::snapshot::NotLoaded;

/// Why a batch was rolled back.
pub(super) enum Failure {
    /// A statement failed: perhaps that of one write alone.
    Statement(rusqlite::Error),
    /// A write rests on what another of its batch led to, and must be decided alone.
    NotLoaded(NotLoaded),
    /// The commit failed, and has left nothing behind.
    Commit(rusqlite::Error),
    /// The flush of the batch before has failed: it must be made again, once the log was written once more.
    Unflushed,
    /// The transaction could not begin, or its outcome is unknown: all its writes share the fate.
    Transaction(Error),
}

impl Failure {
    pub(super) fn is_full(&self, reserve: &Reserve) -> bool {
        match self {
            Self::Statement(error) | Self::Commit(error) => reserve.is_full(error),
            Self::NotLoaded(_) | Self::Unflushed | Self::Transaction(_) => false,
        }
    }

    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Statement(error) | Self::Commit(error) => fault(error),
            Self::NotLoaded(NotLoaded(what)) => {
                Error::internal(format!("a change rests on {what} that was not looked for"))
            }
            Self::Unflushed => Error::internal("a flush has failed"),
            Self::Transaction(error) => error,
        }
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Statement(error) => Self::Statement(error),
            Stop::NotLoaded(lacking) => Self::NotLoaded(lacking),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Statement(error)
    }
}

/// Whether a commit that failed has left nothing behind: so it is where the log could not be written or the lock
/// not be had; after anything else, a flush that failed above all, it may be there at the next start.
pub(super) fn leaves_nothing(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    let is_clean = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::DiskFull
                | ErrorCode::ConstraintViolation
        )
    );
    is_clean || code == Some(ffi::SQLITE_IOERR_WRITE)
}
