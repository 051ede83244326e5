//! Rate limit windows that servers share: what is asked of them, and what that comes to.
//! Leaves which windows a use meets to the core, the arithmetic to the model's `limit`, and keeping states to the engine.

use std::collections::BTreeMap;

use async_trait::async_trait;
use uuid::Uuid;

use keywright_model::error::Error;
use keywright_model::limit::{Arrival, Joint, Limit, Rate};

/// The name of a window, the same at every server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowId(pub Uuid);

/// What is asked of some windows in one step.
#[derive(Clone, Debug)]
pub struct WindowOrder {
    /// The windows, each once, and how much passes in each.
    pub windows: Vec<(WindowId, Limit)>,
    /// What is given back to each, before anything is taken.
    pub gives_back: u64,
    /// What is taken, from all of them or from none.
    pub cost: u64,
}

/// What an order came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowAnswer {
    /// Whether every window lets the cost pass, and so was taken from.
    pub passes: bool,
    /// What each window says, in the order of the question.
    pub rates: Vec<Rate>,
}

/// Windows of a database that several servers use.
#[async_trait]
pub trait SharedWindows: Send + Sync {
    /// Carries out an order, in turn with those of all servers, by the database's clock.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be reached, or too much waits: then the cost may be taken, and is not
    /// admitted.
    async fn order(&self, order: WindowOrder) -> Result<WindowAnswer, Error>;
}

/// The states of windows that nobody else changes meanwhile.
#[derive(Clone, Debug, Default)]
pub struct WindowStates(BTreeMap<WindowId, State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    arrival: Arrival,
    is_changed: bool,
}

impl WindowStates {
    /// These, as an engine has kept them. Others are rested.
    pub fn of(states: impl IntoIterator<Item = (WindowId, Arrival)>) -> Self {
        let states = states.into_iter().map(|(id, arrival)| {
            let state = State {
                arrival,
                is_changed: false,
            };
            (id, state)
        });
        Self(states.collect())
    }

    /// Carries out an order at an instant.
    pub fn carry_out(&mut self, order: &WindowOrder, now_ms: i64) -> WindowAnswer {
        if order.gives_back > 0 {
            for (id, limit) in &order.windows {
                let arrival = limit.give_back(self.arrival(*id), order.gives_back);
                self.keep(*id, arrival);
            }
        }
        let windows = order
            .windows
            .iter()
            .map(|(id, limit)| (*limit, self.arrival(*id)));
        let Joint { passes, each } = Joint::ask(windows, order.cost, now_ms);
        if passes && order.cost > 0 {
            for ((id, _), (_, next)) in order.windows.iter().zip(&each) {
                self.keep(*id, *next);
            }
        }
        WindowAnswer {
            passes,
            rates: each.into_iter().map(|(rate, _)| rate).collect(),
        }
    }

    /// Those that orders have changed, in the order of their names.
    pub fn changed(&self) -> impl Iterator<Item = (WindowId, Arrival)> {
        let changed = self.0.iter().filter(|(_, state)| state.is_changed);
        changed.map(|(id, state)| (*id, state.arrival))
    }

    fn arrival(&self, id: WindowId) -> Arrival {
        self.0
            .get(&id)
            .map_or(Arrival::default(), |state| state.arrival)
    }

    fn keep(&mut self, id: WindowId, arrival: Arrival) {
        let state = State {
            arrival,
            is_changed: true,
        };
        self.0.insert(id, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn limit(burst: u64) -> Limit {
        Limit {
            count: 60,
            window_s: 60,
            burst,
        }
    }

    fn order(windows: &[(u128, u64)], gives_back: u64, cost: u64) -> WindowOrder {
        let windows = windows.iter();
        WindowOrder {
            windows: windows
                .map(|(id, burst)| (WindowId(Uuid::from_u128(*id)), limit(*burst)))
                .collect(),
            gives_back,
            cost,
        }
    }

    #[test]
    fn orders_of_one_batch_see_what_those_before_them_have_taken() {
        let mut states = WindowStates::default();
        let both = [(1, 5), (2, 2)];
        for (order, passes, remaining) in [
            (order(&both, 0, 1), true, vec![4, 1]),
            (order(&both, 0, 1), true, vec![3, 0]),
            (order(&both, 0, 1), false, vec![2, 0]),
            (order(&[(1, 5)], 0, 0), true, vec![3]),
            (order(&both, 1, 0), true, vec![4, 1]),
            (order(&both, 1, 2), true, vec![3, 0]),
            (order(&[(3, 1)], 0, 2), false, vec![1]),
        ] {
            let answer = states.carry_out(&order, 0);
            let left: Vec<u64> = answer.rates.iter().map(|rate| rate.remaining).collect();
            assert_eq!((answer.passes, left), (passes, remaining), "{order:?}");
        }
    }

    #[test]
    fn what_is_only_asked_or_refused_is_not_changed() {
        let known = WindowId(Uuid::from_u128(1));
        let mut states = WindowStates::of([(known, Arrival::of_parts(1, 2))]);
        states.carry_out(&order(&[(1, 1), (2, 1)], 0, 0), 0);
        states.carry_out(&order(&[(1, 1), (2, 1)], 0, 2), 0);
        assert_eq!(states.changed().count(), 0);
        assert!(states.carry_out(&order(&[(2, 1)], 0, 1), 0).passes);
        let changed: Vec<WindowId> = states.changed().map(|(id, _)| id).collect();
        assert_eq!(changed, [WindowId(Uuid::from_u128(2))]);
    }
}
