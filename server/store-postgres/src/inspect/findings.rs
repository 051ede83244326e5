//! What an operator should know of the PostgreSQL that keeps the database: its kind, its durability, its connections.
//! Leaves what is keywright's own to the commands.

use keywright_store::{Finding, Grade, MaintenanceError};

use super::{Inspection, get};

/// Connections of one server beside its readers, at most: two for lists, one that writes, two that follow the others, eight
/// that wait for a synchronous standby, and two for windows of rate limits that servers share.
const BESIDE_READERS: i64 = 15;

const FACTS: &str = "SELECT current_setting('server_version'), pg_is_in_recovery(),
         current_setting('fsync'), current_setting('full_page_writes'), current_setting('data_checksums'),
         current_setting('synchronous_standby_names'),
         (SELECT count(*) FROM pg_stat_replication),
         current_setting('max_connections')::bigint
             - current_setting('superuser_reserved_connections')::bigint
             - coalesce(current_setting('reserved_connections', true), '0')::bigint,
         (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
         (SELECT rolconnlimit::bigint FROM pg_roles WHERE rolname = current_user),
         (SELECT datconnlimit::bigint FROM pg_database WHERE datname = current_database())";
const COUNTS: &str =
    "SELECT (SELECT count(*) FROM keys), (SELECT count(*) FROM owners WHERE deleted_at_ms IS NULL),
         coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0)";

/// What PostgreSQL says of itself.
#[derive(Clone, Debug)]
struct Facts {
    version: String,
    is_standby: bool,
    fsync: String,
    full_page_writes: String,
    data_checksums: String,
    synchronous_standby_names: String,
    standbys: i64,
    /// Connections of ordinary users that can be open at once.
    connections_max: i64,
    connections: i64,
    /// The limits of the role and of the database; -1 for none.
    limits: [i64; 2],
}

impl Inspection {
    pub(super) fn find(&self, readers: usize) -> Result<Vec<Finding>, MaintenanceError> {
        let rows = self.ask(FACTS, Vec::new())?;
        let mut findings = Vec::new();
        for row in &rows {
            let facts = Facts {
                version: get(row, 0)?,
                is_standby: get(row, 1)?,
                fsync: get(row, 2)?,
                full_page_writes: get(row, 3)?,
                data_checksums: get(row, 4)?,
                synchronous_standby_names: get(row, 5)?,
                standbys: get(row, 6)?,
                connections_max: get(row, 7)?,
                connections: get(row, 8)?,
                limits: [get(row, 9)?, get(row, 10)?],
            };
            let readers = i64::try_from(readers).unwrap_or(i64::MAX);
            findings.extend([
                facts.server(),
                facts.durability(),
                facts.connections(readers.saturating_add(BESIDE_READERS)),
            ]);
        }
        if findings.is_empty() || self.taken()? == 0 {
            return Ok(findings);
        }
        let counts = self.ask(COUNTS, Vec::new())?;
        for row in &counts {
            let (keys, owners, position): (i64, i64, i64) =
                (get(row, 0)?, get(row, 1)?, get(row, 2)?);
            let text = format!("{keys} keys of {owners} owners, events up to position {position}");
            findings.push(finding(Grade::Ok, "contents", text));
        }
        Ok(findings)
    }
}

impl Facts {
    fn server(&self) -> Finding {
        let version = &self.version;
        if self.is_standby {
            let text = format!(
                "PostgreSQL {version}, a standby: servers need the primary; name it in the URL, alone or beside this one"
            );
            return finding(Grade::Failed, "postgresql", text);
        }
        let standbys = match self.standbys {
            0 => "without a standby".to_owned(),
            1 => "with one standby".to_owned(),
            standbys => format!("with {standbys} standbys"),
        };
        finding(
            Grade::Ok,
            "postgresql",
            format!("PostgreSQL {version}, a primary {standbys}"),
        )
    }

