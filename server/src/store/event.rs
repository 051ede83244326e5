//! The append-only events: who changed what, each with a MAC over itself and the one before.
//! Leaves their rows to the engines.

use uuid::Uuid;

use super::{Change, Trail, Write};
use crate::secret::{Digest, Pepper};

/// Where the events end: the position of the last one and its MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// 0 before the first event.
    pub(super) position: i64,
    /// Empty before the first event.
    pub(super) mac: Vec<u8>,
}

/// One event, ready to be appended.
#[derive(Clone, Debug)]
pub(super) struct Event<'a> {
    pub(super) at_ms: i64,
    pub(super) action: &'static str,
    pub(super) target: Uuid,
    pub(super) outcome: &'static str,
    pub(super) trail: &'a Trail,
}

impl<'a> Event<'a> {
    /// The event that records a write that changed something; spending credits is none.
    pub(super) fn of(write: &'a Write, at_ms: i64) -> Option<Self> {
        let (action, target) = match &write.change {
            Change::AddOwner { owner, .. } => ("owner.created", owner.id.0),
            Change::AmendOwner { id, .. } => ("owner.changed", id.0),
            Change::Issue(key) => ("key.issued", key.key.id.0),
            Change::Replace { successor, .. } => ("key.rotated", successor.key.id.0),
            Change::Revoke { id, .. } => ("key.revoked", id.0),
            Change::Charge { .. } => return None,
        };
        Some(Self {
            at_ms,
            action,
            target,
            outcome: "done",
            trail: &write.trail,
        })
    }

    /// The address as it is stored.
    pub(super) fn address(&self) -> Option<String> {
        self.trail.address.map(|address| address.to_string())
    }

    /// The head behind this event.
    pub(super) fn append(&self, head: &Head, signer: &Pepper) -> Head {
        let position = head.position + 1;
        let Digest(mac) = signer.mac(&[
            &head.mac,
            &position.to_be_bytes(),
            &self.at_ms.to_be_bytes(),
            self.trail.actor.to_string().as_bytes(),
            self.action.as_bytes(),
            self.target.as_bytes(),
            self.outcome.as_bytes(),
            self.trail.request_id.0.as_bytes(),
            self.address().unwrap_or_default().as_bytes(),
        ]);
        Head {
            position,
            mac: mac.to_vec(),
        }
    }
}
