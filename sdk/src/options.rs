//! Owns what a caller may choose about a client: its time limit, and whom it trusts.
//! Leaves applying it to `connect`.

use std::time::Duration;

#[cfg(feature = "rustls")]
use reqwest::Certificate;

#[cfg(feature = "rustls")]
use crate::BuildError;

/// The longest that a call takes, connecting and reading the answer included, where nothing else is said.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The same for a client of `control::verifier`, which a request of yours waits for.
pub const VERIFICATION_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest wait that a caller of `organization-key` may ask for is 120 seconds; the answer must still find the
/// client listening.
pub const ORGANIZATION_KEY_TIMEOUT: Duration = Duration::from_secs(150);

/// How a client connects, for the `client_with` functions.
///
/// ```
/// use std::time::Duration;
///
/// use keywright_sdk::Options;
///
/// let options = Options::new().timeout(Duration::from_millis(500));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) timeout: Option<Duration>,
    #[cfg(feature = "rustls")]
    pub(crate) roots: Vec<Certificate>,
}

impl Options {
    /// Everything as usual.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives up after so long, connecting and reading the answer included.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    /// Trusts servers whose certificate one of these issued, and no others; `pem` holds one certificate or more.
    ///
    /// # Errors
    /// [`BuildError::Certificate`] when there is no certificate in it, or one that cannot be read.
    #[cfg(feature = "rustls")]
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, BuildError> {
        let roots = Certificate::from_pem_bundle(pem).map_err(|_| BuildError::Certificate)?;
        if roots.is_empty() {
            return Err(BuildError::Certificate);
        }
        self.roots.extend(roots);
        Ok(self)
    }
}

#[cfg(all(test, feature = "rustls"))]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_certificate_is_refused() {
        for text in [
            "",
            "not PEM",
            "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n",
        ] {
            let refusal = Options::new().trust(text.as_bytes()).unwrap_err();
            assert!(matches!(refusal, BuildError::Certificate), "{text}");
        }
    }
}
