//! The three sample programs of `POST /v0/api_keys` that can run here: curl, Node's fetch, Python.
//! They make the documented calls, with the documented body `{}` and with a name.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Server, target};

const MISSING: &str = "the samples need curl, node, python3 and its module requests: \
                       run `cargo xtask setup`";

/// The documented call in a shell.
fn curl(url: &str, key: &str, body: &str) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "-X", "POST", url]);
    command.args(["-H", &format!("Authorization: Bearer {key}")]);
    command.args(["-H", "Content-Type: application/json", "-d", body]);
    command
}

/// The documented call in JavaScript.
fn node(url: &str, key: &str, body: &str) -> Command {
    const PROGRAM: &str = "
const [url, key, body] = process.argv.slice(1);
const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
fetch(url, { method: 'POST', headers, body: JSON.stringify(JSON.parse(body)) })
  .then((answer) => answer.json())
  .then((answer) => console.log(JSON.stringify(answer)));
";
    let mut command = Command::new("node");
    command.args(["-e", PROGRAM, url, key, body]);
    command
}

/// The documented call in Python.
fn python(url: &str, key: &str, body: &str) -> Command {
    const PROGRAM: &str = "
import json, sys
import requests

url, key, body = sys.argv[1:]
headers = {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'}
answer = requests.request('post', url, headers=headers, json=json.loads(body))
print(json.dumps(answer.json()))
";
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM, url, key, body]);
    command.env("PYTHONPATH", target().join("tools/python"));
    command
}

type Sample = fn(&str, &str, &str) -> Command;

async fn run(sample: Sample, tool: &str) {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let url = server.url("/v0/api_keys");
    let answer = |body: &str| -> Value {
        let mut command = sample(&url, &holder.key, body);
        let output = command.env("NO_PROXY", "*").output().expect(MISSING);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{MISSING}. It says: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let refused = answer("{}");
    assert_eq!(refused["error_code"], "InvalidRequestBody");
    assert_eq!(refused["details"], Value::Null);
    assert!(
        refused["message"].as_str().unwrap().contains("name"),
        "{refused}"
    );
    let made = answer(&format!(r#"{{"name":"{tool}"}}"#));
    assert_eq!(made["name"], tool);
    let key = made["api_key"].as_str().unwrap();
    server.secrets.add(key);
    assert_eq!(server.root().verdict(key).await, "VALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_curl_sample_reads_well_and_works() {
    run(curl, "curl").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_sample_reads_well_and_works() {
    run(node, "node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sample_reads_well_and_works() {
    assert!(
        Path::new(&target().join("tools/python")).is_dir(),
        "{MISSING}"
    );
    run(python, "python").await;
}
