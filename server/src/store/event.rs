//! The append-only events: who changed what, each with a MAC over itself and the one before.
//! Leaves their rows to the engines.

use uuid::Uuid;

use super::{Notice, Trail};
use crate::key::OwnerId;
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
    pub(super) target: Option<Uuid>,
    pub(super) related: Option<Uuid>,
    pub(super) owner: Option<OwnerId>,
    pub(super) outcome: &'static str,
    pub(super) detail: Option<String>,
    pub(super) trail: &'a Trail,
}

impl<'a> Event<'a> {
    /// An event about something that was done.
    pub(super) fn done(
        action: &'static str,
        target: Uuid,
        owner: OwnerId,
        at_ms: i64,
        trail: &'a Trail,
    ) -> Self {
        Self {
            at_ms,
            action,
            target: Some(target),
            related: None,
            owner: Some(owner),
            outcome: "done",
            detail: None,
            trail,
        }
    }

    /// An event about something that was refused.
    pub(super) fn denied(notice: &Notice, at_ms: i64, trail: &'a Trail) -> Self {
        Self {
            at_ms,
            action: notice.action,
            target: notice.target.map(|id| id.0),
            related: None,
            owner: notice.owner,
            outcome: "denied",
            detail: Some(notice.detail.clone()),
            trail,
        }
    }

    /// The same event, with what else it concerns.
    pub(super) fn with(mut self, related: Uuid) -> Self {
        self.related = Some(related);
        self
    }

    /// The same event, with more in words.
    pub(super) fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
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
            bytes(self.target.as_ref()),
            self.outcome.as_bytes(),
            self.trail.request_id.0.as_bytes(),
            self.address().unwrap_or_default().as_bytes(),
            bytes(self.related.as_ref()),
            bytes(self.owner.as_ref().map(|id| &id.0)),
            self.detail.as_deref().unwrap_or_default().as_bytes(),
        ]);
        Head {
            position,
            mac: mac.to_vec(),
        }
    }
}

fn bytes(id: Option<&Uuid>) -> &[u8] {
    id.map_or(&[], |id| id.as_bytes())
}
