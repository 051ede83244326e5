//! Names of settings: their places in the tree, in the schema and in the environment; the nearest name.
//! Leaves what a setting means to `config`.

use std::fmt;

use serde_json::Value;

use keywright_model::nearest::nearest;

/// What every variable of the environment begins with.
pub(super) const PREFIX: &str = "KEYWRIGHT_";

/// The variable that names the configuration file.
pub(super) const CONFIG_VARIABLE: &str = "KEYWRIGHT_CONFIG";

/// The variable that turns the demo off.
pub(super) const NO_DEMO_VARIABLE: &str = "KEYWRIGHT_NO_DEMO";

/// Variables of the commands that speak to a running server. They set nothing of the server's own,
/// and may well be set where it is started.
pub(super) const OPERATOR_VARIABLES: [&str; 2] = ["KEYWRIGHT_URL", "KEYWRIGHT_KEY"];

/// Variables with a shorter name than their setting's own.
const SHORT_VARIABLES: [(&str, [&str; 2]); 2] = [
    ("KEYWRIGHT_DATABASE_URL", ["database", "url"]),
    ("KEYWRIGHT_PEPPER", ["pepper", "value"]),
];

/// One step down the tree of settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Into a table.
    Name(String),
    /// Into a list.
    Index(usize),
}

/// A setting's place in the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(pub(super) Vec<Step>);

impl Place {
    /// The place of the setting with these names.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(
            names
                .into_iter()
                .map(|name| Step::Name(name.to_owned()))
                .collect(),
        )
    }

    /// The place one name further down.
    pub(super) fn name(&self, name: &str) -> Self {
        self.step(Step::Name(name.to_owned()))
    }

    /// The place one step further down.
    pub(super) fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The place one step up; `None` at the root.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// The place that a variable of the environment names, if the name has the right form.
    pub(super) fn of_variable(variable: &str) -> Option<Self> {
        if let Some((_, names)) = SHORT_VARIABLES.iter().find(|(short, _)| *short == variable) {
            return Some(Self::of(*names));
        }
        let name = variable.strip_prefix(PREFIX)?.to_ascii_lowercase();
        Some(Self::of(name.split("__")))
    }

    /// The variable of the environment that sets this place.
    fn variable(&self) -> String {
        if let Some((short, _)) = SHORT_VARIABLES
            .iter()
            .find(|(_, names)| Self::of(*names) == *self)
        {
            return (*short).to_owned();
        }
        format!(
            "{PREFIX}{}",
            self.to_string().replace('.', "__").to_ascii_uppercase()
        )
    }
}

impl fmt::Display for Place {
    /// Dotted, as in TOML: `tokens.issuers[0].audience`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if depth == 0 => write!(f, "{name}")?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The schema of one place; `None` if there is no such setting.
pub(super) fn schema_at<'a>(schema: &'a Value, place: &Place) -> Option<&'a Value> {
    place.0.iter().try_fold(schema, |schema, step| match step {
        Step::Name(name) => schema
            .get("properties")
            .and_then(|properties| properties.get(name))
            .or_else(|| {
                schema
                    .get("additionalProperties")
                    .filter(|value| value.is_object())
            }),
        Step::Index(_) => schema.get("items"),
    })
}

/// Whether a place holds a secret, or a table with one.
pub(super) fn is_secret(schema: &Value) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
        || schema
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|properties| properties.values().any(is_secret))
}

/// Every named setting and section, with its schema.
pub(super) fn settings(schema: &Value) -> Vec<(Place, &Value)> {
    let mut found = vec![];
    let mut open = vec![(Place::default(), schema)];
    while let Some((place, schema)) = open.pop() {
        for (name, schema) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            found.push((place.name(name), schema));
            open.push((place.name(name), schema));
        }
    }
    found
}

/// The setting whose name is nearest to one that does not exist.
pub(super) fn nearest_setting(schema: &Value, wrong: &Place) -> Option<String> {
    nearest(
        &wrong.to_string(),
        candidates(schema, wrong).map(|place| place.to_string()),
    )
}

/// The variable whose name is nearest to one that does not exist.
pub(super) fn nearest_variable(schema: &Value, wrong: &str) -> Option<String> {
    let place = Place::of_variable(wrong)?;
    let known = candidates(schema, &place)
        .map(|place| place.variable())
        .chain([CONFIG_VARIABLE, NO_DEMO_VARIABLE].map(str::to_owned))
        .map(|variable| variable[PREFIX.len()..].replace("__", "."));
    let suffix = nearest(&wrong[PREFIX.len()..].replace("__", "."), known)?;
    Some(format!("{PREFIX}{}", suffix.replace('.', "__")))
}

/// What may have been meant: the wrong name's neighbours first, then every setting.
fn candidates(schema: &Value, wrong: &Place) -> impl Iterator<Item = Place> {
    let parent = wrong.parent().unwrap_or_default();
    let neighbours: Vec<Place> = schema_at(schema, &parent)
        .map(|schema| {
            settings(schema)
                .into_iter()
                .map(|(place, _)| place)
                .collect()
        })
        .unwrap_or_default();
    let neighbours = neighbours
        .into_iter()
        .map(move |Place(steps)| Place(parent.0.iter().cloned().chain(steps).collect()));
    neighbours.chain(
        settings(schema)
            .into_iter()
            .map(|(place, _)| place)
            .collect::<Vec<_>>(),
    )
}
