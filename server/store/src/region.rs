//! What one server may believe: its lease, how fresh its memory is, and that history has not branched. Pure: there is no
//! clock, no socket and no randomness in it. Leaves sending, reading and the memory itself to the engine that drives it.

mod feed;
mod leases;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use crate::event::Head;
use feed::Feed;
pub use leases::{LeaseRow, Leases};

/// Bumps of which it may still be learned that they count.
const BUMPS_MAX: usize = 64;

/// No instant is before it.
const NEVER_MS: i64 = i64::MIN;

/// One of the servers that share a database. Its instants are milliseconds of a clock that never stands still.
#[derive(Clone, Debug)]
pub struct Server {
    /// How long it may answer from memory behind the last sign of life.
    bound_ms: i64,
    lease: u64,
    has_joined: bool,
    counter: i64,
    bumps: VecDeque<Bump>,
    /// None until the first counter was shown.
    feed: Option<Feed>,
    /// The highest position that anything was taken from.
    seen: i64,
    fresh_until_ms: i64,
    believed_until_ms: i64,
}

/// An attempt to raise the counter of the lease.
#[derive(Clone, Copy, Debug)]
struct Bump {
    counter: i64,
    sent_at_ms: i64,
    /// Whether its commit came back without a warning.
    is_committed: bool,
    /// The head beside which the feed has shown it first.
    shown_at: Option<i64>,
}

/// Something that has happened to a server.
#[derive(Clone, Debug)]
pub enum Event {
    /// The commit of the row of a lease came back.
    Joined { lease: u64 },
    /// The counter is to be raised, and the bump is sent now.
    BumpDue { at_ms: i64 },
    /// What became of a bump of this lease.
    BumpAnswered {
        lease: u64,
        counter: i64,
        answer: BumpAnswer,
    },
    /// What the tail has answered.
    Tailed { lease: u64, tail: Tail },
    /// A batch of this server's own was committed behind a position; it ends at a head.
    Wrote { after: i64, head: Head },
    /// A look-up at the primary came back.
    Read {
        asked: Asked,
        at_ms: i64,
        /// Where the database stood in the statement's own snapshot.
        head: Head,
    },
    /// An event cannot be read: what it has touched is not known.
    Unreadable,
}

/// What became of a bump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BumpAnswer {
    /// It was committed.
    Committed,
    /// It may not be durable: a warning came, or no answer.
    Doubtful,
    /// It has touched no row.
    NoRow,
}

/// One answer of the tail, from one snapshot.
#[derive(Clone, Debug)]
pub struct Tail {
    /// The position behind which it was asked for events.
    pub after: i64,
    /// The counter of the own lease; none where its row is not there.
    pub counter: Option<i64>,
    /// Where the events end.
    pub head: Head,
    /// The MAC at the position `after`; none where that event is not there.
    pub last_mac: Option<Vec<u8>>,
    /// Position and MAC of the next events, in their order.
    pub events: Vec<Head>,
}

/// What a look-up was sent off with.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    lease: u64,
    at_ms: i64,
    seen: i64,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is answered from memory, and nothing is believed, from now on.
    Silence,
    /// Everything in memory is forgotten, and no read older than this position is kept.
    Empty { position: i64 },
    /// A lease with a new random id is to be taken; the row of the one before goes.
    Join { lease: u64 },
    /// A bump with this number is to be sent.
    Bump { lease: u64, counter: i64 },
    /// What the event at this position has touched is to be forgotten.
    Forget { position: i64 },
    /// The own batch is to be taken into memory.
    KeepBatch,
    /// The same, but for what was changed since: the feed has passed it already.
    KeepPassedBatch,
    /// What the own batch has touched is to be forgotten: where it stands in history is not known.
    ForgetBatch,
    /// What was read must not be handed out.
    Refuse(&'static str),
    /// What is read at the primary may be believed until then.
    Believe { until_ms: i64 },
    /// Memory may be believed until then.
    Fresh { until_ms: i64 },
}

