//! The layers of the configuration, laid over each other as one tree, and where each value came from.
//! Leaves the bounds to the schema and the words for what breaks them to `problem`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use serde_json::Value;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use zeroize::Zeroizing;

use super::flags::ServeFlags;
use super::{
    Config, Loaded,
    names::{self, CONFIG_VARIABLE, NO_DEMO_VARIABLE, OPERATOR_VARIABLES, PREFIX, Place, Step},
    origin::{Origin, Provenance},
    problem::{self, ConfigError, Problem},
    rules,
};

/// The longest configuration file that is read, in bytes.
const FILE_LEN_MAX: usize = 1024 * 1024;

/// The variables of the environment that are meant for this server, in order of their names.
#[derive(Default)]
pub(super) struct Environment {
    config_file: Option<String>,
    settings: BTreeMap<String, String>,
}

impl Environment {
    pub(super) fn new(variables: impl Iterator<Item = (String, String)>) -> Self {
        let mut settings: BTreeMap<String, String> = variables
            .filter(|(name, value)| {
                name.starts_with(PREFIX)
                    && !OPERATOR_VARIABLES.contains(&name.as_str())
                    && !is_service_link(name, value)
            })
            .collect();
        Self {
            config_file: settings.remove(CONFIG_VARIABLE),
            settings,
        }
    }

    /// The configuration file that the environment names.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        self.config_file
            .as_ref()
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }
}

/// Whether Kubernetes set the variable: in each container it describes each service by variables
/// that begin with the service's name, and a service may well be called "keywright".
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = value.starts_with("tcp://") || value.starts_with("udp://");
    let is_of_port =
        |(_, rest): (&str, &str)| rest.starts_with(|first: char| first.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.split_once("_PORT_").is_some_and(is_of_port)
        || (name.ends_with("_PORT") && is_address)
}

/// The layers so far.
pub(super) struct Layers {
    schema: Value,
    tree: Value,
    provenance: Provenance,
    problems: Vec<Problem>,
}

impl Layers {
    /// The settings in force: the defaults, what `add_file` lays over them, the environment, the flags.
    pub(super) fn lay(
        add_file: impl FnOnce(&mut Self),
        environment: Environment,
        flags: &ServeFlags,
    ) -> Result<Loaded, ConfigError> {
        let mut layers = Self::new();
        add_file(&mut layers);
        layers.add_environment(environment);
        layers.add_flags(flags);
        layers.finish()
    }

    /// The lowest layer: the defaults.
    fn new() -> Self {
        let tree = serde_json::to_value(Config::default()).expect("settings are JSON");
        let mut provenance = Provenance::default();
        provenance.note_values(&Place::default(), &tree, &Origin::Default);
        Self {
            schema: super::schema(),
            tree,
            provenance,
            problems: vec![],
        }
    }

    /// Lays a file over what is there.
    pub(super) fn add_file(&mut self, path: &Path) {
        match read(path) {
            Ok(text) => self.add_text(path, &text),
            Err(message) => {
                let origin = Origin::File {
                    path: path.to_owned(),
                    line: None,
                };
                self.problems.push(Problem {
                    origin,
                    setting: None,
                    message,
                });
            }
        }
    }

