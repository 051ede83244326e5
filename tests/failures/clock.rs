//! A wall clock that is set by an hour while the server runs: what has an end follows it, and nothing else.
//! Leaves ends by the clock themselves to `time`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::truth::Truth;
use crate::support::wall_clock::WallClock;
use crate::support::{Folder, Root, Server};

const HOUR_S: i64 = 3600;
/// Uses that pass at once, and in a minute.
const BURST: usize = 5;

/// The verdicts on a key when it is used this often at once.
async fn verdicts(root: &Root, secret: &str, count: usize) -> Vec<String> {
    root.verdicts(&vec![secret.to_owned(); count]).await
}

/// A window neither locks its key out nor lets more through than its burst.
async fn assert_window_is_whole(root: &Root, secret: &str) {
    let verdicts = verdicts(root, secret, BURST + 2).await;
    let passed = verdicts
        .iter()
        .filter(|verdict| *verdict == "VALID")
        .count();
    // While this was asked, one more may have come back.
    assert!((BURST..=BURST + 1).contains(&passed), "{verdicts:?}");
    assert_eq!(verdicts[..BURST], vec!["VALID"; BURST]);
}

/// Every key of an owner, by pages of two.
async fn pages(root: &Root, owner_id: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut more = String::new();
    loop {
        let target = format!("/v1/keys?owner_id={owner_id}&limit=2{more}");
        let page = root.get(&target).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        ids.extend(
            items
                .iter()
                .map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => more = format!("&cursor={cursor}"),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn a_clock_that_jumps_by_an_hour_ends_and_opens_only_what_it_should() {
    let folder = Folder::new();
    let clock = WallClock::new();
    let settings = [
        ("tokens.lifetime_s", "1800"),
        ("user_key.rate_limit_per_minute", "0"),
    ];
    let mut command = folder.command(&settings);
    clock.rule(&mut command);
    let server = Server::run(&folder, command);
    let root = server.root();
    let truth = Truth::of(&server).await;
    let owner = root.user().await;
    let issue = async |more: Value| {
        let mut body = json!({ "kind": "standard", "owner_id": owner.id });
        let members = body.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        let made = root.issue(body).await;
        (
            made["key"]["id"].as_str().unwrap().to_owned(),
            made["secret"].as_str().unwrap().to_owned(),
        )
    };
    let half_an_hour = json!({ "expires_at": WallClock::instant(HOUR_S / 2) });
    let minute =
        json!([{ "name": "minute", "limit": BURST, "window_seconds": 60, "burst": BURST }]);
    let (short_id, short) = issue(half_an_hour).await;
    let (limited_id, limited) = issue(json!({ "rate_limits": minute })).await;
    let mut ids = BTreeSet::from([owner.key_id.clone(), short_id, limited_id]);
    assert_window_is_whole(&root, &limited).await;

    clock.set(HOUR_S);
    assert_eq!(root.verdict(&short).await, "EXPIRED");
    assert_window_is_whole(&root, &limited).await;
    truth.cast.create_client_key().send().await.expect(401);
    let later = truth.cast.client.token().await;
    later.create("an hour later").await.expect(201);
    ids.insert(issue(json!({})).await.0);

    clock.set(0);
    assert_eq!(root.verdict(&short).await, "VALID");
    later.create("issued in an hour").await.expect(201);
    assert_window_is_whole(&root, &limited).await;
    ids.insert(issue(json!({})).await.0);

    clock.set(-HOUR_S);
    assert_window_is_whole(&root, &limited).await;
    ids.insert(issue(json!({})).await.0);
    truth.holds(&server).await;

    clock.set(0);
    // Ids begin with the time: an earlier one may come later, and still nobody is listed twice or not at all.
    let listed = pages(&root, &owner.id).await;
    assert_eq!(listed.len(), ids.len());
    assert_eq!(BTreeSet::from_iter(listed), ids);
    truth.ends_well(&server).await;
}

#[tokio::test]
async fn a_clock_that_was_never_set_is_told_of_at_the_start() {
    const WORDS: &str = "the machine's clock seems never to have been set";
    for (offset_s, is_told) in [(0, false), (-30 * 366 * 24 * HOUR_S, true)] {
        let folder = Folder::new();
        let clock = WallClock::new();
        clock.set(offset_s);
        let mut command = folder.command(&[]);
        clock.rule(&mut command);
        let server = Server::run(&folder, command);
        server
            .get("/healthz")
            .send_beside_the_documents()
            .await
            .expect(200);
        drop(server);
        assert_eq!(folder.log().contains(WORDS), is_told, "{offset_s}");
    }
}
