//! What is sent before its answer is needed: changes whose success is only looked at later, and queries that a request is about to
//! make, so that several cost one way to the database and back.

use super::fault::Failure;
use super::link::{Known, Link};
use super::row::Row;
use super::value::ToColumn;
use super::wait::start;
use crate::domain::Fault;
use bytes::BytesMut;
use futures_util::TryStreamExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
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

impl Link {
    /// Changes rows without waiting for the answer: what it fails by, the next statement or the commit fails by.
    ///
    /// # Errors
    /// What failed before.
    pub(super) fn execute_later(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<(), Fault> {
        self.writes();
        let known = self.known(sql, values)?;
        if self.begin.get().is_some() || !self.open.get() {
            return self.execute(sql, values).map(drop);
        }
        let values = encoded(values)?;
        let client = Arc::clone(&self.client);
        self.shared.traffic.sent();
        let mut later: Later<u64> = Box::pin(async move {
            match known {
                Known::Prepared(statement) => {
                    client.execute_raw(&statement, values.into_iter().map(|(value, _)| value)).await
                }
                Known::Text(text) => {
                    let rows = client.query_typed_raw(&text, values).await?;
                    let mut rows = std::pin::pin!(rows);
                    while rows.try_next().await?.is_some() {}
                    Ok(0)
                }
            }
        });
        match start(&mut later) {
            Poll::Ready(Err(error)) => return Err(self.note(Failure::of(&error)).fault),
            Poll::Ready(Ok(_)) => {}
            Poll::Pending => self.ahead.borrow_mut().sent.push(Sent::Change(later)),
        }
        Ok(())
    }

    /// Sends a query that will be made later in this transaction. `stays` where nothing that it changes makes the rows others.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn ahead(&self, sql: &'static str, values: &[&dyn ToColumn], stays: bool) -> Result<(), Fault> {
        let known = self.known(sql, values)?;
        self.open()?;
        let (client, mut keys) = (Arc::clone(&self.client), Vec::with_capacity(values.len()));
        let bound = encoded(values)?;
        keys.extend(encoded(values)?.into_iter().map(|(value, _)| value));
        self.shared.traffic.sent();
        let mut rows: Later<Vec<Row>> = Box::pin(async move {
            let rows: Vec<_> = match known {
                Known::Prepared(statement) => {
                    let bound = bound.into_iter().map(|(value, _)| value);
                    client.query_raw(&statement, bound).await?.try_collect().await?
                }
                Known::Text(text) => client.query_typed_raw(&text, bound).await?.try_collect().await?,
            };
            Ok(rows.into_iter().map(Row).collect())
        });
        let foreseen = Foreseen { sql, values: keys, stays, is_current: true };
        match start(&mut rows) {
            Poll::Ready(Err(error)) => return Err(self.note(Failure::of(&error)).fault),
            Poll::Ready(Ok(rows)) => self.ahead.borrow_mut().keep(vec![(foreseen, rows)]),
            Poll::Pending => self.ahead.borrow_mut().sent.push(Sent::Query(foreseen, rows)),
        }
        Ok(())
    }

    /// The rows of a query that was sent ahead; `None` where it was not.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn foreseen(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<Option<Vec<Row>>, Fault> {
        if self.ahead.borrow().is_empty() {
            return Ok(None);
        }
        let values: Vec<_> = encoded(values)?.into_iter().map(|(value, _)| value).collect();
        let is_awaited = self.ahead.borrow().is_awaited(sql, &values);
        if is_awaited {
            self.ask(async { Ok(()) })?;
        }
        Ok(self.ahead.borrow_mut().take(sql, &values))
    }
}
