//! The commands on organizations.
//! Leaves users, who have an address and a plan, to `users`.

use clap::Subcommand;
use keywright_sdk::control::types::{
    CreateOrganizationIdempotencyKey, CreatedOrganization, ListOrganizationsName, Organization,
    OrganizationInput, OrganizationInputName, OrganizationPatch, OrganizationPatchName,
};
use uuid::Uuid;

use super::failure::Failure;
use super::output::{Card, Row, instant, or_dash, yes_or_no};
use super::paging::{Page, Paging};
use super::value::{OtherRateLimits, RateLimits, id, rate_limits_text, some_change};
use super::{End, Operator, help_with_exit_codes};

pub(super) const HELP: &str = help_with_exit_codes!(
    "\
Examples:
  keywright organizations create 'Example Works'
  keywright organizations create Billing --parent 01a200bc-4534-737b-a280-8a4ce31f4780
  keywright organizations list --name 'Example Works'
  keywright organizations update 01a200bc-4534-737b-a280-8a4ce31f4780 --rate-limit requests=1000/1m"
);

/// What can be asked about organizations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an organization and its organization key, which is shown this once.
    ///
    /// Only the API `organization-key` uses that key: `--without-key` makes none.
    Create {
        /// What to call it; the name need not be unique.
        name: OrganizationInputName,
        /// Organization above it, whose key may act for it.
        #[arg(long, value_name = "ID", value_parser = id)]
        parent: Option<Uuid>,
        /// Identifier to give, a UUID; a new one when left out.
        #[arg(long, value_parser = id)]
        id: Option<Uuid>,
        #[command(flatten)]
        rate_limits: RateLimits,
        /// Make no organization key: keys of other kinds need none.
        #[arg(long, conflicts_with = "idempotency_key")]
        without_key: bool,
        /// Repeat a command with this value within ten minutes to get the same organization and key, not others.
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<CreateOrganizationIdempotencyKey>,
    },
    /// List organizations, ordered by id.
    List {
        /// Only organizations that are suspended, or only those that are not.
        #[arg(long, value_name = "true|false")]
        suspended: Option<bool>,
        /// Only organizations with exactly this name.
        #[arg(long)]
        name: Option<ListOrganizationsName>,
        /// Only organizations right below this one.
        #[arg(long, value_name = "ID", value_parser = id)]
        parent: Option<Uuid>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show an organization.
    Show {
        /// The organization's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Change an organization; what is not given stays as it is.
    Update {
        /// The organization's id.
        #[arg(value_parser = id)]
        id: Uuid,
        /// What to call it.
        #[arg(long)]
        name: Option<OrganizationPatchName>,
        /// Whether the organization's keys are refused.
        #[arg(long, value_name = "true|false")]
        suspended: Option<bool>,
        #[command(flatten)]
        rate_limits: OtherRateLimits,
    },
    /// Refuse all keys of an organization until it is resumed; those below it keep theirs.
    Suspend {
        /// The organization's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Take the keys of a suspended organization again.
    Resume {
        /// The organization's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Remove an organization for good and revoke its keys; those below it must be deleted first.
    Delete {
        /// The organization's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
}

impl Command {
    pub(super) async fn run(self, operator: &Operator) -> Result<End, Failure> {
        match self {
            Self::Create {
                name,
                parent,
                id,
                rate_limits,
                without_key,
                idempotency_key,
            } => {
                let organization = OrganizationInput {
                    id,
                    name,
                    parent_id: parent,
                    rate_limits: rate_limits.limits,
                    first_key: without_key.then_some(false),
                };
                create(operator, organization, idempotency_key).await?;
            }
            Self::List {
                suspended,
                name,
                parent,
                paging,
            } => list_organizations(operator, suspended, name, parent, paging).await?,
            Self::Show { id } => {
                let organization = operator.client.read_organization().id(id).send().await?;
                operator.output.show(&organization.into_inner())?;
            }
            Self::Update {
                id,
                name,
                suspended,
                rate_limits,
            } => {
                let (rate_limits, remove) = rate_limits.into_owner_parts();
                let patch = OrganizationPatch {
                    name,
                    suspended,
                    rate_limits,
                    remove,
                };
                update(operator, id, some_change(patch)?).await?;
            }
            Self::Suspend { id } => update(operator, id, suspension(true)).await?,
            Self::Resume { id } => update(operator, id, suspension(false)).await?,
            Self::Delete { id } => {
                operator.client.delete_organization().id(id).send().await?;
                let told = format!("organization {id} is deleted, its keys are revoked");
                operator.output.tell(&told)?;
            }
        }
        Ok(End::Done)
    }
}

async fn create(
    operator: &Operator,
    organization: OrganizationInput,
    idempotency_key: Option<CreateOrganizationIdempotencyKey>,
) -> Result<(), Failure> {
    let mut request = operator.client.create_organization().body(organization);
    if let Some(key) = idempotency_key {
        request = request.idempotency_key(key);
    }
    let organization = request.send().await?.into_inner();
    match &organization.key {
        Some(key) => operator.output.show_secret(&organization, &key.secret),
        None => operator.output.show(&organization),
    }
}

async fn list_organizations(
    operator: &Operator,
    suspended: Option<bool>,
    name: Option<ListOrganizationsName>,
    parent: Option<Uuid>,
    paging: Paging,
) -> Result<(), Failure> {
    let fetch = async |limit, cursor: Option<String>| {
        let mut request = operator.client.list_organizations().limit(limit);
        if let Some(suspended) = suspended {
            request = request.suspended(suspended);
        }
        if let Some(name) = &name {
            request = request.name(name.clone());
        }
        if let Some(parent) = parent {
            request = request.parent_id(parent);
        }
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let page = request.send().await?.into_inner();
        Ok(Page::new(page.items, page.next_cursor))
    };
    operator.output.show_page(&paging.collect(fetch).await?)
}

async fn update(operator: &Operator, id: Uuid, patch: OrganizationPatch) -> Result<(), Failure> {
    let request = operator.client.update_organization().id(id).body(patch);
    operator.output.show(&request.send().await?.into_inner())
}

fn suspension(suspended: bool) -> OrganizationPatch {
    OrganizationPatch {
        suspended: Some(suspended),
        ..OrganizationPatch::default()
    }
}

impl Row for Organization {
    const HEADINGS: &'static [&'static str] = &["ID", "NAME", "PARENT", "SUSPENDED", "CREATED"];
    const DISPENSABLE: &'static [&'static str] = &["CREATED", "PARENT", "SUSPENDED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            or_dash(self.parent_id),
            yes_or_no(self.suspended),
            instant(&self.created_at),
        ]
    }
}

impl Card for Organization {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("organization", self.id.to_string()),
            ("name", self.name.clone()),
            ("parent", or_dash(self.parent_id)),
            ("suspended", yes_or_no(self.suspended)),
            ("rate limits", rate_limits_text(&self.rate_limits)),
            ("created", instant(&self.created_at)),
            ("updated", instant(&self.updated_at)),
        ]
    }
}

impl Card for CreatedOrganization {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("organization", self.id.to_string()),
            ("name", self.name.clone()),
            ("parent", or_dash(self.parent_id)),
            ("rate limits", rate_limits_text(&self.rate_limits)),
            ("key", or_dash(self.key.as_ref().map(|key| key.id))),
        ]
    }
}
