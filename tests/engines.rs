//! Which tests run on which engine: all on SQLite, and all on PostgreSQL but those that are named with a reason.
//! Leaves the engine of this run to `support::engine`.

use std::process::Command;

/// Those that are not run again, and why.
fn named() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("sqlite_alone.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let named = lines.map(|line| line.split_once(' ').expect("a name has its reason"));
    named.map(|(name, why)| (name, why.trim())).collect()
}

/// The names of all tests here.
fn all() -> Vec<String> {
    let list = Command::new(std::env::current_exe().unwrap())
        .args(["--list", "--format", "terse"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

/// `--skip` leaves out whatever has a name somewhere within its own.
#[test]
fn what_is_left_out_on_postgresql_is_there_has_its_reason_and_is_nothing_else() {
    let tests = all();
    assert!(tests.len() > 500, "{}", tests.len());
    for (name, why) in named() {
        assert!(name.contains("::") && why.len() > 5, "{name}: {why}");
        assert!(
            tests.iter().any(|test| test.starts_with(name)),
            "there is no test {name}"
        );
    }
    let left_out = |test: &&String| named().iter().any(|(name, _)| test.contains(name));
    for test in tests.iter().filter(left_out) {
        let has_reason = named().iter().any(|(name, _)| test.starts_with(name));
        assert!(has_reason, "{test} is left out by a part of its name");
    }
}

/// The contracts and the promises of the first page are every engine's.
#[test]
fn no_contract_and_no_promise_is_left_out_on_postgresql() {
    let modules = [
        "bad_input",
        "client_keys",
        "concurrency",
        "control",
        "events",
        "idempotency",
        "life",
        "limits",
        "named_keys",
        "organization_key",
        "secrecy",
        "siblings",
        "time",
        "tokens",
        "user_key",
    ];
    for module in modules {
        let module = format!("{module}::");
        assert!(
            named().iter().all(|(name, _)| *name != module),
            "{module} is left out"
        );
    }
}
