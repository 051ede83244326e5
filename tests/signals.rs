//! Signals: which end a server as it should end, and which change nothing.
//! Leaves the certificate that a hangup renews to `tls`.

use crate::support::{Folder, Server, until};

/// Sends a signal and waits for what the log says of it.
async fn sent(server: &Server, name: &str, said: &str) {
    server.signal(name);
    until(said, async || {
        server.folder().log().contains(said).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_hangup_without_a_certificate_is_told_and_the_server_goes_on() {
    let server = Server::start();
    let said =
        "SIGHUP renews the certificate, and there is none (tls.certificate): nothing was done";
    sent(&server, "HUP", said).await;
    server.root().organization().await;
    server.finish();
}

#[tokio::test]
async fn a_signal_that_means_nothing_is_told_and_the_server_goes_on() {
    let server = Server::start();
    for name in ["USR1", "USR2"] {
        let said = format!("SIG{name} means nothing to this server: nothing was done");
        sent(&server, name, &said).await;
        server.root().organization().await;
    }
    server.finish();
}

#[tokio::test]
async fn every_signal_that_asks_for_an_end_lets_the_server_end_well() {
    for name in ["TERM", "INT", "QUIT"] {
        let mut server = Server::start();
        let user = server.root().user().await;
        server.signal(name);
        let status = server.wait();
        assert!(status.success(), "SIG{name} ended it with {status}");
        assert!(server.folder().log().contains("stopping"), "SIG{name}");
        let again = Server::on(server.folder(), &[]);
        assert_eq!(again.root().verdict(&user.key).await, "VALID");
    }
}

#[test]
fn a_blank_in_the_filter_of_the_log_leaves_it_what_it_is() {
    for filter in [" info", "info ", "off, info", "warn , keywright=info"] {
        let folder = Folder::new();
        Server::on(&folder, &[("log.filter", filter)]).finish();
        assert!(folder.log().contains("stopping"), "{filter}");
    }
    let said = Folder::new();
    let said = said
        .command(&[("log.filter", "info, keywright = debug")])
        .output()
        .unwrap();
    assert!(!said.status.success());
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("log.filter is no filter"), "{said}");
}
