//! What judging a secret costs does not tell anything about it, and what reading an input costs grows as the input
//! does: counted in instructions, which is exact. Leaves seconds to the benchmarks.

mod linear;

use std::path::PathBuf;
use std::process::Command;

use crate::support::{target, workspace};

/// The instructions that one function of the example takes, and what the example prints.
fn count(example: &str, function: &str, arguments: &[&str]) -> (u64, String) {
    let folder = tempfile::tempdir().unwrap();
    let counted = folder.path().join("callgrind");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--toggle-collect=*{function}*"))
        .arg(format!("--callgrind-out-file={}", counted.display()))
        .arg(built(example))
        .args(arguments)
        .output()
        .expect("`cargo xtask setup` installs valgrind");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let counts = std::fs::read_to_string(counted).unwrap();
    let total = counts
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    let total = total.unwrap_or_else(|| panic!("nothing was counted: {said}"));
    let total = total.trim().parse().unwrap();
    (total, String::from_utf8(output.stdout).unwrap())
}

/// The example that is counted, built as it stands there.
fn built(example: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace"]);
    let status = build
        .args(["--example", example])
        .current_dir(workspace())
        .status()
        .unwrap();
    assert!(status.success(), "the example must build");
    target().join("debug/examples").join(example)
}

/// The instructions of a function of the example that judges digests.
fn judged(function: &str, arguments: &[&str]) -> (u64, String) {
    count("judge_digests", function, arguments)
}

/// A digest as hexadecimal digits, with one of its bytes changed.
fn digest(changed: Option<usize>) -> String {
    let byte = |index: u8| {
        let is_changed = changed == Some(usize::from(index));
        format!("{:02x}", index ^ if is_changed { 0x80 } else { 0 })
    };
    (0..32).map(byte).collect()
}

#[test]
fn comparing_digests_takes_the_same_instructions_wherever_they_differ() {
    let known = digest(None);
    let (equal, said) = judged("judged_matches", &["matches", &known, &known]);
    assert_eq!(said, "true\n");
    assert!(
        equal > 32,
        "{equal} instructions cannot have compared 32 bytes"
    );
    for place in [0, 15, 31] {
        let (differing, said) =
            judged("judged_matches", &["matches", &known, &digest(Some(place))]);
        assert_eq!(said, "false\n");
        assert_eq!(differing, equal, "where byte {place} differs");
    }
}

#[test]
fn digesting_a_secret_takes_the_same_instructions_whatever_it_is() {
    let secret = "kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi1QoEnM6tXyB3C1zSw";
    let (known, said) = judged("judged_digest", &["digest", secret]);
    assert_eq!(said, "true\n");
    assert!(known > 1000, "{known} instructions are no SHA-256");
    for other in [
        secret.replace("kw_5", "kw_6"),
        secret.replace("zSw", "zSx"),
        "~".repeat(secret.len()),
    ] {
        let (unknown, said) = judged("judged_digest", &["digest", &other]);
        assert_eq!(said, "true\n");
        assert_eq!(unknown, known, "{other}");
    }
    // One that is longer by a block does take longer: the count counts.
    let (longer, _) = judged("judged_digest", &["digest", &secret.repeat(3)]);
    assert!(longer > known);
}
