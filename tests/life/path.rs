//! Every path on which a credential is judged, how it is presented there, and how it is refused.
//! Leaves who holds it to `holder`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::holder::{Holder, Kind};
use crate::support::{Answer, Request};

/// A way to present a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    Verify,
    /// `Cache-Control: no-cache`.
    VerifyAfresh,
    VerifyBatch,
    Authorize,
    /// In `X-Api-Key`.
    AuthorizeByHeader,
    RotateUser,
    ReadUser,
    RotateOrganization,
    /// With the key of the organization above.
    RotateChild,
    CreateNamed,
    ListNamed,
    ReadNamed,
    DeleteNamed,
    /// The client key itself, at the token endpoint.
    MintToken,
    TokenCreatesClient,
    TokenListsClients,
    TokenDeletesClient,
    TokenCreatesNamed,
    TokenListsNamed,
    TokenReadsNamed,
    TokenDeletesNamed,
    ControlReads,
    ControlWrites,
}

/// How a credential is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The verdict.
    pub(super) code: &'static str,
    /// The status, wherever the credential is the caller's own.
    pub(super) status: u16,
}

pub(super) const REVOKED: Refusal = Refusal::new("REVOKED", 401);
pub(super) const REPLACED: Refusal = Refusal::new("REPLACED", 401);
pub(super) const EXPIRED: Refusal = Refusal::new("EXPIRED", 401);
pub(super) const DISABLED: Refusal = Refusal::new("DISABLED", 401);
pub(super) const OWNER_SUSPENDED: Refusal = Refusal::new("OWNER_SUSPENDED", 403);
pub(super) const FORBIDDEN_IP: Refusal = Refusal::new("FORBIDDEN_IP", 403);
pub(super) const INSUFFICIENT_SCOPE: Refusal = Refusal::new("INSUFFICIENT_SCOPE", 403);

/// The name of a key that every holder's organization lacks.
const NOBODYS: &str = "nobodys";

impl Refusal {
    const fn new(code: &'static str, status: u16) -> Self {
        Self { code, status }
    }
}

impl Holder {
    /// The request for an access token, as JSON.
    pub(super) fn token_request(&self) -> Request {
        self.site.post("/oauth/token").json(&json!({
            "grant_type": "client_credentials",
            "client_id": self.key_id,
            "client_secret": self.secret,
            "scope": self.kind.scopes().join(" "),
        }))
    }
}

impl Path {
    const JUDGED: [Self; 5] = [
        Self::Verify,
        Self::VerifyAfresh,
        Self::VerifyBatch,
        Self::Authorize,
        Self::AuthorizeByHeader,
    ];
    const TOKEN_NAMED: [Self; 4] = [
        Self::TokenCreatesNamed,
        Self::TokenListsNamed,
        Self::TokenReadsNamed,
        Self::TokenDeletesNamed,
    ];

    /// Every path on which a credential of this kind is good.
    pub(super) fn all_of(kind: Kind) -> Vec<Self> {
        let judged = Self::JUDGED.as_slice();
        let parts: [&[Self]; 2] = match kind {
            // First those that replace the key, so that the others find the new one.
            Kind::User => [&[Self::RotateUser, Self::ReadUser], judged],
            Kind::Organization => [&[Self::RotateOrganization], judged],
            Kind::Parent => [&[Self::RotateChild], &[]],
            Kind::Named => [
                &[
                    Self::CreateNamed,
                    Self::ListNamed,
                    Self::ReadNamed,
                    Self::DeleteNamed,
                ],
                judged,
            ],
            Kind::Client => {
                let own = [
                    Self::MintToken,
                    Self::TokenCreatesClient,
                    Self::TokenListsClients,
                    Self::TokenDeletesClient,
                ];
                return [&own, Self::TOKEN_NAMED.as_slice(), judged].concat();
            }
            Kind::Standard => [&[], judged],
            Kind::Control => [&[Self::ControlReads, Self::ControlWrites], judged],
            Kind::Issuer => [&Self::TOKEN_NAMED, &[]],
        };
        parts.concat()
    }

