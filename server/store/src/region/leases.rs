//! The leases of all servers, as one of them sees them: which have ended without a word.
//! Leaves reading and deleting the rows to the engine.

use std::collections::HashMap;

use uuid::Uuid;

/// What a lease is given beyond its bound, so that clocks that run apart a little do not matter.
const MARGIN_MS: i64 = 2_000;

/// A row of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// The id that its server took for it.
    pub id: Uuid,
    /// How often it was renewed.
    pub counter: i64,
    /// How long its server answers from memory without it.
    pub max_staleness_ms: i64,
}

/// When each counter was seen first.
#[derive(Clone, Debug, Default)]
pub struct Leases(HashMap<Uuid, (i64, i64)>);

impl Leases {
    /// Takes in the rows as they were read by this instant, and returns those whose server has been silent for so long
    /// that it answers nothing from memory: a row goes if its counter is still that one.
    pub fn observe(&mut self, rows: &[LeaseRow], at_ms: i64) -> Vec<LeaseRow> {
        self.0.retain(|id, _| rows.iter().any(|row| row.id == *id));
        let mut ended = Vec::new();
        for row in rows {
            let seen = self.0.entry(row.id).or_insert((row.counter, at_ms));
            if seen.0 != row.counter {
                *seen = (row.counter, at_ms);
            }
            let silent_ms = at_ms.saturating_sub(seen.1);
            // One in a hundred more: their clocks and ours may not run alike.
            let bound_ms = row.max_staleness_ms.max(0);
            let patience_ms = bound_ms.saturating_add(bound_ms / 100 + MARGIN_MS);
            if silent_ms >= patience_ms {
                ended.push(*row);
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(counter: i64) -> LeaseRow {
        LeaseRow {
            id: Uuid::from_u128(7),
            counter,
            max_staleness_ms: 1000,
        }
    }

    #[test]
    fn a_lease_ends_once_its_counter_has_stood_still_for_its_bound_and_a_margin() {
        let mut leases = Leases::default();
        assert!(leases.observe(&[row(3)], 10_000).is_empty());
        assert!(leases.observe(&[row(3)], 13_009).is_empty());
        assert_eq!(leases.observe(&[row(3)], 13_010), [row(3)]);
    }

    #[test]
    fn one_that_was_renewed_is_given_its_whole_time_again() {
        let mut leases = Leases::default();
        leases.observe(&[row(3)], 10_000);
        assert!(leases.observe(&[row(4)], 13_010).is_empty());
        assert!(leases.observe(&[row(4)], 16_000).is_empty());
        assert_eq!(leases.observe(&[row(4)], 16_020), [row(4)]);
    }

    #[test]
    fn one_that_was_away_is_seen_as_if_for_the_first_time() {
        let mut leases = Leases::default();
        leases.observe(&[row(3)], 10_000);
        assert!(leases.observe(&[], 11_000).is_empty());
        assert!(leases.observe(&[row(3)], 14_000).is_empty());
    }
}
