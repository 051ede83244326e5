//! Refusals: counted in bounded memory, and told in the events once a minute.
//! Leaves what is refused and why to `permit` and `verify`, and how events are read to `events`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::lock::Mutex as AsyncMutex;

use super::{CallerFacts, Keyring, Origin};
use keywright_model::error::Error;
use keywright_model::event::{Actor, EventAction};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::verdict::VerdictCode;
use keywright_store::{Cached, Notice, Write, command};

/// Refusals are counted for so long before the events tell of them.
const MINUTE_MS: i64 = 60_000;
/// Callers and operations that are told by themselves in a minute. All others are told together, and so are
/// strangers: with both, a minute has a hundred events at most.
const TOLD_MAX: usize = 98;
/// Of these, so many may be of one owner, and one more for the rest of it: no owner hides what others are refused.
const TOLD_OF_OWNER_MAX: usize = 8;
/// In the place of an operation: the rest of an owner's.
const REST: &str = "Others";
/// A reader of events waits no longer for those that are due to be written.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);

/// Refusals that the events do not know of yet.
#[derive(Default)]
pub(super) struct Refusals {
    counted: Mutex<Counted>,
    /// Held while they are written down: what is put back must not be told twice.
    settling: AsyncMutex<()>,
}

#[derive(Default)]
struct Counted {
    /// The minute that `current` counts, in minutes of Unix time.
    minute: i64,
    current: Tally,
    /// What was counted before it and is not written yet.
    due: Tally,
}

/// Refusals of one time. Its size is bounded: by [`TOLD_MAX`].
#[derive(Default)]
struct Tally {
    /// In the order in which they first came.
    denials: Vec<Denials>,
    /// How many there were of callers that found no room there.
    beyond: u64,
    /// How many callers proved nothing, and where the first of them came from.
    unknown: Option<(u64, Origin)>,
}

/// The refusals of one caller in one operation.
struct Denials {
    caller: Caller,
    /// How often for which reason, in the order in which they first came.
    counts: Vec<(&'static str, u64)>,
    /// The first of them.
    origin: Origin,
}

#[derive(PartialEq)]
struct Caller {
    operation: &'static str,
    actor: Actor,
    key_id: Option<KeyId>,
    owner_id: Option<OwnerId>,
}

impl Refusals {
    fn deny(&self, caller: Caller, reason: &'static str, origin: Origin, now_ms: i64) {
        let mut counted = self.lock();
        counted.turn(now_ms);
        counted.current.add(Denials {
            caller,
            counts: vec![(reason, 1)],
            origin,
        });
    }

    fn meet_unknown(&self, origin: Origin, now_ms: i64) {
        let mut counted = self.lock();
        counted.turn(now_ms);
        counted.current.add_unknown((1, origin));
    }

    fn is_due(&self, now_ms: i64) -> bool {
        let mut counted = self.lock();
        counted.turn(now_ms);
        !counted.due.is_empty()
    }

    /// Takes out what is to be written: all of the minutes that are over, or everything.
    fn drain(&self, everything: bool, now_ms: i64) -> Tally {
        let mut counted = self.lock();
        counted.turn(now_ms);
        if everything {
            counted.close();
        }
        std::mem::take(&mut counted.due)
    }

    /// Puts back what could not be written.
    fn restore(&self, mut tally: Tally) {
        let mut counted = self.lock();
        tally.absorb(std::mem::take(&mut counted.due));
        counted.due = tally;
    }

    /// Writes down what is to be written; what cannot be is counted on, in the same room.
    async fn settle(&self, store: &Cached, everything: bool, now_ms: i64) -> Result<(), Error> {
        let _settling = self.settling.lock().await;
        let tally = self.drain(everything, now_ms);
        if tally.is_empty() {
            return Ok(());
        }
        let notices = tally.notices();
        let noted = store.run(Write::of_server(command::Note { notices })).await;
        if matches!(noted, Err(Error::Unavailable { .. })) {
            self.restore(tally);
        }
        noted
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// Begins another minute if it is time. A clock that was set back begins one, too.
    fn turn(&mut self, now_ms: i64) {
        let minute = now_ms.div_euclid(MINUTE_MS);
        if minute != self.minute {
            self.close();
            self.minute = minute;
        }
    }

    fn close(&mut self) {
        let past = std::mem::take(&mut self.current);
        self.due.absorb(past);
    }
}

impl Tally {
    fn is_empty(&self) -> bool {
        self.denials.is_empty() && self.beyond == 0 && self.unknown.is_none()
    }

    fn add(&mut self, more: Denials) {
        let has_place = self.known(&more.caller).is_some() || self.has_place_for(&more.caller);
        let more = if has_place { more } else { more.into_rest() };
        let is_full = self.denials.len() >= TOLD_MAX;
        match self.known(&more.caller) {
            Some(denials) => denials.absorb(more),
            None if is_full => self.beyond += more.len(),
            None => self.denials.push(more),
        }
    }

