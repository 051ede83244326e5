//! A PostgreSQL whose disk has no more room for its tables.
//! Leaves how its disk comes to be full to `full.c`, which is compiled and preloaded here.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::key::Kind;
use keywright_postgres_cluster::{Cluster, Programs};
use keywright_store::{Authority, Change};

use super::{DATABASE, Faulty};
use crate::support::workspace;

/// PostgreSQL's programs, by way of scripts in a folder: the server finds its disk full while there is a file `full`.
fn programs(folder: &Path) -> Programs {
    let library = folder.join("full.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(workspace().join("tests/support/full.c"))
        .arg("-ldl")
        .status()
        .expect("a C compiler is needed, as for the server itself");
    assert!(status.success(), "the library must compile");
    let real = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
    let preload = format!(
        "export LD_PRELOAD={} FULL_SWITCH={}",
        library.display(),
        folder.join("full").display()
    );
    for program in std::fs::read_dir(real.folder()).unwrap() {
        let program = program.unwrap();
        let name = program.file_name();
        let before = if name == "postgres" { &preload } else { "" };
        let script = format!(
            "#!/bin/sh\n{before}\nexec {} \"$@\"\n",
            program.path().display()
        );
        let path = folder.join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    Programs::of(folder).unwrap()
}

#[tokio::test]
async fn changes_that_find_the_disk_full_are_refused_and_made_again_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(&programs(folder.path())).unwrap();
    cluster.primary().create_database(DATABASE).unwrap();
    let url = cluster.primary().url(DATABASE);
    let faulty = Faulty::at(Arc::new(cluster), url);
    let kept = faulty.goes_on().await;
    let (owner_id, _) = faulty.stage.organization().await;
    let full = folder.path().join("full");
    std::fs::write(&full, "").unwrap();
    // What is left of the last page of each table fills first.
    let mut made = Vec::new();
    let refused = loop {
        let name = format!("key {}", made.len());
        let (_, key) = faulty.stage.key(Kind::Named, owner_id, Some(&name));
        let issue = Change::Issue(key.clone());
        match faulty.stage.write(Authority::default(), issue).await {
            Ok(_) => made.push(key),
            Err(error) => break error,
        }
        assert!(made.len() < 1000, "the disk is not full");
    };
    let Error::Unavailable { cause } = refused else {
        panic!("{refused:?}")
    };
    assert!(cause.contains("No space left on device"), "{cause}");
    assert!(faulty.finds(&kept).await);
    faulty.stage.store.database().check().await.unwrap();
    std::fs::remove_file(&full).unwrap();
    made.push(faulty.goes_on().await);
    for key in &made {
        assert!(faulty.finds(key).await);
    }
    assert_eq!(
        faulty.number("SELECT max(position) - count(*) FROM events"),
        0
    );
}
