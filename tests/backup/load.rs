//! A backup while everything changes: what was acknowledged before it is in it, all of one moment.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;

use super::{elsewhere, run};
use crate::support::{Folder, Server, database, until};

/// What the clients of a server know, at each moment.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Keys that were handed out, each with its id.
    minted: Vec<(String, String)>,
    /// Ids of keys whose revocation was asked for.
    doomed: BTreeSet<String>,
    /// Ids of keys whose revocation was answered.
    revoked: BTreeSet<String>,
    /// The keys of each user, in the order in which they replaced each other, as far as answered.
    chains: Vec<Vec<String>>,
}

type Shared = Arc<Mutex<Known>>;

/// Clients that mint, revoke and rotate until the server is gone.
async fn load(server: &Server) -> (Shared, JoinSet<()>) {
    let known = Shared::default();
    let mut tasks = JoinSet::new();
    let organization = server.root().organization().await;
    for side in 0..3 {
        let (root, known) = (server.root(), Arc::clone(&known));
        let owner_id = organization.id.clone();
        tasks.spawn(async move {
            for turn in 0.. {
                let body = json!({ "kind": "named", "owner_id": owner_id, "name": format!("{side}-{turn}") });
                let request = root.request("POST", "/v1/keys").json(&body);
                let Ok(answer) = request.try_send().await else {
                    return;
                };
                let answer = answer.expect(201);
                let (id, key) = (answer.string("/key/id"), answer.string("/secret"));
                known.lock().unwrap().minted.push((id.clone(), key));
                if turn % 2 == 0 {
                    continue;
                }
                known.lock().unwrap().doomed.insert(id.clone());
                let request = root.request("POST", &format!("/v1/keys/{id}/revoke"));
                let Ok(answer) = request.try_send().await else {
                    return;
                };
                answer.expect(200);
                known.lock().unwrap().revoked.insert(id);
            }
        });
    }
    for chain in 0..3 {
        let user = server.root().user().await;
        known.lock().unwrap().chains.push(vec![user.key.clone()]);
        let known = Arc::clone(&known);
        tasks.spawn(async move {
            loop {
                let newest = known.lock().unwrap().chains[chain].last().unwrap().clone();
                let Ok(answer) = user.request_with(&newest).try_send().await else {
                    return;
                };
                let key = answer.expect(200).string("/apikey");
                known.lock().unwrap().chains[chain].push(key);
            }
        });
    }
    (known, tasks)
}

/// A server that was started from a backup gives the verdicts that fit what was known before and after.
async fn assert_holds(restored: &Server, before: &Known, after: &Known) {
    let root = restored.root();
    for (id, key) in &before.minted {
        let verdict = root.verdict(key).await;
        if before.revoked.contains(id) {
            assert_eq!(verdict, "REVOKED", "{id} was revoked before the backup");
        } else if !after.doomed.contains(id) {
            assert_eq!(verdict, "VALID", "{id} was minted before the backup");
        }
    }
    for (early, late) in before.chains.iter().zip(&after.chains) {
        let verdicts = root.verdicts(late).await;
        let valid: Vec<usize> = (0..late.len())
            .filter(|&index| verdicts[index] == "VALID")
            .collect();
        // One may have been made that no answer has told of yet.
        assert!(valid.len() <= 1, "{verdicts:?}");
        if let Some(&valid) = valid.first() {
            assert!(
                valid + 1 >= early.len(),
                "a rotation was lost: {verdicts:?}"
            );
            let replaced = verdicts[..valid]
                .iter()
                .all(|verdict| verdict == "REPLACED");
            let unknown = verdicts[valid + 1..]
                .iter()
                .all(|verdict| verdict == "NOT_FOUND");
            assert!(replaced && unknown, "{verdicts:?}");
        } else {
            let all = verdicts.iter().all(|verdict| verdict == "REPLACED");
            assert!(all, "{verdicts:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_all_that_was_acknowledged_before_it_and_is_of_one_moment() {
    let server = Server::with(&[("user_key.rate_limit_per_minute", "0")]);
    let (known, mut tasks) = load(&server).await;
    let mut backups = Vec::new();
    for round in 1..=3 {
        until("more of everything", async || {
            let known = known.lock().unwrap();
            let is_enough = known.revoked.len() > 10 * round
                && known.chains.iter().all(|chain| chain.len() > 5 * round);
            is_enough.then_some(())
        })
        .await;
        let before = known.lock().unwrap().clone();
        let (other, to) = elsewhere("keys.db");
        let folder = server.folder().clone();
        let line = format!("backup {} --with-pepper", to.display());
        let made = tokio::task::spawn_blocking(move || run(&folder, &line).expect(0).json());
        let made = made.await.unwrap();
        let after = known.lock().unwrap().clone();
        assert!(
            after.minted.len() > before.minted.len(),
            "nothing went on beside the backup"
        );
        backups.push((other, to, made, before, after));
    }
    drop(server.kill());
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    for (_other, to, made, before, after) in backups {
        let head = "SELECT count(*) FROM head JOIN events ON events.position = head.position AND events.mac = head.mac";
        assert_eq!(database::number(&to, head), 1);
        // Each key has the one event that issued it, and no event is of a key that is not there.
        let issued = "SELECT count(*) FROM events
                      WHERE action IN ('owner.created', 'key.issued', 'key.rotated')";
        assert_eq!(made["keys"], database::number(&to, issued));
        let folder = Folder::new();
        run(&folder, &format!("restore {}", to.display())).expect(0);
        let head = made["head"].as_str().unwrap();
        run(&folder, &format!("events verify --head {head}")).expect(0);
        let restored = Server::on(&folder, &[("user_key.rate_limit_per_minute", "0")]);
        assert_holds(&restored, &before, &after).await;
    }
}
