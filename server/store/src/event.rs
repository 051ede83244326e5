//! The append-only events: who changed what, each with a MAC over itself and the one before.
//! Leaves their rows to the engines.

mod touched;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use touched::TouchedId;

use super::{Notice, Trail};
use keywright_model::event::{EventAction, EventOutcome};
use keywright_model::id::OwnerId;
use keywright_model::secret::{Digest, Pepper};

/// The purpose for which the key that signs events is derived from the pepper.
pub const EVENTS: &str = "events";

/// Where the events end: the position of the last one and its MAC, written `POSITION:MAC`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Head {
    /// 0 before the first event.
    pub position: i64,
    /// Empty before the first event.
    pub mac: Vec<u8>,
}

impl TryFrom<String> for Head {
    type Error = HeadError;

    fn try_from(text: String) -> Result<Self, HeadError> {
        text.parse()
    }
}

impl From<Head> for String {
    fn from(head: Head) -> Self {
        head.to_string()
    }
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.position)?;
        let mut bytes = self.mac.iter();
        bytes.try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (position, mac) = text.trim().split_once(':').ok_or(HeadError)?;
        let position: i64 = position.parse().map_err(|_| HeadError)?;
        let is_hexadecimal = mac.bytes().all(|digit| digit.is_ascii_hexdigit());
        let len_expected = if position == 0 { 0 } else { 2 * MAC_LEN };
        if position < 0 || !is_hexadecimal || mac.len() != len_expected {
            return Err(HeadError);
        }
        let bytes = (0..mac.len()).step_by(2);
        let mac = bytes
            .map(|start| u8::from_str_radix(&mac[start..start + 2], 16).map_err(|_| HeadError))
            .collect::<Result<_, _>>()?;
        Ok(Self { position, mac })
    }
}

const MAC_LEN: usize = 32;

/// A text that is no `POSITION:MAC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a head must be POSITION:MAC as `events verify` prints it: a number, a colon and 64 hexadecimal digits"
)]
pub struct HeadError;

/// What the MAC of an event covers, as a row holds it; what a row leaves out is empty.
pub struct Sealed<'a> {
    pub at_ms: i64,
    pub actor: &'a [u8],
    pub action: &'a [u8],
    pub target: &'a [u8],
    pub outcome: &'a [u8],
    pub request_id: &'a [u8],
    pub address: &'a [u8],
    /// What else it concerns, its owner and its details; an event from before there were any has none.
    pub more: Option<[&'a [u8]; 3]>,
    /// An event from before there was one has none, nor has what the server does by itself.
    pub server_request_id: &'a [u8],
    /// What else it has touched, as [`TouchedId::encode`] writes it; most have touched nothing else.
    pub touched: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// What else an event concerns, its owner and its details, unless it is from before there were any: since
    /// then one of the two last always is there. What was done has an owner, and what was refused says why.
    pub fn more_of(more: [&'a [u8]; 3]) -> Option<[&'a [u8]; 3]> {
        let is_early = more.iter().all(|part| part.is_empty());
        (!is_early).then_some(more)
    }

    /// The head behind an event that says this and follows `head`.
    ///
    /// Each part is covered with its length, so that the MAC says where each begins and how many there are. Parts that came
    /// later are left out where they are empty, if all behind them are: early events keep their MACs. The number of parts
    /// tells which are there, so that no byte can be moved from one to another: 9 of an event from before there was more,
    /// 12 with that, 13 with the server's id of a request, and 14, that id among them, there or empty, with what else was
    /// touched.
    pub fn behind(&self, head: &Head, signer: &Pepper) -> Head {
        let position = head.position + 1;
        let (position_bytes, at_ms) = (position.to_be_bytes(), self.at_ms.to_be_bytes());
        let [related, owner, detail] = self.more.unwrap_or_default();
        let parts: [&[u8]; 14] = [
            &head.mac,
            &position_bytes,
            &at_ms,
            self.actor,
            self.action,
            self.target,
            self.outcome,
            self.request_id,
            self.address,
            related,
            owner,
            detail,
            self.server_request_id,
            self.touched,
        ];
        let covered = match (self.more, self.server_request_id, self.touched) {
            (_, _, [_, ..]) => &parts[..],
            (_, [_, ..], []) => &parts[..13],
            (Some(_), [], []) => &parts[..12],
            (None, [], []) => &parts[..9],
        };
        let Digest(mac) = signer.mac(covered);
        Head {
            position,
            mac: mac.to_vec(),
        }
    }
}

/// The seal of a checkpoint: that the events up to this head were whole, and were pruned by a server.
pub fn seal(checkpoint: &Head, signer: &Pepper) -> Digest {
    signer.mac(&[
        b"checkpoint",
        &checkpoint.position.to_be_bytes(),
        &checkpoint.mac,
    ])
}

/// One event, ready to be appended.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    pub at_ms: i64,
    pub action: EventAction,
    pub target: Option<Uuid>,
    pub related: Option<Uuid>,
    pub owner: Option<OwnerId>,
    pub outcome: EventOutcome,
    pub detail: Option<String>,
    /// What it has touched that its other members do not tell, as [`TouchedId::encode`] writes it.
    pub touched: Vec<u8>,
    pub trail: &'a Trail,
}

