//! Servers of one PostgreSQL: what they agree on when they start, and what each is told that differs.
//! Leaves what they tell one another of changes to other tests.

mod faults;
mod passwords;

use std::process::{Command, Stdio};

use keywright_store_postgres::Connector;
use serde_json::Value;

use crate::first_start::credentials;
use crate::support::child;
use crate::support::engine::Engine;
use crate::support::postgres::{Postgres, options};
use crate::support::{Folder, ROOT_KEY, Server, until};

const PEPPER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER_PEPPER: &str = "fedcba9876543210fedcba9876543210fedcba9876543210";
const ISSUER: &str = "https://keys.example.com";
const OTHER_ISSUER: &str = "https://tokens.example.org/of/all";
const OTHER_ROOT_KEY: &str = "another-root-key-of-the-tests-9Zk2Rb7Yq4Lm";

/// The settings of a server on this database.
pub(super) fn settings(url: &str) -> [(&str, &str); 4] {
    [
        ("database.url", url),
        ("pepper.value", PEPPER),
        ("tokens.issuer", ISSUER),
        ("database.readers", "1"),
    ]
}

/// The same with others over them.
pub(super) fn with<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    settings(url)
        .into_iter()
        .chain(more.iter().copied())
        .collect()
}

/// A server whose configuration has no root key; it makes examples.
fn without_root_key(folder: &Folder, url: &str) -> Command {
    let mut command = folder.command(&settings(url));
    command
        .env_remove("KEYWRIGHT_ROOT_KEY")
        .env_remove("KEYWRIGHT_NO_DEMO");
    command
}

/// The keys that check the tokens of a server.
async fn key_set(server: &Server) -> Value {
    let answer = server.get("/.well-known/jwks.json").send().await;
    answer.expect(200).json()
}

async fn issuer(server: &Server) -> String {
    let metadata = server.get("/.well-known/oauth-authorization-server");
    metadata.send().await.expect(200).string("/issuer")
}

/// How a command on the settings ended, and what it printed.
pub(super) fn command(
    folder: &Folder,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> (i32, String) {
    let output = folder.command(settings).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_servers_that_start_at_once_agree_and_print_the_first_credentials_once() {
    let postgres = Postgres::start();
    let url = postgres.url();
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..10)
            .map(|_| {
                scope.spawn(|| {
                    let folder = Folder::new();
                    let command = without_root_key(&folder, &url);
                    Server::run(&folder, command)
                })
            })
            .collect();
        let started = starts.into_iter().map(|start| start.join().unwrap());
        started.collect()
    });
    let said: Vec<String> = servers.iter().map(Server::stdout).collect();
    let first: Vec<&String> = said
        .iter()
        .filter(|said| said.contains("First start"))
        .collect();
    assert_eq!(first.len(), 1, "{said:#?}");
    let printed = said.iter().map(|said| credentials(said).count());
    assert_eq!(printed.filter(|count| *count > 0).count(), 1, "{said:#?}");
    let root_key = credentials(first[0]).find(|word| word.starts_with("kwc_"));
    let root_key = root_key.expect("the root key is printed");

    let keys = key_set(&servers[0]).await;
    let mut secrets = Vec::new();
    for server in &servers {
        assert_eq!(key_set(server).await, keys);
        assert_eq!(issuer(server).await, ISSUER);
        for list in ["/v1/users", "/v1/organizations"] {
            let owners = server.get(list).bearer(root_key).send().await.expect(200);
            assert_eq!(
                owners.json()["items"].as_array().unwrap().len(),
                1,
                "{list}"
            );
        }
        let organizations = server
            .get("/v1/organizations")
            .bearer(root_key)
            .send()
            .await;
        let owner = organizations.string("/items/0/id");
        let wish = serde_json::json!({ "kind": "standard", "owner_id": owner });
        let made = server
            .post("/v1/keys")
            .bearer(root_key)
            .json(&wish)
            .send()
            .await;
        secrets.push(made.expect(201).string("/secret"));
    }
    // One pepper: what one has issued, each knows.
    for server in &servers {
        for secret in &secrets {
            let asked = serde_json::json!({ "key": secret });
            let verdict = server.post("/v1/keys/verify").bearer(root_key).json(&asked);
            assert_eq!(verdict.send().await.expect(200).string("/code"), "VALID");
        }
    }
}

