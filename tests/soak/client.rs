//! A client and all that it was told: its keys, what the server has said about each, and what it cannot know.
//! Leaves whether that is still true to `check`.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use serde_json::json;
use uuid::Uuid;

use super::plan::{Draft, Fresh, Handle, Plan};
use super::tokens::{Proof, Token};
use crate::support::{Answer, Server, Site};

/// How often a key with credits may be used.
pub(super) const CREDITS: i64 = 200;

/// One client, whose operations follow each other.
pub(super) struct Client {
    number: usize,
    pub(super) rng: Rng,
    pub(super) site: Site,
    pub(super) user_id: String,
    pub(super) organization_id: String,
    pub(super) token: String,
    /// Whether the server may be unable to tell, and say so with a 503.
    pub(super) may_be_silent: bool,
    pub(super) proof: Proof,
    pub(super) tokens: Vec<Token>,
    /// A named key that is never changed.
    pub(super) named: String,
    pub(super) keys: Vec<Held>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) reserved: ReservedCredits,
    pub(super) doubts: Vec<Plan>,
    /// Keys of which only the id is known: the answer that held the secret was lost.
    pub(super) orphans: HashSet<String>,
    /// The requests that changed something, by the id that the answer gave them.
    pub(super) told: Vec<Uuid>,
    history: Vec<String>,
}

/// A key, and the verdict that it must get.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) secret: String,
    pub(super) role: Role,
    /// By what its contract speaks of it.
    pub(super) handle: String,
    pub(super) verdict: &'static str,
    pub(super) id: Option<String>,
    /// The request that made it, if it gets the same answer again, and where the secret is in that.
    pub(super) repeat: Option<(Draft, &'static str)>,
    /// The key whose place it took, by its number.
    pub(super) replaces: Option<usize>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Organization,
    Client,
    Named,
    Standard,
    /// The first key of a user that may be suspended or deleted.
    Tenant,
    /// Nothing is done with it any more.
    Retired,
}

/// A user that may be suspended or deleted, and its key.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) key: usize,
}

/// A key with credits.
#[derive(Default)]
pub(super) struct ReservedCredits {
    pub(super) id: String,
    pub(super) secret: String,
    /// Uses that were found good.
    pub(super) spent: i64,
    /// Uses whose verdict was lost.
    pub(super) unanswered: i64,
    /// Servers that have ended with some of it in memory.
    pub(super) ends: i64,
}

/// The connection broke, and nobody knows why.
pub(super) struct Broken;

