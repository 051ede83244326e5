//! The rules for what callers choose: names, scopes, prefixes, limits, networks.

use std::net::IpAddr;

use uuid::Uuid;

use keywright_model::address::{self, Network, NetworkError};
use keywright_model::error::{Error, Violation};
use keywright_model::key::{Kind, Reach};
use keywright_model::limit::RateLimit;
use keywright_model::owner::OwnerKind;
use keywright_model::scope::{SCOPES_LEN_MAX, Scope, Scopes};
use keywright_model::secret::{
    CLIENT_PREFIX, CONTROL_PREFIX, PREFIX_LEN_MAX, STANDARD_PREFIX, repeated,
};
use keywright_store::NewCredits;

/// The most characters in a name.
const NAME_LEN_MAX: usize = 100;
/// The pattern of a named key's name.
pub const NAMED_PATTERN: &str = "^[a-zA-Z0-9_-]+$";
const SCOPE_LEN_MAX: usize = 100;
const SCOPE_RULE: &str =
    "a scope must have 1 to 100 characters out of A to Z, a to z, 0 to 9 and _.:*/-";
const PLAN_LEN_MAX: usize = 64;
const LIMITS_LEN_MAX: usize = 16;
const LIMIT_NAME_LEN_MAX: usize = 64;
const LIMIT_MAX: u64 = 1 << 31;
/// The longest window of a limit, in seconds: 30 days.
const WINDOW_S_MAX: u32 = 2_592_000;
const CREDITS_MAX: i64 = 1_000_000_000_000;
const COST_MAX: i64 = 1_000_000;
const NETWORKS_LEN_MAX: usize = 64;
const EMAIL_LEN: std::ops::RangeInclusive<usize> = 3..=254;

const CLIENT_SCOPES: &[Scope] = &[
    Scope::known("create:api-key"),
    Scope::known("read:api-key"),
    Scope::known("delete:api-key"),
];
const NAMED_SCOPES: &[Scope] = &[Scope::known("Read"), Scope::known("Write")];
const CONTROL_SCOPES: &[Scope] = &[
    Scope::known("keys:verify"),
    Scope::known("keys:read"),
    Scope::known("keys:write"),
    Scope::known("owners:read"),
    Scope::known("owners:write"),
    Scope::known("events:read"),
];

/// The name of a client key: 1 to 100 characters, one of them not blank.
pub(super) fn check_client_name(name: &str) -> Result<(), Error> {
    check_text("/name", "name", name)?;
    if name.chars().all(is_blank) {
        return Err(Error::invalid(
            "/name",
            "name must have a character that is not blank",
        ));
    }
    Ok(())
}

/// The name of a named key; each rule has its own error, in the documented order.
pub(super) fn check_named_name(name: &str) -> Result<(), Error> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() {
        Err(Error::NameEmpty)
    } else if name.len() > NAME_LEN_MAX {
        Err(Error::NameTooLong {
            name: repeated(name).to_owned(),
            length: name.len(),
            maximum: NAME_LEN_MAX,
        })
    } else if name.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(Error::NameUnmatched {
            name: repeated(name).to_owned(),
        })
    }
}

/// Any other name: 1 to 100 characters.
pub(super) fn check_text(place: &str, noun: &str, text: &str) -> Result<(), Error> {
    let len = text.chars().count();
    if text.contains('\0') {
        return Err(Error::invalid(
            place,
            format!("{noun} must not contain U+0000"),
        ));
    }
    if len == 0 || len > NAME_LEN_MAX {
        let detail = format!("{noun} must have 1 to {NAME_LEN_MAX} characters, got {len}");
        return Err(Error::invalid(place, detail));
    }
    Ok(())
}

/// A given id: any UUID but the one that stands for none.
pub(super) fn check_id(id: Option<Uuid>) -> Result<(), Error> {
    if id.is_some_and(|id| id.is_nil()) {
        return Err(Error::invalid(
            "/id",
            "id must not be the nil UUID: choose another or leave it out",
        ));
    }
    Ok(())
}

/// A user's address: an `@` with something on both sides, and no control character anywhere.
pub(super) fn check_email(email: &str) -> Result<(), Error> {
    let has_sides = email
        .rsplit_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if has_sides
        && EMAIL_LEN.contains(&email.chars().count())
        && !email.bytes().any(|byte| byte.is_ascii_control())
    {
        return Ok(());
    }
    Err(Error::invalid(
        "/email",
        "email must look like name@example.com, 3 to 254 characters and no control character among them",
    ))
}

