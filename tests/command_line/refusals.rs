//! What goes wrong: one line that says what, one that says the remedy, and the exit code of its kind.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::harm::{self, Part};
use crate::support::operator::redacted;
use crate::support::{Operator, Server};

const UNKNOWN: &str = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";

#[test]
fn an_unknown_control_key_is_refused_with_4() {
    let server = Server::start();
    let operator = Operator::of(&server).with_key(Some("kwc_unknown"));
    let said = operator.run("keys list").expect(4);
    assert_eq!(said.stdout, "");
    insta::assert_snapshot!(redacted(&said.stderr), @"
    error: Unauthorized: send the root key or a live control key as a bearer token
    help: check KEYWRIGHT_KEY or --key-file: the key may be mistyped, expired or revoked
    request id: [id]
    ");
}

#[test]
fn a_control_key_without_the_scope_is_refused_with_4() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("users create");
    let owner = made["id"].as_str().unwrap();
    let reader = operator.json(&format!(
        "keys create --owner {owner} --kind control --scope keys:read"
    ));
    let reader = Operator::of(&server).with_key(reader["secret"].as_str());
    reader.json("keys list");
    let said = reader.run("users create").expect(4);
    assert!(said.stderr.contains("owners:write"), "{}", said.stderr);
    assert!(said.stderr.contains("\nhelp: "), "{}", said.stderr);
}

#[test]
fn what_is_not_there_ends_with_3() {
    let server = Server::start();
    let operator = Operator::of(&server);
    for line in [
        format!("keys show {UNKNOWN}"),
        format!("keys update {UNKNOWN} --enabled true"),
        format!("keys rotate {UNKNOWN}"),
        format!("keys revoke {UNKNOWN}"),
        format!("keys create --owner {UNKNOWN}"),
        format!("users show {UNKNOWN}"),
        format!("users delete {UNKNOWN}"),
        format!("organizations suspend {UNKNOWN}"),
    ] {
        let said = operator.run(&line).expect(3);
        assert!(said.stderr.contains("\nrequest id: "), "{}", said.stderr);
    }
}

#[test]
fn what_breaks_a_rule_or_meets_another_ends_with_5() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("organizations create Works");
    let owner = made["id"].as_str().unwrap();
    let said = operator
        .run(&format!(
            "keys create --owner {owner} --ip-allow 203.0.113.7/24"
        ))
        .expect(5);
    insta::assert_snapshot!(redacted(&said.stderr), @"
    error: Unprocessable Content: /ip_allow/0: '203.0.113.7/24' must have zeros behind its prefix: 203.0.113.0/24 was probably meant
    help: `--help` behind the command lists its options and their form
    request id: [id]
    ");
    let named = format!("keys create --owner {owner} --kind named --name ci");
    operator.json(&named);
    let said = operator.run(&named).expect(5);
    assert!(
        said.stderr.starts_with("error: Conflict: "),
        "{}",
        said.stderr
    );
}

#[test]
fn a_server_that_takes_no_more_ends_with_6_and_says_when() {
    let server = Server::with(&[
        ("control.rate_limit_per_minute", "1"),
        ("control.rate_limit_burst", "1"),
    ]);
    let operator = Operator::of(&server);
    let made = operator.json("users create");
    let owner = made["id"].as_str().unwrap();
    let reader = operator.json(&format!(
        "keys create --owner {owner} --kind control --scope owners:read"
    ));
    let reader = Operator::of(&server).with_key(reader["secret"].as_str());
    reader.json("users list");
    let said = reader.run("users list").expect(6);
    assert!(
        said.stderr.contains("\nhelp: try again in "),
        "{}",
        said.stderr
    );
}

#[test]
fn a_server_that_fails_ends_with_1_and_the_request() {
    let server = Server::start();
    Operator::of(&server).json("users create");
    let folder = server.finish();
    harm::damage(&folder.database(), &[(Part::Rows, "owners")]);
    let server = Server::on(&folder, &[]);
    let said = Operator::of(&server).run("users list").expect(1);
    assert!(said.stderr.contains("\nrequest id: "), "{}", said.stderr);
}

