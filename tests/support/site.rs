//! A server as a client sees it: an address, and requests whose answers are all checked.
//! Leaves how the server came to run to `child` and `clocked`.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::answer::Answer;
use super::callers::Root;
use super::documents;
use super::secrets::Secrets;

/// Where a server answers, and the secrets it has given out.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    /// What it was told that its address is.
    issuer: Option<String>,
    pub(crate) root_key: String,
    pub(crate) secrets: Arc<Secrets>,
    client: reqwest::Client,
}

impl Site {
    pub(crate) fn new(address: SocketAddr, root_key: &str, secrets: Arc<Secrets>) -> Self {
        secrets.add(root_key);
        let client = client().build().unwrap();
        Self {
            address,
            scheme: "http",
            issuer: None,
            root_key: root_key.to_owned(),
            secrets,
            client,
        }
    }

    /// The same server, which was told that this is its address.
    pub(crate) fn known_as(self, issuer: Option<String>) -> Self {
        Self { issuer, ..self }
    }

    /// The same server, asked by another client.
    pub(crate) fn by(&self, client: reqwest::ClientBuilder) -> Self {
        Self {
            client: client.build().unwrap(),
            ..self.clone()
        }
    }

    /// The same server, asked over TLS under the one certificate that is trusted, in PEM.
    pub(crate) fn over_tls(mut self, certificate: &[u8]) -> Self {
        self.scheme = "https";
        self.by(trusting(certificate))
    }

    /// The operator.
    pub(crate) fn root(&self) -> Root {
        Root::new(self.clone())
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}://{}{target}", self.scheme, self.address)
    }

    /// Where the server says that it is.
    pub(crate) fn issuer_url(&self, target: &str) -> String {
        match &self.issuer {
            Some(issuer) => format!("{issuer}{target}"),
            None => self.url(target),
        }
    }

    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        Request {
            site: self.clone(),
            method: method.to_owned(),
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: None,
        }
    }

    pub(crate) fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    pub(crate) fn put(&self, target: &str) -> Request {
        self.request("PUT", target)
    }

    pub(crate) fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }

    /// Checks an answer however it was received, and remembers what it gives out.
    #[track_caller]
    pub(crate) fn receive(&self, method: &str, target: &str, answer: Answer) -> Answer {
        documents::check(method, target, &answer);
        self.secrets.add_all_of(&answer.body);
        answer
    }
}

/// What every client of the tests keeps to.
pub(crate) fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(super::PATIENCE)
}

/// A client that trusts one certificate and no other.
pub(crate) fn trusting(certificate: &[u8]) -> reqwest::ClientBuilder {
    let certificate = reqwest::Certificate::from_pem(certificate).unwrap();
    client().tls_certs_only([certificate])
}

/// A request about to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    site: Site,
    method: String,
    target: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Request {
    /// The same request from another client.
    pub(crate) fn by(mut self, client: reqwest::ClientBuilder) -> Self {
        self.site = self.site.by(client);
        self
    }

    /// Adds a header; the same name again makes a second one.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).header(name, value)
    }

    pub(crate) fn bearer(self, credential: &str) -> Self {
        self.with("authorization", format!("Bearer {credential}"))
    }

    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{user}:{password}"));
        self.with("authorization", format!("Basic {pair}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.with("content-type", content_type)
    }

    pub(crate) async fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.target);
        self.try_send()
            .await
            .unwrap_or_else(|error| panic!("{what} got no answer: {error}"))
    }

    /// Sends to a server that may die before its answer is whole.
    ///
    /// # Errors
    /// When the connection broke.
    pub(crate) async fn try_send(self) -> reqwest::Result<Answer> {
        let answer = self.clone().fetch().await?;
        Ok(self.site.receive(&self.method, &self.target, answer))
    }

    /// Sends by way of a proxy; `None` if no server has answered, and the proxy says so or ends the connection.
    pub(crate) async fn relay(self) -> Option<Answer> {
        let answer = self.clone().fetch().await.ok()?;
        let is_of_proxy = answer.header("content-type") == Some("text/html");
        (!is_of_proxy).then(|| self.site.receive(&self.method, &self.target, answer))
    }

    /// Sends what the documents say nothing about: what is not served here, and questions before a request.
    pub(crate) async fn send_beside_the_documents(self) -> Answer {
        let what = format!("{} {}", self.method, self.target);
        let answer = self.fetch().await;
        answer.unwrap_or_else(|error| panic!("{what} got no answer: {error}"))
    }

    async fn fetch(self) -> reqwest::Result<Answer> {
        let method = reqwest::Method::from_bytes(self.method.as_bytes()).unwrap();
        let mut request = self
            .site
            .client
            .request(method, self.site.url(&self.target))
            .headers(self.headers);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}