impl<'a> Event<'a> {
    /// An event about something that was done.
    pub fn done(
        action: EventAction,
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
            outcome: EventOutcome::Done,
            detail: None,
            touched: Vec::new(),
            trail,
        }
    }

    /// An event about keys that are digested under a newer pepper.
    pub fn rekeyed(count: usize, pepper_version: u32, at_ms: i64, trail: &'a Trail) -> Self {
        Self {
            action: EventAction::KeyChanged,
            detail: Some(format!(
                "digests of {count} keys, under version {pepper_version} of the pepper"
            )),
            ..Self::pruned(0, 0, at_ms, trail)
        }
    }

    /// An event about something that was refused.
    pub fn denied(notice: &'a Notice, at_ms: i64) -> Self {
        Self {
            at_ms,
            action: notice.action,
            target: notice.target.map(|id| id.0),
            related: None,
            owner: notice.owner,
            outcome: EventOutcome::Denied,
            detail: Some(notice.detail.clone()),
            touched: Vec::new(),
            trail: &notice.trail,
        }
    }

    /// An event about the end of the oldest ones: how many, and up to which position.
    pub fn pruned(count: i64, position: i64, at_ms: i64, trail: &'a Trail) -> Self {
        Self {
            at_ms,
            action: EventAction::EventsPruned,
            target: None,
            related: None,
            owner: None,
            outcome: EventOutcome::Done,
            detail: Some(format!("{count} events up to position {position}")),
            touched: Vec::new(),
            trail,
        }
    }

    /// An event about what all servers of a database agree on, and that was changed.
    pub fn agreed_anew(detail: String, at_ms: i64, trail: &'a Trail) -> Self {
        Self {
            action: EventAction::SettingsChanged,
            detail: Some(detail),
            ..Self::pruned(0, 0, at_ms, trail)
        }
    }

    /// The same event, with what else it concerns.
    #[must_use]
    pub fn with(mut self, related: Uuid) -> Self {
        self.related = Some(related);
        self
    }

    /// The same event, with more in words.
    #[must_use]
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Whether its target, or what else it concerns, tells that this was touched.
    pub(super) fn tells(&self, id: TouchedId) -> bool {
        let told = TouchedId::of_members(self.action, self.target, self.related);
        told.into_iter().flatten().any(|told| told.covers(id))
    }

    /// The address as it is stored.
    pub fn address(&self) -> Option<String> {
        self.trail.address.map(|address| address.to_string())
    }

    /// The head behind this event.
    pub fn append(&self, head: &Head, signer: &Pepper) -> Head {
        Sealed {
            at_ms: self.at_ms,
            actor: self.trail.actor.to_string().as_bytes(),
            action: self.action.word().as_bytes(),
            target: bytes(self.target.as_ref()),
            outcome: self.outcome.word().as_bytes(),
            request_id: self.trail.request_id.0.as_bytes(),
            address: self.address().unwrap_or_default().as_bytes(),
            more: Some([
                bytes(self.related.as_ref()),
                bytes(self.owner.as_ref().map(|id| &id.0)),
                self.detail.as_deref().unwrap_or_default().as_bytes(),
            ]),
            server_request_id: bytes(self.trail.server_request_id.as_ref().map(|id| &id.0)),
            touched: &self.touched,
        }
        .behind(head, signer)
    }
}

