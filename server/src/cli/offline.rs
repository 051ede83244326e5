//! What the offline commands on a database share: the configuration, its pepper, and the ways in which both fail.
//! Leaves what is done with the database to each command.

use crate::cli::progress::Progress;
use crate::config::{Config, ServeFlags, without_password};
use crate::database::Location;
use crate::pepper::{Home, Known};
use keywright_model::clock::{Clock as _, SystemClock};
use keywright_model::peppers::Peppers;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_store::{Broken, Maintenance, MaintenanceError, Schema, Signers};

impl From<&FileFlags> for ServeFlags {
    fn from(flags: &FileFlags) -> Self {
        Self {
            database: flags.database.clone(),
            config: flags.config.clone(),
            ..Self::default()
        }
    }
}

/// The configuration that the flags name.
pub(crate) fn load(
    flags: &FileFlags,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, Failure> {
    let loaded = Config::load(&flags.into(), environment).map_err(|error| {
        let help = "`keywright config check FILE` and `config show` say more";
        Failure::usage_in_lines(&error.to_string(), help)
    })?;
    Ok(loaded.config)
}

/// Where the pepper of the configured database is.
pub(crate) fn home(config: &Config) -> Result<Home, Failure> {
    Home::of(config).map_err(|error| Failure::usage(format!("{error:#}"), "see --config"))
}

/// Shows how far the work has come, and hears when it is to stop.
pub(crate) fn progress() -> Result<Progress, Failure> {
    Progress::start().map_err(|error| {
        let what = format!("the operating system lets nothing be waited for: {error}");
        Failure::unexpected(what, "it may be out of threads or of descriptors")
    })
}

/// The peppers and their text, if this is the database of a keywright that we know and rests on them.
pub(crate) fn pepper_of(
    database: &dyn Maintenance,
    shown: &str,
    home: &Home,
) -> Result<(Peppers, zeroize::Zeroizing<String>), Failure> {
    let known = known_of(database, shown)?;
    home.recall(&known).map_err(|error| {
        let help = "say where the pepper is with --config, pepper.file or KEYWRIGHT_PEPPER, \
                    as for the server; `keywright doctor` looks for it";
        Failure::new(Exit::Invalid, format!("{error:#}"), help)
    })
}

/// What signs the events of a database.
pub(crate) fn signers_of(
    database: &dyn Maintenance,
    peppers: &Peppers,
) -> anyhow::Result<Result<Signers, Broken>> {
    let signers = Signers::of(peppers, |name| database.setting(name))?;
    Ok(signers.map_err(|what| Broken { position: 1, what }))
}

/// That by which a database knows its peppers, if it is of a keywright that we know.
pub(crate) fn known_of(database: &dyn Maintenance, shown: &str) -> Result<Known, Failure> {
    let shown = without_password(shown);
    let no_keywright = |why: String| {
        Failure::new(
            Exit::Invalid,
            format!("{shown} is no database of a keywright: {why}"),
            "name another file; `keywright doctor` looks into the database of a server",
        )
    };
    let Schema { taken, known } = database
        .schema()
        .map_err(|error| no_keywright(error.to_string()))?;
    if taken > known {
        return Err(Failure::new(
            Exit::Invalid,
            format!("{shown} has schema {taken}, and this keywright knows {known}"),
            "update keywright",
        ));
    }
    if taken < 1 {
        return Err(no_keywright("it is empty, or another program's".to_owned()));
    }
    let known = Known::read(|name| database.setting(name).map_err(anyhow::Error::from));
    known
        .map_err(|error| no_keywright(format!("{error:#}")))?
        .ok_or_else(|| no_keywright("no server has ever used it".to_owned()))
}

/// The instant by which servers of a database judge: by its own clock or, where it has none, by this machine's.
pub(crate) fn now_ms(database: &dyn Maintenance) -> Result<i64, MaintenanceError> {
    let now_ms = database.now_ms()?;
    Ok(now_ms.unwrap_or_else(|| SystemClock.now_ms()))
}

/// There is no database where one should be.
pub(crate) fn no_database(location: Location<'_>) -> Failure {
    Failure::new(
        Exit::NotFound,
        format!("there is no database {}", location.shown()),
        "run this on the machine where it lies, and say where with --database or --config",
    )
}

/// A database that cannot be read, or work that was cancelled.
pub(crate) fn unreadable(error: &dyn std::fmt::Display, progress: &Progress) -> Failure {
    if progress.is_cancelled() {
        return stopped();
    }
    Failure::unexpected(
        format!("the database cannot be read: {error}"),
        "run this as a user that may read it; `keywright doctor` says whether it is damaged",
    )
}

/// The work was cancelled.
pub(crate) fn stopped() -> Failure {
    Failure::unexpected("interrupted: nothing was changed", "run it again")
}
