//! The changes that an engine makes by itself: each is a transaction of its own, since it reads what it is about.
//! Leaves the events to `prune`, and those who ask for them to the keyring.

use keywright_model::error::Error;
use keywright_model::key::RevocationReason;
use keywright_model::secret::Pepper;
use keywright_store::cache::Touched;
use keywright_store::{Change, Head, PepperStart, Write, Written, signers};
use tokio_postgres::Row;
use uuid::Uuid;

use super::failure::Failure;
use super::prune;
use super::task::WriterTask;
use super::transaction::Begun;
use crate::apply::Appended;
use crate::flight::{Parameter, Step};
use crate::load::Wanted;

/// Rows that follow in one change: another write waits for this many at most.
const FOLLOWING_LEN: i64 = 200;

/// A batch of them: another write waits for this many at most.
pub(super) const FORGET_ANSWERS: &str = "DELETE FROM replays WHERE id IN \
     (SELECT id FROM replays WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT 10000)";
/// Those that ended first before the others.
pub(super) const FORGET_TOKENS: &str = "WITH gone AS (
         DELETE FROM revoked_tokens WHERE id IN
             (SELECT id FROM revoked_tokens WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT 10000)
         RETURNING expires_at_ms)
     INSERT INTO forgotten_tokens (one, expires_at_ms) SELECT 1, max(expires_at_ms) FROM gone HAVING count(*) > 0
     ON CONFLICT (one) DO UPDATE
         SET expires_at_ms = greatest(forgotten_tokens.expires_at_ms, excluded.expires_at_ms)";
const NEXT_TOMBSTONE: &str = "SELECT t.owner_id, t.last_key_id, (SELECT max(id::text)::uuid FROM (
             SELECT id FROM keys WHERE owner_id = t.owner_id AND (t.last_key_id IS NULL OR id > t.last_key_id)
             ORDER BY id LIMIT $1) batch)
     FROM tombstones t LIMIT 1";
const FOLLOW: &str = "UPDATE keys SET current = false, revocation_reason = $4,
         revoked_at_ms = (SELECT deleted_at_ms FROM owners WHERE owners.id = $1)
     WHERE owner_id = $1 AND ($2::uuid IS NULL OR id > $2) AND id <= $3 AND revoked_at_ms IS NULL";
const FOLLOWED_UP_TO: &str = "UPDATE tombstones SET last_key_id = $2 WHERE owner_id = $1";
const END_TOMBSTONE: &str = "DELETE FROM tombstones WHERE owner_id = $1";
const SETTING: &str = "SELECT value FROM settings WHERE name = $1";
const PUT_SETTING: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// All of them, to be prepared.
pub(super) const STATEMENTS: [&str; 12] = [
    FORGET_ANSWERS,
    FORGET_TOKENS,
    NEXT_TOMBSTONE,
    FOLLOW,
    FOLLOWED_UP_TO,
    END_TOMBSTONE,
    SETTING,
    PUT_SETTING,
    prune::CHECKPOINT,
    prune::WALK,
    prune::PRUNE,
    prune::PUT_CHECKPOINT,
];

/// Whether an engine makes this by itself, without the rules.
pub(super) fn is_own_work(write: &Write) -> bool {
    matches!(
        write.change,
        Change::FollowTombstones | Change::BeginPepper(_) | Change::PruneEvents { .. }
    )
}

impl WriterTask {
    /// Makes such a change.
    pub(super) async fn commit_own_work(
        &mut self,
        write: &Write,
    ) -> Result<Result<Written, Error>, Failure> {
        let begun = self.begin(&Wanted::default()).await?;
        match &write.change {
            Change::FollowTombstones => self.follow_tombstones(&begun).await.map(Ok),
            Change::BeginPepper(start) => self.begin_pepper(start, &begun).await.map(Ok),
            Change::PruneEvents { before_ms } => self.prune(write, *before_ms, &begun).await,
            _ => {
                self.session.roll_back().await?;
                Ok(Err(Error::internal(
                    "a change was taken for an engine's own work",
                )))
            }
        }
    }

