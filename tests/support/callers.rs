//! Who calls: the operator, and holders of each kind of key, each with what it can do.
//! Leaves how a request travels to `site`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::site::{Request, Site};

/// The operator, who holds the root key.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) site: Site,
    key: String,
}

/// The holder of a control key: it has the same operations as the operator.
pub(crate) type ControlHolder = Root;

impl Root {
    pub(crate) fn new(site: Site) -> Self {
        let key = site.root_key.clone();
        Self { site, key }
    }

    /// The same caller, in front of another server.
    pub(crate) fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// A request with this caller's key.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        self.site.request(method, target).bearer(&self.key)
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.request("GET", target).send().await
    }

    pub(crate) async fn post(&self, target: &str, body: Value) -> Answer {
        self.request("POST", target).json(&body).send().await
    }

    pub(crate) async fn patch(&self, target: &str, body: Value) -> Answer {
        self.request("PATCH", target).json(&body).send().await
    }

    /// A new user.
    pub(crate) async fn user(&self) -> User {
        let made = self.post("/v1/users", json!({})).await.expect(201);
        User {
            site: self.site.clone(),
            id: made.string("/id"),
            key_id: made.string("/key/id"),
            key: made.string("/key/secret"),
        }
    }

    /// A new organization.
    pub(crate) async fn organization(&self) -> Organization {
        self.found(json!({ "name": "Example Works" })).await
    }

    /// A new organization below another.
    pub(crate) async fn organization_below(&self, parent: &Organization) -> Organization {
        self.found(json!({ "name": "Example Branch", "parent_id": parent.id }))
            .await
    }

    async fn found(&self, body: Value) -> Organization {
        let made = self.post("/v1/organizations", body).await.expect(201);
        Organization {
            site: self.site.clone(),
            id: made.string("/id"),
            key_id: made.string("/key/id"),
            key: made.string("/key/secret"),
        }
    }

    /// Makes a key and returns the whole answer's body.
    pub(crate) async fn issue(&self, body: Value) -> Value {
        self.post("/v1/keys", body).await.expect(201).json()
    }

    /// A new standard key of this owner: its id, and its secret.
    pub(crate) async fn standard_of(&self, owner_id: &str) -> (String, String) {
        let made = self.issue(json!({ "kind": "standard", "owner_id": owner_id }));
        let made = made.await;
        let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        (text("/key/id"), text("/secret"))
    }

    /// A client key of an organization, with all three scopes.
    pub(crate) async fn client_of(&self, organization: &Organization) -> Client {
        self.client(json!({
            "kind": "client", "owner_id": organization.id, "name": "client of the tests",
        }))
        .await
    }

    /// A client key as `body` wants it.
    pub(crate) async fn client(&self, body: Value) -> Client {
        let made = self.issue(body).await;
        Client {
            site: self.site.clone(),
            key_id: text(&made, "/key/id"),
            id: text(&made, "/client_id"),
            secret: text(&made, "/secret"),
        }
    }

    /// A named key of an organization that may read and write.
    pub(crate) async fn named_of(&self, organization: &Organization) -> NamedHolder {
        self.named(json!({ "kind": "named", "owner_id": organization.id, "name": "first" }))
            .await
    }

    /// A named key as `body` wants it.
    pub(crate) async fn named(&self, body: Value) -> NamedHolder {
        let made = self.issue(body).await;
        NamedHolder {
            site: self.site.clone(),
            key_id: text(&made, "/key/id"),
            key: text(&made, "/secret"),
        }
    }

    /// A control key with these scopes that reaches all owners, in its holder's hand.
    pub(crate) async fn control(&self, scopes: &[&str]) -> ControlHolder {
        let owner = self.user().await;
        let wish = json!({
            "kind": "control", "owner_id": owner.id, "scopes": scopes, "reach": "all",
        });
        self.holding(&self.issue(wish).await)
    }

    /// The holder of the control key that was just issued.
    pub(crate) fn holding(&self, issued: &Value) -> ControlHolder {
        ControlHolder {
            site: self.site.clone(),
            key: text(issued, "/secret"),
        }
    }

    /// The verdict on a secret.
    pub(crate) async fn verdict(&self, secret: &str) -> String {
        self.post("/v1/keys/verify", json!({ "key": secret }))
            .await
            .expect(200)
            .string("/code")
    }

    /// The verdict on each of many secrets.
    pub(crate) async fn verdicts(&self, secrets: &[String]) -> Vec<String> {
        let mut verdicts = Vec::new();
        for secret in secrets {
            verdicts.push(self.verdict(secret).await);
        }
        verdicts
    }

    pub(crate) async fn suspend_user(&self, user: &User) {
        self.patch(
            &format!("/v1/users/{}", user.id),
            json!({ "suspended": true }),
        )
        .await
        .expect(200);
    }

    pub(crate) async fn suspend(&self, organization: &Organization) {
        let target = format!("/v1/organizations/{}", organization.id);
        self.patch(&target, json!({ "suspended": true }))
            .await
            .expect(200);
    }

    pub(crate) async fn revoke(&self, key_id: &str) {
        self.request("POST", &format!("/v1/keys/{key_id}/revoke"))
            .send()
            .await
            .expect(200);
    }
}

