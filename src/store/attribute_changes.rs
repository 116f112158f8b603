//! What differs between two resources, attribute by attribute, as the audit log tells it.

use crate::domain::event::{Event, FieldValue, Fields};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

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

/// The fields of an event with the attributes that differ between its two resources, JSON objects; `None` where there is
/// nothing to add, or one of them cannot be read.
pub fn fields<'a>(event: &Event<'a>) -> Option<(Fields<'a>, Fields<'a>)> {
    let (was, is) = event.resources.filter(|(was, is)| was != is)?;
    let (was, is) = (members(was)?, members(is)?);
    let (was, is) = (was.unlike(&is)?, is.unlike(&was)?);
    let (mut before, mut after) = (event.before.clone(), event.after.clone());
    let mut found = Vec::new();
    differ("", &was, &is, &mut found);
    found.truncate(MOST);
    for (name, was, is) in found {
        before.extend(was.map(|value| (Cow::Owned(name.clone()), value)));
        after.extend(is.map(|value| (Cow::Owned(name), value)));
    }
    Some((before, after))
}

/// The members of a stored object in their order, their values not looked into: most are equal on both sides. No name is
/// written with escapes.
struct Members<'t>(Vec<(&'t str, &'t RawValue)>);

fn members(text: &str) -> Option<Members<'_>> {
    serde_json::from_str(text).ok()
}

impl Members<'_> {
    /// Those that the other object does not have in the same words.
    fn unlike(&self, other: &Members<'_>) -> Option<Map<String, Value>> {
        let is_same = |(name, value): &&(&str, &RawValue)| {
            other.0.iter().any(|(named, other)| named == name && other.get() == value.get())
        };
        let unlike = self.0.iter().filter(|member| !is_same(member));
        unlike.map(|(name, value)| Some(((*name).to_owned(), serde_json::from_str(value.get()).ok()?))).collect()
    }
}

impl<'de: 't, 't> Deserialize<'de> for Members<'t> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Object)
    }
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
