//! Rules between settings, which a schema cannot say.
//! Leaves what one setting may be by itself to the schema.

use std::collections::BTreeSet;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{
    Authorize, Config, Exposure, NamedOrganization,
    names::{Place, Step},
    origin::Provenance,
    problem::Problem,
};
use keywright_model::key::CredentialKind;

/// What is wrong with settings that are each good by themselves.
pub(super) fn broken(config: &Config, provenance: &Provenance) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(deprecated_too_late(config));
    found.extend(given_twice(config, provenance));
    found.extend(half_of_tls(config));
    found.extend(misplaced(config));
    found.extend(
        aimless(&config.authorize)
            .map(|(name, message)| (Place::of(["authorize", name]), message.to_owned())),
    );
    found.extend(
        broken_filter(&config.log.directives())
            .map(|message| (Place::of(["log", "filter"]), message)),
    );
    found.extend(contradictory_issuers(config));
    found
        .into_iter()
        .map(|(place, message)| Problem {
            origin: provenance.origin(&place),
            setting: Some(place),
            message,
        })
        .collect()
}

fn deprecated_too_late(config: &Config) -> Option<(Place, String)> {
    let (deprecated, shutdown) = (
        config.user_key.v1_deprecated_at?,
        config.user_key.v1_shutdown_at?,
    );
    (deprecated > shutdown).then(|| {
        let message =
            format!("must not be later than user_key.v1_shutdown_at, {shutdown}, got {deprecated}");
        (Place::of(["user_key", "v1_deprecated_at"]), message)
    })
}

/// Secrets that are given as such and by a file, too.
fn given_twice(config: &Config, provenance: &Provenance) -> Vec<(Place, String)> {
    let twice = [
        (
            config.pepper.file.is_some() && config.pepper.value.is_some(),
            Place::of(["pepper", "value"]),
            Place::of(["pepper", "file"]),
        ),
        (
            config.root_key_file.is_some() && config.root_key.is_some(),
            Place::of(["root_key"]),
            Place::of(["root_key_file"]),
        ),
    ];
    let twice = twice.into_iter().filter(|(is_so, ..)| *is_so);
    twice
        .map(|(_, value, file)| {
            let by = provenance.origin(&file);
            let message =
                format!("must stand alone, but {file} is also set, by {by}: keep one of the two");
            (value, message)
        })
        .collect()
}

/// What TLS lacks.
fn half_of_tls(config: &Config) -> Vec<(Place, String)> {
    let mut problems = vec![];
    let half = match (&config.tls.certificate, &config.tls.key) {
        (Some(_), None) => Some(("key", "certificate", "the PEM file with its private key")),
        (None, Some(_)) => Some(("certificate", "key", "the PEM file with its certificate")),
        _ => None,
    };
    if let Some((missing, given, what)) = half {
        problems.push((
            Place::of(["tls", given]),
            format!("needs tls.{missing} beside it: name {what}, or leave both out"),
        ));
    }
    if config.tls.hsts_max_age_s.is_some() && config.tls.certificate.is_none() {
        let message =
            "needs tls.certificate: where a proxy speaks TLS, let the proxy send the header";
        problems.push((Place::of(["tls", "hsts_max_age_s"]), message.to_owned()));
    }
    problems
}

/// What is wrong with the list of trusted issuers.
fn contradictory_issuers(config: &Config) -> Vec<(Place, String)> {
    let mut problems = vec![];
    let mut known = BTreeSet::new();
    for (index, trusted) in config.tokens.issuers.iter().enumerate() {
        let place = Place::of(["tokens", "issuers"]).step(Step::Index(index));
        if trusted.organizations.len() > 1
            && trusted.organizations.contains(&NamedOrganization::Any)
        {
            let message = "names every organization by * and others beside it: keep one of the two";
            problems.push((place.name("organizations"), message.to_owned()));
        }
        if config.tokens.issuer.as_ref() == Some(&trusted.issuer) {
            let message = "names this server's own issuer, tokens.issuer: remove it";
            problems.push((place, message.to_owned()));
        } else if !known.insert((&trusted.issuer, &trusted.audience)) {
            let message = "has the issuer and audience of another in the list: keep one of the two";
            problems.push((place, message.to_owned()));
        }
    }
    problems
}