#[tokio::test]
async fn what_differs_is_refused_with_both_values_and_changes_nothing() {
    let postgres = Postgres::start();
    let url = postgres.url();
    let server = Server::with(&settings(&url));
    let kept = "SELECT string_agg(name || encode(value, 'hex'), ',' ORDER BY name) FROM keywright.settings";
    let before = postgres.psql_in_kw(kept);
    let folder = Folder::new();
    for (setting, value, words) in [
        (
            "tokens.issuer",
            OTHER_ISSUER,
            [
                "tokens.issuer is https://tokens.example.org/of/all here, and https://keys.example.com at the servers",
                "keywright settings change tokens.issuer",
            ],
        ),
        (
            "root_key",
            OTHER_ROOT_KEY,
            [
                "the root key that is configured here (fingerprint ",
                "keywright settings change root_key",
            ],
        ),
        (
            "limits.shared",
            "true",
            [
                "limits.shared is true here, and false at the servers of this database",
                "keywright settings change limits.shared",
            ],
        ),
        (
            "pepper",
            OTHER_PEPPER,
            [
                "not the pepper that the database was made with",
                "Use the pepper that belongs to this database",
            ],
        ),
    ] {
        let (code, said) = command(
            &folder,
            &with(&url, &[(setting, value), ("log.filter", "warn")]),
            &[],
        );
        assert_eq!(code, 1, "{said}");
        for words in words {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            !said.contains(OTHER_ROOT_KEY) && !said.contains(OTHER_PEPPER),
            "{said}"
        );
        assert_eq!(postgres.psql_in_kw(kept), before);
    }
    // A slash at the end makes no other issuer, and one that has no root key of its own uses the database's.
    let slash = format!("{ISSUER}/");
    let mut alike = folder.command(&with(&url, &[("tokens.issuer", &slash)]));
    alike.env_remove("KEYWRIGHT_ROOT_KEY");
    let alike = Server::run(&folder, alike);
    assert!(!alike.stdout().contains("First start"));
    alike.root().get("/v1/keys").await.expect(200);
    assert_eq!(issuer(&alike).await, issuer(&server).await);
}

#[tokio::test]
async fn of_two_that_differ_and_start_at_once_on_an_empty_database_one_is_refused() {
    let postgres = Postgres::start();
    let url = postgres.url();
    let issuers = [ISSUER, OTHER_ISSUER];
    let folders = issuers.map(|_| Folder::new());
    let mut starts = Vec::new();
    for (folder, issuer) in folders.iter().zip(issuers) {
        let differing = [("tokens.issuer", issuer), ("log.filter", "error")];
        let mut start = folder.command(&with(&url, &differing));
        start.stdout(Stdio::null()).stderr(Stdio::piped());
        starts.push(start.spawn().unwrap());
    }
    let refused = until("one to be refused", async || {
        let mut starts = starts.iter_mut();
        starts.position(|start| start.try_wait().unwrap().is_some())
    })
    .await;
    let refused = starts.remove(refused).wait_with_output().unwrap();
    let mut other = starts.remove(0);
    let is_alive = other.try_wait().unwrap().is_none();
    other.kill().unwrap();
    other.wait().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(is_alive, "both were refused: {said}");
    assert!(issuers.iter().all(|issuer| said.contains(issuer)), "{said}");
}

#[tokio::test]
async fn a_root_key_that_the_first_start_has_made_is_not_replaced_by_a_configured_one() {
    let postgres = Postgres::start();
    let (folder, url) = (Folder::new(), postgres.url());
    let first = Server::run(&folder, without_root_key(&folder, &url));
    let stdout = first.stdout();
    let made = credentials(&stdout).find(|word| word.starts_with("kwc_"));
    let made = made.unwrap().to_owned();
    let said = Folder::new().refusal(&settings(&url));
    assert!(
        said.contains("the root key that is configured here"),
        "{said}"
    );
    first.get("/v1/keys").bearer(&made).send().await.expect(200);
    // Who configures the very key that was printed, agrees.
    let same = Server::with(&with(&url, &[("root_key", &made)]));
    same.get("/v1/keys").bearer(&made).send().await.expect(200);
}

