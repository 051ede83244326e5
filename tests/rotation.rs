//! Secrets of the server that are replaced while it runs: no verdict is wrong meanwhile, and no token fails.
//! Leaves what tokens are otherwise to `tokens`.

mod pepper;
mod signing_keys;

use crate::support::operator::Said;
use crate::support::{Folder, Site};

/// Runs a command in the folder of a server, with that server's settings.
fn run(folder: &Folder, line: &str) -> Said {
    let mut command = folder.command(&[]);
    command.args(line.split_whitespace());
    let output = command.output().unwrap();
    Said {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The names of the keys that the server publishes, the one in use first.
async fn published(site: &Site) -> Vec<String> {
    let answer = site.get("/.well-known/jwks.json").send().await.expect(200);
    let answer = answer.json();
    let keys = answer["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}
