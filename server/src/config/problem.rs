//! What is wrong with a configuration, in words: where, which setting, what is wrong, and the remedy.
//! Leaves finding the broken bounds to the schema. Never shows a secret.

use std::fmt;

use jsonschema::{error::ValidationErrorKind as Kind, paths::LocationSegment};
use serde_json::Value;

use super::{
    names::{self, Place, Step},
    origin::{Origin, Provenance},
};

/// How much of a refused text is repeated, in characters.
const SHOWN_LEN_MAX: usize = 80;

/// Every problem of a configuration, one a line: where, which setting, what is wrong, the remedy.
#[derive(Debug)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        // The schema's own order may change with how its maps are kept.
        problems.sort();
        Self { problems }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(f, "the configuration has a problem:")?,
            count => write!(f, "the configuration has {count} problems:")?,
        }
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// One thing that is wrong.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    pub(super) origin: Origin,
    pub(super) setting: Option<Place>,
    pub(super) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Flag(name) => write!(f, "{name}: ")?,
            origin => write!(f, "{origin}: ")?,
        }
        match &self.setting {
            Some(setting) => write!(f, "{setting} {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Where the tree of settings does not keep to the schema.
pub(super) fn violations(schema: &Value, tree: &Value, provenance: &Provenance) -> Vec<Problem> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .expect("the schema is made by schemars from types");
    let mut problems = vec![];
    for error in validator.iter_errors(tree) {
        let place = Place(error.instance_path().segments().map(step).collect());
        let mut add = |place: Place, message: String| {
            let origin = provenance.origin(&place);
            problems.push(Problem {
                origin,
                setting: Some(place),
                message,
            });
        };
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let place = place.name(name);
                    let message = unknown_setting(schema, &place);
                    add(place, message);
                }
            }
            Kind::Required { property } => {
                let place = place.name(property.as_str().unwrap_or_default());
                let message = missing(schema, &place);
                add(place, message);
            }
            Kind::PropertyNames { error } => {
                let names =
                    names::schema_at(schema, &place).and_then(|schema| schema.get("propertyNames"));
                let message = names.map_or_else(String::new, |names| wanted(error.kind(), names));
                add(
                    place.name(error.instance().as_str().unwrap_or_default()),
                    format!("is refused: {message}"),
                );
            }
            // A value of another type is reported as that, once.
            Kind::Enum { .. } if !error.instance().is_string() => {}
            kind => {
                let schema = names::schema_at(schema, &place).unwrap_or(&Value::Null);
                let got = got(kind, error.instance(), schema);
                add(place, format!("{}{got}", wanted(kind, schema)));
            }
        }
    }
    problems
}

/// What deserialization refuses although the schema does not.
pub(super) fn unreadable(
    error: &serde_path_to_error::Error<serde_json::Error>,
    provenance: &Provenance,
) -> Problem {
    use serde_path_to_error::Segment;
    let steps = error.path().iter().filter_map(|segment| match segment {
        Segment::Map { key } => Some(Step::Name(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    let place = Place(steps.collect());
    let origin = provenance.origin(&place);
    Problem {
        origin,
        setting: Some(place),
        message: format!("cannot be used: {}", error.inner()),
    }
}

/// The words for a variable that does not exist.
pub(super) fn unknown_variable(schema: &Value, name: &str) -> String {
    match names::nearest_variable(schema, name) {
        Some(nearest) => format!("no setting has this variable, the nearest is {nearest}"),
        None => {
            "no setting has this variable, `keywright config schema` lists the settings".to_owned()
        }
    }
}

fn unknown_setting(schema: &Value, place: &Place) -> String {
    match names::nearest_setting(schema, place) {
        Some(nearest) => format!("is not a setting, the nearest is {nearest}"),
        None => "is not a setting, `keywright config schema` lists them".to_owned(),
    }
}

/// What is said of a setting that must be there; with the remedy, where a choice has to be made.
fn missing(schema: &Value, place: &Place) -> String {
    let remedy =
        names::schema_at(schema, place).and_then(|schema| schema.get("missingErrorMessage"));
    match remedy.and_then(Value::as_str) {
        Some(remedy) => format!("is missing: {remedy}"),
        None => "is missing".to_owned(),
    }
}

fn step(segment: LocationSegment<'_>) -> Step {
    match segment {
        LocationSegment::Property(name) => Step::Name(name.to_string()),
        LocationSegment::Index(index) => Step::Index(index),
    }
}

/// What the schema wants in the place of what is there.
fn wanted(kind: &Kind, schema: &Value) -> String {
    match kind {
        Kind::Type { .. } => format!("must be {}", type_wanted(schema)),
        Kind::Minimum { .. } | Kind::Maximum { .. } => {
            match schema.get("rangeErrorMessage").and_then(Value::as_str) {
                Some(message) => message.to_owned(),
                None => format!("must be {}", range(schema, "minimum", "maximum")),
            }
        }
        Kind::MinLength { .. } | Kind::MaxLength { .. } => {
            format!(
                "must have {} characters",
                range(schema, "minLength", "maxLength")
            )
        }
        Kind::MinItems { .. } | Kind::MaxItems { .. } => {
            format!("must have {} items", range(schema, "minItems", "maxItems"))
        }
        Kind::Enum { options } => {
            let options: Vec<_> = options
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            format!("must be {}", options.join(" or "))
        }
        Kind::Pattern { pattern } => {
            match schema.get("patternErrorMessage").and_then(Value::as_str) {
                Some(message) => message.to_owned(),
                None => format!("must match {pattern}"),
            }
        }
        Kind::Format { format } if format == "date-time" => {
            "must be an instant with its offset from UTC, for example 2027-01-31T00:00:00Z"
                .to_owned()
        }
        kind => format!("breaks the rule {:?} of its schema", kind.keyword()),
    }
}

fn type_wanted(schema: &Value) -> String {
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => format!("a whole number, {}", range(schema, "minimum", "maximum")),
        Some("boolean") => "true or false".to_owned(),
        Some("string") => "text in quotes".to_owned(),
        Some("array") => "a list, in TOML or JSON".to_owned(),
        Some("object") => "a table, in TOML or JSON".to_owned(),
        _ => "another type".to_owned(),
    }
}

fn range(schema: &Value, least: &str, most: &str) -> String {
    match (schema.get(least), schema.get(most)) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "in its bounds".to_owned(),
    }
}

/// What is there in the place of what is wanted; of a secret, at most its length.
fn got(kind: &Kind, instance: &Value, schema: &Value) -> String {
    let is_length = matches!(kind, Kind::MinLength { .. } | Kind::MaxLength { .. });
    match instance {
        Value::String(text) if is_length => format!(", got {}", text.chars().count()),
        Value::Array(items) if !matches!(kind, Kind::Type { .. }) => {
            format!(", got {}", items.len())
        }
        Value::Array(_) => ", got a list".to_owned(),
        Value::Object(_) => ", got a table".to_owned(),
        _ if names::is_secret(schema) => String::new(),
        Value::String(text) => format!(", got {:?}", shortened(&without_password(text))),
        scalar => format!(", got {scalar}"),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LEN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text of a URL without the user name and password in it.
fn without_password(text: &str) -> String {
    match text
        .split_once("://")
        .map(|(scheme, rest)| (scheme, rest.rsplit_once('@')))
    {
        Some((scheme, Some((_, rest)))) => {
            format!("{scheme}://{}@{rest}", super::SecretText::HIDDEN)
        }
        _ => text.to_owned(),
    }
}