/// The bytes of an id; none of none.
pub fn bytes(id: Option<&Uuid>) -> &[u8] {
    id.map_or(&[], |id| id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head {
            position: 27,
            mac: (0..32).collect(),
        };
        let text = head.to_string();
        assert_eq!(
            text,
            "27:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        );
        assert_eq!(text.parse(), Ok(head.clone()));
        assert_eq!(text.to_uppercase().parse(), Ok(head));
        assert_eq!("0:".parse(), Ok(Head::default()));
    }

    /// An event with these parts behind its address: what else it concerns, its owner, its details, the server's id of its
    /// request, and what else was touched.
    fn mac(parts: [&[u8]; 5]) -> Vec<u8> {
        let [related, owner, detail, server_request_id, touched] = parts;
        let sealed = Sealed {
            at_ms: 1,
            actor: b"root",
            action: b"key.changed",
            target: &[1; 16],
            outcome: b"done",
            request_id: &[2; 16],
            address: b"",
            more: Sealed::more_of([related, owner, detail]),
            server_request_id,
            touched,
        };
        sealed
            .behind(&Head::default(), &Pepper::new(1, &[7; 32]))
            .mac
    }

    #[test]
    fn an_event_that_has_touched_nothing_else_has_the_mac_that_it_always_had() {
        let signer = Pepper::new(1, &[7; 32]);
        let [position, at_ms] = [1_i64.to_be_bytes(), 1_i64.to_be_bytes()];
        let (id, more) = ([1; 16], [3; 16]);
        let early: [&[u8]; 9] = [
            b"",
            &position,
            &at_ms,
            b"root",
            b"key.changed",
            &id,
            b"done",
            &[2; 16],
            b"",
        ];
        let later = [&early[..], &[b"", &more, b"name"]].concat();
        let own = [&later[..], &[&more]].concat();
        assert_eq!(mac([b"", b"", b"", b"", b""]), signer.mac(&early).0);
        assert_eq!(mac([b"", &more, b"name", b"", b""]), signer.mac(&later).0);
        assert_eq!(mac([b"", &more, b"name", &more, b""]), signer.mac(&own).0);
    }

    #[test]
    fn bytes_that_are_moved_to_another_part_do_not_have_the_same_mac() {
        let (id, touched) = ([3; 16], [1; 17]);
        let events: [[&[u8]; 5]; 12] = [
            [b"", b"", b"", b"", b""],
            [b"", b"", b"", b"", &touched],
            [b"", b"", b"", &touched, b""],
            [b"", b"", &touched, b"", b""],
            [b"", b"", b"", &touched[..16], &touched[16..]],
            [b"", b"", &touched[..16], b"", &touched[16..]],
            [b"", b"", b"", &touched[..1], &touched[1..]],
            [b"", &id, b"", b"", &touched],
            [b"", &id, b"", &touched, b""],
            [&id, b"", b"", b"", &touched],
            [b"", b"", b"", &id, &touched],
            [b"", b"", &id, b"", &touched],
        ];
        let mut macs = events.map(mac);
        macs.sort_unstable();
        assert!(macs.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let mac = "ab".repeat(32);
        for text in [
            String::new(),
            "27".to_owned(),
            "27:".to_owned(),
            format!("0:{mac}"),
            format!("-1:{mac}"),
            format!("x:{mac}"),
            format!("27:{}", &mac[1..]),
            format!("27:{mac}00"),
            format!("27:+{}", &mac[1..]),
            format!("27:é{}", &mac[2..]),
        ] {
            assert_eq!(text.parse::<Head>(), Err(HeadError), "{text}");
        }
    }
}
