//! Which windows count: those of this server, or those that all servers of its database share.
//! Leaves the former to the module above, and keeping the latter to the engine.

use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::{Asked, Subject, Taken};
use crate::keyring::{Keyring, Limited};
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::secret::fingerprint;
use keywright_store::windows::{WindowId, WindowOrder};

impl Keyring {
    /// Takes `cost` from all the windows that are asked for, or from none; `None` if none is asked for. `now_ms` is the
    /// instant where the windows are this server's; those that are shared go by the database's clock.
    ///
    /// # Errors
    /// When windows that are shared cannot be asked: then nobody knows whether it passes.
    pub(in crate::keyring) async fn take<'a>(
        &self,
        owner_id: OwnerId,
        asked: &[Asked<'a>],
        cost: u64,
        now_ms: i64,
    ) -> Result<Option<Taken<'a>>, Error> {
        if asked.is_empty() || !self.shares_windows() {
            return Ok(self.windows.take(owner_id, asked, cost, now_ms));
        }
        self.order(owner_id, asked, 0, cost).await
    }

    /// Gives back what was taken for something that then did not happen, and says what is left.
    ///
    /// # Errors
    /// When windows that are shared cannot be asked: then it may stay taken.
    pub(in crate::keyring) async fn give_back<'a>(
        &self,
        owner_id: OwnerId,
        asked: &[Asked<'a>],
        cost: u64,
        now_ms: i64,
    ) -> Result<Option<Taken<'a>>, Error> {
        if asked.is_empty() || !self.shares_windows() {
            self.windows.give_back(owner_id, asked, cost);
            return Ok(self.windows.take(owner_id, asked, 0, now_ms));
        }
        self.order(owner_id, asked, cost, 0).await
    }

    /// Counts in windows that all servers share from now on, or in this server's own; `false` if it does so already.
    pub fn take_up_shared_windows(&self, shared: bool) -> bool {
        self.shares_windows.swap(shared, Ordering::SeqCst) != shared
    }

    fn shares_windows(&self) -> bool {
        self.shares_windows.load(Ordering::Relaxed)
    }

    async fn order<'a>(
        &self,
        owner_id: OwnerId,
        asked: &[Asked<'a>],
        gives_back: u64,
        cost: u64,
    ) -> Result<Option<Taken<'a>>, Error> {
        let windows = self.store.database().shared_windows();
        let windows = windows.ok_or_else(|| {
            Error::internal("windows are to be shared by servers, and this database has one")
        })?;
        let names = asked
            .iter()
            .map(|asked| (window_id(owner_id, asked), asked.limit));
        let order = WindowOrder {
            windows: names.collect(),
            gives_back,
            cost,
        };
        let answer = windows.order(order).await?;
        Ok(Taken::tightest(
            asked,
            answer.passes,
            answer.rates.into_iter(),
        ))
    }
}

/// The name of a window, the same at every server.
fn window_id(owner_id: OwnerId, asked: &Asked<'_>) -> WindowId {
    let owner = owner_id.0.as_bytes().as_slice();
    let name = asked.name.as_bytes();
    let digest = match &asked.subject {
        Subject::Contract(limited) => fingerprint(&[owner, contract(*limited), name]),
        Subject::Owner => fingerprint(&[owner, b"owner", name]),
        Subject::Key(id) => fingerprint(&[owner, b"key", id.as_bytes(), name]),
    };
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    WindowId(Uuid::from_bytes(first))
}

fn contract(limited: Limited) -> &'static [u8] {
    match limited {
        Limited::UserKey => b"user-key",
        Limited::ClientKeys => b"client-keys",
        Limited::NamedKeys => b"named-keys",
        Limited::OrganizationKey => b"organization-key",
        Limited::Control => b"control",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use keywright_model::limit::Limit;

    #[test]
    fn each_window_has_a_name_of_its_own_which_its_limit_does_not_change() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let subjects = [
            Subject::Owner,
            Subject::Key(one),
            Subject::Key(other),
            Subject::Contract(Limited::UserKey),
            Subject::Contract(Limited::ClientKeys),
            Subject::Contract(Limited::NamedKeys),
            Subject::Contract(Limited::OrganizationKey),
            Subject::Contract(Limited::Control),
        ];
        let mut all = BTreeSet::new();
        for owner in [one, other] {
            for subject in subjects {
                for name in ["a", "b", "owner"] {
                    let named = |count| {
                        let limit = Limit {
                            count,
                            window_s: 60,
                            burst: 1,
                        };
                        let asked = Asked {
                            subject,
                            name,
                            limit,
                        };
                        window_id(OwnerId(owner), &asked)
                    };
                    assert_eq!(named(1), named(2));
                    assert!(all.insert(named(1)), "{owner} {subject:?} {name}");
                }
            }
        }
    }
}
