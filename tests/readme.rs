//! What the pages promise: their links lead somewhere, each feature and measure names the test that proves it, and the
//! README's samples do what it says.
//! Leaves whether the feature works to those tests.

use std::process::Command;

use serde_json::{Value, json};

use crate::first_start::{credentials, stranger};
use crate::support::child::{Folder, binary};
use crate::support::{Server, workspace};

const COMPARISON: &str = "server/docs/comparison.md";

/// The pages whose links are followed.
const PAGES: [&str; 29] = [
    ".github/CONTRIBUTING.md",
    "CHANGELOG.md",
    "README.md",
    "SECURITY.md",
    "server/docs/architecture.md",
    "server/docs/backup.md",
    "server/docs/clients.md",
    "server/docs/command-line.md",
    "server/docs/comparison.md",
    "server/docs/decisions/README.md",
    "server/docs/decisions/admission.md",
    "server/docs/decisions/cache-positions.md",
    "server/docs/decisions/credits-in-blocks.md",
    "server/docs/decisions/documents-by-hand.md",
    "server/docs/decisions/event-chain.md",
    "server/docs/decisions/lowering.md",
    "server/docs/decisions/one-writer.md",
    "server/docs/decisions/several-peppers.md",
    "server/docs/decisions/signing-keys.md",
    "server/docs/exposure.md",
    "server/docs/faults.md",
    "server/docs/forward-auth.md",
    "server/docs/metrics.md",
    "server/docs/overload.md",
    "server/docs/postgresql.md",
    "server/docs/rotation.md",
    "server/docs/upgrading.md",
    "openapi/README.md",
    "tests/fuzz/README.md",
];

/// A link of a page: `[text](path "title")`.
struct Link {
    path: String,
    title: Option<String>,
}

fn links(page: &str) -> Vec<Link> {
    let targets = page.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .map(|target| match target.split_once(" \"") {
            Some((path, title)) => Link {
                path: path.to_owned(),
                title: Some(title.trim_end_matches('"').to_owned()),
            },
            None => Link {
                path: target.to_owned(),
                title: None,
            },
        })
        .collect()
}

fn page(name: &str) -> String {
    std::fs::read_to_string(workspace().join(name)).unwrap()
}

#[test]
fn every_link_of_a_page_leads_to_something_in_the_repository() {
    for name in PAGES {
        let folder = workspace().join(name).parent().unwrap().to_owned();
        for link in links(&page(name)) {
            let is_elsewhere = link.path.contains("://") || link.path.starts_with('#');
            let path = link.path.split('#').next().unwrap();
            assert!(
                is_elsewhere || folder.join(path).exists(),
                "{name} links to {}",
                link.path
            );
        }
    }
}

#[test]
fn every_feature_names_a_test_that_is_there() {
    let comparison = page(COMPARISON);
    let (_, table) = comparison
        .split_once("## Where keywright is different")
        .unwrap();
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .collect();
    assert!(rows.len() >= 12, "{} rows", rows.len());
    for row in rows {
        let proofs: Vec<Link> = links(row)
            .into_iter()
            .filter(|link| link.title.is_some())
            .collect();
        assert!(!proofs.is_empty(), "no test is named in: {row}");
        for proof in &proofs {
            assert_is_there(COMPARISON, proof);
        }
    }
}

#[test]
fn what_the_readme_says_of_others_names_a_test_that_is_there() {
    let readme = page("README.md");
    let (_, claims) = readme.split_once("## How it compares").unwrap();
    let (claims, _) = claims.split_once("\n## ").unwrap();
    let claims: Vec<&str> = claims
        .lines()
        .filter(|line| line.starts_with("- "))
        .collect();
    assert_eq!(claims.len(), 5);
    for claim in claims {
        let proofs = links(claim);
        assert!(!proofs.is_empty(), "no test is named in: {claim}");
        for proof in &proofs {
            assert_is_there("README.md", proof);
        }
    }
}

