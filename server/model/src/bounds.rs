//! What bounds a key: a key hands out nothing that is wider than itself, and changes nothing that is.
//! Leaves the moments at which that must hold to `keyring` and `store`.

use crate::address::Network;
use crate::error::{Error, Violation};
use crate::key::{Key, Kind, Reach};
use crate::limit::RateLimit;
use crate::scope::{Scope, Scopes};

/// Whether a key of the kind `maker` acts by its own authority on one of the kind `made`, so that its bounds
/// are that one's, too.
#[must_use]
pub const fn pass_on(maker: Kind, made: Kind) -> bool {
    matches!(
        (maker, made),
        (Kind::Control, Kind::Control)
            | (Kind::Client, Kind::Client | Kind::Named)
            | (Kind::Named, Kind::Named)
    )
}

/// Lets a new key have the bounds of its maker, wherever nothing else was asked for. An end is asked for where a
/// control key is made; any other has one by the longest life that the configuration allows.
pub fn inherit(key: &mut Key, maker: &Key) {
    let end_ms = match (key.expires_at_ms, maker.ends_at_ms()) {
        (Some(given), Some(end_ms)) if key.kind != Kind::Control => Some(given.min(end_ms)),
        (asked, end_ms) => asked.or(end_ms),
    };
    key.end_is_given &= end_ms == key.expires_at_ms;
    key.expires_at_ms = end_ms;
    if key.ip_allow.is_empty() {
        key.ip_allow.clone_from(&maker.ip_allow);
    }
    if key.rate_limits.is_empty() {
        key.rate_limits.clone_from(&maker.rate_limits);
    }
}

/// Makes sure that what a caller asks for lies within the bounds of the key that asks.
///
/// # Errors
/// `ScopeInsufficient`, or `WiderThanCaller` with the members that are too wide.
pub fn check_wish(key: &Key, maker: &Key) -> Result<(), Error> {
    check_scopes(key, maker)?;
    let violations = excess(key, maker).map(|(member, rule)| {
        let place = if member == CREDITS { "" } else { member };
        Violation::new(place, format!("{} {rule}", noun(member)))
    });
    refuse(violations.collect())
}

/// Makes sure that a key which is there lies within the bounds of the one that would end, change or replace it.
///
/// # Errors
/// `ScopeInsufficient`, or `WiderThanCaller`.
pub fn check_target(key: &Key, caller: &Key) -> Result<(), Error> {
    check_scopes(key, caller)?;
    let members: Vec<&str> = excess(key, caller)
        .map(|(member, _)| noun(member))
        .collect();
    if members.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "the key is wider than the caller's own in {}: use the root key, or a control key that is as wide",
        members.join(", ")
    );
    refuse(vec![Violation::new("", detail)])
}

/// Makes sure that a key that changes the credits of another has none to count itself.
///
/// # Errors
/// `WiderThanCaller`.
pub fn check_credits_change(key: &Key, caller: &Key) -> Result<(), Error> {
    if caller.credits.is_none() || !pass_on(caller.kind, key.kind) {
        return Ok(());
    }
    let rule = format!("{} {CREDITS_RULE}", noun(CREDITS));
    refuse(vec![Violation::new(CREDITS, rule)])
}

/// The scopes of a token or a client key in the words of `named-keys`.
#[must_use]
pub fn named_scopes(scopes: &Scopes) -> Scopes {
    const READ: Scope = Scope::known("Read");
    const WRITE: Scope = Scope::known("Write");
    let reads = scopes.has(&READ) || scopes.has(&Scope::known("read:api-key"));
    let writes = scopes.has(&WRITE)
        || scopes.cover(&[
            Scope::known("create:api-key"),
            Scope::known("delete:api-key"),
        ]);
    let held = [(reads, READ), (writes, WRITE)];
    held.into_iter()
        .filter_map(|(is_held, scope)| is_held.then_some(scope))
        .collect()
}

const CREDITS: &str = "/credits";
const CREDITS_RULE: &str =
    "bound the caller's key, and such a key hands out none: use one without credits";

fn noun(member: &'static str) -> &'static str {
    member.trim_start_matches('/')
}

fn refuse(violations: Vec<Violation>) -> Result<(), Error> {
    if violations.is_empty() {
        return Ok(());
    }
    Err(Error::WiderThanCaller(violations))
}

fn check_scopes(key: &Key, caller: &Key) -> Result<(), Error> {
    let own = match (caller.kind, key.kind) {
        (Kind::Client, Kind::Named) => named_scopes(&caller.scopes),
        _ => caller.scopes.clone(),
    };
    if own.cover(key.scopes.as_slice()) {
        return Ok(());
    }
    Err(Error::ScopeInsufficient {
        required: key.scopes.as_slice().to_vec(),
        actual: own.as_slice().to_vec(),
    })
}

/// Where a key is wider than another, beside its scopes: pointers to the members, and the rule of each.
fn excess(key: &Key, than: &Key) -> impl Iterator<Item = (&'static str, String)> {
    let lives_on = than
        .ends_at_ms()
        .is_some_and(|end_ms| key.ends_at_ms().is_none_or(|at_ms| at_ms > end_ms));
    let is_elsewhere = !than.ip_allow.is_empty()
        && (key.ip_allow.is_empty()
            || !key.ip_allow.iter().all(|one| lies_in(one, &than.ip_allow)));
    let loose = than
        .rate_limits
        .iter()
        .find(|own| !has_limit(&key.rate_limits, own));
    // Every key of the lineage takes from the same credits.
    let spends_more = than.credits.is_some() && key.lineage != than.lineage;
    let reaches_on = key.reach == Reach::All && than.reach != Reach::All;
    let found = [
        lives_on.then(|| {
            let rule = "must not lie behind the end of the caller's own key: choose an earlier instant";
            ("/expires_at", rule.to_owned())
        }),
        is_elsewhere.then(|| {
            let rule = "must lie within the networks of the caller's own key: choose some of those";
            ("/ip_allow", rule.to_owned())
        }),
        loose.map(|RateLimit { name, limit }| {
            let rule = format!(
                "must hold '{name}' and let no more through than the caller's own key: at most {} in {} \
                 seconds, {} at once",
                limit.count, limit.window_s, limit.burst
            );
            ("/rate_limits", rule)
        }),
        spends_more.then(|| (CREDITS, CREDITS_RULE.to_owned())),
        reaches_on.then(|| {
            let rule = "must be 'owner': the root key and control keys of reach 'all' give 'all'";
            ("/reach", rule.to_owned())
        }),
    ];
    found.into_iter().flatten()
}

fn lies_in(network: &Network, networks: &[Network]) -> bool {
    networks.iter().any(|other| other.holds(*network))
}

fn has_limit(limits: &[RateLimit], wanted: &RateLimit) -> bool {
    let mut limits = limits.iter();
    limits.any(|own| own.name == wanted.name && own.limit.is_within(wanted.limit))
}

#[cfg(test)]
mod tests {
    use super::named_scopes;
    use crate::scope::Scopes;

    #[test]
    fn token_scopes_mean_the_same_in_both_contracts() {
        let meaning = |list: &str| named_scopes(&Scopes::read(list).unwrap()).to_string();
        assert_eq!(meaning("read:api-key"), "Read");
        assert_eq!(meaning("create:api-key"), "");
        assert_eq!(meaning("create:api-key delete:api-key"), "Write");
        assert_eq!(meaning("Write Read other"), "Read Write");
    }
}
