//! The reference: the smallest axum server that answers the same requests with bodies of the same sizes.
//! It keeps nothing and checks nothing: what it costs is what HTTP costs.

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, on};
use axum::{Json, Router};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// What one path answers.
#[derive(Deserialize)]
struct Route {
    path: String,
    method: String,
    status: u16,
    /// How long the answer is, in bytes; 0 for none.
    answer_len: usize,
    /// Whether there is a JSON body to read.
    reads: bool,
}

#[derive(Clone, Serialize)]
struct Answer {
    filler: String,
}

/// What `{"filler":""}` takes.
const ENVELOPE_LEN: usize = 13;

#[derive(Clone)]
struct Fixed {
    status: StatusCode,
    answer: Answer,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = std::env::args()
        .nth(1)
        .context("give the routes as JSON, as `cargo xtask bench` does")?;
    let wanted: Vec<Route> = serde_json::from_str(&wanted)?;
    let mut router = Router::new();
    for route in wanted {
        router = router.merge(mounted(&route)?);
    }
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!(
        "keywright-bench-reference listening on http://{}",
        listener.local_addr()?
    );
    axum::serve(listener, router).await?;
    Ok(())
}

fn mounted(route: &Route) -> anyhow::Result<Router> {
    let method = match route.method.as_str() {
        "GET" => MethodFilter::GET,
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        other => anyhow::bail!("the reference takes GET, POST and PUT, not {other}"),
    };
    let fixed = Fixed {
        status: StatusCode::from_u16(route.status)?,
        answer: Answer {
            filler: "a".repeat(route.answer_len.saturating_sub(ENVELOPE_LEN)),
        },
    };
    let handlers = match (route.reads, route.answer_len) {
        (_, 0) => on(method, nothing),
        (true, _) => on(method, echo),
        (false, _) => on(method, answer),
    };
    Ok(Router::new().route(&route.path, handlers).with_state(fixed))
}

/// Reads a JSON body, and answers another.
async fn echo(
    State(fixed): State<Fixed>,
    Json(IgnoredAny): Json<IgnoredAny>,
) -> (StatusCode, Json<Answer>) {
    (fixed.status, Json(fixed.answer))
}

async fn answer(State(fixed): State<Fixed>) -> (StatusCode, Json<Answer>) {
    (fixed.status, Json(fixed.answer))
}

async fn nothing(State(fixed): State<Fixed>) -> StatusCode {
    fixed.status
}
