//! The chain of events, walked row by row: whether each is as a server wrote it, and where they end.
//! Leaves the rows, and the snapshot in which they are read, to the engines.

use uuid::Uuid;

use keywright_model::secret::Digest;

use crate::event::{Head, Sealed, TouchedId, bytes, seal};
use crate::maintenance::{Broken, Proven, Visit, Walked};
use crate::marks::Marks;
use crate::rows::{Misread, Values};
use crate::signers::Signers;

/// The columns of a row that is walked, in the order in which they are read. A schema of before has NULL for those that
/// it lacks.
pub const WALKED: [&str; 14] = [
    "position",
    "at_ms",
    "actor",
    "action",
    "target",
    "outcome",
    "request_id",
    "address",
    "mac",
    "related",
    "owner",
    "detail",
    "server_request_id",
    "touched",
];

/// What is wrong where the walk meets the beginning of another key, and not by the event that it begins behind.
const OTHER_KEY: &str = "this is not the event behind which another pepper signs: it was changed, or comes from elsewhere";
const OTHER_MAC: &str =
    "the event does not bear out its MAC: it was changed, or comes from elsewhere";
/// What is wrong with a checkpoint that was changed.
pub const BAD_CHECKPOINT: &str =
    "the checkpoint behind which the events begin does not bear out its seal: it was changed";

/// An event in exactly the form in which a server writes one.
pub struct EventRow<'r> {
    at_ms: i64,
    actor: &'r str,
    action: &'r str,
    outcome: &'r str,
    address: &'r str,
    detail: &'r str,
    touched: &'r [u8],
    target: Option<Uuid>,
    related: Option<Uuid>,
    owner: Option<Uuid>,
    request_id: Option<Uuid>,
    server_request_id: Option<Uuid>,
}

/// A walk under way: the events up to its head are whole.
pub struct Chain<'s> {
    signers: &'s Signers,
    begin: Head,
    head: Head,
}

/// Why a walk ended early.
pub enum Stop {
    /// The events are not whole.
    Broken(Broken),
    /// They cannot be read, or what hears of each has failed.
    Failed(anyhow::Error),
}

/// The events of a database as of one moment.
pub trait EventSnapshot {
    /// The last event that was pruned, or what is wrong with what is written about it.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn begin(&self, signers: &Signers) -> anyhow::Result<Result<Head, Broken>>;

    /// Where the database says that its events end, or what is wrong with that.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn written_end(&self) -> anyhow::Result<Result<Head, String>>;

    /// Takes one row after the other into the chain, by the index of their positions, and shows each to `visit`.
    ///
    /// # Errors
    /// As soon as one is not whole, or `visit` fails.
    fn walk(
        &self,
        chain: &mut Chain<'_>,
        visit: &mut dyn FnMut(&Walked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop>;

    /// How many events there are, whatever an index says.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn count(&self) -> anyhow::Result<i64>;
}

impl<'r> EventRow<'r> {
    /// Reads what stands behind the position.
    fn read(row: &'r impl Values) -> Result<Self, String> {
        Ok(Self {
            at_ms: needed(row.integer(1), 1)?,
            actor: needed(row.text(2), 2)?,
            action: needed(row.text(3), 3)?,
            target: row.uuid(4).map_err(|_| form(4))?,
            outcome: needed(row.text(5), 5)?,
            request_id: Some(needed(row.uuid(6), 6)?),
            address: text_or_empty(row, 7)?,
            related: row.uuid(9).map_err(|_| form(9))?,
            owner: row.uuid(10).map_err(|_| form(10))?,
            detail: text_or_empty(row, 11)?,
            server_request_id: row.uuid(12).map_err(|_| form(12))?,
            touched: touched_or_empty(row, 13)?,
        })
    }

    /// When it happened, Unix milliseconds.
    #[must_use]
    pub fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// What its MAC covers.
    #[must_use]
    pub fn sealed(&self) -> Sealed<'_> {
        Sealed {
            at_ms: self.at_ms,
            actor: self.actor.as_bytes(),
            action: self.action.as_bytes(),
            target: bytes(self.target.as_ref()),
            outcome: self.outcome.as_bytes(),
            request_id: bytes(self.request_id.as_ref()),
            address: self.address.as_bytes(),
            more: Sealed::more_of([
                bytes(self.related.as_ref()),
                bytes(self.owner.as_ref()),
                self.detail.as_bytes(),
            ]),
            server_request_id: bytes(self.server_request_id.as_ref()),
            touched: self.touched,
        }
    }
}

impl<'s> Chain<'s> {
    /// A walk that begins behind the last event that was pruned.
    #[must_use]
    pub fn new(signers: &'s Signers, begin: Head) -> Self {
        let head = begin.clone();
        Self {
            signers,
            begin,
            head,
        }
    }

    /// Where it began.
    #[must_use]
    pub fn begin(&self) -> &Head {
        &self.begin
    }

