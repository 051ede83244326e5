//! The commands on a database that is a PostgreSQL, and `keywright copy` between it and a file.
//! Leaves the commands on files to `backup`, `command_line` and `rotation`.

mod commands;
mod copied;
mod dumped;
mod interrupted;
mod refused;
mod standby;
mod undone;

use std::path::Path;
use std::sync::LazyLock;

use keywright_postgres_cluster::{Cluster, Programs};
use keywright_store::copy::TABLES;
use rusqlite::Connection;
use serde_json::json;
use uuid::Uuid;

use crate::support::operator::Said;
use crate::support::{Clocked, Folder, Operator, Server};

/// One for all tests of this process, each of which has databases of its own.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let programs = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
    Cluster::start(&programs).unwrap()
});

/// Whom the tokens of servers on PostgreSQL name.
const ISSUER: &str = "https://keys.example.com";
const DAY_S: i64 = 86_400;

/// A database of PostgreSQL.
struct Database(String);

impl Database {
    /// An empty one.
    fn create() -> Self {
        let name = format!("moving_{}", Uuid::new_v4().simple());
        CLUSTER.primary().create_database(&name).unwrap();
        Self(name)
    }

    fn url(&self) -> String {
        CLUSTER.primary().url(&self.0)
    }

    /// What a statement about keywright's tables answers.
    fn sql(&self, statement: &str) -> String {
        let statement = format!("SET search_path = keywright; {statement}");
        let answer = CLUSTER.primary().sql(&self.0, &statement).unwrap();
        answer.trim().to_owned()
    }

    /// Whether no row of any table is there.
    fn is_empty(&self) -> bool {
        TABLES.iter().all(|table| {
            let there = self.sql(&format!("SELECT to_regclass('{}') IS NULL", table.name));
            there == "t" || self.sql(&format!("SELECT count(*) FROM {}", table.name)) == "0"
        })
    }

    /// The same rows in another database, as a base backup would have them.
    fn duplicate(&self) -> Self {
        let name = format!("moving_{}", Uuid::new_v4().simple());
        let statement = format!("CREATE DATABASE {name} TEMPLATE {}", self.0);
        CLUSTER.primary().sql("postgres", &statement).unwrap();
        Self(name)
    }

    /// A server on it, with the pepper of a folder.
    fn serve(&self, folder: &Folder) -> Server {
        let pepper = folder.pepper();
        let settings = [
            ("database.url", self.url()),
            ("pepper.file", pepper.display().to_string()),
            ("tokens.issuer", ISSUER.to_owned()),
        ];
        let settings = settings
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        Server::on(folder, &settings)
    }

    /// Runs a command on it, with the pepper of a folder.
    fn run(&self, folder: &Folder, line: &str) -> Said {
        run(folder, &format!("{line} --database {}", self.url()))
    }
}

/// Runs a command in a folder whose pepper it is given.
///
/// # Panics
/// When it shows the password of PostgreSQL.
fn run(folder: &Folder, line: &str) -> Said {
    let pepper = folder.pepper();
    let settings = [
        ("pepper.file", pepper.to_str().unwrap()),
        ("tokens.issuer", ISSUER),
    ];
    let mut command = folder.command(&settings);
    command.args(line.split_whitespace());
    let output = command.output().unwrap();
    let said = Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    let password = CLUSTER.password();
    assert!(!format!("{}{}", said.stdout, said.stderr).contains(password));
    said
}

/// A file with rows of every kind, and the secrets of its keys with the verdict on each.
struct Populated {
    folder: Folder,
    verdicts: Vec<(String, String)>,
}

