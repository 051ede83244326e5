//! The PostgreSQL of the tests: that it does what the tests of failures need, and ends with them.
//! Leaves what the server makes of that to its own tests.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use keywright_postgres_cluster::{Cluster, Programs, Server, Stop};
use tokio_postgres::{Client, NoTls};

use crate::support::{PATIENCE, until};

const MISSING: &str = "PostgreSQL is needed: run `cargo xtask setup`";
/// Has a process of this very test start a cluster and wait to be killed.
const VICTIM: &str = "KEYWRIGHT_TESTS_VICTIM";

fn start() -> Cluster {
    Cluster::start(&Programs::find().expect(MISSING)).unwrap()
}

/// A session in the superuser's database.
async fn connect(server: &Server) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls)
        .await
        .unwrap();
    // It ends with an error where the server is killed.
    tokio::spawn(connection);
    client
}

/// The processes whose command line names this folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let table = Command::new("ps").args(["-A", "-o", "args="]).output();
    let table = String::from_utf8(table.unwrap().stdout).unwrap();
    let name = folder.to_str().unwrap();
    let lines = table.lines().filter(|line| line.contains(name));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_row_written_at_the_primary_is_seen_at_the_standby_which_can_take_over() {
    let cluster = start();
    let primary = cluster.primary();
    let standby = cluster.add_standby(primary, "b").unwrap();
    let writer = connect(primary).await;
    writer
        .batch_execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    let reader = connect(&standby).await;
    until("the row to appear", async || {
        reader.query_one("SELECT n FROM t", &[]).await.ok()
    })
    .await;

    // A commit waits for the standby that it must reach, and for none that it need not.
    primary.set_synchronous_standby_names("b").unwrap();
    standby.pause().unwrap();
    {
        let write = writer.batch_execute("INSERT INTO t VALUES (2)");
        let mut write = std::pin::pin!(write);
        let waited = tokio::time::timeout(Duration::from_millis(200), &mut write).await;
        assert!(waited.is_err(), "it was acknowledged without the standby");
        standby.resume().unwrap();
        write.await.unwrap();
    }
    standby.pause().unwrap();
    primary.set_synchronous_standby_names("").unwrap();
    writer
        .batch_execute("INSERT INTO t VALUES (3)")
        .await
        .unwrap();
    standby.resume().unwrap();

    primary.set_synchronous_standby_names("b").unwrap();
    writer
        .batch_execute("INSERT INTO t VALUES (4)")
        .await
        .unwrap();
    primary.kill().unwrap();
    standby.promote().unwrap();
    let said = standby.sql(
        "postgres",
        "INSERT INTO t VALUES (5); SELECT count(*) FROM t",
    );
    assert_eq!(said.unwrap(), "5");
}

#[tokio::test]
async fn a_server_that_is_stopped_or_killed_comes_back_on_the_same_port_with_what_it_had() {
    let cluster = start();
    let primary = cluster.primary();
    assert!(primary.port() < 32_768, "a client may be given it");
    primary.create_database("kept").unwrap();
    let settings = "SELECT string_agg(current_setting(name), ' ') FROM unnest(ARRAY['fsync', 'data_checksums', \
                    'password_encryption', 'server_encoding', 'cluster_name']) AS name";
    assert_eq!(
        primary.sql("kept", settings).unwrap(),
        "on on scram-sha-256 UTF8 a"
    );
    primary.sql("kept", "CREATE TABLE t (n int)").unwrap();
    let count = || primary.sql("kept", "SELECT count(*) FROM t").unwrap();

    // Nothing is answered in between, and nothing is lost.
    let client = connect(primary).await;
    primary.pause().unwrap();
    {
        let mut query = std::pin::pin!(client.batch_execute("SELECT 1"));
        let waited = tokio::time::timeout(Duration::from_millis(100), &mut query).await;
        assert!(waited.is_err(), "a stopped server has answered");
        primary.resume().unwrap();
        tokio::time::timeout(PATIENCE, query)
            .await
            .unwrap()
            .unwrap();
    }

    for (number, stop) in [Some(Stop::Fast), Some(Stop::Immediate), None]
        .into_iter()
        .enumerate()
    {
        primary.sql("kept", "INSERT INTO t VALUES (1)").unwrap();
        let port = primary.port();
        match stop {
            Some(how) => primary.stop(how).unwrap(),
            None => primary.kill().unwrap(),
        }
        assert!(primary.pid().is_err());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
        primary.start().unwrap();
        assert_eq!((primary.port(), count()), (port, (number + 1).to_string()));
    }

    let without_password = primary.url("kept").replace(cluster.password(), "wrong");
    let refused = tokio_postgres::connect(&without_password, NoTls).await;
    assert!(refused.is_err(), "any password is good");
}

#[test]
fn clusters_that_start_at_once_are_copies_that_share_nothing() {
    let clusters: Vec<Cluster> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..3).map(|_| scope.spawn(start)).collect();
        let started = starts.into_iter().map(|start| start.join().unwrap());
        started.collect()
    });
    let sql = |cluster: &Cluster, statement| cluster.primary().sql("postgres", statement).unwrap();
    let of = "SELECT system_identifier FROM pg_control_system()";
    let templates: BTreeSet<String> = clusters.iter().map(|cluster| sql(cluster, of)).collect();
    // The one that has made the template goes on with what it made.
    assert_eq!(templates.len(), 1, "{templates:?}");
    for cluster in &clusters {
        sql(cluster, "CREATE TABLE t (n int)");
        sql(cluster, "INSERT INTO t VALUES (1)");
    }
    for cluster in clusters {
        assert_eq!(sql(&cluster, "SELECT count(*) FROM t"), "1");
        cluster.primary().restart().unwrap();
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_cluster_whose_process_is_killed() {
    if std::env::var_os(VICTIM).is_some() {
        let cluster = start();
        let standby = cluster.add_standby(cluster.primary(), "b").unwrap();
        // The worst of all: these do not even hear that they are to end.
        standby.pause().unwrap();
        eprintln!(
            "folder {}",
            cluster.socket_folder().parent().unwrap().display()
        );
        std::thread::sleep(PATIENCE);
        return;
    }
    let name = "postgres::cluster::nothing_is_left_of_a_cluster_whose_process_is_killed";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(VICTIM, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stderr.take().unwrap()).lines();
    let folder = lines.find_map(|line| line.unwrap().strip_prefix("folder ").map(PathBuf::from));
    let folder = folder.expect("it has started a cluster");
    assert!(folder.exists() && processes_of(&folder).len() >= 2);
    victim.kill().unwrap();
    victim.wait().unwrap();
    until("everything to end", async || {
        (!folder.exists() && processes_of(&folder).is_empty()).then_some(())
    })
    .await;

    let cluster = start();
    let folder = cluster.socket_folder().parent().unwrap().to_owned();
    drop(cluster);
    assert!(!folder.exists());
    assert_eq!(processes_of(&folder), [""; 0]);
}
