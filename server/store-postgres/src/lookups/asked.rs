//! What is asked over a shared connection: a statement that was prepared, or a text of which the first rows are wanted.
//! Leaves over which connection, and how often, to `lookups`.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

/// A value in a text, and its type.
pub type Parameter = (Box<dyn ToSql + Sync + Send>, Type);

/// A question.
pub(super) enum Asked<'a> {
    /// The statement of this number.
    Prepared(usize, &'a [&'a (dyn ToSql + Sync)]),
    /// A statement that is not prepared: there are too many of its kind. Its rows are read until they hold so many
    /// bytes; one is read in any case.
    Text(&'a str, &'a [Parameter], usize),
}

impl Asked<'_> {
    pub(super) async fn answer(
        &self,
        client: &Client,
        statements: &[Statement],
    ) -> Result<Vec<Row>, Error> {
        let (text, parameters, bytes_max) = match self {
            Self::Prepared(number, parameters) => {
                return client.query(&statements[*number], parameters).await;
            }
            Self::Text(text, parameters, bytes_max) => (text, parameters, *bytes_max),
        };
        let parameters = parameters
            .iter()
            .map(|(value, kind)| (value.as_ref() as &(dyn ToSql + Sync), kind.clone()));
        let mut answer = pin!(client.query_typed_raw(text, parameters).await?);
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while bytes < bytes_max
            && let Some(row) = answer.try_next().await?
        {
            bytes += row.raw_size_bytes();
            rows.push(row);
        }
        // What is still to come is read by the connection, and kept by nobody.
        Ok(rows)
    }
}
