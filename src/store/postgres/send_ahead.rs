//! Asking ahead: changes and queries that go to the database together with what is waited for next.

use super::ahead::{Foreseen, Lasts, Later, Sent, encoded};
use super::link::{Known, Link};
use super::row::Row;
use super::value::ToColumn;
use crate::domain::Fault;
use futures_util::TryStreamExt;
use std::sync::Arc;

impl Link {
    /// Changes rows without waiting for the answer: what it fails by, the next statement or the commit fails by.
    ///
    /// # Errors
    /// What failed before.
    pub(super) fn execute_later(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<(), Fault> {
        self.writes(sql);
        let known = self.known(sql, values)?;
        self.open();
        let values = encoded(values)?;
        let client = Arc::clone(&self.client);
        self.shared.traffic.sent();
        let later = Later::of(async move {
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
        self.ahead.borrow_mut().sent.push(Sent::Change(later));
        Ok(())
    }

    /// Asks ahead what will be asked later in this transaction.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn ahead(&self, sql: &'static str, values: &[&dyn ToColumn], lasts: Lasts) -> Result<(), Fault> {
        let known = self.known(sql, values)?;
        self.open();
        let (client, bound) = (Arc::clone(&self.client), encoded(values)?);
        let keys = encoded(values)?.into_iter().map(|(value, _)| value).collect();
        self.shared.traffic.sent();
        let rows = Later::of(async move {
            let rows: Vec<_> = match known {
                Known::Prepared(statement) => {
                    let bound = bound.into_iter().map(|(value, _)| value);
                    client.query_raw(&statement, bound).await?.try_collect().await?
                }
                Known::Text(text) => client.query_typed_raw(&text, bound).await?.try_collect().await?,
            };
            Ok(rows.into_iter().map(Row).collect())
        });
        let foreseen = Foreseen { sql, values: keys, lasts, is_current: true };
        self.ahead.borrow_mut().sent.push(Sent::Query(foreseen, rows));
        Ok(())
    }

    /// Whether the rows of a query are known, or will be with the next answer.
    ///
    /// # Errors
    /// When a value does not fit.
    pub(super) fn is_foreseen(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<bool, Fault> {
        let values: Vec<_> = encoded(values)?.into_iter().map(|(value, _)| value).collect();
        Ok(self.ahead.borrow().knows(sql, &values))
    }

    /// The rows of a query that was asked ahead, with any values where none are given; `None` where it was not.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn foreseen(&self, sql: &str, values: Option<&[&dyn ToColumn]>) -> Result<Option<Arc<Vec<Row>>>, Fault> {
        if self.ahead.borrow().is_empty() {
            return Ok(None);
        }
        let only = |values| Ok::<_, Fault>(encoded(values)?.into_iter().map(|(value, _)| value).collect::<Vec<_>>());
        let values = values.map(only).transpose()?;
        let is_awaited = self.ahead.borrow().is_awaited(sql, values.as_deref());
        if is_awaited {
            self.ask(async { Ok(()) })?;
        }
        Ok(self.ahead.borrow_mut().take(sql, values.as_deref()))
    }
}
