//! The clients of `server/docs/clients.md`: made by the page's own commands, and asked about keys as the page has it.
//! Leaves other generators to `generators`.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{Verdict, installed, node, python};
use crate::support::{Server, workspace};

fn page() -> String {
    std::fs::read_to_string(workspace().join("server/docs/clients.md")).unwrap()
}

/// The one program of the page in a language.
fn program(language: &str) -> String {
    let page = page();
    let (_, rest) = page
        .split_once(&format!("```{language}\n"))
        .expect(language);
    rest.split("```").next().unwrap().to_owned()
}

/// What stands behind a program's name on the page, with this server in place of the page's.
fn arguments(server: &Server, program: &str) -> Vec<String> {
    let page = page();
    let mut lines = page.lines().filter_map(|line| line.strip_prefix("    "));
    let found = lines
        .find_map(|line| line.strip_prefix(program))
        .expect(program);
    let found = found.replace("http://127.0.0.1:8080", &server.url(""));
    found.split_whitespace().map(str::to_owned).collect()
}

/// Asks a client about a good key, about an unknown one, with an unknown control key, and where no server is.
async fn assert_lets_in_the_good_key_only(server: &Server, ask: impl Fn() -> Command) {
    let root = server.root();
    let user = root.user().await;
    let good = json!({ "kind": "standard", "owner_id": user.id, "scopes": ["reports:read"] });
    let good = root.issue(good).await["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let (url, key) = (server.url(""), server.root_key.as_str());
    for (url, control_key, key, is_let_in) in [
        (url.as_str(), key, good.as_str(), true),
        (&url, key, &user.key, false),
        (&url, "unknown", &good, false),
        ("http://127.0.0.1:1", key, &good, false),
    ] {
        let mut command = ask();
        let said = Verdict::of(command.args([url, control_key, key])).passes();
        let said = said.trim_end().to_ascii_lowercase();
        assert!(
            said.ends_with(&is_let_in.to_string()),
            "{url} {control_key}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_of_the_page_lets_in_a_good_key_and_no_other() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    // It would call a formatter, which changes nothing about what the code does.
    std::fs::write(&config, "post_hooks: []\n").unwrap();
    let mut make = python();
    make.args(["-m", "openapi_python_client"])
        .args(arguments(&server, "openapi-python-client "))
        .arg("--config")
        .arg(config)
        .current_dir(folder.path());
    Verdict::of(&mut make).passes();
    std::fs::write(folder.path().join("usage.py"), program("python")).unwrap();
    let ask = || {
        let mut ask = python();
        ask.args([
            "-c",
            "import sys, usage; print(usage.may_read_reports(*sys.argv[1:]))",
        ])
        .current_dir(folder.path());
        ask
    };
    assert_lets_in_the_good_key_only(&server, ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_client_of_the_page_lets_in_a_good_key_and_no_other() {
    const RUN: &str = "import { mayReadReports } from './usage.ts';
console.log(await mayReadReports(...process.argv.slice(2)));
";
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    link_packages(folder.path());
    write("package.json", r#"{"type": "module"}"#);
    write("usage.ts", &program("ts"));
    write("run.js", RUN);
    let mut make = node("openapi-typescript/bin/cli.js");
    make.args(arguments(&server, "npx openapi-typescript "));
    Verdict::of(make.current_dir(folder.path())).passes();
    let mut compile = node("typescript/bin/tsc");
    compile.args([
        "--strict", "--noEmit", "--target", "es2022", "--module", "esnext",
    ]);
    compile.args(["--moduleResolution", "bundler", "usage.ts"]);
    Verdict::of(compile.current_dir(folder.path())).passes();
    let run = folder.path().join("run.js");
    assert_lets_in_the_good_key_only(&server, || node(run.to_str().unwrap())).await;
}

/// Modules are looked for beside the program that wants them.
fn link_packages(folder: &Path) {
    let packages = installed("node").join("node_modules");
    std::os::unix::fs::symlink(packages, folder.join("node_modules")).unwrap();
}
