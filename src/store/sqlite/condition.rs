//! A condition in SQL.

use rusqlite::types::Value;

/// A condition in SQL and the values of its `?`, in order.
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}
