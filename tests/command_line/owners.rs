//! Users and organizations: everything that can be made, listed and changed, as tables and as JSON.

use serde_json::{Value, json};

use crate::support::operator::redacted;
use crate::support::{Operator, Server};

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap()).collect()
}

#[test]
fn a_user_is_made_with_everything_that_can_be_given() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let id = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
    let line = format!(
        "users create --id {id} --email ada@example.com --plan gold \
         --rate-limit requests=100/1m,burst=10 --rate-limit daily=5000/1d --idempotency-key once"
    );
    let made = operator.json(&line);
    let limits = json!([
        {"name": "requests", "limit": 100, "window_seconds": 60, "burst": 10},
        {"name": "daily", "limit": 5000, "window_seconds": 86400, "burst": 5000},
    ]);
    assert_eq!(
        (
            &made["id"],
            &made["email"],
            &made["plan"],
            &made["rate_limits"]
        ),
        (
            &json!(id),
            &json!("ada@example.com"),
            &json!("gold"),
            &limits
        )
    );
    let again = operator.repeat(&line).expect(0).json();
    assert_eq!(again["key"], made["key"]);
}

#[test]
fn a_new_secret_stands_alone_on_standard_output() {
    let server = Server::start();
    let operator = Operator::of(&server);
    for line in ["users create --table", "organizations create Works --table"] {
        let said = operator.run(line).expect(0);
        let secret = said.stdout.strip_suffix('\n').unwrap();
        server.secrets.add(secret);
        assert!(!secret.contains(['\n', ' ']), "{}", said.stdout);
        assert!(!said.stderr.contains(secret));
        assert!(
            said.stderr
                .ends_with("\nThe secret is shown this once; keep it safe:\n"),
            "{}",
            said.stderr
        );
        let verdict = operator.run_with(&["keys", "verify"], secret);
        assert_eq!(verdict.code, 0, "{}", verdict.stdout);
    }
}

#[test]
fn a_user_is_shown_changed_suspended_resumed_and_deleted() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("users create --email ada@example.com");
    let (id, secret) = (
        made["id"].as_str().unwrap(),
        made["key"]["secret"].as_str().unwrap(),
    );
    let shown = operator.run(&format!("users show {id} --table")).expect(0);
    insta::assert_snapshot!(redacted(&shown.stdout), @"
    user         [id]
    email        ada@example.com
    plan         free
    suspended    no
    rate limits  -
    created      [instant]
    updated      [instant]
    ");
    let changed = operator.json(&format!(
        "users update {id} --email eve@example.com --plan gold --rate-limit r=1/1s --suspended true"
    ));
    assert_eq!(
        (
            &changed["email"],
            &changed["plan"],
            &changed["suspended"],
            &changed["rate_limits"][0]["name"]
        ),
        (
            &json!("eve@example.com"),
            &json!("gold"),
            &json!(true),
            &json!("r")
        )
    );
    let emptied = operator.json(&format!("users update {id} --no-rate-limits"));
    assert_eq!(emptied["rate_limits"], json!([]));
    assert_eq!(
        operator.json(&format!("users resume {id}"))["suspended"],
        false
    );
    assert_eq!(
        operator.json(&format!("users suspend {id}"))["suspended"],
        true
    );
    let told = operator
        .run(&format!("users delete {id} --table"))
        .expect(0);
    assert_eq!(
        told.stdout,
        format!("user {id} is deleted, the user's keys are revoked\n")
    );
    operator.run(&format!("users show {id}")).expect(3);
    operator.run_with(&["keys", "verify"], secret).expect(10);
}

