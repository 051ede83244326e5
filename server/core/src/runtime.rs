//! What the keyring needs of an asynchronous runtime: tasks of their own, and a timer.
//! Leaves both to the one that the server runs on.

use std::pin::pin;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{BoxFuture, Either, select};

use keywright_model::error::Error;

/// Runs tasks, and waits.
pub trait Runtime: Send + Sync + 'static {
    /// Runs a task to its end beside the caller. If it panics, it ends, and nothing else does.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// Completes after this time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

impl dyn Runtime {
    /// Starts work in a task of its own, which goes on if the caller leaves.
    ///
    /// # Errors
    /// `Internal` if it panics, or the runtime stops before it is done.
    pub(crate) fn run<F>(&self, work: F) -> impl Future<Output = Result<F::Output, Error>> + use<F>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.spawn(Box::pin(async move {
            // It fails where the caller has left: then nobody wants the result.
            drop(sender.send(work.await));
        }));
        async {
            let cancelled = |_| Error::internal("a task ended without a result");
            receiver.await.map_err(cancelled)
        }
    }

    /// What work comes to, or `None` if that takes longer than `duration`; then it is dropped.
    pub(crate) async fn timeout<T>(
        &self,
        duration: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        match select(pin!(work), self.sleep(duration)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    use futures_util::FutureExt as _;
    use futures_util::future::ready;

    use super::*;

    /// Keeps tasks until they are to run; no time passes, unless it is over at once.
    #[derive(Default)]
    struct Queue {
        tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
        is_late: bool,
    }

    impl Runtime for Queue {
        fn spawn(&self, task: BoxFuture<'static, ()>) {
            self.tasks.lock().unwrap().push(task);
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            if self.is_late {
                ready(()).boxed()
            } else {
                pending().boxed()
            }
        }
    }

    impl Queue {
        fn run_all(&self) {
            for task in std::mem::take(&mut *self.tasks.lock().unwrap()) {
                drop(catch_unwind(AssertUnwindSafe(|| task.now_or_never())));
            }
        }
    }

    #[test]
    fn work_goes_on_when_its_caller_has_left() {
        let queue = Queue::default();
        let runtime: &dyn Runtime = &queue;
        let is_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&is_done);
        let mut caller = runtime
            .run(async move { done.store(true, Ordering::SeqCst) })
            .boxed();
        assert!((&mut caller).now_or_never().is_none());
        drop(caller);
        queue.run_all();
        assert!(is_done.load(Ordering::SeqCst));
    }

    #[test]
    fn a_panic_in_a_task_is_an_internal_error_of_its_caller_alone() {
        let queue = Queue::default();
        let runtime: &dyn Runtime = &queue;
        let broken = runtime.run(async { "one".parse::<i32>().unwrap() });
        let whole = runtime.run(async { 1 });
        queue.run_all();
        let outcome = broken.now_or_never().unwrap();
        assert!(
            matches!(outcome, Err(Error::Internal { .. })),
            "{outcome:?}"
        );
        assert_eq!(whole.now_or_never(), Some(Ok(1)));
    }

    #[test]
    fn what_is_done_when_its_time_is_over_still_counts() {
        let queue = Queue {
            is_late: true,
            ..Queue::default()
        };
        let runtime: &dyn Runtime = &queue;
        let within = Duration::from_secs(1);
        let timely = runtime.timeout(within, ready(1));
        assert_eq!(timely.now_or_never(), Some(Some(1)));
        let late = runtime.timeout(within, pending::<()>());
        assert_eq!(late.now_or_never(), Some(None));
    }
}
