//! The commands on a primary with a standby, and on the standby itself.

use keywright_postgres_cluster::{Cluster, Programs, Stop};

use super::ISSUER;
use crate::support::{Folder, Operator, Server, until};

#[tokio::test]
async fn events_are_proved_on_a_standby_and_the_doctor_tells_who_is_waited_for() {
    let programs = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
    let cluster = Cluster::start(&programs).unwrap();
    let primary = cluster.primary();
    primary.create_database("kw").unwrap();
    let standby = cluster.add_standby(primary, "b").unwrap();
    let folder = Folder::new();
    std::fs::write(
        folder.pepper(),
        "a pepper of the tests, long enough for this\n",
    )
    .unwrap();
    let pepper = folder.pepper().display().to_string();
    let run = |url: &str, line: &str| {
        let mut command = folder.command(&settings(url, &pepper));
        command.args(line.split_whitespace());
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    let (url, standby_url) = (primary.url("kw"), standby.url("kw"));
    let server = Server::on(&folder, &settings(&url, &pepper));
    Operator::of(&server).json("users create");
    until("the standby to have the event", async || {
        let (code, said) = run(&standby_url, "events verify");
        (code == 0 && said.contains("\"events\": 1")).then_some(())
    })
    .await;
    let (code, said) = run(&standby_url, "doctor");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("failed   postgresql"), "{said}");
    assert!(
        said.contains("a standby: servers need the primary"),
        "{said}"
    );

    let (code, said) = run(&url, "doctor");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("a primary with one standby"), "{said}");
    assert!(said.contains("warning  durability"), "{said}");
    primary.set_synchronous_standby_names("b").unwrap();
    let (code, said) = run(&url, "doctor");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("and on a standby of `b` before it is answered"),
        "{said}"
    );
    // What was answered by a server that is gone is all that may still wait.
    server.kill();
    standby.stop(Stop::Immediate).unwrap();
    until("the standby to be missed", async || {
        let (code, said) = run(&url, "doctor");
        (code == 1 && said.contains("no standby is attached: every change waits for one"))
            .then_some(())
    })
    .await;
    primary.set_synchronous_standby_names("").unwrap();
}

fn settings<'a>(url: &'a str, pepper: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("database.url", url),
        ("pepper.file", pepper),
        ("tokens.issuer", ISSUER),
    ]
}
