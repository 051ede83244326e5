//! How a command changes settings beside servers that run: one transaction, under the lock that every writer takes.
//! Leaves what they mean to those who keep them.

use std::sync::Arc;

use keywright_store::{MaintenanceError, SettingsChange};
use tokio_postgres::Row;

use crate::background::Background;
use crate::connection::{Access, Connector};
use crate::error::words;
use crate::flight::{Parameter, PreparedSession};
use crate::load::LOCK;
use crate::migrate;
use crate::open::{CHANGE_SETTING, DROP_SETTING, SETTING, SETUP};
use crate::settings::Options;

/// One statement after the lock sees what its holder before has committed.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Changes settings of the database that a URL names, while no server writes. What fails changes nothing.
///
/// # Errors
/// When it cannot be reached, no keywright has used it or a newer one has, or `change` fails.
pub fn change_settings<T, E: From<anyhow::Error>>(
    url: &str,
    options: &Options,
    change: impl FnOnce(&dyn SettingsChange) -> Result<T, E>,
) -> Result<T, E> {
    let changing = Changing::begin(url, options)?;
    // What is not committed ends with the session.
    let outcome = change(&changing)?;
    changing.commit()?;
    Ok(outcome)
}

/// The transaction in which settings are changed.
struct Changing {
    session: Arc<PreparedSession>,
    background: Background,
}

impl Changing {
    fn begin(url: &str, options: &Options) -> anyhow::Result<Self> {
        let connector = Connector::open(url, options)?;
        let background = Background::start()?;
        let session = background.wait(async move {
            let session = connector.connect(Access::ReadWrite).await?;
            migrate::check(session.client()).await?;
            let statements = [SETTING, CHANGE_SETTING, DROP_SETTING, &LOCK];
            let prepared = PreparedSession::prepare(session, SETUP, &statements);
            let prepared = prepared.await.map_err(refused)?;
            let client = prepared.session.client();
            client.batch_execute(BEGIN).await.map_err(refused)?;
            prepared.query(&LOCK, Vec::new()).await.map_err(refused)?;
            anyhow::Ok(Arc::new(prepared))
        });
        Ok(Self {
            session: session??,
            background,
        })
    }

    fn commit(self) -> anyhow::Result<()> {
        let session = Arc::clone(&self.session);
        let committed = self
            .background
            .wait(async move { session.session.client().batch_execute("COMMIT").await });
        committed?.map_err(refused)
    }

    fn ask(
        &self,
        text: &'static str,
        values: Vec<Parameter<'static>>,
    ) -> Result<Vec<Row>, MaintenanceError> {
        let session = Arc::clone(&self.session);
        let answer = self
            .background
            .wait(async move { session.query(text, values).await });
        let answer = answer.map_err(|error| MaintenanceError::Failed(error.into()))?;
        answer.map_err(|error| MaintenanceError::Failed(refused(error)))
    }
}

impl SettingsChange for Changing {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError> {
        let rows = self.ask(SETTING, vec![Box::new(name.to_owned())])?;
        let value = rows.first().map(|row| row.try_get(0)).transpose();
        value.map_err(|error| MaintenanceError::Failed(refused(error)))
    }

    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), MaintenanceError> {
        let values: Vec<Parameter<'static>> =
            vec![Box::new(name.to_owned()), Box::new(value.to_vec())];
        self.ask(CHANGE_SETTING, values).map(drop)
    }

    fn drop_setting(&self, name: &str) -> Result<(), MaintenanceError> {
        let values: Vec<Parameter<'static>> = vec![Box::new(name.to_owned())];
        self.ask(DROP_SETTING, values).map(drop)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn refused(error: tokio_postgres::Error) -> anyhow::Error {
    anyhow::anyhow!("settings cannot be changed: {}", words(&error))
}
