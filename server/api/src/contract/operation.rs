//! An operation as the list of its contract declares it, once: router, load shedding, document, redaction and charges
//! read it here.
//! Leaves method, path and words to the annotation of its handler, scopes and limits to its permit in `keywright-core`.

use std::sync::Arc;

use axum::extract::State;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::MethodRouter;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::UtoipaMethodRouter;

use super::extract::Caller;
use super::routes::Served;
use super::{Operations, Refuse};
use keywright_core::keyring::{self, Keyring};
use keywright_model::scope::Scope;

/// How a request is treated under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
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
    pub const ALL: [Self; 4] = [Self::Check, Self::Verify, Self::Read, Self::Change];

    /// Its name in the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Verify => "verify",
            Self::Read => "read",
            Self::Change => "change",
        }
    }

    /// The class of a request to nothing that is declared.
    #[must_use]
    pub fn of_method(method: &Method) -> Self {
        if method.is_safe() {
            Self::Read
        } else {
            Self::Change
        }
    }
}

/// The credential that an operation asks for.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// One with the permit of this name, which asks for these scopes.
    Permit(&'static str, &'static [Scope]),
    /// An OAuth client's proof, or one with the permit of this name.
    Client(Option<&'static str>),
    /// The credential that the operation judges.
    Subject,
    /// None.
    Nothing,
}

/// What the list names beside a handler: the permit that it takes, or one of the types below.
pub trait Asked {
    /// The same as a value.
    const ACCESS: Access;
}

impl<O: keyring::Operation> Asked for O {
    const ACCESS: Access = Access::Permit(O::NAME, O::SCOPES);
}

/// An OAuth client's proof.
pub enum ClientProof {}

impl Asked for ClientProof {
    const ACCESS: Access = Access::Client(None);
}

/// An OAuth client's proof, or a permit.
pub struct ClientProofOr<O>(std::marker::PhantomData<O>);

impl<O: keyring::Operation> Asked for ClientProofOr<O> {
    const ACCESS: Access = Access::Client(Some(O::NAME));
}

/// The credential that is judged.
pub enum Subject {}

impl Asked for Subject {
    const ACCESS: Access = Access::Subject;
}

/// No credential.
pub enum Nothing {}

impl Asked for Nothing {
    const ACCESS: Access = Access::Nothing;
}

/// An extractor that finds out who calls.
pub trait Identifies {
    /// By what.
    type By: Asked;
}

impl<C, O: keyring::Operation, const HAS_QUERY: bool> Identifies for Caller<C, O, HAS_QUERY> {
    type By = O;
}

/// A handler that takes nothing else asks for nothing.
impl Identifies for State<Arc<Keyring>> {
    type By = Nothing;
}

/// The arguments of a handler that asks for `A`: with another permit beside it than its own, a list does not compile.
pub trait Arguments<A> {}

impl<M, E: Identifies> Arguments<E::By> for (M, E) {}
impl<M, E: Identifies> Arguments<E::By> for (M, State<Arc<Keyring>>, E) {}
impl<M, E: Identifies, T> Arguments<E::By> for (M, State<Arc<Keyring>>, E, T) {}
impl<M, E: Identifies, T, U> Arguments<E::By> for (M, State<Arc<Keyring>>, E, T, U) {}

/// One operation.
pub struct Declared {
    /// Its credential.
    pub access: Access,
    /// How it is treated under load.
    pub class: Class,
    /// Whether its success holds a secret.
    pub answers_secret: bool,
    /// Whether a known caller pays credits for its own mistakes.
    pub charges_mistakes: bool,
    /// How it says no, if not as its contract does.
    refuse: Option<Refuse>,
    routes: fn() -> UtoipaMethodRouter<Arc<Keyring>>,
    /// Answers every method at its path and below it, if it does.
    everywhere: Option<fn() -> MethodRouter<Arc<Keyring>>>,
}

/// One operation of a list: its handler, the permit it takes or what it asks for instead, and its class.
macro_rules! operation {
    ($($handler:ident)::+, $asked:ty, $class:ident) => {
        $crate::contract::operation::Declared::new::<$asked, _, _>(
            &$($handler)::+,
            $crate::contract::operation::Class::$class,
            || utoipa_axum::routes!($($handler)::+),
        )
    };
}
pub(super) use operation;

impl Declared {
    /// See `operation!`.
    pub(super) const fn new<A, H, T>(
        _handler: &H,
        class: Class,
        routes: fn() -> UtoipaMethodRouter<Arc<Keyring>>,
    ) -> Self
    where
        A: Asked,
        H: Handler<T, Arc<Keyring>>,
        T: Arguments<A>,
    {
        Self {
            access: A::ACCESS,
            class,
            answers_secret: false,
            charges_mistakes: false,
            refuse: None,
            routes,
            everywhere: None,
        }
    }

    /// The same, where the success holds a secret.
    pub(super) const fn answering_secret(self) -> Self {
        Self {
            answers_secret: true,
            ..self
        }
    }

    /// The same, where a known caller pays credits for its own mistakes.
    pub(super) const fn charging_mistakes(self) -> Self {
        Self {
            charges_mistakes: true,
            ..self
        }
    }

    /// The same, which says no otherwise than its contract does.
    pub(super) const fn refused_by(self, refuse: Refuse) -> Self {
        Self {
            refuse: Some(refuse),
            ..self
        }
    }

    /// The same, with a handler for every method at its path and below it.
    pub(super) const fn everywhere(self, handler: fn() -> MethodRouter<Arc<Keyring>>) -> Self {
        Self {
            everywhere: Some(handler),
            ..self
        }
    }

    /// Whether it answers every method at its path and below it.
    pub(super) const fn is_everywhere(&self) -> bool {
        self.everywhere.is_some()
    }

    /// How it says no, if not as its contract does.
    pub(super) const fn refuse(&self) -> Option<Refuse> {
        self.refuse
    }

    /// Adds it to a router and to a document.
    pub(super) fn mount(&self, router: Operations) -> Operations {
        let annotated = (self.routes)();
        let Some(everywhere) = self.everywhere else {
            return router.routes(annotated);
        };
        let path = annotated.1.paths.keys().next().cloned();
        let router = router.routes(annotated);
        let paths = self.paths(&path.expect("an annotation has a path"));
        paths
            .iter()
            .fold(router, |router, path| router.route(path, everywhere()))
    }

    /// The paths at which it is served, by the one of its annotation.
    pub(super) fn paths(&self, own: &str) -> Vec<String> {
        let mut paths = vec![own.to_owned()];
        if self.is_everywhere() {
            paths.extend([format!("{own}/"), format!("{own}/{{*rest}}")]);
        }
        paths
    }

    /// The same with where it is served, as its annotation says.
    pub(super) fn served(&'static self) -> Served {
        let (_, paths, _) = (self.routes)();
        let (path, item) = paths
            .paths
            .into_iter()
            .next()
            .expect("an annotation has a path");
        let (method, id) = method_and_id(item).expect("an annotation has a method");
        Served {
            operation: self,
            id,
            method,
            path,
        }
    }
}

fn method_and_id(item: PathItem) -> Option<(Method, String)> {
    let operations = [
        (Method::GET, item.get),
        (Method::PUT, item.put),
        (Method::POST, item.post),
        (Method::PATCH, item.patch),
        (Method::DELETE, item.delete),
    ];
    let mut operations = operations.into_iter();
    operations.find_map(|(method, operation)| Some((method, operation?.operation_id?)))
}
