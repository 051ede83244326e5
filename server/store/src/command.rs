//! Changes as commands: each says what it comes to, so that who makes one need not ask.
//! Leaves what a change is to `change`, and how it is kept to the engine.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, RevocationReason};
use keywright_model::owner::Owner;
use keywright_model::principal::TokenUse;

use crate::amendment::{Amendment, KeyAmendment};
use crate::cached::Cached;
use crate::change::{Change, NewKey, Notice, Place, Rekeyed, Reservation, Settlement, Write};
use crate::outcome::{Replayed, Written};
use crate::signers::PepperStart;

/// One kind of change, and what it comes to.
pub trait Command: Send {
    /// What it comes to.
    type Outcome;

    /// The change that an engine makes.
    fn into_change(self) -> Change;

    /// The outcome in what was written; `None` if that is of another kind of change.
    fn outcome(written: Written) -> Option<Self::Outcome>;
}

impl Cached {
    /// Makes one change, durably, or none, like [`Engine::write`](crate::Engine::write).
    ///
    /// # Errors
    /// Why it was not made; `Internal` if the engine made another.
    pub async fn run<C: Command>(&self, write: Write<C>) -> Result<C::Outcome, Error> {
        let Write {
            authority,
            change,
            trail,
            replay,
        } = write;
        let written = self.database().write(Write {
            authority,
            change: change.into_change(),
            trail,
            replay,
        });
        C::outcome(written.await?).ok_or_else(|| {
            let command = std::any::type_name::<C>();
            Error::internal(format_args!("{command} came to something else"))
        })
    }
}

/// What a change that issues a key comes to.
#[derive(Clone, Debug)]
pub enum Answered<T> {
    /// It was made.
    Made(T),
    /// It was made earlier, with the same `Idempotency-Key`.
    Replay(Box<Replayed>),
}

/// What the rotation of a key comes to whose form was guessed.
#[derive(Clone, Debug)]
pub enum Rotated {
    /// It was made, now or earlier: this is the new key.
    Answered(Answered<Arc<Key>>),
    /// The key to replace is this one, and its successor was of another form.
    Unlike(Arc<Key>),
}

/// How many events were pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// So many.
    pub count: i64,
    /// Whether there may be more to prune.
    pub has_more: bool,
}

/// Each command is its members, the change that they make, and its outcome by what was written.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident { $($member:ident: $type:ty),* $(,)? } makes $change:expr, $outcome:ty {
        $($written:pat => $result:expr),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(pub $member: $type,)*
        }

        impl Command for $name {
            type Outcome = $outcome;

            fn into_change(self) -> Change {
                let Self { $($member),* } = self;
                $change
            }

            fn outcome(written: Written) -> Option<$outcome> {
                match written {
                    $($written => Some($result),)+
                    _ => None,
                }
            }
        }
    )+};
}

