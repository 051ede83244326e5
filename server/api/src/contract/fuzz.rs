//! What the fuzz targets in `tests/fuzz` need of the parsers: each by itself, as the contracts use it.
//! No part of the library's interface.

// Each is the parser of the same name, which is documented where it stands.
use axum::http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{body, headers, token_endpoint};
use keywright_core::keyring::ClientCredentials;
use keywright_model::error::Error;
use keywright_model::secret::Secret;

pub fn bearer(sent: &HeaderMap) -> Result<Option<Secret>, Error> {
    headers::bearer(sent)
}

pub fn api_key(sent: &HeaderMap) -> Result<Option<Secret>, Error> {
    headers::api_key(sent)
}

pub fn basic(sent: &HeaderMap) -> Result<Option<ClientCredentials>, Error> {
    token_endpoint::basic(sent)
}

pub fn retry_key(sent: &HeaderMap) -> Result<Option<String>, Error> {
    let key = headers::retry_key(sent)?;
    Ok(key.map(|key| key.0.clone()))
}

#[must_use]
pub fn accepts_json(sent: &HeaderMap) -> bool {
    headers::accepts_json(sent)
}

pub fn read_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    body::read_object(bytes)
}

pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    body::read_query(query)
}

pub fn read_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    body::read_form(bytes)
}
