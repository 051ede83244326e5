//! Behind Traefik: all stories, and what it says of the page's configuration.
//! Leaves what is true behind each proxy to `stories`.

use super::Scene;
use super::stories::{self, tell_stories};
use crate::support::Kind;

tell_stories!(Kind::Traefik);

#[tokio::test]
async fn behind_traefik_a_revoked_key_is_refused_by_the_very_next_request() {
    stories::a_revoked_key_is_refused(Kind::Traefik).await;
}

#[tokio::test]
async fn it_has_nothing_to_warn_of() {
    let scene = Scene::start(Kind::Traefik).await;
    let log = scene.proxy.log();
    let warnings = log.lines().filter(|line| !line.is_empty());
    assert_eq!(warnings.collect::<Vec<_>>(), [""; 0]);
}
