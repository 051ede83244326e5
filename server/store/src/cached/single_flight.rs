//! Look-ups of the same thing at the same time: the database is asked once, for all who wait.
//! Leaves to each of them whether what was read is not too old to be used.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};

use crate::engine::Reading;

/// Look-ups that are under way, by what they look for.
pub(super) struct SingleFlight<K, T>(Arc<UnderWay<K, T>>);

/// Each with the epoch that it was sent off in.
type UnderWay<K, T> = Mutex<HashMap<K, (u64, WeakShared<Reading<T>>)>>;

impl<K, T> SingleFlight<K, T>
where
    K: Copy + Eq + Hash + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Joins the look-up for `key` that is under way since this epoch began, or sends one off.
    ///
    /// It goes on as long as one of those who joined waits for it, and cannot be joined once it is over.
    pub(super) fn join(
        &self,
        key: K,
        epoch: u64,
        send_off: impl FnOnce() -> Reading<T>,
    ) -> Shared<Reading<T>> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = under_way.get(&key).filter(|(begun, _)| *begun == epoch);
        if let Some(reading) = reading.and_then(|(_, reading)| reading.upgrade()) {
            return reading;
        }
        let reading = send_off();
        let landing = UnderWayEntry {
            key,
            under_way: Arc::clone(&self.0),
        };
        let reading: Reading<T> = Box::pin(async move {
            let read = reading.await;
            drop(landing);
            read
        });
        let reading = reading.shared();
        let entry = reading.downgrade().map(|reading| (key, (epoch, reading)));
        under_way.extend(entry);
        reading
    }
}

/// Takes a look-up off the list when it is over, or when its last waiter has gone.
struct UnderWayEntry<K: Eq + Hash, T> {
    key: K,
    under_way: Arc<UnderWay<K, T>>,
}

impl<K: Eq + Hash, T> Drop for UnderWayEntry<K, T> {
    fn drop(&mut self) {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        under_way.remove(&self.key);
    }
}