    /// Presents the credential, which must be good, and keeps the key that takes its place.
    pub(super) async fn passes(self, holder: &mut Holder) -> Answer {
        let object = self.object(holder).await;
        let answer = self.request(holder, &object).send().await;
        assert_eq!(
            answer.status,
            self.success(),
            "{self:?} of {:?}: {}",
            holder.kind,
            answer.text()
        );
        if let Some(code) = self.verdict(&answer) {
            assert_eq!(code["code"], "VALID", "{self:?} of {:?}", holder.kind);
        }
        let successor = match self {
            Self::RotateUser => answer.string("/apikey"),
            Self::RotateOrganization => answer.string("/result/api_key"),
            _ => return answer,
        };
        holder.secret = successor;
        holder.key_id = live_key_of(holder).await;
        answer
    }

    /// Presents the credential, which must be refused for this reason and no other.
    pub(super) async fn refuses(self, holder: &Holder, refusal: Refusal) {
        let answer = self.request(holder, NOBODYS).send().await;
        let what = format!("{self:?} of {:?}: {}", holder.kind, answer.text());
        let status = match (self, refusal) {
            (Self::Verify | Self::VerifyAfresh | Self::VerifyBatch, _) => 200,
            // A scope that the client key lacks, and anything else about it, in the words of RFC 6749.
            (Self::MintToken, INSUFFICIENT_SCOPE) => 400,
            (Self::MintToken, _) => 401,
            (_, refusal) => refusal.status,
        };
        assert_eq!(answer.status, status, "{what}");
        if let Some(verdict) = self.verdict(&answer) {
            assert_eq!(verdict["code"], refusal.code, "{what}");
            assert_eq!(verdict["valid"], false, "{what}");
            assert_eq!(verdict["key"]["id"], holder.key_id, "{what}");
        }
        if matches!(self, Self::Authorize | Self::AuthorizeByHeader) {
            assert_eq!(answer.header("x-key-refusal"), Some(refusal.code), "{what}");
            assert_eq!(answer.header("x-key-id"), None, "{what}");
        }
        assert_eq!(answer.header("x-key-expires-at"), None, "{what}");
    }

    /// Asserts on what an answer says of the key's end: the verdict of its `end`, and a header of the
    /// end of its `grace`.
    pub(super) fn tells(self, answer: &Answer, end: Option<&str>, grace: Option<&str>) {
        let header = answer.header("x-key-expires-at");
        match self {
            Self::Verify | Self::VerifyAfresh | Self::VerifyBatch => {
                let verdict = self.verdict(answer).unwrap();
                let told = verdict["key"].get("expires_at");
                assert_eq!(told, end.map(|end| json!(end)).as_ref(), "{self:?}");
                // The operator asks, and has a key without an end.
                assert_eq!(header, None, "{self:?}");
            }
            Self::Authorize
            | Self::AuthorizeByHeader
            | Self::CreateNamed
            | Self::ListNamed
            | Self::ReadNamed
            | Self::DeleteNamed
            | Self::ControlReads
            | Self::ControlWrites => assert_eq!(header, grace, "{self:?}"),
            _ => {}
        }
    }

    /// The status of a success.
    fn success(self) -> u16 {
        match self {
            Self::CreateNamed
            | Self::TokenCreatesNamed
            | Self::TokenCreatesClient
            | Self::ControlWrites => 201,
            Self::Authorize | Self::AuthorizeByHeader | Self::TokenDeletesClient => 204,
            _ => 200,
        }
    }

    /// What the path is about beside the credential: a name that is free, or a key that is there.
    async fn object(self, holder: &Holder) -> String {
        let other = json!({
            "kind": "named", "owner_id": holder.owner_id, "name": Uuid::now_v7().to_string(),
        });
        match self {
            Self::ReadNamed => "first".to_owned(),
            Self::DeleteNamed | Self::TokenReadsNamed | Self::TokenDeletesNamed => {
                let made = holder.root().issue(other).await;
                made["key"]["name"].as_str().unwrap().to_owned()
            }
            Self::TokenDeletesClient => {
                let mut other = other;
                other["kind"] = json!("client");
                let made = holder.root().issue(other).await;
                made["client_id"].as_str().unwrap().to_owned()
            }
            _ => Uuid::now_v7().to_string(),
        }
    }

