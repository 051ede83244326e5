//! Verdicts on keys by their secrets.
//! Leaves where the secrets come from to `keys::secrets`, and how a verdict is shown to `keys::show`.

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
use super::secrets::{HELP, Secrets};
use super::show::Numbered;

/// The most that the server judges at once.
const BATCH_LEN_MAX: usize = 100;

/// Keys to judge, and what each should be good for.
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    secrets: Secrets,
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
        self.secrets.are_on_standard_input()
    }

    pub(super) async fn run(self, operator: &Operator) -> Result<End, Failure> {
        let keys = self.secrets.read()?;
        let verdicts = match keys.as_slice() {
            [] => return Err(Failure::usage("there is no key to verify", HELP)),
            [key] => {
                let verdict = self.verify_one(operator, key).await?;
                tolerate_closed_pipe(show_one(operator, &verdict))?;
                return Ok(end(verdict.valid));
            }
            keys => self.verify_all(operator, keys).await?,
        };
        let all_valid = verdicts.iter().all(|Numbered(_, verdict)| verdict.valid);
        if !operator.output.is_json() {
            tolerate_closed_pipe(print(&rows(&verdicts)))?;
        }
        Ok(end(all_valid))
    }

    async fn verify_one(&self, operator: &Operator, key: &Secret) -> Result<Verdict, Failure> {
        let mut request = operator.client.verify_key();
        if self.no_cache {
            request = request.cache_control("no-cache");
        }
        let verification = self.verification(key)?;
        Ok(request.body(verification).send().await?.into_inner())
    }

    /// As JSON, verdicts are printed as they come.
    async fn verify_all(
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
}

fn show_one(operator: &Operator, verdict: &Verdict) -> Result<(), Failure> {
    if operator.output.is_json() {
        print_json_line(verdict)
    } else {
        operator.output.show(verdict)
    }
}

/// The exit code is the answer, even where the rest of it is not read.
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