/// A plan's name.
pub(super) fn check_plan(plan: &str) -> Result<(), Error> {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    if (1..=PLAN_LEN_MAX).contains(&plan.len()) && plan.bytes().all(is_allowed) {
        return Ok(());
    }
    let detail = "plan must have 1 to 64 characters out of a to z, 0 to 9, _ and -";
    Err(Error::invalid("/plan", detail))
}

/// What the owner's kind must be for a key of this kind.
pub(super) fn check_owner_kind(kind: Kind, owner: OwnerKind) -> Result<(), Error> {
    let wanted = match kind {
        Kind::User => OwnerKind::User,
        Kind::Organization | Kind::Client | Kind::Named => OwnerKind::Organization,
        Kind::Standard | Kind::Control => return Ok(()),
    };
    if wanted == owner {
        return Ok(());
    }
    let (kind, wanted, owner) = (kind.word(), wanted.word(), owner.word());
    let detail = format!(
        "a key of kind '{kind}' needs an owner of kind '{wanted}', this is one of kind '{owner}'"
    );
    Err(Error::invalid("/owner_id", detail))
}

/// The name of a key of any kind, if its kind needs or allows one.
pub(super) fn check_key_name(kind: Kind, name: Option<&str>) -> Result<(), Error> {
    match (kind, name) {
        (Kind::Named, Some(name)) => check_named_name(name),
        (Kind::Named, None) => Err(Error::invalid("/name", "a named key needs a name: send it")),
        (Kind::Client, Some(name)) => check_client_name(name),
        (Kind::Client, None) => Err(Error::invalid(
            "/name",
            "a client key needs a name: send it",
        )),
        (Kind::User | Kind::Organization | Kind::Standard | Kind::Control, Some(name)) => {
            check_text("/name", "name", name)
        }
        (Kind::User | Kind::Organization | Kind::Standard | Kind::Control, None) => Ok(()),
    }
}

/// The scopes of a new key: those that were asked for, or those of its kind.
pub(super) fn check_scopes(kind: Kind, wanted: Option<Vec<String>>) -> Result<Scopes, Error> {
    let known = match kind {
        Kind::User | Kind::Organization => Some(&[] as &[Scope]),
        Kind::Client => Some(CLIENT_SCOPES),
        Kind::Named => Some(NAMED_SCOPES),
        Kind::Control => Some(CONTROL_SCOPES),
        Kind::Standard => None,
    };
    let Some(wanted) = wanted else {
        let defaults = match kind {
            Kind::Client | Kind::Named => known.unwrap_or_default(),
            Kind::User | Kind::Organization | Kind::Standard | Kind::Control => &[],
        };
        return Ok(defaults.iter().cloned().collect());
    };
    if wanted.len() > SCOPES_LEN_MAX {
        let detail = format!(
            "scopes takes at most {SCOPES_LEN_MAX}, got {}",
            wanted.len()
        );
        return Err(Error::invalid("/scopes", detail));
    }
    let mut violations = Vec::new();
    for (index, name) in wanted.iter().enumerate() {
        let place = format!("/scopes/{index}");
        match known {
            None if is_scope(name) => {}
            None => violations.push(Violation::new(place, SCOPE_RULE)),
            Some(known) if known.iter().any(|scope| scope.name() == name) => {}
            Some(known) => violations.push(Violation::new(place, unknown_scope(kind, known))),
        }
    }
    all_kept(violations)?;
    Ok(wanted.into_iter().map(|name| Scope(name.into())).collect())
}

/// Scopes that a caller asks for: as many and as long as a key may have.
pub(super) fn check_asked(place: &str, scopes: &[Scope]) -> Result<(), Error> {
    if scopes.len() > SCOPES_LEN_MAX {
        let detail = format!(
            "at most {SCOPES_LEN_MAX} scopes may be asked for, got {}",
            scopes.len()
        );
        return Err(Error::invalid(place, detail));
    }
    match scopes.iter().position(|scope| !is_scope(scope.name())) {
        None => Ok(()),
        Some(index) => Err(Error::invalid(format!("{place}/{index}"), SCOPE_RULE)),
    }
}

