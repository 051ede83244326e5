//! TLS between keywright and PostgreSQL: whose certificates are believed, and to what a login is bound.
//! Leaves TLS between clients and keywright to the module `tls`.

use std::path::{Path, PathBuf};

use keywright_store_postgres::{Access, Connector, Options};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SignatureAlgorithm,
};

use super::{one, refusal_with, url};
use crate::support::postgres::{Postgres, options};
use crate::support::until;

/// A CA, and the file that names it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str, algorithm: &'static SignatureAlgorithm) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let names = &mut parameters.distinguished_name;
        names.push(rcgen::DnType::CommonName, name);
        let key = KeyPair::generate_for(algorithm).unwrap();
        let issuer = CertifiedIssuer::self_signed(parameters, key).unwrap();
        let file = folder.join(name);
        std::fs::write(&file, issuer.as_ref().pem()).unwrap();
        Self { issuer, file }
    }

    /// Gives PostgreSQL a certificate for `localhost`, by a key of its own.
    fn certify(&self, postgres: &Postgres) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let certificate = postgres.keep("certificate.pem", &certificate.pem());
        let key = postgres.keep("key.pem", &key.serialize_pem());
        for (name, value) in [
            ("ssl", "on"),
            ("ssl_cert_file", certificate.to_str().unwrap()),
            ("ssl_key_file", key.to_str().unwrap()),
        ] {
            postgres.psql(&format!("ALTER SYSTEM SET {name} = '{value}'"));
        }
        postgres.psql("SELECT pg_reload_conf()");
    }
}

fn connector(postgres: &Postgres, host: &str, query: &str, ca_file: &Path) -> Connector {
    let options = Options {
        ca_file: Some(ca_file.to_owned()),
        ..options()
    };
    Connector::open(&url(&format!("{host}:{}", postgres.port), query), &options).unwrap()
}

#[tokio::test]
async fn a_certificate_is_believed_for_its_name_and_from_its_ca_alone() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start();
    let own = Authority::new(folder.path(), "own.pem", &rcgen::PKCS_ECDSA_P256_SHA256);
    let other = Authority::new(folder.path(), "other.pem", &rcgen::PKCS_ECDSA_P256_SHA256);
    let plain = connector(&postgres, "localhost", "", &own.file);
    let refusal = refusal_with(&plain, Access::ReadWrite).await;
    assert!(
        refusal.contains("PostgreSQL offers no TLS: set `ssl = on`"),
        "{refusal}"
    );
    own.certify(&postgres);
    let bound = connector(
        &postgres,
        "localhost",
        "?channel_binding=require",
        &own.file,
    );
    let session = until("TLS", async || bound.connect(Access::ReadWrite).await.ok()).await;
    let version = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(one(&session, version).await, "TLSv1.3");
    for (host, ca_file, words) in [
        (
            "localhost",
            &other.file,
            "signed by no CA in database.ca_file",
        ),
        (
            "127.0.0.1",
            &own.file,
            "its certificate is for another name",
        ),
    ] {
        let refused = connector(&postgres, host, "", ca_file);
        let refusal = refusal_with(&refused, Access::ReadWrite).await;
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[tokio::test]
async fn a_login_is_bound_to_certificates_whose_signature_has_a_digest() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start();
    let algorithms: [(&'static SignatureAlgorithm, &str, bool); 3] = [
        (&rcgen::PKCS_ECDSA_P384_SHA384, "ecdsa.pem", true),
        (&rcgen::PKCS_RSA_SHA256, "rsa.pem", true),
        (&rcgen::PKCS_ED25519, "ed25519.pem", false),
    ];
    for (algorithm, name, binds) in algorithms {
        let authority = Authority::new(folder.path(), name, algorithm);
        authority.certify(&postgres);
        // Without the duty to bind, every one will do.
        let free = connector(&postgres, "localhost", "", &authority.file);
        until("its certificate", async || {
            free.connect(Access::ReadWrite).await.ok()
        })
        .await;
        let required = "?channel_binding=require";
        let bound = connector(&postgres, "localhost", required, &authority.file);
        if binds {
            bound.connect(Access::ReadWrite).await.unwrap();
        } else {
            let refusal = refusal_with(&bound, Access::ReadWrite).await;
            assert!(
                refusal.contains("not bound to the server's certificate"),
                "{refusal}"
            );
        }
    }
}
