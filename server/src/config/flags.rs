//! What the command line says of the configuration.
//! Leaves the commands that take these flags to `cli`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;

use super::url::without_password;

/// What `serve` can be told on the command line.
#[derive(Clone, Default, Args)]
pub struct ServeFlags {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Database that holds the keys [default: sqlite:keywright.db].
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Configuration file in TOML; `keywright config schema` describes it [default: none].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Do not create the example user, organization and keys. Without `KEYWRIGHT_ROOT_KEY` a root key is still made.
    #[arg(long)]
    pub no_demo: bool,
}

impl fmt::Debug for ServeFlags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServeFlags")
            .field("listen", &self.listen)
            .field("database", &self.database.as_deref().map(without_password))
            .field("config", &self.config)
            .field("no_demo", &self.no_demo)
            .finish()
    }
}
