//! The lease of this server: taken, renewed, given back; and those of servers that have ended without a word, deleted.
//! Leaves when a renewal counts to `store`'s region.

use std::sync::Arc;
use std::time::Duration;

use keywright_store::freshness::boot_time_ms;
use keywright_store::region::{BumpAnswer, Effect, Event, LeaseRow, Leases};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{ANSWER_MAX, About, Follower, send};
use crate::connection::{Access, Connector};
use crate::error::words;
use crate::flight::{PreparedSession, Step};

/// How often the counter is raised, at least.
const BUMP_EVERY: Duration = Duration::from_secs(1);
/// The pause after something has failed.
const RETRY: Duration = Duration::from_millis(100);
/// There are no regions yet but this one.
const REGION: &str = "default";

/// A lease must be as durable as a change.
const SETUP: &str = "SET synchronous_commit = on";
const JOIN: &str = "WITH joined AS (
         INSERT INTO servers (id, region, max_staleness_ms, started_at_ms)
         VALUES ($1, $2, $3, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) RETURNING id)
     INSERT INTO reports (id, position, mac) SELECT id, 0, '' FROM joined";
/// One that was sent before and arrives late takes nothing back.
const BUMP: &str = "UPDATE servers SET counter = $2 WHERE id = $1 AND counter < $2 \
     RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
const OTHERS: &str = "SELECT id, counter, max_staleness_ms FROM servers WHERE id <> $1";
const DELETE: &str = "DELETE FROM servers WHERE id = $1 AND counter = $2";
const LEAVE: &str = "DELETE FROM servers WHERE id = $1";
const STATEMENTS: [&str; 5] = [JOIN, BUMP, OTHERS, DELETE, LEAVE];

/// Keeps a lease, and another one whenever it is lost.
pub(super) async fn keep(follower: Arc<Follower>) {
    let mut keeper = Keeper {
        follower,
        session: None,
        left: Vec::new(),
        leases: Leases::default(),
        is_failing: false,
    };
    loop {
        let lease = keeper.follower.lock().lease();
        let id = Uuid::new_v4();
        match keeper.join(id).await {
            Ok(()) => keeper.live(lease, id).await,
            Err(why) => keeper.failed("this server gets no lease", &why).await,
        }
    }
}

/// Deletes a lease over a session of its own.
pub(super) async fn delete(connector: &Connector, id: Uuid) -> Result<(), String> {
    let session = connector.connect(Access::ReadWrite).await;
    let session = session.map_err(|error| error.to_string())?;
    let session = PreparedSession::prepare(session, SETUP, &[LEAVE]).await;
    let session = session.map_err(|error| words(&error))?;
    let step = Step::Query(LEAVE, vec![Box::new(id)]);
    send(&session, &[step], ANSWER_MAX).await.map(drop)
}

struct Keeper {
    follower: Arc<Follower>,
    session: Option<PreparedSession>,
    /// Leases that are to be deleted, if they are there.
    left: Vec<Uuid>,
    leases: Leases,
    is_failing: bool,
}

impl Keeper {
    /// Makes the row of a lease, and deletes those from before.
    async fn join(&mut self, id: Uuid) -> Result<(), String> {
        let bound_ms = self.follower.max_staleness.as_millis();
        let bound_ms = i64::try_from(bound_ms).unwrap_or(i64::MAX);
        let within = self.follower.answer_max();
        self.session().await?;
        let left = self.left.clone();
        // Whatever becomes of it, the next one deletes it.
        self.left.push(id);
        let session = self.session().await?;
        let before = session.session.warnings();
        let mut steps = vec![Step::Query(
            JOIN,
            vec![Box::new(id), Box::new(REGION), Box::new(bound_ms)],
        )];
        steps.extend(
            left.iter()
                .map(|id| Step::Query(LEAVE, vec![Box::new(*id)])),
        );
        send(session, &steps, within).await?;
        if session.session.warnings() != before {
            return Err("PostgreSQL has warned while the lease was taken".to_owned());
        }
        self.left = vec![id];
        Ok(())
    }

