//! Revocations of tokens that can no longer be read: one that is known by its id holds, any other is named.
//! Leaves keys and owners to `unreadable`.

use rusqlite::Connection;

use crate::support::{Folder, Server};

/// What `keywright doctor` says of a folder with something wrong in it.
fn diagnosis(folder: &Folder) -> String {
    let mut command = folder.command(&[]);
    let output = command.arg("doctor").output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_revocation_whose_end_cannot_be_read_holds_and_is_named() {
    for harm in ["expires_at_ms = 'once'", "expires_at_ms = x'ff'"] {
        let server = Server::start();
        let organization = server.root().organization().await;
        let client = server.root().client_of(&organization).await;
        let (doomed, other) = (client.token().await, client.token().await);
        client.revoke_token(&doomed.token).await;
        let folder = server.finish();
        let connection = Connection::open(folder.database()).unwrap();
        let statement = format!("UPDATE revoked_tokens SET {harm}");
        assert_eq!(connection.execute(&statement, []).unwrap(), 1);
        drop(connection);
        let server = Server::on(&folder, &[]);
        let client = client.at(&server);
        assert_eq!(client.introspect(&doomed.token).await["active"], false);
        doomed.at(&server).create("x").await.expect(401);
        assert_eq!(client.introspect(&other.token).await["active"], true);
        let said = diagnosis(server.folder());
        assert!(said.contains("revoked token "), "{said}");
        assert!(said.contains("(expires_at)"), "{said}");
    }
}

#[tokio::test]
async fn a_revocation_whose_token_cannot_be_read_is_named() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    client.revoke_token(&client.token().await.token).await;
    let folder = server.finish();
    let connection = Connection::open(folder.database()).unwrap();
    let statement = "UPDATE revoked_tokens SET id = 'x'";
    assert_eq!(connection.execute(statement, []).unwrap(), 1);
    drop(connection);
    let said = diagnosis(&folder);
    let named = "1 cannot be read in full: revoked token in row 1 (id)";
    assert!(said.contains(named), "{said}");
    assert!(said.contains("revoke its client key"), "{said}");
}
