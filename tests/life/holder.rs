//! Who holds a credential of each kind, on a server of these tests.
//! Leaves where the credential can be presented to `path`.

use std::ops::Deref;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::path::Path;
use crate::support::issuer::{Issuer, claims};
use crate::support::site::Site;
use crate::support::{Clocked, Root};

/// A server without limits of its own, that trusts an issuer of tokens.
pub(super) struct Stage {
    server: Clocked,
    issuer: Issuer,
    /// Where the server found the issuer's keys.
    _folder: TempDir,
}

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Organization,
    /// The key of an organization that acts for one below it.
    Parent,
    Named,
    /// A client key, and a token that was minted from it.
    Client,
    Standard,
    Control,
    /// A token of a trusted issuer.
    Issuer,
}

/// A credential with what else is needed to present it.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) site: Site,
    pub(super) kind: Kind,
    pub(super) owner_id: String,
    /// Empty where it is the token of an issuer.
    pub(super) key_id: String,
    /// The key, or the token of an issuer.
    pub(super) secret: String,
    /// A token of a client key.
    pub(super) token: String,
    /// The organization that a parent acts for.
    pub(super) child_id: String,
}

impl Stage {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("issuer.json");
        let issuer = Issuer::new();
        std::fs::write(&file, issuer.keys().to_string()).unwrap();
        let settings = json!({
            "user_key": { "rate_limit_per_minute": 0 },
            "authorize": { "kinds": [
                "standard", "user", "organization", "client", "named", "control",
            ] },
            "tokens": { "issuers": [{
                "issuer": "https://issuer.example",
                "audience": "keywright",
                "jwks_file": file,
                "organizations": ["*"],
                "organization_claim": "tenant",
            }] },
        });
        let server = Clocked::with(settings).await;
        Self {
            server,
            issuer,
            _folder: folder,
        }
    }

    pub(super) async fn finish(self) {
        // On the heap, as every test would carry it otherwise.
        Box::pin(self.server.finish()).await;
    }

    /// A holder of a new credential of this kind.
    pub(super) async fn holder(&self, kind: Kind) -> Holder {
        match kind {
            Kind::User => {
                let user = self.root().user().await;
                self.hold(kind, &user.id, &user.key_id, &user.key)
            }
            Kind::Organization => {
                let own = self.root().organization().await;
                self.hold(kind, &own.id, &own.key_id, &own.key)
            }
            Kind::Parent => {
                let own = self.root().organization().await;
                let child = self.root().organization_below(&own).await;
                Holder {
                    child_id: child.id,
                    ..self.hold(kind, &own.id, &own.key_id, &own.key)
                }
            }
            Kind::Issuer => {
                let own = self.root().organization().await;
                let token = self.issuers_token(&own.id);
                self.hold(kind, &own.id, "", &token)
            }
            Kind::Named | Kind::Client | Kind::Standard | Kind::Control => {
                self.issued(kind, json!({})).await
            }
        }
    }

    /// A holder whose credential has passed on every path, and so is in the server's memory.
    pub(super) async fn used(&self, kind: Kind) -> Holder {
        let mut holder = self.holder(kind).await;
        holder.is_used().await;
        holder
    }

    /// A holder of a new key that has these members, too.
    pub(super) async fn issued(&self, kind: Kind, more: Value) -> Holder {
        let root = self.root();
        let owner_id = match kind {
            Kind::Standard | Kind::Control => root.user().await.id,
            _ => root.organization().await.id,
        };
        let mut body = json!({
            "kind": kind.word(), "owner_id": owner_id, "name": "first", "scopes": kind.scopes(),
        });
        if kind == Kind::Control {
            body["reach"] = json!("all");
        }
        let members = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        let made = root.issue(body).await;
        self.hold(kind, &owner_id, "", "").with_key(&made).await
    }

    /// A token of the trusted issuer for an organization.
    pub(super) fn issuers_token(&self, organization_id: &str) -> String {
        self.issuer.token(&claims(organization_id))
    }

    fn hold(&self, kind: Kind, owner_id: &str, key_id: &str, secret: &str) -> Holder {
        Holder {
            site: Site::clone(self),
            kind,
            owner_id: owner_id.to_owned(),
            key_id: key_id.to_owned(),
            secret: secret.to_owned(),
            token: String::new(),
            child_id: String::new(),
        }
    }
}

impl Deref for Stage {
    type Target = Clocked;

    fn deref(&self) -> &Clocked {
        &self.server
    }
}

impl Kind {
    /// Every kind with a key behind it.
    pub(super) const KEYS: [Self; 7] = [
        Self::User,
        Self::Organization,
        Self::Parent,
        Self::Named,
        Self::Client,
        Self::Standard,
        Self::Control,
    ];
    /// The kinds that are issued by themselves, and may go on for a grace.
    pub(super) const ISSUED: [Self; 4] = [Self::Named, Self::Client, Self::Standard, Self::Control];

    /// What the documents call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization | Self::Parent => "organization",
            Self::Named => "named",
            Self::Client => "client",
            Self::Standard => "standard",
            Self::Control => "control",
            Self::Issuer => "no key",
        }
    }

    /// The scopes that its holder begins with.
    pub(super) const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Named => &["Read", "Write"],
            Self::Client => &["create:api-key", "read:api-key", "delete:api-key"],
            Self::Standard => &["reports:read"],
            Self::Control => &["keys:read", "owners:write"],
            Self::User | Self::Organization | Self::Parent | Self::Issuer => &[],
        }
    }

    const fn owners(self) -> &'static str {
        match self {
            Self::User | Self::Standard | Self::Control => "/v1/users",
            _ => "/v1/organizations",
        }
    }
}

impl Holder {
    pub(super) fn root(&self) -> Root {
        self.site.root()
    }

    /// Where the operator finds the owner.
    pub(super) fn owner(&self) -> String {
        format!("{}/{}", self.kind.owners(), self.owner_id)
    }

    /// Where the operator finds the key.
    pub(super) fn key(&self) -> String {
        format!("/v1/keys/{}", self.key_id)
    }

    /// Presents the credential on every path.
    pub(super) async fn is_used(&mut self) {
        for path in Path::all_of(self.kind) {
            path.passes(self).await;
        }
    }

    /// Lets the operator change the key.
    pub(super) async fn amend(&self, patch: Value) {
        self.root().patch(&self.key(), patch).await.expect(200);
    }

    /// Lets the operator rotate the key; the new one is in the hand of whoever is returned.
    pub(super) async fn rotated(&self, grace_s: u32) -> Self {
        let rotation = json!({ "grace_seconds": grace_s });
        let target = format!("{}/rotate", self.key());
        let made = self.root().post(&target, rotation).await.expect(200).json();
        self.clone().with_key(&made).await
    }

    /// The same holder with a key that was just issued and, where it is a client key, a token of it.
    async fn with_key(mut self, issued: &Value) -> Self {
        let text = |pointer: &str| {
            issued
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        self.key_id = text("/key/id");
        self.secret = text("/secret");
        if self.kind == Kind::Client {
            let answer = self.token_request().send().await.expect(200);
            self.token = answer.string("/access_token");
        }
        self
    }
}
