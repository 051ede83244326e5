//! The events as a server passes them, one after another, and the positions that it took something from before that.
//! Leaves what follows from a branch to `region`.

use std::collections::{BTreeMap, VecDeque};

use super::Tail;
use crate::event::Head;

/// Events whose MACs are kept after they were passed: more than can come while a look-up is under way.
const PASSED_MAX: usize = 8192;
/// Positions ahead of the feed of which a MAC is kept.
const AHEAD_MAX: usize = 65_536;

/// How far a server has followed.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    /// The event that was applied last.
    pub(super) applied: Head,
    /// Fresh again only from here on: something was read at the primary there, and not kept.
    pub(super) must_pass: i64,
    passed: VecDeque<Head>,
    /// The MACs at positions that memory took something from, ahead of the feed.
    ahead: BTreeMap<i64, Vec<u8>>,
    /// The server's own batches ahead of the feed: first and last position.
    own: VecDeque<(i64, i64)>,
}

impl Feed {
    /// One that begins behind this event.
    pub(super) fn at(head: Head) -> Self {
        Self {
            applied: head.clone(),
            must_pass: head.position,
            passed: VecDeque::from([head]),
            ahead: BTreeMap::new(),
            own: VecDeque::new(),
        }
    }

    /// Passes the events of an answer, and returns the positions of those that are not the server's own; `None` where
    /// they are not what this has seen of history.
    pub(super) fn pass(&mut self, tail: &Tail) -> Option<Vec<i64>> {
        if tail.last_mac.as_ref() != Some(&self.applied.mac) {
            return None;
        }
        let mut foreign = Vec::new();
        for event in &tail.events {
            let position = event.position;
            if position != self.applied.position + 1 {
                return None;
            }
            let expected = self.ahead.remove(&position);
            if expected.is_some_and(|mac| mac != event.mac) {
                return None;
            }
            if !self.is_own(position) {
                foreign.push(position);
            }
            self.applied = event.clone();
            if self.passed.len() == PASSED_MAX {
                self.passed.pop_front();
            }
            self.passed.push_back(event.clone());
        }
        Some(foreign)
    }

    /// Whether this very event was passed, as far as is still known.
    pub(super) fn has_passed(&self, head: &Head) -> bool {
        let first = self.passed.front().map_or(0, |first| first.position);
        let index = usize::try_from(head.position.saturating_sub(first));
        let passed = index.ok().and_then(|index| self.passed.get(index));
        passed == Some(head)
    }

    /// Takes in that memory took something from a position; whether that agrees with what is known.
    pub(super) fn expect(&mut self, head: Head) -> bool {
        if head.position <= self.applied.position {
            return self.has_passed(&head);
        }
        if let Some(mac) = self.ahead.get(&head.position) {
            return *mac == head.mac;
        }
        let has_room = self.ahead.len() < AHEAD_MAX;
        if has_room {
            self.ahead.insert(head.position, head.mac);
        }
        has_room
    }

    /// The same for a batch of the server's own, behind a position.
    pub(super) fn expect_own(&mut self, after: i64, head: Head) -> bool {
        let last = head.position;
        if last > after && last > self.applied.position {
            self.own.push_back((after + 1, last));
        }
        self.expect(head)
    }

    fn is_own(&mut self, position: i64) -> bool {
        while self.own.front().is_some_and(|(_, last)| *last < position) {
            self.own.pop_front();
        }
        self.own
            .front()
            .is_some_and(|(first, _)| *first <= position)
    }
}
