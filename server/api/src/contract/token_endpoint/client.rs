//! How a client proves itself: by HTTP Basic, or with members of the body, which is a form or JSON.
//! Leaves whether the proof is good to the keyring.

use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::contract::{WireSecret, body, headers};
use keywright_core::keyring::ClientCredentials;
use keywright_model::error::Error;
use keywright_model::secret::Secret;

/// The client's proof as members of the body.
pub(super) struct Proof {
    client_id: Option<String>,
    client_secret: Option<Secret>,
}

impl Proof {
    /// What was sent; a member without a value counts as left out (RFC 6749, section 3.2).
    pub(super) fn new(client_id: Option<String>, client_secret: Option<WireSecret>) -> Self {
        let client_secret = client_secret.map(|WireSecret(secret)| secret);
        Self {
            client_id: client_id.filter(|id| !id.is_empty()),
            client_secret: client_secret.filter(|secret| !secret.expose().is_empty()),
        }
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.client_id.is_none() && self.client_secret.is_none()
    }

    /// The one proof that was sent, in the body or by HTTP Basic.
    pub(super) fn beside(
        self,
        basic: Option<ClientCredentials>,
    ) -> Result<Option<ClientCredentials>, Error> {
        if let (Some(basic), Some(client_id)) = (&basic, &self.client_id)
            && basic.client_id != *client_id
        {
            let detail = "client_id must be the one that HTTP Basic names, or be left out";
            return Err(Error::invalid("/client_id", detail));
        }
        // A bare client_id beside Basic only repeats it.
        let in_body = self.client_secret.map(|client_secret| ClientCredentials {
            // An unknown secret is as wrong as one of another client.
            client_id: self.client_id.unwrap_or_default(),
            client_secret,
        });
        if basic.is_some() && in_body.is_some() {
            let detail = "send the client's secret by HTTP Basic or in the body, not both";
            return Err(Error::invalid("/client_secret", detail));
        }
        Ok(basic.or(in_body))
    }
}

/// Reads a body that is a form or JSON.
pub(super) fn read_body<T: DeserializeOwned>(
    headers: &HeaderMap,
    bytes: &[u8],
    read_form: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    if body::has_type(headers, "application/json") {
        body::read_object(bytes)
    } else if body::has_type(headers, "application/x-www-form-urlencoded") {
        read_form(bytes)
    } else {
        Err(Error::ContentTypeUnknown(
            "application/x-www-form-urlencoded or application/json",
        ))
    }
}

/// The client's proof by HTTP Basic; both halves are form-encoded (RFC 6749, section 2.3.1).
pub(in crate::contract) fn basic(headers: &HeaderMap) -> Result<Option<ClientCredentials>, Error> {
    let Some(text) = headers::single(headers, "Authorization")? else {
        return Ok(None);
    };
    let unreadable =
        || Error::CredentialUnreadable("Authorization must have the form `Basic <base64>`");
    let (scheme, encoded) = text.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unreadable());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| unreadable())?;
    let bytes = Zeroizing::new(bytes);
    let pair = std::str::from_utf8(&bytes).map_err(|_| unreadable())?;
    let (client_id, client_secret) = pair.split_once(':').ok_or_else(unreadable)?;
    let decoded = |text: &str| {
        // As the value of a form: `+` and `%` are decoded, nothing is cut off.
        let escaped = Zeroizing::new(text.replace('&', "%26"));
        let pair = Zeroizing::new(format!("x={}", *escaped));
        let value = form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned());
        value.unwrap_or_default()
    };
    Ok(Some(ClientCredentials {
        client_id: decoded(client_id),
        client_secret: Secret::new(decoded(client_secret)),
    }))
}