/// A user and the key the user holds.
#[derive(Clone, Debug)]
pub(crate) struct User {
    site: Site,
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) key: String,
}

impl User {
    /// The same caller, in front of another server.
    pub(crate) fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// The documented request, ready to be sent or spoilt.
    pub(crate) fn request(&self) -> Request {
        self.request_with(&self.key)
    }

    /// The documented request with another key.
    pub(crate) fn request_with(&self, key: &str) -> Request {
        self.site
            .put("/user/api-key")
            .bearer(key)
            .header("x-exorde-api-version", "v1")
    }

    pub(crate) async fn rotate(&self) -> Answer {
        self.request().send().await
    }

    /// Replaces the key and holds the new one.
    pub(crate) async fn rotated(&mut self) -> String {
        let key = self.rotate().await.expect(200).string("/apikey");
        std::mem::replace(&mut self.key, key)
    }
}

/// An organization and the key it holds.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    site: Site,
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) key: String,
}

impl Organization {
    /// The same caller, in front of another server.
    pub(crate) fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// The documented request, ready to be sent or spoilt.
    pub(crate) fn request(&self) -> Request {
        self.request_with(&self.key)
    }

    /// The documented request for this organization with another key.
    pub(crate) fn request_with(&self, key: &str) -> Request {
        self.site
            .put("/organizations/api-keys")
            .header("slashid-api-key", key)
            .header("slashid-orgid", &self.id)
    }

    pub(crate) async fn rotate(&self) -> Answer {
        self.request().send().await
    }

    /// Replaces the key and holds the new one.
    pub(crate) async fn rotated(&mut self) -> String {
        let key = self.rotate().await.expect(200).string("/result/api_key");
        std::mem::replace(&mut self.key, key)
    }
}

/// A client key: the way to access tokens.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    site: Site,
    pub(crate) key_id: String,
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Client {
    /// The same caller, in front of another server.
    pub(crate) fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// The token request as a form, ready to be sent or spoilt.
    pub(crate) fn token_request(&self) -> Request {
        self.site.post("/oauth/token").body(
            "application/x-www-form-urlencoded",
            format!(
                "grant_type=client_credentials&client_id={}&client_secret={}",
                self.id, self.secret
            ),
        )
    }

    /// A request about a token, with the client's proof in the form, ready to be sent or spoilt.
    pub(crate) fn about(&self, path: &str, token: &str) -> Request {
        self.site.post(path).body(
            "application/x-www-form-urlencoded",
            format!(
                "token={token}&client_id={}&client_secret={}",
                self.id, self.secret
            ),
        )
    }

    /// What this client is told of a token.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let answer = self.about("/oauth/introspect", token).send().await;
        answer.expect(200).json()
    }

    /// Ends a token, if it is this client's.
    pub(crate) async fn revoke_token(&self, token: &str) -> Answer {
        self.about("/oauth/revoke", token).send().await.expect(200)
    }

    /// An access token with all that the key has.
    pub(crate) async fn token(&self) -> TokenHolder {
        let token = self
            .token_request()
            .send()
            .await
            .expect(200)
            .string("/access_token");
        TokenHolder {
            site: self.site.clone(),
            token,
        }
    }

    /// An access token with these scopes only.
    pub(crate) async fn token_for(&self, scope: &str) -> TokenHolder {
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": self.id,
            "client_secret": self.secret,
            "scope": scope,
        });
        let answer = self
            .site
            .post("/oauth/token")
            .json(&body)
            .send()
            .await
            .expect(200);
        TokenHolder {
            site: self.site.clone(),
            token: answer.string("/access_token"),
        }
    }
}

/// The bearer of an access token.
#[derive(Clone, Debug)]
pub(crate) struct TokenHolder {
    site: Site,
    pub(crate) token: String,
}

impl TokenHolder {
    /// The same caller, in front of another server.
    pub(crate) fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// `POST /api-keys`, still without a body.
    pub(crate) fn request(&self) -> Request {
        self.site.post("/api-keys").bearer(&self.token)
    }

    pub(crate) async fn create(&self, name: &str) -> Answer {
        self.request().json(&json!({ "name": name })).send().await
    }

    /// `POST /v0/api_keys`, which takes access tokens too.
    pub(crate) async fn create_named(&self, name: &str) -> Answer {
        let request = self.site.post("/v0/api_keys").bearer(&self.token);
        request.json(&json!({ "name": name })).send().await
    }
}

/// The holder of a named key.
#[derive(Clone, Debug)]
pub(crate) struct NamedHolder {
    site: Site,
    pub(crate) key_id: String,
    pub(crate) key: String,
}

impl NamedHolder {
    /// The same caller, in front of another server.
    pub(crate) fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// `POST /v0/api_keys`, still without a body.
    pub(crate) fn request(&self) -> Request {
        self.site.post("/v0/api_keys").bearer(&self.key)
    }

    pub(crate) async fn create(&self, name: &str) -> Answer {
        self.request().json(&json!({ "name": name })).send().await
    }
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no string at {pointer} in {value}"))
        .to_owned()
}
