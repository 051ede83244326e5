//! Behind Envoy: all stories.
//! Leaves what is true behind each proxy to `stories`.

use super::stories::{self, tell_stories};
use crate::support::Kind;

tell_stories!(Kind::Envoy);

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_very_next_request() {
    stories::a_revoked_key_is_refused(Kind::Envoy).await;
}

#[tokio::test]
async fn a_server_that_hangs_holds_nobody() {
    stories::a_server_that_hangs_holds_nobody(Kind::Envoy).await;
}
