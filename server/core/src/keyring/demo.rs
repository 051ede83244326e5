//! The owners and keys of a first start: one of each, so that every contract can be tried at once.

use super::{
    CreateKey, CreateOwner, Issued, Keyring, NewKeyWish, NewOrganization, NewUser, Permit,
};
use crate::token::Minted;
use keywright_model::error::Error;
use keywright_model::key::Kind;
use keywright_model::owner::Owner;

/// What a first start creates.
#[derive(Debug)]
pub struct Demo {
    /// A user and its key.
    pub user: (Owner, Issued),
    /// An organization and its key.
    pub organization: (Owner, Issued),
    /// A client key of the organization.
    pub client: Issued,
    /// A named key of the organization.
    pub named: Issued,
    /// An access token of the client key.
    pub token: Minted,
}

impl Keyring {
    /// Creates a user, an organization, a client key, a named key and an access token.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn create_demo(&self) -> Result<Demo, Error> {
        let owners = Permit::<CreateOwner>::of_server();
        let keys = Permit::<CreateKey>::of_server();
        let user = NewUser {
            id: None,
            email: None,
            plan: None,
            rate_limits: Vec::new(),
        };
        let user = self.create_user(&owners, user).await?;
        let name = "First organization".to_owned();
        let organization = NewOrganization {
            id: None,
            name,
            parent_id: None,
            rate_limits: Vec::new(),
            first_key: true,
        };
        let (organization, key) = self.create_organization(&owners, organization).await?;
        let key = key.ok_or_else(|| Error::internal("a first key was not made"))?;
        let wish = |kind, name| NewKeyWish {
            expires_at_ms: self.end_max_ms(self.now_ms()),
            ..NewKeyWish::named(kind, organization.id, name)
        };
        let client = self
            .create_key(&keys, wish(Kind::Client, "First client key"))
            .await?;
        let named = self
            .create_key(&keys, wish(Kind::Named, "first-named-key"))
            .await?;
        let scopes = client.key.scopes.clone();
        let issuer = self.tokens.audience(&[])?;
        let now_ms = self.now_ms();
        let token =
            self.tokens
                .mint(client.key.id, organization.id, scopes, issuer, None, now_ms)?;
        Ok(Demo {
            user,
            organization: (organization, key),
            client,
            named,
            token,
        })
    }
}
