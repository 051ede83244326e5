//! What a start says: where to go next, and at the very first one the credentials, once.

use std::fmt;

use keywright_api::surface::Surface;
use keywright_core::keyring::Demo;
use keywright_model::secret::Secret;

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

/// Who owns what a first start creates: no secret among it.
#[derive(Clone, Debug)]
pub struct DemoIds {
    /// The user.
    pub user: String,
    /// The organization.
    pub organization: String,
    /// The client key.
    pub client: String,
}

impl DemoIds {
    /// The ids of what was created.
    #[must_use]
    pub fn of(demo: &Demo) -> Self {
        Self {
            user: demo.user.0.id.to_string(),
            organization: demo.organization.0.id.to_string(),
            client: demo.client.key.id.to_string(),
        }
    }
}

/// The text for the operator of a server that has just started.
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
        writeln!(
            formatter,
            "\nFirst start. These credentials are shown this once; keep them safe."
        )?;
        if let Some(root_key) = &self.first_start.root_key {
            writeln!(formatter, "\n  root key          {}", root_key.expose())?;
        }
        writeln!(
            formatter,
            "\nPaste these lines into another terminal, for the commands of the README:\n"
        )?;
        for (name, value) in self.variables() {
            writeln!(formatter, "export {name}={value}")?;
        }
        Ok(())
    }

    /// What the README's commands need, by the names that it uses. No value needs quotes in any shell.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let FirstStart { root_key, demo } = self.first_start;
        let mut variables = Vec::new();
        if let Some(url) = (self.url_of)(Surface::Control) {
            variables.push(("KEYWRIGHT_URL", url));
        }
        if let Some(root_key) = root_key {
            variables.push(("KEYWRIGHT_KEY", root_key.expose().to_owned()));
        }
        if let Some(demo) = demo {
            let secret = |secret: &Secret| secret.expose().to_owned();
            variables.extend([
                ("ORGANIZATION_ID", demo.organization.0.id.to_string()),
                ("ORGANIZATION_KEY", secret(&demo.organization.1.secret)),
                ("USER_ID", demo.user.0.id.to_string()),
                ("USER_KEY", secret(&demo.user.1.secret)),
                ("CLIENT_ID", demo.client.key.id.to_string()),
                ("CLIENT_SECRET", secret(&demo.client.secret)),
                ("NAMED_KEY", secret(&demo.named.secret)),
            ]);
        }
        variables
    }

    fn write_commands(&self, formatter: &mut fmt::Formatter<'_>, demo: &Demo) -> fmt::Result {
        let root_key = self.first_start.root_key.as_ref();
        let control = root_key.map(|root_key| issue_command(root_key, demo));
        let commands = control.into_iter().chain(compatible_commands(demo));
        let commands = commands.map(|(surface, method, rest)| {
            let base = (self.url_of)(surface)?;
            Some(format!("curl -i -X {method} {base}{rest}"))
        });
        let commands: Vec<String> = commands.flatten().collect();
        let Some(first) = commands.first() else {
            return Ok(());
        };
        writeln!(
            formatter,
            "\nTry each API: every line works as it is, the PUTs once, for they replace the key shown above.\n"
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

const JSON: &str = "-H 'Content-Type: application/json'";

/// Where a command goes, its method, and what stands behind the address.
type Command = (Surface, &'static str, String);

/// Makes a key for an application of one's own.
fn issue_command(root_key: &Secret, demo: &Demo) -> Command {
    let rest = format!(
        "/v1/keys -H 'Authorization: Bearer {}' {JSON} -d '{{\"kind\": \"standard\", \"owner_id\": \"{}\", \
         \"name\": \"first\", \"scopes\": [\"reports:read\"]}}'",
        root_key.expose(),
        demo.organization.0.id
    );
    (Surface::Control, "POST", rest)
}

/// One command for each contract of another provider.
fn compatible_commands(demo: &Demo) -> [Command; 4] {
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
                "/api-keys -H 'Authorization: Bearer {}' {JSON} -d '{{\"name\": \"My client\"}}'",
                demo.token.token.expose()
            ),
        ),
        (
            Surface::NamedKeys,
            "POST",
            format!(
                "/v0/api_keys -H 'Authorization: Bearer {}' {JSON} -d '{{\"name\": \"my-key\"}}'",
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
