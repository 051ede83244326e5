//! Behind Traefik: all stories.
//! Leaves what is true behind each proxy to `stories`.

use super::stories::{self, tell_stories};
use crate::support::Kind;

tell_stories!(Kind::Traefik);

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_very_next_request() {
    stories::a_revoked_key_is_refused(Kind::Traefik).await;
}
