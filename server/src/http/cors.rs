//! Web pages of other origins that may call the contracts from a browser (the Fetch standard, "CORS protocol").
//! Not here: whether the key that such a page sends is good, which each contract decides.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use keywright_api::contract::is_below;

/// Every method that a contract takes.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
/// Every header of an answer that a page may want to read and could not otherwise.
const READABLE: HeaderValue = HeaderValue::from_static(
    "X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, X-Key-Expires-At, WWW-Authenticate, Deprecation, Sunset",
);
/// How long a browser may remember what it was told before a request, in seconds.
const REMEMBERED_S: HeaderValue = HeaderValue::from_static("600");

/// Whose pages may call what.
///
/// `Access-Control-Allow-Credentials` is never sent: a page sends the key that it has, and the browser adds nothing.
pub struct Cors {
    origins: Vec<HeaderValue>,
    /// Below these it may be called.
    shared: Vec<&'static str>,
    /// But not below these.
    kept: Vec<&'static str>,
}

/// What a page of another origin is told beside an answer.
pub struct Grant {
    /// Its origin, if it may read the answer.
    origin: Option<HeaderValue>,
    /// Set if it only asks whether it may send a request.
    preflight: Option<Preflight>,
}

struct Preflight {
    /// The headers that it wants to send.
    wanted: Option<HeaderValue>,
}

impl Cors {
    /// Lets these origins call what is below `shared` and not below `kept`; `None` if there is no origin.
    #[must_use]
    pub fn new(
        origins: &[String],
        shared: Vec<&'static str>,
        kept: Vec<&'static str>,
    ) -> Option<Self> {
        let origins = origins
            .iter()
            .filter_map(|origin| HeaderValue::from_str(origin).ok());
        let origins: Vec<_> = origins.collect();
        (!origins.is_empty()).then_some(Self {
            origins,
            shared,
            kept,
        })
    }

    /// What is to be told about a request; `None` where nothing is shared.
    #[must_use]
    pub fn grant_for(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Option<Box<Grant>> {
        let holds = |prefixes: &[&str]| prefixes.iter().any(|prefix| is_below(path, prefix));
        if !holds(&self.shared) || holds(&self.kept) {
            return None;
        }
        let mut sent = headers.get_all(ORIGIN).iter();
        let only = sent.next().filter(|_| sent.next().is_none());
        let origin = only.filter(|origin| self.origins.contains(origin)).cloned();
        let asks = method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let preflight = (asks && origin.is_some()).then(|| Preflight {
            wanted: headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
        });
        Some(Box::new(Grant { origin, preflight }))
    }

    /// The same about the head of a request.
    #[must_use]
    pub fn grant(&self, parts: &Parts) -> Option<Box<Grant>> {
        self.grant_for(&parts.method, parts.uri.path(), &parts.headers)
    }
}

impl Grant {
    /// The answer to a page that only asks whether it may send a request.
    #[must_use]
    pub fn answer(&self) -> Option<Response> {
        let Preflight { wanted } = self.preflight.as_ref()?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        let fields = response.headers_mut();
        fields.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        fields.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED_S);
        if let Some(wanted) = wanted {
            fields.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        Some(response)
    }

    /// Adds to an answer what lets the page read it, and what keeps a cache from handing it to another.
    pub fn mark(self, response: &mut Response) {
        let fields = response.headers_mut();
        fields.append(VARY, HeaderValue::from_static("Origin"));
        if self.preflight.is_some() {
            fields.append(VARY, ACCESS_CONTROL_REQUEST_HEADERS.into());
        }
        if let Some(origin) = self.origin {
            fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            if self.preflight.is_none() {
                fields.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
            }
        }
    }
}
