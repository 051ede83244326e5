//! The arrows of the server's source tree: who may use whom.
//! Leaves what a module does with what it may use to its reviewers.

use std::path::{Path, PathBuf};

use crate::support::workspace;

/// A room and what may not be named in it.
struct Room {
    /// The files of the room: each a file, or a folder with all that is in it.
    places: &'static [&'static str],
    /// Crates and modules that no path in the room may begin with.
    forbidden: &'static [&'static str],
}

const ROOMS: [Room; 8] = [
    Room {
        places: &["contract.rs", "contract"],
        forbidden: &[
            "crate::store",
            "crate::clock",
            "rusqlite",
            "std::time::SystemTime",
        ],
    },
    Room {
        places: &["keyring.rs", "keyring"],
        forbidden: &[
            "axum",
            "http",
            "hyper",
            "utoipa",
            "rusqlite",
            "crate::contract",
            "crate::app",
        ],
    },
    Room {
        places: &["store.rs", "store"],
        forbidden: &[
            "axum",
            "http",
            "hyper",
            "utoipa",
            "crate::contract",
            "crate::keyring",
            "crate::app",
        ],
    },
    Room {
        places: &[
            "bounds.rs",
            "key.rs",
            "secret.rs",
            "limit.rs",
            "error.rs",
            "instant.rs",
            "metadata.rs",
            "nearest.rs",
        ],
        forbidden: &[
            "std::fs",
            "std::io",
            "std::net",
            "std::process",
            "tokio",
            "axum",
            "rusqlite",
            "reqwest",
            "crate::store",
            "crate::keyring",
            "crate::contract",
            "crate::app",
            "crate::clock",
            "async fn",
        ],
    },
    Room {
        // An address is no connection: this leaf alone names the types of `std::net`.
        places: &["address.rs"],
        forbidden: &[
            "std::fs",
            "std::io",
            "std::process",
            "tokio",
            "axum",
            "http",
            "rusqlite",
            "crate::key",
            "crate::store",
            "crate::keyring",
            "crate::contract",
            "crate::app",
            "crate::clock",
            "async fn",
        ],
    },
    Room {
        places: &["operator.rs", "operator"],
        forbidden: &[
            "axum",
            "hyper",
            "rusqlite",
            "crate::app",
            "crate::config",
            "crate::contract",
            "crate::doctor",
            "crate::key",
            "crate::keyring",
            "crate::pepper",
            "crate::secret",
            "crate::serve",
            "crate::store",
            "crate::token",
        ],
    },
    Room {
        places: &["audit.rs", "audit", "backup.rs", "backup", "watch.rs"],
        forbidden: &[
            "axum",
            "hyper",
            "rusqlite",
            "crate::app",
            "crate::contract",
            "crate::keyring",
            "crate::serve",
            "crate::token",
        ],
    },
    Room {
        places: &["doctor.rs"],
        forbidden: &[
            "axum",
            "rusqlite",
            "crate::app",
            "crate::contract",
            "crate::keyring",
            "crate::operator",
            "crate::serve",
        ],
    },
];

const CONTRACTS: [&str; 5] = [
    "user_key",
    "client_keys",
    "named_keys",
    "organization_key",
    "control",
];

#[test]
fn every_room_uses_only_what_lies_downhill() {
    let source = workspace().join("server/src");
    let mut breaches = Vec::new();
    for room in ROOMS {
        for file in room
            .places
            .iter()
            .flat_map(|place| files(&source.join(place)))
        {
            breaches.extend(breaches_in(&file, room.forbidden));
        }
    }
    assert!(breaches.is_empty(), "uphill:\n{}", breaches.join("\n"));
}

/// The crates of the workspace, each with those of them that it may use.
const CRATES: [(&str, &[&str]); 4] = [
    ("server/lower", &[]),
    ("sdk", &[]),
    ("xtask", &["keywright-lower"]),
    ("server", &["keywright-lower", "keywright-sdk"]),
];