#[test]
fn the_contents_of_the_readme_are_its_headings() {
    let readme = page("README.md");
    let (contents, _) = readme.split_once("\n## ").unwrap();
    let (_, contents) = contents.split_once("\n\n[").unwrap();
    let targets: Vec<String> = links(&format!("[{contents}"))
        .into_iter()
        .map(|link| link.path.trim_start_matches('#').to_owned())
        .collect();
    let headings = readme.lines().filter_map(|line| line.strip_prefix("## "));
    let slugs: Vec<String> = headings
        .map(|heading| {
            let words = heading.to_lowercase().replace(' ', "-");
            words.replace(
                |letter: char| !letter.is_alphanumeric() && letter != '-',
                "",
            )
        })
        .filter(|slug| slug != "licence")
        .collect();
    assert_eq!(targets, slugs);
}

/// The lines of a page that stand in fences of a language, one text a fence.
fn fenced(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let fences = page.split(&fence).skip(1);
    fences
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// What stands below a heading of the README.
fn section(heading: &str) -> String {
    let readme = page("README.md");
    let (_, section) = readme.split_once(&format!("{heading}\n")).unwrap();
    section.split("\n#").next().unwrap().to_owned()
}

/// A first start as the README begins with it, and the shell that the commands of the README are pasted into.
struct Newcomer {
    server: Server,
    exports: String,
}

impl Newcomer {
    fn start(folder: &Folder) -> Self {
        let server = stranger(folder, &[]);
        let stdout = server.stdout();
        credentials(&stdout).for_each(|secret| server.secrets.add(secret));
        let exports = stdout.lines().filter(|line| line.starts_with("export "));
        let exports = exports.collect::<Vec<_>>().join("\n");
        Self { server, exports }
    }

    /// Pastes lines; answers what they print.
    fn paste(&self, lines: &str) -> std::process::Output {
        let script = format!("{}\n{lines}", self.exports);
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env("NO_PROXY", "*");
        shell.output().unwrap()
    }

    fn answer(&self, lines: &str) -> Value {
        let output = self.paste(lines);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!(
                "{error}: {lines}\n{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_of_the_readme_is_made_and_verified_with_curl() {
    let folder = Folder::new();
    let newcomer = Newcomer::start(&folder);
    let commands = fenced(&section("### With curl"), "sh");
    let [create, verify] = commands.as_slice() else {
        panic!("{} samples", commands.len());
    };
    let issued = newcomer.answer(create);
    let secret = issued["secret"].as_str().unwrap();
    newcomer.server.secrets.add(secret);
    assert_eq!(issued["key"]["kind"], "standard");
    assert_eq!(issued["key"]["scopes"], json!(["reports:read"]));
    assert_eq!(issued["key"]["expires_at"], "2031-01-01T00:00:00.000Z");
    let limit = json!([{"name": "requests", "limit": 100, "window_seconds": 60, "burst": 10}]);
    assert_eq!(issued["key"]["rate_limits"], limit);
    let (assignment, question) = verify.split_once('\n').unwrap();
    assert!(assignment.starts_with("KEY="), "{assignment}");
    let verdict = newcomer.answer(&format!("KEY={secret}\n{question}"));
    assert_eq!(verdict["code"], "VALID");
    let wider = question.replace("reports:read", "reports:write");
    let verdict = newcomer.answer(&format!("KEY={secret}\n{wider}"));
    assert_eq!(verdict["code"], "INSUFFICIENT_SCOPE");
    newcomer.server.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_of_the_readme_is_made_and_verified_with_the_command_line() {
    let folder = Folder::new();
    let newcomer = Newcomer::start(&folder);
    let commands = fenced(&section("### With the command line"), "sh");
    let [commands] = commands.as_slice() else {
        panic!("{} samples", commands.len());
    };
    // Where the binary lies is the one thing that differs here.
    let (path, commands) = commands.split_once('\n').unwrap();
    assert!(path.starts_with("export PATH="), "{path}");
    let (create, verify) = commands.split_once("\nkeywright keys verify").unwrap();
    let path = format!("PATH={}:$PATH", binary().parent().unwrap().display());
    let issued = newcomer.answer(&format!("{path}\n{create}"));
    let secret = issued["secret"].as_str().unwrap();
    newcomer.server.secrets.add(secret);
    assert_eq!(issued["key"]["rate_limits"][0]["burst"], 10);
    assert!(issued["key"]["expires_at"].is_string(), "{issued}");
    let ask = |options: &str| {
        let output = newcomer.paste(&format!(
            "{path}\necho {secret} | keywright keys verify{options}"
        ));
        output.status.code()
    };
    assert_eq!(ask(verify), Some(0));
    assert_eq!(
        ask(&verify.replace("reports:read", "reports:write")),
        Some(10)
    );
    newcomer.server.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_of_the_compatible_apis_are_answered_as_the_readme_says() {
    let folder = Folder::new();
    let newcomer = Newcomer::start(&folder);
    let samples = fenced(&section("## Compatible APIs"), "sh");
    let members = ["/apikey", "/clientSecret", "/api_key", "/result/api_key"];
    assert_eq!(samples.len(), members.len());
    for (sample, member) in samples.iter().zip(members) {
        let answer = newcomer.answer(sample);
        let secret = answer.pointer(member).and_then(Value::as_str);
        newcomer
            .server
            .secrets
            .add(secret.unwrap_or_else(|| panic!("{sample}: {answer}")));
    }
    newcomer.server.finish();
}

/// The compiler reads the documentation of the SDK as a test.
#[test]
fn the_rust_of_the_readme_stands_in_the_documentation_of_the_sdk() {
    let sdk = page("sdk/src/lib.rs");
    let sdk: Vec<&str> = sdk
        .lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .collect();
    let samples = fenced(&section("## From Rust"), "rust");
    assert_eq!(samples.len(), 1);
    for line in samples[0].lines() {
        assert!(sdk.contains(&line.trim()), "{line}");
    }
}

#[test]
fn every_measure_against_an_attacker_names_a_test_that_is_there() {
    let security = page("SECURITY.md");
    let (_, attackers) = security.split_once("## Who might attack").unwrap();
    let (attackers, _) = attackers.split_once("\n## ").unwrap();
    let mut count = 0;
    for attacker in attackers.split("\n### ").skip(1) {
        let proofs = links(attacker);
        let proofs = proofs.iter().filter(|link| link.title.is_some());
        let name = attacker.lines().next().unwrap();
        assert!(proofs.clone().count() > 0, "no test is named for: {name}");
        proofs.for_each(|proof| assert_is_there("SECURITY.md", proof));
        count += 1;
    }
    assert!(count >= 6, "{count} attackers");
}

/// A name of the code stands in the title of its link, as its file has it: `fn verify_key`, `struct Cache`.
#[test]
fn whatever_the_pages_name_in_the_code_is_there() {
    let mut count = 0;
    for name in PAGES.into_iter().filter(|name| is_about_the_code(name)) {
        let folder = workspace().join(name).parent().unwrap().to_owned();
        for link in links(&page(name)) {
            let Some(title) = link.title else { continue };
            let file = std::fs::read_to_string(folder.join(&link.path)).unwrap();
            assert!(has(&file, &title), "{name}: {} has no `{title}`", link.path);
            count += 1;
        }
    }
    assert!(count > 150, "{count} names");
}

#[test]
fn each_answer_to_where_something_is_names_a_place_in_the_code() {
    let architecture = page("server/docs/architecture.md");
    let (_, table) = architecture.split_once("## Where do I find").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| w"));
    let rows: Vec<&str> = rows.collect();
    assert!(rows.len() >= 5, "{} rows", rows.len());
    for row in rows {
        let is_named = links(row).iter().any(|link| link.title.is_some());
        assert!(is_named, "no place is named in: {row}");
    }
}

fn is_about_the_code(page: &str) -> bool {
    let named = ["architecture.md", "CONTRIBUTING.md", "upgrading.md"];
    page.contains("/decisions/") || named.iter().any(|name| page.ends_with(name))
}

/// Whether a text has these words, and not only the beginning of a longer name.
fn has(text: &str, words: &str) -> bool {
    let is_part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let ends_in_name = words.ends_with(is_part_of_name);
    text.match_indices(words).any(|(at, _)| {
        let behind = text[at + words.len()..].chars().next();
        !(ends_in_name && behind.is_some_and(is_part_of_name))
    })
}

/// Refuses a link to a test that its file does not have.
#[track_caller]
fn assert_is_there(page_name: &str, proof: &Link) {
    let test = proof.title.as_deref().unwrap();
    let folder = workspace().join(page_name).parent().unwrap().to_owned();
    let file = std::fs::read_to_string(folder.join(&proof.path)).unwrap();
    let signature = format!("fn {test}(");
    assert!(file.contains(&signature), "{} has no {test}", proof.path);
}
