//! An empty database that is filled with all rows of another, in one transaction: it is there whole, or not at all.
//! Leaves which tables there are to the store's `copy`, and what is read to `inspect`.

use std::pin::pin;
use std::sync::{Arc, mpsc as answers};

use anyhow::{Context as _, anyhow, bail, ensure};
use keywright_store::copy::{CopyTarget, Kind, Row, TABLES, Table, Value};
use keywright_store::{Head, Maintenance, MaintenanceError};
use tokio::sync::mpsc;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::background::Background;
use crate::connection::{Access, Connector};
use crate::error::words;
use crate::inspect::{Inspection, Link, get};
use crate::migrate::migrate;
use crate::session::Session;
use crate::settings::Options;

/// Tables whose rows no copy takes along: they say what this very database is, which servers use it now, or what they
/// count.
const LEFT: [&str; 4] = ["migrations", "servers", "reports", "rate_windows"];
/// Batches of rows that may be on their way.
const BATCHES_LEN: usize = 4;

const BEGIN: &str = "SET synchronous_commit = on; BEGIN";
const OTHER_TABLES: &str = "SELECT c.relname::text FROM pg_class c
     WHERE c.relnamespace = to_regnamespace('keywright') AND c.relkind IN ('r', 'p')
         AND c.relname::text <> ALL ($1::text[])";

/// A database that is being filled. What was not finished is not there.
pub struct CopiedDatabase {
    // In this order: a table ends before the session does.
    filling: Option<Filling>,
    inspection: Inspection,
}

/// A table that is being filled.
struct Filling {
    rows: mpsc::Sender<Vec<Row>>,
    outcome: answers::Receiver<Result<u64, tokio_postgres::Error>>,
}

/// Makes the schema where there is none.
///
/// # Errors
/// When it cannot be made, or the database cannot be reached.
pub fn make_schema(url: &str, options: &Options) -> anyhow::Result<()> {
    let connector = Connector::open(url, options)?;
    let background = Background::start()?;
    Ok(background.wait(async move { migrate(&connector).await })??)
}

/// The tables of a database that a copy neither takes along nor knows to leave, and that are not empty.
///
/// # Errors
/// When it cannot be read.
pub fn tables_left_out(url: &str, options: &Options) -> anyhow::Result<Vec<String>> {
    let link = Link::open(url, options, Access::ReadOnly, "")?;
    Ok(other_tables(&link)?)
}

fn other_tables(link: &Link) -> Result<Vec<String>, MaintenanceError> {
    let known = TABLES.iter().map(|table| table.name).chain(LEFT);
    let known: Vec<&str> = known.collect();
    let rows = link.ask(OTHER_TABLES, vec![Box::new(known)])?;
    let mut filled = Vec::new();
    for row in &rows {
        let name: String = get(row, 0)?;
        if !is_empty(link, &name)? {
            filled.push(name);
        }
    }
    Ok(filled)
}

fn is_empty(link: &Link, table: &str) -> Result<bool, MaintenanceError> {
    let rows = link.ask(&format!("SELECT EXISTS (SELECT FROM {table})"), Vec::new())?;
    let is_filled = rows.first().map_or(Ok(false), |row| get(row, 0))?;
    Ok(!is_filled)
}

impl CopiedDatabase {
    /// Begins to fill a database, which has the newest schema and nothing else.
    ///
    /// # Errors
    /// When it cannot be reached, or something is in it.
    pub fn begin(url: &str, options: &Options) -> anyhow::Result<Self> {
        let link = Link::open(url, options, Access::ReadWrite, BEGIN)?;
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let lock = format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
        link.run(&lock)?;
        let mut filled = other_tables(&link)?;
        for name in names {
            if !is_empty(&link, name)? {
                filled.push(name.to_owned());
            }
        }
        ensure!(
            filled.is_empty(),
            "there are rows in its tables already: {}",
            filled.join(", ")
        );
        Ok(Self {
            filling: None,
            inspection: Inspection::over(link, false),
        })
    }