    /// Lays the text of a file over what is there; nothing of it, if it is not valid TOML.
    pub(super) fn add_text(&mut self, path: &Path, text: &str) {
        let source = Source { path, text };
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            self.add_table(&Place::default(), table.get_ref(), source);
        }
        self.problems.extend(errors.iter().map(|error| Problem {
            origin: source.origin(error.span().map_or(0, |span| span.start)),
            setting: None,
            // Only the message: the error's own display would quote the line, which may hold a secret.
            message: format!("is not valid TOML: {}", error.message()),
        }));
    }

    fn add_table(&mut self, place: &Place, table: &DeTable<'_>, source: Source<'_>) {
        for (key, value) in table {
            let place = place.name(key.get_ref());
            let origin = source.origin(key.span().start);
            if let DeValue::Table(table) = value.get_ref() {
                self.set(&place, Value::Object(serde_json::Map::new()), &origin);
                self.provenance.note(&place, &origin);
                self.add_table(&place, table, source);
            } else {
                self.set(&place, json(value.get_ref()), &origin);
                self.note_items(&place, value, source);
            }
        }
    }

    /// Notes the lines of what is inside a list.
    fn note_items(&mut self, place: &Place, value: &Spanned<DeValue<'_>>, source: Source<'_>) {
        match value.get_ref() {
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let place = place.step(Step::Index(index));
                    self.provenance
                        .note(&place, &source.origin(item.span().start));
                    self.note_items(&place, item, source);
                }
            }
            DeValue::Table(table) => {
                for (key, value) in table {
                    let place = place.name(key.get_ref());
                    self.provenance
                        .note(&place, &source.origin(key.span().start));
                    self.note_items(&place, value, source);
                }
            }
            _ => {}
        }
    }

    /// Lays the environment over what is there.
    fn add_environment(&mut self, environment: Environment) {
        if environment.config_file.as_deref() == Some("") {
            let message = "is empty, name a file or unset the variable";
            self.refuse(CONFIG_VARIABLE.to_owned(), None, message.to_owned());
        }
        let mut settings = BTreeMap::<Place, (String, Value)>::new();
        for (name, text) in environment.settings {
            let Some((place, value)) = self.read_variable(&name, text) else {
                continue;
            };
            if let Some((other, _)) = settings.insert(place.clone(), (name.clone(), value)) {
                let message = format!("is also set by {other}, keep one of the two");
                self.refuse(name, Some(place), message);
            }
        }
        for (place, (name, value)) in settings {
            self.set(&place, value, &Origin::Environment(name));
        }
    }

    /// The setting that a variable sets and its value; `None` if it is refused.
    fn read_variable(&mut self, name: &str, text: String) -> Option<(Place, Value)> {
        if name == NO_DEMO_VARIABLE {
            let place = Place::of(["demo"]);
            let Some(no_demo) = boolean(&text) else {
                let message = format!("must be 1, true, 0 or false, got {text:?}");
                self.refuse(name.to_owned(), Some(place), message);
                return None;
            };
            return Some((place, Value::Bool(!no_demo)));
        }
        let place = Place::of_variable(name)?;
        let Some(schema) = names::schema_at(&self.schema, &place) else {
            let message = problem::unknown_variable(&self.schema, name);
            self.refuse(name.to_owned(), None, message);
            return None;
        };
        Some((place, typed(schema, text)))
    }

    fn refuse(&mut self, variable: String, setting: Option<Place>, message: String) {
        let origin = Origin::Environment(variable);
        self.problems.push(Problem {
            origin,
            setting,
            message,
        });
    }

    /// Lays the command line over what is there.
    fn add_flags(&mut self, flags: &ServeFlags) {
        let ServeFlags {
            listen,
            database,
            config: _,
            no_demo,
        } = flags;
        let text = |text: &String| Value::String(text.clone());
        let settings = [
            (Place::of(["listen"]), listen.as_ref().map(text), "--listen"),
            (
                Place::of(["database", "url"]),
                database.as_ref().map(text),
                "--database",
            ),
            (
                Place::of(["demo"]),
                no_demo.then_some(Value::Bool(false)),
                "--no-demo",
            ),
        ];
        for (place, value, name) in settings {
            if let Some(value) = value {
                self.set(&place, value, &Origin::Flag(name));
            }
        }
    }

    /// Puts a value at its place: a table beside what is there, anything else in place of it.
    fn set(&mut self, place: &Place, value: Value, origin: &Origin) {
        if let (Value::Object(members), Some(Value::Object(_))) =
            (&value, find(&mut self.tree, place))
        {
            for (name, value) in members {
                self.set(&place.name(name), value.clone(), origin);
            }
            return;
        }
        let (Some(parent), Some(Step::Name(name))) = (place.parent(), place.0.last()) else {
            return;
        };
        if find(&mut self.tree, &parent).is_none() {
            self.set(&parent, Value::Object(serde_json::Map::new()), origin);
        }
        // Where a lower layer put something else than a table, that stays, and is the problem to report.
        if let Some(Value::Object(table)) = find(&mut self.tree, &parent) {
            table.insert(name.clone(), value);
            self.provenance.forget_below(place);
            self.provenance.note(place, origin);
        }
    }

    /// The settings in force, if all layers together keep to the schema and the rules.
    fn finish(self) -> Result<Loaded, ConfigError> {
        let Self {
            schema,
            tree,
            provenance,
            mut problems,
        } = self;
        problems.extend(problem::violations(&schema, &tree, &provenance));
        if !problems.is_empty() {
            return Err(ConfigError::new(problems));
        }
        let config: Config = serde_path_to_error::deserialize(tree)
            .map_err(|error| ConfigError::new(vec![problem::unreadable(&error, &provenance)]))?;
        let broken = rules::broken(&config, &provenance);
        if broken.is_empty() {
            Ok(Loaded { config, provenance })
        } else {
            Err(ConfigError::new(broken))
        }
    }
}

/// A file and its text.
#[derive(Clone, Copy)]
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    /// The line of a byte of the text.
    fn origin(self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        Origin::File {
            path: self.path.to_owned(),
            line: Some(line),
        }
    }
}

/// The text of a file, or why it cannot be had. Wiped after use: it may hold secrets.
fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    let limit = u64::try_from(FILE_LEN_MAX + 1).expect("a mebibyte fits");
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > FILE_LEN_MAX {
        return Err(format!("is longer than {FILE_LEN_MAX} bytes"));
    }
    match str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => {
            let lines = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n');
            let line = lines.count();
            Err(format!("line {line} is not UTF-8"))
        }
    }
}

/// What is at a place of the tree.
fn find<'a>(tree: &'a mut Value, place: &Place) -> Option<&'a mut Value> {
    place.0.iter().try_fold(tree, |value, step| match step {
        Step::Name(name) => value.get_mut(name),
        Step::Index(index) => value.get_mut(index),
    })
}

/// A value of TOML as JSON. An instant becomes its text.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(integer) => integer.into(),
            Err(_) => Value::String(digits.to_string()),
        },
        DeValue::Float(digits) => digits
            .as_str()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(instant) => Value::String(instant.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let member = |(key, value): (&Spanned<_>, &Spanned<_>)| {
                (
                    String::from(<std::borrow::Cow<'_, str>>::clone(key.get_ref())),
                    json(value.get_ref()),
                )
            };
            Value::Object(table.iter().map(member).collect())
        }
    }
}

/// The text of a variable as the type that the schema wants. Text that is not of that type
/// stays text, for the schema to refuse.
fn typed(schema: &Value, text: String) -> Value {
    let value = match schema.get("type").and_then(Value::as_str) {
        Some("integer") => text.trim().parse::<i64>().ok().map(Value::from),
        Some("boolean") => boolean(&text).map(Value::Bool),
        Some("array" | "object") => serde_json::from_str(&text).ok().or_else(|| {
            DeValue::parse(&text)
                .ok()
                .map(|value| json(value.get_ref()))
        }),
        _ => None,
    };
    value.unwrap_or(Value::String(text))
}

/// A switch in the environment.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}
