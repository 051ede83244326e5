//! The settings in force as text, with where each came from.
//! Leaves hiding secrets to their type.

use serde_json::Value;

use super::{
    Loaded,
    names::{self, Place},
};

impl Loaded {
    /// Every setting on a line of its own, like TOML, with where it came from behind a `#`;
    /// without a newline at its end.
    ///
    /// # Panics
    /// Never: settings are always JSON.
    #[must_use]
    pub fn show(&self) -> String {
        let tree = serde_json::to_value(&self.config).expect("settings are JSON");
        let mut lines = vec![];
        self.show_at(&Place::default(), &tree, &mut lines);
        for (place, schema) in names::settings(&super::schema()) {
            if schema.get("type") != Some(&Value::from("object"))
                && !lines.iter().any(|(shown, _)| *shown == place)
            {
                let line = format!("# {place} is not set");
                lines.push((place, line));
            }
        }
        // As TOML wants it: what stands in no section first.
        lines.sort_by_key(|(place, _)| (place.0.len() > 1, place.clone()));
        let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
        lines.join("\n")
    }

    fn show_at(&self, place: &Place, value: &Value, lines: &mut Vec<(Place, String)>) {
        if let Value::Object(table) = value {
            for (name, value) in table {
                self.show_at(&place.name(name), value, lines);
            }
        } else {
            let value = toml::Value::try_from(value)
                .expect("settings are TOML: no null, no number beyond its range");
            let line = format!("{place} = {value}  # {}", self.provenance.origin(place));
            lines.push((place.clone(), line));
        }
    }
}