    /// The documented request with the credential; `object` is what it is about beside it, if anything.
    pub(super) fn request(self, holder: &Holder, object: &str) -> Request {
        let Holder {
            site,
            secret,
            token,
            ..
        } = holder;
        let bearer = if holder.kind == Kind::Client {
            token
        } else {
            secret
        };
        let scopes = holder.kind.scopes();
        let question = json!({ "key": secret, "scopes": scopes, "client_ip": "127.0.0.1" });
        let authorize = format!("/v1/authorize?scope={}", scopes.join("&scope="));
        let authorize = authorize.trim_end_matches("?scope=");
        let (named, client) = (
            format!("/v0/api_keys/{object}"),
            format!("/api-keys/{object}"),
        );
        let name = json!({ "name": object });
        match self {
            Self::Verify => holder
                .root()
                .request("POST", "/v1/keys/verify")
                .json(&question),
            Self::VerifyAfresh => holder
                .root()
                .request("POST", "/v1/keys/verify")
                .header("cache-control", "no-cache")
                .json(&question),
            Self::VerifyBatch => holder
                .root()
                .request("POST", "/v1/keys/verify-batch")
                .json(&json!({ "requests": [question] })),
            Self::Authorize => site.get(authorize).bearer(secret),
            Self::AuthorizeByHeader => site.get(authorize).header("x-api-key", secret),
            Self::RotateUser | Self::ReadUser => {
                let (method, target) = match self {
                    Self::RotateUser => ("PUT", "/user/api-key"),
                    _ => ("GET", "/user/info"),
                };
                site.request(method, target)
                    .bearer(secret)
                    .header("x-exorde-api-version", "v1")
            }
            Self::RotateOrganization | Self::RotateChild => {
                let organization_id = match self {
                    Self::RotateChild => &holder.child_id,
                    _ => &holder.owner_id,
                };
                site.put("/organizations/api-keys")
                    .header("slashid-api-key", secret)
                    .header("slashid-orgid", organization_id)
            }
            Self::CreateNamed | Self::TokenCreatesNamed => {
                site.post("/v0/api_keys").bearer(bearer).json(&name)
            }
            Self::ListNamed | Self::TokenListsNamed => site.get("/v0/api_keys").bearer(bearer),
            Self::ReadNamed | Self::TokenReadsNamed => site.get(&named).bearer(bearer),
            Self::DeleteNamed | Self::TokenDeletesNamed => {
                site.request("DELETE", &named).bearer(bearer)
            }
            Self::MintToken => holder.token_request(),
            Self::TokenCreatesClient => site.post("/api-keys").bearer(bearer).json(&name),
            Self::TokenListsClients => site.get("/api-keys").bearer(bearer),
            Self::TokenDeletesClient => site.request("DELETE", &client).bearer(bearer),
            Self::ControlReads => site.get("/v1/keys?limit=1").bearer(secret),
            Self::ControlWrites => site.post("/v1/users").bearer(secret).json(&json!({})),
        }
    }

    /// The verdict in an answer, on the paths that give one.
    fn verdict(self, answer: &Answer) -> Option<Value> {
        match self {
            Self::Verify | Self::VerifyAfresh => Some(answer.json()),
            Self::VerifyBatch => Some(answer.json()["results"][0].clone()),
            _ => None,
        }
    }
}

/// The one key that a user or an organization has.
async fn live_key_of(holder: &Holder) -> String {
    let target = format!(
        "/v1/keys?owner_id={}&kind={}&state=live",
        holder.owner_id,
        holder.kind.word()
    );
    let page = holder.root().get(&target).await.expect(200).json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{page}");
    items[0]["id"].as_str().unwrap().to_owned()
}
