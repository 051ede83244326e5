//! What a start says: where to go next, and at the very first one the credentials, once.

use std::fmt;

use crate::config::Surface;
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

impl FirstStart {
    /// Whether there is nothing that is said this once.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.root_key.is_none() && self.demo.is_none()
    }
}

/// The text for somebody who has just started the server.
pub struct Welcome<'a> {
    /// The address at which clients find a part of the server, as in `http://127.0.0.1:8080`; `None` where it is
    /// served nowhere.
    pub url_of: &'a dyn Fn(Surface) -> Option<String>,
    /// The database in use.
    pub database_url: &'a str,
    /// What was created.
    pub first_start: &'a FirstStart,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "keywright {} · {}",
            env!("CARGO_PKG_VERSION"),
            self.database_url
        )?;
        self.write_credentials(formatter)?;
        if let Some(demo) = &self.first_start.demo {
            self.write_commands(formatter, demo)?;
        }
        if let Some(base) = (self.url_of)(Surface::Docs) {
            writeln!(formatter, "\n  Swagger UI        {base}/docs/")?;
            writeln!(
                formatter,
                "  documents         {base}/openapi/control.yaml (and four more)"
            )?;
        }
        writeln!(formatter, "  settings          keywright config show\n")
    }
}

impl Welcome<'_> {
    fn write_credentials(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first_start.is_silent() {
            return Ok(());
        }
        let FirstStart { root_key, demo } = self.first_start;
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

    fn write_commands(&self, formatter: &mut fmt::Formatter<'_>, demo: &Demo) -> fmt::Result {
        let commands = commands(demo).map(|(surface, method, rest)| {
            let base = (self.url_of)(surface)?;
            Some(format!("curl -i -X {method} {base}{rest}"))
        });
        let commands: Vec<String> = commands.into_iter().flatten().collect();
        let Some(first) = commands.first() else {
            return Ok(());
        };
        writeln!(
            formatter,
            "\nTry the documented contracts: each line works once, as it is.\n\
             The PUTs replace the key shown above.\n"
        )?;
        writeln!(formatter, "{}", commands.join("\n\n"))?;
        if first.contains(" https:") {
            writeln!(
                formatter,
                "\nWith TLS: put a name that the certificate holds in the place of the address, or add\n\
                 --cacert FILE with the certificate of its issuer."
            )?;
        }
        Ok(())
    }
}

/// One command for each documented contract: its method, and what stands behind the address.
fn commands(demo: &Demo) -> [(Surface, &'static str, String); 4] {
    let json = "-H 'Content-Type: application/json'";
    [
        (
            Surface::UserKey,
            "PUT",
            format!(
                "/user/api-key -H 'Authorization: Bearer {}' -H 'X-Exorde-Api-Version: v1'",
                demo.user.1.secret.expose()
            ),
        ),
        (
            Surface::ClientKeys,
            "POST",
            format!(
                "/api-keys -H 'Authorization: Bearer {}' {json} -d '{{\"name\": \"My client\"}}'",
                demo.token.token.expose()
            ),
        ),
        (
            Surface::NamedKeys,
            "POST",
            format!(
                "/v0/api_keys -H 'Authorization: Bearer {}' {json} -d '{{\"name\": \"my-key\"}}'",
                demo.named.secret.expose()
            ),
        ),
        (
            Surface::OrganizationKey,
            "PUT",
            format!(
                "/organizations/api-keys -H 'SlashID-API-Key: {}' -H 'SlashID-OrgID: {}'",
                demo.organization.1.secret.expose(),
                demo.organization.0.id
            ),
        ),
    ]
}
