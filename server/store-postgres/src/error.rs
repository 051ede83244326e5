//! What a failed call means: nothing changed and worth a retry, a fault of ours, or an outcome that nobody knows.
//! Leaves the refusals at the start of a session to `refusal`.

use std::error::Error as _;
use std::io;

use keywright_model::error::Error;
use tokio_postgres::error::{DbError, Severity};

use crate::session::Session;

/// How far a change was when its call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// COMMIT was not sent, or nothing was to be changed.
    BeforeCommit,
    /// COMMIT was sent.
    Commit,
}

/// Classes of SQLSTATE after which the same may go well, later or on another server: connection (08), a transaction that
/// is read-only or was ended (25), serialization and deadlocks (40), resources (53), the server or an operator ended it,
/// timeouts (57), and the server's disk (58).
const CLASSES_THAT_PASS: [&str; 6] = ["08", "25", "40", "53", "57", "58"];
/// The lock timeout.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// What the failure of a call means for the one who asked.
pub fn error_of(error: &tokio_postgres::Error, session: &Session, stage: Stage) -> Error {
    let mut cause = words(error);
    let failure = match error.as_db_error() {
        Some(told) if told.parsed_severity() == Some(Severity::Error) => {
            Failure::Statement(told.code().code())
        }
        Some(_) => Failure::Session,
        None if is_connection(error) => {
            if let Some(ended) = session.why_ended() {
                cause = format!("{cause}: {}", ended.words);
            }
            Failure::Session
        }
        None => Failure::Ours,
    };
    failure.meaning(stage, cause)
}

/// Whether the connection failed, rather than what was asked over it.
pub(crate) fn is_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || error
            .source()
            .is_some_and(<dyn std::error::Error>::is::<io::Error>)
}

/// What has failed.
#[derive(Clone, Copy, Debug)]
enum Failure<'c> {
    /// A statement, by the server's own word: its transaction is rolled back. COMMIT is a statement too.
    Statement(&'c str),
    /// The session, by a FATAL of the server or without a word.
    Session,
    /// Something on this side.
    Ours,
}

impl Failure<'_> {
    fn meaning(self, stage: Stage, cause: String) -> Error {
        let passes = |code: &str| {
            CLASSES_THAT_PASS
                .iter()
                .any(|class| code.starts_with(class))
                || code == LOCK_NOT_AVAILABLE
        };
        match (self, stage) {
            (Self::Statement(code), _) if passes(code) => Error::Unavailable { cause },
            (Self::Statement(_), _) | (Self::Ours, Stage::BeforeCommit) => {
                Error::Internal { cause }
            }
            (Self::Session, Stage::BeforeCommit) => Error::Unavailable { cause },
            (Self::Session | Self::Ours, Stage::Commit) => Error::OutcomeUnknown { cause },
        }
    }
}

/// An error for the log. What PostgreSQL adds as detail is left out: it holds values of rows.
pub(crate) fn words(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => said(told),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// What the server has said, for the log.
pub(crate) fn said(told: &DbError) -> String {
    let (severity, code) = (told.severity(), told.code().code());
    format!("{severity} {code}: {}", told.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(failure: Failure, stage: Stage) -> &'static str {
        match failure.meaning(stage, String::new()) {
            Error::Unavailable { .. } => "unavailable",
            Error::Internal { .. } => "internal",
            Error::OutcomeUnknown { .. } => "unknown",
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_passes_is_unavailable_and_what_does_not_is_internal_whether_commit_was_sent_or_not() {
        for (codes, expected) in [
            (
                [
                    "08006", "25006", "25P03", "40001", "40P01", "53100", "53300", "55P03",
                    "57014", "57P03", "58030",
                ]
                .as_slice(),
                "unavailable",
            ),
            (
                [
                    "22P02", "23505", "26000", "28P01", "3D000", "42501", "42P01", "55000", "XX000",
                ]
                .as_slice(),
                "internal",
            ),
        ] {
            for code in codes {
                let failure = Failure::Statement(code);
                assert_eq!(meaning(failure, Stage::BeforeCommit), expected, "{code}");
                assert_eq!(meaning(failure, Stage::Commit), expected, "{code}");
            }
        }
    }

    #[test]
    fn the_outcome_is_unknown_only_where_a_session_fails_behind_its_commit() {
        assert_eq!(
            meaning(Failure::Session, Stage::BeforeCommit),
            "unavailable"
        );
        assert_eq!(meaning(Failure::Session, Stage::Commit), "unknown");
        assert_eq!(meaning(Failure::Ours, Stage::BeforeCommit), "internal");
        assert_eq!(meaning(Failure::Ours, Stage::Commit), "unknown");
    }
}