/// Takes in what has happened, and says what is to be done.
pub fn step(server: &mut Server, event: Event) -> Vec<Effect> {
    match event {
        Event::Joined { lease } => {
            server.has_joined |= lease == server.lease;
            Vec::new()
        }
        Event::BumpDue { at_ms } => server.bump(at_ms),
        Event::BumpAnswered {
            lease,
            counter,
            answer,
        } if lease == server.lease => server.bump_answered(counter, answer),
        Event::Tailed { lease, tail } if lease == server.lease => server.tailed(&tail),
        // Of an earlier lease.
        Event::BumpAnswered { .. } | Event::Tailed { .. } => Vec::new(),
        Event::Wrote { after, head } => server.wrote(after, head),
        Event::Read { asked, at_ms, head } => server.read(asked, at_ms, head),
        Event::Unreadable => server.begin_anew(),
    }
}

impl Server {
    /// A server that is to take its first lease.
    #[must_use]
    pub fn new(bound_ms: i64) -> Self {
        Self {
            bound_ms,
            lease: 1,
            has_joined: false,
            counter: 0,
            bumps: VecDeque::new(),
            feed: None,
            seen: 0,
            fresh_until_ms: NEVER_MS,
            believed_until_ms: NEVER_MS,
        }
    }

    /// Its lease: each that it takes has the next number.
    #[must_use]
    pub fn lease(&self) -> u64 {
        self.lease
    }

    /// The event that was applied last; none before the feed has begun.
    #[must_use]
    pub fn applied(&self) -> Option<&Head> {
        self.feed.as_ref().map(|feed| &feed.applied)
    }

    /// What a look-up at the primary is sent off with.
    #[must_use]
    pub fn ask(&self, at_ms: i64) -> Asked {
        Asked {
            lease: self.lease,
            at_ms,
            seen: self.seen,
        }
    }

