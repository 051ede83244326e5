//! What `keywright doctor` finds, and that it leaves everything as it lies.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use crate::support::harm::{self, Part};
use crate::support::{Folder, Operator, Server};

/// What the doctor says of a folder, without what differs between two runs, and its exit code.
fn examined(folder: &Folder, settings: &[(&str, &str)]) -> (String, i32) {
    let mut command = folder.command(settings);
    command.arg("doctor");
    finish(folder, command)
}

fn finish(folder: &Folder, mut command: Command) -> (String, i32) {
    let output = command.output().unwrap();
    assert_eq!(output.stderr, b"", "{output:?}");
    let folder = folder.path().canonicalize().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    let lines = report.lines().map(|line| {
        let line = line.replace(&format!("{}/", folder.display()), "");
        match line.split_once("it says ") {
            Some((before, _)) if !line.starts_with("failed") => {
                format!("{before}it says [instant]")
            }
            _ => line,
        }
    });
    let lines: Vec<String> = lines.collect();
    (lines.join("\n"), output.status.code().unwrap())
}

/// The line of one check.
fn line<'a>(report: &'a str, subject: &str) -> &'a str {
    let line = report
        .lines()
        .find(|line| line.split_whitespace().nth(1) == Some(subject));
    line.unwrap_or_else(|| panic!("{subject} is not examined: {report}"))
}

