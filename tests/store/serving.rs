//! A server whose database is a PostgreSQL: it starts, keeps what it has answered, and shows no password.
//! Leaves what each contract answers to the other tests.

use serde_json::json;

use crate::support::engine::Engine;
use crate::support::postgres::{Database, PASSWORD};
use crate::support::{Folder, Server};

const ISSUER: &str = "https://keys.example.com";

#[tokio::test]
async fn a_server_on_postgresql_keeps_what_it_has_answered() {
    let folder = Folder::of(Engine::Postgres);
    let server = Server::on(&folder, &[]);
    let root = server.root();
    let organization = root.organization().await;
    let wanted = json!({ "kind": "standard", "owner_id": organization.id });
    let kept = root.issue(wanted.clone()).await;
    let revoked = root.issue(wanted).await;
    let id = revoked["key"]["id"].as_str().unwrap();
    let request = root.request("POST", &format!("/v1/keys/{id}/revoke"));
    request.send().await.expect(200);
    let (kept, revoked) = (kept["secret"].as_str(), revoked["secret"].as_str());
    let (kept, revoked) = (kept.unwrap().to_owned(), revoked.unwrap().to_owned());
    for _ in 0..2 {
        assert_eq!(root.verdict(&kept).await, "VALID");
        assert_eq!(root.verdict(&revoked).await, "REVOKED");
    }
    server.finish();
    let server = Server::on(&folder, &[]);
    let root = server.root();
    assert_eq!(root.verdict(&kept).await, "VALID");
    assert_eq!(root.verdict(&revoked).await, "REVOKED");
    let events = root.get("/v1/events").await.expect(200);
    assert!(events.json()["items"].as_array().unwrap().len() >= 4);
    assert!(!folder.log().contains(PASSWORD));
}

#[test]
fn a_server_on_postgresql_starts_with_a_pepper_of_the_configuration_only() {
    let (folder, database) = (Folder::of(Engine::Sqlite), Database::empty());
    let url = database.url();
    let issuer = ("tokens.issuer", ISSUER);
    let said = folder.refusal(&[("database.url", &url), issuer]);
    assert!(
        said.contains("set pepper.file or KEYWRIGHT_PEPPER"),
        "{said}"
    );
    let file = folder.path().join("no.pepper");
    let file = file.to_str().unwrap();
    let said = folder.refusal(&[("database.url", &url), issuer, ("pepper.file", file)]);
    assert!(said.contains("no start makes one"), "{said}");
    assert!(!std::path::Path::new(file).exists());
}
