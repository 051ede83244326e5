//! Where the server is and which control key is shown to it.
//! Leaves the request itself to the SDK.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use keywright_sdk::control::{self, Client};
use keywright_sdk::{BuildError, Options, Secret};

use super::failure::Failure;

/// Where a server answers that is told nothing else.
const URL: &str = "http://127.0.0.1:8080";
/// The variables that may hold the control key; the first that is set counts.
const KEY_VARIABLES: [&str; 2] = ["KEYWRIGHT_KEY", "KEYWRIGHT_ROOT_KEY"];
/// The longest file that can be meant to hold a key, in bytes.
const KEY_FILE_LEN_MAX: u64 = 8192;
/// The longest file that can be meant to hold certificates, in bytes: the list of a whole machine is shorter.
const CA_FILE_LEN_MAX: u64 = 4 << 20;
const CA_HELP: &str =
    "--ca-file names the certificate of the server's issuer, or the server's own, in PEM";
const NO_KEY_HELP: &str = "set KEYWRIGHT_KEY to the root key or a control key, \
                           or name a file that holds it with --key-file";

/// How to reach the server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(super) struct Connection {
    /// Where the server answers.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "KEYWRIGHT_URL",
        hide_env_values = true,
        default_value = URL
    )]
    url: String,
    /// File with the control key, `-` for standard input; without it, `KEYWRIGHT_KEY` or `KEYWRIGHT_ROOT_KEY` holds it.
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// File with the certificates to trust, in PEM, in place of this machine's.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "KEYWRIGHT_CA_FILE",
        hide_env_values = true
    )]
    ca_file: Option<PathBuf>,
}

impl Connection {
    /// Makes the client, without speaking to the server yet.
    pub(super) fn open(&self) -> Result<Client, Failure> {
        let key = self.key()?;
        made(control::client_with(&self.url, key, &self.options()?))
    }

    /// Makes a client that shows no control key.
    pub(super) fn open_without_key(&self) -> Result<Client, Failure> {
        made(control::anonymous_with(&self.url, &self.options()?))
    }

    /// The options by which a server is named that were given, where none has a meaning.
    pub(super) fn is_given(&self) -> Option<&'static str> {
        let usual = std::env::var("KEYWRIGHT_URL");
        if self.key_file.is_some() {
            Some("--key-file")
        } else if self.ca_file.is_some() && std::env::var_os("KEYWRIGHT_CA_FILE").is_none() {
            Some("--ca-file")
        } else if self.url != usual.as_deref().unwrap_or(URL) {
            Some("--url")
        } else {
            None
        }
    }

    pub(super) fn takes_standard_input(&self) -> bool {
        self.key_file.as_deref() == Some(Path::new("-"))
    }

    fn options(&self) -> Result<Options, Failure> {
        let Some(path) = &self.ca_file else {
            return Ok(Options::new());
        };
        let refuse = |why: String| Failure::usage(format!("{}: {why}", path.display()), CA_HELP);
        let mut pem = Vec::new();
        let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
        file.take(CA_FILE_LEN_MAX)
            .read_to_end(&mut pem)
            .map_err(|error| refuse(error.to_string()))?;
        let options = Options::new().trust(&pem);
        options.map_err(|error| refuse(error.to_string()))
    }

    fn key(&self) -> Result<Secret, Failure> {
        let text = match &self.key_file {
            Some(path) => read(path)?,
            None => KEY_VARIABLES
                .iter()
                .filter_map(|name| std::env::var(name).ok())
                .find(|value| !value.trim().is_empty())
                .ok_or_else(|| Failure::usage("there is no control key", NO_KEY_HELP))?,
        };
        match text.trim() {
            "" => Err(Failure::usage("the control key is empty", NO_KEY_HELP)),
            key => Ok(key.into()),
        }
    }
}

fn made(outcome: Result<Client, BuildError>) -> Result<Client, Failure> {
    outcome.map_err(|error| match error {
        BuildError::BaseUrl(_) => Failure::usage(
            error.to_string(),
            "--url or KEYWRIGHT_URL must be as in http://127.0.0.1:8080",
        ),
        BuildError::Credential => Failure::usage(
            "the control key has characters that no key has",
            NO_KEY_HELP,
        ),
        error => Failure::unexpected(
            error.to_string(),
            "the machine must have root certificates for https; or name the server's issuer with --ca-file",
        ),
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(KEY_FILE_LEN_MAX)
            .read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(KEY_FILE_LEN_MAX).read_to_string(&mut text))
    };
    match outcome {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::usage(
            format!("the key file {} cannot be read: {error}", path.display()),
            NO_KEY_HELP,
        )),
    }
}
