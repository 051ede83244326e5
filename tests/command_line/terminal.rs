//! The commands on a terminal: tables without asking for them, and a key that does not show.

use std::process::Command;

use crate::support::operator::redacted;
use crate::support::{Operator, Server};

/// Runs the rest of its arguments on a terminal of their own, as wide as its first argument says (0 for one that does
/// not know), types its second as soon as something is asked for that does not show, and prints all that the terminal
/// shows.
const TERMINAL: &str = r"
import fcntl, os, pty, struct, sys, termios, time
width, typed, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, width, 0, 0))
    os.execvp(command[0], command)
shown, has_typed = b'', not typed
while True:
    try:
        piece = os.read(terminal, 1024)
    except OSError:
        piece = b''
    if not piece:
        break
    shown += piece
    if not has_typed and shown.endswith(b': '):
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, typed + b'\n')
        has_typed = True
os.write(1, shown.replace(b'\r\n', b'\n'))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

/// What the terminal shows of a command to which `typed` is typed.
fn on_a_terminal(operator: &Operator, line: &str, typed: &str) -> (String, Option<i32>) {
    on_a_terminal_of(0, operator, line, typed)
}

fn on_a_terminal_of(
    width: u16,
    operator: &Operator,
    line: &str,
    typed: &str,
) -> (String, Option<i32>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let command = operator.command(&words);
    let mut terminal = Command::new("python3");
    terminal
        .args(["-c", TERMINAL, &width.to_string(), typed])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(operator.folder());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let output = terminal.output().unwrap();
    assert_eq!(output.stderr, b"", "{output:?}");
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.code(),
    )
}

#[test]
fn a_terminal_gets_a_table_and_json_on_demand() {
    let server = Server::start();
    let operator = Operator::of(&server);
    operator.json("users create --email ada@example.com");
    let (shown, code) = on_a_terminal(&operator, "users list", "");
    insta::assert_snapshot!(redacted(&shown), @"
    ID                                    EMAIL            PLAN  SUSPENDED  CREATED
    [id]  ada@example.com  free  no         [instant]
    ");
    assert_eq!(code, Some(0));
    let (shown, _) = on_a_terminal(&operator, "users list --json", "");
    assert!(shown.starts_with("{\n"), "{shown}");
}

#[test]
fn a_key_that_is_pasted_into_a_terminal_does_not_show() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("users create");
    let secret = made["key"]["secret"].as_str().unwrap();
    let (shown, code) = on_a_terminal(&operator, "keys verify", secret);
    assert!(!shown.contains(secret));
    insta::assert_snapshot!(redacted(&shown), @"
    Paste the key, then Enter (it does not show): 
    valid    yes
    verdict  VALID
    key      [id]
    kind     user
    owner    [id]
    name     -
    scopes   -
    expires  -
    ");
    assert_eq!(code, Some(0));
    let (_, code) = on_a_terminal(&operator, "keys verify", "kw_unknown");
    assert_eq!(code, Some(10));
}

#[test]
fn a_table_has_no_colours() {
    let server = Server::start();
    let operator = Operator::of(&server);
    operator.json("users create");
    for line in ["users list", "keys list", "events list"] {
        let (shown, _) = on_a_terminal(&operator, line, "");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}

#[test]
fn a_list_fits_a_narrow_terminal_and_says_what_it_leaves_out() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let works = operator.json("organizations create Works --without-key");
    let works = works["id"].as_str().unwrap();
    operator.json(&format!("organizations create Branch --parent {works}"));
    operator.json("users create --email ada@example.com");
    operator.json(&format!(
        "keys create --owner {works} --name prod --expires-in 90d"
    ));
    for line in [
        "keys list",
        "events list",
        "users list",
        "organizations list",
    ] {
        let (narrow, _) = on_a_terminal_of(80, &operator, line, "");
        let (table, note) = narrow
            .split_once("left out, as the terminal is narrow: ")
            .unwrap();
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= 80, "{narrow}");
        let left_out = note.trim_end().strip_suffix("; --wide shows all").unwrap();
        let (wide, _) = on_a_terminal_of(80, &operator, &format!("{line} --wide"), "");
        let piped = operator.run(&format!("{line} --table")).expect(0).stdout;
        assert_eq!(wide, piped);
        for heading in left_out.split(", ") {
            let of = |table: &str| table.lines().next().unwrap().contains(heading);
            assert_eq!(
                (of(table), of(&wide)),
                (false, true),
                "{heading} in {narrow}"
            );
        }
        let (roomy, _) = on_a_terminal_of(400, &operator, line, "");
        assert_eq!(roomy, piped);
    }
    let (narrow, _) = on_a_terminal_of(80, &operator, &format!("keys list --owner {works}"), "");
    insta::assert_snapshot!(redacted(&narrow), @"
    ID                                    NAME  STATE  EXPIRES
    [id]  prod  live   [instant]
    left out, as the terminal is narrow: OWNER, LAST USED, HINT, KIND; --wide shows all
    ");
}
