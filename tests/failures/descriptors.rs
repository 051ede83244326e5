//! File descriptors that run out: idle connections make room, every request is answered, and none wrong.

use serde_json::json;
use tokio::net::TcpStream;

use super::truth::Truth;
use crate::support::harm::limit_descriptors;
use crate::support::{Answer, Request, Server, until};

/// Descriptors that are left, and connections that want one each.
const LEFT: usize = 8;
const CONNECTIONS: usize = 40;

/// The answer to a request that may have to wait for room.
async fn answered(request: Request) -> Answer {
    until("room for a request", async || {
        let answer = request.clone().send().await;
        (answer.status != 503).then_some(answer)
    })
    .await
}

#[tokio::test]
async fn while_descriptors_run_out_whoever_asks_is_answered_and_nothing_wrong() {
    // Nothing is in memory: what is asked for is read.
    let issuer = [("tokens.issuer", "http://issuer.example")];
    let server = Server::with(&issuer);
    let truth = Truth::of(&server).await;
    let server = Server::on(&server.finish(), &issuer);
    let truth = truth.moved_to(&server);
    limit_descriptors(server.pid(), LEFT);
    let mut crowd = Vec::new();
    for _ in 0..CONNECTIONS {
        crowd.push(TcpStream::connect(server.address).await.unwrap());
    }
    until("the descriptors to run out", async || {
        server
            .folder()
            .log()
            .contains("Too many open files")
            .then_some(())
    })
    .await;
    let root = server.root();
    for (secret, verdict) in truth.verdicts() {
        let question = root.request("POST", "/v1/keys/verify");
        let answer = answered(question.json(&json!({ "key": secret }))).await;
        assert_eq!(answer.expect(200).string("/code"), verdict);
    }
    let user = root.request("POST", "/v1/users").json(&json!({}));
    answered(user).await.expect(201);
    answered(server.get("/readyz")).await.expect(200);
    drop(crowd);
    answered(server.get("/readyz")).await.expect(200);
    truth.ends_well(&server).await;
}
