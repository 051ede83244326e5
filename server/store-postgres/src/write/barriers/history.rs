//! What waits for barriers, in the order of the commits, and what each barrier proves of it.
//! Leaves sessions and time to `barriers`. No I/O.

use std::collections::VecDeque;

use keywright_store::cache::Touched;
use keywright_store::event::Head;
use tokio::time::Instant;

use super::Held;
use crate::write::barrier::Passed;
use crate::write::timeline::Timeline;

/// What the answers of a transaction rest on.
#[derive(Debug)]
pub(in crate::write) struct Basis {
    /// Where the events end, with its own.
    pub(in crate::write) head: Head,
    /// Where it was made; `None` of one that rests on nothing.
    pub(in crate::write) timeline: Option<Timeline>,
    /// Whether it has committed something.
    pub(in crate::write) commits: bool,
    /// Whether it has committed rows and no event: no MAC tells whether they are still there.
    pub(in crate::write) lacks_events: bool,
    pub(in crate::write) touched: Touched,
    pub(in crate::write) began: std::time::Instant,
}

/// The answers of a transaction.
pub(super) struct Entry {
    pub(super) basis: Basis,
    pub(super) answers: Vec<Held>,
    since: Instant,
    /// The number of the commit that a barrier must cover.
    number: u64,
}

/// What one barrier is for: all up to a number for which none has begun before.
pub(super) struct Group {
    /// The newest head among them.
    pub(super) head: Head,
    pub(super) newest_since: Instant,
    timeline: Option<Timeline>,
    first: u64,
    last: u64,
}

/// What came of a barrier.
pub(super) enum Proof {
    /// It came back.
    Passed(Passed),
    /// It did not.
    Overdue,
    /// It failed.
    None(String),
}

/// What waits.
#[derive(Default)]
pub(super) struct History {
    /// In the order of their numbers.
    waiting: VecDeque<Entry>,
    /// The newest number that was given, and those up to which barriers have begun and have come back.
    newest: u64,
    begun: u64,
    proven: u64,
    /// What the newest number stands for, unless it came to nothing.
    last: Option<(Head, Option<Timeline>)>,
}

impl Default for Basis {
    fn default() -> Self {
        Self {
            head: Head::default(),
            timeline: None,
            commits: false,
            lacks_events: false,
            touched: Touched::default(),
            began: std::time::Instant::now(),
        }
    }
}

impl Entry {
    pub(super) fn new(basis: Basis, answers: Vec<Held>, since: Instant) -> Self {
        Self {
            basis,
            answers,
            since,
            number: 0,
        }
    }
}

impl History {
    /// Adds what waits from now on. It is given back if it rests on what is durable already.
    ///
    /// Who has committed nothing waits for the barrier of the newest commit here if it saw the same head. It may have seen
    /// another server's commit as well: that is covered by no barrier that was begun before it looked.
    pub(super) fn add(&mut self, mut entry: Entry) -> Option<Entry> {
        let seen = (&entry.basis.head, &entry.basis.timeline);
        let last = self.last.as_ref();
        let is_seen = last.is_some_and(|(head, timeline)| (head, timeline) == seen);
        if entry.basis.commits || !is_seen {
            self.newest += 1;
            self.last = Some((entry.basis.head.clone(), entry.basis.timeline.clone()));
        }
        entry.number = self.newest;
        if self.proven >= self.newest {
            return Some(entry);
        }
        self.waiting.push_back(entry);
        None
    }

    /// Whether something waits for which no barrier has begun.
    pub(super) fn has_more(&self) -> bool {
        self.begun < self.newest
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Since when the first waits.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.waiting.front().map(|entry| entry.since)
    }

    /// Begins a barrier for all that have none yet, as far as they were made on one timeline.
    pub(super) fn begin(&mut self) -> Option<Group> {
        let mut without = self
            .waiting
            .iter()
            .filter(|entry| entry.number > self.begun);
        let first = without.next()?;
        let timeline = &first.basis.timeline;
        let others = without.take_while(|entry| entry.basis.timeline == *timeline);
        let last = others.last().unwrap_or(first);
        let group = Group {
            head: last.basis.head.clone(),
            newest_since: last.since,
            timeline: timeline.clone(),
            first: first.number,
            last: last.number,
        };
        self.begun = group.last;
        Some(group)
    }

    /// The barrier of a group does not begin after all.
    pub(super) fn take_back(&mut self, group: &Group) {
        self.begun = self.begun.min(group.first - 1);
    }

    /// Takes out those that are durable, and those of which that will not be known any more.
    pub(super) fn settle(&mut self, group: &Group, proof: &Proof) -> (Vec<Entry>, Vec<Entry>) {
        let (mut durable, mut unknown) = (Vec::new(), Vec::new());
        for entry in std::mem::take(&mut self.waiting) {
            let is_of_group = (group.first..=group.last).contains(&entry.number);
            if entry.number <= group.last && group.proves(&entry, proof) {
                durable.push(entry);
            } else if is_of_group {
                unknown.push(entry);
            } else {
                self.waiting.push_back(entry);
            }
        }
        if group.last == self.newest {
            if unknown.is_empty() && !durable.is_empty() {
                self.proven = self.newest;
            } else {
                // No barrier comes for this number any more.
                self.last = None;
            }
        }
        (durable, unknown)
    }
}

impl Group {
    /// Whether what this rests on is durable. The MAC at the newest head covers all events before it.
    fn proves(&self, entry: &Entry, proof: &Proof) -> bool {
        let Proof::Passed(passed) = proof else {
            return false;
        };
        let timeline = &entry.basis.timeline;
        let is_there =
            self.head.position == 0 || passed.mac.as_deref() == Some(self.head.mac.as_slice());
        let is_same_server = timeline.as_ref() == Some(&passed.timeline);
        *timeline == self.timeline && is_there && (is_same_server || !entry.basis.lacks_events)
    }
}

