//! How many look-ups of unknown credentials one client address may cause.
//! Leaves what is unknown, and whose address it is, to who asks.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use keywright_model::limit::{Arrival, Limit, Rate};

/// Locks among which addresses are parted.
const SHARDS: usize = 64;

/// Windows behind one lock.
const SHARD_LEN: usize = 1024;

/// The network part of an IPv6 address: the holder of one address has all of its /64.
const NETWORK: u128 = !(u64::MAX as u128);

/// A window for each address, in a table that never grows.
///
/// An address is put into one of 65,536 slots by a hash that nobody outside can foresee. Two addresses in
/// one slot share a window: rare among few, and what keeps a flood from many within bounds.
/// An IPv6 address counts as its /64, and all whose address is unknown share one window.
pub(super) struct UnknownKeyLimiter {
    /// `None` if there is no limit.
    limit: Option<Limit>,
    hasher: RandomState,
    shards: Box<[Mutex<[Arrival; SHARD_LEN]>]>,
}

impl UnknownKeyLimiter {
    /// A table in which each address has `per_minute`, all at once after a rest; 0 means no limit.
    pub(super) fn new(per_minute: u32) -> Self {
        let count = u64::from(per_minute);
        let limit = (count > 0).then_some(Limit {
            count,
            window_s: 60,
            burst: count,
        });
        let shard = |_| Mutex::new([Arrival::default(); SHARD_LEN]);
        Self {
            limit,
            hasher: RandomState::new(),
            shards: (0..limit.map_or(0, |_| SHARDS)).map(shard).collect(),
        }
    }

    /// Whether an address may cause one more look-up; takes nothing.
    ///
    /// # Errors
    /// The seconds after which it may.
    pub(super) fn check(&self, address: Option<IpAddr>, now_ms: i64) -> Result<(), u32> {
        self.ask(address, now_ms, false).map_or(Ok(()), outcome)
    }

    /// Counts one look-up that an address caused.
    ///
    /// # Errors
    /// The seconds after which it may cause one again; then nothing is counted.
    pub(super) fn take(&self, address: Option<IpAddr>, now_ms: i64) -> Result<(), u32> {
        self.ask(address, now_ms, true).map_or(Ok(()), outcome)
    }

    /// What is left of an address's window, if there is a limit.
    pub(super) fn rate(&self, address: Option<IpAddr>, now_ms: i64) -> Option<Rate> {
        self.ask(address, now_ms, false)
    }

    fn ask(&self, address: Option<IpAddr>, now_ms: i64, takes: bool) -> Option<Rate> {
        let limit = self.limit?;
        let hash = self.hasher.hash_one(address.map(counted));
        let slot = usize::try_from(hash % (SHARDS * SHARD_LEN) as u64).unwrap_or_default();
        let shard = &self.shards[slot / SHARD_LEN];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let arrival = &mut shard[slot % SHARD_LEN];
        let (rate, next) = limit.ask(*arrival, 1, now_ms);
        if takes {
            *arrival = next;
        }
        Some(rate)
    }
}

fn outcome(rate: Rate) -> Result<(), u32> {
    if rate.passes {
        return Ok(());
    }
    Err(rate.retry_after_s.unwrap_or(rate.limit.window_s))
}

/// What an address is counted as.
fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::UnknownKeyLimiter;

    /// How many of ten look-ups that this address causes now are let through.
    fn through(strangers: &UnknownKeyLimiter, address: Option<&str>, now_ms: i64) -> usize {
        let address: Option<IpAddr> = address.map(|address| address.parse().unwrap());
        let passes = |_: &u32| strangers.take(address, now_ms).is_ok();
        (0..10).filter(passes).count()
    }

    #[test]
    fn an_address_has_its_minute_at_once_and_then_one_by_one() {
        let strangers = UnknownKeyLimiter::new(6);
        let address = Some("192.0.2.1".parse().unwrap());
        assert_eq!(through(&strangers, Some("192.0.2.1"), 0), 6);
        assert_eq!(strangers.take(address, 0), Err(10));
        assert_eq!(strangers.take(address, 9999), Err(1));
        assert_eq!(strangers.take(address, 10_000), Ok(()));
        assert_eq!(strangers.take(address, 10_000), Err(10));
    }

    #[test]
    fn checking_takes_nothing() {
        let strangers = UnknownKeyLimiter::new(1);
        let address = Some("192.0.2.1".parse().unwrap());
        assert_eq!(strangers.check(address, 0), Ok(()));
        assert_eq!(strangers.check(address, 0), Ok(()));
        assert_eq!(strangers.take(address, 0), Ok(()));
        assert_eq!(strangers.check(address, 59_999), Err(1));
        assert_eq!(strangers.check(address, 60_000), Ok(()));
    }

    #[test]
    fn another_address_has_a_window_of_its_own() {
        let strangers = UnknownKeyLimiter::new(3);
        assert_eq!(through(&strangers, Some("192.0.2.1"), 0), 3);
        // Any one of them may share the slot, by chance; hardly two.
        let others = ["192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8::1"];
        let whole = others
            .iter()
            .filter(|other| through(&strangers, Some(other), 0) == 3);
        assert!(whole.count() >= 3);
    }

    #[test]
    fn an_ipv6_address_counts_as_its_64() {
        let strangers = UnknownKeyLimiter::new(3);
        assert_eq!(through(&strangers, Some("2001:db8:0:1::1"), 0), 3);
        let neighbour = Some("2001:db8:0:1:ffff:ffff:ffff:ffff");
        assert_eq!(through(&strangers, neighbour, 0), 0);
        let next = ["2001:db8:0:2::1", "2001:db8:0:0:ffff::", "2001:db8:1:1::1"];
        let whole = next
            .iter()
            .filter(|next| through(&strangers, Some(next), 0) == 3);
        assert!(whole.count() >= 2);
    }

    #[test]
    fn a_mapped_address_counts_as_ipv4() {
        let strangers = UnknownKeyLimiter::new(3);
        assert_eq!(through(&strangers, Some("::ffff:192.0.2.1"), 0), 3);
        assert_eq!(through(&strangers, Some("192.0.2.1"), 0), 0);
        let others = ["::ffff:192.0.2.2", "::ffff:192.0.2.3", "::ffff:192.0.2.4"];
        let whole = others
            .iter()
            .filter(|other| through(&strangers, Some(other), 0) == 3);
        assert!(whole.count() >= 2, "not all of one /64");
    }

    #[test]
    fn all_without_an_address_share_one_window() {
        let strangers = UnknownKeyLimiter::new(3);
        assert_eq!(through(&strangers, None, 0), 3);
        assert_eq!(through(&strangers, None, 0), 0);
    }

    #[test]
    fn a_limit_of_nothing_is_none() {
        assert_eq!(
            through(&UnknownKeyLimiter::new(0), Some("192.0.2.1"), 0),
            10
        );
        assert_eq!(through(&UnknownKeyLimiter::new(0), None, 0), 10);
    }
}