#[test]
fn without_an_issuer_or_a_pepper_no_server_starts_and_nothing_is_made() {
    let postgres = Postgres::start();
    let (folder, url) = (Folder::new(), postgres.url());
    let said = folder.refusal(&[("database.url", &url), ("pepper.value", PEPPER)]);
    for words in [
        "tokens.issuer is not set",
        "tokens.issuer = \"https://keys.example.com\"",
        "KEYWRIGHT_TOKENS__ISSUER=",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let said = folder.refusal(&[("database.url", &url), ("tokens.issuer", ISSUER)]);
    for words in [
        "set pepper.file or KEYWRIGHT_PEPPER",
        "openssl rand -hex 32",
    ] {
        assert!(said.contains(words), "{said}");
    }
    // A root key's file that cannot be read is told before anything is agreed on.
    let mut command = folder.command(&with(&url, &[("root_key_file", "nowhere")]));
    let said = child::refusal(command.env_remove("KEYWRIGHT_ROOT_KEY"));
    assert!(said.contains("root_key_file"), "{said}");
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'keywright'";
    assert_eq!(postgres.psql_in_kw(schemas), "0");
}

#[tokio::test]
async fn an_agreed_setting_is_changed_by_one_command_for_servers_that_run_and_that_start() {
    let postgres = Postgres::start();
    let (folder, url) = (Folder::new(), postgres.url());
    let change = ["settings", "change", "tokens.issuer", "--json"];
    let (code, said) = command(&folder, &settings(&url), &change);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("no keywright has used this database"),
        "{said}"
    );

    let servers = [(); 2].map(|()| Server::with(&settings(&url)));
    let (code, said) = command(&folder, &settings(&url), &["settings", "show", "--table"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(ISSUER) && !said.contains("differs"), "{said}");
    let new = with(
        &url,
        &[
            ("tokens.issuer", OTHER_ISSUER),
            ("root_key", OTHER_ROOT_KEY),
        ],
    );
    let (code, said) = command(&folder, &new, &["settings", "show", "--table"]);
    assert_eq!(code, 10, "{said}");
    let differs = format!("{ISSUER}, and this configuration differs: {OTHER_ISSUER}");
    assert!(said.contains(&differs), "{said}");

    let other = with(
        &url,
        &[
            ("pepper.value", OTHER_PEPPER),
            ("tokens.issuer", OTHER_ISSUER),
        ],
    );
    let (code, said) = command(&folder, &other, &change);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("not the pepper"), "{said}");

    for setting in ["tokens.issuer", "root_key"] {
        let (code, said) = command(&folder, &new, &["settings", "change", setting, "--json"]);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains(OTHER_ROOT_KEY), "{said}");
    }
    for server in &servers {
        until("the new issuer", async || {
            (issuer(server).await == OTHER_ISSUER).then_some(())
        })
        .await;
        until("the end of the old root key", async || {
            let asked = server.get("/v1/keys").bearer(ROOT_KEY).send().await;
            (asked.status == 401).then_some(())
        })
        .await;
        let asked = server.get("/v1/keys").bearer(OTHER_ROOT_KEY).send().await;
        asked.expect(200);
        let log = server.folder().log();
        assert!(
            log.contains("tokens.issuer was changed for all servers"),
            "{log}"
        );
    }
    let said = Folder::new().refusal(&settings(&url));
    assert!(said.contains("at the servers of this database"), "{said}");
    let again = Server::with(&new);
    assert_eq!(issuer(&again).await, OTHER_ISSUER);
    // Each change is told in the events, once, and they are whole.
    let (code, _) = command(&folder, &new, &change);
    assert_eq!(code, 0);
    let told = again
        .get("/v1/events?action=settings.changed")
        .bearer(OTHER_ROOT_KEY);
    let told = told.send().await.expect(200).json();
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{told}");
    let detail = format!("tokens.issuer: {OTHER_ISSUER}; before: {ISSUER}");
    assert_eq!(items[0]["detail"], detail);
    assert_eq!(items[0]["actor"], "server");
    let detail = items[1]["detail"].as_str().unwrap();
    assert!(detail.starts_with("root_key: fingerprint "), "{detail}");
    assert!(detail.contains("; before: fingerprint "), "{detail}");
    let (code, said) = command(&folder, &new, &["events", "verify"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_server_that_does_not_finish_its_start_is_named_to_those_that_wait_for_it() {
    let postgres = Postgres::start();
    let connector = Connector::open(&postgres.url(), &options()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let holder = runtime.block_on(async {
        let access = keywright_store_postgres::Access::ReadWrite;
        let session = connector.connect(access).await.unwrap();
        let client = session.client();
        // The number is that of the lock which a server holds that is starting.
        let lock = "SELECT pg_backend_pid() FROM (SELECT pg_advisory_lock(30249160265527924)) held";
        let pid: i32 = client.query_one(lock, &[]).await.unwrap().get(0);
        (session, pid)
    });
    let url = postgres.url();
    let said = Folder::new().refusal(&settings(&url));
    let remedy = format!("SELECT pg_terminate_backend({})", holder.1);
    assert!(said.contains("began to start more than 15 s ago"), "{said}");
    assert!(said.contains(&remedy), "{said}");
}

#[test]
fn one_server_alone_agrees_with_itself() {
    let folder = Folder::of(Engine::Sqlite);
    let (code, said) = command(&folder, &[], &["settings", "change", "tokens.issuer"]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("one server alone uses sqlite:"), "{said}");
}
