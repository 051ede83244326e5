//! What is kept and how it is asked for, in domain words; each engine is a crate of its own.
//! Leaves every rule about who may do what to `core`.

mod amendment;
pub mod bloom_filter;
pub mod cache;
mod cached;
mod change;
pub mod command;
mod commits;
pub mod copy;
mod decision;
mod engine;
pub mod event;
pub mod event_chain;
mod export;
mod filter;
pub mod freshness;
mod maintenance;
mod marks;
mod needs;
mod outcome;
pub mod private;
pub mod region;
pub mod rows;
pub mod signers;
pub mod snapshot;
pub mod wait_queue;
pub mod windows;

pub use amendment::{Amendment, KeyAmendment, NewCredits};
pub use cache::Counts;
pub use cached::{Cached, Source};
pub use change::{
    Authority, Change, NewKey, NewReplay, Notice, Place, Rekeyed, Reservation, Settlement, Trail,
    Write,
};
pub use command::Command;
pub use commits::CommitStats;
pub use decision::{Decide, Decision, RowChange, Undecided};
pub use engine::{
    Engine, LeftUndone, LookUp, OpenDatabase, ReadFrom, Reading, Refused, StartLock, Writes,
};
pub use event::{EVENTS, Head, HeadError};
pub use export::{ExportHeader, ExportedEvent};
pub use filter::{EventFilter, KeyFilter, OwnerFilter, Part};
pub use maintenance::{
    Broken, Depth, DigestCount, Finding, Grade, Lost, LostEvents, Maintenance, MaintenanceError,
    Proven, REVOKED_TOKEN, Schema, SettingsChange, UnreadableRow, Visit, Walked,
};
pub use marks::Marks;
pub use needs::{LineagePart, Needs};
pub use outcome::{Replayed, Written};
pub use signers::{PepperStart, Signers};
pub use snapshot::Snapshot;

/// The most digests that one look-up tries: as many peppers can be in use at once.
pub const DIGESTS_MAX: usize = 4;