    /// Where it has come to.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Takes in the next row, of the columns [`WALKED`].
    ///
    /// # Errors
    /// When it is not the next event as a server wrote it.
    pub fn take<'r>(&mut self, row: &'r impl Values) -> Result<EventRow<'r>, Broken> {
        self.end()?;
        let found = needed(row.integer(0), 0).map_err(|what| self.broken(what))?;
        if found != self.head.position + 1 {
            let what = format!("the event is missing: the next one is at {found}");
            return Err(self.broken(what));
        }
        let event = EventRow::read(row).map_err(|what| self.broken(what))?;
        let next = event.sealed().behind(&self.head, self.signers.at(found));
        let mac = needed(row.bytes(8), 8).map_err(|what| self.broken(what))?;
        if mac != next.mac {
            return Err(self.broken(OTHER_MAC.to_owned()));
        }
        self.head = next;
        Ok(event)
    }

    /// No row is left.
    ///
    /// # Errors
    /// When another key begins to sign here, and not behind this event.
    pub fn end(&self) -> Result<(), Broken> {
        if self.signers.meet(&self.head) {
            return Ok(());
        }
        Err(Broken {
            position: self.head.position,
            what: OTHER_KEY.to_owned(),
        })
    }

    /// Something is wrong with the next event.
    #[must_use]
    pub fn broken(&self, what: String) -> Broken {
        Broken {
            position: self.head.position + 1,
            what,
        }
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Walks all events of a snapshot, and answers where they begin and end, or where they are broken first.
///
/// `signers` are what signs events, `marks` what other walks have found or must find, and `visit` hears of
/// each event, and of the end that the database has written.
///
/// # Errors
/// When the database cannot be read, or `visit` fails.
pub fn walk_all(
    snapshot: &impl EventSnapshot,
    signers: &Signers,
    marks: &mut Marks,
    visit: &mut Visit<'_>,
) -> anyhow::Result<Result<Proven, Broken>> {
    let begin = match snapshot.begin(signers)? {
        Ok(begin) => begin,
        Err(broken) => return Ok(Err(broken)),
    };
    let known = snapshot.written_end()?;
    let written = known.clone().unwrap_or_default();
    if let Err(what) = marks.meet(&begin) {
        let position = begin.position;
        return Ok(Err(Broken { position, what }));
    }
    let mut chain = Chain::new(signers, begin);
    let walked = snapshot.walk(&mut chain, &mut |walked| {
        marks.meet(walked.head).map_err(|what| Broken {
            position: walked.head.position,
            what,
        })?;
        visit(walked, &written).map_err(Stop::Failed)
    });
    match walked {
        Ok(()) => {}
        Err(Stop::Broken(broken)) => return Ok(Err(broken)),
        Err(Stop::Failed(error)) => return Err(error),
    }
    let furthest = signers.furthest();
    let end = chain.head.position;
    if end < furthest {
        return Ok(Err(chain.broken(format!(
            "the events end at {end}, but another pepper signs those behind {furthest}: the end was cut off"
        ))));
    }
    if let Err(broken) = check_end(&chain, known, marks) {
        return Ok(Err(broken));
    }
    let (count, expected) = (snapshot.count()?, end - chain.begin.position);
    if count != expected {
        return Ok(Err(chain.broken(format!(
            "the table has {count} events, but its index leads to {expected} only"
        ))));
    }
    Ok(Ok(Proven {
        begin: chain.begin,
        end: chain.head,
    }))
}

/// Whether a walk has come to where the events must end.
fn check_end(chain: &Chain<'_>, known: Result<Head, String>, marks: &Marks) -> Result<(), Broken> {
    let end = chain.head.position;
    let known = known.map_err(|what| chain.broken(what))?;
    if known.position > end {
        return Err(chain.broken(format!(
            "the events end at {end}, but the database has written {}: the end was cut off",
            known.position
        )));
    }
    if known.position < end {
        let position = known.position + 1;
        let what = "this event lies behind the end that the database has written: \
                    the end was changed, or events were added"
            .to_owned();
        return Err(Broken { position, what });
    }
    if known != chain.head {
        let what = "the MAC that the database has written for its end is another one".to_owned();
        return Err(Broken {
            position: end,
            what,
        });
    }
    if let Some(kept) = marks.missed().filter(|kept| kept.position > end) {
        return Err(chain.broken(format!(
            "the events end at {end}, but the head that was kept is at {}: the end was cut off",
            kept.position
        )));
    }
    let furthest = marks.furthest();
    if furthest > end {
        return Err(chain.broken(format!(
            "the events end at {end}, but an export goes to {furthest}: the end was cut off"
        )));
    }
    Ok(())
}

/// The last event that was pruned, if its seal bears that out; without a checkpoint, the beginning of all.
///
/// # Errors
/// Says that it was changed.
pub fn prove_checkpoint(
    checkpoint: Option<(Head, Vec<u8>)>,
    signers: &Signers,
) -> Result<Head, String> {
    let Some((head, found)) = checkpoint else {
        return Ok(Head::default());
    };
    // Under the key of that time, or any later one: with an older one, newer events must not be sealed away.
    let mut since = signers.since(head.position);
    let is_sealed = <[u8; 32]>::try_from(found)
        .is_ok_and(|found| since.any(|signer| Digest(found).matches(&seal(&head, signer))));
    if is_sealed {
        Ok(head)
    } else {
        Err(BAD_CHECKPOINT.to_owned())
    }
}

/// What is wrong with a value that stands for nothing a server writes.
#[must_use]
pub fn form(column: usize) -> String {
    let name = WALKED[column];
    format!("its {name} has a form that no server writes: it was changed")
}

fn needed<T>(value: Result<Option<T>, Misread>, column: usize) -> Result<T, String> {
    value.ok().flatten().ok_or_else(|| form(column))
}

/// A text that may be left out, and is then not there at all: an empty one has the same MAC.
fn text_or_empty(row: &impl Values, column: usize) -> Result<&str, String> {
    match row.text(column) {
        Ok(None) => Ok(""),
        Ok(Some(text)) if !text.is_empty() => Ok(text),
        _ => Err(form(column)),
    }
}

/// What else was touched, if anything was.
fn touched_or_empty(row: &impl Values, column: usize) -> Result<&[u8], String> {
    match row.bytes(column) {
        Ok(None) => Ok(&[]),
        Ok(Some(bytes)) if !bytes.is_empty() && TouchedId::decode(bytes).is_some() => Ok(bytes),
        _ => Err(form(column)),
    }
}
