//! Behind nginx: all stories, and what nginx makes of a refusal.
//! Leaves what is true behind each proxy to `stories`.

use serde_json::json;

use super::stories::{self, tell_stories};
use super::{Key, Scene};
use crate::support::proxy::{page_block, put};
use crate::support::{Kind, Proxy, Server, Upstream, assert_answer};

tell_stories!(Kind::Nginx);

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_very_next_request() {
    stories::a_revoked_key_is_refused(Kind::Nginx).await;
}

#[tokio::test]
async fn a_client_without_a_key_gets_a_page_of_nginx_with_the_challenge() {
    let scene = Scene::start(Kind::Nginx).await;
    assert_answer!(scene.refused("/", &[], "CREDENTIAL_MISSING").await, @r#"
    {
      "body": "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      "headers": {
        "content-type": "text/html",
        "www-authenticate": "Bearer",
        "x-key-refusal": "CREDENTIAL_MISSING"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_client_whose_key_is_too_narrow_learns_which_scope_it_needs() {
    let scene = Scene::start(Kind::Nginx).await;
    let key = scene.key(json!({})).await;
    let headers = [("x-api-key", &*key.secret)];
    let refused = scene
        .refused("/reports/", &headers, "INSUFFICIENT_SCOPE")
        .await;
    assert_answer!(refused, @r#"
    {
      "body": "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      "headers": {
        "content-type": "text/html",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"reports:read\"",
        "x-key-refusal": "INSUFFICIENT_SCOPE"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_429_goes_through_nginx_as_a_403_and_is_a_429_again() {
    let scene = Scene::start(Kind::Nginx).await;
    let never = json!({ "name": "never", "limit": 0, "window_seconds": 60 });
    let key = scene.key(json!({ "rate_limits": [never] })).await;
    let direct = scene
        .server
        .get("/v1/authorize?nginx=1")
        .bearer(&key.secret);
    let direct = direct.send().await.expect(403);
    assert_eq!(direct.header("x-key-refusal"), Some("RATE_LIMITED"));
    let headers = [("x-api-key", &*key.secret)];
    assert_answer!(scene.refused("/", &headers, "RATE_LIMITED").await, @r#"
    {
      "body": "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      "headers": {
        "content-type": "text/html",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED"
      },
      "status": 429
    }
    "#);
}

#[tokio::test]
async fn the_question_is_not_for_clients_to_ask() {
    let scene = Scene::start(Kind::Nginx).await;
    let key = scene.key(json!({})).await;
    let headers = [("x-api-key", &*key.secret)];
    for target in ["/_keywright", "/_keywright&cost=0", "/_keywright%26cost=0"] {
        scene.proxy.send("GET", target, &headers).await.expect(404);
    }
    assert_eq!(scene.application.take_seen(), []);
    assert!(!scene.proxy.log().contains(&key.secret));
}

#[tokio::test]
async fn a_body_that_a_location_takes_is_no_matter_of_the_question() {
    let (server, application) = (Server::start(), Upstream::start().await);
    let key = Key::new(&server, json!({})).await;
    let location = "location / {\n";
    let larger = format!("{location}client_max_body_size 3m;\n");
    let page = put(&page_block("nginx"), location, &larger);
    let proxy = Proxy::run(Kind::Nginx, &page, server.address, application.address).await;
    let headers = [("x-api-key", &*key.secret)];
    let body = vec![b'a'; 3 * 1024 * 1024];
    proxy.post("/", &headers, body.clone()).await.expect(200);
    assert!(application.take_one().body == body);
}
