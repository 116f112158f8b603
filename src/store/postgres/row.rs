//! A row of an answer.

use super::value::{FromColumn, Raw};
use crate::domain::Fault;

/// A row.
pub(super) struct Row(pub(super) tokio_postgres::Row);

/// Which column: its number, from 0, or its name.
pub(super) trait Place {
    /// Its number in a row, if it has one.
    fn number(self, row: &tokio_postgres::Row) -> Option<usize>;
}

impl Place for usize {
    fn number(self, _: &tokio_postgres::Row) -> Option<usize> {
        Some(self)
    }
}

impl Place for &str {
    fn number(self, row: &tokio_postgres::Row) -> Option<usize> {
        row.columns().iter().position(|column| column.name() == self)
    }
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`Fault::Broken`] when it is not of that type.
    pub(super) fn get<I: Place, T: FromColumn>(&self, column: I) -> Result<T, Fault> {
        let column = column.number(&self.0).ok_or_else(|| Fault::Broken("a column is missing".to_owned()))?;
        let broken = |e: &dyn std::fmt::Display| Fault::Broken(format!("column {column}: {e}"));
        let Raw(kind, bytes) = self.0.try_get(column).map_err(|e| broken(&e))?;
        T::read(&kind, bytes).map_err(|e| broken(&e))
    }
}
