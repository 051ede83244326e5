//! Whether all that was answered is still true, and what was not answered is there as a whole or not at all.
//! Leaves what was answered to `client`.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::client::{CREDITS, Client, Held, Role, question};
use super::plan::Plan;
use crate::support::{Folder, database};

/// Keys in one question.
const BATCH_LEN: usize = 100;
/// What a server may have in memory of the credits of one key: a hundredth.
const BLOCK: i64 = CREDITS / 100;

impl Client {
    /// Compares all that it was told with the state after a restart, and resolves what was in doubt.
    pub(super) async fn check(&mut self) {
        self.check_tokens().await;
        let codes = self.codes().await;
        for (number, code) in codes.iter().enumerate() {
            if code != self.keys[number].verdict && !self.is_in_doubt(number) {
                let known = self.keys[number].verdict;
                self.give_up(Some(number), &format!("the verdict is {code}, not {known}"));
            }
        }
        let mut made = Made::default();
        for plan in std::mem::take(&mut self.doubts) {
            self.resolve(plan, &codes, &mut made).await;
        }
        self.check_repeats().await;
        self.check_lists(&made).await;
        self.check_credits().await;
        self.make_good(made.lost).await;
    }

    /// The verdicts on all keys.
    async fn codes(&mut self) -> Vec<String> {
        let mut codes = Vec::new();
        for start in (0..self.keys.len()).step_by(BATCH_LEN) {
            let end = (start + BATCH_LEN).min(self.keys.len());
            let requests: Vec<Value> = self.keys[start..end].iter().map(question).collect();
            let body = json!({ "requests": requests });
            let root = self.site.root();
            let answer = root.post("/v1/keys/verify-batch", body).await.expect(200);
            let results = answer.json()["results"].as_array().unwrap().clone();
            for (number, result) in (start..end).zip(results) {
                codes.push(result["code"].as_str().unwrap().to_owned());
                if let Some(id) = result["key"]["id"].as_str() {
                    self.keys[number].id = Some(id.to_owned());
                }
            }
        }
        codes
    }

    /// Finds out whether a change that was not answered has happened: all of it, or nothing.
    async fn resolve(&mut self, plan: Plan, codes: &[String], made: &mut Made) {
        let is = |new: bool| {
            plan.verdicts.iter().all(|(number, verdict)| {
                let expected = if new {
                    *verdict
                } else {
                    self.keys[*number].verdict
                };
                codes[*number] == expected
            })
        };
        let (has_happened, has_not) = (is(true), is(false));
        if !has_happened && !has_not {
            let number = plan.verdicts.first().map(|(number, _)| *number);
            let found = number.map(|number| codes[number].clone());
            self.give_up(
                number,
                &format!("{}: half of it is there: {found:?}", plan.what),
            );
        }
        // Where the verdicts tell nothing, the lists do.
        let is_certain = has_happened != has_not;
        self.note(&format!(
            "{}: {}",
            plan.what,
            match (is_certain, has_happened) {
                (false, _) => "may have happened",
                (true, true) => "has happened",
                (true, false) => "has not happened",
            }
        ));
        if plan.fresh.is_some() && plan.is_repeatable {
            let answer = plan.draft.on(&self.site).send().await;
            if answer.status != plan.status {
                let answer = format!("{}: repeated: {}", plan.what, answer.text());
                self.give_up(plan.verdicts.first().map(|(number, _)| *number), &answer);
            }
            self.believe(&plan, &answer);
            return;
        }
        if has_happened && is_certain {
            self.take_verdicts(&plan);
        }
        let Some(fresh) = &plan.fresh else {
            return;
        };
        match (&plan.tenant, fresh.retires) {
            (Some(id), _) => self.check_tenant_in_doubt(id).await,
            (None, Some(retired)) if is_certain && has_happened => {
                made.surely += 1;
                if fresh.role != Role::Standard {
                    made.lost.push((fresh.role, retired));
                }
            }
            (None, Some(_)) if is_certain => {}
            (None, retired) => {
                made.perhaps += 1;
                if let Some(retired) = retired {
                    self.keys[retired].role = Role::Retired;
                }
            }
        }
    }

    /// A user is there with its first key, or neither is.
    async fn check_tenant_in_doubt(&mut self, id: &str) {
        let root = self.site.root();
        let user = root.get(&format!("/v1/users/{id}")).await;
        let keys = self.list(id).await.len();
        if (user.status, keys) != (200, 1) && (user.status, keys) != (404, 0) {
            let found = format!("user {id}: {} with {keys} keys", user.status);
            self.give_up(None, &found);
        }
    }

    /// Every repeatable request whose key is still good is answered with the same secret.
    async fn check_repeats(&mut self) {
        for number in 0..self.keys.len() {
            if self.keys[number].verdict != "VALID" {
                continue;
            }
            // Once for each key: the next round has others.
            let Some((draft, pointer)) = self.keys[number].repeat.take() else {
                continue;
            };
            let answer = draft.on(&self.site).send().await;
            if answer.status >= 300 || answer.string(pointer) != self.keys[number].secret {
                let answer = format!("repeated: {} {}", answer.status, answer.text());
                self.give_up(Some(number), &answer);
            }
        }
    }