    /// Why what was read at the primary must not be handed out now, if so.
    #[must_use]
    pub fn doubt(&self, asked: Asked, at_ms: i64) -> Option<&'static str> {
        if asked.lease != self.lease {
            return Some("this server has begun anew since that was asked");
        }
        if at_ms >= self.believed_until_ms {
            return Some(
                "this server has not renewed its lease at the primary within cache.max_staleness_ms",
            );
        }
        (at_ms.saturating_sub(asked.at_ms) > self.bound_ms)
            .then_some("the answer took longer than cache.max_staleness_ms")
    }

    fn bump(&mut self, at_ms: i64) -> Vec<Effect> {
        if !self.has_joined {
            return Vec::new();
        }
        self.counter += 1;
        if self.bumps.len() == BUMPS_MAX {
            self.bumps.pop_front();
        }
        self.bumps.push_back(Bump {
            counter: self.counter,
            sent_at_ms: at_ms,
            is_committed: false,
            shown_at: None,
        });
        vec![Effect::Bump {
            lease: self.lease,
            counter: self.counter,
        }]
    }

    fn bump_answered(&mut self, counter: i64, answer: BumpAnswer) -> Vec<Effect> {
        match answer {
            BumpAnswer::NoRow => return self.begin_anew(),
            BumpAnswer::Doubtful => return Vec::new(),
            BumpAnswer::Committed => {}
        }
        let mut bumps = self.bumps.iter_mut();
        if let Some(bump) = bumps.find(|bump| bump.counter == counter) {
            bump.is_committed = true;
        }
        self.renew()
    }

    fn tailed(&mut self, tail: &Tail) -> Vec<Effect> {
        let Some(counter) = tail.counter else {
            // A standby may not have the row yet; where the counter was shown before, the row has gone.
            return if self.feed.is_some() {
                self.begin_anew()
            } else {
                Vec::new()
            };
        };
        let mut effects = Vec::new();
        match &mut self.feed {
            None if counter == 0 => return effects,
            None => {
                self.feed = Some(Feed::at(tail.head.clone()));
                self.seen = tail.head.position;
                let position = tail.head.position;
                effects.push(Effect::Empty { position });
            }
            Some(feed) if feed.applied.position != tail.after => return effects,
            Some(feed) => match feed.pass(tail) {
                Some(foreign) => {
                    let forget = foreign.into_iter();
                    effects.extend(forget.map(|position| Effect::Forget { position }));
                    self.seen = self.seen.max(feed.applied.position);
                }
                None => return self.begin_anew(),
            },
        }
        for bump in &mut self.bumps {
            if bump.counter <= counter {
                bump.shown_at.get_or_insert(tail.head.position);
            }
        }
        effects.extend(self.renew());
        effects
    }

    fn wrote(&mut self, after: i64, head: Head) -> Vec<Effect> {
        self.seen = self.seen.max(head.position);
        let Some(feed) = &mut self.feed else {
            return vec![Effect::ForgetBatch];
        };
        let is_passed = feed.applied.position >= head.position;
        if !feed.expect_own(after, head) {
            let mut effects = vec![Effect::ForgetBatch];
            effects.extend(self.begin_anew());
            return effects;
        }
        vec![if is_passed {
            Effect::KeepPassedBatch
        } else {
            Effect::KeepBatch
        }]
    }

    fn read(&mut self, asked: Asked, at_ms: i64, head: Head) -> Vec<Effect> {
        if let Some(doubt) = self.doubt(asked, at_ms) {
            return vec![Effect::Refuse(doubt)];
        }
        let Some(feed) = &mut self.feed else {
            return Vec::new();
        };
        if head.position < asked.seen {
            return vec![Effect::Refuse(
                "what was asked is not the primary, or no longer: it is behind what is known here",
            )];
        }
        let position = head.position;
        if position <= feed.applied.position {
            if !feed.has_passed(&head) {
                return vec![Effect::Refuse(
                    "what was asked is not the primary, or no longer: it has other events",
                )];
            }
        } else if at_ms < self.fresh_until_ms {
            if !feed.expect(head) {
                let mut effects = vec![Effect::Refuse(
                    "two answers of the database contradict each other",
                )];
                effects.extend(self.begin_anew());
                return effects;
            }
        } else {
            // Nothing of it is kept in memory, so that this must not be older when it is believed again.
            feed.must_pass = feed.must_pass.max(position);
        }
        self.seen = self.seen.max(position);
        Vec::new()
    }

    /// What the newest bump is good for by now.
    fn renew(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(feed) = &self.feed else {
            return effects;
        };
        let committed = || self.bumps.iter().filter(|bump| bump.is_committed);
        let believed = committed().map(|bump| bump.sent_at_ms.saturating_add(self.bound_ms));
        let believed = believed.max().unwrap_or(NEVER_MS);
        let applied = feed.applied.position;
        let counts = |bump: &&Bump| bump.shown_at.is_some_and(|at| at <= applied);
        let newest = committed().filter(counts).max_by_key(|bump| bump.counter);
        let newest = newest.filter(|_| feed.must_pass <= applied).copied();
        if believed > self.believed_until_ms {
            self.believed_until_ms = believed;
            effects.push(Effect::Believe { until_ms: believed });
        }
        if let Some(newest) = newest {
            self.bumps.retain(|bump| bump.counter >= newest.counter);
            let until_ms = newest.sent_at_ms.saturating_add(self.bound_ms);
            if until_ms > self.fresh_until_ms {
                self.fresh_until_ms = until_ms;
                effects.push(Effect::Fresh { until_ms });
            }
        }
        effects
    }

    /// All that was known is worth nothing: another lease is taken, and the memory begins empty.
    fn begin_anew(&mut self) -> Vec<Effect> {
        *self = Self {
            lease: self.lease + 1,
            ..Self::new(self.bound_ms)
        };
        vec![
            Effect::Silence,
            Effect::Empty { position: 0 },
            Effect::Join { lease: self.lease },
        ]
    }
}
