//! Effects: what a request changed, attribute by attribute, from the resource before and after.

use crate::scim::bulk::Watched;
use crate::scim::intake::json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// `User` or `Group`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its user name or name.
    pub name: String,
    /// The attribute; a part behind a dot, one of an extension behind its URN.
    pub attribute: String,
    /// Its value before; null where it had none.
    pub before: Value,
    /// Its value after.
    pub after: Value,
}

/// More changes than this are not told one by one.
const MOST: usize = 500;

/// The names of members by their ids, where they are known.
pub type Names = HashMap<String, String>;

/// What differs between two texts of a resource; `None` is one that is not there.
pub fn between(kind: &str, before: Option<&str>, after: Option<&str>, names: &Names) -> Vec<Effect> {
    let object =
        |text: Option<&str>| text.and_then(|text| json::parse_object(text.as_bytes()).ok()).unwrap_or_default();
    let (before, after) = (object(before), object(after));
    let named = |name: &str| {
        let found = [&after, &before].into_iter().find_map(|one| one.get(name)?.as_str());
        found.unwrap_or_default().to_owned()
    };
    let name = Some(named("userName")).filter(|name| !name.is_empty()).unwrap_or_else(|| named("displayName"));
    let about = Effect {
        kind: kind.to_owned(),
        id: named("id"),
        name,
        attribute: String::new(),
        before: Value::Null,
        after: Value::Null,
    };
    let mut all = Vec::new();
    objects("", &before, &after, &about, &mut all);
    all.truncate(MOST);
    for effect in all.iter_mut().filter(|effect| effect.attribute == "members") {
        for value in [&mut effect.before, &mut effect.after] {
            if let Some(name) = value.as_str().and_then(|id| names.get(id)) {
                *value = name.clone().into();
            }
        }
    }
    all
}

/// What the operations of a bulk request have changed, one after the other.
pub fn of_bulk(watched: &[Watched], names: &Names) -> Vec<Effect> {
    let of_one = |one: &Watched| between(one.of.name, one.before.as_deref(), one.after.as_deref(), names);
    watched.iter().flat_map(of_one).take(MOST).collect()
}

/// The members that came or went and have no name yet.
pub fn nameless(effects: &[Effect]) -> impl Iterator<Item = &str> {
    let members = effects.iter().filter(|effect| effect.attribute == "members");
    members.flat_map(|effect| [&effect.before, &effect.after]).filter_map(Value::as_str)
}

fn objects(
    prefix: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    about: &Effect,
    all: &mut Vec<Effect>,
) {
    let mut seen = BTreeSet::new();
    for name in before.keys().chain(after.keys()).filter(|name| seen.insert(name.as_str())) {
        // What we give ourselves changes with everything else.
        if prefix.is_empty() && ["schemas", "meta", "id"].contains(&name.as_str()) || name == "$ref" {
            continue;
        }
        let (old, new) = (before.get(name).unwrap_or(&Value::Null), after.get(name).unwrap_or(&Value::Null));
        let glue = if prefix.starts_with("urn:") { ":" } else { "." };
        let attribute = if prefix.is_empty() { name.clone() } else { format!("{prefix}{glue}{name}") };
        values(attribute, old, new, about, all);
    }
}

fn values(attribute: String, old: &Value, new: &Value, about: &Effect, all: &mut Vec<Effect>) {
    if old == new || all.len() >= MOST {
        return;
    }
    let empty = Map::new();
    let as_object = |value: &Value| match value {
        Value::Object(object) => Some(object.clone()),
        Value::Null => Some(empty.clone()),
        _ => None,
    };
    if let (true, Some(old), Some(new)) = (old.is_object() || new.is_object(), as_object(old), as_object(new)) {
        return objects(&attribute, &old, &new, about, all);
    }
    let one = |before: Value, after: Value| Effect { attribute: attribute.clone(), before, after, ..about.clone() };
    if attribute == "members" || attribute == "groups" {
        let (was, is) = (elements(old), elements(new));
        let gone = was.iter().filter(|(id, _)| !is.iter().any(|(other, _)| other == id));
        let come = is.iter().filter(|(id, _)| !was.iter().any(|(other, _)| other == id));
        all.extend(gone.map(|(_, name)| one(name.clone().into(), Value::Null)));
        all.extend(come.map(|(_, name)| one(Value::Null, name.clone().into())));
        return;
    }
    all.push(one(old.clone(), new.clone()));
}

/// The elements of a relation: id, and the name to show.
fn elements(list: &Value) -> Vec<(String, String)> {
    let text = |element: &Value, name: &str| element.get(name).and_then(Value::as_str).map(str::to_owned);
    let one = |element: &Value| {
        let id = text(element, "value")?;
        let name = text(element, "display").filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
        Some((id, name))
    };
    list.as_array().into_iter().flatten().filter_map(one).collect()
}
