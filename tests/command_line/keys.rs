//! Keys: everything that can be issued, listed, changed, rotated and revoked.

use serde_json::{Value, json};

use crate::support::operator::redacted;
use crate::support::{Operator, Server};

fn owner(operator: &Operator) -> String {
    let made = operator.json("organizations create Works");
    made["id"].as_str().unwrap().to_owned()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

#[test]
fn a_key_is_issued_with_everything_that_can_be_given() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let line = format!(
        "keys create --owner {owner} --kind standard --name ci --prefix acme \
         --scope reports:read --scope reports:write --expires 2100-01-31T12:00:00+01:00 \
         --rate-limit requests=100/1m,burst=10 --credits 500 --refill 1000/month \
         --ip-allow 203.0.113.0/24 --ip-allow 2001:db8::1 --metadata {{\"team\":\"billing\"}} \
         --idempotency-key once"
    );
    let issued = operator.json(&line);
    assert!(text(&issued, "/secret").starts_with("acme_"));
    let mut key = issued["key"].clone();
    for member in ["id", "hint", "created_at"] {
        key.as_object_mut().unwrap().remove(member).unwrap();
    }
    assert_eq!(
        key,
        json!({
            "kind": "standard",
            "owner_id": owner,
            "name": "ci",
            "scopes": ["reports:read", "reports:write"],
            "state": "live",
            "enabled": true,
            "expires_at": "2100-01-31T11:00:00Z",
            "uses": 0,
            "rate_limits": [
                {"name": "requests", "limit": 100, "window_seconds": 60, "burst": 10}
            ],
            "credits": {"remaining": 500, "refill": {"amount": 1000, "every": "month"}},
            "ip_allow": ["203.0.113.0/24", "2001:db8::1"],
            "metadata": {"team": "billing"},
        })
    );
    assert_eq!(operator.repeat(&line).expect(0).json(), issued);
}

#[test]
fn each_kind_of_key_can_be_issued() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let organization = owner(&operator);
    let user = operator.json("users create");
    let user = text(&user, "/id");
    for kind in ["client", "named", "standard", "control"] {
        let line = format!("keys create --owner {organization} --kind {kind} --name k-{kind}");
        let issued = operator.json(&line);
        assert_eq!(issued["key"]["kind"], kind);
        assert_eq!(issued.get("client_id").is_some(), kind == "client");
    }
    for (kind, owner) in [("user", user), ("organization", &organization)] {
        let page = operator.json(&format!("keys list --owner {owner} --kind {kind}"));
        let id = text(&page, "/items/0/id");
        operator.json(&format!("keys revoke {id}"));
        let issued = operator.json(&format!("keys create --owner {owner} --kind {kind}"));
        assert_eq!(issued["key"]["kind"], kind);
    }
    let named = operator.json(&format!(
        "keys create --owner {organization} --kind named --name bare --no-scopes"
    ));
    assert_eq!(named["key"]["scopes"], json!([]));
}

#[test]
fn a_reach_can_be_given_and_changed() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let line = format!("keys create --owner {owner} --kind control --reach all");
    let issued = operator.json(&line);
    assert_eq!(issued["key"]["reach"], "all");
    let id = text(&issued, "/key/id");
    let narrowed = operator.json(&format!("keys update {id} --reach owner"));
    assert_eq!(narrowed["reach"], "owner");
    let card = operator.run(&format!("keys show {id} --table")).expect(0);
    assert!(
        card.stdout.contains("reach         owner"),
        "{}",
        card.stdout
    );
    let line = format!("keys create --owner {owner} --reach all");
    operator.run(&line).expect(5);
}

#[test]
fn whoever_has_a_key_ends_it_without_a_control_key() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let issued = operator.json(&format!("keys create --owner {owner}"));
    let secret = format!("{}\n", text(&issued, "/secret"));
    let holder = Operator::of(&server).with_key(None);
    let line = ["keys", "self-revoke", "--json"];
    let ended = holder.run_with(&line, &secret).expect(0).json();
    assert_eq!(ended["id"], issued["key"]["id"]);
    assert_eq!(holder.run_with(&line, &secret).expect(0).json(), ended);
    operator.run_with(&["keys", "verify"], &secret).expect(10);
    let card = holder.run_with(&["keys", "self-revoke", "--table"], &secret);
    let card = redacted(&card.expect(0).stdout);
    assert!(
        card.starts_with("key      [id]\nkind     standard\nrevoked  "),
        "{card}"
    );
    holder.run_with(&line, "nobodys-key\n").expect(3);
    holder.run_with(&line, "").expect(2);
    holder.run_with(&line, "one\ntwo\n").expect(2);
}

#[test]
fn an_expiry_can_be_given_as_a_span() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let issued = operator.json(&format!("keys create --owner {owner} --expires-in 30d"));
    assert_eq!(issued["key"]["state"], "live");
    assert!(issued["key"]["expires_at"].is_string());
}

