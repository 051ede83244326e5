//! What the log says of a request, and what it never does.

use crate::support::{Answer, Server};

#[tokio::test]
async fn a_credential_is_never_logged_not_even_a_wrong_one() {
    let server = Server::start();
    let wrong = "kw_wrong-credential-4Jq8Zt1Xw6Bn3Vc7";
    let body = serde_json::json!({ "name": "x" });
    server
        .put("/user/api-key")
        .bearer(wrong)
        .send()
        .await
        .expect(401);
    server
        .post("/api-keys")
        .bearer(wrong)
        .json(&body)
        .send()
        .await
        .expect(401);
    server
        .post("/v0/api_keys")
        .bearer(wrong)
        .json(&body)
        .send()
        .await
        .expect(401);
    server
        .get("/v1/keys")
        .bearer(wrong)
        .send()
        .await
        .expect(401);
    let organization = server.root().organization().await;
    organization.request_with(wrong).send().await.expect(401);
    server
        .post("/oauth/token")
        .basic("client", wrong)
        .body("application/json", "{}")
        .send()
        .await;
    server.root().verdict(wrong).await;
    let folder = server.finish();
    assert!(!folder.log().contains("4Jq8Zt1Xw6Bn3Vc7"));
    assert!(
        folder.log().contains("401"),
        "nothing at all is logged of a refusal"
    );
}

#[tokio::test]
async fn a_refused_request_is_in_the_log_by_its_id_and_without_what_was_sent() {
    let server = Server::with(&[("log.filter", "info")]);
    let wrong = "kw_wrong-credential-4Jq8Zt1Xw6Bn3Vc7";
    let unknown = "/v1/keys/0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01";
    let missing = server.root().get(unknown).await.expect(404);
    let refused = server
        .get("/v1/keys")
        .bearer(wrong)
        .send()
        .await
        .expect(401);
    let asked = server
        .get("/v1/authorize")
        .bearer(wrong)
        .send()
        .await
        .expect(401);
    let listed = server.root().get("/v1/keys").await.expect(200);
    let token = server
        .post("/oauth/token")
        .json(&serde_json::json!({"grant_type": "x"}));
    let token = token.send().await.expect(401);
    let id = |answer: &Answer| answer.header("x-request-id").unwrap().to_owned();
    let (done, ids) = (id(&listed), [id(&missing), id(&refused), id(&asked)]);
    let folder = server.finish();
    let log = folder.log();
    for (request_id, status) in ids.iter().zip([404, 401, 401]) {
        let line = log.lines().find(|line| line.contains(request_id));
        let line = line.unwrap_or_else(|| panic!("{request_id} is not in the log:\n{log}"));
        assert!(line.contains(&format!("status={status}")), "{line}");
        assert!(line.contains("INFO") && line.contains("control"), "{line}");
    }
    let line = log.lines().find(|line| line.contains(&id(&token))).unwrap();
    assert!(line.contains("contract=\"client-keys\""), "{line}");
    assert!(!log.contains(&done), "{log}");
    assert!(!log.contains("0190a6f2-3c41"), "{log}");
}
