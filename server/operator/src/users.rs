//! The commands on users.
//! Leaves organizations, which have a name and a place, to `organizations`.

use clap::Subcommand;
use keywright_sdk::control::types::{
    CreateUserIdempotencyKey, CreatedUser, ListUsersEmail, User, UserInput, UserInputEmail,
    UserInputPlan, UserPatch, UserPatchEmail, UserPatchPlan,
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
  keywright users create --email ada@example.com --plan free
  keywright users create --rate-limit requests=100/1m,burst=10
  keywright users list --suspended true --all
  keywright users suspend 01a200bc-4534-737b-a280-8a4ce31f4780"
);

/// What can be asked about users.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user and the user's first key, which is shown this once.
    Create {
        /// Identifier to give, a UUID; a new one when left out.
        #[arg(long, value_parser = id)]
        id: Option<Uuid>,
        /// E-mail address, for your own reference. keywright never sends mail.
        #[arg(long)]
        email: Option<UserInputEmail>,
        /// Plan the user is on.
        #[arg(long, default_value = "free")]
        plan: UserInputPlan,
        #[command(flatten)]
        rate_limits: RateLimits,
        /// Repeat a command with this value within ten minutes to get the same user and key, not others.
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<CreateUserIdempotencyKey>,
    },
    /// List users, ordered by id.
    List {
        /// Only users that are suspended, or only those that are not.
        #[arg(long, value_name = "true|false")]
        suspended: Option<bool>,
        /// Only users with exactly this e-mail address.
        #[arg(long)]
        email: Option<ListUsersEmail>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a user.
    Show {
        /// The user's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Change a user; what is not given stays as it is.
    Update {
        /// The user's id.
        #[arg(value_parser = id)]
        id: Uuid,
        /// E-mail address.
        #[arg(long)]
        email: Option<UserPatchEmail>,
        /// Plan the user is on.
        #[arg(long)]
        plan: Option<UserPatchPlan>,
        /// Whether the user's keys are refused.
        #[arg(long, value_name = "true|false")]
        suspended: Option<bool>,
        #[command(flatten)]
        rate_limits: OtherRateLimits,
    },
    /// Refuse all keys of a user until it is resumed.
    Suspend {
        /// The user's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Take the keys of a suspended user again.
    Resume {
        /// The user's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Remove a user for good and revoke the user's keys.
    Delete {
        /// The user's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
}

impl Command {
    pub(super) async fn run(self, operator: &Operator) -> Result<End, Failure> {
        match self {
            Self::Create {
                id,
                email,
                plan,
                rate_limits,
                idempotency_key,
            } => {
                let user = UserInput {
                    id,
                    email,
                    plan,
                    rate_limits: rate_limits.limits,
                };
                create(operator, user, idempotency_key).await?;
            }
            Self::List {
                suspended,
                email,
                paging,
            } => list_users(operator, suspended, email, paging).await?,
            Self::Show { id } => {
                let user = operator.client.read_user().id(id).send().await?;
                operator.output.show(&user.into_inner())?;
            }
            Self::Update {
                id,
                email,
                plan,
                suspended,
                rate_limits,
            } => {
                let (rate_limits, remove) = rate_limits.into_owner_parts();
                let patch = UserPatch {
                    email,
                    plan,
                    suspended,
                    rate_limits,
                    remove,
                };
                update(operator, id, some_change(patch)?).await?;
            }
            Self::Suspend { id } => update(operator, id, suspension(true)).await?,
            Self::Resume { id } => update(operator, id, suspension(false)).await?,
            Self::Delete { id } => {
                operator.client.delete_user().id(id).send().await?;
                let told = format!("user {id} is deleted, the user's keys are revoked");
                operator.output.tell(&told)?;
            }
        }
        Ok(End::Done)
    }
}

async fn create(
    operator: &Operator,
    user: UserInput,
    idempotency_key: Option<CreateUserIdempotencyKey>,
) -> Result<(), Failure> {
    let mut request = operator.client.create_user().body(user);
    if let Some(key) = idempotency_key {
        request = request.idempotency_key(key);
    }
    let user = request.send().await?.into_inner();
    operator.output.show_secret(&user, &user.key.secret)
}

async fn list_users(
    operator: &Operator,
    suspended: Option<bool>,
    email: Option<ListUsersEmail>,
    paging: Paging,
) -> Result<(), Failure> {
    let fetch = async |limit, cursor: Option<String>| {
        let mut request = operator.client.list_users().limit(limit);
        if let Some(suspended) = suspended {
            request = request.suspended(suspended);
        }
        if let Some(email) = &email {
            request = request.email(email.clone());
        }
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let page = request.send().await?.into_inner();
        Ok(Page::new(page.items, page.next_cursor))
    };
    operator.output.show_page(&paging.collect(fetch).await?)
}

async fn update(operator: &Operator, id: Uuid, patch: UserPatch) -> Result<(), Failure> {
    let user = operator.client.update_user().id(id).body(patch).send();
    operator.output.show(&user.await?.into_inner())
}

fn suspension(suspended: bool) -> UserPatch {
    UserPatch {
        suspended: Some(suspended),
        ..UserPatch::default()
    }
}

impl Row for User {
    const HEADINGS: &'static [&'static str] = &["ID", "EMAIL", "PLAN", "SUSPENDED", "CREATED"];
    const DISPENSABLE: &'static [&'static str] = &["CREATED", "PLAN", "SUSPENDED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            or_dash(self.email.as_ref()),
            self.plan.clone(),
            yes_or_no(self.suspended),
            instant(&self.created_at),
        ]
    }
}

impl Card for User {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("user", self.id.to_string()),
            ("email", or_dash(self.email.as_ref())),
            ("plan", self.plan.clone()),
            ("suspended", yes_or_no(self.suspended)),
            ("rate limits", rate_limits_text(&self.rate_limits)),
            ("created", instant(&self.created_at)),
            ("updated", instant(&self.updated_at)),
        ]
    }
}

impl Card for CreatedUser {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("user", self.id.to_string()),
            ("email", or_dash(self.email.as_ref())),
            ("plan", self.plan.clone()),
            ("rate limits", rate_limits_text(&self.rate_limits)),
            ("key", self.key.id.to_string()),
        ]
    }
}
