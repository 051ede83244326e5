//! A full disk: keys and owners can still be ended, nothing else is written, and all is well once there is room.
//! Leaves a limit on files, and disks that fail otherwise, to its neighbours.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::assert_all_unavailable;
use super::truth::Truth;
use crate::support::harm::SmallDisk;
use crate::support::{Folder, Organization, Request, Server, User, metric, until};

const RESERVE_LEN: u64 = 4 << 20;
const READY: &str = "ready\n";
const ENDING_ONLY: &str = "ready\nwrites: the disk is full, so keys, tokens and owners can be ended and nothing else is changed: \
                           make room\n";

/// A server whose disk is small, and people on it.
struct Stage {
    server: Server,
    disk: SmallDisk,
    truth: Truth,
}

impl Stage {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let disk = SmallDisk::under(&folder);
        let server = Server::on(&folder, settings);
        let truth = Truth::of(&server).await;
        Self {
            server,
            disk,
            truth,
        }
    }

    /// The same after `end` has ended the server and another was started.
    async fn restarted(self, end: impl FnOnce(Server) -> Folder) -> Self {
        let folder = end(self.server);
        let server = Server::on(&folder, &[]);
        let token = self.truth.cast.client.at(&server).token().await;
        let mut truth = self.truth.moved_to(&server);
        // A token names the address of the server that issued it.
        truth.cast.token = token;
        Self {
            server,
            disk: self.disk,
            truth,
        }
    }

    async fn ready(&self) -> String {
        self.server.get("/readyz").send().await.expect(200).text()
    }

    async fn restriction(&self) -> u64 {
        metric(&self.server, "keywright_writes_restricted ").await
    }

    async fn assert_grants_are_unavailable(&self) {
        let cast = &self.truth.cast;
        assert_all_unavailable(&self.server, cast, cast.control_grants()).await;
    }

    /// A user whose key is dead from now on.
    async fn revoke(&self, user: &User) {
        let root = self.server.root();
        root.revoke(&user.key_id).await;
        assert_eq!(root.verdict(&user.key).await, "REVOKED");
    }
}

/// Those who are there to be ended, each in another way.
struct Doomed {
    revoked: User,
    suspended: Organization,
    disabled: User,
    deleted: User,
}

impl Doomed {
    async fn of(stage: &Stage) -> Self {
        let root = stage.server.root();
        Self {
            revoked: root.user().await,
            suspended: root.organization().await,
            disabled: root.user().await,
            deleted: root.user().await,
        }
    }

