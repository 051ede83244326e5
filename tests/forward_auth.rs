//! Forward authorization: asked directly, and behind real proxies with the configurations of the documentation.
//! Leaves which verdict a key gets to the tests of `/v1/keys/verify`.

mod caddy;
mod direct;
mod envoy;
mod haproxy;
mod nginx;
mod page;
mod stories;
mod traefik;

use std::ops::Deref;

use serde_json::{Value, json};

use crate::support::upstream::Seen;
use crate::support::{Answer, Clocked, Kind, Proxy, Server, Site, Upstream, proxy};

/// A server, an application that knows nothing of keys, and a proxy in front of both.
struct Scene<S> {
    server: S,
    application: Upstream,
    proxy: Proxy,
}

/// A key in its user's hand.
struct Key {
    id: String,
    owner_id: String,
    secret: String,
}

impl Key {
    /// A new key of a new user with these members.
    async fn new(site: &Site, members: Value) -> Self {
        let user = site.root().user().await;
        let mut body = json!({ "kind": "standard", "owner_id": user.id });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let made = site.root().issue(body).await;
        let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        Self {
            id: text("/key/id"),
            owner_id: user.id,
            secret: text("/secret"),
        }
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.secret)
    }

    /// What an application learns of it from a proxy that sends no empty headers.
    fn identity(&self, scopes: &str) -> Value {
        let mut identity = json!({
            "x-key-id": self.id, "x-key-owner": self.owner_id, "x-key-kind": "standard",
        });
        if !scopes.is_empty() {
            identity["x-key-scopes"] = scopes.into();
        }
        identity
    }
}

impl Scene<Server> {
    /// A server with the settings that the documentation has.
    async fn start(kind: Kind) -> Self {
        let settings = proxy::page_block("toml");
        Self::around(kind, Server::with_file(&settings)).await
    }
}

impl Scene<Clocked> {
    /// The same with a clock that the test moves.
    async fn clocked(kind: Kind) -> Self {
        let settings = json!({ "proxies": { "trusted": ["127.0.0.1"] } });
        Self::around(kind, Clocked::with(settings).await).await
    }
}

impl<S: Deref<Target = Site>> Scene<S> {
    async fn around(kind: Kind, server: S) -> Self {
        let application = Upstream::start().await;
        let proxy = Proxy::start(kind, server.address, application.address).await;
        Self {
            server,
            application,
            proxy,
        }
    }

    /// A new key of a new user with these members.
    async fn key(&self, members: Value) -> Key {
        Key::new(&self.server, members).await
    }

    /// The request as the application got it.
    ///
    /// # Panics
    /// When it did not get it, or the client not its answer.
    async fn passed(&self, target: &str, headers: &[(&str, &str)]) -> Seen {
        let answer = self.proxy.send("GET", target, headers).await.expect(200);
        assert_eq!(answer.json(), json!({ "from": "the application" }));
        let seen = self.application.take_one();
        assert_eq!(seen.target, target);
        seen
    }

    /// The refusal that the client got.
    ///
    /// # Panics
    /// When the application got the request, or the refusal is another.
    async fn refused(&self, target: &str, headers: &[(&str, &str)], code: &str) -> Answer {
        let answer = self.proxy.send("GET", target, headers).await;
        assert_eq!(answer.header("x-key-refusal"), Some(code), "{answer:?}");
        assert_eq!(self.application.take_seen(), []);
        answer
    }
}

/// The headers that say who is calling, as an application may spell them, and the key that proved it.
fn identity(seen: &Seen) -> Value {
    seen.headers_like(&["x-key", "x_key", "authorization", "x-api-key"])
}