    /// Renews a lease until it is lost.
    async fn live(&mut self, lease: u64, id: Uuid) {
        let follower = Arc::clone(&self.follower);
        follower.take(Event::Joined { lease }, &About::Nothing);
        follower.joined.send_replace(Some((lease, id)));
        let every = BUMP_EVERY.min(follower.max_staleness / 4);
        loop {
            let began = Instant::now();
            let at_ms = boot_time_ms();
            let effects = follower.take(Event::BumpDue { at_ms }, &About::Nothing);
            let Some(counter) = effects.iter().find_map(|effect| match effect {
                Effect::Bump { lease: of, counter } if *of == lease => Some(*counter),
                _ => None,
            }) else {
                return;
            };
            let answer = match self.bump(id, counter, at_ms).await {
                Ok(answer) => answer,
                Err(why) => {
                    self.failed("the lease was not renewed", &why).await;
                    BumpAnswer::Doubtful
                }
            };
            let is_doubtful = answer == BumpAnswer::Doubtful;
            let answered = Event::BumpAnswered {
                lease,
                counter,
                answer,
            };
            follower.take(answered, &About::Nothing);
            if follower.lock().lease() != lease {
                return;
            }
            if is_doubtful {
                continue;
            }
            if std::mem::take(&mut self.is_failing) {
                tracing::info!("the lease of this server is renewed again");
            }
            if let Err(why) = self.delete_ended(id).await {
                self.failed("the leases of other servers were not looked at", &why)
                    .await;
            }
            tokio::select! {
                () = sleep_until(began + every) => {}
                () = follower.lost.notified() => {}
            }
        }
    }

    async fn bump(&mut self, id: Uuid, counter: i64, at_ms: i64) -> Result<BumpAnswer, String> {
        let within = self.follower.answer_max();
        let session = self.session().await?;
        let before = session.session.warnings();
        let step = Step::Query(BUMP, vec![Box::new(id), Box::new(counter)]);
        let rows = answer(send(session, &[step], within).await?);
        if session.session.warnings() != before {
            return Err("PostgreSQL has warned while the lease was renewed".to_owned());
        }
        let Some(row) = rows.first() else {
            return Ok(BumpAnswer::NoRow);
        };
        let primary_ms = row.try_get(0).map_err(|error| words(&error))?;
        self.follower.tell_clock(primary_ms, at_ms);
        Ok(BumpAnswer::Committed)
    }

    /// Deletes the leases of servers that have been silent for longer than they may.
    async fn delete_ended(&mut self, id: Uuid) -> Result<(), String> {
        let within = self.follower.answer_max();
        let session = self.session().await?;
        let step = Step::Query(OTHERS, vec![Box::new(id)]);
        let rows = answer(send(session, &[step], within).await?);
        let rows: Result<Vec<LeaseRow>, _> = rows.iter().map(lease_row).collect();
        let rows = rows.map_err(|error| words(&error))?;
        for row in self.leases.observe(&rows, boot_time_ms()) {
            let session = self.session().await?;
            let step = Step::Query(DELETE, vec![Box::new(row.id), Box::new(row.counter)]);
            send(session, &[step], within).await?;
            tracing::info!(server = %row.id, "a server has ended without giving its lease back");
        }
        Ok(())
    }

    async fn session(&mut self) -> Result<&PreparedSession, String> {
        let lives = |prepared: &PreparedSession| prepared.session.why_ended().is_none();
        let session = if let Some(session) = self.session.take().filter(lives) {
            session
        } else {
            let session = self.follower.connector.connect(Access::ReadWrite).await;
            let session = session.map_err(|error| error.to_string())?;
            let prepared = PreparedSession::prepare(session, SETUP, &STATEMENTS);
            let prepared = tokio::time::timeout(ANSWER_MAX, prepared).await;
            let prepared = prepared.map_err(|_| "no answer to its setup".to_owned())?;
            prepared.map_err(|error| words(&error))?
        };
        Ok(self.session.insert(session))
    }

    async fn failed(&mut self, what: &str, why: &str) {
        self.session = None;
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::warn!(
                why,
                "{what}: without it this server answers nothing but 503 from cache.max_staleness_ms on"
            );
        }
        self.follower.note_failure(what, why);
        // Servers that lost it together do not come back together.
        sleep(RETRY.mul_f64(0.5 + fastrand::f64())).await;
    }
}

/// The rows of the only answer.
fn answer(mut answers: Vec<crate::flight::Answer>) -> Vec<Row> {
    answers.pop().and_then(Result::ok).unwrap_or_default()
}

fn lease_row(row: &Row) -> Result<LeaseRow, tokio_postgres::Error> {
    Ok(LeaseRow {
        id: row.try_get(0)?,
        counter: row.try_get(1)?,
        max_staleness_ms: row.try_get(2)?,
    })
}