    /// Lets the rows of some keys say what their owner's tombstone does.
    async fn follow_tombstones(&mut self, begun: &Begun) -> Result<Written, Failure> {
        let rows = self
            .ask(NEXT_TOMBSTONE, vec![Box::new(FOLLOWING_LEN)])
            .await?;
        let Some(row) = rows.first() else {
            self.session.roll_back().await?;
            return Ok(Written::Followed { has_more: false });
        };
        let owner_id: Uuid = get(row, 0)?;
        let (last_key_id, last): (Option<Uuid>, Option<Uuid>) = (get(row, 1)?, get(row, 2)?);
        let steps = if let Some(last) = last {
            let reason = RevocationReason::CessationOfOperation.word();
            let values: Vec<Parameter<'_>> = vec![
                Box::new(owner_id),
                Box::new(last_key_id),
                Box::new(last),
                Box::new(reason),
            ];
            let followed: Vec<Parameter<'_>> = vec![Box::new(owner_id), Box::new(last)];
            vec![
                Step::Query(FOLLOW, values),
                Step::Query(FOLLOWED_UP_TO, followed),
            ]
        } else {
            vec![Step::Query(END_TOMBSTONE, vec![Box::new(owner_id)])]
        };
        self.commit_steps(steps, &begun.head, &begun.head, Touched::default())
            .await?;
        Ok(Written::Followed { has_more: true })
    }

    /// Lets a key begin to sign behind this head; one that has begun already stays where it is.
    async fn begin_pepper(
        &mut self,
        start: &PepperStart,
        begun: &Begun,
    ) -> Result<Written, Failure> {
        let mut steps = Vec::new();
        if self.find_begin(&start.signer).await?.is_none() {
            let value = signers::write(&begun.head, &start.signer);
            let name = signers::name_of(start.signer.version);
            steps.push(Step::Query(
                PUT_SETTING,
                vec![Box::new(name), Box::new(value)],
            ));
            for (name, value) in &start.settings {
                let values: Vec<Parameter<'_>> = vec![Box::new(*name), Box::new(value.as_slice())];
                steps.push(Step::Query(PUT_SETTING, values));
            }
        }
        self.beginning = Some(start.signer.clone());
        self.commit_steps(steps, &begun.head, &begun.head, Touched::default())
            .await?;
        Ok(Written::Noted)
    }

    /// Signs with a newer key from now on, if the transaction was made behind which it begins.
    pub(super) async fn take_up(&mut self) -> Result<(), Failure> {
        let Some(signer) = self.beginning.clone() else {
            return Ok(());
        };
        let is_newer = signer.version != self.signers.newest().version;
        if let Some(head) = self.find_begin(&signer).await?.filter(|_| is_newer) {
            self.signers.begin(signer, head);
        }
        self.beginning = None;
        Ok(())
    }

    /// Prunes a batch of the events from before an instant, never the newest one.
    async fn prune(
        &mut self,
        write: &Write,
        before_ms: i64,
        begun: &Begun,
    ) -> Result<Result<Written, Error>, Failure> {
        let checkpoint = self.ask(prune::CHECKPOINT, Vec::new()).await?;
        let pruned = match prune::begin(&checkpoint, &self.signers) {
            Ok(pruned) => pruned,
            Err(refusal) => {
                self.session.roll_back().await?;
                return Ok(Err(refusal));
            }
        };
        let values: Vec<Parameter<'_>> =
            vec![Box::new(pruned.position), Box::new(prune::BATCH_LEN + 1)];
        let rows = self.ask(prune::WALK, values).await?;
        let newest = begun.head.position;
        let last = match prune::walk(&rows, &pruned, before_ms, newest, &self.signers) {
            Ok(last) if last.position > pruned.position => last,
            Ok(_) => {
                self.session.roll_back().await?;
                let (count, has_more) = (0, false);
                return Ok(Ok(Written::Pruned { count, has_more }));
            }
            Err(refusal) => {
                self.session.roll_back().await?;
                return Ok(Err(refusal));
            }
        };
        let count = last.position - pruned.position;
        let signer = self.signers.newest().clone();
        let told = [prune::event(count, last.position, begun.now_ms, write)];
        let appended = Appended::behind(&told, &begun.head, &signer);
        let mut steps = prune::steps(&last, &signer);
        steps.extend(appended.step());
        let ends_at = appended.head().unwrap_or(&begun.head);
        self.commit_steps(steps, &begun.head, ends_at, Touched::default())
            .await?;
        let has_more = count == prune::BATCH_LEN;
        Ok(Ok(Written::Pruned { count, has_more }))
    }

    /// Where a key begins, if it has.
    async fn find_begin(&mut self, signer: &Pepper) -> Result<Option<Head>, Failure> {
        let name = signers::name_of(signer.version);
        let rows = self.ask(SETTING, vec![Box::new(name)]).await?;
        let found: Option<Vec<u8>> = rows.first().map(|row| get(row, 0)).transpose()?;
        Ok(found.and_then(|found| signers::read(&found, signer)))
    }

    /// Asks inside the transaction.
    async fn ask(
        &mut self,
        text: &'static str,
        values: Vec<Parameter<'_>>,
    ) -> Result<Vec<Row>, Failure> {
        let session = self.session.current()?;
        let answer = session.query(text, values).await;
        match answer {
            Ok(rows) => Ok(rows),
            Err(error) => {
                let failure = Failure::of(&error, &session.session);
                self.session.drop();
                Err(failure)
            }
        }
    }
}

fn get<T: tokio_postgres::types::FromSqlOwned>(row: &Row, index: usize) -> Result<T, Failure> {
    row.try_get(index)
        .map_err(|error| Failure::Statement(Error::internal(error)))
}
