//! Databases of every schema that there ever was, opened by the server of today, and one of a schema to come.
//! Leaves what each migration does beside that to the tests of what it was made for.

use keywright::pepper;
use keywright_model::id::KeyId;
use keywright_model::secret::{
    CONTROL_PREFIX, Digest, Pepper, STANDARD_PREFIX, Secret, fingerprint,
};
use keywright_store::EVENTS;
use keywright_store::event::{Head, Sealed, TouchedId};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use uuid::Uuid;

use crate::support::operator::Said;
use crate::support::{Folder, Server, database, workspace};

/// The migrations, oldest first: a schema is the number of those that were taken.
fn migrations() -> Vec<String> {
    let folder = workspace().join("server/store-sqlite/migrations");
    let mut files: Vec<(usize, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let (number, _) = name.split_once('_').unwrap();
            let number = number.parse().unwrap();
            (number, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    for (index, (number, _)) in files.iter().enumerate() {
        assert_eq!(*number, index + 1, "migrations are numbered without a gap");
    }
    files
        .into_iter()
        .map(|(_, statements)| statements)
        .collect()
}

/// A database as a server of an early schema left it.
struct Early {
    folder: Folder,
    schema: usize,
    pepper: Pepper,
    connection: Connection,
    head: Head,
    owner_id: Uuid,
}

impl Early {
    /// One organization, and no key yet.
    fn of(schema: usize, migrations: &[String]) -> Self {
        let folder = Folder::new();
        let text = "p".repeat(64);
        std::fs::write(folder.pepper(), &text).unwrap();
        let pepper = Pepper::new(1, &fingerprint(&[b"pepper", text.as_bytes()]));
        let connection = Connection::open(folder.database()).unwrap();
        for migration in &migrations[..schema] {
            connection.execute_batch(migration).unwrap();
        }
        connection
            .pragma_update(None, "user_version", i64::try_from(schema).unwrap())
            .unwrap();
        connection
            .execute(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)",
                (pepper::CHECK, pepper.mac(&[b"check"]).0),
            )
            .unwrap();
        let owner_id = Uuid::now_v7();
        connection
            .execute(
                "INSERT INTO owners (id, kind, name, created_at_ms, updated_at_ms)
                 VALUES (?1, 'organization', 'early', 1770000000000, 1770000000000)",
                [owner_id],
            )
            .unwrap();
        let mut early = Self {
            folder,
            schema,
            pepper,
            connection,
            head: Head::default(),
            owner_id,
        };
        early.note("owner.created", owner_id);
        early
    }

    /// A key of the organization, as the servers of this schema issued it.
    fn issue(&mut self, kind: &str, scopes: &str, secret: &Secret) -> Uuid {
        let id = Uuid::now_v7();
        self.folder.secrets().add(secret.expose());
        let Digest(digest) = self.pepper.digest(secret);
        self.connection
            .execute(
                "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest, pepper_version,
                     created_at_ms)
                 VALUES (?1, ?2, ?3, ?2, ?4, ?5, '{\"team\":\"early\"}', ?6, 1, 1770000000000)",
                (id, kind, self.owner_id, secret.hint(), scopes, digest),
            )
            .unwrap();
        if self.schema >= 2 {
            // The first migration that knows lineages gives one to the keys that are there.
            let column = match self.schema {
                2..8 => "family",
                _ => "lineage",
            };
            self.connection
                .execute(
                    &format!("UPDATE keys SET {column} = id WHERE id = ?1"),
                    [id],
                )
                .unwrap();
        }
        if self.schema >= 4 && kind == "control" {
            self.connection
                .execute("UPDATE keys SET reach = 'all' WHERE id = ?1", [id])
                .unwrap();
        }
        self.note("key.issued", id);
        id
    }

    fn revoke(&mut self, id: Uuid) {
        self.connection
            .execute(
                "UPDATE keys SET current = false, revoked_at_ms = 1770000001000,
                     revocation_reason = 'key_compromise'
                 WHERE id = ?1",
                [id],
            )
            .unwrap();
        self.note("key.revoked", id);
    }

    /// Appends an event, with as much in it and under its MAC as the events of this schema have.
    fn note(&mut self, action: &str, target: Uuid) {
        let request_id = Uuid::new_v4();
        let owner = self.owner_id;
        let has_more = self.schema >= 2;
        let has_server_id = self.schema >= 5;
        let touched = match self.schema {
            ..10 => Vec::new(),
            _ => TouchedId::encode(vec![TouchedId::Key(KeyId(target))]),
        };
        let at_ms = 1_770_000_000_000 + self.head.position;
        let sealed = Sealed {
            at_ms,
            actor: b"root",
            action: action.as_bytes(),
            target: target.as_bytes(),
            outcome: b"done",
            request_id: request_id.as_bytes(),
            address: b"192.0.2.7",
            more: has_more.then_some([b"", owner.as_bytes(), b""]),
            server_request_id: if has_server_id {
                request_id.as_bytes()
            } else {
                b""
            },
            touched: &touched,
        };
        self.head = sealed.behind(&self.head, &self.pepper.derive(EVENTS));
        let position = self.head.position;
        self.connection
            .execute(
                "INSERT INTO events (position, at_ms, actor, action, target, outcome, request_id, address, mac)
                 VALUES (?1, ?2, 'root', ?3, ?4, 'done', ?5, '192.0.2.7', ?6)",
                (position, at_ms, action, target, request_id, &self.head.mac),
            )
            .unwrap();
        if has_more {
            self.connection
                .execute(
                    "UPDATE events SET owner = ?2 WHERE position = ?1",
                    (position, owner),
                )
                .unwrap();
        }
        if has_server_id {
            self.connection
                .execute(
                    "UPDATE events SET server_request_id = request_id WHERE position = ?1",
                    [position],
                )
                .unwrap();
        }
        if !touched.is_empty() {
            self.connection
                .execute(
                    "UPDATE events SET touched = ?2 WHERE position = ?1",
                    (position, touched),
                )
                .unwrap();
        }
        self.connection
            .execute(
                "UPDATE head SET position = ?1, mac = ?2",
                (position, &self.head.mac),
            )
            .unwrap();
    }
}

