//! Where keys, owners and events are kept, and the secret under which keys are digested.
//! Leaves whether these settings fit the others to `rules`.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::SecretText;
use super::url::without_password;

/// Where keys, owners and events are kept.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The database: `sqlite:` and the name of its file, or the URL of a PostgreSQL.
    #[schemars(
        regex(pattern = r"^(sqlite:.+|postgres(ql)?://.+)$"),
        extend("patternErrorMessage" = "must be sqlite: and a file name, for example sqlite:keywright.db, or a \
                                        postgres:// URL")
    )]
    #[serde(serialize_with = "serialize_without_password")]
    pub url: String,
    /// The file of the CA that has signed PostgreSQL's certificate, as PEM: with it, or to another machine, sessions are
    /// over TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub ca_file: Option<PathBuf>,
    /// How long, in milliseconds, one attempt to begin a session with PostgreSQL may take.
    #[schemars(range(min = 1, max = 60_000))]
    pub connect_timeout_ms: u32,
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

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Database")
            .field("url", &without_password(&self.url))
            .finish_non_exhaustive()
    }
}

fn serialize_without_password<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&without_password(url))
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:keywright.db".to_owned(),
            ca_file: None,
            connect_timeout_ms: 5_000,
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
