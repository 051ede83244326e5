//! `GET /v0/api_keys`, and `GET` and `DELETE /v0/api_keys/{api_key_name}`.

mod refusals;

use serde_json::json;

use super::whole_without;
use crate::support::site::Site;
use crate::support::{Answer, Clocked, NamedHolder, Organization, Request, Server, assert_answer};

fn list(site: &Site, key: &str) -> Request {
    site.get("/v0/api_keys").bearer(key)
}

fn read(site: &Site, key: &str, name: &str) -> Request {
    let target = format!("/v0/api_keys/{name}");
    site.get(&target).bearer(key)
}

fn delete(site: &Site, key: &str, name: &str) -> Request {
    let target = format!("/v0/api_keys/{name}");
    site.request("DELETE", &target).bearer(key)
}

/// All three operations with one credential, the last two on the key `ci-deploy`.
fn all(site: &Site, key: &str) -> [Request; 3] {
    [
        list(site, key),
        read(site, key, "ci-deploy"),
        delete(site, key, "ci-deploy"),
    ]
}

async fn holder(site: &Site) -> NamedHolder {
    let organization = site.root().organization().await;
    site.root().named_of(&organization).await
}

/// A named key of the organization with these scopes.
async fn narrow(site: &Site, organization: &Organization, scopes: &[&str]) -> NamedHolder {
    let name = scopes.concat();
    let body = json!({
        "kind": "named", "owner_id": organization.id, "name": name, "scopes": scopes,
    });
    site.root().named(body).await
}

