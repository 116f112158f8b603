//! Sending ahead: changes and queries that go to the database before anybody needs their answers.

use super::ahead::{Foreseen, Later, Sent, encoded};
use super::fault::Failure;
use super::link::{Known, Link};
use super::row::Row;
use super::value::ToColumn;
use super::wait::start;
use crate::domain::Fault;
use futures_util::TryStreamExt;
use std::sync::Arc;
use std::task::Poll;

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
