//! What a client may do next, and what it then knows.
//! Leaves doing it to `client`.

use serde_json::{Value, json};

use super::client::{Client, Held, Role, Tenant};
use crate::support::{Request, Site};

/// A request in front of whatever server runs.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

/// A change, and what is true once it is answered.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// In words, with the keys that it is about.
    pub(super) what: String,
    pub(super) draft: Draft,
    /// What success is answered with.
    pub(super) status: u16,
    /// The verdicts that follow, by the number of the key.
    pub(super) verdicts: Vec<(usize, &'static str)>,
    pub(super) fresh: Option<Fresh>,
    /// A user that the change makes.
    pub(super) tenant: Option<String>,
    /// A token that the change ends, by its number.
    pub(super) token: Option<usize>,
    /// Whether the same request gets the same answer again.
    pub(super) is_repeatable: bool,
}

/// A key that a change makes.
#[derive(Clone, Debug)]
pub(super) struct Fresh {
    pub(super) role: Role,
    /// Where its secret is in the answer.
    pub(super) secret: &'static str,
    /// Where that is by which it is spoken of.
    pub(super) handle: Handle,
    /// A rotation also retires this key from further changes, be it good for a while or not.
    pub(super) retires: Option<usize>,
}

/// By what a key is spoken of.
#[derive(Clone, Debug)]
pub(super) enum Handle {
    Known(String),
    At(&'static str),
}

impl Draft {
    pub(super) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn bearer(self, credential: &str) -> Self {
        self.header("authorization", format!("Bearer {credential}"))
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn on(&self, site: &Site) -> Request {
        let mut request = site.request(self.method, &self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

impl Plan {
    pub(super) fn new(what: String, draft: Draft, status: u16) -> Self {
        Self {
            what,
            draft,
            status,
            verdicts: Vec::new(),
            fresh: None,
            tenant: None,
            token: None,
            is_repeatable: false,
        }
    }

    pub(super) fn ends_token(mut self, token: usize) -> Self {
        self.token = Some(token);
        self
    }

    fn then(mut self, key: usize, verdict: &'static str) -> Self {
        self.verdicts.push((key, verdict));
        self
    }

    fn brings(mut self, role: Role, secret: &'static str, handle: Handle) -> Self {
        self.fresh = Some(Fresh {
            role,
            secret,
            handle,
            retires: None,
        });
        self
    }

    fn retires(mut self, key: usize) -> Self {
        if let Some(fresh) = &mut self.fresh {
            fresh.retires = Some(key);
        }
        self
    }
}

impl Client {
    /// Something to do, if what was thought of is possible now.
    pub(super) fn think(&mut self) -> Option<Plan> {
        let mut plan = match self.rng.u8(..17) {
            0 => self.replace_own(Role::User),
            1 => self.replace_own(Role::Organization),
            2 | 3 => Some(self.create_client_key()),
            4 => self.delete_client_key(),
            5 | 6 => Some(self.create_named_key()),
            7 => self.delete_named_key(),
            8 | 9 => Some(self.issue()),
            10 => self.rotate(),
            11 => self.revoke(),
            12 => self.switch(),
            13 => self.narrow(),
            14 => Some(self.add_tenant()),
            15 => self.revoke_token(),
            _ => self.end_tenant(),
        }?;
        if plan.fresh.is_some() && self.rng.bool() {
            let value = self.uuid();
            plan.draft = plan.draft.header("idempotency-key", value);
            plan.is_repeatable = true;
            plan.what.push_str(", repeatable");
        }
        Some(plan)
    }

    /// A random UUID: one that nobody guesses, which lets even a replaced key repeat its request.
    fn uuid(&mut self) -> String {
        let bytes = self.rng.u128(..).to_be_bytes();
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        id.to_string()
    }

    /// One of the keys in this role that are good, and about which nothing is in doubt.
    fn pick(&mut self, role: Role) -> Option<(usize, Held)> {
        let good = self.keys.iter().enumerate().filter(|(number, key)| {
            key.role == role && key.verdict == "VALID" && !self.is_in_doubt(*number)
        });
        let numbers: Vec<usize> = good.map(|(number, _)| number).collect();
        let number = self.rng.choice(numbers)?;
        Some((number, self.keys[number].clone()))
    }

    fn root(&self, method: &'static str, target: impl Into<String>) -> Draft {
        Draft::new(method, target).bearer(&self.site.root_key)
    }

    fn replace_own(&mut self, role: Role) -> Option<Plan> {
        let (number, key) = self.pick(role)?;
        let (draft, secret) = match role {
            Role::User => (
                Draft::new("PUT", "/user/api-key")
                    .bearer(&key.secret)
                    .header("x-exorde-api-version", "v1"),
                "/apikey",
            ),
            _ => (
                Draft::new("PUT", "/organizations/api-keys")
                    .header("slashid-api-key", &key.secret)
                    .header("slashid-orgid", &self.organization_id),
                "/result/api_key",
            ),
        };
        let what = format!("replace the {role:?}'s key [{number}]");
        Some(
            Plan::new(what, draft, 200)
                .then(number, "REPLACED")
                .brings(role, secret, Handle::Known(String::new()))
                .retires(number),
        )
    }

    fn create_client_key(&mut self) -> Plan {
        let body = json!({ "name": format!("client {}", self.rng.u64(..)) });
        let draft = Draft::new("POST", "/api-keys")
            .bearer(&self.token)
            .json(body);
        Plan::new("create a client key".to_owned(), draft, 201).brings(
            Role::Client,
            "/clientSecret",
            Handle::At("/clientId"),
        )
    }

    fn delete_client_key(&mut self) -> Option<Plan> {
        let (number, key) = self.pick(Role::Client)?;
        let draft = Draft::new("DELETE", format!("/api-keys/{}", key.handle)).bearer(&self.token);
        let what = format!("delete the client key [{number}]");
        Some(Plan::new(what, draft, 204).then(number, "REVOKED"))
    }

    fn create_named_key(&mut self) -> Plan {
        let name = format!("key-{}", self.rng.u64(..));
        let credential = if self.rng.bool() {
            self.token.clone()
        } else {
            self.named.clone()
        };
        let draft = Draft::new("POST", "/v0/api_keys")
            .bearer(&credential)
            .json(json!({ "name": name }));
        let handle = Handle::Known(name);
        Plan::new("create a named key".to_owned(), draft, 201).brings(
            Role::Named,
            "/api_key",
            handle,
        )
    }

    fn delete_named_key(&mut self) -> Option<Plan> {
        let (number, key) = self.pick(Role::Named)?;
        let target = format!("/v0/api_keys/{}", key.handle);
        let draft = Draft::new("DELETE", target).bearer(&self.named);
        let what = format!("delete the named key [{number}]");
        Some(Plan::new(what, draft, 200).then(number, "REVOKED"))
    }

    fn issue(&mut self) -> Plan {
        let body = json!({
            "kind": "standard", "owner_id": self.organization_id, "scopes": ["reports:read", "reports:write"],
        });
        let draft = self.root("POST", "/v1/keys").json(body);
        Plan::new("issue a standard key".to_owned(), draft, 201).brings(
            Role::Standard,
            "/secret",
            Handle::At("/key/id"),
        )
    }

    fn rotate(&mut self) -> Option<Plan> {
        let (number, key) = self.pick(Role::Standard)?;
        let (grace_s, verdict) = self.rng.choice([(0, "REPLACED"), (3600, "VALID")])?;
        let target = format!("/v1/keys/{}/rotate", key.handle);
        let draft = self
            .root("POST", target)
            .json(json!({ "grace_seconds": grace_s }));
        let what = format!("rotate [{number}] with {grace_s} s of grace");
        Some(
            Plan::new(what, draft, 200)
                .then(number, verdict)
                .brings(Role::Standard, "/secret", Handle::At("/key/id"))
                .retires(number),
        )
    }

    fn revoke(&mut self) -> Option<Plan> {
        let (number, key) = self.pick(Role::Standard)?;
        let draft = self.root("POST", format!("/v1/keys/{}/revoke", key.handle));
        let what = format!("revoke [{number}]");
        let plan = Plan::new(what, draft, 200).then(number, "REVOKED");
        Some(self.take_with_it(plan, number, "REVOKED"))
    }

    /// Switches a key off, or on again.
    fn switch(&mut self) -> Option<Plan> {
        let disabled = self
            .keys
            .iter()
            .position(|key| key.verdict == "DISABLED")
            .filter(|number| !self.is_in_doubt(*number));
        let (number, enabled) = match disabled {
            Some(number) if self.rng.bool() => (number, true),
            _ => (self.pick(Role::Standard)?.0, false),
        };
        let target = format!("/v1/keys/{}", self.keys[number].handle);
        let draft = self
            .root("PATCH", target)
            .json(json!({ "enabled": enabled }));
        let what = format!("switch [{number}] to enabled = {enabled}");
        if enabled {
            return Some(Plan::new(what, draft, 200).then(number, "VALID"));
        }
        let plan = Plan::new(what, draft, 200).then(number, "DISABLED");
        Some(self.take_with_it(plan, number, "DISABLED"))
    }

    /// Those before a key that still have their grace go with it.
    fn take_with_it(&self, mut plan: Plan, number: usize, verdict: &'static str) -> Plan {
        let mut before = self.keys[number].replaces;
        while let Some(replaced) = before {
            let is_there = ["VALID", "DISABLED"].contains(&self.keys[replaced].verdict);
            if is_there {
                plan = plan.then(replaced, verdict);
            }
            before = self.keys[replaced].replaces;
        }
        plan
    }

    /// Takes from a key the scope that it is asked for.
    fn narrow(&mut self) -> Option<Plan> {
        let (number, key) = self.pick(Role::Standard)?;
        let draft = self
            .root("PATCH", format!("/v1/keys/{}", key.handle))
            .json(json!({ "scopes": ["reports:read"] }));
        let what = format!("narrow [{number}]");
        Some(Plan::new(what, draft, 200).then(number, "INSUFFICIENT_SCOPE"))
    }

    fn add_tenant(&mut self) -> Plan {
        let id = self.uuid();
        let draft = self.root("POST", "/v1/users").json(json!({ "id": id }));
        let mut plan = Plan::new(format!("add the user {id}"), draft, 201).brings(
            Role::Tenant,
            "/key/secret",
            Handle::At("/key/id"),
        );
        plan.tenant = Some(id);
        plan
    }

    /// Suspends a user or lets it in again, or deletes it.
    fn end_tenant(&mut self) -> Option<Plan> {
        let sure = self.tenants.iter().filter(|tenant| {
            self.keys[tenant.key].verdict != "REVOKED" && !self.is_in_doubt(tenant.key)
        });
        let sure: Vec<Tenant> = sure.cloned().collect();
        let tenant = self.rng.choice(sure)?;
        let target = format!("/v1/users/{}", tenant.id);
        let (what, draft, status, state) = if self.rng.u8(..4) == 0 {
            ("delete", self.root("DELETE", target), 204, "REVOKED")
        } else if self.keys[tenant.key].verdict == "VALID" {
            let body = json!({ "suspended": true });
            let draft = self.root("PATCH", target).json(body);
            ("suspend", draft, 200, "OWNER_SUSPENDED")
        } else {
            let body = json!({ "suspended": false });
            (
                "let in",
                self.root("PATCH", target).json(body),
                200,
                "VALID",
            )
        };
        let what = format!("{what} the user of [{}]", tenant.key);
        Some(Plan::new(what, draft, status).then(tenant.key, state))
    }
}
