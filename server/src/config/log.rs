//! What is logged, and how.
//! Leaves whether these settings fit the others to `rules`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is logged on standard error, and how.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least level that is logged, of everything or by module, for example `info,keywright=debug`.
    #[schemars(length(min = 1, max = 1000))]
    pub filter: String,
    /// `text` for people, `json` for machines: one object a line.
    pub format: LogFormat,
}

impl Log {
    /// The filter as its parser wants it: blanks around the commas, and nothing between two, mean nothing.
    #[must_use]
    pub fn directives(&self) -> String {
        let directives = self.filter.split(',').map(str::trim);
        let directives: Vec<&str> = directives.filter(|word| !word.is_empty()).collect();
        directives.join(",")
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    missing_docs,
    reason = "documented variants would turn the schema's plain enum into a oneOf"
)]
pub enum LogFormat {
    Text,
    Json,
}