/// Whom a key acts on: only a control key acts on anybody.
pub(super) fn check_reach(kind: Kind, reach: Option<Reach>) -> Result<(), Error> {
    if reach.is_none() || kind == Kind::Control {
        return Ok(());
    }
    let detail = "reach may be chosen for kind 'control' only: leave it out";
    Err(Error::invalid("/reach", detail))
}

/// The prefix of a new key's secret.
pub(super) fn check_prefix(kind: Kind, prefix: Option<&str>) -> Result<(), Error> {
    let Some(prefix) = prefix else { return Ok(()) };
    let own = match kind {
        Kind::Standard => STANDARD_PREFIX,
        Kind::Control => CONTROL_PREFIX,
        Kind::User | Kind::Organization | Kind::Client | Kind::Named => {
            let detail =
                "prefix may be chosen for kind 'standard' and 'control' only: leave it out";
            return Err(Error::invalid("/prefix", detail));
        }
    };
    let is_tail = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let starts_well = prefix
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    if !starts_well || prefix.len() > PREFIX_LEN_MAX || !prefix.bytes().all(is_tail) {
        let detail = "prefix must have 1 to 16 characters out of a to z and 0 to 9, a letter first";
        return Err(Error::invalid("/prefix", detail));
    }
    if prefix != own && [STANDARD_PREFIX, CONTROL_PREFIX, CLIENT_PREFIX].contains(&prefix) {
        let detail = format!("prefix '{prefix}' stands for another kind of key: choose another");
        return Err(Error::invalid("/prefix", detail));
    }
    Ok(())
}

/// The windows of a key or an owner: at most 16, each with a name of its own.
pub(super) fn check_limits(limits: &[RateLimit]) -> Result<(), Error> {
    if limits.len() > LIMITS_LEN_MAX {
        let detail = format!(
            "rate_limits takes at most {LIMITS_LEN_MAX}, got {}",
            limits.len()
        );
        return Err(Error::invalid("/rate_limits", detail));
    }
    let mut violations = Vec::new();
    for (index, RateLimit { name, limit }) in limits.iter().enumerate() {
        let mut refuse = |member: &str, rule: String| {
            let place = format!("/rate_limits/{index}/{member}");
            violations.push(Violation::new(place, format!("{member} {rule}")));
        };
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if !(1..=LIMIT_NAME_LEN_MAX).contains(&name.len()) || !name.bytes().all(is_allowed) {
            let rule = "must have 1 to 64 characters out of a to z, 0 to 9, _ and -";
            refuse("name", rule.to_owned());
        } else if limits[..index].iter().any(|other| other.name == *name) {
            refuse(
                "name",
                format!("must be unique, '{}' stands here twice", repeated(name)),
            );
        }
        if limit.count > LIMIT_MAX {
            refuse(
                "limit",
                format!("must be 0 to {LIMIT_MAX}, got {}", limit.count),
            );
        }
        if !(1..=WINDOW_S_MAX).contains(&limit.window_s) {
            let rule = format!("must be 1 to {WINDOW_S_MAX}, got {}", limit.window_s);
            refuse("window_seconds", rule);
        }
        // A burst that was left out is the limit, which has been told of.
        let is_told = limit.count > LIMIT_MAX && limit.burst == limit.count;
        if !(1..=LIMIT_MAX).contains(&limit.burst) && !is_told {
            refuse(
                "burst",
                format!("must be 1 to {LIMIT_MAX}, got {}", limit.burst),
            );
        }
    }
    all_kept(violations)
}

/// The credits of a key.
pub(super) fn check_credits(credits: NewCredits) -> Result<(), Error> {
    let mut violations = Vec::new();
    if !(0..=CREDITS_MAX).contains(&credits.remaining) {
        let got = credits.remaining;
        let detail = format!("remaining must be 0 to {CREDITS_MAX}, got {got}");
        violations.push(Violation::new("/credits/remaining", detail));
    }
    let amount = credits.refill.map_or(1, |refill| refill.amount);
    if !(1..=CREDITS_MAX).contains(&amount) {
        let detail = format!("amount must be 1 to {CREDITS_MAX}, got {amount}");
        violations.push(Violation::new("/credits/refill/amount", detail));
    }
    all_kept(violations)
}