    /// What ends each, how it is answered, and what the verdict on its key is then.
    fn endings(&self, server: &Server) -> [(Request, u16, &str, &'static str); 4] {
        let root = server.root();
        let disabled = format!("/v1/keys/{}", self.disabled.key_id);
        let suspended = format!("/v1/organizations/{}", self.suspended.id);
        let revoked = format!("/v1/keys/{}/revoke", self.revoked.key_id);
        let deleted = format!("/v1/users/{}", self.deleted.id);
        [
            (
                root.request("POST", &revoked),
                200,
                &self.revoked.key,
                "REVOKED",
            ),
            (
                root.request("PATCH", &suspended)
                    .json(&json!({ "suspended": true })),
                200,
                &self.suspended.key,
                "OWNER_SUSPENDED",
            ),
            (
                root.request("PATCH", &disabled)
                    .json(&json!({ "enabled": false })),
                200,
                &self.disabled.key,
                "DISABLED",
            ),
            (
                root.request("DELETE", &deleted),
                204,
                &self.deleted.key,
                "REVOKED",
            ),
        ]
    }
}

#[tokio::test]
async fn on_a_full_disk_keys_and_owners_are_ended_and_nothing_else_is_changed() {
    let mut stage = Stage::new(&[]).await;
    let doomed = Doomed::of(&stage).await;
    assert_eq!(stage.ready().await, READY);
    stage.disk.fill();
    for (ending, status, key, verdict) in doomed.endings(&stage.server) {
        ending.send().await.expect(status);
        assert_eq!(stage.server.root().verdict(key).await, verdict);
        stage.assert_grants_are_unavailable().await;
    }
    stage.truth.holds(&stage.server).await;
    assert_eq!(stage.ready().await, ENDING_ONLY);
    assert_eq!(stage.restriction().await, 1);
    stage.disk.clear();
    stage.truth.ends_well(&stage.server).await;
}

#[tokio::test]
async fn the_holders_of_named_and_client_keys_delete_them_on_a_full_disk() {
    let mut stage = Stage::new(&[]).await;
    let cast = &stage.truth.cast;
    cast.create_named_key().send().await.expect(201);
    let client = cast.create_client_key().send().await.expect(201);
    let client = format!("/api-keys/{}", client.string("/clientId"));
    stage.disk.fill();
    cast.create_client_key().send().await.expect(503);
    let delete = |target: &str, credential: &str| {
        let delete = stage.server.request("DELETE", target).bearer(credential);
        delete.send()
    };
    delete("/v0/api_keys/ci-deploy", &cast.named.key)
        .await
        .expect(200);
    delete(&client, &cast.token.token).await.expect(204);
    stage.disk.clear();
}

#[tokio::test]
async fn a_client_revokes_its_token_on_a_full_disk() {
    let mut stage = Stage::new(&[]).await;
    let client = stage.truth.cast.client.clone();
    let (early, late) = (client.token().await, client.token().await);
    stage.disk.fill();
    stage
        .truth
        .cast
        .create_client_key()
        .send()
        .await
        .expect(503);
    client.revoke_token(&early.token).await;
    assert_eq!(client.introspect(&early.token).await["active"], false);
    assert_eq!(client.introspect(&late.token).await["active"], true);
    let mut stage = stage.restarted(Server::kill).await;
    let client = client.at(&stage.server);
    assert_eq!(client.introspect(&early.token).await["active"], false);
    client.revoke_token(&late.token).await;
    assert_eq!(client.introspect(&late.token).await["active"], false);
    stage.disk.clear();
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_on_a_full_disk_serves_reads_and_ends_access() {
    let mut stage = Stage::new(&[]).await;
    let (before, after) = (
        stage.server.root().user().await,
        stage.server.root().user().await,
    );
    stage.disk.fill();
    stage.revoke(&before).await;
    let stage = stage.restarted(Server::kill).await;
    let root = stage.server.root();
    assert_eq!(root.verdict(&before.key).await, "REVOKED");
    stage.revoke(&after).await;
    stage.assert_grants_are_unavailable().await;
    assert_eq!(stage.ready().await, ENDING_ONLY);
    let Stage {
        server,
        mut disk,
        truth,
    } = stage;
    disk.clear();
    truth.ends_well(&server).await;
}

#[tokio::test]
async fn a_server_that_is_stopped_and_started_on_a_full_disk_serves_reads_and_ends_access() {
    let mut stage = Stage::new(&[]).await;
    let user = stage.server.root().user().await;
    let folder = stage.server.finish();
    stage.disk.fill();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    server.root().revoke(&user.key_id).await;
    server.root().post("/v1/users", json!({})).await.expect(503);
    // Its log finds the room that the reserve has made, and so it ends well, too.
    let server = Server::on(&server.finish(), &[]);
    assert_eq!(server.root().verdict(&user.key).await, "REVOKED");
    stage.disk.clear();
    server.root().user().await;
}

#[tokio::test]
async fn the_reserve_is_allocated_for_its_owner_only_let_go_and_made_again() {
    let mut stage = Stage::new(&[]).await;
    let reserve = stage.disk.reserve();
    assert_is_whole(&reserve, RESERVE_LEN);
    let bytes = "keywright_reserve_bytes ";
    assert_eq!(metric(&stage.server, bytes).await, RESERVE_LEN);
    stage.disk.fill();
    let user = stage.truth.cast.user.clone();
    stage.revoke(&user).await;
    assert_eq!(reserve.metadata().unwrap().len(), 0);
    assert_eq!(metric(&stage.server, bytes).await, 0);
    stage.disk.clear();
    // Nobody changes anything: it is looked for room all the same.
    until("the reserve to be made again", async || {
        (metric(&stage.server, bytes).await == RESERVE_LEN).then_some(())
    })
    .await;
    assert_is_whole(&reserve, RESERVE_LEN);
    assert_eq!(stage.restriction().await, 0);
}

#[track_caller]
fn assert_is_whole(reserve: &Path, len: u64) {
    let found = reserve.metadata().unwrap();
    assert_eq!(found.len(), len);
    assert!(found.blocks() * 512 >= len, "it is only a length");
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn with_less_room_than_the_reserve_and_some_more_the_disk_counts_as_full() {
    let mut stage = Stage::new(&[]).await;
    let user = stage.server.root().user().await;
    stage.disk.fill();
    stage.revoke(&user).await;
    stage.disk.clear_some(512 << 10);
    stage.assert_grants_are_unavailable().await;
    let mut stage = stage.restarted(Server::kill).await;
    stage.assert_grants_are_unavailable().await;
    stage.disk.clear_some(1 << 20);
    stage.server.root().user().await;
    assert_eq!(stage.ready().await, READY);
    stage.disk.clear();
}

/// The log and the database grow until there is no more, as they do under somebody who fills the disk on purpose.
#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_fills_the_disk_with_keys_others_are_revoked() {
    let mut stage = Stage::new(&[("log.filter", "info")]).await;
    let root = stage.server.root();
    let mut doomed = Vec::new();
    for _ in 0..50 {
        doomed.push(root.user().await);
    }
    stage.disk.fill();
    stage.disk.clear_some(6 << 20);
    let (is_over, is_full) = (
        Arc::new(AtomicBool::default()),
        Arc::new(AtomicBool::default()),
    );
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (root, is_over, is_full) = (root.clone(), Arc::clone(&is_over), Arc::clone(&is_full));
        let body = json!({
            "kind": "standard", "owner_id": stage.truth.cast.user.id, "metadata": { "long": "x".repeat(4000) },
        });
        tasks.spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                let status = root.post("/v1/keys", body.clone()).await.status;
                assert!([201, 503].contains(&status), "{status}");
                is_full.fetch_or(status == 503, Ordering::SeqCst);
            }
        });
    }
    until("the disk to be full", async || {
        is_full.load(Ordering::SeqCst).then_some(())
    })
    .await;
    for user in &doomed {
        stage.revoke(user).await;
    }
    is_over.store(true, Ordering::SeqCst);
    tasks.join_all().await;
    let stage = stage.restarted(Server::kill).await;
    for user in &doomed {
        assert_eq!(stage.server.root().verdict(&user.key).await, "REVOKED");
    }
    let Stage {
        server,
        mut disk,
        truth,
    } = stage;
    disk.clear();
    truth.ends_well(&server).await;
}

