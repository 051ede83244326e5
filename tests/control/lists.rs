//! Lists of users and of organizations: filters, pages and cursors.
//! Leaves lists of keys to `keys`, and queries that are refused to `bad_input`.

use serde_json::{Value, json};

use crate::support::{Clocked, Organization, Root, assert_answer};

/// What one page holds: the ids, and where the next begins.
async fn page(root: &Root, target: &str) -> (Vec<String>, Option<String>) {
    let page = root.get(target).await.expect(200).json();
    let cursor = page["next_cursor"].as_str().map(ToOwned::to_owned);
    (ids(&page["items"]), cursor)
}

fn ids(items: &Value) -> Vec<String> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The ids on each page, from the first to the last. `target` has a query already.
async fn walk(root: &Root, target: &str) -> Vec<Vec<String>> {
    let (items, mut next) = page(root, target).await;
    let mut pages = vec![items];
    while let Some(cursor) = next {
        let (items, behind) = page(root, &format!("{target}&cursor={cursor}")).await;
        pages.push(items);
        assert!(pages.len() < 100, "{target} has no end");
        next = behind;
    }
    pages
}

/// Makes so many users and returns their ids in order.
async fn users(root: &Root, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(root.user().await.id);
    }
    ids.sort();
    ids
}

/// Makes a user with an id of our choice, the greater the later.
async fn user_at(root: &Root, place: u8) -> String {
    let id = format!("{place:02x}000000-0000-4000-8000-000000000000");
    let made = root.post("/v1/users", json!({ "id": id })).await;
    made.expect(201).string("/id")
}

