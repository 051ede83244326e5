//! What is asked of a server in each scenario, and what a good answer is.
//! Leaves how often, and by how many at once, to the measurement.

use std::fmt::Write as _;

use anyhow::{Context, Result};

/// Stands in a request for what changes from one to the next.
const GAP: &str = "{gap}";
/// Chains that a slice begins, for each connection: none may wait for another.
const CHAINS_PER_CONNECTION: usize = 4;
const CHAINS_MIN: usize = 64;

/// The root key of every server that is measured.
pub(crate) const ROOT_KEY: &str = "the-root-key-of-the-benchmarks-is-no-secret";

/// What fills the gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// There is none.
    None,
    /// A running number.
    Number,
    /// The values of this list, again and again.
    Cycle(&'static str),
    /// Values of this list, none twice in a run.
    Once(&'static str),
    /// A value of this list, then what the pattern finds in each answer.
    Chain(&'static str, &'static str),
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
    pub(crate) gap: Gap,
    pub(crate) status: u16,
    /// What the body of a good answer holds.
    pub(crate) contains: &'static str,
    /// How often it is sent, compared with the others of its scenario.
    pub(crate) weight: u32,
}

/// A scenario and its name; the store's transactions for it have the same name.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) requests: Vec<Request>,
    /// Whether the store alone can do its transactions.
    pub(crate) writes: bool,
}

/// Those who call the documented contracts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Callers {
    pub(crate) organization: String,
    pub(crate) organization_key: String,
    pub(crate) named_key: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// An access token of the client key.
    pub(crate) token: String,
}

/// The scenarios by name, in the order of the report.
pub(crate) fn all(callers: &Callers) -> Vec<Scenario> {
    let scenario = |name, writes, requests| Scenario {
        name,
        requests,
        writes,
    };
    let mixed = vec![
        Request {
            weight: 19,
            ..verify("valid", "\"valid\":true")
        },
        mint(callers),
    ];
    vec![
        scenario(
            "verify_valid",
            false,
            vec![verify("valid", "\"valid\":true")],
        ),
        scenario(
            "verify_unknown",
            false,
            vec![verify("unknown", "NOT_FOUND")],
        ),
        scenario("verify_revoked", false, vec![verify("revoked", "REVOKED")]),
        scenario("authorize", false, vec![authorize()]),
        scenario("list", false, vec![list()]),
        scenario("mint", true, vec![mint(callers)]),
        scenario("mint_user_key", true, vec![mint_user_key()]),
        scenario("mint_client_keys", true, vec![mint_client_keys(callers)]),
        scenario("mint_named_keys", true, vec![mint_named_keys(callers)]),
        scenario(
            "mint_organization_key",
            true,
            vec![mint_organization_key(callers)],
        ),
        scenario("rotate", true, vec![rotate()]),
        scenario("mixed_95_5", false, mixed),
        scenario("verify_database", false, vec![verify_database()]),
        scenario("verify_cold", false, vec![verify_cold()]),
    ]
}

/// The scenarios with these names, in their order.
///
/// # Errors
/// When there is none of a name.
pub(crate) fn named(callers: &Callers, names: &[&str]) -> Result<Vec<Scenario>> {
    let all = all(callers);
    let find = |name: &&str| {
        let found = all.iter().find(|scenario| scenario.name == *name);
        found.cloned().with_context(|| {
            let known: Vec<&str> = all.iter().map(|scenario| scenario.name).collect();
            format!(
                "there is no scenario `{name}`; there are {}",
                known.join(", ")
            )
        })
    };
    names.iter().map(find).collect()
}

fn by_root(method: &'static str, path: &str, body: Option<&str>, gap: Gap) -> Request {
    let mut headers = vec![("authorization", format!("Bearer {ROOT_KEY}"))];
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    Request {
        method,
        path: path.to_owned(),
        headers,
        body: body.map(str::to_owned),
        gap,
        status: 200,
        contains: "",
        weight: 1,
    }
}

fn verify(list: &'static str, contains: &'static str) -> Request {
    Request {
        contains,
        ..by_root(
            "POST",
            "/v1/keys/verify",
            Some("{\"key\":\"{gap}\"}"),
            Gap::Cycle(list),
        )
    }
}

/// Read from the database each time, whatever is in memory.
fn verify_database() -> Request {
    let mut request = verify("cold_some", "\"valid\":true");
    request
        .headers
        .push(("cache-control", "no-cache".to_owned()));
    request
}

/// Each key for the first time.
fn verify_cold() -> Request {
    Request {
        gap: Gap::Once("cold"),
        ..verify("cold", "\"valid\":true")
    }
}

fn authorize() -> Request {
    Request {
        headers: vec![("authorization", format!("Bearer {GAP}"))],
        status: 204,
        ..by_root("GET", "/v1/authorize", None, Gap::Cycle("valid"))
    }
}

