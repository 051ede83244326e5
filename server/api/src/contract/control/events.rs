//! The events: who did what, and who was refused.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::{Control, check_len, examples, page, page_len};
use crate::contract::number::digits;
use crate::contract::{Failure, FilteringCaller, Query, WireId, instant};
use keywright_core::keyring::{End, EventQuery, Keyring, ReadEvents};
use keywright_model::error::Error;
use keywright_model::event::{self, EventRecord};

/// Something that was done, or refused.
#[derive(Serialize, ToSchema)]
struct Event {
    /// Where the event stands among all. Later ones have greater positions.
    position: i64,
    /// When it happened. What is counted is told when its minute is over.
    #[schema(format = DateTime)]
    at: String,
    /// Who did it: `root`, `key:` or `token:` and an identifier, `issuer:` and the name of a
    /// trusted issuer of tokens with a space and the token's subject if it has one, `server`, or
    /// `anonymous`.
    actor: String,
    #[schema(value_type = EventAction)]
    action: String,
    /// The key, user or organization that it was done to. Of a rotation, the old key, or the new
    /// one where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<Uuid>,
    /// What else it is about. Of a rotation, the new key; of a key that ended because its successor
    /// was revoked, that successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    related_id: Option<Uuid>,
    /// The user or organization that it was done to or that owns the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<Uuid>,
    #[schema(value_type = EventOutcome)]
    outcome: String,
    /// More about it, such as which operation was refused and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The request that did it, as in `X-Request-Id`: the caller may have chosen it. Of several that
    /// were counted, the first.
    request_id: Uuid,
    /// The same request by an id that the server has given it, which no other request has. Left out
    /// where there was no request, and in events from before there was such an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_request_id: Option<Uuid>,
    /// The address that the request came from. Left out when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// Makes the wire form of a domain enum that has its very words.
macro_rules! wire_words {
    ($(#[doc = $doc:literal])* $name:ident of $domain:ty) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name($domain);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                let unknown = || D::Error::unknown_variant(&word, <$domain>::WORDS);
                <$domain>::from_word(&word).map(Self).ok_or_else(unknown)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let description = [$($doc.trim()),*].join("\n");
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(description))
                    .enum_values(Some(<$domain>::WORDS.iter().copied()))
                    .into()
            }
        }

        impl ToSchema for $name {}
    };
}

wire_words! {
    /// What was done. `owner.deleted` is the end of all the owner's keys, too: none has an event of
    /// its own for it. `access.denied` stands for the 403s to a known caller in one operation and one
    /// minute: `detail` says why, and how often. Up to 8 callers of an owner have theirs, and one
    /// more, by `server`, has the number of all others of that owner. At most 98 tell of a minute;
    /// what is refused beyond them is one more, with their number. `access.unknown` stands for the
    /// 401s, and for secrets that were to be revoked and that no key has: no credential, or one
    /// that is unknown, unreadable or no longer works; at most one a minute, with their number in
    /// `detail`. `token.revoked` is the end of one access token of the client key `target_id`, and
    /// `related_id` is the token's `jti`. `events.pruned` is the end of the oldest events, and
    /// `detail` says up to which position. `settings.changed` is the end of a value on which all
    /// servers of a database agreed: `detail` says of which setting, and what it is now. Where there
    /// are several servers, each counts refusals by itself.
    EventAction of event::EventAction
}

wire_words! {
    /// Whether it was done, or refused.
    EventOutcome of event::EventOutcome
}

/// Oldest first, or newest first.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[schema(default = "asc")]
#[serde(rename_all = "snake_case")]
pub(super) enum EventOrder {
    #[default]
    Asc,
    Desc,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(super) struct EventPage {
    /// The events, in the order that was asked for.
    items: Vec<Event>,
    /// Where the next page begins. With the oldest first it is there whenever the page is not
    /// empty, so that later events can be asked for; with the newest first, only if there are
    /// more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which events to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventFilter {
    /// Only what this actor did, in exactly the form that an event has it.
    #[param(min_length = 1, max_length = 300)]
    actor: Option<String>,
    /// Only events of this kind.
    action: Option<EventAction>,
    /// Only what was done to this key, user or organization.
    #[param(value_type = Option<Uuid>)]
    target_id: Option<WireId>,
    /// Only what was done to this user or organization or to its keys.
    #[param(value_type = Option<Uuid>)]
    owner_id: Option<WireId>,
    /// Only events with this outcome.
    outcome: Option<EventOutcome>,
    /// Only events with a greater position than this.
    #[param(minimum = 0)]
    #[serde(default, deserialize_with = "digits")]
    after: Option<i64>,
    /// Whether the oldest events come first (`asc`) or the newest (`desc`).
    order: Option<EventOrder>,
    /// The most events to answer.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "digits")]
    limit: Option<u32>,
    /// Where to go on, from `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 512)]
    cursor: Option<String>,
}

/// List events
///
/// Answers the events that match every filter, a page at a time: who changed what, and who was
/// denied. Verdicts of `/v1/keys/verify` and answers with 429 leave no event. Refusals are counted,
/// and told when their minute is over. To follow events as they happen, go on from `next_cursor` of
/// the last page that had any. Needs the scope `events:read`.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(EventFilter),
    responses(
        (status = 200, body = EventPage, description = "A page of events.",
            example = examples::event_page),
        (status = 410),
    ),
)]
pub(super) async fn list_events(
    State(keyring): State<Arc<Keyring>>,
    caller: FilteringCaller<Control, ReadEvents>,
    filter: Query<Control, EventFilter>,
) -> Result<Response, Failure<Control>> {
    let query: EventQuery = filter.0.try_into()?;
    let next_cursor = if query.is_descending {
        End::next_cursor
    } else {
        End::cursor_behind
    };
    let events = keyring.list_events(&caller, query).await?;
    Ok(page(events, Event::from, next_cursor).await?)
}

impl TryFrom<EventFilter> for EventQuery {
    type Error = Error;

    fn try_from(filter: EventFilter) -> Result<Self, Error> {
        check_len("actor", filter.actor.as_deref(), 1..=300)?;
        if let Some(after) = filter.after.filter(|after| *after < 0) {
            let detail = format!("after must be 0 or more, got {after}");
            return Err(Error::malformed("after", detail));
        }
        Ok(Self {
            actor: filter.actor,
            action: filter.action.map(|EventAction(action)| action),
            target_id: filter.target_id.map(|id| id.0),
            owner_id: filter.owner_id.map(|id| id.0),
            outcome: filter.outcome.map(|EventOutcome(outcome)| outcome),
            after: filter.after,
            is_descending: filter.order.unwrap_or_default() == EventOrder::Desc,
            cursor: filter.cursor,
            limit: page_len(filter.limit)?,
        })
    }
}

impl From<EventRecord> for Event {
    fn from(record: EventRecord) -> Self {
        Self {
            position: record.position,
            at: instant(record.at_ms),
            actor: record.actor,
            action: record.action,
            target_id: record.target_id,
            related_id: record.related_id,
            owner_id: record.owner_id,
            outcome: record.outcome,
            detail: record.detail,
            request_id: record.request_id,
            server_request_id: record.server_request_id,
            address: record.address,
        }
    }
}
