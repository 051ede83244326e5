//! Where the declared operations are served, and which of them a request is for.
//! Leaves what is declared of each to the list of its contract.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::Method;
use matchit::Router;

use super::operation::{Class, Declared};
use super::{CONTRACTS, Mounted, Refuse};

/// An operation with where it is served.
pub struct Served {
    /// What is declared of it.
    pub operation: &'static Declared,
    /// Its id in the document.
    pub id: String,
    /// Its method. `HEAD` is answered, too, where this is `GET`.
    pub method: Method,
    /// Its path, with `{name}` for a segment that varies.
    pub path: String,
}

/// All that is served at a path.
pub struct Place {
    operations: Vec<(Method, &'static Declared)>,
    /// The class of the methods that are not served here.
    others: Option<Class>,
}

/// The operations of each contract, in the order of the lists.
static SERVED: LazyLock<Vec<Vec<Served>>> = LazyLock::new(|| {
    let contracts = CONTRACTS.iter().map(|mounted| {
        let declared = mounted.declared();
        declared.map(Declared::served).collect()
    });
    contracts.collect()
});

/// The router of `axum` finds its routes in the same way.
static PLACES: LazyLock<Router<Place>> = LazyLock::new(|| {
    let mut operations = BTreeMap::<String, Vec<(Method, &Declared)>>::new();
    for served in SERVED.iter().flatten() {
        for path in served.operation.paths(&served.path) {
            let there = operations.entry(path).or_default();
            there.push((served.method.clone(), served.operation));
        }
    }
    let mut router = Router::new();
    for (path, operations) in operations {
        let place = Place::new(operations);
        router.insert(path, place).expect("axum has taken it, too");
    }
    router
});

/// The operations of a contract, each with where it is served.
pub fn of(contract: &Mounted) -> impl Iterator<Item = &'static Served> {
    let index = CONTRACTS
        .iter()
        .position(|mounted| mounted.name == contract.name);
    index.into_iter().flat_map(|index| &SERVED[index])
}

/// What is served at a path.
#[must_use]
pub fn at(path: &str) -> Option<&'static Place> {
    PLACES.at(path).ok().map(|found| found.value)
}

impl Place {
    fn new(operations: Vec<(Method, &'static Declared)>) -> Self {
        // What a path is for may be known where a method does not tell it: a question before a verification is a
        // part of it.
        let (_, first) = operations[0];
        let is_told = |(method, operation): &(Method, &Declared)| {
            operation.class == first.class && operation.class != Class::of_method(method)
        };
        let others = operations.iter().all(is_told).then_some(first.class);
        Self { operations, others }
    }

    /// The operation that answers a method.
    #[must_use]
    pub fn operation(&self, method: &Method) -> Option<&'static Declared> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut operations = self.operations.iter();
        let found = operations.find(|(own, declared)| own == method || declared.is_everywhere());
        found.map(|(_, declared)| *declared)
    }

    /// The class of a request with this method.
    #[must_use]
    pub fn class(&self, method: &Method) -> Class {
        let declared = self.operation(method).map(|declared| declared.class);
        declared
            .or(self.others)
            .unwrap_or_else(|| Class::of_method(method))
    }

    /// How it says no here, if not as its contract does.
    pub(super) fn refuse(&self) -> Option<Refuse> {
        self.operations
            .iter()
            .find_map(|(_, declared)| declared.refuse())
    }
}
