//! Where keys, owners and events are kept, and the secret under which keys are digested.
//! Leaves whether these settings fit the others to `rules`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretText;

/// Where keys, owners and events are kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The database: `sqlite:` and the name of its file.
    #[schemars(
        regex(pattern = r"^sqlite:.+$"),
        extend("patternErrorMessage" = "must be sqlite: and a file name, for example sqlite:keywright.db")
    )]
    pub url: String,
    /// Connections that read at the same time.
    #[schemars(range(min = 1, max = 64))]
    pub readers: usize,
    /// How long to wait, in milliseconds, while another process holds the database's lock.
    #[schemars(range(min = 1, max = 60_000))]
    pub busy_timeout_ms: u32,
    /// Writes that may wait for the writer; beyond that a request answers 503.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub queue_len_max: usize,
    /// Disk space, in MiB, that is kept in the file `.reserve` beside the database, so that keys can be revoked and
    /// owners be suspended while the disk is full. A disk that has not so much is a warning at the start.
    #[schemars(range(min = 1, max = 1024))]
    pub reserve_mib: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:keywright.db".to_owned(),
            readers: 4,
            busy_timeout_ms: 5_000,
            queue_len_max: 10_000,
            reserve_mib: 4,
        }
    }
}

/// The secret under which keys are digested.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pepper {
    /// The file that holds the pepper. Without one it is the database's file name and `.pepper`,
    /// and is created at the first start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub file: Option<PathBuf>,
    /// The pepper itself, in place of a file: 32 to 256 visible ASCII characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SecretText")]
    pub value: Option<SecretText>,
}
