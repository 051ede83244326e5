//! Rules between settings, which a schema cannot say.
//! Leaves what one setting may be by itself to the schema.

use std::collections::BTreeSet;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{
    Config,
    names::{Place, Step},
    origin::Provenance,
    problem::Problem,
};

/// What is wrong with settings that are each good by themselves.
pub(super) fn broken(config: &Config, provenance: &Provenance) -> Vec<Problem> {
    let mut problems = vec![];
    let mut add = |place: Place, message: String| {
        problems.push(Problem {
            origin: provenance.origin(&place),
            setting: Some(place),
            message,
        });
    };
    let user_key = &config.user_key;
    if let (Some(deprecated), Some(shutdown)) = (user_key.v1_deprecated_at, user_key.v1_shutdown_at)
        && deprecated > shutdown
    {
        let message =
            format!("must not be later than user_key.v1_shutdown_at, {shutdown}, got {deprecated}");
        add(Place::of(["user_key", "v1_deprecated_at"]), message);
    }
    if config.pepper.file.is_some() && config.pepper.value.is_some() {
        let file = Place::of(["pepper", "file"]);
        let message = format!(
            "is also set, by {}: keep one of the two",
            provenance.origin(&file)
        );
        add(
            Place::of(["pepper", "value"]),
            format!("must stand alone, but pepper.file {message}"),
        );
    }
    let half = match (&config.tls.certificate, &config.tls.key) {
        (Some(_), None) => Some(("key", "certificate", "the PEM file with its private key")),
        (None, Some(_)) => Some(("certificate", "key", "the PEM file with its certificate")),
        _ => None,
    };
    if let Some((missing, given, what)) = half {
        add(
            Place::of(["tls", given]),
            format!("needs tls.{missing} beside it: name {what}, or leave both out"),
        );
    }
    if let Some(message) = broken_filter(&config.log.filter) {
        add(Place::of(["log", "filter"]), message);
    }
    let mut known = BTreeSet::new();
    for (index, trusted) in config.tokens.issuers.iter().enumerate() {
        let place = Place::of(["tokens", "issuers"]).step(Step::Index(index));
        if config.tokens.issuer.as_ref() == Some(&trusted.issuer) {
            add(
                place,
                "names this server's own issuer, tokens.issuer: remove it".to_owned(),
            );
        } else if !known.insert((&trusted.issuer, &trusted.audience)) {
            add(
                place,
                "has the issuer and audience of another in the list: keep one of the two"
                    .to_owned(),
            );
        }
    }
    problems
}

/// What is wrong with a filter of the log, if anything is.
fn broken_filter(filter: &str) -> Option<String> {
    if let Err(error) = EnvFilter::builder().parse(filter) {
        return Some(format!(
            "is no filter: {error}; write for example info,keywright=debug"
        ));
    }
    // The parser takes a misspelt level for the name of a module, and then nothing is logged at all.
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    let mut directives = filter.split(',').map(str::trim);
    let stray = directives.find(|word| !word.contains(['=', '[']) && !is_level(word))?;
    Some(format!(
        "must name a level, or a module and its level as in keywright=debug, got {stray}; \
         the levels are error, warn, info, debug, trace and off"
    ))
}
