//! The keyring's tasks and its timer, on tokio.
//! Leaves the threads that they run on to `main`.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use keywright_core::runtime::Runtime;

/// The tokio runtime of the caller's thread: it must be in one.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioRuntime;

impl Runtime for TokioRuntime {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        // The task goes on without its handle, and a panic stays in it.
        drop(tokio::spawn(task));
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(duration).boxed()
    }
}
