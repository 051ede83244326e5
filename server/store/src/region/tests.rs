//! What a server believes when, as a table of contents; each rule that is taken away fails one of them.

use super::*;

const BOUND_MS: i64 = 1000;

/// A server with a lease that was joined, and a history of which each position has one event.
struct Stage {
    server: Server,
}

fn event(position: i64) -> Head {
    branched(position, 1)
}

fn branched(position: i64, branch: u8) -> Head {
    let mac = if position == 0 {
        Vec::new()
    } else {
        vec![branch]
    };
    Head { position, mac }
}

impl Stage {
    fn joined() -> Self {
        let mut server = Server::new(BOUND_MS);
        assert_eq!(step(&mut server, Event::Joined { lease: 1 }), []);
        Self { server }
    }

    /// A server whose first counter, sent at 0, counts at position 100.
    fn fresh() -> Self {
        let mut stage = Self::joined();
        let counter = stage.bump(0);
        stage.answer(counter, BumpAnswer::Committed);
        let effects = stage.tail(0, Some(counter), 100, &[]);
        assert!(effects.contains(&Effect::Fresh { until_ms: BOUND_MS }));
        stage
    }

    fn lease(&self) -> u64 {
        self.server.lease()
    }

    fn bump(&mut self, at_ms: i64) -> i64 {
        match step(&mut self.server, Event::BumpDue { at_ms })[..] {
            [Effect::Bump { counter, .. }] => counter,
            ref other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, counter: i64, answer: BumpAnswer) -> Vec<Effect> {
        let lease = self.lease();
        let event = Event::BumpAnswered {
            lease,
            counter,
            answer,
        };
        step(&mut self.server, event)
    }

    /// The tail answers with these events, and with those of its own branch behind them.
    fn tail(
        &mut self,
        after: i64,
        counter: Option<i64>,
        head: i64,
        events: &[Head],
    ) -> Vec<Effect> {
        let tail = Tail {
            after,
            counter,
            head: event(head),
            last_mac: Some(event(after).mac),
            events: events.to_vec(),
        };
        let lease = self.lease();
        step(&mut self.server, Event::Tailed { lease, tail })
    }

    fn pass(&mut self, after: i64, counter: i64, to: i64) -> Vec<Effect> {
        let events: Vec<Head> = (after + 1..=to).map(event).collect();
        self.tail(after, Some(counter), to, &events)
    }

    fn wrote(&mut self, after: i64, last: i64) -> Vec<Effect> {
        let head = event(last);
        step(&mut self.server, Event::Wrote { after, head })
    }

    fn read(&mut self, at_ms: i64, head: Head) -> Vec<Effect> {
        let asked = self.server.ask(at_ms);
        step(&mut self.server, Event::Read { asked, at_ms, head })
    }
}

fn fresh_until(effects: &[Effect]) -> Option<i64> {
    effects.iter().find_map(|effect| match effect {
        Effect::Fresh { until_ms } => Some(*until_ms),
        _ => None,
    })
}

fn forgotten(effects: &[Effect]) -> Vec<i64> {
    let positions = effects.iter().filter_map(|effect| match effect {
        Effect::Forget { position } => Some(*position),
        _ => None,
    });
    positions.collect()
}

fn begins_anew(effects: &[Effect]) -> bool {
    let silence = effects.iter().position(|effect| *effect == Effect::Silence);
    let empty = Effect::Empty { position: 0 };
    let empty = effects.iter().position(|effect| *effect == empty);
    let join = |effect: &Effect| matches!(effect, Effect::Join { .. });
    assert_eq!(silence.is_some(), effects.iter().any(join), "{effects:?}");
    assert!(silence <= empty, "{effects:?}");
    silence.is_some()
}

fn refuses(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Refuse(_)))
}

