//! `Idempotency-Key`: a lost answer is fetched again, by its caller alone.
//! Leaves values that are no such key to `bad_input`.

use serde_json::json;
use uuid::Uuid;

use crate::support::{Clocked, Organization, Server, User};

const UNGUESSABLE: &str = "3b0c7f0e-52a8-4d4e-9d55-7f6d8d2f1a11";
/// What somebody may come upon: words, what was once taken for random, and the like of a UUID.
const GUESSABLE: [&str; 5] = [
    "retry-1",
    "monthly-rotation-2026-11",
    "Zk3vXb9QmT1yLr7ZcKd0Wf",
    "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa",
    "00000000-0000-4000-8000-000000012345",
];

async fn user_retry(user: &User, key: &str, value: &str) -> (u16, String) {
    let answer = user
        .request_with(key)
        .header("idempotency-key", value)
        .send()
        .await;
    let secret = answer.json()["apikey"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, secret)
}

async fn organization_retry(organization: &Organization, key: &str, value: &str) -> (u16, String) {
    let answer = organization
        .request_with(key)
        .header("idempotency-key", value)
        .send()
        .await;
    let secret = answer.json()["result"]["api_key"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, secret)
}

fn refused() -> (u16, String) {
    (401, String::new())
}

#[tokio::test]
async fn a_users_retry_gets_the_same_key_with_the_old_and_with_the_new_one() {
    let server = Server::start();
    let user = server.root().user().await;
    for value in [UNGUESSABLE.to_owned(), Uuid::new_v4().to_string()] {
        let user = server.root().user().await;
        let first = user_retry(&user, &user.key, &value).await;
        assert_eq!(first.0, 200);
        assert_eq!(user_retry(&user, &user.key, &value).await, first);
        assert_eq!(user_retry(&user, &first.1, &value).await, first);
        assert_eq!(server.root().verdict(&first.1).await, "VALID");
    }
    user.rotate().await.expect(200);
}

#[tokio::test]
async fn an_organizations_retry_gets_the_same_key_with_the_old_and_with_the_new_one() {
    let server = Server::start();
    for value in [UNGUESSABLE.to_owned(), Uuid::new_v4().to_string()] {
        let organization = server.root().organization().await;
        let first = organization_retry(&organization, &organization.key, &value).await;
        assert_eq!(first.0, 200);
        assert_eq!(
            organization_retry(&organization, &organization.key, &value).await,
            first
        );
        assert_eq!(
            organization_retry(&organization, &first.1, &value).await,
            first
        );
    }
}

#[tokio::test]
async fn a_parents_retry_gets_the_same_key() {
    let server = Server::start();
    let parent = server.root().organization().await;
    let child = server.root().organization_below(&parent).await;
    let first = organization_retry(&child, &parent.key, "retry-1").await;
    assert_eq!(first.0, 200);
    assert_eq!(
        organization_retry(&child, &parent.key, "retry-1").await,
        first
    );
}

#[tokio::test]
async fn a_replaced_key_serves_for_its_own_retry_and_for_nothing_else() {
    let server = Server::start();
    let mut user = server.root().user().await;
    let original = user.key.clone();
    let first = user_retry(&user, &original, UNGUESSABLE).await;
    assert_eq!(
        user_retry(&user, &original, &Uuid::new_v4().to_string()).await,
        refused()
    );
    user.request_with(&original).send().await.expect(401);
    assert_eq!(server.root().verdict(&original).await, "REPLACED");
    user.key = first.1;
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}

/// A replaced key may be one that leaked: whoever has it must not keep its owner from rotating.
#[tokio::test]
async fn a_dead_key_does_not_use_up_its_owners_allowance() {
    let server = Server::with(&[
        ("user_key.rate_limit_per_minute", "1"),
        ("user_key.rate_limit_burst", "2"),
    ]);
    let mut user = server.root().user().await;
    let dead = user.rotated().await;
    for _ in 0..3 {
        let retry = user_retry(&user, &dead, &Uuid::new_v4().to_string()).await;
        assert_eq!(retry, refused());
    }
    user.rotate().await.expect(200);
}