/// A folder that a server was used in and left.
fn used() -> Folder {
    let server = Server::start();
    Operator::of(&server).json("users create");
    server.finish()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn beside_a_running_server_all_is_well_and_stays_so() {
    let server = Server::start();
    let operator = Operator::of(&server);
    operator.json("users create");
    let address = server.address.to_string();
    let (report, code) = examined(server.folder(), &[("listen", &address)]);
    let report = report.replace(&address, "[address]");
    insta::assert_snapshot!(report, @"
    ok       configuration  good; `keywright config show` says where each setting comes from
    ok       database       sqlite:keywright.db is whole, schema 10
    ok       pepper         keywright.db.pepper is the right one
    ok       clock          it says [instant]
    ok       port           a keywright answers on [address]
    ");
    assert_eq!(code, 0);
    operator.json("users create");
}

#[test]
fn beside_a_server_that_speaks_tls_its_certificate_is_examined() {
    let server = Server::with_tls(&[]);
    let folder = server.folder();
    let (address, tls) = (server.address.to_string(), tls_of(folder));
    let settings = |tls: &[(&'static str, String)]| {
        let settings: Vec<(&str, &str)> = tls
            .iter()
            .map(|(name, file)| (*name, file.as_str()))
            .collect();
        examined(
            folder,
            &[&[("listen", address.as_str())], &settings[..]].concat(),
        )
    };
    let key = folder.certificate_key();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (report, code) = settings(&tls);
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        line(&report, "certificate"),
        "ok       certificate    it fits its key"
    );
    let port = line(&report, "port");
    assert!(
        port.ends_with(&format!("a keywright answers on {address}")),
        "{port}"
    );

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (report, code) = settings(&tls);
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        line(&report, "certificate"),
        "warning  certificate    it fits its key, but anyone may read certificate.key.pem; \
         chmod o= certificate.key.pem"
    );

    let other = Folder::new();
    other.certify();
    let mixed = [tls[0].clone(), tls_of(&other)[1].clone()];
    let (report, code) = settings(&mixed);
    assert_eq!(code, 1, "{report}");
    let found = line(&report, "certificate");
    assert!(found.starts_with("failed"), "{found}");
    assert!(found.contains("belong together"), "{found}");
}

/// The settings that name a folder's certificate.
fn tls_of(folder: &Folder) -> [(&'static str, String); 2] {
    let text = |path: std::path::PathBuf| path.canonicalize().unwrap().display().to_string();
    [
        ("tls.certificate", text(folder.certificate())),
        ("tls.key", text(folder.certificate_key())),
    ]
}

#[test]
fn an_empty_folder_is_ready_for_a_first_start() {
    let folder = Folder::new();
    let (report, code) = examined(&folder, &[]);
    insta::assert_snapshot!(report, @"
    ok       configuration  good; `keywright config show` says where each setting comes from
    warning  database       sqlite:keywright.db is not there yet; the first start makes it. If there should be one, say where with --database
    ok       pepper         no database uses a pepper yet
    ok       clock          it says [instant]
    ok       port           a free one is picked at each start
    ");
    assert_eq!(code, 0);
    assert_eq!(files(folder.path()), []);
}

#[test]
fn a_stopped_server_s_folder_stays_as_it_lies() {
    let folder = used();
    let before = files(folder.path());
    let (report, code) = examined(&folder, &[]);
    assert_eq!(code, 0, "{report}");
    assert!(files(folder.path()) == before, "something was written");
}

#[test]
fn after_a_crash_the_log_is_read_with_the_database() {
    let server = Server::start();
    Operator::of(&server).json("users create");
    let folder = server.kill();
    let (report, code) = examined(&folder, &[]);
    assert_eq!(code, 0, "{report}");
    Server::on(&folder, &[]).finish();
}

#[test]
fn the_flags_of_serve_are_taken() {
    let folder = used();
    let settings = folder.path().join("keywright.toml");
    std::fs::write(&settings, "listen = \"127.0.0.1:0\"\nlimts = 3\n").unwrap();
    let mut command = folder.command(&[]);
    command.args(["doctor", "--config", "keywright.toml"]);
    let (report, code) = finish(&folder, command);
    insta::assert_snapshot!(report, @"
    failed   configuration  the configuration has a problem:
      keywright.toml:2: limts is not a setting, the nearest is limits
    ");
    assert_eq!(code, 1);
    let mut command = folder.command(&[]);
    command.args(["doctor", "--listen", "127.0.0.1:0"]);
    command.args(["--database", "sqlite:elsewhere/keywright.db"]);
    let (report, code) = finish(&folder, command);
    assert_eq!(
        line(&report, "database"),
        "failed   database       the folder elsewhere does not exist; make it, or choose another with --database"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_pepper_that_is_missing_or_another_fails() {
    let folder = used();
    let pepper = folder.pepper();
    let kept = folder.path().join("kept");
    std::fs::rename(&pepper, &kept).unwrap();
    let (report, code) = examined(&folder, &[]);
    assert_eq!(
        line(&report, "pepper"),
        "failed   pepper         the pepper file keywright.db.pepper is missing: without it no key of this \
         database verifies. Put it back from your backup, or set KEYWRIGHT_PEPPER to its content"
    );
    assert_eq!(code, 1);
    let text = std::fs::read_to_string(&kept).unwrap();
    let (report, code) = examined(&folder, &[("pepper", text.trim())]);
    assert_eq!(
        line(&report, "pepper"),
        "ok       pepper         given by the configuration, and the right one"
    );
    assert_eq!(code, 0);
    std::fs::write(&pepper, "another pepper of more than 32 characters").unwrap();
    let (report, code) = examined(&folder, &[]);
    assert!(
        line(&report, "pepper").contains("this is not the pepper"),
        "{report}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_pepper_that_others_may_read_is_a_warning() {
    let folder = used();
    let open = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(folder.pepper(), open).unwrap();
    let (report, code) = examined(&folder, &[]);
    assert_eq!(
        line(&report, "pepper"),
        "warning  pepper         keywright.db.pepper is the right one, but others may read it (mode 640); \
         chmod 600 keywright.db.pepper"
    );
    assert_eq!(code, 0);
}

#[test]
fn a_configuration_with_a_secret_that_anybody_may_read_is_a_warning() {
    let folder = used();
    let settings = folder.path().join("keywright.toml");
    let secret = "a-root-key-for-the-doctor-of-the-tests";
    std::fs::write(&settings, format!("root_key = '{secret}'\n")).unwrap();
    let warning = "warning  configuration  anybody may read keywright.toml (mode 604), which holds a secret: \
                   chmod o= keywright.toml";
    for mode in [0o604, 0o600] {
        std::fs::set_permissions(&settings, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut command = folder.command(&[]);
        command.env_remove("KEYWRIGHT_ROOT_KEY");
        command.args(["doctor", "--config", "keywright.toml"]);
        let (report, code) = finish(&folder, command);
        let is_told = report.lines().any(|line| line == warning);
        assert_eq!(is_told, mode == 0o604, "{report}");
        assert_eq!(code, 0);
    }
}

#[test]
fn the_file_of_a_root_key_is_examined() {
    let folder = used();
    let file = folder.path().join("root.key");
    for (text, expected, code) in [
        (
            "a-root-key-for-the-doctor-of-the-tests\n",
            "ok       root-key       root.key holds one",
            0,
        ),
        (
            "short",
            "failed   root-key       root_key_file: root.key must hold one line of 32 to 256 visible ASCII \
             characters without spaces, and nothing else",
            1,
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = folder.command(&[]);
        command.env_remove("KEYWRIGHT_ROOT_KEY");
        command
            .env("KEYWRIGHT_ROOT_KEY_FILE", "root.key")
            .arg("doctor");
        let (report, found) = finish(&folder, command);
        assert_eq!(line(&report, "root-key"), expected);
        assert_eq!(found, code);
    }
}

#[test]
fn a_damaged_database_fails() {
    let folder = used();
    harm::damage(&folder.database(), &[(Part::Rows, "owners")]);
    let (report, code) = examined(&folder, &[]);
    let found = line(&report, "database");
    assert!(
        found.starts_with("failed   database       sqlite:keywright.db "),
        "{report}"
    );
    assert!(found.contains("backup"), "{report}");
    assert_eq!(code, 1);
    std::fs::write(
        folder.database(),
        "this is a letter, and no database at all",
    )
    .unwrap();
    let (report, code) = examined(&folder, &[]);
    assert!(
        line(&report, "database").contains("file is not a database"),
        "{report}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_folder_in_the_databases_place_fails_with_the_remedy() {
    let folder = Folder::new();
    std::fs::create_dir(folder.database()).unwrap();
    let (report, code) = examined(&folder, &[]);
    let found = line(&report, "database");
    assert!(found.starts_with("failed "), "{report}");
    assert!(found.ends_with("/keywright.db"), "{report}");
    assert!(
        found.contains("is a folder: name a file in it, as in sqlite:"),
        "{report}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_row_that_cannot_be_read_fails_with_its_id_and_the_remedy() {
    let folder = used();
    let connection = Connection::open(folder.database()).unwrap();
    let id = |table: &str| -> uuid::Uuid {
        let sql = format!("SELECT id FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let (key, user) = (id("keys"), id("owners"));
    connection
        .execute_batch(
            "UPDATE keys SET metadata = '{', ip_allow = 'nowhere';
             UPDATE owners SET rate_limits = '[';
             INSERT INTO owners (id, kind, created_at_ms, updated_at_ms) VALUES ('x', 'user', 0, 0);",
        )
        .unwrap();
    drop(connection);
    let (report, code) = examined(&folder, &[]);
    assert_eq!(
        line(&report, "rows"),
        format!(
            "failed   rows           3 cannot be read in full: key {key} (metadata ip_allow), \
             user {user} (rate_limits), owner in row 2 (id); each is refused until these members are \
             sent anew (`keywright keys update`, `users update`, `organizations update`), or it is \
             revoked or deleted"
        )
    );
    assert_eq!(code, 1);
}

#[test]
fn a_database_of_a_newer_keywright_fails() {
    let folder = used();
    let connection = Connection::open(folder.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let (report, code) = examined(&folder, &[]);
    assert_eq!(
        line(&report, "database"),
        "failed   database       sqlite:keywright.db has schema 99, this keywright knows 10; update keywright"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_clock_behind_the_newest_event_fails() {
    let folder = used();
    let connection = Connection::open(folder.database()).unwrap();
    let year_ms = 365 * 86_400_000_i64;
    connection
        .execute("UPDATE events SET at_ms = at_ms + ?1", [year_ms])
        .unwrap();
    drop(connection);
    let (report, code) = examined(&folder, &[]);
    let found = line(&report, "clock");
    assert!(found.starts_with("failed   clock "), "{report}");
    assert!(found.contains(" before the newest event ("), "{report}");
    assert!(found.ends_with("keep it right with NTP"), "{report}");
    assert_eq!(code, 1);
}

#[test]
fn a_port_that_another_program_has_fails() {
    let folder = used();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Hangs up on whoever calls.
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let (report, code) = examined(&folder, &[("listen", &address)]);
    assert_eq!(
        line(&report, "port"),
        format!(
            "failed   port           another program listens on {address}; \
             stop it, or choose another address with --listen"
        )
    );
    assert_eq!(code, 1);
}
