//! Threads that read, each with a connection of its own, off the threads that serve requests.
//! Leaves what is read to `rows`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::rows::fault;
use crate::error::Error;

enum Job {
    Query(Box<dyn FnOnce(&Connection) + Send>),
    /// One thread ends.
    Close,
}

/// A handle on some threads that read.
///
/// Measured against a pool behind `spawn_blocking`: 2 to 4 times the look-ups at a third of the CPU.
pub(super) struct Readers {
    queue: mpsc::SyncSender<Job>,
    /// How many threads there still are.
    running: watch::Receiver<usize>,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(super) fn start(connections: Vec<Connection>, queue_len_max: usize) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::sync_channel(queue_len_max);
        let jobs = Arc::new(Mutex::new(jobs));
        let (count, running) = watch::channel(connections.len());
        for connection in connections {
            let (jobs, count) = (Arc::clone(&jobs), count.clone());
            std::thread::Builder::new()
                .name("keywright-reader".to_owned())
                .spawn(move || {
                    run(&connection, &jobs);
                    drop(connection);
                    count.send_modify(|count| *count -= 1);
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { queue, running })
    }

    /// Runs one query.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, outcome) = oneshot::channel();
        let query = Box::new(move |connection: &Connection| {
            if !answer.is_closed() && answer.send(query(connection)).is_err() {
                tracing::debug!("the caller left before its answer");
            }
        });
        self.queue
            .try_send(Job::Query(query))
            .map_err(|error| Error::Unavailable {
                cause: format!("the readers take no more: {error}"),
            })?;
        outcome
            .await
            .map_err(|_| Error::internal("a reader ended while it read"))?
            .map_err(fault)
    }

    /// Finishes what is queued, and closes every connection.
    pub(super) async fn close(&self) {
        let mut running = self.running.clone();
        let (queue, count) = (self.queue.clone(), *running.borrow());
        let told =
            tokio::task::spawn_blocking(move || (0..count).all(|_| queue.send(Job::Close).is_ok()));
        if !told.await.unwrap_or(false) {
            tracing::debug!("the readers had ended already");
        }
        if running.wait_for(|count| *count == 0).await.is_err() {
            tracing::debug!("the readers ended without a word");
        }
    }
}

fn run(connection: &Connection, jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // A panic drops the answer, and so its caller learns of it.
            Ok(Job::Query(query)) => {
                if catch_unwind(AssertUnwindSafe(|| query(connection))).is_err() {
                    tracing::error!("a reader panicked");
                }
            }
            Ok(Job::Close) | Err(_) => return,
        }
    }
}
