//! Files with secrets: a root key in a file of its own, and that a start tells of each that others may read.
//! Leaves what `doctor` says of them to `command_line`.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Folder, ROOT_KEY, Server};

/// A file with this text and mode, where no server leaves its own.
fn file(name: &str, text: &str, mode: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    (folder, file)
}

/// The command of a server whose root key is in a file.
fn with_root_key_in(folder: &Folder, file: &Path) -> Command {
    let mut command = folder.command(&[("log.filter", "info")]);
    command.env_remove("KEYWRIGHT_ROOT_KEY");
    command.env("KEYWRIGHT_ROOT_KEY_FILE", file);
    command
}

#[tokio::test]
async fn a_root_key_may_be_in_a_file_with_or_without_the_end_of_its_line() {
    for end in ["\n", "\r\n", ""] {
        let (_kept, file) = file("root.key", &format!("{ROOT_KEY}{end}"), 0o600);
        let folder = Folder::new();
        let server = Server::run(&folder, with_root_key_in(&folder, &file));
        server.root().user().await;
        assert!(!folder.log().contains("may read"), "{}", folder.log());
    }
}

#[test]
fn a_file_without_a_root_key_is_refused_by_name_and_not_repeated() {
    let long = "x".repeat(257);
    let bad = [
        "",
        "too-short",
        &long,
        "two-lines-of-a-root-key-that-are-long\nenough-by-themselves",
        "a blank in a root key that is long enough",
        "a-tilde-n-in-a-root-key-long-enough-\u{f1}",
    ];
    for text in bad {
        let (_kept, file) = file("root.key", text, 0o600);
        let said = refusal(with_root_key_in(&Folder::new(), &file));
        for part in [
            "root_key_file",
            "root.key",
            "32 to 256 visible ASCII characters",
        ] {
            assert!(said.contains(part), "{part} is not told: {said}");
        }
        assert!(text.is_empty() || !said.contains(text), "{said}");
    }
    let missing = Path::new("missing.key");
    let said = refusal(with_root_key_in(&Folder::new(), missing));
    assert!(
        said.contains("root_key_file: missing.key cannot be read"),
        "{said}"
    );
}

fn refusal(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "it started");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_start_tells_of_a_root_key_s_file_that_anybody_may_read() {
    for (mode, is_told) in [(0o644, true), (0o640, false)] {
        let (_kept, file) = file("root.key", ROOT_KEY, mode);
        let folder = Folder::new();
        let server = Server::run(&folder, with_root_key_in(&folder, &file));
        assert_eq!(tells_of(&server, &file), is_told, "{}", folder.log());
    }
}

#[tokio::test]
async fn a_start_tells_of_a_configuration_with_a_secret_that_anybody_may_read() {
    let secret = format!("root_key = '{ROOT_KEY}'\n");
    for (text, mode, is_told) in [
        (secret.as_str(), 0o644, true),
        (secret.as_str(), 0o640, false),
        ("[pepper]\nfile = 'keywright.db.pepper'\n", 0o644, false),
    ] {
        let (_kept, file) = file("keywright.toml", text, mode);
        let folder = Folder::new();
        let mut command = folder.command(&[("log.filter", "info")]);
        if text == secret {
            command.env_remove("KEYWRIGHT_ROOT_KEY");
        }
        command.arg("--config").arg(&file);
        let server = Server::run(&folder, command);
        assert_eq!(tells_of(&server, &file), is_told, "{}", folder.log());
    }
}

fn tells_of(server: &Server, file: &Path) -> bool {
    let file = file.display();
    let told = format!("anybody may read {file} (mode 644), which holds a secret: chmod o= {file}");
    server.folder().log().contains(&told)
}

#[tokio::test]
async fn a_start_tells_of_a_pepper_that_others_may_read() {
    let folder = Server::start().finish();
    std::fs::set_permissions(folder.pepper(), Permissions::from_mode(0o640)).unwrap();
    let server = Server::on(&folder, &[("log.filter", "info")]);
    let told = "others may read the pepper (mode 640): chmod 600 ";
    assert!(folder.log().contains(told), "{}", folder.log());
    server.finish();
}
