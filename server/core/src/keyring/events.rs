//! How the events are read.
//! Leaves what they say about refusals to `refusals`, and about changes to the store, which writes both in
//! one commit.

use std::sync::Arc;

use futures_util::stream::Stream;
use uuid::Uuid;

use super::keys::cursor_unknown;
use super::{Keyring, Listed, Permit, ReadEvents, parts};
use keywright_model::error::Error;
use keywright_model::event::{EventAction, EventOutcome, EventRecord};
use keywright_store::EventFilter;

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// By this actor only.
    pub actor: Option<String>,
    /// Of this action only.
    pub action: Option<EventAction>,
    /// With this outcome only.
    pub outcome: Option<EventOutcome>,
    /// About this key or owner only.
    pub target_id: Option<Uuid>,
    /// That concern this owner only.
    pub owner_id: Option<Uuid>,
    /// Behind this position only.
    pub after: Option<i64>,
    /// Newest first.
    pub is_descending: bool,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// The most items of a page.
    pub limit: u32,
}

impl Keyring {
    /// Events in the order that was asked for, a part at a time.
    ///
    /// # Errors
    /// `Malformed` if the cursor is none of ours; `EventsPruned`, in the list, if what is asked for was there once.
    pub async fn list_events(
        &self,
        permit: &Permit<ReadEvents>,
        query: EventQuery,
    ) -> Result<impl Stream<Item = Result<Listed<EventRecord>, Error>> + Send + use<>, Error> {
        self.settle_due_refusals().await;
        let cursor = query.cursor.as_deref().map(read_position).transpose()?;
        let (after, before) = if query.is_descending {
            (query.after, cursor)
        } else {
            (cursor.max(query.after), None)
        };
        let filter = EventFilter {
            actor: query.actor,
            action: query.action,
            outcome: query.outcome,
            target_id: query.target_id,
            owner_id: query.owner_id,
            within: permit.reaches_from(),
            after,
            before,
            is_descending: query.is_descending,
            len_max: 0,
        };
        let store = Arc::clone(&self.store);
        let read = move |filter, len_max| {
            let store = Arc::clone(&store);
            async move {
                store
                    .database()
                    .list_events(EventFilter { len_max, ..filter })
                    .await
            }
        };
        let pass = |filter: &mut EventFilter, event: &EventRecord| {
            let place = if filter.is_descending {
                &mut filter.before
            } else {
                &mut filter.after
            };
            *place = Some(event.position);
        };
        let cursor = |filter: &EventFilter| {
            let place = if filter.is_descending {
                filter.before
            } else {
                filter.after
            };
            place.map(|position| position.to_string())
        };
        Ok(parts::list(filter, query.limit, read, pass, cursor))
    }
}

/// The position in a cursor, which is spelt as a page spells it.
fn read_position(cursor: &str) -> Result<i64, Error> {
    let position = cursor.parse::<i64>().ok();
    // It has one spelling: any number of zeros could stand before another.
    let position = position.filter(|position| *position >= 0 && position.to_string() == cursor);
    position.ok_or_else(cursor_unknown)
}
