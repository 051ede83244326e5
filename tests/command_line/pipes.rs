//! Readers that go away: no command complains about it, and none panics.

use std::process::{Command, Output, Stdio};

use crate::support::{Operator, Server};

/// A pipe that nobody reads.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Stdio::from(writer)
}

fn without_reader(mut command: Command) -> Output {
    command
        .stdin(Stdio::null())
        .stdout(closed_pipe())
        .output()
        .unwrap()
}

#[test]
fn a_reader_that_has_gone_ends_a_command_quietly() {
    let server = Server::start();
    let operator = Operator::of(&server);
    operator.json("users create");
    for line in [
        "users list",
        "users list --table",
        "keys list --all",
        "events list --table",
        "events tail --from 1",
        "events tail --from 1 --table",
        "--help",
        "keys --help",
        "openapi control",
        "config schema",
        "completions bash",
    ] {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let output = without_reader(operator.command(&arguments));
        assert!(output.status.success(), "{line}: {output:?}");
        assert_eq!(output.stderr, b"", "{line}");
    }
}

#[test]
fn the_verdict_stands_in_the_exit_code_even_if_nobody_reads_it() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let file = operator.file("keys.txt", "kw_unknown");
    let output =
        without_reader(operator.command(&["keys", "verify", "--file", file.to_str().unwrap()]));
    assert_eq!(output.status.code(), Some(10), "{output:?}");
}

#[test]
fn a_failure_keeps_its_exit_code_even_if_nobody_reads_the_words() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let unknown = ["keys", "show", "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10"];
    for (arguments, code) in [(&unknown[..], 3), (&["keys", "show"], 2)] {
        let status = operator
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(closed_pipe())
            .stderr(closed_pipe())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    let status = operator
        .command(&["config", "check", "missing.toml"])
        .stdout(closed_pipe())
        .stderr(closed_pipe())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}
