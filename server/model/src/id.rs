//! The ids of keys, owners, tokens and requests: none can be taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id! {
    /// Names a key; ordered by the time it was issued.
    KeyId
}
id! {
    /// Names a user or an organization.
    OwnerId
}
id! {
    /// Names an access token of our own: its `jti`.
    TokenId
}
id! {
    /// Names one request and its answer.
    RequestId
}
