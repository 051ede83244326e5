//! TLS: the certificate that clients are shown, how it is read, and how a running server takes a new one.
//! Not here: handshakes and connections (`serve`).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context as _, anyhow};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, InconsistentKeys, ServerConfig};
use zeroize::Zeroizing;

use crate::config;

/// What a client may ask for in the handshake, the better one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The server's certificate, its key, and the files that they came from.
pub struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
}

impl Identity {
    /// Reads the files that the settings name; `None` if they name none.
    ///
    /// # Errors
    /// When a file cannot be read, or the two do not belong together.
    pub fn open(settings: &config::Tls) -> anyhow::Result<Option<Self>> {
        let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) else {
            return Ok(None);
        };
        Ok(Some(Self {
            current: RwLock::new(read(certificate, key)?),
            certificate: certificate.clone(),
            key: key.clone(),
        }))
    }

    /// What the next connection is served with.
    #[must_use]
    pub fn current(&self) -> Arc<ServerConfig> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Reads both files again. Connections that are open keep what they have.
    ///
    /// # Errors
    /// When they cannot be used; then the certificate stays as it was.
    pub fn reload(&self) -> anyhow::Result<()> {
        let new = read(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// The file with the private key.
    #[must_use]
    pub fn key_file(&self) -> &Path {
        &self.key
    }
}

fn read(certificate: &Path, key: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let shown = (certificate.display(), key.display());
    let chain = CertificateDer::pem_slice_iter(&bytes("tls.certificate", certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unreadable("tls.certificate", certificate, "a certificate", &error))?;
    if chain.is_empty() {
        let error = PemError::NoItemsFound;
        return Err(unreadable(
            "tls.certificate",
            certificate,
            "a certificate",
            &error,
        ));
    }
    let secret = PrivateKeyDer::from_pem_slice(&bytes("tls.key", key)?)
        .map_err(|error| unreadable("tls.key", key, "an unencrypted private key", &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .context("the cryptography lacks a version of TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, secret);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => anyhow!(
            "tls.key: {} is not the key of the first certificate in {}: name two files that belong together",
            shown.1,
            shown.0
        ),
        error => anyhow!(
            "tls.certificate and tls.key: {} and {} cannot be used: {error}; have them issued again",
            shown.0,
            shown.1
        ),
    })?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(Arc::new(config))
}

fn bytes(setting: &str, path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let bytes = std::fs::read(path).map(Zeroizing::new);
    bytes.with_context(|| {
        format!(
            "{setting}: {} cannot be read: name a PEM file that the server's user may read",
            path.display()
        )
    })
}

/// Says which file is no PEM of its kind, without a word of what is in it.
fn unreadable(setting: &str, path: &Path, wanted: &str, error: &PemError) -> anyhow::Error {
    let found = match error {
        PemError::NoItemsFound => "holds none",
        _ => "is damaged, or no PEM",
    };
    anyhow!(
        "{setting}: {} {found}: name a PEM file with {wanted}",
        path.display()
    )
}