/// The networks that a key may be used from.
pub(super) fn read_networks(texts: &[String]) -> Result<Vec<Network>, Error> {
    if texts.len() > NETWORKS_LEN_MAX {
        let detail = format!(
            "ip_allow takes at most {NETWORKS_LEN_MAX}, got {}",
            texts.len()
        );
        return Err(Error::invalid("/ip_allow", detail));
    }
    let mut networks = Vec::new();
    let mut violations = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(network) if networks.contains(&network) => {}
            Ok(network) => networks.push(network),
            Err(error) => {
                let error: NetworkError = error;
                let place = format!("/ip_allow/{index}");
                violations.push(Violation::new(
                    place,
                    format!("'{}' {error}", repeated(text)),
                ));
            }
        }
    }
    all_kept(violations).map(|()| networks)
}

/// An end that still lies ahead.
pub(super) fn check_future(expires_at_ms: Option<i64>, now_ms: i64) -> Result<(), Error> {
    if expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
        let detail = "expires_at must lie in the future";
        return Err(Error::invalid("/expires_at", detail));
    }
    Ok(())
}

/// An end no later than the last one that is allowed, if there is such.
pub(super) fn check_lifetime(
    expires_at_ms: Option<i64>,
    end_max_ms: Option<i64>,
) -> Result<(), Error> {
    match (expires_at_ms, end_max_ms) {
        (_, None) => Ok(()),
        (Some(end_ms), Some(end_max_ms)) if end_ms <= end_max_ms => Ok(()),
        (_, Some(end_max_ms)) => {
            let latest = jiff::Timestamp::from_millisecond(end_max_ms);
            let latest = latest.unwrap_or(jiff::Timestamp::MAX);
            let detail = format!(
                "expires_at must be sent and kept, and lie no later than {latest:.3}: no key lives \
                 longer here than limits.key_lifetime_max_days"
            );
            Err(Error::invalid("/expires_at", detail))
        }
    }
}

/// What one use takes from windows and credits.
pub(super) fn check_cost(cost: i64) -> Result<(), Error> {
    if (0..=COST_MAX).contains(&cost) {
        return Ok(());
    }
    let detail = format!("cost must be 0 to {COST_MAX}, got {cost}");
    Err(Error::invalid("/cost", detail))
}

/// The address of an application's client.
pub(super) fn read_address(text: &str) -> Result<IpAddr, Error> {
    address::read_address(text).ok_or_else(|| {
        let detail = "client_ip must be an IPv4 or IPv6 address, with or without a port, \
                      for example 192.0.2.7 or [2001:db8::7]:443";
        Error::invalid("/client_ip", detail)
    })
}

fn all_kept(violations: Vec<Violation>) -> Result<(), Error> {
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(violations))
    }
}

/// The white space of ECMA-262: U+FEFF belongs to it, U+0085 does not.
fn is_blank(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

fn is_scope(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:*/-".contains(&byte);
    (1..=SCOPE_LEN_MAX).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn unknown_scope(kind: Kind, known: &[Scope]) -> String {
    let names: Vec<&str> = known.iter().map(Scope::name).collect();
    if names.is_empty() {
        format!(
            "a key of kind '{}' takes no scopes: leave them out",
            kind.word()
        )
    } else {
        format!(
            "a key of kind '{}' takes these scopes: {}",
            kind.word(),
            names.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{check_client_name, check_named_name};
    use keywright_model::error::Error;

    #[test]
    fn a_client_name_needs_one_character_that_is_not_blank() {
        for blank in ["\u{a0}", "\u{feff}", "\u{2003}", " \t\n"] {
            assert!(check_client_name(blank).is_err(), "{blank:?} passes");
        }
        for name in ["\u{85}", " a ", "🔑", &"🔑".repeat(100)] {
            assert_eq!(check_client_name(name), Ok(()), "{name:?} is refused");
        }
        assert!(check_client_name(&"🔑".repeat(101)).is_err());
        assert!(check_client_name("a\0b").is_err());
    }

    #[test]
    fn the_rules_for_named_keys_apply_in_their_order() {
        assert_eq!(check_named_name(""), Err(Error::NameEmpty));
        let long = ".".repeat(101);
        assert!(matches!(
            check_named_name(&long),
            Err(Error::NameTooLong { length: 101, .. })
        ));
        for name in ["a.b", "a\n", "ä", "a\0"] {
            assert!(matches!(
                check_named_name(name),
                Err(Error::NameUnmatched { .. })
            ));
        }
        assert_eq!(check_named_name(&"a".repeat(100)), Ok(()));
    }
}
