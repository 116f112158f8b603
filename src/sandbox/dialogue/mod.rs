//! Dialogues: requests with what has to come back, as data (tests/replays/README.md has the format). Dialects of simulators
//! and checks of the selftest are made of the same steps.

pub mod form;
pub mod matcher;
pub mod members;
pub mod player;
pub mod pseudonyms;
pub mod record;
pub mod values;

use serde_json::Value;

static NOTHING: Value = Value::Null;

/// A member of an object; null if there is none.
pub fn at<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&NOTHING)
}

/// The text of a member; empty if there is none.
pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    at(value, name).as_str().unwrap_or_default()
}

/// The elements of a member that is a list.
pub fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    at(value, name).as_array().map_or(&[], Vec::as_slice)
}

/// The members of a member that is an object.
pub fn pairs<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    at(value, name).as_object().into_iter().flatten()
}
