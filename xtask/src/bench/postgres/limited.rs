//! Verifications of keys that have a limit, on two servers: one counts for itself, the other for all servers together.
//! Leaves what else one server on PostgreSQL does to the module above.

use std::path::Path;

use anyhow::{Context as _, Result};
use keywright_postgres_cluster::Server as PostgresServer;
use serde_json::json;

use super::CONNECTIONS;
use crate::bench::http::{Slice, rate, ratios, spread};
use crate::bench::lists::Lists;
use crate::bench::report::Report;
use crate::bench::scenario::Scenario;
use crate::bench::served::Server;
use crate::bench::site::Workshop;
use crate::bench::statistics::Spread;
use crate::bench::table::{Table, figure};
use crate::bench::wrk::Wrk;

/// A limit that nothing reaches, for every key.
const LIMIT: &str =
    r#"UPDATE keywright.keys SET rate_limits = '[["calls",1000000000,1,1000000000]]'"#;

/// The two servers, each on a database of its own.
pub(super) struct Limited {
    own: Server,
    shared: Server,
}

impl Limited {
    pub(super) fn start(
        workshop: &Workshop,
        primary: &PostgresServer,
        seed: &Path,
    ) -> Result<Self> {
        let start = |name: &str, shared: &str| {
            let url = primary.url(name);
            primary.create_database(name)?;
            workshop.copy_to_postgres(seed, &url)?;
            primary.sql(name, LIMIT)?;
            primary.sql(name, "VACUUM ANALYZE")?;
            let pepper = seed.join("keys.db.pepper");
            let environment = [("KEYWRIGHT_LIMITS__SHARED", shared)];
            workshop.serve_postgres(name, &url, &pepper, &environment)
        };
        Ok(Self {
            own: start("limited", "false")?,
            shared: start("shared", "true")?,
        })
    }

    /// Alternating slices of both, and what the shared windows cost.
    pub(super) fn measure(
        self,
        wrk: &Wrk,
        lists: &mut Lists,
        scenario: &Scenario,
        slices: usize,
        report: &mut Report,
    ) -> Result<()> {
        let mut drive = |server: &Server| {
            let measured = wrk.drive(server.address(), &scenario.requests, CONNECTIONS, lists);
            let measured = measured.context("verify_limited")?;
            anyhow::Ok(Slice {
                measured,
                cpu_us: 0.0,
            })
        };
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for slice in 0..=slices {
            let (of_own, of_shared) = (drive(&self.own)?, drive(&self.shared)?);
            report.raw(&json!({
                "scenario": "verify_limited", "slice": slice,
                "own": rate(&of_own), "shared": rate(&of_shared),
            }))?;
            // The first warms up.
            if slice > 0 {
                own.push(of_own);
                shared.push(of_shared);
            }
        }
        let median = |slices: &[Slice]| figure(Spread::of(slices.iter().map(rate)).median);
        let mut table = Table::new(&[
            "scenario",
            "limits.shared = true, its/s",
            "limits.shared = false, its/s",
            "ratio",
        ]);
        table.push(vec![
            format!("verify_limited, {CONNECTIONS} connections"),
            median(&shared),
            median(&own),
            spread(ratios(&shared, &own, rate)),
        ]);
        report.table(&table);
        self.own.discard()?;
        self.shared.discard()
    }
}
