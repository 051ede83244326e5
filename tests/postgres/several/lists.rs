//! Lists that are read at one server after the other, while others make more.
//! Leaves filters and pages themselves to `control`.

use std::collections::BTreeSet;

use serde_json::json;

use super::Several;

/// Makes a key at the next server; its id.
async fn make(several: &Several, owner_id: &str) -> String {
    let wish = json!({ "kind": "standard", "owner_id": owner_id });
    let made = several.root().issue(wish).await;
    made["key"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_has_once_all_that_was_there_when_it_began() {
    let several = Several::start().await;
    let owner = several.root().user().await;
    let mut there = BTreeSet::from([owner.key_id]);
    for _ in 0..20 {
        there.insert(make(&several, &owner.id).await);
    }
    let mut made_meanwhile = BTreeSet::new();
    let mut listed: Vec<String> = Vec::new();
    let mut more = String::new();
    loop {
        let target = format!("/v1/keys?owner_id={}&limit=4{more}", owner.id);
        let page = several.root().get(&target).await.expect(200).json();
        let ids = page["items"].as_array().unwrap().iter();
        listed.extend(ids.map(|key| key["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        more = format!("&cursor={cursor}");
        if made_meanwhile.len() < 12 {
            for _ in 0..3 {
                made_meanwhile.insert(make(&several, &owner.id).await);
            }
        }
    }
    assert!(listed.is_sorted(), "{listed:?}");
    let once = BTreeSet::from_iter(listed.iter().cloned());
    assert_eq!(once.len(), listed.len(), "{listed:?}");
    assert!(there.is_subset(&once), "{listed:?}");
    let more: BTreeSet<_> = once.difference(&there).cloned().collect();
    assert!(more.is_subset(&made_meanwhile), "{listed:?}");
}
