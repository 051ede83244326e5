//! Events: as a list by every filter, and as they happen.

use serde_json::Value;

use crate::support::operator::redacted;
use crate::support::{Operator, Server};

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn events_are_listed_newest_first_or_oldest_first() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("users create");
    let id = made["id"].as_str().unwrap();
    operator.json(&format!("users suspend {id}"));
    let table = operator.run("events list --table").expect(0);
    insta::assert_snapshot!(redacted(&table.stdout), @"
    POSITION  AT                    ACTOR  ACTION         OUTCOME  TARGET                                RELATED                               ADDRESS    DETAIL
    2         [instant]  root   owner.changed  done     [id]  -                                     127.0.0.1  suspended
    1         [instant]  root   owner.created  done     [id]  [id]  127.0.0.1  -
    ");
    let positions = |line: &str| -> Vec<i64> {
        let page = operator.json(line);
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|event| event["position"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(positions("events list --order asc"), [1, 2]);
    assert_eq!(positions("events list --order asc --all"), [1, 2]);
    assert_eq!(positions("events list --after 1"), [2]);
    assert_eq!(positions("events list --limit 1"), [2]);
}

#[test]
fn events_are_listed_by_every_filter() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let made = operator.json("users create");
    let (owner, first) = (
        made["id"].as_str().unwrap(),
        made["key"]["id"].as_str().unwrap(),
    );
    let reader = operator.json(&format!(
        "keys create --owner {owner} --kind control --scope keys:read"
    ));
    let reader_id = reader["key"]["id"].as_str().unwrap();
    operator.json(&format!("keys revoke {first}"));
    let other = Operator::of(&server).with_key(reader["secret"].as_str());
    other.run("users create").expect(4);
    // What was counted is told when the server stops.
    let server = Server::on(&server.finish(), &[]);
    let operator = Operator::of(&server);
    let actions = |filter: &str| -> Vec<String> {
        let page = operator.json(&format!("events list --order asc {filter}"));
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|event| event["action"].as_str().unwrap().to_owned())
            .collect()
    };
    for (filter, wanted) in [
        (
            "--actor root",
            vec!["owner.created", "key.issued", "key.revoked"],
        ),
        (&format!("--actor key:{reader_id}"), vec!["access.denied"]),
        ("--action key.revoked", vec!["key.revoked"]),
        (
            &format!("--target {first}"),
            vec!["owner.created", "key.revoked"],
        ),
        ("--outcome denied", vec!["access.denied"]),
        (
            &format!("--owner {owner} --outcome done"),
            vec!["owner.created", "key.issued", "key.revoked"],
        ),
    ] {
        assert_eq!(actions(filter), wanted, "{filter}");
    }
}

#[test]
fn a_tail_begins_where_it_is_told_and_goes_on_until_ctrl_c() {
    let server = Server::start();
    let operator = Operator::of(&server);
    operator.json("users create");
    let tail = operator.start("events tail --from 1");
    assert_eq!(event(&tail.next())["position"], 1);
    for position in 2..4 {
        operator.json("users create");
        let event = event(&tail.next());
        assert_eq!(
            (&event["position"], &event["action"]),
            (&Value::from(position), &Value::from("owner.created"))
        );
    }
    let (status, remarks) = tail.interrupt();
    assert!(status.success(), "{status}");
    assert_eq!(remarks, "");
}

#[test]
fn a_tail_without_a_position_shows_what_happens_from_then_on() {
    let server = Server::start();
    let operator = Operator::of(&server);
    operator.json("users create");
    let tail = operator.start("events tail --table");
    let line = loop {
        operator.json("users create");
        if let Some(line) = tail.next_soon() {
            break line;
        }
    };
    let mut words = line.split("  ");
    assert!(words.next().unwrap().parse::<u32>().unwrap() > 1, "{line}");
    assert_eq!(words.nth(1), Some("root"), "{line}");
    assert!(tail.interrupt().0.success());
}

#[test]
fn a_tail_shows_what_its_filter_lets_through() {
    let server = Server::start();
    let operator = Operator::of(&server);
    let tail = operator.start("events tail --from 1 --action owner.changed");
    let made = operator.json("users create");
    let id = made["id"].as_str().unwrap();
    operator.json(&format!("users suspend {id}"));
    assert_eq!(event(&tail.next())["action"], "owner.changed");
    assert!(tail.interrupt().0.success());
}

#[test]
fn a_tail_outlives_a_restart_of_the_server() {
    let server = Server::start();
    let address = server.address.to_string();
    let operator = Operator::of(&server);
    operator.json("users create");
    let tail = operator.start("events tail --from 1");
    assert_eq!(event(&tail.next())["position"], 1);
    let folder = server.finish();
    let refused = operator.run("users list").expect(6);
    assert!(refused.stderr.starts_with("error: no answer from "));
    let server = Server::on(&folder, &[("listen", &address)]);
    let operator = Operator::of(&server);
    operator.json("users create");
    assert_eq!(event(&tail.next())["position"], 2);
    let (status, remarks) = tail.interrupt();
    assert!(status.success(), "{status}");
    assert!(
        remarks.is_empty() || remarks.ends_with("waiting for the server to come back\n"),
        "{remarks}"
    );
}