#[test]
fn every_crate_uses_only_what_lies_downhill() {
    for (folder, allowed) in CRATES {
        let manifest = workspace().join(folder).join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let used = manifest["dependencies"].as_table().unwrap().keys();
        let ours: Vec<&str> = used
            .map(String::as_str)
            .filter(|name| name.starts_with("keywright") || *name == "xtask")
            .collect();
        assert_eq!(ours, allowed, "{folder}/Cargo.toml");
    }
}

#[test]
fn no_contract_knows_another() {
    let source = workspace().join("server/src/contract");
    let mut breaches = Vec::new();
    for contract in CONTRACTS {
        let others: Vec<String> = CONTRACTS
            .iter()
            .filter(|other| **other != contract)
            .flat_map(|other| [format!("contract::{other}"), format!("super::{other}")])
            .collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let own = [source.join(format!("{contract}.rs")), source.join(contract)];
        for file in own.iter().flat_map(|place| files(place)) {
            breaches.extend(breaches_in(&file, &others));
        }
    }
    assert!(breaches.is_empty(), "sideways:\n{}", breaches.join("\n"));
}

#[test]
fn a_breach_is_found_wherever_it_hides() {
    let forbidden = ["crate::store", "rusqlite", "async fn"];
    for (line, is_breach) in [
        ("use crate::store::Store;", true),
        ("use crate::{key::Key, store};", true),
        (
            "use crate::{\n    key::Key,\n    store::{Store, Write},\n};",
            true,
        ),
        ("    let row = rusqlite::Row::get();", true),
        ("pub async fn read() {}", true),
        ("use crate::storehouse::Shelf;", false),
        ("// the store is crate::store", false),
        ("use crate::{key::Key, secret};", false),
    ] {
        let found = forbidden.iter().any(|forbidden| uses(line, forbidden));
        assert_eq!(found, is_breach, "{line}");
    }
}

fn breaches_in(file: &Path, forbidden: &[&str]) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    // A module's own tests may reach for more.
    let text = text.split("#[cfg(test)]").next().unwrap();
    let used = forbidden.iter().filter(|forbidden| uses(text, forbidden));
    used.map(|forbidden| format!("{} uses {forbidden}", file.display()))
        .collect()
}

/// Whether a path that begins with `forbidden` is named, as it stands or within the braces of `use`.
fn uses(text: &str, forbidden: &str) -> bool {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    if names(&code, forbidden) {
        return true;
    }
    let Some((root, rest)) = forbidden.split_once("::") else {
        return false;
    };
    let opening = format!("use {root}::{{");
    code.match_indices(&opening).any(|(start, _)| {
        let group = &code[start + opening.len()..];
        let group = &group[..group.find(';').unwrap_or(group.len())];
        first_names(group).iter().any(|name| names(name, rest))
    })
}

/// Whether `word` stands in `code` with no letter before and none that goes on after it.
fn names(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        // A crate's name is not one behind `::`: there it is somebody else's module.
        !before.is_some_and(|before| is_part(before) || before == ':')
            && !after.is_some_and(is_part)
            && (word.contains("::") || word.contains(' ') || is_path(code, start, word))
    })
}

/// Whether a bare name is the beginning of a path, and not a variable or a field.
fn is_path(code: &str, start: usize, word: &str) -> bool {
    let after = &code[start + word.len()..];
    let line = code[..start].rsplit('\n').next().unwrap_or_default();
    after.starts_with("::") || line.trim_start().ends_with("use ") || code.len() == word.len()
}

/// The paths directly within a `use` group, without what is nested deeper.
fn first_names(group: &str) -> Vec<String> {
    let (mut names, mut depth) = (vec![String::new()], 0);
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 && !character.is_whitespace() => {
                names.last_mut().unwrap().push(character);
            }
            _ => {}
        }
    }
    // Of `store::{..}` the nested part is gone and `store::` is left: end it as a name does.
    names
        .iter()
        .map(|name| name.trim_end_matches(':').to_owned())
        .collect()
}

fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_dir() {
        let entries = std::fs::read_dir(place).unwrap();
        entries
            .flat_map(|entry| files(&entry.unwrap().path()))
            .collect()
    } else if place.is_file() {
        vec![place.to_owned()]
    } else {
        Vec::new()
    }
}
