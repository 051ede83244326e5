//! The server within the test's own process, on a real socket, with a clock that the test moves.
//! Leaves everything that does not depend on time to `child`.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use keywright::clock::Clock;
use keywright::config::Config;
use serde_json::{Value, json};

use super::child::{Folder, ROOT_KEY};
use super::site::Site;

/// A clock that stands still until it is moved. It begins at 2026-03-15T12:00:00Z.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A running server whose time is in the test's hand.
pub(crate) struct Clocked {
    site: Site,
    hand: Arc<Hand>,
    folder: Folder,
    server: keywright::serve::Server,
}

impl Clocked {
    pub(crate) async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// A server with these settings, in the shape of the configuration file.
    pub(crate) async fn with(settings: Value) -> Self {
        let folder = Folder::new();
        let mut all = json!({
            "listen": "127.0.0.1:0",
            "demo": false,
            "root_key": ROOT_KEY,
            "database": { "url": format!("sqlite:{}", folder.database().display()) },
        });
        all.as_object_mut()
            .unwrap()
            .extend(settings.as_object().unwrap().clone());
        let config: Config = serde_json::from_value(all).unwrap();
        let hand = Arc::new(Hand(AtomicI64::new(1_773_576_000_000)));
        let clock: Arc<dyn Clock> = Arc::clone(&hand) as Arc<dyn Clock>;
        let server = keywright::serve::Server::start(config, clock)
            .await
            .unwrap();
        let site = Site::new(server.address(), ROOT_KEY, folder.secrets());
        Self {
            site,
            hand,
            folder,
            server,
        }
    }

    /// Lets this much time pass, or takes it back.
    pub(crate) fn advance_ms(&self, ms: i64) {
        self.hand.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn advance_s(&self, s: i64) {
        self.advance_ms(s * 1000);
    }

    /// Stops the server and searches its files for the secrets that it gave out.
    pub(crate) async fn finish(self) {
        self.server.stop().await.unwrap();
        self.folder.search();
    }
}

impl Deref for Clocked {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}
