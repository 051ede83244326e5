//! Ends that come by themselves: good one millisecond before, refused at the instant, on every path.
//! Leaves ends by a request to `paths`.

mod grace;

use serde_json::json;

use super::holder::{Holder, Kind, Stage};
use super::path::{EXPIRED, Path, Refusal};

/// A used holder for each path of each of these kinds, made in one way.
async fn cast(kinds: &[Kind], mut make: impl AsyncFnMut(Kind) -> Holder) -> Vec<(Path, Holder)> {
    let mut cast = Vec::new();
    for kind in kinds {
        for path in Path::all_of(*kind) {
            let mut holder = make(*kind).await;
            holder.is_used().await;
            cast.push((path, holder));
        }
    }
    cast
}

/// Presents each credential on its own path.
async fn all_pass(cast: &mut [(Path, Holder)]) {
    for (path, holder) in cast {
        path.passes(holder).await;
    }
}

/// Presents each credential on its own path, twice: the first refusal must not bring it back.
async fn all_refuse(cast: &[(Path, Holder)], refusal: Refusal) {
    for (path, holder) in cast {
        path.refuses(holder, refusal).await;
        path.refuses(holder, refusal).await;
    }
}

/// Good one millisecond before ten seconds have passed, refused at that instant and later.
async fn assert_ends(stage: &Stage, cast: &mut [(Path, Holder)]) {
    stage.advance_ms(9_999);
    all_pass(cast).await;
    stage.advance_ms(1);
    all_refuse(cast, EXPIRED).await;
    stage.advance_s(86_400);
    all_refuse(cast, EXPIRED).await;
}

#[tokio::test]
async fn a_key_works_on_every_path_until_the_instant_of_the_expiry_it_was_issued_with() {
    let stage = Stage::start().await;
    let mut cast = cast(&Kind::ISSUED, async |kind| {
        let end = json!({ "expires_at": "2026-03-15T12:00:10Z" });
        stage.issued(kind, end).await
    })
    .await;
    assert_ends(&stage, &mut cast).await;
    stage.finish().await;
}

#[tokio::test]
async fn a_key_works_on_every_path_until_the_instant_of_an_expiry_it_was_given_later() {
    let stage = Stage::start().await;
    let mut cast = cast(&Kind::KEYS, async |kind| {
        let holder = stage.used(kind).await;
        let end = json!({ "expires_at": "2026-03-15T12:00:10Z" });
        holder.amend(end).await;
        holder
    })
    .await;
    assert_ends(&stage, &mut cast).await;
    stage.finish().await;
}

#[tokio::test]
async fn an_expiry_that_is_brought_forward_counts_from_the_very_next_request() {
    let stage = Stage::start().await;
    let mut cast = cast(&Kind::KEYS, async |kind| {
        let holder = stage.holder(kind).await;
        let end = json!({ "expires_at": "2026-03-15T13:00:00Z" });
        holder.amend(end).await;
        holder
    })
    .await;
    stage.advance_s(20);
    all_pass(&mut cast).await;
    for (_, holder) in &cast {
        let end = json!({ "expires_at": "2026-03-15T12:00:20.001Z" });
        holder.amend(end).await;
    }
    all_pass(&mut cast).await;
    stage.advance_ms(1);
    all_refuse(&cast, EXPIRED).await;
    stage.finish().await;
}

#[tokio::test]
async fn a_key_whose_expiry_is_put_off_or_taken_away_in_time_goes_on() {
    let stage = Stage::start().await;
    let end = json!({ "expires_at": "2026-03-15T12:00:10Z" });
    let make = async |kind| {
        let holder = stage.holder(kind).await;
        holder.amend(end.clone()).await;
        holder
    };
    let mut put_off = cast(&Kind::KEYS, make).await;
    let mut endless = cast(&Kind::KEYS, make).await;
    stage.advance_ms(9_999);
    for (_, holder) in &put_off {
        let end = json!({ "expires_at": "2026-03-15T12:00:20Z" });
        holder.amend(end).await;
    }
    for (_, holder) in &endless {
        holder.amend(json!({ "remove": ["expires_at"] })).await;
    }
    stage.advance_ms(10_000);
    all_pass(&mut put_off).await;
    stage.advance_ms(1);
    all_refuse(&put_off, EXPIRED).await;
    // A token of its own would end within the hour.
    stage.advance_s(600);
    all_pass(&mut endless).await;
    stage.finish().await;
}
