//! The help: enough by itself to issue, verify and revoke a key, and whole.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::support::child::{Folder, bare_command, binary};
use crate::support::{Operator, Server, workspace};

/// What a command says about itself.
fn help(line: &str) -> String {
    let folder = Folder::new();
    let mut command = bare_command(folder.path());
    command.args(line.split_whitespace()).arg("--help");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}");
    String::from_utf8(output.stdout).unwrap()
}

/// The document that the commands must keep up with.
fn document() -> Value {
    let text = std::fs::read_to_string(workspace().join("openapi/control.yaml")).unwrap();
    serde_norway::from_str(&text).unwrap()
}

#[test]
fn the_help_alone_leads_from_nothing_to_a_key_and_back() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let help = help("");
    let (_, story) = help
        .split_once("From nothing to a key and back:\n")
        .unwrap();
    let (story, _) = story.split_once("\n\n").unwrap();
    let (mut id, mut secret) = (String::new(), String::new());
    let mut verbs = Vec::new();
    for line in story.lines() {
        let (typed, _) = line.trim().split_once("  ").unwrap();
        let Some(typed) = typed.strip_prefix("keywright ") else {
            continue;
        };
        verbs.push(typed.split_whitespace().nth(1).unwrap().to_owned());
        let typed = typed.replace("ID", &id);
        let mut command = operator.command::<&str>(&[]);
        // As a shell reads the line, quotes and all.
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("{} {typed}", binary().display()));
        shell.env_clear().envs(
            command
                .env("PATH", "/usr/bin:/bin")
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let said = operator.finish(shell, &secret).expect(0);
        let answer: Value = serde_json::from_str(&said.stdout).unwrap();
        if let Some(found) = answer.pointer("/key/id").or(answer.get("id")) {
            found.as_str().unwrap().clone_into(&mut id);
        }
        if verbs.last().unwrap() == "create" && answer["key"].get("secret").is_some() {
            answer["id"].as_str().unwrap().clone_into(&mut id);
        }
        if let Some(found) = answer.get("secret") {
            found.as_str().unwrap().clone_into(&mut secret);
        }
    }
    assert_eq!(verbs, ["create", "create", "verify", "revoke", "list"]);
    operator.run_with(&["keys", "verify"], &secret).expect(10);
}

#[test]
fn each_noun_tells_its_examples_and_the_exit_codes() {
    for noun in ["users", "organizations", "keys", "events"] {
        let help = help(noun);
        assert!(help.contains("\nExamples:\n  keywright "), "{noun}");
        assert!(help.contains("\nExit codes:\n  0   done"), "{noun}");
        assert!(help.contains("KEYWRIGHT_URL"), "{noun}");
        assert!(help.contains("KEYWRIGHT_KEY"), "{noun}");
    }
}

#[test]
fn every_word_of_the_document_can_be_said() {
    let document = document();
    for (schema, line) in [
        ("KeyKind", "keys create"),
        ("KeyKind", "keys list"),
        ("KeyReach", "keys create"),
        ("KeyReach", "keys update"),
        ("KeyState", "keys list"),
        ("RemovableMember", "keys update"),
        ("RevocationReason", "keys revoke"),
        ("EventAction", "events list"),
        ("EventOutcome", "events tail"),
        ("EventOrder", "events list"),
    ] {
        let words = document["components"]["schemas"][schema]["enum"].as_array();
        let help = help(line);
        for word in words.unwrap() {
            let word = word.as_str().unwrap();
            assert!(help.contains(word), "`{line}` does not know {word}");
        }
    }
}

#[test]
fn every_member_and_parameter_of_the_document_has_an_option() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let members = |schema: &str| -> BTreeSet<String> {
        let members = schemas[schema]["properties"].as_object().unwrap();
        members.keys().cloned().collect()
    };
    let parameters = |path: &str| -> BTreeSet<String> {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        let names = parameters
            .unwrap()
            .iter()
            .map(|parameter| &parameter["name"]);
        names
            .map(|name| name.as_str().unwrap_or("cursor").to_owned())
            .collect()
    };
    for (line, names) in [
        ("users create", members("UserInput")),
        ("users update", members("UserPatch")),
        ("users list", parameters("/v1/users")),
        ("organizations create", members("OrganizationInput")),
        ("organizations update", members("OrganizationPatch")),
        ("organizations list", parameters("/v1/organizations")),
        ("keys create", members("KeyInput")),
        ("keys update", members("KeyPatch")),
        ("keys list", parameters("/v1/keys")),
        ("keys verify", members("Verification")),
        ("keys rotate", members("Rotation")),
        ("keys revoke", members("Revocation")),
        ("keys self-revoke", members("SelfRevocation")),
        ("events list", parameters("/v1/events")),
    ] {
        let help = help(line);
        for name in names {
            // The rest is named alike, or stands by itself.
            let option = match (line, name.as_str()) {
                ("organizations create", "name") => "<NAME>".to_owned(),
                ("organizations create", "first_key") => "--without-key".to_owned(),
                (_, "rate_limits") => "--rate-limit".to_owned(),
                (_, "scopes") => "--scope".to_owned(),
                (_, "expires_at") => "--expires".to_owned(),
                (_, "owner_id") => "--owner".to_owned(),
                (_, "parent_id") => "--parent".to_owned(),
                (_, "target_id") => "--target".to_owned(),
                (_, "grace_seconds") => "--grace".to_owned(),
                ("keys verify" | "keys self-revoke", "key") => "--file".to_owned(),
                ("users update" | "organizations update", "remove") => {
                    "--no-rate-limits".to_owned()
                }
                (_, name) => format!("--{}", name.replace('_', "-")),
            };
            assert!(help.contains(&option), "`{line}` has no {option}");
        }
    }
}