commands! {
    /// A new user or organization: [`Change::AddOwner`].
    AddOwner { owner: Owner, first_key: Option<NewKey> } makes Change::AddOwner { owner, first_key }, Answered<Owner> {
        Written::Owner(owner) => Answered::Made(owner),
        Written::Replay(replayed) => Answered::Replay(replayed),
    }

    /// Some of an owner's properties; what comes of it is the owner as it then is: [`Change::AmendOwner`].
    AmendOwner { id: OwnerId, amendment: Amendment } makes Change::AmendOwner { id, amendment }, Owner {
        Written::Owner(owner) => owner,
    }

    /// The end of an owner, which is what comes of it: [`Change::DeleteOwner`].
    DeleteOwner { id: OwnerId } makes Change::DeleteOwner { id }, Owner {
        Written::Owner(owner) => owner,
    }

    /// A new key: [`Change::Issue`].
    Issue { new: NewKey } makes Change::Issue(new), Answered<Arc<Key>> {
        Written::Key(key) => Answered::Made(key),
        Written::Replay(replayed) => Answered::Replay(replayed),
    }

    /// A new key in the place of one of the same form: [`Change::Replace`].
    Replace { place: Place, successor: NewKey } makes Change::Replace { place, grace_ms: 0, successor },
    Answered<Arc<Key>> {
        Written::Key(key) => Answered::Made(key),
        Written::Replay(replayed) => Answered::Replay(replayed),
    }

    /// A new key in the place of one whose form is not known for certain: [`Change::Replace`].
    Rotate { id: KeyId, grace_ms: i64, successor: NewKey }
    makes Change::Replace { place: Place::Of(id), grace_ms, successor }, Rotated {
        Written::Key(key) => Rotated::Answered(Answered::Made(key)),
        Written::Replay(replayed) => Rotated::Answered(Answered::Replay(replayed)),
        Written::Unlike(old) => Rotated::Unlike(old),
    }

    /// Some of a key's properties; what comes of it is the key as it then is: [`Change::AmendKey`].
    AmendKey { id: KeyId, amendment: Box<KeyAmendment> } makes Change::AmendKey { id, amendment }, Arc<Key> {
        Written::Key(key) => key,
    }

    /// The end of a key, which is what comes of it: [`Change::Revoke`].
    Revoke { id: KeyId, reason: RevocationReason } makes Change::Revoke { id, reason }, Arc<Key> {
        Written::Key(key) => key,
    }

    /// The end of a named key, which is what comes of it: [`Change::RevokeNamed`].
    RevokeNamed { owner_id: OwnerId, name: String, reason: RevocationReason }
    makes Change::RevokeNamed { owner_id, name, reason }, Arc<Key> {
        Written::Key(key) => key,
    }

    /// The end of an access token before its time: [`Change::RevokeToken`].
    RevokeToken { token: TokenUse, client_id: KeyId, owner_id: OwnerId }
    makes Change::RevokeToken { token, client_id, owner_id }, () {
        Written::Noted => (),
    }

    /// Credits that an owner has spent; what comes of it is how many it was charged: [`Change::Charge`].
    Charge { id: OwnerId, credits: i64, allowance: i64, month: i64 }
    makes Change::Charge { id, credits, allowance, month }, i64 {
        Written::Charged(charged) => charged,
    }

    /// Credits to hand out from memory, with an amount of 0 if there are too few, and `None` if they are no longer
    /// counted: [`Change::Reserve`].
    Reserve { lineage: KeyId, needed: i64 } makes Change::Reserve { lineage, needed }, Option<Reservation> {
        Written::Reserved(reserved) => reserved,
    }

    /// What was counted in memory: [`Change::Settle`].
    Settle { settlement: Settlement } makes Change::Settle(settlement), () {
        Written::Noted => (),
    }

    /// Keys that are digested under a newer pepper: [`Change::Rekey`].
    Rekey { rekeyed: Vec<Rekeyed> } makes Change::Rekey(rekeyed), () {
        Written::Noted => (),
    }

    /// A newer pepper that is in use from now on: [`Change::BeginPepper`].
    BeginPepper { start: PepperStart } makes Change::BeginPepper(Box::new(start)), () {
        Written::Noted => (),
    }

    /// What the events are to know: [`Change::Note`].
    Note { notices: Vec<Notice> } makes Change::Note(notices), () {
        Written::Noted => (),
    }

    /// The end of the oldest events: [`Change::PruneEvents`].
    PruneEvents { before_ms: i64 } makes Change::PruneEvents { before_ms }, Pruned {
        Written::Pruned { count, has_more } => Pruned { count, has_more },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_change_came_to_is_no_outcome() {
        let left = Written::Pruned {
            count: 2,
            has_more: true,
        };
        let pruned = Pruned {
            count: 2,
            has_more: true,
        };
        assert_eq!(PruneEvents::outcome(left.clone()), Some(pruned));
        assert_eq!(Reserve::outcome(left), None);
        assert_eq!(Reserve::outcome(Written::Reserved(None)), Some(None));
        assert_eq!(Charge::outcome(Written::Noted), None);
    }
}
