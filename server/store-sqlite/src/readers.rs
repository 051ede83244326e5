//! Threads that read, each with a connection of its own, off the threads that serve requests.
//! Leaves what is read to `rows`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rusqlite::Connection;
use tokio::sync::watch;

use super::query::{Answer, Query, outcome, query};
use keywright_model::error::Error;
use keywright_store::wait_queue::{Entered, WaitQueue};

/// Looks that may wait beside the reads.
const LOOKS_LEN_MAX: usize = 100;

enum Job {
    /// With when it entered the queue, if it had to.
    Query(Query, Option<Entered>),
    /// One thread ends.
    Close,
}

/// A handle on some threads that read.
///
/// Measured against a pool behind `spawn_blocking`: 2 to 4 times the look-ups at a third of the CPU.
pub(super) struct Readers {
    queue: mpsc::SyncSender<Job>,
    waiting: Arc<WaitQueue>,
    /// How many threads there still are.
    running: watch::Receiver<usize>,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(super) fn start(connections: Vec<Connection>, waiting: WaitQueue) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::sync_channel(waiting.len_max() + LOOKS_LEN_MAX);
        let waiting = Arc::new(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        let (count, running) = watch::channel(connections.len());
        for connection in connections {
            let (jobs, waiting, count) = (Arc::clone(&jobs), Arc::clone(&waiting), count.clone());
            std::thread::Builder::new()
                .name("keywright-reader".to_owned())
                .spawn(move || {
                    run(&connection, &jobs, &waiting);
                    drop(connection);
                    count.send_modify(|count| *count -= 1);
                })
                .map_err(Error::internal)?;
        }
        Ok(Self {
            queue,
            waiting,
            running,
        })
    }

    /// Runs one query when its turn has come; it is in the queue when this returns.
    pub(super) fn read<T: Send + 'static, Q>(
        &self,
        query: Q,
    ) -> impl Future<Output = Result<T, Error>> + Send + use<T, Q>
    where
        Q: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let joined = self.waiting.enter();
        outcome(joined.and_then(|joined| self.send(query, Some(joined))))
    }

    /// Runs one query however many wait: for those that tell how the server is.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        outcome(self.send(query, None)).await
    }

    fn send<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        joined: Option<Entered>,
    ) -> Result<Answer<T>, Error> {
        let (query, answer) = query(reading);
        if let Err(error) = self.queue.try_send(Job::Query(query, joined)) {
            joined.inspect(|joined| self.waiting.exit(*joined));
            let cause = format!("the readers take no more: {error}");
            return Err(Error::Unavailable { cause });
        }
        Ok(answer)
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

fn run(connection: &Connection, jobs: &Mutex<mpsc::Receiver<Job>>, waiting: &WaitQueue) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // A panic drops the answer, and so its caller learns of it.
            Ok(Job::Query(query, joined)) => {
                joined.inspect(|joined| waiting.exit(*joined));
                if catch_unwind(AssertUnwindSafe(|| query(connection))).is_err() {
                    tracing::error!("a reader panicked");
                }
            }
            Ok(Job::Close) | Err(_) => return,
        }
    }
}
