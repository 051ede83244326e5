//! What the pages promise: their links lead somewhere, and each feature and measure names the test that proves it.
//! Leaves whether the feature works to those tests.

use crate::support::workspace;

/// The pages whose links are followed.
const PAGES: [&str; 4] = [
    "README.md",
    "SECURITY.md",
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
    let readme = page("README.md");
    let (_, table) = readme
        .split_once("## What it does that others do not")
        .unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
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
        proofs.iter().for_each(assert_is_there);
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
        proofs.for_each(assert_is_there);
        count += 1;
    }
    assert!(count >= 6, "{count} attackers");
}

/// Refuses a link to a test that its file does not have.
#[track_caller]
fn assert_is_there(proof: &Link) {
    let test = proof.title.as_deref().unwrap();
    let file = page(&proof.path);
    let signature = format!("fn {test}(");
    assert!(file.contains(&signature), "{} has no {test}", proof.path);
}