    /// No key is missing from the lists, and there are no more than were asked for.
    async fn check_lists(&mut self, made: &Made) {
        self.codes().await;
        let mut listed = self.list(&self.user_id).await;
        listed.extend(self.list(&self.organization_id).await);
        let is_tenants = |number: usize| self.tenants.iter().any(|tenant| tenant.key == number);
        let known = self.keys.iter().enumerate();
        let known = known.filter(|(number, _)| !is_tenants(*number));
        let id = |key: &Held| key.id.clone().expect("a verdict names its key");
        let mut ids: HashSet<String> = known.map(|(_, key)| id(key)).collect();
        ids.extend(self.orphans.iter().cloned());
        if let Some(lost) = ids.iter().find(|id| !listed.contains(*id)) {
            let number = self
                .keys
                .iter()
                .position(|key| key.id.as_ref() == Some(lost));
            self.give_up(number, &format!("{lost} is on no list"));
        }
        let more: Vec<String> = listed.into_iter().filter(|id| !ids.contains(id)).collect();
        if !(made.surely..=made.surely + made.perhaps).contains(&more.len()) {
            let why = format!(
                "{} keys that nobody asked for, of {made:?}: {more:?}",
                more.len()
            );
            self.give_up(None, &why);
        }
        self.orphans.extend(more);
    }

    /// Where an owner's key was replaced and the answer was lost, the operator makes another.
    async fn make_good(&mut self, lost: Vec<(Role, usize)>) {
        let root = self.site.root();
        for (role, number) in lost {
            let old = self.keys[number].id.clone().unwrap();
            let old = root.get(&format!("/v1/keys/{old}")).await.expect(200);
            let heir = old.string("/replaced_by");
            if !self.orphans.contains(&heir) {
                self.give_up(Some(number), &format!("its successor {heir} is on no list"));
            }
            let target = format!("/v1/keys/{heir}/rotate");
            let made = root.post(&target, json!({})).await.expect(200);
            self.note(&format!(
                "[{}] takes the place of [{number}]",
                self.keys.len()
            ));
            self.keys.push(Held {
                secret: made.string("/secret"),
                role,
                handle: String::new(),
                verdict: "VALID",
                id: None,
                repeat: None,
                replaces: None,
            });
        }
    }

    /// All keys of an owner.
    async fn list(&self, owner_id: &str) -> BTreeSet<String> {
        let root = self.site.root();
        let mut ids = BTreeSet::new();
        let mut target = format!("/v1/keys?owner_id={owner_id}&limit=100");
        loop {
            let page = root.get(&target).await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            ids.extend(
                items
                    .iter()
                    .map(|key| key["id"].as_str().unwrap().to_owned()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else {
                return ids;
            };
            target = format!("/v1/keys?owner_id={owner_id}&limit=100&cursor={cursor}");
        }
    }

    /// What was spent is gone, and little more than that.
    async fn check_credits(&self) {
        let root = self.site.root();
        let target = format!("/v1/keys/{}", self.reserved.id);
        let key = root.get(&target).await.expect(200).json();
        let left = key["credits"]["remaining"].as_i64().unwrap();
        let reserved = &self.reserved;
        let lost = CREDITS - reserved.spent - left;
        let excuse = reserved.ends * BLOCK + reserved.unanswered * (BLOCK + 1);
        if lost < 0 || lost > excuse {
            let why = format!(
                "of {CREDITS} credits {} were spent, and {left} are left",
                reserved.spent
            );
            self.give_up(None, &why);
        }
    }
}

/// Keys whose secret was never told.
#[derive(Debug, Default)]
struct Made {
    surely: usize,
    perhaps: usize,
    /// Keys whose place is held by one of them.
    lost: Vec<(Role, usize)>,
}

/// The events are as they were written, have no gap, end where the head says, tell of every key, and of every change that was answered.
pub(super) fn events_are_whole(folder: &Folder, clients: &[Client]) {
    let database = folder.database();
    let connection = database::open(&database);
    let damage: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(damage, "ok");
    let number = |query: &str| database::number(&database, query);
    let head = number("SELECT position FROM head");
    assert_eq!(number("SELECT count(*) FROM events"), head);
    assert_eq!(
        number("SELECT coalesce(max(position), 0) FROM events"),
        head
    );
    let ends =
        "SELECT count(*) FROM events e JOIN head h ON h.position = e.position AND h.mac = e.mac";
    assert_eq!(number(ends), 1, "the head is not that of the last event");
    let silent = "SELECT count(*) FROM keys k WHERE NOT EXISTS
        (SELECT 1 FROM events e WHERE e.target = k.id OR e.related = k.id)";
    assert_eq!(number(silent), 0, "keys of which no event tells");
    let mut verify = folder.command(&[]);
    let verified = verify.args(["events", "verify"]).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "{said}");
    let mut told = connection
        .prepare("SELECT 1 FROM events WHERE request_id = ?1 AND outcome = 'done'")
        .unwrap();
    for client in clients {
        for request_id in &client.told {
            if !told.exists([request_id.as_bytes()]).unwrap() {
                client.give_up(None, &format!("no event tells of the request {request_id}"));
            }
        }
    }
}
