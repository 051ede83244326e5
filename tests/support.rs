//! What every test stands on: servers, callers, and answers that are checked against the documents.
//! Leaves what is right for one contract to that contract's file.

pub(crate) mod answer;
pub(crate) mod callers;
pub(crate) mod child;
pub(crate) mod clocked;
pub(crate) mod crash;
pub(crate) mod database;
pub(crate) mod disk;
pub(crate) mod documents;
pub(crate) mod engine;
pub(crate) mod harm;
pub(crate) mod issuer;
pub(crate) mod operator;
pub(crate) mod postgres;
pub(crate) mod power;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod recorder;
pub(crate) mod secrets;
pub(crate) mod site;
pub(crate) mod upstream;
pub(crate) mod wall_clock;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use answer::{Answer, assert_answer};
pub(crate) use callers::{
    Client, ControlHolder, NamedHolder, Organization, Root, TokenHolder, User,
};
pub(crate) use child::{Folder, ROOT_KEY, Server};
pub(crate) use clocked::Clocked;
pub(crate) use operator::Operator;
pub(crate) use proxy::{Kind, Proxy};
pub(crate) use site::{Request, Site};
pub(crate) use upstream::Upstream;

/// How long anything may take before a test gives up on it; no test depends on less.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The folder that cargo builds into, found from where this very test runs.
pub(crate) fn target() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let profile = executable.parent().unwrap().parent().unwrap();
    profile.parent().unwrap().to_owned()
}

/// Looks again and again until `look` finds something.
///
/// # Panics
/// When it finds nothing for a minute.
pub(crate) async fn until<T, F: AsyncFnMut() -> Option<T>>(what: &str, mut look: F) -> T {
    let search = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        loop {
            ticks.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .unwrap_or_else(|_| panic!("waited a minute in vain for {what}"))
}

/// What a metric says now.
pub(crate) async fn metric(server: &Server, name: &str) -> u64 {
    let text = server.get("/metrics").send().await.expect(200).text();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("{name} is not told: {text}"));
    line.trim().parse().unwrap()
}
