//! What the provider's own Rust client and its command line send and read, in front of `named-keys`: a client made
//! from the document that their crate is made from. Leaves what each answer is to `named_keys`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::generators::python_client;
use super::{MISSING, Verdict, python, settings};
use crate::support::{Server, target};

/// The document in the crate.
fn document() -> PathBuf {
    target().join("tools/feldera-rest-api/openapi.json")
}

/// A copy of the document in which every key that is listed must have a colour.
fn with_colours(folder: &Path) -> PathBuf {
    let text = std::fs::read_to_string(document()).expect(MISSING);
    let mut copy: Value = serde_json::from_str(&text).unwrap();
    let listed = &mut copy["components"]["schemas"]["ApiKeyDescr"];
    listed["properties"]["colour"] = json!({ "type": "string" });
    listed["required"]
        .as_array_mut()
        .unwrap()
        .push(json!("colour"));
    let path = folder.join("colours.json");
    std::fs::write(&path, copy.to_string()).unwrap();
    path
}

/// What a client made from one document says when its answers are judged by another.
async fn run(client: &Path, judge: &Path) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    // It warns of schemas that it leaves out; none of them is of a key.
    Verdict::of(&mut python_client(client, folder.path())).passes();
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let mut command = python();
    command
        .arg(settings().join("feldera_rest_api.py"))
        .arg(server.url(""))
        .args([judge, folder.path()])
        .env("FELDERA_API_KEY", &holder.key);
    Verdict::of(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_document_in_feldera_rest_api_makes_lists_reads_and_deletes_keys() {
    let said = run(&document(), &document()).await.passes();
    let expected = "first write\nonly-reads read\nwrites write\nonly-reads deleted\n";
    assert!(said.contains(expected), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_document_in_feldera_rest_api_wants_and_an_answer_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let colours = with_colours(folder.path());
    let read = run(&colours, &document()).await;
    read.names(&["list_api_keys", "KeyError: 'colour'"]);
    let judged = run(&document(), &colours).await;
    judged.names(&["GET /v0/api_keys", "'colour' is a required property"]);
}
