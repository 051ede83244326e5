//! Where settings break their JSON Schema, by the keywords that our own types write into it.
//! Leaves the words for what is broken to `problem`, and what no schema can say to `rules`.

use jiff::Timestamp;
use regress::Regex;
use serde_json::Value;

use super::names::{Place, Step};

/// A date and a time of RFC 3339; whether there is such an instant is for its parser to say.
const INSTANT_PATTERN: &str =
    r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$";

/// A setting that does not keep to its schema.
#[derive(Debug)]
pub(super) struct Broken<'a> {
    pub(super) place: Place,
    pub(super) rule: Rule,
    /// The schema of what is at the place. Of an unknown setting, that of the table it is in.
    pub(super) schema: &'a Value,
    /// What is at the place. Of an unknown, missing or misnamed setting, the table it is in.
    pub(super) value: &'a Value,
}

/// What of its schema a setting breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It is of another type.
    Type,
    /// The number is too small or too large.
    Range,
    /// The text is too short or too long.
    Length,
    /// The list has too few items or too many.
    Count,
    /// It is none of the words that there are.
    Enum,
    /// The text has another form.
    Pattern,
    /// The text is no instant.
    Instant,
    /// There is no such setting.
    Unknown,
    /// It must be there.
    Missing,
    /// The name has another form.
    Name,
}

/// Everything in which a tree of settings breaks its schema.
pub(super) fn broken<'a>(schema: &'a Value, tree: &'a Value) -> Vec<Broken<'a>> {
    let mut found = vec![];
    walk(&Place::default(), schema, tree, &mut found);
    found
}

fn walk<'a>(place: &Place, schema: &'a Value, value: &'a Value, found: &mut Vec<Broken<'a>>) {
    let is_broken = [
        (Rule::Type, !is_of_type(schema, value)),
        (Rule::Range, !is_in_range(schema, value)),
        (Rule::Length, !has_length(schema, value)),
        (Rule::Count, !has_count(schema, value)),
        (Rule::Enum, !is_of_enum(schema, value)),
        (Rule::Pattern, !has_pattern(schema, value)),
        (Rule::Instant, !is_instant(schema, value)),
    ];
    let rules = is_broken.into_iter().filter(|(_, is_broken)| *is_broken);
    found.extend(rules.map(|(rule, _)| Broken {
        place: place.clone(),
        rule,
        schema,
        value,
    }));
    match value {
        Value::Object(_) => walk_table(place, schema, value, found),
        Value::Array(items) => {
            let schema = schema.get("items").unwrap_or(&Value::Null);
            for (index, item) in items.iter().enumerate() {
                walk(&place.step(Step::Index(index)), schema, item, found);
            }
        }
        _ => {}
    }
}

fn walk_table<'a>(place: &Place, schema: &'a Value, value: &'a Value, found: &mut Vec<Broken<'a>>) {
    let property = |name: &str| schema.get("properties").and_then(|all| all.get(name));
    let required = schema.get("required").and_then(Value::as_array);
    let required = required.into_iter().flatten().filter_map(Value::as_str);
    found.extend(
        required
            .filter(|name| value.get(name).is_none())
            .map(|name| Broken {
                place: place.name(name),
                rule: Rule::Missing,
                schema: property(name).unwrap_or(&Value::Null),
                value,
            }),
    );
    let others = schema.get("additionalProperties");
    for (name, member) in value.as_object().into_iter().flatten() {
        let place = place.name(name);
        if let Some(names) = schema.get("propertyNames")
            && !matches(names, name)
        {
            found.push(Broken {
                place: place.clone(),
                rule: Rule::Name,
                schema: names,
                value,
            });
        }
        match property(name).or(others) {
            Some(Value::Bool(false)) => found.push(Broken {
                place,
                rule: Rule::Unknown,
                schema,
                value,
            }),
            Some(schema) => walk(&place, schema, member, found),
            None => {}
        }
    }
}