#[tokio::test]
async fn a_value_that_can_be_guessed_serves_the_new_key_only() {
    let server = Server::start();
    for value in GUESSABLE {
        let user = server.root().user().await;
        let first = user_retry(&user, &user.key, value).await;
        assert_eq!(
            user_retry(&user, &user.key, value).await,
            refused(),
            "{value}"
        );
        assert_eq!(user_retry(&user, &first.1, value).await, first, "{value}");
        let organization = server.root().organization().await;
        let first = organization_retry(&organization, &organization.key, value).await;
        let retry = organization_retry(&organization, &organization.key, value).await;
        assert_eq!(retry, refused(), "{value}");
        assert_eq!(
            organization_retry(&organization, &first.1, value).await,
            first,
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_retry_ends_once_the_new_key_is_replaced() {
    let server = Server::start();
    let user = server.root().user().await;
    let first = user_retry(&user, &user.key, UNGUESSABLE).await;
    user.request_with(&first.1).send().await.expect(200);
    assert_eq!(user_retry(&user, &user.key, UNGUESSABLE).await, refused());
    assert_eq!(user_retry(&user, &first.1, UNGUESSABLE).await, refused());
}

#[tokio::test]
async fn a_retry_ends_once_the_new_key_is_revoked() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let first = organization_retry(&organization, &organization.key, UNGUESSABLE).await;
    let listed = format!("/v1/keys?owner_id={}&state=live", organization.id);
    let listed = server.root().get(&listed).await.json();
    server
        .root()
        .revoke(listed["items"][0]["id"].as_str().unwrap())
        .await;
    let retry = organization_retry(&organization, &organization.key, UNGUESSABLE).await;
    assert_eq!(retry, refused());
    assert_eq!(
        organization_retry(&organization, &first.1, UNGUESSABLE).await,
        refused()
    );
}

#[tokio::test]
async fn a_suspended_owners_retry_is_refused() {
    let server = Server::start();
    let user = server.root().user().await;
    let first = user_retry(&user, &user.key, UNGUESSABLE).await;
    server.root().suspend_user(&user).await;
    assert_eq!(user_retry(&user, &first.1, UNGUESSABLE).await.0, 403);
    assert!(user_retry(&user, &user.key, UNGUESSABLE).await.0 >= 400);
}

#[tokio::test]
async fn another_caller_with_the_same_value_gets_a_key_of_its_own() {
    let server = Server::start();
    let (one, other) = (server.root().user().await, server.root().user().await);
    let first = user_retry(&one, &one.key, UNGUESSABLE).await;
    let second = user_retry(&other, &other.key, UNGUESSABLE).await;
    assert_eq!((first.0, second.0), (200, 200));
    assert_ne!(first.1, second.1);
}

#[tokio::test]
async fn the_window_is_ten_minutes() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let first = user_retry(&user, &user.key, UNGUESSABLE).await;
    server.advance_ms(599_999);
    assert_eq!(user_retry(&user, &user.key, UNGUESSABLE).await, first);
    server.advance_ms(1);
    assert_eq!(user_retry(&user, &user.key, UNGUESSABLE).await, refused());
    let next = user_retry(&user, &first.1, UNGUESSABLE).await;
    assert_eq!(next.0, 200);
    assert_ne!(next.1, first.1);
    server.finish().await;
}

#[tokio::test]
async fn a_retry_survives_a_restart() {
    let server = Server::start();
    let user = server.root().user().await;
    let first = user_retry(&user, &user.key, UNGUESSABLE).await;
    let server = Server::on(&server.kill(), &[]);
    let request = server
        .put("/user/api-key")
        .bearer(&user.key)
        .header("x-exorde-api-version", "v1");
    let answer = request
        .header("idempotency-key", UNGUESSABLE)
        .send()
        .await
        .expect(200);
    assert_eq!(answer.string("/apikey"), first.1);
}

#[tokio::test]
async fn a_named_keys_retry_gets_the_same_key_and_another_body_a_refusal() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let request = holder.request().header("idempotency-key", "retry-1");
    let create = |name: &str| request.clone().json(&json!({ "name": name })).send();
    let first = create("ci-deploy").await.expect(201);
    assert_eq!(create("ci-deploy").await.expect(201).json(), first.json());
    let refused = create("other").await.expect(400);
    assert!(
        refused.string("/message").contains("Idempotency-Key"),
        "{}",
        refused.text()
    );
    holder.create("ci-deploy").await.expect(409);
}

#[tokio::test]
async fn a_client_keys_retry_gets_the_same_key_and_another_body_a_refusal() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    let request = holder.request().header("idempotency-key", "retry-1");
    let create = |name: &str| request.clone().json(&json!({ "name": name })).send();
    let first = create("Billing worker").await.expect(201);
    assert_eq!(
        create("Billing worker").await.expect(201).json(),
        first.json()
    );
    let refused = create("other").await.expect(400);
    assert!(
        refused.string("/message").contains("Idempotency-Key"),
        "{}",
        refused.text()
    );
    assert_ne!(
        holder.create("Billing worker").await.expect(201).json(),
        first.json()
    );
}

#[tokio::test]
async fn the_operators_retry_gets_the_same_answer_and_another_body_a_422() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let standard = json!({ "kind": "standard", "owner_id": user.id });
    let standard = root.issue(standard).await;
    let rotate = format!(
        "/v1/keys/{}/rotate",
        standard["key"]["id"].as_str().unwrap()
    );
    for (target, body, other) in [
        (
            "/v1/users",
            json!({ "plan": "free" }),
            json!({ "plan": "gold" }),
        ),
        (
            "/v1/organizations",
            json!({ "name": "one" }),
            json!({ "name": "two" }),
        ),
        (
            "/v1/keys",
            json!({ "kind": "standard", "owner_id": user.id }),
            json!({ "kind": "standard", "owner_id": user.id, "name": "other" }),
        ),
        (
            rotate.as_str(),
            json!({ "grace_seconds": 60 }),
            json!({ "grace_seconds": 61 }),
        ),
    ] {
        let value = Uuid::new_v4().to_string();
        let request = root
            .request("POST", target)
            .header("idempotency-key", &value);
        let first = request.clone().json(&body).send().await;
        assert!(first.status < 300, "{target}: {}", first.text());
        let again = request.clone().json(&body).send().await;
        assert_eq!(
            (again.status, again.json()),
            (first.status, first.json()),
            "{target}"
        );
        let refused = request.json(&other).send().await.expect(422);
        assert!(
            refused.string("/detail").contains("Idempotency-Key"),
            "{}",
            refused.text()
        );
    }
}

#[tokio::test]
async fn racing_retries_all_get_the_one_key() {
    let server = Server::with(&[("user_key.rate_limit_per_minute", "0")]);
    let user = server.root().user().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let user = user.clone();
        tasks.spawn(async move { user_retry(&user, &user.key, UNGUESSABLE).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers[0].0, 200);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}
