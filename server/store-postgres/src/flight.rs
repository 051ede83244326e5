//! A flight: statements that are sent without waiting for one another, each with an answer of its own.
//! Leaves what is asked to `load` and `apply`, and what a failure means to `error`.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use futures_util::future::{MaybeDone, maybe_done, try_join_all};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use crate::session::Session;

/// A value for a statement.
pub(crate) type Parameter<'a> = Box<dyn ToSql + Send + Sync + 'a>;

/// What an answer is: the rows, none of a command.
pub(crate) type Answer = Result<Vec<Row>, tokio_postgres::Error>;

/// One thing to send.
pub(crate) enum Step<'a> {
    /// Commands without values, as they stand.
    Run(&'static str),
    /// A prepared statement with its values.
    Query(&'static str, Vec<Parameter<'a>>),
}

/// A session with its prepared statements.
pub(crate) struct PreparedSession {
    pub(crate) session: Session,
    statements: HashMap<&'static str, Statement>,
}

impl PreparedSession {
    /// Sets a session up with these commands, and prepares these statements.
    pub(crate) async fn prepare(
        session: Session,
        setup: &str,
        texts: &[&'static str],
    ) -> Result<Self, tokio_postgres::Error> {
        let client = session.client();
        client.batch_execute(setup).await?;
        let prepared = texts.iter().map(async |text| {
            let statement = client.prepare(text).await?;
            Ok((*text, statement))
        });
        let statements = try_join_all(prepared).await?.into_iter().collect();
        Ok(Self {
            session,
            statements,
        })
    }

    /// Sends all of these at once, in this order, and waits for every answer.
    ///
    /// Each statement ends with a Sync of its own: one that fails does not keep those behind it from being sent, and
    /// inside a transaction these fail, too.
    pub(crate) async fn send(&self, steps: &[Step<'_>]) -> Vec<Answer> {
        let answers = steps
            .iter()
            .map(|step| Box::pin(maybe_done(self.ask(step))));
        in_order(answers.collect()).await
    }

    /// Sends one statement, and waits for its answer.
    pub(crate) async fn query(&self, text: &'static str, values: Vec<Parameter<'_>>) -> Answer {
        self.ask(&Step::Query(text, values)).await
    }

    async fn ask(&self, step: &Step<'_>) -> Answer {
        let client: &Client = self.session.client();
        match step {
            Step::Run(text) => client.batch_execute(text).await.map(|()| Vec::new()),
            Step::Query(text, values) => {
                let values: Vec<&(dyn ToSql + Sync)> = values
                    .iter()
                    .map(|value| value.as_ref() as &(dyn ToSql + Sync))
                    .collect();
                client.query(&self.statements[text], &values).await
            }
        }
    }
}

/// Polls all in their order, so that they are sent in it: a statement is sent when it is polled first.
async fn in_order<F: Future>(mut all: Vec<Pin<Box<MaybeDone<F>>>>) -> Vec<F::Output> {
    poll_fn(|context| {
        let mut is_ready = true;
        for future in &mut all {
            is_ready &= future.as_mut().poll(context).is_ready();
        }
        if is_ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    all.iter_mut()
        .filter_map(|future| future.as_mut().take_output())
        .collect()
}