fn is_of_type(schema: &Value, value: &Value) -> bool {
    match schema.get("type").and_then(Value::as_str) {
        // A fraction of zero is none, says JSON Schema; deserialization may still refuse it.
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

fn is_in_range(schema: &Value, value: &Value) -> bool {
    let bound = |keyword| schema.get(keyword).and_then(Value::as_f64);
    value.as_f64().is_none_or(|number| {
        bound("minimum").is_none_or(|least| number >= least)
            && bound("maximum").is_none_or(|most| number <= most)
    })
}

/// JSON Schema counts characters, not bytes.
fn has_length(schema: &Value, value: &Value) -> bool {
    value.as_str().is_none_or(|text| {
        let len = text.chars().count();
        is_within(schema, "minLength", "maxLength", len)
    })
}

fn has_count(schema: &Value, value: &Value) -> bool {
    value
        .as_array()
        .is_none_or(|items| is_within(schema, "minItems", "maxItems", items.len()))
}

fn is_within(schema: &Value, least: &str, most: &str, count: usize) -> bool {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let bound = |keyword| schema.get(keyword).and_then(Value::as_u64);
    bound(least).is_none_or(|least| count >= least) && bound(most).is_none_or(|most| count <= most)
}

/// Of a value of another type only that is said.
fn is_of_enum(schema: &Value, value: &Value) -> bool {
    let options = schema.get("enum").and_then(Value::as_array);
    !value.is_string() || options.is_none_or(|options| options.contains(value))
}

fn has_pattern(schema: &Value, value: &Value) -> bool {
    value.as_str().is_none_or(|text| matches(schema, text))
}

fn matches(schema: &Value, text: &str) -> bool {
    let pattern = schema.get("pattern").and_then(Value::as_str);
    pattern.is_none_or(|pattern| is_match(pattern, text))
}

fn is_instant(schema: &Value, value: &Value) -> bool {
    let is_wanted = schema.get("format").and_then(Value::as_str) == Some("date-time");
    let is_instant =
        |text: &str| is_match(INSTANT_PATTERN, text) && text.parse::<Timestamp>().is_ok();
    !is_wanted || value.as_str().is_none_or(is_instant)
}

/// By the expressions of ECMA-262, which JSON Schema has.
fn is_match(pattern: &str, text: &str) -> bool {
    let regex = Regex::with_flags(pattern, "u").expect("each pattern of the schema is tested");
    regex.find(text).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Config, names, schema};
    use super::*;

    /// What a schema may say here; `broken` knows those of the first line, the others break nothing.
    const KEYWORDS: [&str; 24] = [
        "type",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "enum",
        "pattern",
        "properties",
        "required",
        "additionalProperties",
        "propertyNames",
        "items",
        "format",
        "$schema",
        "title",
        "description",
        "default",
        "writeOnly",
        "patternErrorMessage",
        "rangeErrorMessage",
        "missingErrorMessage",
        "examples",
    ];
    /// Of the formats only the first is checked; the others are those of numbers, which their bounds are for.
    const FORMATS: [&str; 5] = ["date-time", "uint", "uint16", "uint32", "uint64"];

    /// The schema, and each inside it.
    fn schemas(schema: &Value) -> Vec<&Value> {
        let mut all = vec![schema];
        let properties = schema.get("properties").and_then(Value::as_object);
        let inside = properties.into_iter().flat_map(|all| all.values());
        let inside = inside.chain(
            ["items", "additionalProperties", "propertyNames"]
                .into_iter()
                .filter_map(|keyword| schema.get(keyword)),
        );
        all.extend(inside.flat_map(schemas));
        all
    }

    #[test]
    fn the_schema_says_nothing_that_is_not_checked() {
        let root = schema();
        for schema in schemas(&root) {
            for keyword in schema
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
            {
                assert!(KEYWORDS.contains(&keyword.as_str()), "{keyword}");
            }
            if let Some(format) = schema["format"].as_str() {
                assert!(FORMATS.contains(&format), "{format}");
            }
            if let Some(pattern) = schema["pattern"].as_str() {
                is_match(pattern, "");
            }
        }
    }

    /// Values that are awkward somewhere, and some that are good somewhere.
    fn values(schema: &Value) -> Vec<Value> {
        let mut values = vec![
            json!(null),
            json!(true),
            json!(-1),
            json!(0),
            json!(1),
            json!(1.5),
            json!(60.0),
            json!(i64::MAX),
            json!(1e300),
            json!(""),
            json!("a"),
            json!("é".repeat(32)),
            json!("x".repeat(32)),
            json!("x".repeat(2049)),
            json!("sqlite:a"),
            json!("sqlite:\n"),
            json!("h:80"),
            json!("[::1]:65536"),
            json!("192.0.2.7/24"),
            json!("json"),
            json!("https://a.example/?q"),
            json!("https://a.example"),
            json!("*"),
            json!([]),
            json!([1]),
            json!(["a"]),
            json!(["standard", "token"]),
            json!(vec!["::1"; 101]),
            json!({}),
            json!({"a": 1}),
            json!({"monthly_credits": 1}),
            json!({"A b": {"monthly_credits": -1}}),
            json!([{"issuer": "i", "audience": "", "jwks_file": "k", "organizations": ["*", "x"]}]),
            json!("2027-01-31T00:00:00Z"),
            json!("2027-01-31t00:00:00.5+01:00"),
            json!("2027-01-31 00:00:00Z"),
            json!("2027-02-29T00:00:00Z"),
            json!("2027-01-31T24:00:00Z"),
            json!("2027-01-31T00:00:00"),
            json!("2027-01-31"),
            json!("2027-01-31T00:00:00+01"),
            json!("2027-01-31T00:00:00Z[UTC]"),
            json!("+002027-01-31T00:00:00Z"),
        ];
        for (keyword, beyond) in [("minimum", -1), ("maximum", 1)] {
            if let Some(bound) = schema[keyword].as_i64() {
                values.extend([json!(bound), json!(bound + beyond)]);
            }
        }
        values
    }

    #[test]
    fn a_validator_of_json_schema_finds_the_same_settings_broken() {
        let root = schema();
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&root)
            .unwrap();
        let defaults = serde_json::to_value(Config::default()).unwrap();
        for (place, schema) in names::settings(&root) {
            let pointer = format!("/{}", place.to_string().replace('.', "/"));
            for value in values(schema) {
                let mut tree = defaults.clone();
                let (table, name) = pointer.rsplit_once('/').unwrap();
                tree.pointer_mut(table).unwrap()[name] = value.clone();
                let mut ours: Vec<String> = broken(&root, &tree)
                    .iter()
                    .map(|broken| pointer_of(broken))
                    .collect();
                let mut theirs: Vec<String> = validator
                    .iter_errors(&tree)
                    .map(|error| error.instance_path().to_string())
                    .collect();
                for found in [&mut ours, &mut theirs] {
                    found.sort();
                    found.dedup();
                }
                assert_eq!(ours, theirs, "{place} = {value}");
            }
        }
    }

    /// Where a validator says that it is: a table's members are the table's.
    fn pointer_of(broken: &Broken<'_>) -> String {
        let is_of_table = matches!(broken.rule, Rule::Unknown | Rule::Missing | Rule::Name);
        let place = if is_of_table {
            broken.place.parent().unwrap()
        } else {
            broken.place.clone()
        };
        let steps = place.0.iter().map(|step| match step {
            Step::Name(name) => format!("/{name}"),
            Step::Index(index) => format!("/{index}"),
        });
        steps.collect()
    }
}