#[test]
fn a_server_that_is_no_keywright_ends_with_1() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stranger = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 64];
        assert!(stream.read(&mut request).unwrap() > 0);
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nhello\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let said = operator.run(&format!("users list --url {url}")).expect(1);
    stranger.join().unwrap();
    assert!(
        said.stderr.contains("no keywright answers"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("\nhelp: is --url "), "{}", said.stderr);
}

#[test]
fn an_address_where_nobody_listens_ends_with_6() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let said = operator
        .run(&format!("users list --url http://{address}"))
        .expect(6);
    let expected = format!("error: no answer from http://{address}: Connection refused");
    assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
    assert!(said.stderr.contains("\nhelp: start the server with "));
}

#[test]
fn a_mistake_on_the_command_line_ends_with_2_and_asks_nothing() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = UNKNOWN;
    for (line, part) in [
        ("users list --url example.com".to_owned(), "the base URL"),
        ("users list --limit 0".to_owned(), "--limit"),
        ("users list --all --limit 3".to_owned(), "--limit"),
        ("users list --json --table".to_owned(), "--table"),
        (format!("users update {owner}"), "nothing to change"),
        (format!("keys update {owner}"), "nothing to change"),
        ("keys show me".to_owned(), "invalid value 'me'"),
        ("keys create".to_owned(), "--owner"),
        (format!("keys create --owner {owner} --scope"), "--scope"),
        (
            format!("keys create --owner {owner} --kind other"),
            "standard",
        ),
        (
            format!("keys create --owner {owner} --rate-limit 100/1m"),
            "NAME=LIMIT/WINDOW",
        ),
        (
            format!("keys create --owner {owner} --expires tomorrow"),
            "2030-01-31T12:00:00Z",
        ),
        (
            format!("keys create --owner {owner} --expires-in 1d --expires 2030-01-31T12:00:00Z"),
            "--expires",
        ),
        (
            format!("keys create --owner {owner} --refill 5/day"),
            "--credits",
        ),
        (
            format!("keys create --owner {owner} --metadata []"),
            "JSON object",
        ),
        (
            format!("keys update {owner} --scope a --no-scopes"),
            "--no-scopes",
        ),
        (format!("keys update {owner} --remove scopes"), "expires_at"),
        (format!("keys rotate {owner} --grace 3"), "as in 90s"),
        (
            format!("keys revoke {owner} --reason because"),
            "key_compromise",
        ),
        ("events list --action slept".to_owned(), "owner.created"),
    ] {
        let said = operator.run(&line).expect(2);
        assert!(said.stderr.contains(part), "{line}: {}", said.stderr);
    }
    assert_eq!(operator.json("users list")["items"], serde_json::json!([]));
}

#[test]
fn the_control_key_comes_from_a_file_or_the_environment() {
    let server = Server::start();
    let operator = Operator::of(&server).with_key(None);
    let said = operator.run("users list").expect(2);
    insta::assert_snapshot!(said.stderr, @"
    error: there is no control key
    help: set KEYWRIGHT_KEY to the root key or a control key, or name a file that holds it with --key-file
    ");
    let from_file = |text: &str| {
        let file = operator.file("root.key", text);
        operator.run_with(&["users", "list", "--key-file", file.to_str().unwrap()], "")
    };
    from_file(&format!("{}\n", server.root_key)).expect(0);
    from_file("kwc_unknown").expect(4);
    from_file("\n").expect(2);
    operator.run("users list --key-file missing").expect(2);
    let arguments = ["users", "list", "--key-file", "-"];
    operator.run_with(&arguments, &server.root_key).expect(0);
    let mut command = operator.command(&["users", "list"]);
    command.env("KEYWRIGHT_ROOT_KEY", &server.root_key);
    operator.finish(command, "").expect(0);
    let mut command = operator.command(&["users", "list"]);
    command
        .env("KEYWRIGHT_KEY", "kwc_unknown")
        .env("KEYWRIGHT_ROOT_KEY", &server.root_key);
    operator.finish(command, "").expect(4);
}

#[test]
fn what_stays_on_this_machine_goes_through_no_proxy() {
    let server = Server::start();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let operator = Operator::of(&server);
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let mut command = operator.command(&["keys", "list"]);
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        command.env(variable, &url);
        operator.finish(command, "").expect(0);
        let heard = proxy.accept().map(drop).map_err(|error| error.kind());
        assert_eq!(heard, Err(std::io::ErrorKind::WouldBlock), "{variable}");
    }
}

