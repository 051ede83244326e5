//! The end of a key by its secret, for a bearer that has no more than that.
//! Leaves where the secret comes from to `keys::secrets`.

use clap::Args;
use keywright_sdk::control::types::SelfRevocation;

use super::super::Operator;
use super::super::failure::Failure;
use super::secrets::{HELP, Secrets};

/// A key to end.
#[derive(Debug, Args)]
pub struct SelfRevoke {
    #[command(flatten)]
    secrets: Secrets,
}

impl SelfRevoke {
    pub(super) fn takes_standard_input(&self) -> bool {
        self.secrets.are_on_standard_input()
    }

    pub(super) async fn run(self, operator: &Operator) -> Result<(), Failure> {
        let keys = self.secrets.read()?;
        let [key] = keys.as_slice() else {
            let what = match keys.len() {
                0 => "there is no key to end".to_owned(),
                count => format!("there are {count} keys to end, and one ends at a time"),
            };
            return Err(Failure::usage(what, HELP));
        };
        let request = operator.client.self_revoke();
        let ended = request.body(SelfRevocation { key: key.clone() }).send();
        operator.output.show(&ended.await?.into_inner())
    }
}
