//! The audit log: what it says about refusals, and how it is read.
//! Leaves what it says about changes to the store, which writes both in one commit.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::keys::cursor_unknown;
use super::{Guard, Keyring, Origin, Page, Permit, ReadEvents};
use crate::error::Error;
use crate::key::{Actor, EventRecord, VerdictCode};
use crate::store::{Authority, Change, EventFilter, Notice, Trail, Write};

/// Of the answers to strangers, one in so many milliseconds is told in the log.
const SAMPLE_MS: i64 = 60_000;

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// By this actor only.
    pub actor: Option<String>,
    /// Of this action only.
    pub action: Option<String>,
    /// With this outcome only.
    pub outcome: Option<String>,
    /// About this key or owner only.
    pub target_id: Option<Uuid>,
    /// That concern this owner only.
    pub owner_id: Option<Uuid>,
    /// Behind this position only.
    pub after: Option<i64>,
    /// Newest first.
    pub is_descending: bool,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Answers to callers that proved nothing.
#[derive(Default)]
pub(super) struct Unknown {
    count: AtomicU64,
    /// How many had been counted at the last sample, and when that was.
    sampled: Mutex<(u64, Option<i64>)>,
}

impl Unknown {
    /// Counts one, and says how many there were since the last sample if it is time for another.
    fn add(&self, now_ms: i64) -> Option<u64> {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        // Whoever does not get the lock is counted with the next sample.
        let mut sampled = self.sampled.try_lock().ok()?;
        let (before, at_ms) = *sampled;
        // A clock that was set back must not silence the log.
        if at_ms.is_some_and(|at_ms| (at_ms..at_ms + SAMPLE_MS).contains(&now_ms)) {
            return None;
        }
        *sampled = (count, Some(now_ms));
        Some(count - before)
    }
}

impl Keyring {
    /// A page of events.
    ///
    /// # Errors
    /// `Malformed` if the cursor is none of ours.
    pub async fn list_events(
        &self,
        _permit: &Permit<ReadEvents>,
        query: EventQuery,
    ) -> Result<Page<EventRecord>, Error> {
        let cursor = query.cursor.as_deref().map(read_position).transpose()?;
        let (after, before) = if query.is_descending {
            (query.after, cursor)
        } else {
            (cursor.max(query.after), None)
        };
        let filter = EventFilter {
            actor: query.actor,
            action: query.action,
            outcome: query.outcome,
            target_id: query.target_id,
            owner_id: query.owner_id,
            after,
            before,
            is_descending: query.is_descending,
            len_max: query.limit + 1,
        };
        let events = self.store.list_events(filter).await?;
        let mut page = Page::cut(events, query.limit, |event| event.position.to_string());
        if !query.is_descending {
            // What comes later will stand behind the last one.
            page.next_cursor = page.items.last().map(|event| event.position.to_string());
        }
        Ok(page)
    }

    /// Tells the audit log of a refusal: of every one of somebody known, and of some to strangers.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn note_refusal(
        &self,
        guard: &Guard,
        error: &Error,
        origin: Origin,
    ) -> Result<(), Error> {
        let code = match error {
            Error::OwnerSuspended => VerdictCode::OwnerSuspended,
            Error::AddressForbidden => VerdictCode::ForbiddenIp,
            Error::ScopeInsufficient { .. } => VerdictCode::InsufficientScope,
            Error::CredentialMissing
            | Error::CredentialUnreadable(_)
            | Error::CredentialUnknown
            | Error::TokenExpired => return self.note_unknown(origin).await,
            _ => return Ok(()),
        };
        self.note_denial(guard, code, origin).await
    }

    /// Tells the audit log that somebody known was denied what it wanted.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn note_denial(
        &self,
        guard: &Guard,
        code: VerdictCode,
        origin: Origin,
    ) -> Result<(), Error> {
        let Some(actor) = guard.actor.clone() else {
            return Ok(());
        };
        let notice = Notice {
            action: "access.denied",
            target: guard.key_id,
            owner: guard.caller,
            detail: format!("{}: {}", guard.operation.unwrap_or("Request"), code.word()),
        };
        self.note(actor, notice, origin).await
    }

    /// Counts an answer to somebody unknown, and tells the audit log now and then.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn note_unknown(&self, origin: Origin) -> Result<(), Error> {
        let Some(count) = self.unknown.add(self.now_ms()) else {
            return Ok(());
        };
        let notice = Notice {
            action: "access.unknown",
            target: None,
            owner: None,
            detail: format!("{count} since the last such event"),
        };
        self.note(Actor::Anonymous, notice, origin).await
    }

    async fn note(&self, actor: Actor, notice: Notice, origin: Origin) -> Result<(), Error> {
        let write = Write {
            authority: Authority::default(),
            change: Change::Note(notice),
            trail: Trail {
                actor,
                request_id: origin.request_id,
                address: origin.address,
            },
            replay: None,
        };
        self.store.write(write).await.map(drop)
    }
}

fn read_position(cursor: &str) -> Result<i64, Error> {
    let position = cursor.parse().ok().filter(|position| *position >= 0);
    position.ok_or_else(cursor_unknown)
}

#[cfg(test)]
mod tests {
    use super::Unknown;

    #[test]
    fn of_the_answers_to_strangers_one_a_minute_is_told_with_their_number() {
        let unknown = Unknown::default();
        assert_eq!(unknown.add(1_000), Some(1));
        assert_eq!(unknown.add(1_000), None);
        assert_eq!(unknown.add(60_999), None);
        assert_eq!(unknown.add(61_000), Some(3));
        assert_eq!(unknown.add(0), Some(1), "a clock that was set back");
    }
}