#[test]
fn no_bump_is_sent_before_the_row_of_the_lease_is_durable() {
    let mut server = Server::new(BOUND_MS);
    assert_eq!(step(&mut server, Event::BumpDue { at_ms: 0 }), []);
    step(&mut server, Event::Joined { lease: 2 });
    assert_eq!(step(&mut server, Event::BumpDue { at_ms: 0 }), []);
    step(&mut server, Event::Joined { lease: 1 });
    assert_ne!(step(&mut server, Event::BumpDue { at_ms: 0 }), []);
}

#[test]
fn the_row_itself_is_no_counter() {
    let mut stage = Stage::joined();
    assert_eq!(stage.tail(0, Some(0), 100, &[]), []);
    assert_eq!(stage.server.applied(), None);
}

#[test]
fn the_first_counter_begins_an_empty_memory_at_the_head_that_it_was_shown_with() {
    let mut stage = Stage::joined();
    let counter = stage.bump(0);
    stage.answer(counter, BumpAnswer::Committed);
    let until_ms = BOUND_MS;
    assert_eq!(
        stage.tail(0, Some(counter), 100, &[]),
        [
            Effect::Empty { position: 100 },
            Effect::Believe { until_ms },
            Effect::Fresh { until_ms }
        ]
    );
}

#[test]
fn every_attempt_has_a_number_of_its_own() {
    let mut stage = Stage::joined();
    assert_eq!([stage.bump(0), stage.bump(0), stage.bump(1)], [1, 2, 3]);
}

#[test]
fn a_counter_counts_once_its_commit_came_back_and_the_tail_has_shown_it() {
    let mut stage = Stage::fresh();
    let counter = stage.bump(500);
    assert_eq!(fresh_until(&stage.pass(100, counter, 100)), None);
    let effects = stage.answer(counter, BumpAnswer::Committed);
    assert_eq!(fresh_until(&effects), Some(1500));
    let next = stage.bump(800);
    let effects = stage.answer(next, BumpAnswer::Committed);
    assert_eq!(effects, [Effect::Believe { until_ms: 1800 }]);
    assert_eq!(fresh_until(&stage.pass(100, next, 100)), Some(1800));
}

#[test]
fn a_counter_whose_commit_came_with_a_warning_never_counts() {
    let mut stage = Stage::fresh();
    let counter = stage.bump(500);
    assert_eq!(stage.answer(counter, BumpAnswer::Doubtful), []);
    assert_eq!(fresh_until(&stage.pass(100, counter, 100)), None);
}

#[test]
fn freshness_is_counted_from_when_the_bump_was_sent() {
    let mut stage = Stage::fresh();
    let (slow, quick) = (stage.bump(500), stage.bump(700));
    stage.answer(quick, BumpAnswer::Committed);
    assert_eq!(fresh_until(&stage.pass(100, quick, 100)), Some(1700));
    // One that was sent before it takes nothing back.
    assert_eq!(stage.answer(slow, BumpAnswer::Committed), []);
}

#[test]
fn a_counter_counts_once_all_up_to_the_head_beside_it_is_applied() {
    let mut stage = Stage::fresh();
    let counter = stage.bump(500);
    stage.answer(counter, BumpAnswer::Committed);
    let effects = stage.tail(100, Some(counter), 103, &[event(101), event(102)]);
    assert_eq!(forgotten(&effects), [101, 102]);
    assert_eq!(fresh_until(&effects), None);
    let effects = stage.pass(102, counter, 103);
    assert_eq!(fresh_until(&effects), Some(1500));
    let fresh = Effect::Fresh { until_ms: 1500 };
    assert_eq!(effects.last(), Some(&fresh), "first it is forgotten");
}

#[test]
fn a_bump_that_touches_no_row_begins_anew() {
    let mut stage = Stage::fresh();
    let counter = stage.bump(500);
    assert!(begins_anew(&stage.answer(counter, BumpAnswer::NoRow)));
    assert_eq!(stage.lease(), 2);
    assert_eq!(stage.server.applied(), None);
}

