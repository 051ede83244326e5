//! The commands on keys.
//! Leaves how keys are shown to `keys::show` and the verdict on a secret to `keys::verify`.

mod secrets;
mod self_revoke;
mod show;
mod verify;

use clap::{Args, Subcommand};
use keywright_sdk::control::types::{
    CreateKeyIdempotencyKey, KeyInput, KeyInputIpAllowItem, KeyInputName, KeyInputPrefix,
    KeyInputScopesItem, KeyKind, KeyPatch, KeyPatchIpAllowItem, KeyPatchName, KeyPatchScopesItem,
    KeyReach, KeyState, ListKeysName, RemovableMember, Revocation, RevocationReason,
    RotateKeyIdempotencyKey, Rotation,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::failure::Failure;
use super::paging::{Page, Paging};
use super::value::{
    CreditSettings, Expiry, OtherRateLimits, RateLimits, checked, choice, grace, id, metadata,
    replacement, some_change, typed,
};
use super::{End, Operator, help_with_exit_codes};
use self_revoke::SelfRevoke;
use verify::Verify;

const KINDS: &[&str] = &[
    "user",
    "organization",
    "client",
    "named",
    "standard",
    "control",
];
const REACHES: &[&str] = &["owner", "all"];
const STATES: &[&str] = &["live", "disabled", "expired", "revoked", "replaced"];
const REMOVABLE: &[&str] = &["name", "expires_at", "credits", "ip_allow", "rate_limits"];
const REASONS: &[&str] = &[
    "unspecified",
    "key_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "privilege_withdrawn",
];

pub(super) const HELP: &str = help_with_exit_codes!(
    "\
Examples:
  keywright keys create --owner 01a200bc-4534-737b-a280-8a4ce31f4780 --name ci --scope reports:read
  keywright keys create --owner 01a200bc-4534-737b-a280-8a4ce31f4780 --expires-in 30d \\
      --rate-limit requests=100/1m,burst=10 --credits 1000 --refill 1000/day --ip-allow 203.0.113.0/24
  keywright keys verify                                paste the key; it does not show
  keywright keys verify --file keys.txt --scope reports:read
  keywright keys rotate 01a200bc-4542-7596-9e8d-d7688794b979 --grace 1h
  keywright keys revoke 01a200bc-4542-7596-9e8d-d7688794b979 --reason key_compromise
  keywright keys self-revoke < leaked.txt              needs no control key

No command takes a key as an argument: every user of this machine sees those."
);

/// What can be asked about keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Issue a key; its secret is shown this once.
    Create(Box<Create>),
    /// List keys, oldest first, never with a secret.
    List(List),
    /// Show a key, in whatever state it is and never with its secret.
    Show {
        /// The key's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Change a key; what is not given stays as it is.
    Update(Box<Update>),
    /// Switch a key on again.
    Enable {
        /// The key's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Switch a key off until it is enabled.
    Disable {
        /// The key's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Put a new key in the place of one; the new secret is shown this once.
    Rotate {
        /// The id of the key that is replaced.
        #[arg(value_parser = id)]
        id: Uuid,
        /// How long the old key goes on working, as in 1h, up to 30d.
        #[arg(long, value_name = "SPAN", default_value = "0s", value_parser = grace)]
        grace: i32,
        /// Repeat a command with this value within ten minutes to get the same new key, not another one.
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<RotateKeyIdempotencyKey>,
    },
    /// End a key for good.
    Revoke {
        /// The key's id.
        #[arg(value_parser = id)]
        id: Uuid,
        /// Why, in the words of RFC 5280.
        #[arg(long, value_parser = choice::<RevocationReason>(REASONS))]
        reason: Option<RevocationReason>,
    },
    /// End a key by its secret; needs no control key, only the key itself.
    ///
    /// The key is read from standard input or a file. On a terminal it is asked for, and does not show.
    SelfRevoke(SelfRevoke),
    /// Say whether keys are good, by their secrets; ends with 10 when one is not.
    ///
    /// The keys are read from standard input or a file, one a line. On a terminal it asks for one,
    /// which does not show.
    Verify(Verify),
}

/// A key to issue.
#[derive(Debug, Args)]
pub struct Create {
    /// User or organization that the key is for.
    #[arg(long, value_name = "ID", value_parser = id)]
    owner: Uuid,
    /// What the key is for: one of the four documented contracts, an application of your own
    /// (standard), or these commands (control).
    #[arg(long, default_value = "standard", value_parser = choice::<KeyKind>(KINDS))]
    kind: KeyKind,
    /// What to call the key; client and named keys must have a name.
    #[arg(long)]
    name: Option<KeyInputName>,
    /// What the secret of a standard or control key begins with, before an underscore.
    #[arg(long)]
    prefix: Option<KeyInputPrefix>,
    /// Scope that the key may be used for. May be given several times.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = checked::<KeyInputScopesItem>)]
    scopes: Vec<String>,
    /// No scopes at all, not even those that a named or client key gets otherwise.
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    /// Whom a control key acts on: its owner and the organizations below, or everybody; `owner` if not given.
    #[arg(long, value_parser = choice::<KeyReach>(REACHES))]
    reach: Option<KeyReach>,
    #[command(flatten)]
    expiry: Expiry,
    #[command(flatten)]
    rate_limits: RateLimits,
    #[command(flatten)]
    credits: CreditSettings,
    /// Address or network that the key may be used from; from anywhere without any. May be given
    /// several times.
    #[arg(long, value_name = "CIDR", value_parser = checked::<KeyInputIpAllowItem>)]
    ip_allow: Vec<String>,
    /// JSON object to keep with the key; whoever verifies the key sees it.
    #[arg(long, value_name = "JSON", value_parser = metadata)]
    metadata: Option<Map<String, Value>>,
    /// Repeat a command with this value within ten minutes to get the same key, not a second one.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<CreateKeyIdempotencyKey>,
}

/// Which keys to list.
#[derive(Debug, Args)]
pub struct List {
    /// Only keys of this user or organization.
    #[arg(long, value_name = "ID", value_parser = id)]
    owner: Option<Uuid>,
    /// Only keys of this kind.
    #[arg(long, value_parser = choice::<KeyKind>(KINDS))]
    kind: Option<KeyKind>,
    /// Only keys in this state.
    #[arg(long, value_parser = choice::<KeyState>(STATES))]
    state: Option<KeyState>,
    /// Only keys with exactly this name.
    #[arg(long)]
    name: Option<ListKeysName>,
    #[command(flatten)]
    paging: Paging,
}

/// What to change of a key.
#[derive(Debug, Args)]
pub struct Update {
    /// The key's id.
    #[arg(value_parser = id)]
    id: Uuid,
    /// Whether the key is switched on.
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// What to call the key.
    #[arg(long)]
    name: Option<KeyPatchName>,
    /// Scope that the key may be used for, in place of all before. May be given several times.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = checked::<KeyPatchScopesItem>)]
    scopes: Vec<String>,
    /// Take all scopes away.
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    /// Whom a control key acts on: its owner and the organizations below, or everybody.
    #[arg(long, value_parser = choice::<KeyReach>(REACHES))]
    reach: Option<KeyReach>,
    #[command(flatten)]
    expiry: Expiry,
    #[command(flatten)]
    rate_limits: OtherRateLimits,
    #[command(flatten)]
    credits: CreditSettings,
    /// Address or network that the key may be used from, in place of all before. May be given
    /// several times.
    #[arg(long, value_name = "CIDR", value_parser = checked::<KeyPatchIpAllowItem>)]
    ip_allow: Vec<String>,
    /// Let the key be used from anywhere.
    #[arg(long, conflicts_with = "ip_allow")]
    no_ip_allow: bool,
    /// JSON object to keep with the key, in place of the one before.
    #[arg(long, value_name = "JSON", value_parser = metadata)]
    metadata: Option<Map<String, Value>>,
    /// Take this away: the name, the expiry, the limit that credits are, the networks that the key is bound to, or
    /// its rate limits. May be given several times.
    #[arg(long, value_name = "MEMBER", value_parser = choice::<RemovableMember>(REMOVABLE))]
    remove: Vec<RemovableMember>,
}

impl Command {
    /// Whether it needs a control key: to end a key by its secret, none.
    pub(super) fn needs_control_key(&self) -> bool {
        !matches!(self, Self::SelfRevoke(_))
    }

    /// Whether it wants keys from standard input.
    pub(super) fn takes_standard_input(&self) -> bool {
        match self {
            Self::Verify(verify) => verify.takes_standard_input(),
            Self::SelfRevoke(revoke) => revoke.takes_standard_input(),
            _ => false,
        }
    }

    pub(super) async fn run(self, operator: &Operator) -> Result<End, Failure> {
        match self {
            Self::Create(create) => create.run(operator).await?,
            Self::List(list) => list.run(operator).await?,
            Self::Show { id } => {
                let key = operator.client.read_key().id(id).send().await?;
                operator.output.show(&key.into_inner())?;
            }
            Self::Update(update) => update.run(operator).await?,
            Self::Enable { id } => change(operator, id, switch(true)).await?,
            Self::Disable { id } => change(operator, id, switch(false)).await?,
            Self::Rotate {
                id,
                grace,
                idempotency_key,
            } => rotate(operator, id, grace, idempotency_key).await?,
            Self::Revoke { id, reason } => {
                let request = operator.client.revoke_key().id(id);
                let key = request.body(Revocation { reason }).send().await?;
                operator.output.show(&key.into_inner())?;
            }
            Self::SelfRevoke(revoke) => revoke.run(operator).await?,
            Self::Verify(verify) => return verify.run(operator).await,
        }
        Ok(End::Done)
    }
}

impl Create {
    async fn run(self, operator: &Operator) -> Result<(), Failure> {
        let key = KeyInput {
            kind: self.kind,
            owner_id: self.owner,
            name: self.name,
            prefix: self.prefix,
            scopes: replacement(typed(self.scopes)?, self.no_scopes),
            reach: self.reach,
            expires_at: self.expiry.at(),
            rate_limits: self.rate_limits.limits,
            credits: self.credits.into_credits(),
            ip_allow: typed(self.ip_allow)?,
            metadata: self.metadata.unwrap_or_default(),
        };
        let mut request = operator.client.create_key().body(key);
        if let Some(key) = self.idempotency_key {
            request = request.idempotency_key(key);
        }
        let issued = request.send().await?.into_inner();
        operator.output.show_secret(&issued, &issued.secret)
    }
}

impl List {
    async fn run(self, operator: &Operator) -> Result<(), Failure> {
        let Self {
            owner,
            kind,
            state,
            name,
            paging,
        } = self;
        let fetch = async |limit, cursor: Option<String>| {
            let mut request = operator.client.list_keys().limit(limit);
            if let Some(owner) = owner {
                request = request.owner_id(owner);
            }
            if let Some(kind) = kind {
                request = request.kind(kind);
            }
            if let Some(state) = state {
                request = request.state(state);
            }
            if let Some(name) = &name {
                request = request.name(name.clone());
            }
            if let Some(cursor) = cursor {
                request = request.cursor(cursor);
            }
            let page = request.send().await?.into_inner();
            Ok(Page::new(page.items, page.next_cursor))
        };
        operator.output.show_page(&paging.collect(fetch).await?)
    }
}

impl Update {
    async fn run(self, operator: &Operator) -> Result<(), Failure> {
        let (rate_limits, no_rate_limits) = self.rate_limits.into_parts();
        let mut remove = self.remove;
        for (member, is_removed) in [
            (RemovableMember::IpAllow, self.no_ip_allow),
            (RemovableMember::RateLimits, no_rate_limits),
        ] {
            if is_removed && !remove.contains(&member) {
                remove.push(member);
            }
        }
        let patch = KeyPatch {
            enabled: self.enabled,
            name: self.name,
            scopes: replacement(typed(self.scopes)?, self.no_scopes),
            reach: self.reach,
            expires_at: self.expiry.at(),
            rate_limits,
            credits: self.credits.into_credits(),
            ip_allow: typed(self.ip_allow)?,
            metadata: self.metadata,
            remove: replacement(remove, false),
        };
        change(operator, self.id, some_change(patch)?).await
    }
}

async fn change(operator: &Operator, id: Uuid, patch: KeyPatch) -> Result<(), Failure> {
    let key = operator.client.update_key().id(id).body(patch).send();
    operator.output.show(&key.await?.into_inner())
}

fn switch(enabled: bool) -> KeyPatch {
    KeyPatch {
        enabled: Some(enabled),
        ..KeyPatch::default()
    }
}

async fn rotate(
    operator: &Operator,
    id: Uuid,
    grace_seconds: i32,
    idempotency_key: Option<RotateKeyIdempotencyKey>,
) -> Result<(), Failure> {
    let request = operator.client.rotate_key().id(id);
    let mut request = request.body(Rotation { grace_seconds });
    if let Some(key) = idempotency_key {
        request = request.idempotency_key(key);
    }
    let issued = request.send().await?.into_inner();
    operator.output.show_secret(&issued, &issued.secret)
}
