//! A small server within the test's own process: an application behind a proxy, or another service that is to be asked.
//! Leaves what it should be asked to the tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The longest body that it takes, in bytes.
const BODY_LEN_MAX: usize = 16 * 1024 * 1024;

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The headers whose names begin with one of these, by name; those sent more than once are lists.
    pub(crate) fn headers_like(&self, beginnings: &[&str]) -> Value {
        let mut found = Map::new();
        for name in self.headers.keys() {
            if beginnings
                .iter()
                .any(|start| name.as_str().starts_with(start))
            {
                let values = self.headers.get_all(name).iter();
                let values: Vec<&str> = values.map(|value| value.to_str().unwrap()).collect();
                let value = match values.as_slice() {
                    [value] => json!(value),
                    values => json!(values),
                };
                found.insert(name.to_string(), value);
            }
        }
        Value::Object(found)
    }
}

/// What it answers to everything.
#[derive(Clone, Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

#[derive(Debug)]
struct Memory {
    reply: Reply,
    seen: Mutex<Vec<Seen>>,
}

/// The running server.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    memory: Arc<Memory>,
    task: JoinHandle<()>,
}

impl Upstream {
    /// An application that is content with every request.
    pub(crate) async fn start() -> Self {
        Self::answering(200, &[], json!({ "from": "the application" })).await
    }

    /// A server that answers everything alike; without a body when that is null.
    pub(crate) async fn answering(
        status: u16,
        headers: &[(&'static str, &str)],
        body: Value,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let memory = Arc::new(Memory {
            reply: Reply {
                status: StatusCode::from_u16(status).unwrap(),
                headers: map,
                body,
            },
            seen: Mutex::default(),
        });
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&memory));
        let task = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            memory,
            task,
        }
    }

    /// What has arrived since this was last asked.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.memory.seen.lock().unwrap())
    }

    /// The one request that has arrived since this was last asked.
    ///
    /// # Panics
    /// When it was none, or several.
    #[track_caller]
    pub(crate) fn take_one(&self) -> Seen {
        let mut seen = self.take_seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(memory): State<Arc<Memory>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_LEN_MAX).await.unwrap();
    memory.seen.lock().unwrap().push(Seen {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body: body.to_vec(),
    });
    let Reply {
        status,
        headers,
        body,
    } = memory.reply.clone();
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = headers;
    *response.status_mut() = status;
    if !body.is_null() {
        let json = "application/json".parse().unwrap();
        response.headers_mut().insert(CONTENT_TYPE, json);
        *response.body_mut() = Body::from(body.to_string());
    }
    response
}
