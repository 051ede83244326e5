//! The row of an event, as a list shows it.
//! Leaves how events are appended and proved to the engines.

use keywright_model::event::EventRecord;

use super::columns::{Columns, columns};
use super::{Misread, Values};

columns! {
    /// Of `events`.
    EventColumn {
        Position: "position",
        At: "at_ms",
        Actor: "actor",
        Action: "action",
        Target: "target",
        Related: "related",
        Owner: "owner",
        Outcome: "outcome",
        Detail: "detail",
        RequestId: "request_id",
        ServerRequestId: "server_request_id",
        Address: "address",
    }
}

/// An event.
///
/// # Errors
/// When something of it cannot be read.
pub fn event(row: &impl Values) -> Result<EventRecord, Misread> {
    use EventColumn as C;
    let row = Columns::of(row, 0);
    Ok(EventRecord {
        position: row.get(C::Position)?,
        at_ms: row.get(C::At)?,
        actor: row.get(C::Actor)?,
        action: row.get(C::Action)?,
        target_id: row.get(C::Target)?,
        related_id: row.get(C::Related)?,
        owner_id: row.get(C::Owner)?,
        outcome: row.get(C::Outcome)?,
        detail: row.get(C::Detail)?,
        request_id: row.get(C::RequestId)?,
        server_request_id: row.get(C::ServerRequestId)?,
        address: row.get(C::Address)?,
    })
}
