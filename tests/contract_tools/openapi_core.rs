//! openapi-core sees what is wrong with an answer.
//! Leaves the answers of all tests, which it sees after them, to `cargo xtask test`.

use serde_json::{Value, json};

use super::{Verdict, python, settings};
use crate::support::{Server, workspace};

/// A recorded answer of `GET /user/info`.
async fn good() -> Value {
    let server = Server::start();
    let user = server.root().user().await;
    let request = server.get("/user/info").bearer(&user.key);
    let request = request.header("x-exorde-api-version", "v1");
    let answer = request.send().await.expect(200);
    json!({
        "contract": "user-key",
        "operation": "read_user_info",
        "method": "GET",
        "path": "/user/info",
        "status": 200,
        "headers": [
            ["content-type", "application/json"],
            ["x-request-id", answer.header("x-request-id")],
        ],
        "body": answer.text(),
    })
}

fn validate(answers: &[&Value], options: &[&str]) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("answers.jsonl");
    let lines: Vec<String> = answers.iter().map(ToString::to_string).collect();
    std::fs::write(&recording, lines.join("\n")).unwrap();
    let mut command = python();
    command
        .arg(settings().join("validate_answers.py"))
        .arg(workspace().join("openapi"))
        .arg(recording)
        .args(options);
    Verdict::of(&mut command)
}

#[tokio::test]
async fn openapi_core_names_what_is_wrong_with_an_answer() {
    let good = good().await;
    let said = validate(&[&good], &[]).passes();
    assert!(
        said.contains("1 answers of 1 operations, 0 complaints"),
        "{said}"
    );

    let mut wrong = good.clone();
    wrong["body"] = good["body"]
        .as_str()
        .unwrap()
        .replace("\"cost\":0", "\"cost\":\"0\"")
        .into();
    assert_ne!(wrong, good);
    validate(&[&good, &wrong], &[]).names(&[
        "user-key read_user_info 200",
        "'0' is not of type 'integer'",
    ]);

    let mut wrong = good.clone();
    wrong["headers"] = json!([["content-type", "application/json"]]);
    validate(&[&wrong], &[]).names(&["read_user_info", "X-Request-Id"]);

    let mut wrong = good.clone();
    wrong["status"] = json!(418);
    validate(&[&wrong], &[]).names(&["read_user_info 418", "418"]);

    let mut wrong = good.clone();
    wrong["headers"][0][1] = json!("text/plain");
    validate(&[&wrong], &[]).names(&["read_user_info", "text/plain"]);
}

#[tokio::test]
async fn an_operation_that_no_test_calls_and_an_empty_recording_are_named() {
    let good = good().await;
    let every = ["--every-operation"];
    validate(&[&good], &every).names(&[
        "user-key generate_user_key: no answer",
        "control verify_key",
    ]);
    validate(&[], &[]).names(&["0 answers"]);
}