#[tokio::test]
async fn where_there_is_nobody_a_list_is_empty_and_has_no_cursor() {
    let server = Clocked::start().await;
    for target in ["/v1/users", "/v1/organizations"] {
        assert_answer!(server.root().get(target).await, @r#"
        {
          "body": {
            "items": []
          },
          "headers": {
            "content-type": "application/json",
            "x-request-id": "[request id]"
          },
          "status": 200
        }
        "#);
    }
    server.finish().await;
}

#[tokio::test]
async fn users_are_listed_as_they_are_read() {
    let server = Clocked::start().await;
    let root = server.root();
    let body = json!({
        "email": "ada@example.com",
        "plan": "gold",
        "rate_limits": [{ "name": "daily", "limit": 5, "window_seconds": 86400 }],
    });
    let made = root.post("/v1/users", body).await.expect(201);
    let answer = root.get("/v1/users").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "items": [
          {
            "created_at": "[instant]",
            "email": "ada@example.com",
            "id": "[id]",
            "plan": "gold",
            "rate_limits": [
              {
                "burst": 5,
                "limit": 5,
                "name": "daily",
                "window_seconds": 86400
              }
            ],
            "suspended": false,
            "updated_at": "[instant]"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let read = root.get(&format!("/v1/users/{}", made.string("/id"))).await;
    assert_eq!(answer.json()["items"][0], read.json());
    server.finish().await;
}

#[tokio::test]
async fn organizations_are_listed_as_they_are_read() {
    let server = Clocked::start().await;
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    let answer = root.get("/v1/organizations").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "items": [
          {
            "created_at": "[instant]",
            "id": "[id]",
            "name": "Example Works",
            "rate_limits": [],
            "suspended": false,
            "updated_at": "[instant]"
          },
          {
            "created_at": "[instant]",
            "id": "[id]",
            "name": "Example Branch",
            "parent_id": "[owner id]",
            "rate_limits": [],
            "suspended": false,
            "updated_at": "[instant]"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    for (index, id) in [&parent.id, &child.id].into_iter().enumerate() {
        let read = root.get(&format!("/v1/organizations/{id}")).await;
        assert_eq!(answer.json()["items"][index], read.json());
    }
    server.finish().await;
}

#[tokio::test]
async fn neither_list_shows_owners_of_the_other_kind() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    assert_eq!(page(&root, "/v1/users").await, (vec![user.id], None));
    let listed = page(&root, "/v1/organizations").await;
    assert_eq!(listed, (vec![organization.id], None));
    server.finish().await;
}

#[tokio::test]
async fn every_page_but_the_last_is_full_and_names_the_next() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = users(&root, 6).await;
    for (limit, lens) in [
        (1, vec![1, 1, 1, 1, 1, 1]),
        (2, vec![2, 2, 2]),
        (3, vec![3, 3]),
        (4, vec![4, 2]),
        (5, vec![5, 1]),
        (6, vec![6]),
        (7, vec![6]),
        (100, vec![6]),
    ] {
        let pages = walk(&root, &format!("/v1/users?limit={limit}")).await;
        let found: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, lens, "with limit {limit}");
        assert_eq!(pages.concat(), made, "with limit {limit}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_page_of_organizations_ends_where_the_next_begins() {
    let server = Clocked::start().await;
    let root = server.root();
    let parent = root.organization().await;
    let mut made = vec![parent.id.clone()];
    for _ in 0..4 {
        made.push(root.organization_below(&parent).await.id);
    }
    made.sort();
    let pages = walk(&root, "/v1/organizations?limit=2").await;
    assert_eq!(pages, [&made[..2], &made[2..4], &made[4..]]);
    let below: Vec<String> = made.into_iter().filter(|id| *id != parent.id).collect();
    let target = format!("/v1/organizations?limit=3&parent_id={}", parent.id);
    let pages = walk(&root, &target).await;
    assert_eq!(pages, [&below[..3], &below[3..]]);
    server.finish().await;
}

#[tokio::test]
async fn a_page_has_twenty_owners_when_no_limit_is_sent() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = users(&root, 21).await;
    let (first, cursor) = page(&root, "/v1/users").await;
    assert_eq!(first, made[..20]);
    let last = page(&root, &format!("/v1/users?cursor={}", cursor.unwrap())).await;
    assert_eq!(last, (made[20..].to_vec(), None));
    server.finish().await;
}

#[tokio::test]
async fn the_order_is_that_of_ids_whenever_they_were_made() {
    let server = Clocked::start().await;
    let root = server.root();
    let mut made = Vec::new();
    for place in [0xe0, 0x10, 0x80, 0xf0, 0x20] {
        server.advance_s(1);
        made.push(user_at(&root, place).await);
    }
    made.sort();
    assert_eq!(walk(&root, "/v1/users?limit=2").await.concat(), made);
    server.finish().await;
}

#[tokio::test]
async fn users_made_during_a_walk_neither_hide_nor_repeat_others() {
    let server = Clocked::start().await;
    let root = server.root();
    let mut made = Vec::new();
    for place in [0x20, 0x40, 0x60, 0x80] {
        made.push(user_at(&root, place).await);
    }
    let (first, cursor) = page(&root, "/v1/users?limit=2").await;
    assert_eq!(first, made[..2]);
    // One before the place that was reached, and two behind it.
    user_at(&root, 0x30).await;
    let behind = user_at(&root, 0x50).await;
    let last = user_at(&root, 0x90).await;
    let cursor = cursor.unwrap();
    let target = format!("/v1/users?limit=100&cursor={cursor}");
    let expected = vec![behind, made[2].clone(), made[3].clone(), last];
    assert_eq!(page(&root, &target).await, (expected, None));
    server.finish().await;
}

#[tokio::test]
async fn a_walk_goes_on_behind_a_user_that_was_deleted_meanwhile() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = users(&root, 4).await;
    let (first, cursor) = page(&root, "/v1/users?limit=2").await;
    for id in &made[1..3] {
        let target = format!("/v1/users/{id}");
        root.request("DELETE", &target).send().await.expect(204);
    }
    assert_eq!(first, made[..2]);
    let target = format!("/v1/users?limit=2&cursor={}", cursor.unwrap());
    assert_eq!(page(&root, &target).await, (made[3..].to_vec(), None));
    server.finish().await;
}

#[tokio::test]
async fn users_are_found_by_every_filter_and_by_all_together() {
    let server = Clocked::start().await;
    let root = server.root();
    let with = async |email: &str| {
        let made = root.post("/v1/users", json!({ "email": email })).await;
        made.expect(201).string("/id")
    };
    let ada = with("ada@example.com").await;
    let ada_too = with("ada@example.com").await;
    let upper = with("ADA@example.com").await;
    let plus = with("ada+lists@example.com").await;
    let nameless = root.user().await;
    let suspend = json!({ "suspended": true });
    for id in [&ada_too, &plus] {
        let target = format!("/v1/users/{id}");
        root.patch(&target, suspend.clone()).await.expect(200);
    }
    for (query, expected) in [
        ("suspended=true", vec![&ada_too, &plus]),
        ("suspended=false", vec![&ada, &upper, &nameless.id]),
        ("email=ada@example.com", vec![&ada, &ada_too]),
        ("email=ADA%40example.com", vec![&upper]),
        ("email=ada%2Blists@example.com", vec![&plus]),
        ("email=ada@example.co", vec![]),
        ("email=%25@example.com", vec![]),
        ("email=ada@example.com&suspended=true", vec![&ada_too]),
        ("email=ADA@example.com&suspended=true", vec![]),
    ] {
        let mut expected: Vec<String> = expected.into_iter().cloned().collect();
        expected.sort();
        let found = walk(&root, &format!("/v1/users?{query}&limit=1")).await;
        assert_eq!(found.concat(), expected, "{query}");
    }
    server.finish().await;
}

#[tokio::test]
async fn organizations_are_found_by_every_filter_and_by_all_together() {
    let server = Clocked::start().await;
    let root = server.root();
    let (works, other) = (root.organization().await, root.organization().await);
    let branch = root.organization_below(&works).await;
    let closed = root.organization_below(&works).await;
    let beyond = root.organization_below(&branch).await;
    root.suspend(&closed).await;
    root.suspend(&other).await;
    let below = |parent: &Organization, more: &str| format!("parent_id={}{more}", parent.id);
    for (query, expected) in [
        ("suspended=true".to_owned(), vec![&other, &closed]),
        ("suspended=false".to_owned(), vec![&works, &branch, &beyond]),
        ("name=Example%20Works".to_owned(), vec![&works, &other]),
        ("name=Example+Works".to_owned(), vec![&works, &other]),
        ("name=example%20works".to_owned(), vec![]),
        ("name=Example".to_owned(), vec![]),
        (below(&works, ""), vec![&branch, &closed]),
        (below(&branch, ""), vec![&beyond]),
        (below(&beyond, ""), vec![]),
        (below(&works, "&suspended=true"), vec![&closed]),
        (
            below(&works, "&suspended=false&name=Example+Branch"),
            vec![&branch],
        ),
        (below(&works, "&name=Example+Works"), vec![]),
    ] {
        let mut expected: Vec<String> = expected.iter().map(|one| one.id.clone()).collect();
        expected.sort();
        let found = walk(&root, &format!("/v1/organizations?{query}&limit=1")).await;
        assert_eq!(found.concat(), expected, "{query}");
    }
    let nobody = "/v1/organizations?parent_id=0190a6f2-2e61-7b90-8c04-91f3a5d7e820";
    assert_eq!(page(&root, nobody).await, (vec![], None));
    server.finish().await;
}
