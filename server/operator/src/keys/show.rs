//! How keys and verdicts are shown to people.
//! Leaves what is asked and answered to `keys`.

use chrono::{DateTime, Utc};
use keywright_sdk::control::types::{EndedKey, IssuedKey, Key, KeyState, RateState, Verdict};

use super::super::output::{Card, Row, instant, list, or_dash, yes_or_no};
use super::super::value::{credits_text, rate_limits_text, span_text};

/// When a key ends by itself: when it expires, or sooner, with its grace.
fn end_of(key: &Key) -> Option<&DateTime<Utc>> {
    key.expires_at.iter().chain(&key.replaced_at).min()
}

impl Row for Key {
    const HEADINGS: &'static [&'static str] = &[
        "ID",
        "KIND",
        "NAME",
        "HINT",
        "STATE",
        "OWNER",
        "EXPIRES",
        "LAST USED",
    ];
    const DISPENSABLE: &'static [&'static str] = &["OWNER", "LAST USED", "HINT", "KIND", "EXPIRES"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.kind.to_string(),
            or_dash(self.name.as_ref()),
            self.hint.clone(),
            self.state.to_string(),
            self.owner_id.to_string(),
            or_dash(end_of(self).map(instant)),
            or_dash(self.last_used_at.as_ref().map(instant)),
        ]
    }
}

impl Card for Key {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let credits = self.credits.as_ref();
        let mut facts = vec![
            ("key", self.id.to_string()),
            ("kind", self.kind.to_string()),
            ("owner", self.owner_id.to_string()),
            ("name", or_dash(self.name.as_ref())),
            ("hint", self.hint.clone()),
            ("state", self.state.to_string()),
            ("enabled", yes_or_no(self.enabled)),
            ("scopes", list(&self.scopes)),
            ("created", instant(&self.created_at)),
            ("expires", or_dash(self.expires_at.as_ref().map(instant))),
            (
                "last used",
                or_dash(self.last_used_at.as_ref().map(instant)),
            ),
            ("uses", self.uses.to_string()),
            ("rate limits", rate_limits_text(&self.rate_limits)),
            (
                "credits",
                or_dash(
                    credits.map(|credits| credits_text(credits.remaining, credits.refill.as_ref())),
                ),
            ),
            ("allowed from", list(&self.ip_allow)),
        ];
        if let Some(reach) = self.reach {
            facts.push(("reach", reach.to_string()));
        }
        if let Some(at) = &self.replaced_at {
            let is_over = self.state != KeyState::Live;
            let what = if is_over { "replaced" } else { "works until" };
            facts.push((what, instant(at)));
        }
        if let Some(id) = self.replaced_by {
            facts.push(("replaced by", id.to_string()));
        }
        if let Some(at) = &self.revoked_at {
            facts.push(("revoked", instant(at)));
        }
        if let Some(reason) = self.revocation_reason {
            facts.push(("reason", reason.to_string()));
        }
        if !self.metadata.is_empty() {
            facts.push((
                "metadata",
                serde_json::Value::from(self.metadata.clone()).to_string(),
            ));
        }
        if !self.unreadable.is_empty() {
            facts.push(("unreadable", list(&self.unreadable)));
        }
        facts
    }
}

impl Card for IssuedKey {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = self.key.facts();
        if let Some(id) = self.client_id {
            facts.push(("client id", id.to_string()));
        }
        facts
    }
}

impl Card for EndedKey {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("key", self.id.to_string()),
            ("kind", self.kind.to_string()),
            ("revoked", instant(&self.revoked_at)),
        ]
    }
}

/// A verdict and which of the given keys it is on, counted from 1.
pub(super) struct Numbered(pub(super) usize, pub(super) Verdict);

impl Row for Numbered {
    const HEADINGS: &'static [&'static str] = &[
        "#", "VALID", "CODE", "KEY", "KIND", "NAME", "OWNER", "LEFT", "CREDITS",
    ];

    fn cells(&self) -> Vec<String> {
        let Self(number, verdict) = self;
        let key = verdict.key.as_ref();
        vec![
            number.to_string(),
            yes_or_no(verdict.valid),
            verdict.code.to_string(),
            or_dash(key.map(|key| key.id)),
            or_dash(key.map(|key| key.kind)),
            or_dash(key.and_then(|key| key.name.as_ref())),
            or_dash(key.map(|key| key.owner_id)),
            or_dash(verdict.rate_limit.as_ref().map(|limit| limit.remaining)),
            or_dash(verdict.credits.as_ref().map(|credits| credits.remaining)),
        ]
    }
}

impl Card for Verdict {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("valid", yes_or_no(self.valid)),
            ("verdict", self.code.to_string()),
        ];
        if let Some(key) = &self.key {
            facts.extend([
                ("key", key.id.to_string()),
                ("kind", key.kind.to_string()),
                ("owner", key.owner_id.to_string()),
                ("name", or_dash(key.name.as_ref())),
                ("scopes", list(&key.scopes)),
                ("expires", or_dash(key.expires_at.as_ref().map(instant))),
            ]);
            if !key.metadata.is_empty() {
                facts.push((
                    "metadata",
                    serde_json::Value::from(key.metadata.clone()).to_string(),
                ));
            }
        }
        if let Some(limit) = &self.rate_limit {
            facts.push(("rate limit", rate_state_text(limit)));
        }
        if let Some(credits) = &self.credits {
            facts.push(("credits", format!("{} left", credits.remaining)));
        }
        facts
    }
}

fn rate_state_text(limit: &RateState) -> String {
    let rested = match limit.reset_seconds {
        0 => String::new(),
        seconds => format!(", all again in {}", span_text(seconds)),
    };
    let retry = limit.retry_after_seconds.map_or_else(String::new, |wait| {
        format!(", try again in {}", span_text(wait))
    });
    format!(
        "{}: {} of {} left{rested}{retry}",
        limit.name, limit.remaining, limit.burst
    )
}