    fn known(&mut self, caller: &Caller) -> Option<&mut Denials> {
        let mut denials = self.denials.iter_mut();
        denials.find(|denials| denials.caller == *caller)
    }

    /// Whether another caller of this owner is told by itself.
    fn has_place_for(&self, caller: &Caller) -> bool {
        let of_owner = self.denials.iter();
        let of_owner = of_owner.filter(|denials| denials.caller.owner_id == caller.owner_id);
        caller.owner_id.is_none() || of_owner.count() < TOLD_OF_OWNER_MAX
    }

    fn add_unknown(&mut self, (count, origin): (u64, Origin)) {
        let unknown = self.unknown.get_or_insert((0, origin));
        unknown.0 += count;
    }

    fn absorb(&mut self, later: Self) {
        for denials in later.denials {
            self.add(denials);
        }
        self.beyond += later.beyond;
        later
            .unknown
            .into_iter()
            .for_each(|unknown| self.add_unknown(unknown));
    }

    fn notices(&self) -> Vec<Notice> {
        let mut notices: Vec<Notice> = self.denials.iter().map(Denials::notice).collect();
        if self.beyond > 0 {
            notices.push(Notice {
                action: EventAction::AccessDenied,
                target: None,
                owner: None,
                detail: format!(
                    "{} of callers and operations beyond the first {TOLD_MAX}",
                    self.beyond
                ),
                trail: Origin::of_server().trail(Actor::Server),
            });
        }
        notices.extend(self.unknown.as_ref().map(|(count, origin)| Notice {
            action: EventAction::AccessUnknown,
            target: None,
            owner: None,
            detail: format!("{count} since the last such event"),
            trail: origin.trail(Actor::Anonymous),
        }));
        notices
    }
}

impl Denials {
    fn len(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// The same, among the rest of its owner's.
    fn into_rest(self) -> Self {
        Self {
            caller: Caller {
                operation: REST,
                actor: Actor::Server,
                key_id: None,
                owner_id: self.caller.owner_id,
            },
            counts: self.counts,
            origin: Origin::of_server(),
        }
    }

    fn absorb(&mut self, more: Self) {
        for (reason, count) in more.counts {
            let mut counts = self.counts.iter_mut();
            match counts.find(|(known, _)| *known == reason) {
                Some((_, known)) => *known += count,
                None => self.counts.push((reason, count)),
            }
        }
    }

    fn notice(&self) -> Notice {
        let reasons = self.counts.iter().map(|(reason, count)| match count {
            1 => (*reason).to_owned(),
            _ => format!("{reason} ({count} times)"),
        });
        let reasons: Vec<String> = reasons.collect();
        Notice {
            action: EventAction::AccessDenied,
            target: self.caller.key_id,
            owner: self.caller.owner_id,
            detail: format!("{}: {}", self.caller.operation, reasons.join(", ")),
            trail: self.origin.trail(self.caller.actor.clone()),
        }
    }
}

impl Keyring {
    /// Counts a refusal for the events, if it is one of those that they tell.
    pub fn note_refusal(&self, facts: &CallerFacts, error: &Error, origin: Origin) {
        let deny = |code: VerdictCode| self.note_denial(facts, code.word(), origin);
        match error {
            Error::OwnerSuspended => deny(VerdictCode::OwnerSuspended),
            Error::AddressForbidden => deny(VerdictCode::ForbiddenIp),
            Error::ScopeInsufficient { .. } | Error::WiderThanCaller(_) => {
                deny(VerdictCode::InsufficientScope);
            }
            Error::CredentialMissing
            | Error::CredentialUnreadable(_)
            | Error::CredentialUnknown
            | Error::SecretUnknown
            | Error::TokenExpired => self.note_unknown(origin),
            _ => {}
        }
    }

    /// Counts a denial to a known caller.
    pub fn note_denial(&self, facts: &CallerFacts, reason: &'static str, origin: Origin) {
        let Some(actor) = facts.actor.clone() else {
            return;
        };
        let caller = Caller {
            operation: facts.operation.unwrap_or("Request"),
            actor,
            key_id: facts.key_id,
            owner_id: facts.caller,
        };
        self.refusals.deny(caller, reason, origin, self.now_ms());
    }

    /// Counts an answer to an unknown caller.
    pub fn note_unknown(&self, origin: Origin) {
        self.refusals.meet_unknown(origin, self.now_ms());
    }

    /// Tells the events of the refusals in the minutes that are over; with `everything`, of all.
    pub(super) async fn settle_refusals(&self, everything: bool) -> Result<(), Error> {
        let (store, now_ms) = (self.store.as_ref(), self.now_ms());
        self.refusals.settle(store, everything, now_ms).await
    }