    /// Whether what was answered survives.
    fn durability(&self) -> Finding {
        const SUBJECT: &str = "durability";
        let off: Vec<&str> = [
            ("fsync", &self.fsync),
            ("full_page_writes", &self.full_page_writes),
        ]
        .into_iter()
        .filter(|(_, value)| *value != "on")
        .map(|(name, _)| name)
        .collect();
        if !off.is_empty() {
            let names = off.join(" and ");
            let text = format!(
                "{names} is off: a crash of the machine can lose what was answered and damage the database; set it to \
                 on in postgresql.conf, and reload"
            );
            return finding(Grade::Failed, SUBJECT, text);
        }
        let names = &self.synchronous_standby_names;
        let checksums = if self.data_checksums == "on" {
            "have"
        } else {
            "have no"
        };
        let flushed = format!("what is answered is flushed, pages {checksums} checksums");
        match (names.as_str(), self.standbys) {
            // A standby tells nothing of where it streams to.
            _ if self.is_standby => finding(Grade::Ok, SUBJECT, flushed),
            ("", 0) => finding(
                Grade::Ok,
                SUBJECT,
                format!("{flushed}, and on this machine only: no standby is attached"),
            ),
            ("", _) => finding(
                Grade::Warning,
                SUBJECT,
                format!(
                    "{flushed}, but no standby is waited for: a failover can lose changes that were answered; name one \
                     in synchronous_standby_names"
                ),
            ),
            (names, 0) => finding(
                Grade::Failed,
                SUBJECT,
                format!(
                    "synchronous_standby_names is `{names}`, and no standby is attached: every change waits for one. \
                     Start it, or take its name out"
                ),
            ),
            (names, _) => finding(
                Grade::Ok,
                SUBJECT,
                format!("{flushed}, and on a standby of `{names}` before it is answered"),
            ),
        }
    }

    /// Whether there is room for what servers need.
    fn connections(&self, needed: i64) -> Finding {
        const SUBJECT: &str = "connections";
        let limits = self.limits.into_iter().filter(|limit| *limit >= 0);
        let max = limits.fold(self.connections_max, i64::min);
        let used = self.connections;
        let servers = max / needed.max(1);
        let what = format!(
            "{used} of {max} are in use, and a server with these settings needs {needed} at most"
        );
        let remedy =
            "raise max_connections or the limit of the role or database, or lower database.readers";
        match servers {
            0 => finding(Grade::Failed, SUBJECT, format!("{what}; {remedy}")),
            _ if max - used < needed => finding(
                Grade::Warning,
                SUBJECT,
                format!("{what}: there is no room for one server more; {remedy}"),
            ),
            servers => finding(
                Grade::Ok,
                SUBJECT,
                format!("{what}: room for {servers} in all"),
            ),
        }
    }
}

fn finding(grade: Grade, subject: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        grade,
        subject,
        text: text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            version: "15.18".to_owned(),
            is_standby: false,
            fsync: "on".to_owned(),
            full_page_writes: "on".to_owned(),
            data_checksums: "on".to_owned(),
            synchronous_standby_names: String::new(),
            standbys: 0,
            connections_max: 97,
            connections: 12,
            limits: [-1, -1],
        }
    }

    #[test]
    fn what_can_lose_an_answer_is_said() {
        let durability = |change: &dyn Fn(&mut Facts)| {
            let mut facts = facts();
            change(&mut facts);
            facts.durability()
        };
        assert_eq!(durability(&|_| {}).grade, Grade::Ok);
        for (change, part) in [
            (
                (|facts| facts.fsync = "off".to_owned()) as fn(&mut Facts),
                "fsync is off",
            ),
            (
                |facts| facts.full_page_writes = "off".to_owned(),
                "full_page_writes is off",
            ),
            (
                |facts| facts.synchronous_standby_names = "b".to_owned(),
                "every change waits",
            ),
        ] {
            let found = durability(&change);
            assert_eq!(found.grade, Grade::Failed);
            assert!(found.text.contains(part), "{}", found.text);
        }
        let found = durability(&|facts| facts.standbys = 1);
        assert_eq!(found.grade, Grade::Warning);
        assert!(
            found.text.contains("synchronous_standby_names"),
            "{}",
            found.text
        );
        let found = durability(&|facts| {
            facts.standbys = 1;
            facts.synchronous_standby_names = "b".to_owned();
        });
        assert_eq!(found.grade, Grade::Ok);
    }

    #[test]
    fn connections_are_held_against_what_a_server_needs() {
        let found = facts().connections(12);
        assert_eq!(found.grade, Grade::Ok);
        assert!(found.text.ends_with("room for 8 in all"), "{}", found.text);
        let full = Facts {
            connections: 90,
            ..facts()
        };
        assert_eq!(full.connections(12).grade, Grade::Warning);
        let limited = Facts {
            limits: [11, 50],
            ..facts()
        };
        let found = limited.connections(12);
        assert_eq!(found.grade, Grade::Failed);
        assert!(found.text.contains("of 11 are in use"), "{}", found.text);
        assert!(found.text.contains("max_connections"), "{}", found.text);
    }

    #[test]
    fn a_standby_is_no_place_for_servers() {
        let standby = Facts {
            is_standby: true,
            ..facts()
        };
        assert_eq!(standby.server().grade, Grade::Failed);
        assert_eq!(facts().server().grade, Grade::Ok);
    }
}
