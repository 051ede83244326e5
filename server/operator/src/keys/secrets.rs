//! The secrets of keys, which come from standard input or a file and never as arguments.
//! Leaves what is done with them to `keys::verify` and `keys::self_revoke`.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use keywright_sdk::Secret;

use super::super::failure::Failure;

/// What to do where there are none.
pub(super) const HELP: &str = "put the keys into standard input or a --file, one a line";
/// The longest line that is read; no key is as long.
const LINE_LEN_MAX: u64 = 8192;

/// Where keys are read from.
#[derive(Debug, Args)]
pub(super) struct Secrets {
    /// File with the keys, one a line; `-` for standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    file: PathBuf,
}

impl Secrets {
    pub(super) fn are_on_standard_input(&self) -> bool {
        self.file == Path::new("-")
    }

    /// The keys; empty lines are passed over.
    pub(super) fn read(&self) -> Result<Vec<Secret>, Failure> {
        let outcome = if !self.are_on_standard_input() {
            File::open(&self.file).and_then(|file| read(BufReader::new(file)))
        } else if std::io::stdin().is_terminal() {
            rpassword::prompt_password("Paste the key, then Enter (it does not show): ")
                .map(|key| secret(&key).into_iter().collect())
        } else {
            read(std::io::stdin().lock())
        };
        outcome.map_err(|error| {
            let place = if self.are_on_standard_input() {
                "standard input".to_owned()
            } else {
                self.file.display().to_string()
            };
            Failure::usage(
                format!("the keys cannot be read from {place}: {error}"),
                HELP,
            )
        })
    }
}

/// The keys of a text, one a line; empty lines are passed over.
fn read(mut text: impl BufRead) -> std::io::Result<Vec<Secret>> {
    let mut keys = Vec::new();
    loop {
        let mut line = String::new();
        let length = text.by_ref().take(LINE_LEN_MAX).read_line(&mut line)?;
        if length == 0 {
            return Ok(keys);
        }
        if length as u64 == LINE_LEN_MAX {
            return Err(std::io::Error::other("a line is longer than any key"));
        }
        keys.extend(secret(&line));
    }
}

fn secret(line: &str) -> Option<Secret> {
    let key = line.trim();
    (!key.is_empty()).then(|| key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_a_line_each() {
        let keys = read("kw_one\r\n\n  kw_two  \nkw_three".as_bytes()).unwrap();
        let keys: Vec<&str> = keys.iter().map(Secret::expose).collect();
        assert_eq!(keys, ["kw_one", "kw_two", "kw_three"]);
    }

    #[test]
    fn a_line_longer_than_any_key_is_refused() {
        let line = [b'k'; 8192];
        assert!(read(&line[..]).is_err());
        assert_eq!(read(&line[1..]).unwrap().len(), 1);
    }
}
