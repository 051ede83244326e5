//! What the query may ask, what it may not, and what of it is another's.
//! Leaves the verdicts to the file above.

use serde_json::json;

use crate::forward_auth::Key;
use crate::support::{Answer, Server, assert_answer};

/// A key with ten credits, and its server.
async fn scene() -> (Server, Key) {
    let server = Server::start();
    let members = json!({ "scopes": ["a"], "credits": { "remaining": 10 } });
    let key = Key::new(&server, members).await;
    (server, key)
}

async fn ask(server: &Server, key: &Key, target: &str) -> Answer {
    server.get(target).bearer(&key.secret).send().await
}

/// How many credits the key has left.
async fn remaining(server: &Server, key: &Key) -> i64 {
    let body = json!({ "key": key.secret, "cost": 0 });
    let verdict = server.root().post("/v1/keys/verify", body).await;
    verdict.expect(200).json()["credits"]["remaining"]
        .as_i64()
        .unwrap()
}

#[tokio::test]
async fn a_request_takes_what_it_costs() {
    let (server, key) = scene().await;
    for (query, left) in [("", 9), ("?cost=1", 8), ("?cost=5", 3)] {
        ask(&server, &key, &format!("/v1/authorize{query}"))
            .await
            .expect(204);
        assert_eq!(remaining(&server, &key).await, left, "{query}");
    }
    ask(&server, &key, "/v1/authorize?cost=4").await.expect(403);
    assert_eq!(remaining(&server, &key).await, 3, "a refusal takes nothing");
    ask(&server, &key, "/v1/authorize?cost=1000000")
        .await
        .expect(403);
    ask(&server, &key, "/v1/authorize?cost=3").await.expect(204);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused_and_takes_nothing() {
    let (server, key) = scene().await;
    for query in [
        "cost=",
        "cost=0",
        "cost=-1",
        "cost=1000001",
        "cost=1.5",
        "cost=%201",
        "cost=99999999999999999999",
        "cost=1&cost=1",
        "scope=",
        "scope=a%20b",
        "scope=a&scope=",
        "scope=%C3%A9",
        "nginx=",
        "nginx=0",
        "nginx=2",
        "nginx=true",
        "nginx=1&nginx=1",
        "Cost=1",
        "scopes=a",
        "key=1",
    ] {
        ask(&server, &key, &format!("/v1/authorize?{query}"))
            .await
            .expect(400);
    }
    let long = format!("/v1/authorize?scope={}", "a".repeat(101));
    ask(&server, &key, &long).await.expect(400);
    assert_eq!(remaining(&server, &key).await, 10);
    let unknown = ask(&server, &key, "/v1/authorize?scopes=a").await;
    assert_answer!(unknown, @r#"
    {
      "body": {
        "detail": "scopes is not known here: leave it out, or use one of scope, cost, kind, header, nginx",
        "errors": [
          {
            "detail": "scopes is not known here: leave it out, or use one of scope, cost, kind, header, nginx",
            "pointer": ""
          }
        ],
        "request_id": "[request id]",
        "status": 400,
        "title": "Bad Request",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
    let bad = ask(&server, &key, "/v1/authorize?cost=1000001").await;
    assert_answer!(bad, @r#"
    {
      "body": {
        "detail": "cost must be 0 to 1000000, got 1000001",
        "errors": [
          {
            "detail": "cost must be 0 to 1000000, got 1000001",
            "pointer": ""
          }
        ],
        "request_id": "[request id]",
        "status": 400,
        "title": "Bad Request",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn up_to_64_scopes_can_be_asked_for() {
    let (server, key) = scene().await;
    let many = |count: usize| format!("/v1/authorize?{}", vec!["scope=a"; count].join("&"));
    ask(&server, &key, &many(64)).await.expect(204);
    ask(&server, &key, &many(65)).await.expect(400);
    let longest = format!("/v1/authorize?scope={}", "a".repeat(100));
    ask(&server, &key, &longest).await.expect(403);
}

#[tokio::test]
async fn below_the_path_the_query_of_the_forwarded_request_is_not_ours() {
    let (server, key) = scene().await;
    let target = "/v1/authorize/orders?page=2&page=3&Cost=x&key=1";
    ask(&server, &key, target).await.expect(204);
    assert_eq!(remaining(&server, &key).await, 9);
    ask(&server, &key, "/v1/authorize/orders?cost=3")
        .await
        .expect(204);
    assert_eq!(remaining(&server, &key).await, 6);
    ask(&server, &key, "/v1/authorize/orders?scope=b")
        .await
        .expect(403);
    for query in [
        "cost=0",
        "cost=x",
        "cost=3&cost=1",
        "scope=a%20b",
        "nginx=2",
    ] {
        let target = format!("/v1/authorize/orders?{query}");
        ask(&server, &key, &target).await.expect(400);
    }
    assert_eq!(remaining(&server, &key).await, 6, "nobody goes free");
}
