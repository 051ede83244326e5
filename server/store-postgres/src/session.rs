//! One session with PostgreSQL, and what the server says in it outside of answers: warnings, notifications, its end.
//! Leaves how a session comes about to `connection`, and what a failed call means to `error`.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Connection, Socket};

use crate::error::{said, words};

/// How long a session that is no longer wanted may take to say so to the server, and to read what is still to come.
const CLOSE_GRACE: Duration = Duration::from_secs(1);

/// After one of these a change may be lost although its commit was answered with success: the wait for a synchronous
/// standby was given up, by a cancel (01000) or because the server ends (57P01, 57P02).
const WARNINGS: [SqlState; 3] = [
    SqlState::WARNING,
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
];

/// A session with PostgreSQL. Dropped, it ends.
pub struct Session {
    client: Client,
    heard: Arc<Heard>,
    task: AbortHandle,
}

/// Why a session has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The server's SQLSTATE, if it gave one: no call sees it that was not under way.
    pub code: Option<String>,
    /// For the log.
    pub words: String,
}

/// What was heard from the server outside of answers.
struct Heard {
    warnings: AtomicU64,
    notifications: watch::Sender<u64>,
    ended: watch::Sender<Option<Ended>>,
    closing: Notify,
}

impl Session {
    /// Listens to a connection in a task of its own.
    pub(crate) fn start<T>(client: Client, connection: Connection<Socket, T>) -> Self
    where
        T: TlsStream + Unpin + Send + 'static,
    {
        let heard = Arc::new(Heard {
            warnings: AtomicU64::new(0),
            notifications: watch::Sender::new(0),
            ended: watch::Sender::new(None),
            closing: Notify::new(),
        });
        let task = tokio::spawn(listen(connection, Arc::clone(&heard)));
        Self {
            client,
            heard,
            task: task.abort_handle(),
        }
    }

    /// What statements are sent with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How many warnings have come after which no commit is sure. If it has grown between the start of a commit and its
    /// answer, the outcome is unknown, whatever the answer says: a warning is counted before the answer behind it is seen.
    pub fn warnings(&self) -> u64 {
        self.heard.warnings.load(Ordering::Acquire)
    }

    /// How many notifications have come. It starts with what came before, and is a hint only.
    pub fn notifications(&self) -> watch::Receiver<u64> {
        self.heard.notifications.subscribe()
    }

    /// Why it has ended; `None` while it has not.
    pub fn why_ended(&self) -> Option<Ended> {
        self.heard.ended.borrow().clone()
    }

    /// Waits for its end, and says why.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.heard.ended.subscribe();
        let why = ended.wait_for(Option::is_some).await;
        let why = why.ok().and_then(|why| why.clone());
        why.unwrap_or_else(|| Ended::without_code("it was dropped"))
    }

    /// Ends it at once, and with it every call that waits for an answer.
    pub fn abort(&self, why: &str) {
        self.heard.end(Ended::without_code(why));
        self.task.abort();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.heard.closing.notify_one();
    }
}

impl Ended {
    fn without_code(words: &str) -> Self {
        Self {
            code: None,
            words: words.to_owned(),
        }
    }
}

impl Heard {
    fn hear(&self, message: AsyncMessage) {
        match message {
            AsyncMessage::Notice(notice) if WARNINGS.contains(notice.code()) => {
                self.warnings.fetch_add(1, Ordering::AcqRel);
                tracing::warn!(notice = said(&notice), "PostgreSQL warns");
            }
            AsyncMessage::Notice(notice) => {
                tracing::debug!(notice = said(&notice), "PostgreSQL notes");
            }
            AsyncMessage::Notification(_) => self.notifications.send_modify(|count| *count += 1),
            _ => tracing::debug!("PostgreSQL sends a message of an unknown kind"),
        }
    }

    /// The first reason stays.
    fn end(&self, why: Ended) {
        self.ended.send_if_modified(|ended| {
            let is_first = ended.is_none();
            if is_first {
                *ended = Some(why);
            }
            is_first
        });
    }
}

/// Hears everything that comes, until the end. The end is noted before the calls that still wait learn of it.
async fn listen<T>(mut connection: Connection<Socket, T>, heard: Arc<Heard>)
where
    T: TlsStream + Unpin,
{
    let messages = async {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(message)) => heard.hear(message),
                Some(Err(error)) => {
                    let code = error.as_db_error().map(DbError::code);
                    let code = code.map(|code| code.code().to_owned());
                    let words = words(&error);
                    return Ended { code, words };
                }
                None => return Ended::without_code("it was closed here"),
            }
        }
    };
    let mut messages = std::pin::pin!(messages);
    let ended = tokio::select! {
        ended = &mut messages => ended,
        () = heard.closing.notified() => {
            let rest = timeout(CLOSE_GRACE, messages).await;
            rest.unwrap_or_else(|_| Ended::without_code("it was closed here, with answers still to come"))
        }
    };
    heard.end(ended);
}