impl Client {
    /// A client with an owner of each kind, and the keys that it begins with.
    pub(super) async fn found(number: usize, rng: Rng, server: &Server) -> Self {
        let root = server.root();
        let (user, organization) = (root.user().await, root.organization().await);
        let client = root.client_of(&organization).await;
        let token = client.token().await.token;
        let named = root.named_of(&organization).await;
        let reserved = root
            .issue(json!({
                "kind": "standard", "owner_id": organization.id, "credits": { "remaining": CREDITS },
            }))
            .await;
        let text = |pointer: &str| {
            reserved
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        let held = |secret: &str, role, id: &str| Held {
            secret: secret.to_owned(),
            role,
            handle: String::new(),
            verdict: "VALID",
            id: Some(id.to_owned()),
            repeat: None,
            replaces: None,
        };
        Self {
            number,
            rng,
            site: (**server).clone(),
            token,
            may_be_silent: false,
            proof: Proof::of(&client),
            tokens: Vec::new(),
            keys: vec![
                held(&user.key, Role::User, &user.key_id),
                held(&organization.key, Role::Organization, &organization.key_id),
                held(&client.secret, Role::Retired, &client.key_id),
                held(&named.key, Role::Retired, &named.key_id),
            ],
            user_id: user.id,
            organization_id: organization.id,
            named: named.key,
            tenants: Vec::new(),
            orphans: HashSet::from([text("/key/id")]),
            reserved: ReservedCredits {
                id: text("/key/id"),
                secret: text("/secret"),
                ..ReservedCredits::default()
            },
            doubts: Vec::new(),
            told: Vec::new(),
            history: Vec::new(),
        }
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn keys_len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn doubts_len(&self) -> usize {
        self.doubts.len()
    }

    /// Goes on in front of another server.
    pub(super) fn move_to(&mut self, server: &Server) {
        self.site = (**server).clone();
        self.reserved.ends += 1;
        self.note("-- another server --");
    }

    /// Works until the server has gone.
    pub(super) async fn work(&mut self, answers: &AtomicUsize) {
        loop {
            let step = match self.think() {
                Some(plan) => self.act(plan).await,
                None => Ok(()),
            };
            let steps = match step {
                Ok(()) => self.look_around().await,
                broken => broken,
            };
            if steps.is_err() {
                return;
            }
            answers.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Makes a change. Until it is answered, it is in doubt.
    async fn act(&mut self, plan: Plan) -> Result<(), Broken> {
        self.note(&format!("{}: sent", plan.what));
        let request = plan.draft.on(&self.site);
        self.doubts.push(plan);
        let Ok(answer) = request.try_send().await else {
            self.note("no answer");
            return Err(Broken);
        };
        self.note(&format!("answered {}", answer.status));
        // The outcome is unknown: it stays in doubt.
        if answer.status == 500 {
            return Ok(());
        }
        let plan = self.doubts.pop().unwrap();
        if answer.status == 503 {
            return Ok(());
        }
        if answer.status != plan.status {
            let about = plan.verdicts.first().map(|(number, _)| *number);
            self.give_up(about, &format!("{}: {}", plan.what, answer.text()));
        }
        let request_id = answer.header("x-request-id").unwrap();
        self.told.push(Uuid::parse_str(request_id).unwrap());
        self.believe(&plan, &answer);
        Ok(())
    }

    /// Takes for true what a change has brought.
    pub(super) fn believe(&mut self, plan: &Plan, answer: &Answer) {
        self.take_verdicts(plan);
        if let Some(token) = plan.token {
            self.take_end(token);
        }
        let Some(fresh) = &plan.fresh else {
            return;
        };
        let repeat = plan
            .is_repeatable
            .then(|| (plan.draft.clone(), fresh.secret));
        self.hold(fresh, answer, repeat);
        if let Some(id) = &plan.tenant {
            self.tenants.push(Tenant {
                id: id.clone(),
                key: self.keys.len() - 1,
            });
        }
    }

    fn hold(&mut self, fresh: &Fresh, answer: &Answer, repeat: Option<(Draft, &'static str)>) {
        let handle = match &fresh.handle {
            Handle::Known(handle) => handle.clone(),
            Handle::At(pointer) => answer.string(pointer),
        };
        let number = self.keys.len();
        self.note(&format!("that is [{number}] {handle}"));
        self.keys.push(Held {
            secret: answer.string(fresh.secret),
            role: fresh.role,
            handle,
            verdict: "VALID",
            id: None,
            repeat,
            replaces: fresh.retires,
        });
    }

    /// The verdicts on keys that a change brings with it.
    pub(super) fn take_verdicts(&mut self, plan: &Plan) {
        for &(number, verdict) in &plan.verdicts {
            self.keys[number].verdict = verdict;
        }
        if let Some(retired) = plan.fresh.as_ref().and_then(|fresh| fresh.retires) {
            self.keys[retired].role = Role::Retired;
        }
    }

    /// Looks at some key or token, gets a token, spends a credit, or repeats what was answered.
    async fn look_around(&mut self) -> Result<(), Broken> {
        match self.rng.u8(..8) {
            0 => return self.mint().await,
            1 => return self.look_at_token().await,
            _ => {}
        }
        let number = self.rng.usize(..self.keys.len());
        if self.is_in_doubt(number) {
            return Ok(());
        }
        match self.rng.u8(..8) {
            0 => self.spend().await,
            1 | 2 => match self.keys[number].repeat.clone() {
                Some(repeat) if self.keys[number].verdict == "VALID" => {
                    self.repeat(number, repeat).await
                }
                _ => Ok(()),
            },
            _ => self.verify(number).await,
        }
    }

    async fn verify(&mut self, number: usize) -> Result<(), Broken> {
        let request = self.root_request(&question(&self.keys[number]));
        let answer = request.try_send().await.map_err(|_| Broken)?;
        if self.is_silent(&answer) {
            return Ok(());
        }
        let code = answer.expect(200).string("/code");
        if code != self.keys[number].verdict {
            let known = self.keys[number].verdict;
            self.give_up(Some(number), &format!("the verdict is {code}, not {known}"));
        }
        Ok(())
    }

    async fn repeat(
        &mut self,
        number: usize,
        (draft, pointer): (Draft, &'static str),
    ) -> Result<(), Broken> {
        let answer = draft.on(&self.site).try_send().await.map_err(|_| Broken)?;
        if matches!(answer.status, 500 | 503) {
            return Ok(());
        }
        let is_same = answer.status < 300 && answer.string(pointer) == self.keys[number].secret;
        if !is_same {
            let answer = format!(
                "repeated, it was answered {}: {}",
                answer.status,
                answer.text()
            );
            self.give_up(Some(number), &answer);
        }
        Ok(())
    }

    async fn spend(&mut self) -> Result<(), Broken> {
        let request = self.root_request(&json!({ "key": self.reserved.secret }));
        self.reserved.unanswered += 1;
        let answer = request.try_send().await.map_err(|_| Broken)?;
        if answer.status != 200 {
            return Ok(());
        }
        self.reserved.unanswered -= 1;
        if answer.string("/code") == "VALID" {
            self.reserved.spent += 1;
        }
        if self.reserved.spent > CREDITS {
            self.give_up(None, "more credits were spent than there were");
        }
        Ok(())
    }

    fn root_request(&self, body: &serde_json::Value) -> crate::support::Request {
        let root = self.site.root();
        root.request("POST", "/v1/keys/verify").json(body)
    }

    /// Whether the server says that it cannot tell, and may.
    pub(super) fn is_silent(&self, answer: &Answer) -> bool {
        self.may_be_silent && answer.status == 503
    }

    pub(super) fn is_in_doubt(&self, number: usize) -> bool {
        self.doubts.iter().any(|plan| {
            let mut keys = plan.verdicts.iter().map(|(number, _)| *number);
            keys.any(|doubted| doubted == number)
        })
    }

    pub(super) fn note(&mut self, what: &str) {
        self.history.push(what.to_owned());
    }

    /// Ends the run with all that happened to a key, or at last.
    #[track_caller]
    pub(super) fn give_up(&self, number: Option<usize>, why: &str) -> ! {
        let tag = number.map(|number| format!("[{number}]"));
        self.give_up_on(tag.as_deref(), why)
    }

    /// The same with the word that the history has for what it is about.
    #[track_caller]
    pub(super) fn give_up_on(&self, tag: Option<&str>, why: &str) -> ! {
        let lines = self.history.iter().enumerate().filter(|(index, line)| {
            let last = self.history.len().saturating_sub(20) <= *index;
            let about = |line: &String| tag.is_none_or(|tag| line.contains(tag));
            // What was sent, what was answered, and which key that is, follow each other.
            let around =
                &self.history[index.saturating_sub(2)..(index + 3).min(self.history.len())];
            line.starts_with("--")
                || if tag.is_some() {
                    around.iter().any(about)
                } else {
                    last
                }
        });
        let lines: Vec<String> = lines
            .map(|(index, line)| format!("{index:6} {line}"))
            .collect();
        panic!(
            "client {}: {}: {why}\n{}",
            self.number,
            tag.unwrap_or("-"),
            lines.join("\n")
        );
    }
}

/// What is asked about a key: at no cost, and for the scope that may be taken from it.
pub(super) fn question(key: &Held) -> serde_json::Value {
    // Only standard keys are ever narrowed, and are retired with their handle.
    let may_be_narrowed = match key.role {
        Role::Standard => true,
        Role::Retired => !key.handle.is_empty(),
        Role::User | Role::Organization | Role::Client | Role::Named | Role::Tenant => false,
    };
    let scopes: &[&str] = if may_be_narrowed {
        &["reports:write"]
    } else {
        &[]
    };
    json!({ "key": key.secret, "scopes": scopes, "cost": 0 })
}