/// What is wrong with what passes where proxies ask.
fn aimless(authorize: &Authorize) -> Option<(&'static str, &'static str)> {
    let takes_tokens = authorize.kinds.contains(&CredentialKind::Token);
    match (takes_tokens, authorize.audiences.is_empty()) {
        (true, true) => Some((
            "kinds",
            "names token, which needs authorize.audiences: say whom a token must be for, or remove token",
        )),
        (false, false) => Some((
            "audiences",
            "is for access tokens, and none passes: add token to authorize.kinds, or remove it",
        )),
        _ => None,
    }
}

/// What is wrong with where the parts of the server are to be seen.
fn misplaced(config: &Config) -> Vec<(Place, String)> {
    let mut problems = vec![];
    let listen = Place::of(["second", "listen"]);
    let parts = config.expose.settings();
    let mut of_second = parts
        .iter()
        .filter(|(_, exposure)| matches!(exposure, Exposure::Second | Exposure::Both));
    match &config.second.listen {
        Some(second) if is_one_address(second, &config.listen) => {
            let message = format!(
                "must be another address than listen, {}: choose another port",
                config.listen
            );
            problems.push((listen, message));
        }
        Some(_) if of_second.next().is_none() => {
            let message = "has nothing to serve: write for example expose.control = \"second\", or remove it";
            problems.push((listen, message.to_owned()));
        }
        Some(_) => {}
        None => problems.extend(of_second.map(|(name, _)| {
            let message = "names the second listener, and there is none: set second.listen, or write \"main\" or \"off\"";
            (Place::of(["expose", name]), message.to_owned())
        })),
    }
    for (index, origin) in config.cors.origins.iter().enumerate() {
        let has_usual_port = match origin.split_once("://") {
            Some(("https", host)) => host.ends_with(":443"),
            Some((_, host)) => host.ends_with(":80"),
            None => false,
        };
        if has_usual_port {
            let place = Place::of(["cors", "origins"]).step(Step::Index(index));
            let message = "must leave out the usual port of its scheme, as browsers do";
            problems.push((place, message.to_owned()));
        }
    }
    problems
}

/// Whether two names of addresses stand for the same one, as far as the names tell. Port 0 is a new one each time.
fn is_one_address(one: &str, other: &str) -> bool {
    let (Some((one, one_port)), Some((other, other_port))) =
        (one.rsplit_once(':'), other.rsplit_once(':'))
    else {
        return false;
    };
    let is_every = |host: &str| ["0.0.0.0", "[::]"].contains(&host);
    let is_one_host = one.eq_ignore_ascii_case(other) || is_every(one) || is_every(other);
    one_port == other_port && one_port != "0" && is_one_host
}

/// What is wrong with a filter of the log, as its parser gets it, if anything is.
fn broken_filter(filter: &str) -> Option<String> {
    if let Err(error) = EnvFilter::builder().parse(filter) {
        return Some(format!(
            "is no filter: {error}; write for example info,keywright=debug"
        ));
    }
    // The parser takes a misspelt level for the name of a module, and then nothing is logged at all.
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    // A blank within a name becomes a part of it, and no module has such a name.
    let is_right = |word: &str| {
        let module = word.split('[').next().unwrap_or_default();
        !word.is_empty()
            && !module.contains(char::is_whitespace)
            && (word.contains(['=', '[']) || is_level(word))
    };
    let stray = filter.split(',').find(|word| !is_right(word))?;
    Some(format!(
        "must name a level, or a module and its level as in keywright=debug, got {stray:?}; \
         the levels are error, warn, info, debug, trace and off"
    ))
}