/// Where standard output lies on a disk that is full to the last byte, there is no telling where the server listens.
#[test]
fn a_start_that_finds_no_room_to_say_where_it_listens_serves_all_the_same() {
    let folder = Server::start().finish();
    let output = File::options().write(true).open("/dev/full").unwrap();
    let mut command = folder.command(&[("log.filter", "info")]);
    let mut server = command
        .stdout(output)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(server.stderr.take().unwrap());
    let mut lines = log.lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("listening on http://"));
    server.kill().unwrap();
    server.wait().unwrap();
    let line = line.expect("it ended");
    assert!(line.contains("cannot write to standard output"), "{line}");
}

#[tokio::test]
async fn a_full_disk_is_told_in_few_lines_however_much_is_refused() {
    const REQUESTS: u64 = 500;
    let mut stage = Stage::new(&[("log.filter", "info")]).await;
    let root = stage.server.root();
    let holder = root.control(&["events:read"]).await;
    stage.disk.fill();
    let before = stage.server.folder().log().lines().count();
    let began = Instant::now();
    for _ in 0..REQUESTS {
        holder.get("/v1/keys").await.expect(403);
        root.post("/v1/users", json!({})).await.expect(503);
    }
    let lines = stage.server.folder().log().lines().count() - before;
    let seconds = usize::try_from(began.elapsed().as_secs() + 2).unwrap();
    // Ten a second of each of the three kinds, and few words about the disk itself.
    assert!(
        lines <= 3 * 10 * seconds + 10,
        "{lines} lines in {seconds} seconds"
    );
    stage.disk.clear();
}

#[tokio::test]
async fn a_reserve_larger_than_the_disk_is_a_warning_and_changes_go_on() {
    let large = [("database.reserve_mib", "1024"), ("log.filter", "info")];
    let mut stage = Stage::new(&large).await;
    let warned = |what: &str| stage.server.folder().log().contains(what);
    assert!(warned("keywright.db.reserve of 1024 MiB"), "it is not told");
    assert!(
        warned("lower database.reserve_mib"),
        "the remedy is not told"
    );
    assert!(!stage.disk.reserve().exists());
    let user = stage.server.root().user().await;
    stage.disk.fill();
    let revoke = format!("/v1/keys/{}/revoke", user.key_id);
    let revoke = stage.server.root().request("POST", &revoke);
    revoke.clone().send().await.expect(503);
    assert_eq!(
        stage.ready().await,
        "ready\nwrites: the disk is full and so is the reserve, so nothing is changed: make room\n"
    );
    assert_eq!(stage.restriction().await, 2);
    stage.disk.clear();
    revoke.send().await.expect(200);
    stage.truth.ends_well(&stage.server).await;
}

#[tokio::test]
async fn a_reserve_that_cannot_grow_stays_as_it_was() {
    let stage = Stage::new(&[]).await;
    let folder = stage.server.finish();
    let server = Server::on(&folder, &[("database.reserve_mib", "1024")]);
    assert_eq!(stage.disk.reserve().metadata().unwrap().len(), RESERVE_LEN);
    server.root().user().await;
    let server = Server::on(&server.finish(), &[("database.reserve_mib", "1")]);
    assert_is_whole(&stage.disk.reserve(), 1 << 20);
    server.root().user().await;
}

#[tokio::test]
async fn what_lies_in_the_place_of_the_reserve_is_left_alone_and_named() {
    let folder = Server::start().finish();
    let reserve = folder.path().join("keywright.db.reserve");
    let other = folder.path().join("other");
    std::fs::write(&other, "dear").unwrap();
    for make in [symlink::<&Path, &Path>, |from: &Path, to: &Path| {
        std::fs::hard_link(from, to)
    }] {
        std::fs::remove_file(&reserve).unwrap();
        make(&other, &reserve).unwrap();
        let said = folder.refusal(&[]);
        assert!(said.contains("keywright.db.reserve"), "{said}");
        assert_eq!(std::fs::read(&other).unwrap(), b"dear");
    }
}

#[tokio::test]
async fn a_refusal_on_a_full_disk_says_nothing_of_the_disk() {
    let mut stage = Stage::new(&[]).await;
    stage.disk.fill();
    stage.assert_grants_are_unavailable().await;
    let unknown = format!("/v1/keys/{}/revoke", Uuid::new_v4());
    let unknown = stage.truth.cast.root.request("POST", &unknown);
    unknown.send().await.expect(404);
    assert_eq!(stage.ready().await, ENDING_ONLY);
    stage.disk.clear();
}
