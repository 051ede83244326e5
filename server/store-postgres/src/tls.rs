//! TLS to PostgreSQL: which certificates are believed, and the stream that tokio-postgres is given.
//! Leaves which hosts are talked to in this way to `settings`.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::{Context as _, anyhow, ensure};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::channel_binding::end_point;

/// Makes handshakes with servers whose certificate a CA of one file has signed, for the name by which they are called.
///
/// Not tokio-postgres-rustls: it would bring a second library of cryptography, for one digest.
#[derive(Clone)]
pub(crate) struct Tls(TlsConnector);

/// A handshake with one host.
pub(crate) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// A connection to PostgreSQL under TLS.
pub(crate) struct Encrypted(TlsStream<Socket>);

impl Tls {
    /// Believes the certificates in a file, and those that they have signed.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no certificate.
    pub(crate) fn believing(ca_file: &Path) -> anyhow::Result<Self> {
        let shown = ca_file.display();
        let pem = std::fs::read(ca_file).with_context(|| {
            format!(
                "database.ca_file: {shown} cannot be read: name a PEM file that the server's user may read"
            )
        })?;
        let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|_| {
            anyhow!("database.ca_file: {shown} is damaged, or no PEM: name a PEM file with the CA's certificate")
        })?;
        let mut roots = RootCertStore::empty();
        let (taken, _) = roots.add_parsable_certificates(certificates);
        ensure!(
            taken > 0,
            "database.ca_file: {shown} holds no certificate: name a PEM file with the CA's certificate"
        );
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .context("the cryptography lacks a version of TLS")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config).into()))
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, name: &str) -> Result<Handshake, InvalidDnsNameError> {
        Ok(Handshake {
            connector: self.0.clone(),
            name: ServerName::try_from(name)?.to_owned(),
        })
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let handshake = self.connector.connect(self.name, socket);
        Box::pin(async { handshake.await.map(Encrypted) })
    }
}

impl tokio_postgres::tls::TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        let certificates = self.0.get_ref().1.peer_certificates();
        let digest = certificates
            .and_then(<[_]>::first)
            .and_then(|own| end_point(own));
        digest.map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let refusal = |file: &Path| Tls::believing(file).err().unwrap().to_string();
        assert!(refusal(&file).contains("ca.pem cannot be read"));
        std::fs::write(&file, "nothing").unwrap();
        assert!(refusal(&file).contains("ca.pem holds no certificate"));
        let pem = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        std::fs::write(&file, pem).unwrap();
        assert!(refusal(&file).contains("ca.pem is damaged, or no PEM"));
    }
}
