//! Classes a request by its method and path: by contract, and by how it is treated under load.
//! Why: admission, the log and the metrics treat checks, verifications, reads and changes differently.
//! Not here: what is done about it, which is for `serve`, `app` and `metrics`.

use axum::http::{Method, Request};

use keywright_api::contract::{CONTRACTS, INTROSPECTION_PATH, TOKEN_PATH, is_below};

/// Paths that say how the server is. They are answered whatever the load.
const CHECKS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Paths that say whether a key or a token is good.
const VERIFICATIONS: [&str; 3] = [
    "/v1/keys/verify",
    "/v1/keys/verify-batch",
    INTROSPECTION_PATH,
];
/// This path, and all below it, do so, too.
pub(crate) const AUTHORIZE: &str = "/v1/authorize";

/// How a request is treated under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Whether the server is well: never shed.
    Check,
    /// Whether a key or a token is good: shed last.
    Verify,
    /// All that changes nothing, the minting of access tokens included.
    Read,
    /// A change: it waits for the writer, too.
    Change,
}

impl Class {
    /// All of them, in the order of their discriminants.
    pub(crate) const ALL: [Self; 4] = [Self::Check, Self::Verify, Self::Read, Self::Change];

    /// Its name in the metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Verify => "verify",
            Self::Read => "read",
            Self::Change => "change",
        }
    }

    fn of(method: &Method, path: &str) -> Self {
        if CHECKS.contains(&path) {
            Self::Check
        } else if VERIFICATIONS.contains(&path) || is_below(path, AUTHORIZE) {
            Self::Verify
        } else if method.is_safe() || path == TOKEN_PATH {
            Self::Read
        } else {
            Self::Change
        }
    }
}

/// The contract and the class of a request: all that metrics and log may say of its path, which may hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestClass {
    /// Its index in `CONTRACTS`, or one more.
    contract: u8,
    pub(crate) class: Class,
}

impl RequestClass {
    /// How many there may be: each contract and none of them, in each class.
    pub(crate) const COUNT: usize = (CONTRACTS.len() + 1) * Class::ALL.len();

    /// The class of this request.
    pub fn of<B>(request: &Request<B>) -> Self {
        let path = request.uri().path();
        let owner = CONTRACTS.iter().position(|mounted| {
            mounted.owns(path) || mounted.annexes.iter().any(|annex| is_below(path, annex))
        });
        let contract = owner.unwrap_or(CONTRACTS.len());
        Self {
            contract: u8::try_from(contract).expect("there are few contracts"),
            class: Class::of(request.method(), path),
        }
    }

    /// Each that there may be, in the order of their indexes.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let contracts = 0..=u8::try_from(CONTRACTS.len()).expect("there are few contracts");
        contracts.flat_map(|contract| Class::ALL.map(|class| Self { contract, class }))
    }

    /// Its index among all of them.
    pub(crate) fn index(self) -> usize {
        usize::from(self.contract) * Class::ALL.len() + self.class as usize
    }

    /// The name of the contract; `none` for documents, checks and unknown paths.
    pub(crate) fn contract(self) -> &'static str {
        let contract = CONTRACTS.get(usize::from(self.contract));
        contract.map_or("none", |mounted| mounted.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(method: &str, path: &str) -> (&'static str, &'static str) {
        let request = Request::builder().method(method).uri(path);
        let class = RequestClass::of(&request.body(()).unwrap());
        (class.contract(), class.class.name())
    }

    #[test]
    fn a_request_is_classed_by_its_method_and_path() {
        for (method, path, expected) in [
            ("GET", "/healthz", ("none", "check")),
            ("GET", "/metrics", ("none", "check")),
            ("POST", "/v1/keys/verify", ("control", "verify")),
            ("DELETE", "/v1/authorize/a/b", ("control", "verify")),
            ("GET", "/v1/authorized", ("control", "read")),
            ("GET", "/v1/keys", ("control", "read")),
            ("POST", "/v1/keys", ("control", "change")),
            ("PUT", "/user/api-key", ("user-key", "change")),
            ("GET", "/v0/api_keys", ("named-keys", "read")),
            ("POST", "/oauth/token", ("client-keys", "read")),
            ("POST", INTROSPECTION_PATH, ("client-keys", "verify")),
            ("GET", "/docs/", ("none", "read")),
            ("POST", "/nowhere", ("none", "change")),
        ] {
            assert_eq!(class(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn each_class_has_an_index_of_its_own() {
        let indexes: Vec<usize> = RequestClass::all().map(RequestClass::index).collect();
        assert_eq!(indexes, (0..RequestClass::COUNT).collect::<Vec<_>>());
    }
}
