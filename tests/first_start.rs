//! The first start on an empty folder: credentials once, and commands that work as they are printed.
//! Leaves what the commands do to the contracts' own files.

use std::process::Command;

use serde_json::Value;

use crate::support::child::{Folder, bare_command};
use crate::support::{Answer, Server};

/// A server as a stranger starts it, but on a port of its own.
fn stranger(folder: &Folder, arguments: &[&str]) -> Server {
    let mut command = bare_command(folder.path());
    command
        .env("KEYWRIGHT_LISTEN", "127.0.0.1:0")
        .args(arguments);
    Server::run(folder, command)
}

fn printed_commands(stdout: &str) -> Vec<&str> {
    stdout
        .lines()
        .filter(|line| line.starts_with("curl "))
        .collect()
}

/// Runs a printed command unchanged, with a configuration of curl that adds the status to its output.
fn paste(command: &str) -> (u16, Value) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join(".curlrc"),
        "write-out = \"\\n%{http_code}\"\nsilent\n",
    )
    .unwrap();
    let output = Command::new("sh")
        .args(["-c", command])
        .env("HOME", home.path())
        .env("CURL_HOME", home.path())
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text
        .trim_end()
        .rsplit_once('\n')
        .unwrap_or_else(|| panic!("{command}: {text}"));
    (status.parse().unwrap(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_printed_commands_work_as_they_are_pasted() {
    let folder = Folder::new();
    let server = stranger(&folder, &[]);
    let stdout = server.stdout();
    let commands = printed_commands(&stdout);
    assert_eq!(commands.len(), 4, "{stdout}");
    let answers: Vec<(u16, Value)> = commands.iter().map(|command| paste(command)).collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.0).collect();
    assert_eq!(statuses, [200, 201, 201, 200], "{answers:?}");
    for ((_, body), member) in
        answers
            .iter()
            .zip(["/apikey", "/clientSecret", "/api_key", "/result/api_key"])
    {
        let secret = body.pointer(member).and_then(Value::as_str);
        server
            .secrets
            .add(secret.unwrap_or_else(|| panic!("no {member} in {body}")));
    }
    for word in
        stdout.split(|character: char| character.is_whitespace() || "'\",=".contains(character))
    {
        let is_secret = ["kw", "apikey:", "eyJ"]
            .iter()
            .any(|start| word.starts_with(start));
        if is_secret && word.len() > 40 {
            server.secrets.add(word);
        }
    }
    assert!(
        server.secrets.len() > 6,
        "the printed credentials are looked for, too"
    );
    server.finish();
}

#[tokio::test]
async fn credentials_are_printed_at_the_first_start_only() {
    let folder = Folder::new();
    stranger(&folder, &[]).finish();
    let server = stranger(&folder, &[]);
    let stdout = server.stdout();
    assert_eq!(
        stdout,
        format!("keywright listening on {}\n", server.url(""))
    );
}

#[tokio::test]
async fn without_the_demo_only_a_root_key_is_made() {
    for arguments in [&["--no-demo"][..], &["serve", "--no-demo"]] {
        let folder = Folder::new();
        let server = stranger(&folder, arguments);
        let stdout = server.stdout();
        assert_eq!(printed_commands(&stdout), [""; 0]);
        let root_key = root_key(&stdout);
        let answer: Answer = server
            .get("/v1/keys")
            .bearer(&root_key)
            .send()
            .await
            .expect(200);
        assert_eq!(answer.json()["items"], serde_json::json!([]));
        drop(server);
        let again = stranger(&folder, arguments);
        again
            .get("/v1/keys")
            .bearer(&root_key)
            .send()
            .await
            .expect(200);
        again.secrets.add(&root_key);
    }
}

#[tokio::test]
async fn with_a_root_key_configured_none_is_made_or_printed() {
    let server = Server::start();
    assert_eq!(
        server.stdout(),
        format!("keywright listening on {}\n", server.url(""))
    );
}

#[tokio::test]
async fn the_database_and_its_pepper_lie_in_the_current_folder() {
    let folder = Folder::new();
    let server = stranger(&folder, &["--no-demo"]);
    assert!(folder.database().is_file() && folder.pepper().is_file());
    server.finish();
}

/// The generated root key: the one printed word that looks like one of our keys.
fn root_key(stdout: &str) -> String {
    let words =
        stdout.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let mut keys: Vec<&str> = words
        .filter(|word| word.starts_with("kwc_") && word.len() > 40)
        .collect();
    keys.dedup();
    assert_eq!(keys.len(), 1, "{stdout}");
    keys[0].to_owned()
}