impl Populated {
    async fn new() -> Self {
        let server = Clocked::with(json!({ "events": { "keep_days": 1 } })).await;
        let root = server.root();
        let (early, _) = (root.user().await, root.user().await);
        server.advance_s(2 * DAY_S);
        server.oldest_after_pruning().await;
        let organization = root.organization().await;
        let below = root.organization_below(&organization).await;
        let named = root.named_of(&below).await;
        let client = root.client_of(&organization).await;
        let token = client.token().await;
        client.revoke_token(&token.token).await;
        let mut user = root.user().await;
        let replaced = user.rotated().await;
        let (revoked_id, revoked) = root.standard_of(&organization.id).await;
        root.revoke(&revoked_id).await;
        let (limited_id, limited) = root.standard_of(&below.id).await;
        let wish = json!({
            "credits": { "remaining": 500, "refill": { "amount": 7, "every": "month" } },
            "metadata": { "plan": "größer 📦" }, "name": "Zweigstelle",
        });
        let target = format!("/v1/keys/{limited_id}");
        root.patch(&target, wish).await.expect(200);
        let kept = root
            .request("POST", "/v1/keys")
            .header("idempotency-key", "again");
        let kept = kept.json(&json!({ "kind": "standard", "owner_id": below.id }));
        let kept = kept.send().await.expect(201).string("/secret");
        let deleted = root.user().await;
        for gone in [&deleted, &early] {
            let request = root.request("DELETE", &format!("/v1/users/{}", gone.id));
            assert!(request.send().await.status < 300);
        }
        let secrets = [
            named.key,
            client.secret,
            user.key.clone(),
            replaced,
            revoked,
            limited,
            kept,
            deleted.key.clone(),
        ];
        let verdicts = root.verdicts(&secrets).await;
        let folder = server.stop().await;
        plant(&folder.database(), &deleted.id, &early.id, &deleted.key_id);
        Self {
            folder,
            verdicts: secrets.into_iter().zip(verdicts).collect(),
        }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.database().display())
    }

    /// The command that copies it into a database, with what it prints.
    fn copy_to(&self, database: &Database) -> Said {
        run(
            &self.folder,
            &format!("copy --from {} --to {}", self.url(), database.url()),
        )
    }

    /// Every key is judged as it was.
    async fn assert_verdicts(&self, server: &Server) {
        for (secret, verdict) in &self.verdicts {
            assert_eq!(&server.root().verdict(secret).await, verdict);
        }
    }
}

/// Rows that no server leaves for long.
fn plant(file: &Path, deleted: &str, early: &str, key: &str) {
    let [deleted, early, key] = [deleted, early, key].map(|id| Uuid::parse_str(id).unwrap());
    let connection = Connection::open(file).unwrap();
    let sql = "INSERT INTO tombstones (owner_id) VALUES (?1)";
    connection.execute(sql, [early]).unwrap();
    let sql = "INSERT INTO tombstones (owner_id, last_key_id) VALUES (?1, ?2)";
    connection.execute(sql, (deleted, key)).unwrap();
    let sql = "INSERT INTO forgotten_tokens (one, expires_at_ms) VALUES (1, 5)";
    connection.execute(sql, []).unwrap();
}

/// All rows of a file, but for where they lie in it.
fn dump(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut dumped = Vec::new();
    for name in TABLES.iter().map(|table| table.name).chain(["head"]) {
        let columns: String = connection
            .query_row(
                "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?1) ORDER BY name)",
                [name],
                |row| row.get(0),
            )
            .unwrap();
        let sql = format!("SELECT {columns} FROM {name} ORDER BY {}", key_of(name));
        let mut statement = connection.prepare(&sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            let values = (0..width).map(|index| format!("{:?}", row.get_ref(index).unwrap()));
            Ok(format!("{name} {}", values.collect::<Vec<_>>().join(" ")))
        });
        let rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
        assert!(!rows.is_empty(), "{name} is empty");
        dumped.extend(rows);
    }
    dumped
}

fn key_of(name: &str) -> &'static str {
    let table = TABLES.iter().find(|table| table.name == name);
    table.map_or("one", |table| table.key())
}

/// An operator of a server on PostgreSQL has made a few keys.
fn used(database: &Database, folder: &Folder) -> Server {
    std::fs::write(
        folder.pepper(),
        "a pepper of the tests, long enough for this\n",
    )
    .unwrap();
    let server = database.serve(folder);
    let operator = Operator::of(&server);
    for _ in 0..3 {
        operator.json("users create");
    }
    server
}
