//! A condition in SQL.

/// A value that is bound to a `?`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) enum Value {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

/// A condition in SQL and the values of its `?`, in order.
pub(in crate::store) struct Condition {
    pub(in crate::store) sql: String,
    pub(in crate::store) values: Vec<Value>,
}
