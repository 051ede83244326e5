//! How a command changes settings beside servers that run: in one transaction, under the lock that every change takes.
//! Leaves what settings mean to those who keep them.

use std::sync::Arc;
use std::time::Duration;

use keywright_model::event::Actor;
use keywright_model::id::RequestId;
use keywright_model::secret::Pepper;
use keywright_store::event::Event;
use keywright_store::{Head, MaintenanceError, SettingsChange, Trail};
use uuid::Uuid;

use crate::connection::Access;
use crate::inspect::{Link, get, other};
use crate::load::{HEAD, LOCK};
use crate::migrate;
use crate::settings::Options;

/// What is answered is on the disk, and on a synchronous standby where one is named.
const BEGIN: &str = "SET synchronous_commit = on; BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = '10s'";
const SETTING: &str = "SELECT value FROM settings WHERE name = $1";
const CHANGE: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const APPEND: &str =
    "INSERT INTO events (position, at_ms, actor, action, outcome, detail, request_id, mac)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const DROP: &str = "DELETE FROM settings WHERE name = $1";

/// Changes settings of a database that servers may be using: they wait for one transaction. What fails changes nothing.
///
/// # Errors
/// When the database cannot be reached or written, or `change` fails. The message says where nobody knows what has become
/// of it.
pub fn change_settings<T, E: From<anyhow::Error>>(
    url: &str,
    options: &Options,
    lock_timeout: Duration,
    change: impl FnOnce(&dyn SettingsChange) -> Result<T, E>,
) -> Result<T, E> {
    let failed = |error: MaintenanceError| {
        E::from(anyhow::Error::from(error).context("the settings cannot be changed"))
    };
    let link = Link::open(url, options, Access::ReadWrite, BEGIN)?;
    link.check_schema()?;
    let patience = format!("SET LOCAL lock_timeout = {}", lock_timeout.as_millis());
    link.run(&patience).map_err(failed)?;
    link.run(&LOCK).map_err(failed)?;
    // A transaction that is not committed ends with its session.
    let outcome = change(&Changing(&link))?;
    link.commit().map_err(failed)?;
    Ok(outcome)
}

impl Link {
    /// Makes sure that a keywright that is no newer has made the tables.
    fn check_schema(&self) -> anyhow::Result<()> {
        let session = Arc::clone(&self.session);
        let checked = self
            .background
            .wait(async move { migrate::check(session.client()).await });
        Ok(checked??)
    }

    /// Makes what was done in its transaction durable.
    pub(crate) fn commit(&self) -> Result<(), MaintenanceError> {
        const UNKNOWN: &str = "nobody knows whether it was made";
        let warnings = self.session.warnings();
        // The tag of the answer is not told: what failed before fails here.
        self.run("SELECT 1")?;
        let committed = self.run("COMMIT");
        if self.session.why_ended().is_some() || self.session.warnings() > warnings {
            return Err(other(format!(
                "{UNKNOWN}: the session with PostgreSQL ended while it was committed, or a standby was not waited for"
            )));
        }
        self.close();
        committed
    }
}

/// The transaction in which settings are changed.
struct Changing<'l>(&'l Link);

impl SettingsChange for Changing<'_> {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError> {
        let rows = self.0.ask(SETTING, vec![Box::new(name.to_owned())])?;
        rows.first().map(|row| get(row, 0)).transpose()
    }

    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), MaintenanceError> {
        let values = vec![
            Box::new(name.to_owned()) as _,
            Box::new(value.to_vec()) as _,
        ];
        self.0.ask(CHANGE, values).map(drop)
    }

    fn drop_setting(&self, name: &str) -> Result<(), MaintenanceError> {
        self.0.ask(DROP, vec![Box::new(name.to_owned())]).map(drop)
    }

    fn append_event(&self, detail: String, signer: &Pepper) -> Result<(), MaintenanceError> {
        let rows = self.0.ask(HEAD, vec![Box::new(None::<i64>)])?;
        let row = rows.first();
        let row = row.ok_or_else(|| other("PostgreSQL answers without a row"))?;
        let (position, mac): (Option<i64>, Option<Vec<u8>>) = (get(row, 1)?, get(row, 2)?);
        let head = position.zip(mac);
        let head = head.map(|(position, mac)| Head { position, mac });
        let trail = Trail {
            actor: Actor::Server,
            request_id: RequestId(Uuid::nil()),
            server_request_id: None,
            address: None,
        };
        let event = Event::agreed_anew(detail, get(row, 0)?, &trail);
        let head = event.append(&head.unwrap_or_default(), signer);
        let values = vec![
            Box::new(head.position) as _,
            Box::new(event.at_ms) as _,
            Box::new(trail.actor.to_string()) as _,
            Box::new(event.action.word()) as _,
            Box::new(event.outcome.word()) as _,
            Box::new(event.detail.clone()) as _,
            Box::new(trail.request_id.0) as _,
            Box::new(head.mac) as _,
        ];
        self.0.ask(APPEND, values)?;
        self.0.run("NOTIFY keywright")
    }
}
