//! A query on its way to a thread that has a connection, and its answer on the way back.
//! Leaves whose turn it is to the threads.

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::rows::fault;
use keywright_model::error::Error;

/// A query that sends its answer off itself.
pub(super) type Query = Box<dyn FnOnce(&Connection) + Send>;

/// Where the answer of a query arrives.
pub(super) type Answer<T> = oneshot::Receiver<rusqlite::Result<T>>;

/// A query for another thread, and where its answer arrives. It is not made once its caller has left.
pub(super) fn query<T: Send + 'static>(
    query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
) -> (Query, Answer<T>) {
    let (answer, outcome) = oneshot::channel();
    let query = Box::new(move |connection: &Connection| {
        if !answer.is_closed() && answer.send(query(connection)).is_err() {
            tracing::debug!("the caller left before its answer");
        }
    });
    (query, outcome)
}

/// The answer of a query, if it was sent off.
pub(super) async fn outcome<T>(sent: Result<Answer<T>, Error>) -> Result<T, Error> {
    let outcome = sent?.await;
    outcome
        .map_err(|_| Error::internal("a thread ended while it read"))?
        .map_err(fault)
}
