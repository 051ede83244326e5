//! Where each value of the configuration came from.
//! Leaves laying the layers over each other to `layers`.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde_json::Value;

use super::names::Place;

/// Where a value came from, the lowest layer first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Default,
    /// A file; without a line, the file as a whole.
    File {
        path: PathBuf,
        line: Option<usize>,
    },
    Environment(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File {
                path,
                line: Some(line),
            } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Where each value came from. A place without an origin of its own has the one of the place above it.
#[derive(Debug, Default)]
pub(super) struct Provenance(BTreeMap<Place, Origin>);

impl Provenance {
    /// Where the value at this place came from.
    pub(super) fn origin(&self, place: &Place) -> Origin {
        let mut place = Some(place.clone());
        while let Some(here) = place {
            if let Some(origin) = self.0.get(&here) {
                return origin.clone();
            }
            place = here.parent();
        }
        Origin::Default
    }

    /// The file that the value at this place came from, if it came from one.
    pub(super) fn file(&self, place: &Place) -> Option<PathBuf> {
        match self.origin(place) {
            Origin::File { path, .. } => Some(path),
            Origin::Default | Origin::Environment(_) | Origin::Flag(_) => None,
        }
    }

    pub(super) fn note(&mut self, place: &Place, origin: &Origin) {
        self.0.insert(place.clone(), origin.clone());
    }

    /// Notes each value by itself, so that it keeps its origin when a layer opens the table around it.
    pub(super) fn note_values(&mut self, place: &Place, value: &Value, origin: &Origin) {
        match value {
            Value::Object(table) => {
                table
                    .iter()
                    .for_each(|(name, value)| self.note_values(&place.name(name), value, origin));
            }
            _ => self.note(place, origin),
        }
    }

    pub(super) fn forget_below(&mut self, place: &Place) {
        self.0.retain(|known, _| !known.0.starts_with(&place.0));
    }
}