fn names(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let keys = body.as_array().unwrap().iter();
    keys.map(|key| key["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_organization_lists_its_named_keys_in_the_order_of_their_ids() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    narrow(&server, &organization, &["Read"]).await;
    let made = holder.create("ci-deploy").await.expect(201);
    let answer = list(&server, &holder.key).send().await;
    assert_answer!(answer, @r#"
    {
      "body": [
        {
          "id": "[id]",
          "name": "first",
          "role": "write",
          "scopes": [
            "Read",
            "Write"
          ]
        },
        {
          "id": "[id]",
          "name": "Read",
          "role": "read",
          "scopes": [
            "Read"
          ]
        },
        {
          "id": "[id]",
          "name": "ci-deploy",
          "role": "write",
          "scopes": [
            "Read",
            "Write"
          ]
        }
      ],
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let body = answer.json();
    let ids: Vec<&str> = body
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["id"].as_str().unwrap())
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(
        (ids[0], ids[2]),
        (holder.key_id.as_str(), &*made.string("/id"))
    );
}

#[tokio::test]
async fn a_list_has_live_named_keys_of_one_organization_only() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let holder = root.named_of(&organization).await;
    root.client_of(&organization).await;
    let child = root.organization_below(&organization).await;
    root.named_of(&child).await.create("x").await.expect(201);
    let body = json!({
        "kind": "named",
        "owner_id": organization.id,
        "name": "short",
        "expires_at": "2026-03-15T12:00:10Z",
    });
    root.named(body).await;
    let revoked = holder.create("revoked").await.expect(201).string("/id");
    root.revoke(&revoked).await;
    holder.create("deleted").await.expect(201);
    delete(&server, &holder.key, "deleted")
        .send()
        .await
        .expect(200);
    let listed = list(&server, &holder.key).send().await.expect(200);
    assert_eq!(names(&listed), ["first", "short"]);
    read(&server, &holder.key, "short").send().await.expect(200);
    server.advance_s(10);
    let listed = list(&server, &holder.key).send().await.expect(200);
    assert_eq!(names(&listed), ["first"]);
    for request in [
        read(&server, &holder.key, "short"),
        delete(&server, &holder.key, "short"),
    ] {
        request.send().await.expect(404);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_named_key_is_read_as_an_array_of_one() {
    let server = Server::start();
    let holder = holder(&server).await;
    let id = holder.create("ci-deploy").await.expect(201).string("/id");
    let answer = read(&server, &holder.key, "ci-deploy").send().await;
    assert_answer!(answer, @r#"
    {
      "body": [
        {
          "id": "[id]",
          "name": "ci-deploy",
          "role": "write",
          "scopes": [
            "Read",
            "Write"
          ]
        }
      ],
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(answer.string("/0/id"), id);
    // The same name, written another way.
    let encoded = read(&server, &holder.key, "%63i%2Ddeploy").send().await;
    assert_eq!(encoded.expect(200).string("/0/id"), id);
    let longest = "a".repeat(100);
    holder.create(&longest).await.expect(201);
    read(&server, &holder.key, &longest)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn a_deleted_key_is_refused_at_the_very_next_request_and_its_name_is_free() {
    let server = Server::start();
    let holder = holder(&server).await;
    let made = holder.create("ci-deploy").await.expect(201);
    let key = made.string("/api_key");
    list(&server, &key).send().await.expect(200);
    assert_answer!(delete(&server, &holder.key, "ci-deploy").send().await, @r#"
    {
      "body": null,
      "headers": {
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    for request in all(&server, &key) {
        let answer = request.send().await.expect(401);
        assert_eq!(answer.string("/error_code"), "AuthenticationFailed");
    }
    assert_eq!(server.root().verdict(&key).await, "REVOKED");
    for request in [
        read(&server, &holder.key, "ci-deploy"),
        delete(&server, &holder.key, "ci-deploy"),
    ] {
        request.send().await.expect(404);
    }
    let next = holder.create("ci-deploy").await.expect(201).string("/id");
    assert_ne!(next, made.string("/id"));
    let found = read(&server, &holder.key, "ci-deploy").send().await;
    assert_eq!(found.expect(200).string("/0/id"), next);
}

#[tokio::test]
async fn a_named_key_may_delete_itself() {
    let server = Server::start();
    let holder = holder(&server).await;
    let delete = delete(&server, &holder.key, "first");
    delete.clone().send().await.expect(200);
    delete.send().await.expect(401);
}

#[tokio::test]
async fn whatever_is_no_live_key_of_the_organization_is_unknown() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let holder = root.named_of(&organization).await;
    for answer in [
        read(&server, &holder.key, "ci-deploy").send().await,
        delete(&server, &holder.key, "ci-deploy").send().await,
    ] {
        assert_answer!(answer, @r#"
        {
          "body": {
            "details": {
              "name": "ci-deploy"
            },
            "error_code": "UnknownApiKey",
            "message": "Unknown API key 'ci-deploy'"
          },
          "headers": {
            "content-type": "application/json",
            "x-request-id": "[request id]"
          },
          "status": 404
        }
        "#);
    }
    let nobody = read(&server, &holder.key, "nobodys").send().await;
    let nobody = whole_without(&nobody, "nobodys");
    let stranger = root.named_of(&root.organization().await).await;
    stranger.create("strangers").await.expect(201);
    let child = root.organization_below(&organization).await;
    let child = root.named_of(&child).await;
    child.create("childs").await.expect(201);
    let revoked = holder.create("revoked").await.expect(201).string("/id");
    root.revoke(&revoked).await;
    for name in ["strangers", "childs", "revoked", "FIRST", &holder.key_id] {
        for answer in [
            read(&server, &holder.key, name).send().await,
            delete(&server, &holder.key, name).send().await,
        ] {
            assert_eq!(whole_without(&answer, name), nobody, "{name}");
        }
    }
    read(&server, &stranger.key, "strangers")
        .send()
        .await
        .expect(200);
    read(&server, &child.key, "childs").send().await.expect(200);
}

#[tokio::test]
async fn a_name_that_breaks_a_rule_is_the_name_of_no_key() {
    let server = Server::start();
    let holder = holder(&server).await;
    let (long, longer) = ("a".repeat(101), "a".repeat(2000));
    for (sent, name) in [
        ("ci.deploy", "ci.deploy"),
        ("ci%20deploy", "ci deploy"),
        ("first%20", "first "),
        ("ci%2Fdeploy", "ci/deploy"),
        ("first%00", "first\0"),
        ("100%25", "100%"),
        ("%F0%9F%94%91", "\u{1F511}"),
        ("a%27%20OR%201=1", "a' OR 1=1"),
        ("first;x=1", "first;x=1"),
        ("%25", "%"),
        ("_%25", "_%"),
        (&long, &long),
        (&longer, &longer),
    ] {
        for answer in [
            read(&server, &holder.key, sent).send().await,
            delete(&server, &holder.key, sent).send().await,
        ] {
            assert_eq!(answer.status, 404, "{sent}: {}", answer.text());
            assert_eq!(answer.string("/error_code"), "UnknownApiKey");
            assert_eq!(answer.json()["details"], json!({ "name": name }));
        }
    }
    // What is no text has no name to tell.
    read(&server, &holder.key, "%FF").send().await.expect(404);
    read(&server, &holder.key, "").send().await.expect(404);
    let listed = list(&server, &holder.key).send().await.expect(200);
    assert_eq!(names(&listed), ["first"]);
}

#[tokio::test]
async fn deletes_of_named_keys_at_once_do_not_disturb_each_other() {
    let server = Server::start();
    let holder = holder(&server).await;
    holder.create("ci-deploy").await.expect(201);
    let calls = (0..8).map(|_| tokio::spawn(delete(&server, &holder.key, "ci-deploy").send()));
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap().status);
    }
    statuses.sort_unstable();
    assert!(
        statuses.contains(&200) && statuses.iter().all(|status| [200, 404].contains(status)),
        "{statuses:?}"
    );
}
