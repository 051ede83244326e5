//! Random changes, as a keyring would write them: mostly of what is there, some of what their own batch makes.
//! Leaves making them to the histories.

use fastrand::Rng;
use keywright_model::credits::{Period, Refill};
use keywright_model::event::Actor;
use keywright_model::id::{KeyId, OwnerId, RequestId, TokenId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, Usage};
use keywright_model::limit::{Limit, RateLimit};
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::principal::TokenUse;
use keywright_model::scope::Scopes;
use keywright_model::secret::Digest;
use keywright_store::{
    Amendment, Authority, Change, KeyAmendment, NewCredits, NewKey, NewReplay, Place, Rekeyed,
    Reservation, Settlement, Trail, Write, Written,
};
use uuid::Uuid;

pub(crate) const NOW_MS: i64 = 1_773_576_000_000;
const HOUR_MS: i64 = 3_600_000;
/// Versions of the pepper.
const PEPPERS: u8 = 3;
/// Longer than a history: a token that is over is never revoked, and with each commit its row may go.
const TOKEN_MS: i64 = 1000 * HOUR_MS;

/// A key that was drafted, whether it was issued or not.
#[derive(Clone, Copy)]
struct Drafted {
    id: KeyId,
    kind: Kind,
    owner_id: OwnerId,
}

/// What the changes are made of.
pub(crate) struct Changes {
    random: Rng,
    now_ms: i64,
    next: u128,
    owners: Vec<(OwnerId, OwnerKind)>,
    keys: Vec<Drafted>,
    reserved: Vec<Reservation>,
    retries: u8,
}