#[test]
fn a_row_that_has_gone_begins_anew_and_one_that_is_not_there_yet_does_not() {
    let mut stage = Stage::joined();
    stage.bump(0);
    assert_eq!(stage.tail(0, None, 100, &[]), []);
    let mut stage = Stage::fresh();
    assert!(begins_anew(&stage.tail(100, None, 100, &[])));
}

#[test]
fn what_an_earlier_lease_was_told_is_nothing_to_the_next() {
    let mut stage = Stage::fresh();
    let asked = stage.server.ask(500);
    let counter = stage.bump(500);
    stage.answer(counter, BumpAnswer::NoRow);
    step(&mut stage.server, Event::Joined { lease: 2 });
    assert_eq!(stage.bump(600), 1);
    let (lease, counter) = (1, 1);
    let tail = Tail {
        after: 0,
        counter: Some(1),
        head: event(100),
        last_mac: Some(Vec::new()),
        events: Vec::new(),
    };
    assert_eq!(step(&mut stage.server, Event::Tailed { lease, tail }), []);
    let answer = BumpAnswer::Committed;
    let answered = Event::BumpAnswered {
        lease,
        counter,
        answer,
    };
    assert_eq!(step(&mut stage.server, answered), []);
    assert_eq!(fresh_until(&stage.tail(0, Some(1), 100, &[])), None);
    stage.answer(1, BumpAnswer::Committed);
    assert_eq!(stage.read(601, event(100)), []);
    let (at_ms, head) = (601, event(100));
    let read = Event::Read { asked, at_ms, head };
    assert!(refuses(&step(&mut stage.server, read)));
}

#[test]
fn the_event_that_was_applied_last_must_be_there_and_the_same() {
    for last_mac in [None, Some(vec![2])] {
        let mut stage = Stage::fresh();
        let tail = Tail {
            after: 100,
            counter: Some(1),
            head: event(100),
            last_mac,
            events: Vec::new(),
        };
        let lease = stage.lease();
        assert!(begins_anew(&step(
            &mut stage.server,
            Event::Tailed { lease, tail }
        )));
    }
}

#[test]
fn an_event_that_is_missing_or_cannot_be_read_begins_anew() {
    let mut stage = Stage::fresh();
    assert!(begins_anew(&stage.tail(100, Some(1), 102, &[event(102)])));
    let mut stage = Stage::fresh();
    assert!(begins_anew(&step(&mut stage.server, Event::Unreadable)));
}

#[test]
fn an_answer_that_was_asked_behind_another_event_is_of_no_use() {
    let mut stage = Stage::fresh();
    stage.pass(100, 1, 102);
    assert_eq!(stage.pass(100, 1, 101), []);
    assert_eq!(stage.server.applied(), Some(&event(102)));
}

#[test]
fn a_batch_of_its_own_is_kept_ahead_of_the_feed_and_not_forgotten_by_it() {
    let mut stage = Stage::fresh();
    assert_eq!(stage.wrote(101, 103), [Effect::KeepBatch]);
    assert_eq!(forgotten(&stage.pass(100, 1, 104)), [101, 104]);
}

#[test]
fn a_batch_that_the_feed_has_passed_is_kept_but_for_what_was_changed_since() {
    let mut stage = Stage::fresh();
    assert_eq!(forgotten(&stage.pass(100, 1, 103)), [101, 102, 103]);
    assert_eq!(stage.wrote(101, 102), [Effect::KeepPassedBatch]);
    // One that has changed what no event tells of.
    assert_eq!(stage.wrote(103, 103), [Effect::KeepPassedBatch]);
}

#[test]
fn a_batch_is_forgotten_while_there_is_no_feed() {
    let mut stage = Stage::joined();
    assert_eq!(stage.wrote(101, 102), [Effect::ForgetBatch]);
}

