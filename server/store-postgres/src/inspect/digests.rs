//! How many keys rest on each pepper.
//! Leaves what follows from it to the commands.

use keywright_store::{DigestCount, MaintenanceError};

use super::{Inspection, get, other};

const COUNT: &str = "SELECT pepper_version, count(*) FILTER (WHERE works AND enabled),
         count(*) FILTER (WHERE works AND NOT enabled), count(*) FILTER (WHERE NOT works)
     FROM (SELECT pepper_version, enabled, revoked_at_ms IS NULL AND coalesce(expires_at_ms > $1, true)
             AND (replaced_by IS NULL OR coalesce(grace_until_ms > $1, false)) AS works FROM keys) states
     GROUP BY pepper_version ORDER BY pepper_version";

impl Inspection {
    pub(super) fn count_by_version(
        &self,
        now_ms: i64,
    ) -> Result<Vec<DigestCount>, MaintenanceError> {
        let rows = self.ask(COUNT, vec![Box::new(now_ms)])?;
        let counts = rows.iter().map(|row| {
            let version: i64 = get(row, 0)?;
            let version = u32::try_from(version)
                .map_err(|_| other(format!("there is a key of pepper version {version}")))?;
            Ok(DigestCount {
                version,
                live: get(row, 1)?,
                disabled: get(row, 2)?,
                ended: get(row, 3)?,
            })
        });
        counts.collect()
    }
}
