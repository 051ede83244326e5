//! The same through a server: each contract says in its own shape that nothing was changed, and keys go on to verify.
//! Leaves the faults themselves to the other files.

use keywright_postgres_cluster::Stop;
use serde_json::json;

use super::{DATABASE, cluster};
use crate::support::{Folder, Server, until};

const PEPPER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn a_server_without_its_postgresql_changes_nothing_verifies_and_goes_on_by_itself() {
    let cluster = cluster();
    let (folder, url) = (Folder::new(), cluster.primary().url(DATABASE));
    let settings = [
        ("database.url", url.as_str()),
        ("pepper.value", PEPPER),
        ("tokens.issuer", "https://keys.example.com"),
    ];
    let server = Server::on(&folder, &settings);
    let root = server.root();
    let (mut user, organization) = (root.user().await, root.organization().await);
    let holder = root.named_of(&organization).await;
    let (id, secret) = root.standard_of(&organization.id).await;
    assert_eq!(root.verdict(&secret).await, "VALID");

    cluster.primary().stop(Stop::Immediate).unwrap();
    root.post("/v1/users", json!({})).await.expect(503);
    let revoke = format!("/v1/keys/{id}/revoke");
    root.request("POST", &revoke).send().await.expect(503);
    user.rotate().await.expect(503);
    organization.rotate().await.expect(503);
    holder.create("while-it-is-away").await.expect(503);
    server.get("/readyz").send().await.expect(503);
    assert_eq!(root.verdict(&secret).await, "VALID");

    cluster.primary().start().unwrap();
    until("changes to be made again", async || {
        let answer = root.request("POST", &revoke).send().await;
        (answer.status == 200).then_some(())
    })
    .await;
    assert_eq!(root.verdict(&secret).await, "REVOKED");
    user.rotated().await;
    holder.create("while-it-is-away").await;
    let ready = server.get("/readyz").send().await.expect(200).text();
    assert_eq!(ready, "ready\n");
}
