//! The rows of events, appended behind the head that was read under the lock.
//! Leaves what an event says to the rules, and what its MAC covers to `store::event`.

use keywright_model::secret::Pepper;
use keywright_store::event::{Event, Head};
use uuid::Uuid;

use crate::flight::{Parameter, Step};

pub(super) const APPEND: &str = "INSERT INTO events (position, at_ms, actor, action, target, related, owner, outcome, \
         detail, request_id, server_request_id, address, touched, mac) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], \
         $8::text[], $9::text[], $10::uuid[], $11::uuid[], $12::text[], $13::bytea[], $14::bytea[])";

/// Events behind a head, each with its position and MAC.
pub(crate) struct Appended<'e> {
    events: Vec<(&'e Event<'e>, Head)>,
}

impl<'e> Appended<'e> {
    /// Puts these events behind a head.
    pub(crate) fn behind(events: &'e [Event<'e>], head: &Head, signer: &Pepper) -> Self {
        let mut last = head.clone();
        let events = events.iter().map(|event| {
            last = event.append(&last, signer);
            (event, last.clone())
        });
        Self {
            events: events.collect(),
        }
    }

    /// Where the events end then, unless there are none.
    pub(crate) fn head(&self) -> Option<&Head> {
        self.events.last().map(|(_, head)| head)
    }

    /// What writes them, if there are any.
    pub(crate) fn step(&self) -> Option<Step<'_>> {
        if self.events.is_empty() {
            return None;
        }
        let values: Vec<Parameter<'_>> = vec![
            self.of(|_, head| head.position),
            self.of(|event, _| event.at_ms),
            self.of(|event, _| event.trail.actor.to_string()),
            self.of(|event, _| event.action.word()),
            self.of(|event, _| event.target),
            self.of(|event, _| event.related),
            self.of(|event, _| event.owner.map(|id| id.0)),
            self.of(|event, _| event.outcome.word()),
            self.of(|event, _| event.detail.as_deref()),
            self.of(|event, _| event.trail.request_id.0),
            self.of(|event, _| -> Option<Uuid> { event.trail.server_request_id.map(|id| id.0) }),
            self.of(|event, _| event.address()),
            self.of(|event, _| (!event.touched.is_empty()).then_some(event.touched.as_slice())),
            self.of(|_, head| head.mac.as_slice()),
        ];
        Some(Step::Query(APPEND, values))
    }

    fn of<'s, V>(&'s self, value: impl Fn(&'s Event<'e>, &'s Head) -> V) -> Parameter<'s>
    where
        Vec<V>: tokio_postgres::types::ToSql + Send + Sync + 's,
    {
        let events = self.events.iter();
        Box::new(
            events
                .map(|(event, head)| value(event, head))
                .collect::<Vec<V>>(),
        )
    }
}