impl Proof {
    /// Why it proves nothing, or not all.
    pub(super) fn flaw(&self) -> String {
        match self {
            Self::Passed(_) => "another primary answers, and does not have it".to_owned(),
            Self::Overdue => "the synchronous standby has not confirmed it in time".to_owned(),
            Self::None(cause) => cause.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(position: i64, branch: u8) -> Head {
        Head {
            position,
            mac: vec![branch; 32],
        }
    }

    /// What has committed up to a head on the timeline of this number.
    fn commit(position: i64, branch: u8, timeline: u32) -> Entry {
        let basis = Basis {
            head: head(position, branch),
            timeline: Some(Timeline::numbered(timeline)),
            commits: true,
            ..Basis::default()
        };
        Entry::new(basis, Vec::new(), Instant::now())
    }

    /// What has changed nothing, and has seen this head.
    fn look(position: i64, branch: u8) -> Entry {
        let mut entry = commit(position, branch, 1);
        entry.basis.commits = false;
        entry
    }

    fn passed(branch: u8, timeline: u32) -> Proof {
        Proof::Passed(Passed {
            mac: (branch > 0).then(|| vec![branch; 32]),
            timeline: Timeline::numbered(timeline),
        })
    }

    /// How many are durable and how many unknown behind a barrier.
    fn settle(history: &mut History, group: &Group, proof: &Proof) -> (usize, usize) {
        let (durable, unknown) = history.settle(group, proof);
        (durable.len(), unknown.len())
    }

    #[test]
    fn a_barrier_covers_what_was_committed_before_it_began_and_nothing_else() {
        let mut history = History::default();
        assert!(history.add(commit(1, 1, 1)).is_none());
        assert!(history.add(commit(2, 1, 1)).is_none());
        let first = history.begin().unwrap();
        assert_eq!(first.head.position, 2);
        assert!(history.begin().is_none());
        assert!(history.add(commit(3, 1, 1)).is_none());
        let second = history.begin().unwrap();
        assert_eq!(settle(&mut history, &first, &passed(1, 1)), (2, 0));
        assert_eq!(settle(&mut history, &second, &passed(1, 1)), (1, 0));
        assert_eq!(history.len(), 0);
    }

    #[test]
    fn a_later_barrier_covers_an_earlier_one_that_is_then_of_no_use() {
        let mut history = History::default();
        history.add(commit(1, 1, 1));
        let first = history.begin().unwrap();
        history.add(commit(2, 1, 1));
        let second = history.begin().unwrap();
        assert_eq!(settle(&mut history, &second, &passed(1, 1)), (2, 0));
        assert_eq!(settle(&mut history, &first, &Proof::Overdue), (0, 0));
        assert!(history.add(look(2, 1)).is_some(), "it is durable");
    }

    #[test]
    fn who_changes_nothing_waits_for_what_it_saw_and_for_nothing_that_is_durable() {
        let mut history = History::default();
        history.add(commit(1, 1, 1));
        let first = history.begin().unwrap();
        assert!(history.add(look(1, 1)).is_none());
        assert!(!history.has_more(), "the barrier that waits covers it");
        assert_eq!(settle(&mut history, &first, &passed(1, 1)), (2, 0));
        assert!(history.add(look(1, 1)).is_some());
        // Another server's commit.
        assert!(history.add(look(2, 1)).is_none());
        assert!(history.has_more());
        let second = history.begin().unwrap();
        assert_eq!(settle(&mut history, &second, &passed(1, 1)), (1, 0));
        assert!(history.add(look(2, 1)).is_some());
        assert!(history.add(look(1, 1)).is_none(), "the head went back");
    }

    #[test]
    fn another_mac_or_none_is_no_proof() {
        for branch in [0, 2] {
            let mut history = History::default();
            history.add(commit(1, 1, 1));
            let group = history.begin().unwrap();
            assert_eq!(settle(&mut history, &group, &passed(branch, 1)), (0, 1));
            // Whoever sees the same head again waits for a barrier of its own.
            assert!(history.add(look(1, 1)).is_none());
            assert!(history.has_more());
        }
    }

    #[test]
    fn a_new_primary_proves_events_that_it_has_and_nothing_without_one() {
        let mut history = History::default();
        history.add(commit(1, 1, 1));
        let mut without = commit(1, 1, 1);
        without.basis.lacks_events = true;
        history.add(without);
        let group = history.begin().unwrap();
        assert_eq!(settle(&mut history, &group, &passed(1, 2)), (1, 1));
        assert!(history.add(look(1, 1)).is_none());
        assert!(history.has_more(), "no barrier would come");
    }

    #[test]
    fn what_was_made_on_another_timeline_has_a_barrier_of_its_own() {
        let mut history = History::default();
        history.add(commit(10, 1, 1));
        // The standby that has taken over never had those.
        history.add(commit(8, 2, 2));
        let (first, second) = (history.begin().unwrap(), history.begin().unwrap());
        assert_eq!((first.head.position, second.head.position), (10, 8));
        assert_eq!(settle(&mut history, &second, &passed(2, 2)), (1, 0));
        assert_eq!(settle(&mut history, &first, &passed(0, 2)), (0, 1));
    }

    #[test]
    fn a_group_that_is_taken_back_is_begun_again() {
        let mut history = History::default();
        history.add(commit(1, 1, 1));
        let group = history.begin().unwrap();
        history.take_back(&group);
        assert!(history.has_more());
        assert_eq!(history.begin().unwrap().last, group.last);
    }
}
