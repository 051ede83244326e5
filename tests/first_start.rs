//! The first start on an empty folder: credentials once, and commands that work as they are printed.
//! Leaves what the commands do to the contracts' own files.

use std::process::Command;

use uuid::Uuid;

use crate::support::child::{Folder, ROOT_KEY, bare_command};
use crate::support::{Answer, Server, raw};

/// A server as a stranger starts it, but on a port of its own.
pub(crate) fn stranger(folder: &Folder, arguments: &[&str]) -> Server {
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

/// Runs a printed command unchanged; it shows the whole answer, head and body.
fn paste(command: &str) -> Answer {
    let output = Command::new("sh")
        .args(["-c", command])
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    raw::parse(&output.stdout)
}

/// Words that look like a credential of any kind.
pub(crate) fn credentials(stdout: &str) -> impl Iterator<Item = &str> {
    let words =
        stdout.split(|character: char| character.is_whitespace() || "'\"".contains(character));
    let values = words.map(|word| match word.split_once('=') {
        Some((name, value)) if !value.is_empty() && name.to_uppercase() == name => value,
        _ => word,
    });
    values.filter(|word| {
        ["kw_", "kwc_", "kws_", "apikey:", "eyJ"]
            .iter()
            .any(|start| word.starts_with(start))
            || Uuid::parse_str(word).is_ok_and(|uuid| uuid.get_version_num() == 4)
            || (word.len() == 28 && word.ends_with('='))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_commands_work_as_they_are_pasted() {
    let folder = Folder::new();
    let server = stranger(&folder, &[]);
    let stdout = server.stdout();
    let commands = printed_commands(&stdout);
    assert_eq!(commands.len(), 5, "{stdout}");
    for credential in credentials(&stdout) {
        server.secrets.add(credential);
    }
    assert!(server.secrets.len() >= 7, "not all is printed: {stdout}");
    for ((command, (method, path)), (status, member)) in commands
        .iter()
        .zip([
            ("POST", "/v1/keys"),
            ("PUT", "/user/api-key"),
            ("POST", "/api-keys"),
            ("POST", "/v0/api_keys"),
            ("PUT", "/organizations/api-keys"),
        ])
        .zip([
            (201, "/secret"),
            (200, "/apikey"),
            (201, "/clientSecret"),
            (201, "/api_key"),
            (200, "/result/api_key"),
        ])
    {
        assert!(command.contains(&server.url(path)), "{command}");
        let answer = server.receive(method, path, paste(command)).expect(status);
        answer.string(member);
    }
    server.finish();
}

#[tokio::test]
async fn credentials_are_printed_at_the_first_start_only() {
    let folder = Folder::new();
    stranger(&folder, &[]).finish();
    let stdout = stranger(&folder, &[]).stdout();
    assert_eq!(printed_commands(&stdout), [""; 0]);
    assert_eq!(credentials(&stdout).count(), 0, "{stdout}");
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
    assert_eq!(credentials(&server.stdout()).count(), 0);
    assert!(!server.stdout().contains(&server.root_key));
}

#[tokio::test]
async fn the_database_and_its_pepper_lie_in_the_current_folder() {
    let folder = Folder::new();
    let server = stranger(&folder, &["--no-demo"]);
    assert!(folder.database().is_file() && folder.pepper().is_file());
    server.finish();
}

/// The generated root key, which is the only credential that is printed.
fn root_key(stdout: &str) -> String {
    let keys: Vec<&str> = credentials(stdout).collect();
    // By itself, and as a line to paste.
    assert_eq!(keys.len(), 2, "{stdout}");
    assert!(
        keys[0].starts_with("kwc_") && keys[0] == keys[1],
        "{stdout}"
    );
    keys[0].to_owned()
}

/// Whoever reads the log of a start that has lost its configuration would be able to do everything.
#[tokio::test]
async fn a_database_in_use_gets_no_other_root_key() {
    let folder = Folder::new();
    let server = Server::on(&folder, &[]);
    let user = server.root().user().await;
    server.finish();
    let again = stranger(&folder, &[]);
    let stdout = again.stdout();
    assert!(!stdout.contains("First start"), "{stdout}");
    assert_eq!(credentials(&stdout).count(), 0, "{stdout}");
    assert!(
        folder.log().contains("there is no root key"),
        "{}",
        folder.log()
    );
    let asked = again.get("/v1/keys").bearer(ROOT_KEY).send().await;
    asked.expect(401);
    let info = again.get("/user/info").bearer(&user.key);
    let info = info.header("X-Exorde-Api-Version", "v1").send().await;
    info.expect(200);
    again.finish();
    let restored = Server::on(&folder, &[]);
    restored.root().get("/v1/keys").await.expect(200);
    restored.finish();
}

#[test]
fn the_database_of_another_program_is_refused_and_left_alone() {
    for pragmas in ["", "PRAGMA user_version = 3;", "PRAGMA journal_mode = wal;"] {
        let folder = Folder::new();
        let path = folder.database();
        let theirs = rusqlite::Connection::open(&path).unwrap();
        let tables = "CREATE TABLE settings (name text); CREATE TABLE notes (body text);";
        theirs
            .execute_batch(&format!("{pragmas} {tables}"))
            .unwrap();
        let before = tables_of(&theirs);
        let said = folder.refusal(&[]);
        assert!(
            said.contains("is no keywright database"),
            "{pragmas} {said}"
        );
        assert!(said.contains("--database"), "{said}");
        assert_eq!(tables_of(&theirs), before);
        drop(theirs);
        let said = folder.refusal(&[]);
        assert!(
            said.contains("is no keywright database"),
            "{pragmas} {said}"
        );
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_once_and_left_alone() {
    let folder = Folder::new();
    let text = "Dear diary, ".repeat(100);
    std::fs::write(folder.database(), &text).unwrap();
    let said = folder.refusal(&[]);
    assert!(said.contains("is not a SQLite database"), "{said}");
    assert!(!said.contains("Error code"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.database()).unwrap(), text);
}

#[test]
fn a_folder_is_no_database_and_is_called_a_folder() {
    let folder = Folder::new();
    std::fs::create_dir(folder.database()).unwrap();
    let said = folder.refusal(&[]);
    let path = folder.database();
    let remedy = format!(
        "is a folder: name a file in it, as in sqlite:{}/keywright.db",
        path.display()
    );
    assert!(said.contains(&remedy), "{said}");
    assert!(std::fs::read_dir(path).unwrap().next().is_none());
}

fn tables_of(database: &rusqlite::Connection) -> Vec<String> {
    let mut names = database
        .prepare("SELECT name FROM sqlite_schema ORDER BY name")
        .unwrap();
    let names = names.query_map([], |row| row.get(0)).unwrap();
    names.collect::<rusqlite::Result<_>>().unwrap()
}
