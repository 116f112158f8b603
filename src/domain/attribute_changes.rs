//! What differs between two resources, attribute by attribute, as the audit log tells it.

use super::event::{Event, FieldValue};
use serde_json::{Map, Value};

/// Attributes of one line at most, and characters of one value.
const MOST: usize = 40;
const LONG: usize = 300;
/// What lines of their own tell, what nobody sets, and what is in no log.
const UNTOLD: [&str; 11] = [
    "schemas",
    "id",
    "meta",
    "password",
    "userName",
    "externalId",
    "active",
    "members",
    "groups",
    "roles",
    "displayName",
];

/// Adds the attributes of two resources, JSON objects, that differ. Nothing where one of them cannot be read.
pub fn told<'a>(event: Event<'a>, was: &str, is: &str) -> Event<'a> {
    let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok();
    let (Some(was), Some(is)) = (read(was), read(is)) else { return event };
    let mut found = Vec::new();
    differ("", &was, &is, &mut found);
    found.truncate(MOST);
    found.into_iter().fold(event, |event, (name, was, is)| event.set(name, was, is))
}

type Change = (String, Option<FieldValue<'static>>, Option<FieldValue<'static>>);

fn differ(within: &str, was: &Map<String, Value>, is: &Map<String, Value>, found: &mut Vec<Change>) {
    let new = is.keys().filter(|key| !was.contains_key(*key));
    for key in was.keys().chain(new) {
        let (before, after) = (was.get(key), is.get(key));
        if before == after || (within.is_empty() && UNTOLD.contains(&key.as_str())) {
            continue;
        }
        let name = match within {
            "" => key.clone(),
            urn if urn.starts_with("urn:") => format!("{urn}:{key}"),
            complex => format!("{complex}.{key}"),
        };
        let nothing = Map::new();
        let parts = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
        match (parts(before), parts(after)) {
            (None, None) => found.push((name, before.map(shown), after.map(shown))),
            (before, after) => {
                differ(&name, before.as_ref().unwrap_or(&nothing), after.as_ref().unwrap_or(&nothing), found);
            }
        }
    }
}

fn shown(value: &Value) -> FieldValue<'static> {
    match value {
        Value::Null => FieldValue::Nothing,
        Value::Bool(flag) => FieldValue::Flag(*flag),
        Value::Array(list) => FieldValue::List(list.iter().take(MOST).map(element).collect()),
        other => FieldValue::from(element(other)),
    }
}

/// An element by its value, with its type where it has one.
fn element(value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let full = match (value, text("value").or_else(|| text("formatted")), text("type")) {
        (Value::String(text), ..) => text.clone(),
        (_, Some(value), Some(kind)) => format!("{value} ({kind})"),
        (_, Some(value), None) => value.to_owned(),
        (other, None, _) => other.to_string(),
    };
    match full.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", full.get(..end).unwrap_or_default()),
        None => full,
    }
}
