//! Look-ups of keys that were never issued: a number a minute for each address, and then 429.
//! Leaves what a well-known key may do to `windows`, and the words of each contract to `envelopes`.

use serde_json::json;

use super::{CLIENTS, Key, at_once, counters};
use crate::support::{Clocked, Request, Server, assert_answer};

/// A server that lets each address be wrong so often in a minute, behind a proxy at 127.0.0.1.
pub(super) async fn patient(unknown_per_minute: u32) -> Clocked {
    Clocked::with(json!({
        "limits": { "unknown_per_minute": unknown_per_minute },
        "proxies": { "trusted": ["127.0.0.1"] },
        "user_key": { "rate_limit_per_minute": 0 },
    }))
    .await
}

/// A request with a key that nobody issued, from this address.
fn unknown(server: &Clocked, address: &str) -> Request {
    let request = server
        .get("/v1/authorize")
        .header("x-api-key", "nobodys-key");
    request.header("x-forwarded-for", address)
}

async fn status(request: Request) -> u16 {
    request.send().await.status
}

/// Uses up what an address may get wrong.
pub(super) async fn exhaust(server: &Clocked, address: &str) {
    while status(unknown(server, address)).await != 429 {}
}

#[tokio::test]
async fn after_so_many_unknown_keys_an_address_has_to_wait() {
    let server = patient(5).await;
    for _ in 0..5 {
        let refused = unknown(&server, "192.0.2.1").send().await.expect(401);
        assert_eq!(refused.header("x-key-refusal"), Some("NOT_FOUND"));
    }
    let refused = unknown(&server, "192.0.2.1").send().await;
    assert_eq!(refused.header("x-key-refusal"), Some("RATE_LIMITED"));
    assert_answer!(refused, @r#"
    {
      "body": {
        "detail": "too many requests; try again in 12 seconds",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"unknown\";r=0;t=60",
        "ratelimit-policy": "\"unknown\";q=5;w=60",
        "retry-after": "12",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    // Five a minute: the next one is let through after 12 seconds.
    server.advance_ms(11_999);
    let refused = unknown(&server, "192.0.2.1").send().await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    server.advance_ms(1);
    assert_eq!(status(unknown(&server, "192.0.2.1")).await, 401);
    assert_eq!(status(unknown(&server, "192.0.2.1")).await, 429);
    server.advance_s(60);
    for _ in 0..5 {
        assert_eq!(status(unknown(&server, "192.0.2.1")).await, 401);
    }
    assert_eq!(status(unknown(&server, "192.0.2.1")).await, 429);
    server.finish().await;
}

#[tokio::test]
async fn each_address_has_its_own_and_an_ipv6_network_one_for_all() {
    let server = patient(2).await;
    for address in ["192.0.2.1", "2001:db8:0:1::1"] {
        exhaust(&server, address).await;
    }
    for (address, expected) in [
        ("192.0.2.2", 401),
        ("::ffff:192.0.2.1", 429),
        ("2001:db8:0:1::2", 429),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", 429),
        ("2001:db8:0:2::1", 401),
        ("2001:db8::1", 401),
        // What is left of a client's own address, it made up.
        ("198.51.100.1, 192.0.2.1", 429),
        ("192.0.2.1, 198.51.100.1", 401),
    ] {
        assert_eq!(
            status(unknown(&server, address)).await,
            expected,
            "{address}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn those_whose_address_is_unknown_share_one_window() {
    let server = patient(2).await;
    exhaust(&server, "nonsense").await;
    assert_eq!(status(unknown(&server, "other nonsense")).await, 429);
    assert_eq!(status(unknown(&server, "192.0.2.1")).await, 401);
    server.finish().await;
}

#[tokio::test]
async fn without_trusted_proxies_nobody_becomes_another_by_saying_so() {
    let settings = json!({ "limits": { "unknown_per_minute": 2 } });
    let server = Clocked::with(settings).await;
    exhaust(&server, "192.0.2.1").await;
    assert_eq!(status(unknown(&server, "192.0.2.2")).await, 429);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_of_one_address_get_no_more_than_one() {
    let server = patient(10).await;
    let requests = vec![unknown(&server, "192.0.2.1"); CLIENTS];
    let answers = at_once(requests).await;
    let let_through = answers.iter().filter(|answer| answer.status == 401);
    assert_eq!(let_through.count(), 10);
    server.finish().await;
}

/// One request of each contract with a credential that nobody issued.
pub(super) async fn of_each_contract(server: &Clocked) -> Vec<Request> {
    let organization = server.root().organization().await;
    let nobody = "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01";
    let form = format!("grant_type=client_credentials&client_id={nobody}&client_secret=nobodys");
    vec![
        server.get("/user/info").bearer(nobody),
        server
            .post("/oauth/token")
            .body("application/x-www-form-urlencoded", form),
        server.get("/v0/api_keys").bearer("apikey:nobodys"),
        organization.request_with("bm9ib2R5cy1vcmdhbml6YXRpb24="),
        server.get("/v1/keys").bearer("nobodys"),
    ]
}

#[tokio::test]
async fn every_contract_counts_what_nobody_issued() {
    let server = patient(1).await;
    for (number, request) in (1..).zip(of_each_contract(&server).await) {
        let address = format!("192.0.2.{number}");
        let request = request.header("x-forwarded-for", &address);
        request.clone().send().await.expect(401);
        let refused = request.send().await.expect(429);
        assert_eq!(refused.header("retry-after"), Some("60"));
        assert_eq!(refused.header("ratelimit"), Some("\"unknown\";r=0;t=60"));
        assert_eq!(
            refused.header("ratelimit-policy"),
            Some("\"unknown\";q=1;w=60")
        );
        assert_eq!(
            status(unknown(&server, &address)).await,
            429,
            "they count together"
        );
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_token_endpoint_sixty_four_strangers_are_all_told_how_long_to_wait() {
    let server = patient(10).await;
    let requests = (0..CLIENTS).map(|_| {
        let nobody = uuid::Uuid::new_v4();
        let body = json!({
            "grant_type": "client_credentials", "client_id": nobody, "client_secret": "nobodys",
        });
        let request = server.post("/oauth/token").json(&body);
        request.header("x-forwarded-for", "192.0.2.1")
    });
    let answers = at_once(requests).await;
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 429)
        .collect();
    assert_eq!(refused.len(), CLIENTS - 10);
    for answer in refused {
        assert_eq!(answer.header("retry-after"), Some("6"));
        assert_eq!(answer.header("ratelimit"), Some("\"unknown\";r=0;t=60"));
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn known_keys_in_memory_pass_in_the_middle_of_a_flood() {
    let server = patient(1).await;
    exhaust(&server, "192.0.2.1").await;
    let root = server.root();
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    let client = root.client_of(&organization).await;
    let token = client.token().await.token;
    let key = Key::with(&server, json!({})).await;
    let known = [
        key.authorize(""),
        server.get("/v0/api_keys").bearer(&named.key),
        server.get("/api-keys").bearer(&token),
        client.token_request(),
        root.request("GET", "/v1/keys"),
    ];
    let known = known.map(|request| request.header("x-forwarded-for", "192.0.2.1"));
    let flood = unknown(&server, "192.0.2.1");
    let requests = known.into_iter().chain([flood]).cycle().take(6 * 32);
    let requests: Vec<_> = requests.map(|it| tokio::spawn(it.send())).collect();
    for (number, request) in requests.into_iter().enumerate() {
        let answer = request.await.unwrap();
        // The last of each six is a stranger.
        let (of_six, passed) = (number % 6, answer.status < 300);
        assert!(passed || answer.status == 429, "{of_six}: {answer:?}");
        assert_eq!(passed, of_six < 5, "{of_six}: {answer:?}");
    }
    server.finish().await;
}

/// After a restart a key is looked up at its first use, so it waits with the strangers around it.
#[tokio::test]
async fn a_known_key_that_is_not_in_memory_waits_with_the_strangers_at_its_address() {
    let server = Clocked::with(json!({
        "limits": { "unknown_per_minute": 2 },
        "proxies": { "trusted": ["127.0.0.1"] },
    }))
    .await;
    let mut keys = Vec::new();
    for _ in 0..7 {
        keys.push(Key::with(&server, json!({})).await);
    }
    let server = server.again().await;
    let keys: Vec<Key> = keys.iter().map(|key| key.at(&server)).collect();
    let from = |number: usize, address: &str| {
        let request = keys[number].authorize("");
        request.header("x-forwarded-for", address)
    };
    for number in 0..5 {
        assert_eq!(
            status(from(number, "192.0.2.1")).await,
            204,
            "what exists is not counted"
        );
    }
    exhaust(&server, "192.0.2.1").await;
    assert_eq!(status(from(5, "192.0.2.1")).await, 429);
    assert_eq!(status(from(0, "192.0.2.1")).await, 204, "it is in memory");
    assert_eq!(status(from(5, "192.0.2.2")).await, 204);
    server.advance_s(30);
    assert_eq!(status(from(6, "192.0.2.1")).await, 204);
    server.finish().await;
}

#[tokio::test]
async fn over_the_limit_nothing_is_looked_up() {
    let server = patient(3).await;
    // In the database, or in what tells without it that a key does not exist.
    let reads = async || {
        let counters = counters(&server).await;
        counters["misses_total"] + counters["absent_total"]
    };
    let before = reads().await;
    for _ in 0..3 {
        assert_eq!(status(unknown(&server, "192.0.2.1")).await, 401);
    }
    assert_eq!(reads().await, before + 3);
    for _ in 0..20 {
        assert_eq!(status(unknown(&server, "192.0.2.1")).await, 429);
    }
    assert_eq!(reads().await, before + 3);
    server.finish().await;
}

#[tokio::test]
async fn the_subject_of_a_verification_is_never_counted() {
    let server = patient(2).await;
    let root = server.root();
    let verify = |target: &str, body| {
        let request = root.request("POST", target).json(&body);
        request.header("x-forwarded-for", "192.0.2.1")
    };
    let nobodys = json!({ "key": "nobodys-key" });
    for _ in 0..5 {
        let answer = verify("/v1/keys/verify", nobodys.clone()).send().await;
        assert_eq!(answer.expect(200).string("/code"), "NOT_FOUND");
    }
    let batch = json!({ "requests": vec![nobodys; 100] });
    verify("/v1/keys/verify-batch", batch)
        .send()
        .await
        .expect(200);
    for expected in [401, 401, 429] {
        assert_eq!(status(unknown(&server, "192.0.2.1")).await, expected);
    }
    server.finish().await;
}

/// What needs no look-up to be refused is not counted either.
#[tokio::test]
async fn a_typo_and_no_key_at_all_are_not_counted() {
    let server = patient(1).await;
    let from = |request: Request| request.header("x-forwarded-for", "192.0.2.1");
    let typo = "kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi1QoEnM6tXyB3C1zSx";
    for _ in 0..5 {
        let asked = server.get("/v1/authorize");
        assert_eq!(status(from(asked.clone().bearer(typo))).await, 401);
        assert_eq!(status(from(asked.clone())).await, 401);
        assert_eq!(status(from(server.get("/v1/keys").bearer(typo))).await, 401);
        let token = server.get("/api-keys").bearer("no.access.token");
        assert_eq!(status(from(token)).await, 401);
        let key = Key::with(&server, json!({})).await;
        // Known, and no control key.
        assert_eq!(
            status(from(server.get("/v1/keys").bearer(&key.secret))).await,
            401
        );
    }
    assert_eq!(status(unknown(&server, "192.0.2.1")).await, 401);
    assert_eq!(status(unknown(&server, "192.0.2.1")).await, 429);
    server.finish().await;
}

#[tokio::test]
async fn a_limit_of_nothing_is_no_limit() {
    let server = patient(0).await;
    for _ in 0..100 {
        assert_eq!(status(unknown(&server, "192.0.2.1")).await, 401);
    }
    server.finish().await;
}

#[tokio::test]
async fn the_limit_is_asked_for_in_the_configuration() {
    let server = Server::with(&[("limits.unknown_per_minute", "1")]);
    let asked = server.get("/v1/authorize").bearer("nobodys-key");
    asked.clone().send().await.expect(401);
    asked.send().await.expect(429);
    let too_many = [("limits.unknown_per_minute", "1000001")];
    let said = server.folder().refusal(&too_many);
    assert!(said.contains("unknown_per_minute"), "{said}");
}