impl Changes {
    pub(crate) fn new(random: Rng) -> Self {
        Self {
            random,
            now_ms: NOW_MS,
            next: 0,
            owners: Vec::new(),
            keys: Vec::new(),
            reserved: Vec::new(),
            retries: 0,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Mostly a little; now and then a day, so that credits come back.
    pub(crate) fn step_clock(&mut self) {
        self.now_ms += match self.random.u8(..) {
            0..80 => 0,
            80..240 => self.random.i64(1..1000),
            240.. => self.random.i64(8 * HOUR_MS..30 * HOUR_MS),
        };
    }

    /// For each key that was ever drafted, the digests that it has or had.
    pub(crate) fn digests(&self) -> impl Iterator<Item = impl Iterator<Item = Digest>> {
        let keys = self.keys.iter();
        keys.map(|drafted| (1..=PEPPERS).map(|version| digest(drafted.id, version)))
    }

    /// Keeps credits that were reserved, to give some of them back.
    pub(crate) fn learn(&mut self, outcome: &Written) {
        if let Written::Reserved(Some(reserved)) = outcome {
            self.reserved.push(*reserved);
        }
    }

    pub(crate) fn batch(&mut self, len: usize) -> Vec<Write> {
        (0..len).map(|_| self.write()).collect()
    }

    fn write(&mut self) -> Write {
        if self.keys.len() < 2 {
            return self.by_root(Self::add_owner);
        }
        match self.random.u8(0..100) {
            0..4 => self.by_root(Self::add_owner),
            4..26 => self.by_somebody(Self::issue),
            26..52 => self.rotate(),
            52..58 => self.rotate_of_owner(),
            58..72 => self.by_somebody(Self::amend_key),
            72..76 => self.by_root(Self::rekey),
            76..82 => self.by_somebody(Self::revoke),
            82..85 => self.by_root(Self::revoke_named),
            85..88 => self.by_somebody(Self::revoke_token),
            88..91 => self.by_root(Self::reserve),
            91..94 => self.by_root(Self::settle),
            94..97 => self.by_somebody(Self::amend_owner),
            97 => self.by_root(Self::charge),
            98 => self.by_somebody(Self::delete_owner),
            _ => self.by_root(Self::revoke),
        }
    }

    fn by_root(&mut self, change: impl FnOnce(&mut Self) -> Change) -> Write {
        let change = change(self);
        self.written(Authority::default(), change)
    }

    fn by_somebody(&mut self, change: impl FnOnce(&mut Self) -> Change) -> Write {
        let authority = if self.random.u8(..) < 150 {
            Authority::default()
        } else {
            let caller = self.key();
            self.held_by(caller)
        };
        let change = change(self);
        self.written(authority, change)
    }

    fn held_by(&mut self, caller: Drafted) -> Authority {
        let has_token = self.random.u8(..) < 30;
        let scopes = if self.random.u8(..) < 30 {
            "keys:write"
        } else {
            ""
        };
        Authority {
            key_id: Some(caller.id),
            token: has_token.then(|| self.token()),
            scopes: Scopes::read(scopes).unwrap_or_default(),
            owner_ids: vec![caller.owner_id],
            keys_max: None,
        }
    }

    fn written(&mut self, authority: Authority, change: Change) -> Write {
        let is_limited = self.random.u8(..) < 80;
        let is_repeated = change.issues().is_some() && self.random.u8(..) < 80;
        Write {
            authority: Authority {
                keys_max: is_limited.then(|| self.random.u32(1..6)),
                ..authority
            },
            change,
            trail: Trail {
                actor: Actor::Root,
                request_id: RequestId(Uuid::nil()),
                server_request_id: None,
                address: None,
            },
            replay: is_repeated.then(|| self.replay()),
        }
    }

    /// An answer to keep under a new retry key, or under one of the last.
    fn replay(&mut self) -> NewReplay {
        let is_new = self.random.bool();
        self.retries += u8::from(is_new);
        let retry = self.retries.saturating_sub(self.random.u8(0..4));
        NewReplay {
            id: Digest([retry; 32]),
            fingerprint: [u8::from(self.random.u8(..) < 40); 32],
            sealed_secret: vec![self.random.u8(..)],
            serves_replaced_key: self.random.bool(),
            expires_at_ms: self.now_ms + self.random.i64(1..5000),
        }
    }

    fn add_owner(&mut self) -> Change {
        let is_taken = !self.owners.is_empty() && self.random.u8(..) < 20;
        let kind = if self.random.u8(..) < 60 {
            OwnerKind::User
        } else {
            OwnerKind::Organization
        };
        let has_parent = !self.owners.is_empty() && self.random.bool();
        let parent_id = has_parent.then(|| self.owner());
        let parent_id = parent_id.filter(|_| kind == OwnerKind::Organization);
        let id = if is_taken {
            self.owner()
        } else {
            OwnerId(self.new_id())
        };
        self.owners.push((id, kind));
        let first_kind = match kind {
            OwnerKind::User => Kind::User,
            OwnerKind::Organization => Kind::Organization,
        };
        Change::AddOwner {
            owner: self.new_owner(id, kind, parent_id),
            first_key: Some(self.new_key(first_kind, id)),
        }
    }

    fn new_owner(&self, id: OwnerId, kind: OwnerKind, parent_id: Option<OwnerId>) -> Owner {
        Owner {
            id,
            kind,
            name: Some("Example Works".to_owned()),
            email: None,
            plan: None,
            parent_id,
            suspended: false,
            rate_limits: Vec::new(),
            spending: Spending::default(),
            created_at_ms: self.now_ms,
            updated_at_ms: self.now_ms,
            deleted_at_ms: None,
            unreadable: Vec::new(),
        }
    }

    fn amend_owner(&mut self) -> Change {
        let amendment = match self.random.u8(0..4) {
            0 => Amendment {
                suspended: Some(true),
                ..Amendment::default()
            },
            1 => Amendment {
                rate_limits: Some(self.rate_limits()),
                ..Amendment::default()
            },
            _ => Amendment {
                suspended: Some(false),
                name: Some("Sample Works".to_owned()),
                ..Amendment::default()
            },
        };
        let id = self.owner();
        Change::AmendOwner { id, amendment }
    }

    fn delete_owner(&mut self) -> Change {
        Change::DeleteOwner { id: self.owner() }
    }

    fn charge(&mut self) -> Change {
        Change::Charge {
            id: self.owner(),
            credits: self.random.i64(1..50),
            allowance: 100,
            month: Period::Month.of(self.now_ms),
        }
    }

    fn issue(&mut self) -> Change {
        let kinds = [
            Kind::Named,
            Kind::Named,
            Kind::Standard,
            Kind::Standard,
            Kind::Client,
            Kind::Control,
            Kind::Organization,
        ];
        let kind = kinds[self.random.usize(..kinds.len())];
        let owner_id = self.owner();
        let mut new = self.new_key(kind, owner_id);
        let key = &mut new.key;
        if kind == Kind::Named || self.random.u8(..) < 40 {
            key.name = Some(name(&mut self.random));
        }
        if kind == Kind::Control {
            let scopes = ["keys:write owners:write", "keys:write"];
            key.scopes = Scopes::read(scopes[self.random.usize(..2)]).unwrap();
            key.reach = if self.random.bool() {
                Reach::All
            } else {
                Reach::Owner
            };
        }
        if self.random.u8(..) < 60 {
            key.expires_at_ms = Some(self.now_ms + self.random.i64(1..3000));
        }
        if self.random.u8(..) < 100 {
            key.credits = Some(credits(&mut self.random).from(self.now_ms));
        }
        Change::Issue(new)
    }

    fn rotate(&mut self) -> Write {
        let old = self.key();
        let is_alike = self.random.u8(..) < 245;
        let kind = if is_alike { old.kind } else { Kind::Client };
        let grace_ms = if self.random.bool() {
            0
        } else {
            self.random.i64(1..4000)
        };
        let authority = match self.random.u8(0..4) {
            0 => self.held_by(old),
            1 => {
                let caller = self.key();
                self.held_by(caller)
            }
            _ => Authority::default(),
        };
        let change = Change::Replace {
            place: Place::Of(old.id),
            grace_ms,
            successor: self.new_key(kind, old.owner_id),
        };
        self.written(authority, change)
    }

    fn rotate_of_owner(&mut self) -> Write {
        let owner_id = self.owner();
        let mut authority = if self.random.bool() {
            Authority::default()
        } else {
            let caller = self.key();
            self.held_by(caller)
        };
        // As for every rotation of this kind.
        authority.owner_ids.push(owner_id);
        let change = Change::Replace {
            place: Place::OfOwner,
            grace_ms: 0,
            successor: self.new_key(Kind::Organization, owner_id),
        };
        self.written(authority, change)
    }

    fn amend_key(&mut self) -> Change {
        let id = self.key().id;
        let mut amendment = KeyAmendment::default();
        let random = &mut self.random;
        match random.u8(0..8) {
            0 => amendment.enabled = Some(random.bool()),
            1 | 2 => amendment.name = Some(Some(name(random))),
            3 => amendment.credits = Some(random.bool().then(|| credits(random))),
            4 => amendment.rate_limits = Some(self.rate_limits()),
            5 => {
                let end_ms = self.now_ms + random.i64(1..5000);
                amendment.expires_at_ms = Some(random.bool().then_some(end_ms));
            }
            6 => {
                amendment.enabled = Some(true);
                amendment.credits = Some(Some(credits(random)));
                amendment.rate_limits = Some(self.rate_limits());
            }
            _ => amendment.scopes = Scopes::read("keys:write"),
        }
        Change::AmendKey {
            id,
            amendment: Box::new(amendment),
        }
    }

    fn rekey(&mut self) -> Change {
        let mut rekeyed = Vec::new();
        for _ in 0..self.random.usize(1..4) {
            let id = self.key().id;
            let version = self.random.u8(1..PEPPERS);
            rekeyed.push(Rekeyed {
                id,
                from: digest(id, version),
                to: digest(id, version + 1),
                pepper_version: u32::from(version) + 1,
            });
        }
        Change::Rekey(rekeyed)
    }

    fn revoke(&mut self) -> Change {
        Change::Revoke {
            id: self.key().id,
            reason: RevocationReason::Superseded,
        }
    }

    fn revoke_named(&mut self) -> Change {
        Change::RevokeNamed {
            owner_id: self.owner(),
            name: name(&mut self.random),
            reason: RevocationReason::Unspecified,
        }
    }

    fn revoke_token(&mut self) -> Change {
        let client = self.key();
        Change::RevokeToken {
            token: self.token(),
            client_id: client.id,
            owner_id: client.owner_id,
        }
    }

    fn token(&mut self) -> TokenUse {
        let number = self.random.u8(1..8);
        TokenUse {
            id: TokenId(Uuid::from_u128(number.into())),
            expires_at_ms: NOW_MS + i64::from(number) * TOKEN_MS,
        }
    }

    fn reserve(&mut self) -> Change {
        Change::Reserve {
            lineage: self.key().id,
            needed: self.random.i64(1..30),
        }
    }

    fn settle(&mut self) -> Change {
        let mut settlement = Settlement::default();
        for _ in 0..self.random.usize(1..3) {
            let usage = Usage {
                count: self.random.i64(1..9),
                last_at_ms: Some(self.now_ms),
            };
            settlement.usage.push((self.key().id, usage));
        }
        settlement.unspent.extend(self.reserved.pop());
        Change::Settle(settlement)
    }

    fn rate_limits(&mut self) -> Vec<RateLimit> {
        let limit = Limit {
            count: self.random.u64(1..100),
            window_s: 60,
            burst: 5,
        };
        let name = "each".to_owned();
        let limit = RateLimit { name, limit };
        if self.random.bool() {
            vec![limit]
        } else {
            Vec::new()
        }
    }

    fn new_key(&mut self, kind: Kind, owner_id: OwnerId) -> NewKey {
        let id = KeyId(self.new_id());
        self.keys.push(Drafted { id, kind, owner_id });
        NewKey {
            key: Key::draft(id, kind, owner_id, "kw_...abcd".to_owned(), self.now_ms),
            digest: digest(id, 1),
            pepper_version: 1,
        }
    }

    /// One of the newest keys, which its own batch may make, or any.
    fn key(&mut self) -> Drafted {
        let first = if self.random.u8(..) < 160 {
            self.keys.len().saturating_sub(8)
        } else {
            0
        };
        self.keys[self.random.usize(first..self.keys.len())]
    }

    /// One of the newest owners, or any.
    fn owner(&mut self) -> OwnerId {
        let first = if self.random.u8(..) < 200 {
            self.owners.len().saturating_sub(3)
        } else {
            0
        };
        self.owners[self.random.usize(first..self.owners.len())].0
    }

    fn new_id(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }
}

fn name(random: &mut Rng) -> String {
    ["ci", "cd", "cli"][random.usize(..3)].to_owned()
}

fn credits(random: &mut Rng) -> NewCredits {
    let refill = Refill {
        amount: 40,
        every: Period::Day,
    };
    NewCredits {
        remaining: random.i64(0..60),
        refill: random.bool().then_some(refill),
    }
}

fn digest(id: KeyId, version: u8) -> Digest {
    // The bytes that differ come first: there a Bloom filter looks.
    let mut digest = [0; 32];
    digest[16..].copy_from_slice(id.0.as_bytes());
    digest.reverse();
    digest[4] = version;
    Digest(digest)
}
