//! TLS: both protocols under it, certificates that are changed while the server runs, and those that are
//! refused.
//! Leaves what is answered to the contracts' own files.

use std::path::Path;
use std::process::Command;

use reqwest::Version;
use reqwest::tls::Version as TlsVersion;

use crate::support::child::Folder;
use crate::support::{Server, site, until};

/// What a server's certificate looks like to clients.
fn certificate(server: &Server) -> Vec<u8> {
    std::fs::read(server.folder().certificate()).unwrap()
}

/// Whether a client that trusts this certificate alone, and has no connection yet, gets an answer.
async fn trusts(server: &Server, certificate: &[u8]) -> bool {
    let client = site::trusting(certificate).build().unwrap();
    let answer = client.get(server.url("/healthz")).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
async fn keys_are_made_and_verified_in_both_protocols_under_both_versions_of_tls() {
    let server = Server::with_tls(&[]);
    let certificate = certificate(&server);
    let trusting = || site::trusting(&certificate);
    for (client, version) in [
        (trusting(), Version::HTTP_2),
        (trusting().http1_only(), Version::HTTP_11),
        (
            trusting().tls_version_max(TlsVersion::TLS_1_2),
            Version::HTTP_2,
        ),
        (
            trusting().tls_version_min(TlsVersion::TLS_1_3),
            Version::HTTP_2,
        ),
    ] {
        let client = client.build().unwrap();
        let answer = client.get(server.url("/healthz")).send().await.unwrap();
        assert_eq!(answer.version(), version);
    }
    for client in [trusting(), trusting().http1_only()] {
        let site = server.by(client);
        let user = site.root().user().await;
        assert_eq!(site.root().verdict(&user.key).await, "VALID");
        user.rotate().await.expect(200);
        assert_eq!(site.root().verdict(&user.key).await, "REPLACED");
    }
}

#[tokio::test]
async fn after_a_hangup_new_connections_get_the_new_certificate_and_open_ones_go_on() {
    let server = Server::with_tls(&[]);
    let old = certificate(&server);
    let user = server.root().user().await;
    server.folder().certify();
    let new = certificate(&server);
    assert!(trusts(&server, &old).await && !trusts(&server, &new).await);
    server.hang_up();
    until("the new certificate", async || {
        trusts(&server, &new).await.then_some(())
    })
    .await;
    assert!(!trusts(&server, &old).await);
    // This client knows the old certificate alone: it goes on with the connection that it has.
    user.rotate().await.expect(200);
}

#[tokio::test]
async fn a_new_certificate_that_cannot_be_used_is_logged_and_the_old_one_stays() {
    let server = Server::with_tls(&[]);
    let folder = server.folder();
    let old = certificate(&server);
    std::fs::write(folder.certificate(), "nothing").unwrap();
    server.hang_up();
    let logged = until("the refusal", async || {
        let log = folder.log();
        let line = log
            .lines()
            .find(|line| line.contains("the certificate stays"));
        line.map(str::to_owned)
    })
    .await;
    let file = folder.certificate().display().to_string();
    for word in ["ERROR", "tls.certificate", &file, "name a PEM file"] {
        assert!(logged.contains(word), "{word} is not said: {logged}");
    }
    assert!(trusts(&server, &old).await);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_refused_at_the_start_with_its_file_and_the_remedy() {
    let folder = Folder::new();
    folder.certify();
    let (certificate, key) = (folder.certificate(), folder.certificate_key());
    let other = Folder::new();
    other.certify();
    let missing = folder.path().join("missing.pem");
    let damaged = folder.path().join("damaged.pem");
    let text = std::fs::read_to_string(&key).unwrap();
    std::fs::write(&damaged, text.replace("END PRIVATE", "END PUBLIC")).unwrap();
    for (certificate, key, setting, remedy) in [
        (
            &certificate,
            &other.certificate_key(),
            "tls.key",
            "belong together",
        ),
        (
            &missing,
            &key,
            "tls.certificate",
            "that the server's user may read",
        ),
        (
            &certificate,
            &missing,
            "tls.key",
            "that the server's user may read",
        ),
        (
            &key,
            &key,
            "tls.certificate",
            "name a PEM file with a certificate",
        ),
        (
            &certificate,
            &certificate,
            "tls.key",
            "with an unencrypted private key",
        ),
        (
            &certificate,
            &damaged,
            "tls.key",
            "with an unencrypted private key",
        ),
    ] {
        let text = |path: &Path| path.display().to_string();
        let settings = [
            ("tls.certificate", text(certificate)),
            ("tls.key", text(key)),
        ];
        let settings = settings
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let said = folder.refusal(&settings);
        let file = if setting == "tls.key" {
            key
        } else {
            certificate
        };
        for word in [setting, remedy, file.to_str().unwrap()] {
            assert!(said.contains(word), "{word} is not said: {said}");
        }
        assert!(!said.contains("PRIVATE KEY"), "{said}");
        assert!(
            !folder.database().exists(),
            "a database was made for nothing"
        );
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_not_answered_and_others_are() {
    let server = Server::with_tls(&[]);
    let plain = site::client().build().unwrap();
    let url = server.url("/healthz").replace("https:", "http:");
    assert!(plain.get(url).send().await.is_err());
    server.get("/healthz").send().await.expect(200);
}

#[tokio::test]
async fn the_private_key_is_never_logged() {
    let server = Server::with_tls(&[]);
    server.root().user().await;
    server.hang_up();
    until("the certificate to be read again", async || {
        server
            .folder()
            .log()
            .contains("was read again")
            .then_some(())
    })
    .await;
    let folder = server.finish();
    let key = std::fs::read_to_string(folder.certificate_key()).unwrap();
    let log = folder.log();
    let lines: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(lines.len() >= 3, "no key was looked for");
    for line in lines {
        assert!(!log.contains(line), "{line}");
    }
}

#[tokio::test]
async fn a_first_start_prints_commands_for_https() {
    let folder = Folder::new();
    folder.certify();
    let mut command = folder.command(&[("no_demo", "0")]);
    command
        .env("KEYWRIGHT_TLS__CERTIFICATE", folder.certificate())
        .env("KEYWRIGHT_TLS__KEY", folder.certificate_key());
    let server = Server::run(&folder, command);
    let stdout = server.stdout();
    let base = format!("https://{}", server.address);
    let commands = stdout.lines().filter(|line| line.starts_with("curl "));
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands.len(), 4, "{stdout}");
    assert!(stdout.contains("--cacert FILE"), "{stdout}");
    for command in commands {
        assert!(command.contains(&base), "{command}");
    }
    assert!(
        stdout.contains(&format!("listening on {base}\n")),
        "{stdout}"
    );
    // The certificate is its own issuer's, so that the first command works with the advice that is given.
    let pasted = stdout
        .lines()
        .find(|line| line.starts_with("curl "))
        .unwrap();
    let advised = format!("{pasted} --cacert {}", folder.certificate().display());
    let output = Command::new("sh")
        .args(["-c", &advised])
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.starts_with("HTTP/2 200"), "{answer}");
}
