//! What is wrong with a configuration, in words: where, which setting, what is wrong, and the remedy.
//! Leaves finding what is broken to `bounds` and `rules`. Never shows a secret.

use std::fmt;

use serde_json::Value;

use super::{
    bounds::{self, Broken, Rule},
    names::{self, Place, Step},
    origin::{Origin, Provenance},
    url::without_password,
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
    let broken = bounds::broken(schema, tree).into_iter();
    let problem = |broken: Broken<'_>| Problem {
        origin: provenance.origin(&broken.place),
        message: message(schema, &broken),
        setting: Some(broken.place),
    };
    broken.map(problem).collect()
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
fn missing(schema: &Value) -> String {
    match text_of(schema, "missingErrorMessage") {
        Some(remedy) => format!("is missing: {remedy}"),
        None => "is missing".to_owned(),
    }
}

/// What the schema wants, and what is there in its place.
fn message(root: &Value, broken: &Broken<'_>) -> String {
    let schema = broken.schema;
    let wanted = match broken.rule {
        Rule::Unknown => return unknown_setting(root, &broken.place),
        Rule::Missing => return missing(schema),
        Rule::Name => return format!("is refused: {}", pattern_wanted(schema)),
        Rule::Type => format!("must be {}", type_wanted(schema)),
        Rule::Range => match text_of(schema, "rangeErrorMessage") {
            Some(message) => message.to_owned(),
            None => format!("must be {}", range(schema, "minimum", "maximum")),
        },
        Rule::Length => {
            let range = range(schema, "minLength", "maxLength");
            format!("must have {range} characters")
        }
        Rule::Count => {
            let range = range(schema, "minItems", "maxItems");
            format!("must have {range} items")
        }
        Rule::Enum => format!("must be {}", options(schema)),
        Rule::Pattern => pattern_wanted(schema),
        Rule::Instant => {
            "must be an instant with its offset from UTC, for example 2027-01-31T00:00:00Z"
                .to_owned()
        }
    };
    format!("{wanted}{}", got(broken.rule, broken.value, schema))
}

fn options(schema: &Value) -> String {
    let options = schema.get("enum").and_then(Value::as_array);
    let options = options.into_iter().flatten().filter_map(Value::as_str);
    options.collect::<Vec<_>>().join(" or ")
}

fn pattern_wanted(schema: &Value) -> String {
    match text_of(schema, "patternErrorMessage") {
        Some(message) => message.to_owned(),
        None => format!(
            "must match {}",
            text_of(schema, "pattern").unwrap_or_default()
        ),
    }
}

fn text_of<'a>(schema: &'a Value, keyword: &str) -> Option<&'a str> {
    schema.get(keyword).and_then(Value::as_str)
}

fn type_wanted(schema: &Value) -> String {
    match text_of(schema, "type") {
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
fn got(rule: Rule, value: &Value, schema: &Value) -> String {
    match value {
        Value::String(text) if rule == Rule::Length => format!(", got {}", text.chars().count()),
        Value::Array(items) if rule != Rule::Type => {
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
