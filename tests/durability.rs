//! What survives a power cut, a second server, a lost pepper, and an orderly end.
//! Leaves a database that fails while the server runs to `failures`, kills without end to `soak`.

mod files;
mod held;
mod log;
mod secrets;

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Folder, Server, raw, until};

/// What a client knows of its key when the power goes.
#[derive(Debug)]
struct Chain {
    answered: Vec<String>,
    is_under_way: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_answered_keys_verify_and_replaced_ones_are_refused() {
    let server = Server::with(&[("user_key.rate_limit_per_minute", "0")]);
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let made = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for side in 0..4 {
        let (holder, made) = (holder.clone(), Arc::clone(&made));
        tasks.spawn(async move {
            for turn in 0.. {
                let body = json!({ "name": format!("key-{side}-{turn}") });
                let Ok(answer) = holder.request().json(&body).try_send().await else {
                    break;
                };
                made.lock()
                    .unwrap()
                    .push(answer.expect(201).string("/api_key"));
            }
        });
    }
    let mut chains = Vec::new();
    for _ in 0..4 {
        let user = server.root().user().await;
        let chain = Chain {
            answered: vec![user.key.clone()],
            is_under_way: false,
        };
        let chain = Arc::new(Mutex::new(chain));
        chains.push(Arc::clone(&chain));
        tasks.spawn(async move {
            loop {
                let newest = chain.lock().unwrap().answered.last().unwrap().clone();
                chain.lock().unwrap().is_under_way = true;
                let Ok(answer) = user.request_with(&newest).try_send().await else {
                    break;
                };
                let mut chain = chain.lock().unwrap();
                chain.answered.push(answer.expect(200).string("/apikey"));
                chain.is_under_way = false;
            }
        });
    }
    let rotations = || {
        chains
            .iter()
            .map(|chain| chain.lock().unwrap().answered.len())
            .sum::<usize>()
    };
    until("a fair number of answers", async || {
        (made.lock().unwrap().len() >= 100 && rotations() >= 100).then_some(())
    })
    .await;
    let folder = server.kill();
    tasks.join_all().await;

    let server = Server::on(&folder, &[]);
    let root = server.root();
    let made = made.lock().unwrap().clone();
    for verdict in root.verdicts(&made).await {
        assert_eq!(verdict, "VALID");
    }
    for chain in chains {
        let chain = Arc::into_inner(chain).unwrap().into_inner().unwrap();
        let (last, replaced) = chain.answered.split_last().unwrap();
        for verdict in root.verdicts(replaced).await {
            assert_eq!(verdict, "REPLACED");
        }
        // A change whose answer the cut has swallowed may have been made.
        let verdict = root.verdict(last).await;
        assert!(
            verdict == "VALID" || (chain.is_under_way && verdict == "REPLACED"),
            "{verdict}"
        );
    }
}

/// What the README says to back up: the database and its pepper, with the server stopped.
#[tokio::test]
async fn after_an_orderly_end_the_database_and_its_pepper_are_all_there_is() {
    let server = Server::start();
    let user = server.root().user().await;
    let folder = server.finish();
    let backup = Folder::new();
    std::fs::copy(folder.database(), backup.database()).unwrap();
    std::fs::copy(folder.pepper(), backup.pepper()).unwrap();
    let restored = Server::on(&backup, &[]);
    assert_eq!(restored.root().verdict(&user.key).await, "VALID");
    restored.finish();
}

#[tokio::test]
async fn a_token_outlives_a_restart() {
    let issuer = [("tokens.issuer", "http://issuer.example")];
    let server = Server::with(&issuer);
    let organization = server.root().organization().await;
    let token = server
        .root()
        .client_of(&organization)
        .await
        .token()
        .await
        .token;
    let server = Server::on(&server.finish(), &issuer);
    let request = server
        .post("/api-keys")
        .bearer(&token)
        .json(&json!({ "name": "x" }));
    request.send().await.expect(201);
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let server = Server::start();
    let said = server.folder().refusal(&[]);
    assert!(
        said.contains("keywright.db"),
        "the file is not named: {said}"
    );
    assert!(
        said.contains("another") || said.contains("in use"),
        "the reason is not told: {said}"
    );
    server.root().user().await.rotate().await.expect(200);
}

#[tokio::test]
async fn a_database_is_free_again_after_a_power_cut() {
    let folder = Server::start().kill();
    Server::on(&folder, &[]);
}

#[tokio::test]
async fn a_missing_pepper_is_refused_at_the_start() {
    let server = Server::start();
    server.root().user().await;
    let folder = server.finish();
    std::fs::remove_file(folder.pepper()).unwrap();
    let said = folder.refusal(&[]);
    assert!(
        said.contains("keywright.db.pepper"),
        "the file is not named: {said}"
    );
    assert!(
        !folder.pepper().exists(),
        "a new pepper would lock every key out"
    );
}

#[tokio::test]
async fn a_wrong_pepper_is_refused_at_the_start() {
    let (folder, other) = (Server::start().finish(), Server::start().finish());
    std::fs::copy(other.pepper(), folder.pepper()).unwrap();
    let said = folder.refusal(&[]);
    assert!(
        said.contains("keywright.db.pepper"),
        "the file is not named: {said}"
    );
}

#[tokio::test]
async fn a_pepper_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start();
    let mode = server
        .folder()
        .pepper()
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_pepper_may_come_from_the_environment() {
    let pepper = [("pepper", "c".repeat(64))];
    let settings: Vec<_> = pepper
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let server = Server::with(&settings);
    let user = server.root().user().await;
    assert!(!server.folder().pepper().exists());
    let folder = server.finish();
    let server = Server::on(&folder, &settings);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    let folder = server.finish();
    let said = folder.refusal(&[("pepper", &"d".repeat(64))]);
    assert!(said.contains("pepper"), "{said}");
}

#[tokio::test]
async fn an_orderly_end_finishes_the_request_under_way() {
    let mut server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let body = json!({ "name": "last" }).to_string();
    let head = raw::head(
        "POST",
        "/v0/api_keys",
        &[
            &format!("Authorization: Bearer {}", holder.key),
            "Content-Type: application/json",
            &format!("Content-Length: {}", body.len()),
            "Expect: 100-continue",
        ],
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&head).await.unwrap();
    // The server asks for the body, so the request is in its hands.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.terminate();
    until("new connections to be refused", async || {
        TcpStream::connect(server.address)
            .await
            .is_err()
            .then_some(())
    })
    .await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    server
        .receive("POST", "/v0/api_keys", raw::parse(&answer))
        .expect(201);
    assert!(server.wait().success());
}
