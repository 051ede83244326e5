//! Owns the type of every member that carries a secret.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret on its way to or from a server.
///
/// It has no `Display`, and its `Debug` shows nothing of it; [`Secret::expose`] is the only way in.
#[derive(Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Shows the secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

impl From<&Secret> for Secret {
    fn from(secret: &Secret) -> Self {
        secret.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        assert_eq!(format!("{:?}", Secret::from("apikey:abc")), "Secret(..)");
    }

    #[test]
    fn a_secret_is_a_plain_string_on_the_wire() {
        let secret: Secret = serde_json::from_str("\"apikey:abc\"").unwrap();
        assert_eq!(secret.expose(), "apikey:abc");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"apikey:abc\"");
    }
}
