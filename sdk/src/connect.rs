//! Owns what all contracts' clients are made with: base URLs, credentials, timeouts.
//! Leaves which header carries a credential to `contracts`.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Url};
use thiserror::Error;

use crate::{Options, Secret};

/// Seconds to wait for a connection.
const CONNECT_TIMEOUT_S: u64 = 10;

/// Why a client could not be made. None of them shows a credential.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used; the text says why.
    #[error("the base URL {0}")]
    BaseUrl(String),
    /// The credential holds something that no HTTP header can carry.
    #[error("the credential must be visible ASCII characters")]
    Credential,
    /// A text that should hold certificates in PEM holds none, or one that cannot be read.
    #[error(
        "there is no certificate in PEM to read, which begins with -----BEGIN CERTIFICATE-----"
    )]
    Certificate,
    /// The HTTP client could not be made, for example for want of root certificates.
    #[error("the HTTP client could not be made")]
    Http(#[source] reqwest::Error),
}

/// Makes the HTTP client of one contract, and the base URL in the form that generated code wants.
pub(crate) fn connect(
    base_url: &str,
    headers: HeaderMap,
    options: &Options,
    timeout: Duration,
) -> Result<(String, reqwest::Client), BuildError> {
    let url = check_base_url(base_url)?;
    let builder = reqwest::Client::builder()
        .user_agent(concat!("keywright-sdk/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(CONNECT_TIMEOUT_S))
        .timeout(options.timeout.unwrap_or(timeout));
    // A proxy that the environment names has no business with what stays on this machine, and would read the
    // credential on its way.
    let builder = if is_loopback(&url) {
        builder.no_proxy()
    } else {
        builder
    };
    let http = with_roots(&url, options, builder)
        .build()
        .map_err(BuildError::Http)?;
    Ok((url.as_str().trim_end_matches('/').to_owned(), http))
}

/// `Authorization: Bearer <credential>`, marked so that `Debug` does not show it.
pub(crate) fn bearer(credential: &Secret) -> Result<HeaderMap, BuildError> {
    header(AUTHORIZATION, &format!("Bearer {}", credential.expose()))
}

/// One header that carries a credential, marked so that `Debug` does not show it.
pub(crate) fn header(name: HeaderName, value: &str) -> Result<HeaderMap, BuildError> {
    let visible = value
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let value = HeaderValue::from_str(value).ok().filter(|_| visible);
    let mut value = value.ok_or(BuildError::Credential)?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(name, value)]))
}

fn check_base_url(base_url: &str) -> Result<Url, BuildError> {
    let refuse = |why: &str| Err(BuildError::BaseUrl(why.to_owned()));
    let url = match Url::parse(base_url) {
        Ok(url) => url,
        Err(error) => return refuse(&format!("is not a URL: {error}")),
    };
    match url.scheme() {
        "https" if cfg!(not(feature = "rustls")) => {
            return refuse("is https, which needs the feature `rustls`");
        }
        "http" | "https" => {}
        _ => return refuse("must begin with http:// or https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not carry a user name or password; pass the credential on its own");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must not have a query or a fragment");
    }
    Ok(url)
}

/// Whether a URL leads to this very machine, by its address or by the name that RFC 6761 keeps for it.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = address.parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Whom a client trusts. Plain http checks no certificate, so a machine without root certificates will do.
#[cfg(feature = "rustls")]
fn with_roots(url: &Url, options: &Options, builder: ClientBuilder) -> ClientBuilder {
    match url.scheme() {
        "http" => builder.tls_certs_only([]),
        _ if options.roots.is_empty() => builder,
        _ => builder.tls_certs_only(options.roots.iter().cloned()),
    }
}

#[cfg(not(feature = "rustls"))]
fn with_roots(_: &Url, _: &Options, builder: ClientBuilder) -> ClientBuilder {
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TIMEOUT;

    fn refusal(base_url: &str) -> String {
        check_base_url(base_url).unwrap_err().to_string()
    }

    #[test]
    fn a_base_url_keeps_its_path_and_loses_its_trailing_slash() {
        let base_url = |text| {
            connect(text, HeaderMap::new(), &Options::new(), TIMEOUT)
                .unwrap()
                .0
        };
        assert_eq!(base_url("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(
            base_url("https://example.com/keys/"),
            "https://example.com/keys"
        );
    }

    #[test]
    fn a_base_url_that_cannot_work_is_refused_with_the_reason() {
        assert_eq!(
            refusal("example.com"),
            "the base URL is not a URL: relative URL without a base"
        );
        assert_eq!(
            refusal("ftp://example.com"),
            "the base URL must begin with http:// or https://"
        );
        assert_eq!(
            refusal("http://example.com/?a=b"),
            "the base URL must not have a query or a fragment"
        );
    }

    #[test]
    fn what_leads_to_this_machine_is_told_from_what_does_not() {
        let is_loopback = |text| is_loopback(&Url::parse(text).unwrap());
        for text in [
            "http://127.0.0.1:8080",
            "https://127.255.255.254",
            "http://127.1",
            "http://[::1]:8080",
            "http://[::ffff:127.0.0.1]",
            "http://localhost:8080",
            "http://LOCALHOST",
            "http://keys.localhost.",
        ] {
            assert!(is_loopback(text), "{text}");
        }
        for text in [
            "http://128.0.0.1",
            "http://10.0.0.1",
            "http://[::2]",
            "http://localhost.example.com",
            "http://notlocalhost",
        ] {
            assert!(!is_loopback(text), "{text}");
        }
    }

    #[test]
    fn a_password_in_a_base_url_is_refused_and_not_repeated() {
        let refusal = refusal("http://me:hunter2@example.com");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }

    #[test]
    fn a_credential_that_no_header_carries_is_refused_and_not_repeated() {
        for credential in ["two\nlines", "nul\0", "ключ"] {
            let error = bearer(&credential.into()).unwrap_err();
            assert!(matches!(error, BuildError::Credential));
            assert!(!format!("{error} {error:?}").contains(credential));
        }
    }

    #[test]
    fn a_client_does_not_show_its_credential() {
        let headers = bearer(&"hunter2".into()).unwrap();
        let (_, http) = connect("http://127.0.0.1", headers, &Options::new(), TIMEOUT).unwrap();
        let shown = format!("{http:?}");
        assert!(
            shown.contains("authorization") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
