//! Verdicts from the shell: where the keys come from, and the exit code that says it all.

use serde_json::{Value, json};

use crate::support::operator::redacted;
use crate::support::{Operator, Server};

/// A server, its operator, and the id and secret of a key that `options` describe.
fn with_key(options: &str) -> (Server, Operator, String, String) {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = operator.json("organizations create Works");
    let owner = owner["id"].as_str().unwrap();
    let issued = operator.json(&format!("keys create --owner {owner} {options}"));
    let text = |pointer| {
        let text = issued.pointer(pointer).and_then(Value::as_str);
        text.unwrap().to_owned()
    };
    let (id, secret) = (text("/key/id"), text("/secret"));
    (server, operator, id, secret)
}

#[test]
fn a_valid_key_ends_with_0_and_a_revoked_one_with_10() {
    let (_server, operator, id, secret) = with_key("");
    let valid = operator.run_with(&["keys", "verify"], &secret).expect(0);
    assert_eq!(valid.json()["code"], "VALID");
    operator.json(&format!("keys revoke {id}"));
    let revoked = operator.run_with(&["keys", "verify"], &secret).expect(10);
    assert_eq!(revoked.json()["code"], "REVOKED");
    assert_eq!(revoked.stderr, "");
}

#[test]
fn every_demand_can_be_made() {
    let (_server, operator, _, secret) =
        with_key("--scope a --scope b --credits 3 --ip-allow 203.0.113.0/24");
    let code = |options: &str, exit| {
        let line = format!("keys verify {options}");
        let words: Vec<&str> = line.split_whitespace().collect();
        let said = operator.run_with(&words, &secret).expect(exit);
        said.json()["code"].as_str().unwrap().to_owned()
    };
    let from = "--client-ip 203.0.113.7";
    assert_eq!(code(&format!("{from} --scope a --scope b"), 0), "VALID");
    assert_eq!(code(&format!("{from} --scope c"), 10), "INSUFFICIENT_SCOPE");
    let any = format!("{from} --any-scope c --any-scope b --cost 0");
    assert_eq!(code(&any, 0), "VALID");
    assert_eq!(
        code(&format!("{from} --any-scope c"), 10),
        "INSUFFICIENT_SCOPE"
    );
    assert_eq!(code("--client-ip 198.51.100.1", 10), "FORBIDDEN_IP");
    assert_eq!(code(&format!("{from} --cost 3"), 10), "CREDITS_EXHAUSTED");
    assert_eq!(code(&format!("{from} --cost 2 --no-cache"), 0), "VALID");
    assert_eq!(code(from, 10), "CREDITS_EXHAUSTED");
}

#[test]
fn several_keys_are_judged_at_once_in_their_order() {
    let (_server, operator, id, secret) = with_key("--name ci");
    let keys = format!("{secret}\n\nkw_unknown\r\n{secret}\n");
    let said = operator.run_with(&["keys", "verify"], &keys).expect(10);
    let verdicts = said.json_lines();
    let codes: Vec<&Value> = verdicts.iter().map(|verdict| &verdict["code"]).collect();
    assert_eq!(codes, ["VALID", "NOT_FOUND", "VALID"]);
    assert_eq!(verdicts[0]["key"]["id"], id.as_str());
    let table = operator.run_with(&["keys", "verify", "--table"], &keys);
    insta::assert_snapshot!(redacted(&table.expect(10).stdout), @"
    #  VALID  CODE       KEY                                   KIND      NAME  OWNER                                 LEFT  CREDITS
    1  yes    VALID      [id]  standard  ci    [id]  -     -
    2  no     NOT_FOUND  -                                     -         -     -                                     -     -
    3  yes    VALID      [id]  standard  ci    [id]  -     -
    ");
    operator
        .run_with(&["keys", "verify"], &format!("{secret}\n{secret}"))
        .expect(0);
}

#[test]
fn more_keys_than_one_batch_holds_are_judged_too() {
    let (_server, operator, _, secret) = with_key("--credits 1000");
    let keys = format!("{secret}\n").repeat(101);
    let file = operator.file("keys.txt", &keys);
    let arguments = ["keys", "verify", "--file", file.to_str().unwrap()];
    let verdicts = operator.run_with(&arguments, "").expect(0).json_lines();
    assert_eq!(verdicts.len(), 101);
    assert_eq!(verdicts[100]["credits"], json!({"remaining": 899}));
}

#[test]
fn a_verdict_is_told_to_people() {
    let (_server, operator, _, secret) =
        with_key("--name ci --scope a --rate-limit r=2/1h --credits 10 --metadata {\"a\":1}");
    let arguments = ["keys", "verify", "--table"];
    let valid = operator.run_with(&arguments, &secret).expect(0);
    let valid = redacted(&valid.stdout);
    insta::assert_snapshot!(valid.split("all again").next().unwrap(), @r#"
    valid       yes
    verdict     VALID
    key         [id]
    kind        standard
    owner       [id]
    name        ci
    scopes      a
    expires     -
    metadata    {"a":1}
    rate limit  r: 1 of 2 left,
    "#);
    assert!(valid.ends_with("\ncredits     9 left\n"), "{valid}");
    operator.run_with(&arguments, &secret).expect(0);
    let limited = operator.run_with(&arguments, &secret).expect(10).stdout;
    assert!(limited.contains("verdict     RATE_LIMITED\n"), "{limited}");
    assert!(limited.contains("try again in "), "{limited}");
}

#[test]
fn without_a_key_there_is_nothing_to_verify() {
    let (_server, operator, _, _) = with_key("");
    for input in ["", "\n\n  \n"] {
        let said = operator.run_with(&["keys", "verify"], input).expect(2);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.stderr, @"
            error: there is no key to verify
            help: put the keys into standard input or a --file, one a line
            ");
        }
    }
    operator.run("keys verify --file missing.txt").expect(2);
    let argument = operator.run("keys verify kw_0123456789").expect(2);
    assert_eq!(argument.stdout, "");
}

#[test]
fn standard_input_holds_one_of_the_two_keys() {
    let (server, operator, _, secret) = with_key("");
    let both = ["keys", "verify", "--key-file", "-"];
    operator.run_with(&both, &secret).expect(2);
    let file = operator.file("keys.txt", &secret);
    let arguments = [&both[..], &["--file", file.to_str().unwrap()]].concat();
    let operator = operator.with_key(None);
    // The root key is read, not printed: what is known may be given.
    operator.run_with(&arguments, &server.root_key).expect(0);
}
