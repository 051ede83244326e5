//! The tail of the events: one statement that says from one snapshot what is new, and how far this server has come.
//! Leaves what follows from it to `store`'s region.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use keywright_model::event::EventAction;
use keywright_store::Head;
use keywright_store::event::TouchedId;
use keywright_store::region::{Event, Tail};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Error as PgError, Row};
use uuid::Uuid;

use super::{ANSWER_MAX, About, Follower, send};
use crate::connection::Access;
use crate::error::words;
use crate::flight::{Parameter, PreparedSession, Step};

/// Events of one answer.
const PART_LEN: i64 = 500;
/// The pause between two looks while something moves, for how long after it did that lasts, and the pause otherwise.
const BUSY: Duration = Duration::from_millis(5);
const BUSY_FOR: Duration = Duration::from_millis(500);
const IDLE: Duration = Duration::from_millis(50);
/// The pause after something has failed.
const RETRY: Duration = Duration::from_millis(100);
/// How often it is reported how far this server has come.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Who commits says so on this channel. A report need not survive anything.
const SETUP: &str = "SET synchronous_commit = off; LISTEN keywright";
const TAIL: &str = "SELECT (SELECT counter FROM servers WHERE id = $1), \
         coalesce(head.position, (SELECT position FROM events_checkpoint)), \
         coalesce(head.mac, (SELECT mac FROM events_checkpoint)), \
         coalesce((SELECT mac FROM events WHERE position = $2), \
             (SELECT mac FROM events_checkpoint WHERE position = $2)), \
         e.position, e.mac, e.action, e.target, e.related, e.touched \
     FROM (VALUES (1)) AS one (one) \
     LEFT JOIN LATERAL (SELECT position, mac FROM events ORDER BY position DESC LIMIT 1) AS head ON true \
     LEFT JOIN LATERAL (SELECT position, mac, action, target, related, touched FROM events \
         WHERE position > $2 ORDER BY position LIMIT $3) AS e ON true \
     ORDER BY e.position";
const REVOKED_UNTIL: &str = "SELECT max(expires_at_ms) FROM (SELECT max(expires_at_ms) AS expires_at_ms FROM revoked_tokens \
     UNION ALL SELECT expires_at_ms FROM forgotten_tokens) AS ends";
const REPORT: &str = "UPDATE reports SET position = $2, mac = $3 WHERE id = $1";
const STATEMENTS: [&str; 3] = [TAIL, REVOKED_UNTIL, REPORT];

/// Follows the events for as long as it is not dropped.
pub(super) async fn keep(follower: Arc<Follower>) {
    loop {
        let why = match connect(&follower).await {
            Ok(session) => follow(&follower, &session).await,
            Err(why) => why,
        };
        follower.note_failure("the events cannot be followed", &why);
        sleep(RETRY.mul_f64(0.5 + fastrand::f64())).await;
    }
}

async fn connect(follower: &Follower) -> Result<PreparedSession, String> {
    let session = follower.connector.connect(Access::ReadWrite).await;
    let session = session.map_err(|error| error.to_string())?;
    let prepared = PreparedSession::prepare(session, SETUP, &STATEMENTS);
    let prepared = timeout(ANSWER_MAX, prepared).await;
    let prepared = prepared.map_err(|_| "no answer to its setup".to_owned())?;
    prepared.map_err(|error| words(&error))
}

/// Follows them in a session until it fails, and says why.
async fn follow(follower: &Follower, session: &PreparedSession) -> String {
    let mut notified = session.session.notifications();
    let mut joined = follower.joined.subscribe();
    let mut reported = None;
    let mut moved: Option<Instant> = None;
    loop {
        let lease = match joined.wait_for(Option::is_some).await {
            Ok(lease) => *lease,
            Err(_) => return "the server ends".to_owned(),
        };
        let Some((lease, id)) = lease else { continue };
        notified.mark_unchanged();
        let looked = match look(follower, session, lease, id).await {
            Ok(looked) => looked,
            Err(why) => return why,
        };
        if looked.count > 0 {
            moved = Some(Instant::now());
        }
        if follower.tokens_unknown.load(Ordering::SeqCst)
            && let Err(why) = learn_of_tokens(follower, session).await
        {
            return why;
        }
        if let Err(why) = report(follower, session, id, &mut reported).await {
            return why;
        }
        if looked.has_more {
            continue;
        }
        let is_busy = moved.is_some_and(|moved| moved.elapsed() < BUSY_FOR);
        rest(
            &mut notified,
            &mut joined,
            if is_busy { BUSY } else { IDLE },
        )
        .await;
    }
}

/// Until it is time to look again, or there is a hint that something has changed.
async fn rest(
    notified: &mut watch::Receiver<u64>,
    joined: &mut watch::Receiver<Option<(u64, Uuid)>>,
    pause: Duration,
) {
    tokio::select! {
        () = sleep(pause) => {}
        // Where it fails the session has ended, which the next look finds out.
        Ok(()) = notified.changed() => {}
        Ok(()) = joined.changed() => {}
    }
}

