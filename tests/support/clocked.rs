//! The server within the test's own process, on a real socket, with a clock that the test moves.
//! Leaves everything that does not depend on time to `child`.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use keywright::config::Config;
use keywright_model::clock::Clock;
use serde_json::{Value, json};

use super::child::{Folder, ROOT_KEY};
use super::engine::Engine;
use super::site::Site;
use super::until;

/// A clock that stands still until it is moved. It begins at 2026-03-15T12:00:00Z.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn is_simulated(&self) -> bool {
        true
    }
}

/// A running server whose time is in the test's hand.
pub(crate) struct Clocked {
    site: Site,
    hand: Arc<Hand>,
    folder: Folder,
    settings: Value,
    server: keywright::http::serve::Server,
}

impl Clocked {
    pub(crate) async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// A server with these settings, in the shape of the configuration file.
    pub(crate) async fn with(settings: Value) -> Self {
        let hand = Arc::new(Hand(AtomicI64::new(1_773_576_000_000)));
        Self::on(Folder::new(), settings, hand).await
    }

    /// The same on a database of this engine, whatever the run is for.
    pub(crate) async fn of(engine: Engine, settings: Value) -> Self {
        let hand = Arc::new(Hand(AtomicI64::new(1_773_576_000_000)));
        Self::on(Folder::of(engine), settings, hand).await
    }

    /// Stops, and starts again on the same files, at the same time and with nothing in memory.
    pub(crate) async fn again(self) -> Self {
        self.server.stop().await.unwrap();
        // Boxed: it is too big to be a part of every test.
        Box::pin(Self::on(self.folder, self.settings, self.hand)).await
    }

    async fn on(folder: Folder, settings: Value, hand: Arc<Hand>) -> Self {
        let mut all = json!({
            "listen": "127.0.0.1:0",
            "demo": false,
            "root_key": ROOT_KEY,
        });
        for (setting, value) in folder.settings() {
            let (section, name) = setting.split_once('.').unwrap();
            all[section][name] = json!(value);
        }
        for (section, value) in settings.as_object().unwrap() {
            match (all[section].as_object_mut(), value.as_object()) {
                (Some(all), Some(section)) => all.extend(section.clone()),
                _ => all[section] = value.clone(),
            }
        }
        let issuer = all["tokens"]["issuer"].as_str().map(str::to_owned);
        let config: Config = serde_json::from_value(all).unwrap();
        let clock: Arc<dyn Clock> = Arc::clone(&hand) as Arc<dyn Clock>;
        // A future with the whole configuration in it is large.
        let start = Box::pin(keywright::http::serve::Server::start(config, clock));
        let server = start.await.unwrap();
        let site = Site::new(server.address(), ROOT_KEY, folder.secrets()).known_as(issuer);
        Self {
            site,
            hand,
            folder,
            settings,
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

    /// The position of the oldest event, once the first is no longer kept.
    pub(crate) async fn oldest_after_pruning(&self) -> i64 {
        self.oldest(|position| position > 1).await
    }

    /// Waits until the oldest event is the one at this position.
    pub(crate) async fn oldest_is(&self, wanted: i64) {
        self.oldest(|position| position == wanted).await;
    }

    async fn oldest(&self, is_wanted: impl Fn(i64) -> bool) -> i64 {
        until("old events to be pruned", async || {
            let page = self.site.root().get("/v1/events?limit=1").await.expect(200);
            let position = page.json()["items"][0]["position"].as_i64().unwrap();
            is_wanted(position).then_some(position)
        })
        .await
    }

    /// The folder with its files.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Stops the server, and answers what it leaves behind.
    pub(crate) async fn stop(self) -> Folder {
        self.server.stop().await.unwrap();
        self.folder.search();
        self.folder
    }

    /// Stops the server and searches its files for the secrets that it gave out.
    pub(crate) async fn finish(self) {
        self.stop().await;
    }
}

impl Deref for Clocked {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}
