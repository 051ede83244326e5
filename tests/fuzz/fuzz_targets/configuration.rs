//! The layers of the configuration: a file and variables, and what is made of them.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use keywright::config::Config;
use keywright::config::ServeFlags;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Parts the file from the variables, each of which has a line.
const PART: &str = "\n---\n";

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    // Kept: libFuzzer ends the process without asking, and `cargo xtask fuzz` cleans up.
    folder.keep().join("fuzzed.toml")
});

fuzz_target!(|text: &str| {
    let (file, variables) = text.split_once(PART).unwrap_or((text, ""));
    std::fs::write(FILE.as_path(), file).expect("there is room for a file");
    let variables = variables.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((format!("KEYWRIGHT_{name}"), value.to_owned()))
    });
    let variables: Vec<(String, String)> = variables.collect();

    match load(variables) {
        Ok(config) => check_round_trip(&config),
        Err(refusal) => assert!(
            refusal.lines().count() > 1,
            "no problem is named: {refusal}"
        ),
    }
});

fn load(variables: Vec<(String, String)>) -> Result<Config, String> {
    let flags = ServeFlags {
        config: Some(FILE.clone()),
        ..ServeFlags::default()
    };
    let loaded = Config::load(&flags, variables.into_iter());
    loaded
        .map(|loaded| loaded.config)
        .map_err(|error| error.to_string())
}

/// Written as a file and read again, the settings are the same.
fn check_round_trip(config: &Config) {
    let tree = serde_json::to_value(config).expect("settings are JSON");
    let shown = format!("{config:?}");
    let secrets = [config.root_key.as_ref(), config.pepper.value.as_ref()];
    for secret in secrets.into_iter().flatten().map(|secret| secret.expose()) {
        // What stands elsewhere, too, is shown there.
        let is_elsewhere = tree_without_secrets(config).to_string().contains(secret);
        let is_shown = tree.to_string().contains(secret) || shown.contains(secret);
        assert!(is_elsewhere || !is_shown, "{shown}");
    }
    // Hidden secrets are not written, so they cannot be read again.
    let tree = tree_without_secrets(config);
    let written = toml::to_string(&tree).expect("settings are TOML");
    std::fs::write(FILE.as_path(), &written).expect("there is room for a file");
    let again = load(Vec::new()).unwrap_or_else(|refusal| panic!("{refusal}\n{written}"));
    let again = serde_json::to_value(again).expect("settings are JSON");
    assert_eq!(again, tree, "{written}");
}

fn tree_without_secrets(config: &Config) -> Value {
    let mut tree = serde_json::to_value(config).expect("settings are JSON");
    if let Value::Object(settings) = &mut tree {
        settings.remove("root_key");
        if let Some(Value::Object(pepper)) = settings.get_mut("pepper") {
            pepper.remove("value");
        }
    }
    tree
}