#[test]
fn a_batch_of_another_branch_begins_anew() {
    let other = branched(102, 2);
    let mut stage = Stage::fresh();
    let wrote = Event::Wrote {
        after: 100,
        head: other,
    };
    step(&mut stage.server, wrote.clone());
    assert!(begins_anew(&stage.pass(100, 1, 102)));
    let mut stage = Stage::fresh();
    stage.pass(100, 1, 102);
    assert!(begins_anew(&step(&mut stage.server, wrote)));
}

#[test]
fn what_was_read_ahead_of_the_feed_must_be_passed_by_it() {
    let mut stage = Stage::fresh();
    assert_eq!(stage.read(1, event(101)), []);
    assert!(!begins_anew(&stage.pass(100, 1, 102)));
    let mut stage = Stage::fresh();
    assert_eq!(stage.read(1, branched(101, 2)), []);
    assert!(begins_anew(&stage.pass(100, 1, 102)));
}

#[test]
fn two_reads_that_contradict_each_other_begin_anew() {
    let mut stage = Stage::fresh();
    assert_eq!(stage.read(1, event(101)), []);
    let effects = stage.read(2, branched(101, 2));
    assert!(refuses(&effects) && begins_anew(&effects));
}

#[test]
fn a_read_of_another_branch_is_refused() {
    let mut stage = Stage::fresh();
    assert!(refuses(&stage.read(1, branched(100, 2))));
    assert_eq!(stage.read(1, event(100)), []);
}

#[test]
fn a_read_at_the_primary_is_never_behind_what_was_known_when_it_was_sent() {
    let mut stage = Stage::fresh();
    stage.pass(100, 1, 102);
    assert!(refuses(&stage.read(1, event(101))));
    assert_eq!(stage.read(1, event(102)), []);
    // By what was handed out, and by what was written.
    assert_eq!(stage.read(1, event(104)), []);
    assert!(refuses(&stage.read(2, event(103))));
    stage.wrote(104, 106);
    assert!(refuses(&stage.read(3, event(105))));
    // One that was sent before may be.
    let asked = stage.server.ask(4);
    stage.pass(102, 1, 108);
    let (at_ms, head) = (5, event(106));
    assert_eq!(
        step(&mut stage.server, Event::Read { asked, at_ms, head }),
        []
    );
}

#[test]
fn the_primary_is_believed_while_a_bump_has_committed_there_that_was_sent_within_the_bound() {
    let mut stage = Stage::fresh();
    assert_eq!(stage.read(BOUND_MS - 1, event(100)), []);
    assert!(refuses(&stage.read(BOUND_MS, event(100))));
    let counter = stage.bump(BOUND_MS);
    assert!(refuses(&stage.read(BOUND_MS, event(100))));
    stage.answer(counter, BumpAnswer::Committed);
    assert_eq!(stage.read(BOUND_MS, event(100)), []);
}

#[test]
fn nothing_is_believed_before_the_first_counter_was_shown() {
    let mut stage = Stage::joined();
    let counter = stage.bump(0);
    stage.answer(counter, BumpAnswer::Committed);
    assert!(refuses(&stage.read(1, event(100))));
}

#[test]
fn an_answer_that_was_under_way_for_longer_than_the_bound_is_refused() {
    let mut stage = Stage::fresh();
    let asked = stage.server.ask(1);
    let counter = stage.bump(900);
    stage.answer(counter, BumpAnswer::Committed);
    let mut read = |at_ms| {
        let head = event(100);
        step(&mut stage.server, Event::Read { asked, at_ms, head })
    };
    assert_eq!(read(1001), []);
    assert!(refuses(&read(1002)));
}

#[test]
fn it_is_fresh_again_only_behind_what_it_has_read_while_it_was_not() {
    let mut stage = Stage::fresh();
    let counter = stage.bump(1100);
    stage.answer(counter, BumpAnswer::Committed);
    assert_eq!(stage.read(1200, event(105)), []);
    assert_eq!(fresh_until(&stage.pass(100, counter, 104)), None);
    assert_eq!(fresh_until(&stage.pass(104, counter, 105)), Some(2100));
}
