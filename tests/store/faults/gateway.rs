//! A way between a store and its PostgreSQL that can be closed, without a word or with one.
//! Leaves what passes over it to both.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP proxy. It ends with the test.
#[derive(Clone)]
pub(super) struct Gateway {
    port: u16,
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    /// The port that new connections lead to.
    target: u16,
    passes_questions: bool,
    passes_answers: bool,
    /// How often connections were cut.
    cuts: u32,
}

impl Gateway {
    /// A way to a port of this machine, for a test with several threads: opening a store stops the one that does it.
    pub(super) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State {
            target,
            passes_questions: true,
            passes_answers: true,
            cuts: 0,
        };
        let state = Arc::new(watch::Sender::new(state));
        tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { port, state }
    }

    /// The URL of a database by this way.
    pub(super) fn url(&self, url: &str) -> String {
        let (head, tail) = url.rsplit_once(':').unwrap();
        let (_, database) = tail.split_once('/').unwrap();
        format!("{head}:{}/{database}", self.port)
    }

    /// Lets nothing pass any more, in neither direction; both sides hear nothing.
    pub(super) fn close(&self) {
        self.state.send_modify(|state| {
            (state.passes_questions, state.passes_answers) = (false, false);
        });
    }

    /// Lets no answer pass any more; questions still do.
    pub(super) fn hold_answers(&self) {
        self.state.send_modify(|state| state.passes_answers = false);
    }

    /// Lets everything pass, what was held too.
    pub(super) fn open(&self) {
        self.state.send_modify(|state| {
            (state.passes_questions, state.passes_answers) = (true, true);
        });
    }

    /// Ends all connections that there are, and what was held with them.
    pub(super) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Leads new connections to another port.
    pub(super) fn lead_to(&self, target: u16) {
        self.state.send_modify(|state| state.target = target);
    }
}

async fn serve(listener: TcpListener, state: Arc<watch::Sender<State>>) {
    loop {
        let (near, _): (TcpStream, SocketAddr) = listener.accept().await.unwrap();
        let state = state.subscribe();
        tokio::spawn(async move {
            // One that comes while nothing passes waits at the door.
            let target = passes(&mut state.clone(), |state| state.passes_questions).await;
            let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else {
                return;
            };
            let cuts = state.borrow().cuts;
            let mut cut = state.clone();
            let ((read_near, write_near), (read_far, write_far)) =
                (near.into_split(), far.into_split());
            let questions = copy(read_near, write_far, state.clone(), |state| {
                state.passes_questions
            });
            let answers = copy(read_far, write_near, state, |state| state.passes_answers);
            // The end of one side is told to the other at once, as by a kernel.
            tokio::select! {
                () = questions => {},
                () = answers => {},
                _ = cut.wait_for(|state| state.cuts != cuts) => {}
            }
        });
    }
}

async fn passes(state: &mut watch::Receiver<State>, may: impl Fn(&State) -> bool) -> u16 {
    let state = state.wait_for(|state| may(state)).await;
    state.map_or(0, |state| state.target)
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    may: impl Fn(&State) -> bool,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(len) = from.read(&mut buffer).await
        && len > 0
    {
        passes(&mut state, &may).await;
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}
