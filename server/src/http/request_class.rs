//! Classes a request by its method and path: by contract, and by how it is treated under load.
//! Why: admission, the log and the metrics treat checks, verifications, reads and changes differently.
//! Not here: what is done about it, which is for `serve`, `app` and `metrics`.

use axum::http::Request;

use crate::http::checks;
use keywright_api::contract::operation::Class;
use keywright_api::contract::{CONTRACTS, is_below, routes};

/// The contract and the class of a request: all that metrics and log may say of its path, which may hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestClass {
    /// Its index in `CONTRACTS`, or one more.
    contract: u8,
    pub(crate) class: Class,
    /// Whether its operation charges a known caller for mistakes.
    pub(crate) charges_mistakes: bool,
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
        let method = request.method();
        let place = owner.and_then(|_| routes::at(path));
        let operation = place.and_then(|place| place.operation(method));
        let class = if checks::is_one(path) {
            Class::Check
        } else {
            place.map_or_else(|| Class::of_method(method), |place| place.class(method))
        };
        Self {
            contract: u8::try_from(contract).expect("there are few contracts"),
            class,
            charges_mistakes: operation.is_some_and(|operation| operation.charges_mistakes),
        }
    }

    /// Each that there may be, in the order of their indexes.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let contracts = 0..=u8::try_from(CONTRACTS.len()).expect("there are few contracts");
        contracts.flat_map(|contract| {
            Class::ALL.map(|class| Self {
                contract,
                class,
                charges_mistakes: false,
            })
        })
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
            ("HEAD", "/readyz", ("none", "check")),
            ("GET", "/metrics", ("none", "check")),
            ("POST", "/healthz", ("none", "check")),
            ("POST", "/v1/keys/verify", ("control", "verify")),
            ("POST", "/v1/keys/verify-batch", ("control", "verify")),
            ("OPTIONS", "/v1/keys/verify", ("control", "verify")),
            ("GET", "/v1/authorize", ("control", "verify")),
            ("PROPFIND", "/v1/authorize/", ("control", "verify")),
            ("DELETE", "/v1/authorize/a/b", ("control", "verify")),
            ("GET", "/v1/authorized", ("control", "read")),
            ("GET", "/v1/keys", ("control", "read")),
            ("HEAD", "/v1/keys", ("control", "read")),
            ("POST", "/v1/keys", ("control", "change")),
            ("PUT", "/v1/keys", ("control", "change")),
            ("POST", "/v1/keys/x/rotate", ("control", "change")),
            ("OPTIONS", "/v1/keys/x/rotate", ("control", "read")),
            ("POST", "/user/info", ("user-key", "change")),
            ("PUT", "/user/api-key", ("user-key", "change")),
            ("GET", "/v0/api_keys", ("named-keys", "read")),
            ("POST", "/oauth/token", ("client-keys", "read")),
            ("DELETE", "/oauth/token", ("client-keys", "read")),
            ("POST", "/oauth/introspect", ("client-keys", "verify")),
            ("GET", "/oauth/introspect", ("client-keys", "verify")),
            ("POST", "/oauth/revoke", ("client-keys", "change")),
            ("POST", "/oauth/other", ("client-keys", "change")),
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
