//! The page's own commands for a PostgreSQL: dumped at night, put back, proved, and what is undone.

use std::process::{Command, Output};

use super::{CLUSTER, ISSUER};
use crate::support::child::binary;
use crate::support::{Folder, Operator, Server, workspace};

const PASSWORD: &str = "hunter2-of-the-page";

/// The commands of the page, block by block.
fn blocks() -> Vec<String> {
    let page = std::fs::read_to_string(workspace().join("server/docs/backup.md")).unwrap();
    let (_, section) = page.split_once("## A PostgreSQL\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let mut blocks = vec![String::new()];
    for line in section.lines() {
        match line.strip_prefix("    ") {
            Some(command) => {
                let block = blocks.last_mut().unwrap();
                block.push_str(command.trim());
                block.push('\n');
            }
            None if line.is_empty() => {}
            None => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

struct Site {
    folder: Folder,
    url: String,
}

impl Site {
    fn sh(&self, script: &str) -> Output {
        let path = std::env::var("PATH").unwrap();
        let programs = binary().parent().unwrap().display();
        let output = Command::new("sh")
            .args(["-euc", script])
            .env_clear()
            .env("PATH", format!("{programs}:{path}"))
            .env("KW_URL", &self.url)
            .env("OLD_URL", format!("{}_before", self.url))
            .env("ADMIN_URL", CLUSTER.primary().url("postgres"))
            .env("KEYWRIGHT_LISTEN", "127.0.0.1:0")
            .env("KEYWRIGHT_PEPPER__FILE", self.folder.pepper())
            .env("KEYWRIGHT_TOKENS__ISSUER", ISSUER)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        output
    }

    fn serve(&self) -> Server {
        let pepper = self.folder.pepper().display().to_string();
        let settings = [
            ("database.url", self.url.as_str()),
            ("pepper.file", &pepper),
            ("tokens.issuer", ISSUER),
        ];
        Server::on(&self.folder, &settings)
    }
}

/// As a user that may do nothing but own its database.
#[test]
fn a_dump_is_made_put_back_and_proved_and_what_is_undone_is_named() {
    let primary = CLUSTER.primary();
    let role = format!("CREATE ROLE kw LOGIN PASSWORD '{PASSWORD}'");
    primary.sql("postgres", &role).unwrap();
    primary
        .sql("postgres", "CREATE DATABASE kw OWNER kw")
        .unwrap();
    let site = Site {
        folder: Folder::new(),
        url: format!("postgres://kw:{PASSWORD}@127.0.0.1:{}/kw", primary.port()),
    };
    std::fs::write(
        site.folder.pepper(),
        "a pepper of the tests, long enough for this\n",
    )
    .unwrap();
    let server = site.serve();
    let operator = Operator::of(&server);
    let made = operator.json("users create");
    let id = made["key"]["id"].as_str().unwrap().to_owned();
    std::fs::write(site.folder.path().join("heads"), "0:\n").unwrap();
    let [nightly, aside, restore, prove, undone] = &blocks()[..] else {
        panic!("the page has other commands: {:?}", blocks())
    };
    let script = nightly.replace("$(date +%F)", "2026-11-22");
    site.sh(&script);
    operator.run(&format!("keys revoke {id}")).expect(0);
    let log = server.finish().log();
    assert!(!log.contains(PASSWORD));
    site.sh(aside);
    site.sh(restore);
    let proved = site.sh(prove);
    let said = String::from_utf8(proved.stdout).unwrap();
    assert!(said.contains("ok       database"), "{said}");
    assert!(!said.contains(PASSWORD));
    let told = site.sh(undone);
    let said = String::from_utf8(told.stderr).unwrap();
    assert!(
        said.contains(&format!("keywright keys revoke {id}")),
        "{said}"
    );
    let server = site.serve();
    let operator = Operator::of(&server);
    operator.run(&format!("keys revoke {id}")).expect(0);
    server.finish();
}