#[test]
fn a_server_whose_certificate_this_machine_does_not_know_is_trusted_by_a_file() {
    let server = Server::with_tls(&[]);
    let operator = Operator::of(&server);
    let said = operator.run("keys list").expect(6);
    assert!(said.stderr.contains("--ca-file"), "{}", said.stderr);
    let certificate = server.folder().certificate();
    let certificate = certificate.to_str().unwrap();
    operator
        .run(&format!("keys list --ca-file {certificate}"))
        .expect(0);
    let mut command = operator.command(&["organizations", "list"]);
    command.env("KEYWRIGHT_CA_FILE", certificate);
    operator.finish(command, "").expect(0);
    // The command that shows no control key goes the same way.
    let revoke = ["keys", "self-revoke", "--ca-file", certificate];
    let said = operator.run_with(&revoke, "kw_unknown").expect(3);
    assert!(said.stderr.contains("request id: "), "{}", said.stderr);
    let plain = server.url("").replace("https://", "http://");
    let said = operator.run(&format!("keys list --url {plain}")).expect(6);
    assert!(said.stderr.contains("https://"), "{}", said.stderr);
}

#[test]
fn a_file_without_a_certificate_is_refused_by_its_name() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let junk = operator.file("junk.pem", "-----BEGIN NOTHING-----\n");
    let missing = operator.folder().join("missing.pem");
    for path in [&junk, &missing] {
        let path = path.display().to_string();
        let said = operator
            .run(&format!("keys list --ca-file {path}"))
            .expect(2);
        assert!(said.stderr.contains(&path), "{}", said.stderr);
        assert!(said.stderr.contains("help: --ca-file"), "{}", said.stderr);
    }
}

#[test]
fn a_name_in_the_place_of_an_id_is_told_where_ids_are() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let said = operator
        .run_with(&["keys", "create", "--owner", "Customer One"], "")
        .expect(2);
    assert!(said.stderr.contains("an id is a UUID"), "{}", said.stderr);
    assert!(
        said.stderr.contains("organizations list"),
        "{}",
        said.stderr
    );
    operator.run("orgs list").expect(0);
}

#[test]
fn a_key_in_its_grace_shows_until_when_it_works() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = operator.json("organizations create Works")["id"].clone();
    let made = operator.json(&format!("keys create --owner {}", owner.as_str().unwrap()));
    let id = made["key"]["id"].as_str().unwrap();
    operator.json(&format!("keys rotate {id} --grace 1h"));
    let key = operator.json(&format!("keys show {id}"));
    let end = key["replaced_at"]
        .as_str()
        .unwrap()
        .split('.')
        .next()
        .unwrap();
    let shown = operator.run(&format!("keys show {id} --table")).expect(0);
    let line = shown
        .stdout
        .lines()
        .find(|line| line.starts_with("works until"));
    assert!(line.unwrap().contains(end), "{}", shown.stdout);
    let listed = operator.run("keys list --kind standard --table").expect(0);
    let row = listed.stdout.lines().find(|line| line.starts_with(id));
    assert!(row.unwrap().contains(end), "{}", listed.stdout);
}