#[test]
fn an_organization_is_shown_changed_suspended_resumed_and_deleted() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let parent = operator.json("organizations create Works");
    let parent = parent["id"].as_str().unwrap();
    let id = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
    let line = format!(
        "organizations create Branch --parent {parent} --id {id} --rate-limit r=1/1s --idempotency-key once"
    );
    let made = operator.json(&line);
    assert_eq!(
        (
            &made["id"],
            &made["parent_id"],
            &made["rate_limits"][0]["limit"]
        ),
        (&json!(id), &json!(parent), &json!(1))
    );
    let shown = operator
        .run(&format!("organizations show {id} --table"))
        .expect(0);
    insta::assert_snapshot!(redacted(&shown.stdout), @"
    organization  [id]
    name          Branch
    parent        [id]
    suspended     no
    rate limits   r=1/1s
    created       [instant]
    updated       [instant]
    ");
    let changed = operator.json(&format!(
        "organizations update {id} --name Twig --no-rate-limits --suspended true"
    ));
    assert_eq!(
        (
            &changed["name"],
            &changed["rate_limits"],
            &changed["suspended"]
        ),
        (&json!("Twig"), &json!([]), &json!(true))
    );
    assert_eq!(
        operator.json(&format!("organizations resume {id}"))["suspended"],
        false
    );
    assert_eq!(
        operator.json(&format!("organizations suspend {id}"))["suspended"],
        true
    );
    operator
        .run(&format!("organizations delete {parent}"))
        .expect(5);
    let told = operator
        .run(&format!("organizations delete {id} --table"))
        .expect(0);
    assert_eq!(
        told.stdout,
        format!("organization {id} is deleted, its keys are revoked\n")
    );
    operator.run(&format!("organizations show {id}")).expect(3);
}

#[test]
fn owners_are_listed_by_every_filter() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let ada = operator.json("users create --email ada@example.com");
    let eve = operator.json("users create --email eve@example.com");
    let (ada, eve) = (ada["id"].as_str().unwrap(), eve["id"].as_str().unwrap());
    operator.json(&format!("users suspend {eve}"));
    for (line, wanted) in [
        ("users list", vec![ada, eve]),
        ("users list --suspended true", vec![eve]),
        ("users list --suspended false", vec![ada]),
        ("users list --email ada@example.com", vec![ada]),
        ("users list --email nobody@example.com", vec![]),
    ] {
        assert_eq!(ids(&operator.json(line)), wanted, "{line}");
    }
    let works = operator.json("organizations create Works");
    let works = works["id"].as_str().unwrap();
    let branch = operator.json(&format!("organizations create Branch --parent {works}"));
    let branch = branch["id"].as_str().unwrap();
    operator.json(&format!("organizations suspend {branch}"));
    for (line, wanted) in [
        ("organizations list", vec![works, branch]),
        ("organizations list --name Works", vec![works]),
        ("organizations list --suspended true", vec![branch]),
        (
            &format!("organizations list --parent {works}"),
            vec![branch],
        ),
    ] {
        assert_eq!(ids(&operator.json(line)), wanted, "{line}");
    }
    let table = operator.run("organizations list --table").expect(0);
    insta::assert_snapshot!(redacted(&table.stdout), @"
    ID                                    NAME    PARENT                                SUSPENDED  CREATED
    [id]  Works   -                                     no         [instant]
    [id]  Branch  [id]  yes        [instant]
    ");
}

#[test]
fn a_list_goes_on_at_its_cursor_and_all_of_it_comes_at_once() {
    let server = Server::start();
    let operator = Operator::of(&server);
    for _ in 0..5 {
        operator.json("users create");
    }
    let first = operator.json("users list --limit 2");
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = operator.json(&format!("users list --cursor {cursor}"));
    assert_eq!(rest.get("next_cursor"), None);
    let all = operator.json("users list --all");
    assert_eq!([ids(&first), ids(&rest)].concat(), ids(&all));
    assert_eq!(ids(&all).len(), 5);
    let table = operator.run("users list --limit 2 --table").expect(0);
    assert_eq!(table.stdout.lines().count(), 3);
    assert_eq!(
        table.stderr,
        format!("there are more: --all, or --cursor {cursor}\n")
    );
    assert_eq!(operator.run("users list --table").expect(0).stderr, "");
}

#[test]
fn an_organization_without_a_key_has_none_until_one_is_made() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("organizations create Works --without-key");
    assert_eq!((&made["name"], made.get("key")), (&json!("Works"), None));
    let id = made["id"].as_str().unwrap();
    let list = format!("keys list --owner {id}");
    assert_eq!(operator.json(&list)["items"], json!([]));
    operator.json(&format!("keys create --owner {id} --kind organization"));
    let keys = operator.json(&list);
    assert_eq!(keys["items"][0]["state"], "live");
    let shown = operator
        .run("organizations create Branch --without-key --table")
        .expect(0);
    insta::assert_snapshot!(redacted(&shown.stdout), @"
    organization  [id]
    name          Branch
    parent        -
    rate limits   -
    key           -
    ");
    assert_eq!(shown.stderr, "");
    let both = "organizations create Works --without-key --idempotency-key once";
    operator.run(both).expect(2);
}