/// What one look has found.
struct Looked {
    count: usize,
    has_more: bool,
}

async fn look(
    follower: &Follower,
    session: &PreparedSession,
    lease: u64,
    id: Uuid,
) -> Result<Looked, String> {
    let after = {
        let server = follower.lock();
        // Where the feed has not begun nothing is behind it.
        server.applied().map_or(i64::MAX, |head| head.position)
    };
    let step = Step::Query(
        TAIL,
        vec![Box::new(id), Box::new(after), Box::new(PART_LEN)],
    );
    let answers = send(session, &[step], follower.answer_max()).await?;
    let rows: Vec<Row> = answers
        .into_iter()
        .filter_map(Result::ok)
        .flatten()
        .collect();
    let (tail, touched) = read(&rows, after).map_err(|error| words(&error))?;
    let count = tail.events.len();
    follower.take(Event::Tailed { lease, tail }, &About::Tail(&touched));
    Ok(Looked {
        count,
        has_more: i64::try_from(count).is_ok_and(|count| count == PART_LEN),
    })
}

/// What the tail says, and what each of its events has touched.
fn read(rows: &[Row], after: i64) -> Result<(Tail, HashMap<i64, Vec<TouchedId>>), PgError> {
    let mut tail = Tail {
        after,
        counter: None,
        head: Head::default(),
        last_mac: (after == 0).then(Vec::new),
        events: Vec::new(),
    };
    let mut touched = HashMap::new();
    if let Some(row) = rows.first() {
        tail.counter = row.try_get(0)?;
        tail.head = head(row, 1)?.unwrap_or_default();
        if let Some(mac) = row.try_get(3)? {
            tail.last_mac = Some(mac);
        }
    }
    for row in rows {
        let Some(event) = head(row, 4)? else { continue };
        touched.insert(event.position, touched_by(row)?);
        tail.events.push(event);
    }
    Ok((tail, touched))
}

fn head(row: &Row, index: usize) -> Result<Option<Head>, PgError> {
    let (position, mac): (Option<i64>, Option<Vec<u8>>) =
        (row.try_get(index)?, row.try_get(index + 1)?);
    let head = position.zip(mac);
    Ok(head.map(|(position, mac)| Head { position, mac }))
}

/// What an event has touched. One that cannot be read, as of a newer keywright, may have touched anything.
fn touched_by(row: &Row) -> Result<Vec<TouchedId>, PgError> {
    let action: &str = row.try_get(6)?;
    let (target, related): (Option<Uuid>, Option<Uuid>) = (row.try_get(7)?, row.try_get(8)?);
    let bytes: Option<&[u8]> = row.try_get(9)?;
    let told = TouchedId::decode(bytes.unwrap_or_default());
    let (Some(action), Some(mut ids)) = (EventAction::from_word(action), told) else {
        return Ok(vec![TouchedId::All]);
    };
    let members = TouchedId::of_members(action, target, related);
    ids.extend(members.into_iter().flatten());
    Ok(ids)
}

/// Reads until when a token would be good that was revoked before the feed began: those after it come with it.
async fn learn_of_tokens(follower: &Follower, session: &PreparedSession) -> Result<(), String> {
    if follower.lock().applied().is_none() {
        return Ok(());
    }
    // Where it is unknown again meanwhile it is read again.
    follower.tokens_unknown.store(false, Ordering::SeqCst);
    let step = Step::Query(REVOKED_UNTIL, Vec::new());
    let answers = send(session, &[step], follower.answer_max()).await;
    let answers = answers.inspect_err(|_| follower.tokens_unknown.store(true, Ordering::SeqCst))?;
    let row = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let until_ms: Option<i64> = match row.flatten().next() {
        Some(row) => row.try_get(0).map_err(|error| words(&error))?,
        None => None,
    };
    let _server = follower.lock();
    if !follower.tokens_unknown.load(Ordering::SeqCst) {
        let until_ms = until_ms.unwrap_or(i64::MIN);
        follower.cache.know_revoked_until(until_ms);
    }
    Ok(())
}

/// What was reported last, and when.
struct Reported {
    id: Uuid,
    position: i64,
    at: Instant,
}

/// Reports how far this server has come, if that is further than last time.
async fn report(
    follower: &Follower,
    session: &PreparedSession,
    id: Uuid,
    reported: &mut Option<Reported>,
) -> Result<(), String> {
    let Some(applied) = follower.lock().applied().cloned() else {
        return Ok(());
    };
    let position = applied.position;
    let of_this = reported.as_ref().filter(|last| last.id == id);
    if of_this.is_some_and(|last| last.position == position || last.at.elapsed() < REPORT_EVERY) {
        return Ok(());
    }
    *reported = Some(Reported {
        id,
        position,
        at: Instant::now(),
    });
    let values: Vec<Parameter<'_>> = vec![Box::new(id), Box::new(position), Box::new(applied.mac)];
    let step = Step::Query(REPORT, values);
    send(session, &[step], follower.answer_max())
        .await
        .map(drop)
}
