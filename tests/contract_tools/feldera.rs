//! The provider's own client, as it comes from PyPI, in front of `named-keys`.
//! Leaves what each answer is to `named_keys`.

use super::{Verdict, python, settings};
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn feldera_from_pypi_makes_a_key_that_only_reads_lists_roles_and_deletes() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let mut command = python();
    command
        .arg(settings().join("feldera_client.py"))
        .arg(server.url(""))
        .env("FELDERA_API_KEY", &holder.key)
        .env_remove("FELDERA_HOST");
    let said = Verdict::of(&mut command).passes();
    let expected = "first write\nonly-reads read\nreads-and-writes write\nonly-reads deleted\n";
    assert!(said.contains(expected), "{said}");
    let left = server.get("/v0/api_keys").bearer(&holder.key).send().await;
    let left = left.expect(200).json();
    assert_eq!(left.as_array().unwrap().len(), 2);
}
