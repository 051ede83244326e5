//! A key in its grace: good until the instant at which it ends, and saying when that is.

use serde_json::json;

use super::{all_pass, all_refuse, cast};
use crate::life::holder::{Holder, Kind, Stage};
use crate::life::path::{EXPIRED, Path, REPLACED};

/// A minute after a server's clock begins.
const MINUTE: &str = "2026-03-15T12:01:00.000Z";
const HALF_MINUTE: &str = "2026-03-15T12:00:30.000Z";

/// A holder of each kind of key that can have a grace.
async fn holders(stage: &Stage, more: serde_json::Value) -> Vec<Holder> {
    let mut holders = Vec::new();
    for kind in Kind::ISSUED {
        holders.push(stage.issued(kind, more.clone()).await);
    }
    holders
}

async fn rotated(holders: &[Holder]) -> Vec<Holder> {
    let mut successors = Vec::new();
    for holder in holders {
        successors.push(holder.rotated(60).await);
    }
    successors
}

/// Presents each credential on every path, and asserts on the end that its answers tell.
async fn assert_told(holders: &mut [Holder], end: Option<&str>, grace: Option<&str>) {
    for holder in holders {
        for path in Path::all_of(holder.kind) {
            let answer = path.passes(holder).await;
            path.tells(&answer, end, grace);
        }
    }
}

#[tokio::test]
async fn a_replaced_key_works_on_every_path_until_the_instant_at_which_its_grace_ends() {
    let stage = Stage::start().await;
    let mut old = cast(&Kind::ISSUED, async |kind| stage.holder(kind).await).await;
    let mut new = Vec::new();
    for (path, holder) in &old {
        new.push((*path, holder.rotated(60).await));
    }
    all_pass(&mut old).await;
    all_pass(&mut new).await;
    stage.advance_ms(59_999);
    all_pass(&mut old).await;
    stage.advance_ms(1);
    all_refuse(&old, REPLACED).await;
    all_pass(&mut new).await;
    stage.finish().await;
}

#[tokio::test]
async fn a_key_in_its_grace_says_when_it_ends_and_its_successor_does_not() {
    let stage = Stage::start().await;
    let mut old = holders(&stage, json!({})).await;
    assert_told(&mut old, None, None).await;
    let mut new = rotated(&old).await;
    for wait_ms in [0, 59_999] {
        stage.advance_ms(wait_ms);
        assert_told(&mut old, Some(MINUTE), Some(MINUTE)).await;
        assert_told(&mut new, None, None).await;
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_grace_never_outlives_the_keys_own_expiry() {
    let stage = Stage::start().await;
    let mut old = holders(&stage, json!({ "expires_at": HALF_MINUTE })).await;
    // An expiry alone is no grace.
    assert_told(&mut old, Some(HALF_MINUTE), None).await;
    let mut new = rotated(&old).await;
    for wait_ms in [0, 29_999] {
        stage.advance_ms(wait_ms);
        assert_told(&mut old, Some(HALF_MINUTE), Some(HALF_MINUTE)).await;
        assert_told(&mut new, Some(HALF_MINUTE), None).await;
    }
    stage.advance_ms(1);
    for (old, new) in old.iter().zip(&new) {
        for path in Path::all_of(old.kind) {
            path.refuses(old, REPLACED).await;
            path.refuses(new, EXPIRED).await;
        }
    }
    stage.finish().await;
}

#[tokio::test]
async fn an_expiry_that_is_given_to_a_key_in_its_grace_ends_it_sooner_and_never_later() {
    let stage = Stage::start().await;
    let mut sooner = holders(&stage, json!({})).await;
    let mut later = holders(&stage, json!({})).await;
    rotated(&sooner).await;
    rotated(&later).await;
    assert_told(&mut sooner, Some(MINUTE), Some(MINUTE)).await;
    assert_told(&mut later, Some(MINUTE), Some(MINUTE)).await;
    for (sooner, later) in sooner.iter().zip(&later) {
        sooner.amend(json!({ "expires_at": HALF_MINUTE })).await;
        let end = "2026-03-15T12:02:00Z";
        later.amend(json!({ "expires_at": end })).await;
    }
    for wait_ms in [0, 29_999] {
        stage.advance_ms(wait_ms);
        assert_told(&mut sooner, Some(HALF_MINUTE), Some(HALF_MINUTE)).await;
        assert_told(&mut later, Some(MINUTE), Some(MINUTE)).await;
    }
    stage.advance_ms(1);
    for holder in &sooner {
        for path in Path::all_of(holder.kind) {
            path.refuses(holder, EXPIRED).await;
        }
    }
    stage.advance_ms(29_999);
    assert_told(&mut later, Some(MINUTE), Some(MINUTE)).await;
    stage.advance_ms(1);
    for holder in &later {
        for path in Path::all_of(holder.kind) {
            path.refuses(holder, REPLACED).await;
        }
    }
    stage.finish().await;
}
