//! What is sent before its answer is needed: changes whose success is only looked at later, and queries that a request is about to
//! make, so that several cost one way to the database and back.

use super::row::Row;
use super::value::ToColumn;
use crate::domain::Fault;
use bytes::BytesMut;
use std::pin::Pin;
use tokio_postgres::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value that lies ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encoded(Option<BytesMut>);

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Values with their types.
///
/// # Errors
/// When one does not fit.
pub(super) fn encoded(values: &[&dyn ToColumn]) -> Result<Vec<(Encoded, Type)>, Fault> {
    let one = |value: &&dyn ToColumn| {
        let mut bytes = BytesMut::new();
        let written = value.write(&mut bytes).map_err(|e| Fault::Broken(format!("a value cannot be sent: {e}")))?;
        Ok((Encoded(matches!(written, IsNull::No).then_some(bytes)), value.kind()))
    };
    values.iter().map(one).collect()
}

pub(super) type Later<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// A query that was sent ahead.
pub(super) struct Foreseen {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Encoded>,
    /// Whether no change of this transaction makes its rows others.
    pub(super) stays: bool,
    /// Whether its rows are still what they would be.
    pub(super) is_current: bool,
}

impl Foreseen {
    fn outdate(&mut self) {
        self.is_current &= self.stays;
    }
}

/// What was sent and whose answer nobody has looked at.
pub(super) enum Sent {
    Change(Later<u64>),
    Query(Foreseen, Later<Vec<Row>>),
}

/// What this transaction has sent ahead, in its order, and the rows that have come of it.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) sent: Vec<Sent>,
    come: Vec<(Foreseen, Vec<Row>)>,
}

impl Ahead {
    /// Something is changed: what was read before is outdated.
    pub(super) fn outdate(&mut self) {
        for sent in &mut self.sent {
            if let Sent::Query(foreseen, _) = sent {
                foreseen.outdate();
            }
        }
        self.come.iter_mut().for_each(|(foreseen, _)| foreseen.outdate());
    }

    /// Whether the query was sent and its rows have not come.
    pub(super) fn is_awaited(&self, sql: &str, values: &[Encoded]) -> bool {
        self.sent.iter().any(|sent| matches!(sent, Sent::Query(foreseen, _) if is(foreseen, sql, values)))
    }

    /// Whether nothing can be found in it.
    pub(super) fn is_empty(&self) -> bool {
        self.come.is_empty() && !self.sent.iter().any(|sent| matches!(sent, Sent::Query(..)))
    }

    /// The rows of a query that have come. They are given once.
    pub(super) fn take(&mut self, sql: &str, values: &[Encoded]) -> Option<Vec<Row>> {
        let place = self.come.iter().position(|(foreseen, _)| is(foreseen, sql, values))?;
        Some(self.come.swap_remove(place).1)
    }

    /// Keeps rows that have come.
    pub(super) fn keep(&mut self, come: Vec<(Foreseen, Vec<Row>)>) {
        self.come.extend(come);
    }
}

fn is(foreseen: &Foreseen, sql: &str, values: &[Encoded]) -> bool {
    foreseen.is_current && foreseen.sql == sql && foreseen.values == values
}

/// The answers to what was sent, in its order.
///
/// # Errors
/// The first that failed.
pub(super) async fn answers(sent: Vec<Sent>) -> Result<Vec<(Foreseen, Vec<Row>)>, Error> {
    let mut come = Vec::new();
    for one in sent {
        match one {
            Sent::Change(done) => drop(done.await?),
            Sent::Query(foreseen, rows) => come.push((foreseen, rows.await?)),
        }
    }
    Ok(come)
}