    /// Lets a reader of events find those that are due. They are read all the same where none can be written.
    ///
    /// In a task of its own: what was counted must not be lost with a caller that leaves.
    pub(super) async fn settle_due_refusals(&self) {
        let now_ms = self.now_ms();
        if !self.refusals.is_due(now_ms) {
            return;
        }
        let (refusals, store) = (Arc::clone(&self.refusals), Arc::clone(&self.store));
        let work = async move { refusals.settle(store.as_ref(), false, now_ms).await };
        let task = self.runtime.run(work);
        if let Some(Ok(Err(error))) = self.runtime.timeout(SETTLED_WITHIN, task).await {
            tracing::debug!(%error, "refusals could not be written before the events were read");
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn caller(number: u128) -> Caller {
        Caller {
            operation: "ReadKey",
            actor: Actor::Key(KeyId(Uuid::from_u128(number))),
            key_id: None,
            owner_id: None,
        }
    }

    fn deny(refusals: &Refusals, number: u128, now_ms: i64) {
        let origin = Origin::of_server();
        refusals.deny(
            caller(number),
            VerdictCode::ForbiddenIp.word(),
            origin,
            now_ms,
        );
    }

    fn details(tally: &Tally) -> Vec<String> {
        let notices = tally.notices().into_iter();
        notices.map(|notice| notice.detail).collect()
    }

    #[test]
    fn a_minute_is_told_when_it_is_over_and_not_a_millisecond_before() {
        let refusals = Refusals::default();
        deny(&refusals, 1, 60_000);
        deny(&refusals, 1, 119_999);
        assert!(refusals.drain(false, 119_999).is_empty());
        deny(&refusals, 1, 120_000);
        let told = refusals.drain(false, 120_000);
        assert_eq!(details(&told), ["ReadKey: FORBIDDEN_IP (2 times)"]);
        assert!(refusals.drain(false, 120_000).is_empty());
        assert_eq!(
            details(&refusals.drain(true, 120_000)),
            ["ReadKey: FORBIDDEN_IP"]
        );
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_silence_the_events() {
        let refusals = Refusals::default();
        deny(&refusals, 1, 600_000);
        assert!(!refusals.drain(false, 0).is_empty());
    }

    #[test]
    fn a_minute_has_a_hundred_events_at_most_and_counts_all() {
        let refusals = Refusals::default();
        for number in 0..101 {
            deny(&refusals, number, 0);
            deny(&refusals, number, 0);
            refusals.meet_unknown(Origin::of_server(), 0);
        }
        let told = details(&refusals.drain(true, 0));
        assert_eq!(told.len(), 100);
        assert_eq!(
            told[98..],
            [
                "6 of callers and operations beyond the first 98",
                "101 since the last such event"
            ]
        );
    }

    #[test]
    fn an_owner_with_many_callers_leaves_room_for_others() {
        let refusals = Refusals::default();
        let deny = |owner: u128, number: u128| {
            let caller = Caller {
                owner_id: Some(OwnerId(Uuid::from_u128(owner))),
                ..caller(number)
            };
            refusals.deny(
                caller,
                VerdictCode::ForbiddenIp.word(),
                Origin::of_server(),
                0,
            );
        };
        for number in 0..200 {
            deny(1, number);
        }
        deny(2, 1000);
        let told = details(&refusals.drain(true, 0));
        assert_eq!(told[..8], ["ReadKey: FORBIDDEN_IP"; 8]);
        let others = ["Others: FORBIDDEN_IP (192 times)", "ReadKey: FORBIDDEN_IP"];
        assert_eq!(told[8..], others);
    }

    #[test]
    fn what_cannot_be_written_for_long_takes_no_more_room_and_is_counted_on() {
        let refusals = Refusals::default();
        for minute in 0..50 {
            for number in 0..60 {
                deny(
                    &refusals,
                    60 * (minute % 2) + number,
                    i64::try_from(minute).unwrap() * 60_000,
                );
            }
            let taken = refusals.drain(false, i64::try_from(minute).unwrap() * 60_000);
            refusals.restore(taken);
        }
        let told = refusals.drain(true, 0);
        assert_eq!(told.denials.len(), TOLD_MAX);
        let counted: u64 = told.denials.iter().map(Denials::len).sum();
        assert_eq!(counted + told.beyond, 50 * 60);
    }

    #[test]
    fn every_reason_of_a_caller_is_told_in_its_one_event() {
        let refusals = Refusals::default();
        let origin = Origin::of_server();
        deny(&refusals, 1, 0);
        refusals.deny(caller(1), VerdictCode::InsufficientScope.word(), origin, 0);
        deny(&refusals, 1, 0);
        let told = details(&refusals.drain(true, 0));
        assert_eq!(
            told,
            ["ReadKey: FORBIDDEN_IP (2 times), INSUFFICIENT_SCOPE"]
        );
    }
}