fn list() -> Request {
    Request {
        contains: "\"next_cursor\"",
        ..by_root(
            "GET",
            "/v1/keys?owner_id={gap}&limit=50",
            None,
            Gap::Cycle("owners"),
        )
    }
}

fn mint(callers: &Callers) -> Request {
    let body = format!(
        "{{\"kind\":\"standard\",\"owner_id\":\"{}\"}}",
        callers.organization
    );
    Request {
        status: 201,
        contains: "\"secret\":\"kw_",
        ..by_root("POST", "/v1/keys", Some(&body), Gap::None)
    }
}

fn rotate() -> Request {
    Request {
        contains: "\"secret\":\"kw_",
        ..by_root(
            "POST",
            "/v1/keys/{gap}/rotate",
            None,
            Gap::Chain("rotations", "\"id\":\"([^\"]+)\""),
        )
    }
}

fn mint_user_key() -> Request {
    Request {
        headers: vec![
            ("authorization", format!("Bearer {GAP}")),
            ("x-exorde-api-version", "v1".to_owned()),
        ],
        contains: "\"apikey\"",
        ..by_root(
            "PUT",
            "/user/api-key",
            None,
            Gap::Chain("users", "\"apikey\":\"([^\"]+)\""),
        )
    }
}

fn mint_client_keys(callers: &Callers) -> Request {
    let mut request = by_root(
        "POST",
        "/api-keys",
        Some("{\"name\":\"Client {gap}\"}"),
        Gap::Number,
    );
    request.headers[0].1 = format!("Bearer {}", callers.token);
    Request {
        status: 201,
        contains: "\"clientSecret\":\"kws_",
        ..request
    }
}

fn mint_named_keys(callers: &Callers) -> Request {
    let mut request = by_root(
        "POST",
        "/v0/api_keys",
        Some("{\"name\":\"name-{gap}\"}"),
        Gap::Number,
    );
    request.headers[0].1 = format!("Bearer {}", callers.named_key);
    Request {
        status: 201,
        contains: "\"api_key\":\"apikey:",
        ..request
    }
}

fn mint_organization_key(callers: &Callers) -> Request {
    Request {
        headers: vec![
            ("slashid-api-key", callers.organization_key.clone()),
            ("slashid-orgid", GAP.to_owned()),
        ],
        contains: "\"api_key\"",
        ..by_root(
            "PUT",
            "/organizations/api-keys",
            None,
            Gap::Cycle("children"),
        )
    }
}

impl Request {
    /// The same as the reference is asked for it: under a path of its own.
    pub(crate) fn for_reference(&self, path: String) -> Self {
        let gap = match self.gap {
            // Nothing comes of its answers, and nothing is used up.
            Gap::Once(list) | Gap::Chain(list, _) => Gap::Cycle(list),
            gap => gap,
        };
        let mut request = Self {
            path,
            contains: "",
            gap,
            ..self.clone()
        };
        // The gap was in the path: what it would take goes elsewhere, so that the sizes stay the same.
        if self.path.contains(GAP) {
            request.headers.push(("x-gap", GAP.to_owned()));
        }
        request
    }

    /// What goes over the wire before and after the gap, which is filled with so many bytes.
    pub(crate) fn wire(&self, gap_len: usize) -> (String, String) {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            // Writing to a string does not fail.
            write!(text, "{name}: {value}\r\n").ok();
        }
        let body = self.body.as_deref().unwrap_or_default();
        if self.body.is_some() || self.method != "GET" {
            let shrunk = if body.contains(GAP) { GAP.len() } else { 0 };
            let grown = if shrunk > 0 { gap_len } else { 0 };
            write!(text, "content-length: {}\r\n", body.len() - shrunk + grown).ok();
        }
        text.push_str("\r\n");
        text.push_str(body);
        match text.split_once(GAP) {
            Some((before, after)) => (before.to_owned(), after.to_owned()),
            None => (text, String::new()),
        }
    }
}

/// How many chains one slice begins.
pub(crate) fn chains(connections: usize) -> usize {
    (connections * CHAINS_PER_CONNECTION).max(CHAINS_MIN)
}

#[cfg(test)]
mod tests {
    use super::{Callers, all, verify};

    #[test]
    fn a_body_is_as_long_as_it_says_once_its_gap_is_filled() {
        let (before, after) = verify("valid", "").wire(5);
        let text = format!("{before}12345{after}");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "{\"key\":\"12345\"}");
        assert!(head.contains(&format!("content-length: {}", body.len())));
    }

    #[test]
    fn the_reference_is_sent_as_much_of_everything_as_the_server() {
        for scenario in all(&Callers::default()) {
            for request in scenario.requests {
                let path = "/r".to_owned();
                let (_, reference) = request.for_reference(path).wire(36);
                let (_, ours) = request.wire(36);
                let body = |text: &str| text.split_once("\r\n\r\n").map(|(_, body)| body.len());
                let is_in_path = request.path.contains("{gap}");
                assert!(is_in_path || body(&reference) == body(&ours));
            }
        }
    }
}
