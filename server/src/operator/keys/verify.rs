//! Verdicts on keys by their secrets, which come from standard input or a file and never as arguments.
//! Leaves how a verdict is shown to `keys::show`.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use keywright_sdk::Secret;
use keywright_sdk::control::types::{
    Verdict, Verification, VerificationAnyScopeItem, VerificationBatch, VerificationClientIp,
    VerificationScopesItem,
};

use super::super::failure::Failure;
use super::super::output::{print, print_json_line, rows};
use super::super::value::{checked, typed};
use super::super::{End, Operator};
use super::show::Numbered;

/// The most that the server judges at once.
const BATCH_LEN_MAX: usize = 100;
/// The longest line that is read; no key has so many characters.
const LINE_LEN_MAX: u64 = 8192;

/// Keys to judge, and what each should be good for.
#[derive(Debug, Args)]
pub struct Verify {
    /// File with the keys, one a line; `-` for standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Scope that a key must have. May be given several times: it must have all of them.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = checked::<VerificationScopesItem>)]
    scopes: Vec<String>,
    /// Scope that a key may have. May be given several times: it must have one of them.
    #[arg(long, value_name = "SCOPE", value_parser = checked::<VerificationAnyScopeItem>)]
    any_scope: Vec<String>,
    /// How much the use takes from rate limits and credits; 0 asks without taking anything.
    #[arg(long, default_value = "1")]
    cost: i32,
    /// Address that the keys are used from, IPv4 or IPv6.
    #[arg(long, value_name = "ADDRESS")]
    client_ip: Option<VerificationClientIp>,
    /// Have the server read its database, not its memory.
    #[arg(long)]
    no_cache: bool,
}

impl Verify {
    pub(super) fn takes_standard_input(&self) -> bool {
        self.file == Path::new("-")
    }

    pub(super) async fn run(self, operator: &Operator) -> Result<End, Failure> {
        let keys = self.keys()?;
        let verdicts = match keys.as_slice() {
            [] => {
                return Err(Failure::usage(
                    "there is no key to verify",
                    "put the keys into standard input or a --file, one a line",
                ));
            }
            [key] => {
                let verdict = self.judge_one(operator, key).await?;
                tolerate_closed_pipe(show_one(operator, &verdict))?;
                return Ok(end(verdict.valid));
            }
            keys => self.judge_all(operator, keys).await?,
        };
        let all_valid = verdicts.iter().all(|Numbered(_, verdict)| verdict.valid);
        if !operator.output.is_json() {
            tolerate_closed_pipe(print(&rows(&verdicts)))?;
        }
        Ok(end(all_valid))
    }

    async fn judge_one(&self, operator: &Operator, key: &Secret) -> Result<Verdict, Failure> {
        let mut request = operator.client.verify_key();
        if self.no_cache {
            request = request.cache_control("no-cache");
        }
        let verification = self.verification(key)?;
        Ok(request.body(verification).send().await?.into_inner())
    }

    /// As JSON, verdicts are printed as they come.
    async fn judge_all(
        &self,
        operator: &Operator,
        keys: &[Secret],
    ) -> Result<Vec<Numbered>, Failure> {
        let mut verdicts = Vec::new();
        for keys in keys.chunks(BATCH_LEN_MAX) {
            let mut request = operator.client.verify_keys();
            if self.no_cache {
                request = request.cache_control("no-cache");
            }
            let requests = keys.iter().map(|key| self.verification(key));
            let requests = requests.collect::<Result<_, _>>()?;
            let batch = request.body(VerificationBatch { requests }).send().await?;
            for verdict in batch.into_inner().results {
                if operator.output.is_json() {
                    tolerate_closed_pipe(print_json_line(&verdict))?;
                }
                verdicts.push(Numbered(verdicts.len() + 1, verdict));
            }
        }
        Ok(verdicts)
    }

    fn verification(&self, key: &Secret) -> Result<Verification, Failure> {
        Ok(Verification {
            key: key.clone(),
            scopes: typed(self.scopes.clone())?,
            any_scope: typed(self.any_scope.clone())?,
            cost: self.cost,
            client_ip: self.client_ip.clone(),
        })
    }

    fn keys(&self) -> Result<Vec<Secret>, Failure> {
        let outcome = if !self.takes_standard_input() {
            File::open(&self.file).and_then(|file| read(BufReader::new(file)))
        } else if std::io::stdin().is_terminal() {
            rpassword::prompt_password("Paste the key, then Enter (it does not show): ")
                .map(|key| secret(&key).into_iter().collect())
        } else {
            read(std::io::stdin().lock())
        };
        outcome.map_err(|error| {
            let place = if self.takes_standard_input() {
                "standard input".to_owned()
            } else {
                self.file.display().to_string()
            };
            Failure::usage(
                format!("the keys cannot be read from {place}: {error}"),
                "put the keys into standard input or a --file, one a line",
            )
        })
    }
}

fn show_one(operator: &Operator, verdict: &Verdict) -> Result<(), Failure> {
    if operator.output.is_json() {
        print_json_line(verdict)
    } else {
        operator.output.show(verdict)
    }
}

/// The exit code is the answer, whoever reads the rest of it.
fn tolerate_closed_pipe(outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(Failure::PipeClosed) => Ok(()),
        other => other,
    }
}

fn end(all_valid: bool) -> End {
    if all_valid {
        End::Done
    } else {
        End::KeyNotValid
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
