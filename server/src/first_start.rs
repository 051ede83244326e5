//! What a start says: where to go next, and at the very first one the credentials, once.

use std::fmt;

use crate::keyring::Demo;
use crate::secret::Secret;

/// What was created because the database was empty.
#[derive(Debug, Default)]
pub struct FirstStart {
    /// The root key, unless the configuration gives one.
    pub root_key: Option<Secret>,
    /// One owner and key of each kind, unless they are not wanted.
    pub demo: Option<Demo>,
}

/// The text for somebody who has just started the server.
pub struct Welcome<'a> {
    /// The address that clients use, as in `http://127.0.0.1:8080`.
    pub base_url: &'a str,
    /// The database in use.
    pub database_url: &'a str,
    /// What was created.
    pub first_start: &'a FirstStart,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.base_url;
        writeln!(
            formatter,
            "keywright {} · {}",
            env!("CARGO_PKG_VERSION"),
            self.database_url
        )?;
        self.write_credentials(formatter)?;
        if let Some(demo) = &self.first_start.demo {
            writeln!(
                formatter,
                "\nTry the four documented contracts: each line works once, as it is.\n\
                 The two PUTs replace the key shown above.\n"
            )?;
            write_commands(formatter, base, demo)?;
            if base.starts_with("https:") {
                writeln!(
                    formatter,
                    "\nWith TLS: put a name that the certificate holds in the place of the address, or add\n\
                     --cacert FILE with the certificate of its issuer."
                )?;
            }
        }
        writeln!(formatter, "\n  Swagger UI        {base}/docs/")?;
        writeln!(
            formatter,
            "  documents         {base}/openapi/control.yaml (and four more)"
        )?;
        writeln!(formatter, "  settings          keywright config show\n")
    }
}

impl Welcome<'_> {
    fn write_credentials(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FirstStart { root_key, demo } = self.first_start;
        if root_key.is_none() && demo.is_none() {
            return Ok(());
        }
        writeln!(
            formatter,
            "\nFirst start. These credentials are shown this once; keep them safe.\n"
        )?;
        if let Some(root_key) = root_key {
            writeln!(formatter, "  root key          {}", root_key.expose())?;
        }
        let Some(demo) = demo else { return Ok(()) };
        writeln!(formatter, "  user id           {}", demo.user.0.id)?;
        writeln!(
            formatter,
            "  user key          {}",
            demo.user.1.secret.expose()
        )?;
        writeln!(formatter, "  organization id   {}", demo.organization.0.id)?;
        writeln!(
            formatter,
            "  organization key  {}",
            demo.organization.1.secret.expose()
        )?;
        writeln!(formatter, "  client id         {}", demo.client.key.id)?;
        writeln!(
            formatter,
            "  client secret     {}",
            demo.client.secret.expose()
        )?;
        writeln!(
            formatter,
            "  named key         {}",
            demo.named.secret.expose()
        )
    }
}

fn write_commands(formatter: &mut fmt::Formatter<'_>, base: &str, demo: &Demo) -> fmt::Result {
    writeln!(
        formatter,
        "curl -i -X PUT {base}/user/api-key -H 'Authorization: Bearer {}' \
         -H 'X-Exorde-Api-Version: v1'\n",
        demo.user.1.secret.expose()
    )?;
    writeln!(
        formatter,
        "curl -i -X POST {base}/api-keys -H 'Authorization: Bearer {}' \
         -H 'Content-Type: application/json' -d '{{\"name\": \"My client\"}}'\n",
        demo.token.token.expose()
    )?;
    writeln!(
        formatter,
        "curl -i -X POST {base}/v0/api_keys -H 'Authorization: Bearer {}' \
         -H 'Content-Type: application/json' -d '{{\"name\": \"my-key\"}}'\n",
        demo.named.secret.expose()
    )?;
    writeln!(
        formatter,
        "curl -i -X PUT {base}/organizations/api-keys -H 'SlashID-API-Key: {}' \
         -H 'SlashID-OrgID: {}'",
        demo.organization.1.secret.expose(),
        demo.organization.0.id
    )
}
