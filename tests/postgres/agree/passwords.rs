//! The password in a database's URL: shown by no command, no start and no log, wherever in the URL it stands.
//! Leaves what else is secret to `secrecy`.

use super::{command, with};
use crate::support::postgres::Postgres;
use crate::support::{Folder, Server};

/// A part of every password of these tests that no encoding changes.
const MARK: &str = "hunter2";

/// Every command that takes the settings of a server, and does not serve.
const COMMANDS: [&[&str]; 11] = [
    &["config", "show"],
    &["doctor"],
    &["settings", "show"],
    &["settings", "change", "tokens.issuer"],
    &["settings", "change", "root_key"],
    &["backup", "copy.db"],
    &["restore", "copy.db"],
    &["events", "verify"],
    &["pepper", "status"],
    &["pepper", "add"],
    &["signing-keys", "rotate"],
];

fn says_nothing(said: &str, of: &str) {
    assert!(!said.contains(MARK), "{of}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_url_is_nowhere_in_what_a_server_and_the_commands_say() {
    let postgres = Postgres::start();
    postgres.psql("ALTER ROLE kw PASSWORD 'a:b@c/d?hunter2%x&y=z'");
    let host = postgres.host();
    let url = format!("postgres://kw:a%3Ab%40c%2Fd%3Fhunter2%25x%26y%3Dz@{host}/kw");
    let folder = Folder::new();
    let server = Server::on(&folder, &with(&url, &[]));
    server.root().organization().await;
    postgres.terminate();
    let stdout = server.stdout();
    assert!(
        stdout.contains(&format!("postgres://(hidden)@{host}/kw")),
        "{stdout}"
    );
    for command_line in COMMANDS {
        let (_, said) = command(&folder, &with(&url, &[]), command_line);
        says_nothing(&said, &format!("{command_line:?}"));
    }
    server.finish();
    let log = folder.log();
    assert!(log.len() > 1000, "nothing was logged: {log}");
    says_nothing(&format!("{stdout}{log}"), "a server");

    // As an argument, and in a file.
    let (_, said) = command(
        &folder,
        &with(&url, &[]),
        &["config", "show", "--database", &url],
    );
    says_nothing(&said, "--database");
    let file = folder.path().join("keywright.toml");
    std::fs::write(&file, format!("[database]\nurl = \"{url}\"\nurls = 1\n")).unwrap();
    for arguments in [
        ["config", "check"],
        ["config", "show"],
        ["serve", "--config"],
    ] {
        let mut command = folder.command(&[]);
        let output = command.args(arguments).arg(&file).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        says_nothing(&String::from_utf8(said).unwrap(), "a file");
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn the_password_of_a_url_that_cannot_be_used_is_not_shown_either() {
    let folder = Folder::new();
    for url in [
        "postgres://kw:hunter2@127.0.0.1:1/kw",
        "postgres://127.0.0.1:1/kw?user=kw&password=hunter2",
        "postgres://kw@127.0.0.1:1/kw?p%61ssword=hunter2",
        "postgres://kw@127.0.0.1:1/kw?sslmode=disable;password=hunter2",
        "postgres://kw@127.0.0.1:1/kw?passwrd=hunter2",
        "postgres://kw@127.0.0.1:1/kw?hunter2",
        "postgres://kw:hunter2/kw",
        "postgres://kw:x@hunter2@127.0.0.1:1/kw",
        "postgres://kw:x/hunter2@127.0.0.1:1/kw",
        "postgres://kw:x?hunter2@127.0.0.1:1/kw",
        "postgres://kw:%zzhunter2@127.0.0.1:1/kw",
        "postgres:kw:hunter2@127.0.0.1:1/kw",
        "Postgres://kw:hunter2@127.0.0.1:1/kw",
        "mysql://kw:hunter2@127.0.0.1:1/kw",
        "mysql://127.0.0.1:1/kw?password=hunter2",
        "//kw:hunter2@127.0.0.1:1/kw",
        "kw:hunter2@127.0.0.1:1/kw",
    ] {
        let settings = with(url, &[("database.connect_timeout_ms", "500")]);
        let (code, said) = command(&folder, &settings, &[]);
        assert_eq!(code, 1, "{url}: {said}");
        says_nothing(&said, url);
        for command_line in COMMANDS {
            let (_, said) = command(&folder, &settings, command_line);
            says_nothing(&said, url);
        }
        let (_, said) = command(&folder, &settings, &["doctor", "--database", url]);
        says_nothing(&said, url);
    }
}