#[test]
fn a_key_is_shown_as_a_card_and_listed_as_a_row() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let issued = operator.json(&format!(
        "keys create --owner {owner} --name ci --scope a --scope b --rate-limit r=10/1m,burst=2 \
         --credits 5 --refill 7/day --ip-allow 203.0.113.0/24 --metadata {{\"a\":1}}"
    ));
    let id = text(&issued, "/key/id");
    let card = operator.run(&format!("keys show {id} --table")).expect(0);
    insta::assert_snapshot!(redacted(&card.stdout), @r#"
    key           [id]
    kind          standard
    owner         [id]
    name          ci
    hint          [hint]
    state         live
    enabled       yes
    scopes        a b
    created       [instant]
    expires       -
    last used     -
    uses          0
    rate limits   r=10/1m,burst=2
    credits       5, 7/day
    allowed from  203.0.113.0/24
    metadata      {"a":1}
    "#);
    let rows = operator.run("keys list --name ci --table").expect(0);
    insta::assert_snapshot!(redacted(&rows.stdout), @"
    ID                                    KIND      NAME  HINT        STATE  OWNER                                 EXPIRES  LAST USED
    [id]  standard  ci    [hint]  live   [id]  -        -
    ");
}

#[test]
fn keys_are_listed_by_every_filter() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let (one, other) = (owner(&operator), owner(&operator));
    let issue = |owner: &str, name: &str, kind: &str| {
        let line = format!("keys create --owner {owner} --name {name} --kind {kind}");
        text(&operator.json(&line), "/key/id").to_owned()
    };
    let a = issue(&one, "a", "standard");
    let b = issue(&one, "b", "control");
    let c = issue(&other, "a", "standard");
    operator.json(&format!("keys disable {c}"));
    for (filter, wanted) in [
        ("--name a", vec![&a, &c]),
        (&format!("--name a --owner {one}"), vec![&a]),
        ("--kind control", vec![&b]),
        ("--state disabled", vec![&c]),
        (&format!("--owner {other} --kind control"), vec![]),
    ] {
        let page = operator.json(&format!("keys list {filter}"));
        let items = page["items"].as_array().unwrap().iter();
        let ids: Vec<&str> = items.map(|key| text(key, "/id")).collect();
        assert_eq!(ids, wanted, "{filter}");
    }
}

#[test]
fn a_key_is_changed_in_everything_that_can_change() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let issued = operator.json(&format!("keys create --owner {owner}"));
    let id = text(&issued, "/key/id");
    let changed = operator.json(&format!(
        "keys update {id} --enabled false --name ci --scope a --expires 2100-01-01T00:00:00Z \
         --rate-limit r=1/1s --credits 5 --refill 9/day --ip-allow 203.0.113.7 --metadata {{\"a\":1}}"
    ));
    for (member, value) in [
        ("enabled", json!(false)),
        ("name", json!("ci")),
        ("scopes", json!(["a"])),
        ("expires_at", json!("2100-01-01T00:00:00Z")),
        (
            "rate_limits",
            json!([{"name": "r", "limit": 1, "window_seconds": 1, "burst": 1}]),
        ),
        (
            "credits",
            json!({"remaining": 5, "refill": {"amount": 9, "every": "day"}}),
        ),
        ("ip_allow", json!(["203.0.113.7"])),
        ("metadata", json!({"a": 1})),
    ] {
        assert_eq!(changed[member], value, "{member}");
    }
    let emptied = operator.json(&format!(
        "keys update {id} --no-scopes --no-rate-limits --no-ip-allow --metadata {{}} \
         --remove name --remove expires_at --remove credits --remove ip_allow"
    ));
    for member in ["scopes", "rate_limits", "ip_allow"] {
        assert_eq!(emptied[member], json!([]), "{member}");
    }
    for member in ["name", "expires_at", "credits"] {
        assert_eq!(emptied.get(member), None, "{member}");
    }
    assert_eq!(operator.json(&format!("keys enable {id}"))["enabled"], true);
    assert_eq!(
        operator.json(&format!("keys disable {id}"))["state"],
        "disabled"
    );
}

#[test]
fn a_key_is_rotated_with_a_grace_and_revoked_with_a_reason() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let issued = operator.json(&format!("keys create --owner {owner}"));
    let (id, secret) = (text(&issued, "/key/id"), text(&issued, "/secret"));
    let line = format!("keys rotate {id} --grace 1h --idempotency-key once");
    let rotated = operator.json(&line);
    let (new_id, new_secret) = (text(&rotated, "/key/id"), text(&rotated, "/secret"));
    assert_ne!((id, secret), (new_id, new_secret));
    operator.run_with(&["keys", "verify"], secret).expect(0);
    operator.run_with(&["keys", "verify"], new_secret).expect(0);
    let revoked = operator.json(&format!("keys revoke {new_id} --reason key_compromise"));
    assert_eq!(
        (&revoked["state"], &revoked["revocation_reason"]),
        (&json!("revoked"), &json!("key_compromise"))
    );
    operator
        .run_with(&["keys", "verify"], new_secret)
        .expect(10);
    let shown = operator.json(&format!("keys show {id}"));
    assert_eq!(shown["replaced_by"], new_id);
}

#[test]
fn a_name_that_a_terminal_would_obey_is_written_out_in_a_table() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let owner = owner(&operator);
    let arguments = [
        "keys",
        "create",
        "--owner",
        &owner,
        "--name",
        "\u{1b}[2Jgone",
    ];
    operator.run_with(&arguments, "").expect(0);
    let table = operator.run("keys list --kind standard --table").expect(0);
    assert!(table.stdout.contains("\\u{1b}[2Jgone"), "{}", table.stdout);
    assert!(!table.stdout.contains('\u{1b}'));
}