fn columns_of_events(connection: &Connection) -> Vec<String> {
    let statement = connection.prepare("SELECT * FROM events").unwrap();
    let columns = statement.column_names();
    columns.map(str::to_owned).collect()
}

/// The events up to a position as they lie in the table, but for columns that an early one did not have.
fn events_up_to(connection: &Connection, columns: &[String], position: i64) -> Vec<Vec<Value>> {
    let columns = columns.join(", ");
    let sql = format!("SELECT {columns} FROM events WHERE position <= ?1 ORDER BY position");
    let mut statement = connection.prepare(&sql).unwrap();
    let len = statement.column_count();
    let rows = statement.query_map([position], |row| {
        (0..len).map(|column| row.get(column)).collect()
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Runs a command in the folder of a server, with that server's settings.
fn run(folder: &Folder, line: &str) -> Said {
    let mut command = folder.command(&[]);
    let output = command.args(line.split_whitespace()).output().unwrap();
    Said {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_every_schema_is_opened_and_its_keys_are_what_they_were() {
    let migrations = migrations();
    for schema in 1..=migrations.len() {
        let mut early = Early::of(schema, &migrations);
        let good = Secret::checksummed(STANDARD_PREFIX);
        let gone = Secret::checksummed(STANDARD_PREFIX);
        let named = Secret::named();
        let control = Secret::checksummed(CONTROL_PREFIX);
        let good_id = early.issue("standard", "reports:read", &good);
        let gone_id = early.issue("standard", "", &gone);
        early.issue("named", "Read Write", &named);
        early.issue("control", "keys:verify", &control);
        early.revoke(gone_id);
        let Early {
            folder,
            connection,
            head,
            ..
        } = early;
        let columns = columns_of_events(&connection);
        let before = events_up_to(&connection, &columns, head.position);
        connection.close().unwrap();

        let server = Server::on(&folder, &[]);
        let verify = |key: &Secret, scope: &str| {
            let request = server.post("/v1/keys/verify").bearer(control.expose());
            request.json(&json!({ "key": key.expose(), "scopes": [scope] }))
        };
        let verdict = verify(&good, "reports:read").send().await.expect(200);
        let verdict = verdict.json();
        assert_eq!(verdict["code"], "VALID", "schema {schema}");
        assert_eq!(verdict["key"]["id"], good_id.to_string());
        assert_eq!(verdict["key"]["metadata"], json!({ "team": "early" }));
        for (key, scope, code) in [
            (&good, "reports:write", "INSUFFICIENT_SCOPE"),
            (&gone, "reports:read", "REVOKED"),
            (
                &Secret::checksummed(STANDARD_PREFIX),
                "reports:read",
                "NOT_FOUND",
            ),
        ] {
            let verdict = verify(key, scope).send().await.expect(200).json();
            assert_eq!(verdict["code"], code, "schema {schema}");
        }
        let list = server.get("/v0/api_keys").bearer(named.expose());
        list.send().await.expect(200);
        // It goes on as if it had always been of today.
        let root = server.root();
        let rotate = format!("/v1/keys/{good_id}/rotate");
        let rotated = root.post(&rotate, json!({})).await.expect(200).json();
        let secret = rotated["secret"].as_str().unwrap();
        server.secrets.add(secret);
        assert_eq!(root.verdict(secret).await, "VALID", "schema {schema}");
        assert_eq!(root.verdict(good.expose()).await, "REPLACED");
        let folder = server.finish();

        let taken = database::number(&folder.database(), "PRAGMA user_version");
        assert_eq!(taken, i64::try_from(migrations.len()).unwrap());
        let opened = database::open(&folder.database());
        let after = events_up_to(&opened, &columns, head.position);
        assert_eq!(after, before, "schema {schema}");
        let verified = run(&folder, &format!("events verify --head {head}")).expect(0);
        assert_eq!(
            verified.json()["events"],
            head.position + 1,
            "schema {schema}"
        );
    }
}

#[test]
fn a_database_of_a_newer_schema_is_refused_and_left_as_it_is() {
    let folder = Server::start().finish();
    let connection = Connection::open(folder.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.close().unwrap();
    let before = std::fs::read(folder.database()).unwrap();
    let said = folder.refusal(&[]);
    let known = migrations().len();
    let why = format!(
        "last used by a newer keywright (schema 99, this one knows {known}): update keywright"
    );
    assert!(said.contains(&why), "{said}");
    assert!(before == std::fs::read(folder.database()).unwrap());
}