    fn start(&self, table: &Table) -> Filling {
        let (rows, taken) = mpsc::channel(BATCHES_LEN);
        let (tell, outcome) = answers::channel();
        let link = self.inspection.link();
        let session = Arc::clone(&link.session);
        let text = format!(
            "COPY {} ({}) FROM STDIN (FORMAT binary)",
            table.name,
            table.column_names()
        );
        let types: Vec<Type> = table
            .columns
            .iter()
            .map(|(_, kind)| type_of(*kind))
            .collect();
        link.background.handle().spawn(async move {
            let filled = fill(&session, &text, &types, taken).await;
            if tell.send(filled).is_err() {
                tracing::debug!("nobody waits any more for a table that was filled");
            }
        });
        Filling { rows, outcome }
    }
}

async fn fill(
    session: &Session,
    text: &str,
    types: &[Type],
    mut taken: mpsc::Receiver<Vec<Row>>,
) -> Result<u64, tokio_postgres::Error> {
    let sink = session.client().copy_in(text).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    while let Some(rows) = taken.recv().await {
        for row in &rows {
            let kept: Vec<Kept<'_>> = row.iter().map(Kept).collect();
            writer.as_mut().write_raw(&kept).await?;
        }
    }
    writer.finish().await
}

impl CopyTarget for CopiedDatabase {
    fn add(&mut self, table: &'static Table, rows: Vec<Row>) -> anyhow::Result<()> {
        for row in &rows {
            check(table, row)?;
        }
        let filling = match self.filling.take() {
            Some(filling) => filling,
            None => self.start(table),
        };
        let sent = filling.rows.blocking_send(rows);
        self.filling = Some(filling);
        if sent.is_err() {
            // It has ended, and says why.
            self.end_table()?;
            bail!("{} takes no more rows", table.name);
        }
        Ok(())
    }

    fn end_table(&mut self) -> anyhow::Result<()> {
        let Some(Filling { rows, outcome }) = self.filling.take() else {
            return Ok(());
        };
        drop(rows);
        let link = self.inspection.link();
        let filled =
            link.wait(async move { tokio::task::spawn_blocking(move || outcome.recv()).await })?;
        match filled {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(error))) => Err(anyhow!(words(&error)).context("the rows cannot be written")),
            _ => bail!("what fills a table panicked"),
        }
    }

    /// The last event says where they end. What was filled is measured, so that statements are planned for it.
    fn end(&mut self, _head: &Head) -> anyhow::Result<()> {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let analyze = format!("ANALYZE {}", names.join(", "));
        Ok(self.inspection.link().run(&analyze)?)
    }

    fn filled(&mut self) -> anyhow::Result<&mut dyn Maintenance> {
        Ok(&mut self.inspection)
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let committed = self.inspection.link().commit();
        committed.context("the copy cannot be committed")
    }
}

/// Refuses what SQLite keeps and PostgreSQL does not.
fn check(table: &Table, row: &Row) -> anyhow::Result<()> {
    for ((column, _), value) in table.columns.iter().zip(row) {
        if matches!(value, Value::Text(text) if text.contains('\0')) {
            let key = row.first().map_or_else(String::new, Value::shown);
            bail!(
                "{column} of {key} in {} holds a NUL character, which PostgreSQL does not keep: change it first",
                table.name
            );
        }
    }
    Ok(())
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Uuid => Type::UUID,
        Kind::Text => Type::TEXT,
        Kind::Integer => Type::INT8,
        Kind::Boolean => Type::BOOL,
        Kind::Bytes => Type::BYTEA,
    }
}

/// A value as PostgreSQL keeps it.
#[derive(Debug)]
struct Kept<'v>(&'v Value);

impl ToSql for Kept<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Uuid(id) => id.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Integer(number) => number.to_sql(kind, out),
            Value::Boolean(truth) => truth.to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
