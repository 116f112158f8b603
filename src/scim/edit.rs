//! Edits: what one PATCH operation does to the value of one attribute, single or multi-valued (RFC 7644, section 3.5.2).

use super::error::{Error, Result};
use super::patch::Verb;
use super::path::Selection;
use super::schema::{Attribute, Kind, ResourceType, Target};
use super::value::{self, is_primary};
use serde_json::{Map, Value};

/// A single-valued attribute, or a part of one.
pub(super) fn one(holder: &mut Map<String, Value>, verb: Verb, target: &Target, value: Option<Value>) -> Result<()> {
    let attribute = target.attribute;
    if let Some(part) = target.part {
        let value = match verb {
            Verb::Remove => None,
            Verb::Add | Verb::Replace => value.map(|v| value::element(part, v)).transpose()?.flatten(),
        };
        let slot = holder.entry(attribute.name).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(object) = slot {
            put(object, part.name, value);
        }
        return Ok(());
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new)), true) =
        (holder.get_mut(attribute.name), &value, attribute.kind == Kind::Complex && verb != Verb::Remove)
    {
        // The parts that come take the place of theirs, those that come as null go (RFC 7643, section 2.5), and the
        // others stay (RFC 7644, section 3.5.2.3).
        for part in new.iter().filter(|(_, v)| v.is_null()).filter_map(|(key, _)| attribute.part(key)) {
            if verb == Verb::Replace {
                old.shift_remove(part.name);
            }
        }
        old.extend(value::parts(attribute, new.clone())?);
        return Ok(());
    }
    let value = match verb {
        Verb::Remove => None,
        Verb::Add | Verb::Replace => value.map(|v| value::canonical(attribute, v)).transpose()?.flatten(),
    };
    match (value, holder.get_mut(attribute.name)) {
        (Some(Value::Object(new)), Some(Value::Object(old))) if attribute.kind == Kind::Complex => old.extend(new),
        (value, _) => put(holder, attribute.name, value),
    }
    Ok(())
}

/// A multi-valued attribute as a whole, or a part of all its elements.
pub(super) fn many(holder: &mut Map<String, Value>, verb: Verb, target: &Target, value: Option<Value>) -> Result<()> {
    let attribute = target.attribute;
    let mut elements = take_elements(holder, attribute);
    let before = primaries(&elements);
    match (verb, target.part) {
        (Verb::Remove, None) => match value.filter(|value| !value.is_null()) {
            // A list takes away what it names and, when it names nothing, nothing.
            Some(list) => {
                if let Some(Value::Array(gone)) = value::canonical(attribute, list)? {
                    elements.retain(|element| !gone.iter().any(|g| is_meant(element, g)));
                }
            }
            None => elements.clear(),
        },
        (Verb::Remove, Some(part)) => elements.iter_mut().filter_map(Value::as_object_mut).for_each(|element| {
            element.shift_remove(part.name);
        }),
        (Verb::Add | Verb::Replace, Some(part)) => {
            let value = value.map(|v| value::element(part, v)).transpose()?.flatten();
            if elements.is_empty() {
                elements.push(Value::Object(Map::new()));
            }
            for element in elements.iter_mut().filter_map(Value::as_object_mut) {
                put(element, part.name, value.clone());
            }
        }
        (Verb::Add | Verb::Replace, None) => {
            if verb == Verb::Replace {
                elements.clear();
            }
            if let Some(Value::Array(new)) = value.map(|v| value::canonical(attribute, v)).transpose()?.flatten() {
                new.into_iter().for_each(|element| join(&mut elements, element));
            }
        }
    }
    put_elements(holder, attribute, elements, &before)
}

/// The elements that a filter chooses, or a part of each. Where none is there yet, one is made from what the filter says
/// of it: Entra fills `phoneNumbers[type eq "mobile"].value` that way (replays/entra.json).
pub(super) fn elements(
    of: &ResourceType,
    holder: &mut Map<String, Value>,
    verb: Verb,
    target: &Target,
    selection: &Selection,
    value: Option<Value>,
) -> Result<()> {
    let attribute = target.attribute;
    let mut elements = take_elements(holder, attribute);
    let before = primaries(&elements);
    let is_chosen = |element: &Value| element.as_object().is_some_and(|e| selection.test.matches(e));
    let any = elements.iter().any(is_chosen);
    if verb == Verb::Remove {
        if !any {
            return Err(no_target(attribute, of));
        }
        match target.part {
            None => elements.retain(|element| !is_chosen(element)),
            Some(part) => elements.iter_mut().filter(|e| is_chosen(e)).filter_map(Value::as_object_mut).for_each(|e| {
                e.shift_remove(part.name);
            }),
        }
        return put_elements(holder, attribute, elements, &before);
    }
    if !any {
        if verb == Verb::Replace && target.part.is_none() {
            // RFC 7644, section 3.5.2.3. What Entra has made for it are parts, never whole elements.
            return Err(no_target(attribute, of));
        }
        elements.push(made_from(attribute, selection)?);
    }
    let made = elements.len().saturating_sub(1);
    let new = match (target.part, value) {
        (_, None) => None,
        (Some(part), Some(value)) => value::element(part, value)?,
        (None, Some(Value::Array(mut list))) if list.len() == 1 => {
            list.pop().map(|v| value::element(attribute, v)).transpose()?.flatten()
        }
        (None, Some(value)) => value::element(attribute, value)?,
    };
    for (n, element) in elements.iter_mut().enumerate() {
        if if any { !is_chosen(element) } else { n != made } {
            continue;
        }
        match (target.part, &new, element) {
            (Some(part), value, Value::Object(element)) => put(element, part.name, value.clone()),
            (None, Some(Value::Object(new)), Value::Object(element)) => {
                if verb == Verb::Replace && any {
                    element.clear();
                }
                element.extend(new.clone());
            }
            _ => {}
        }
    }
    put_elements(holder, attribute, elements, &before)
}

fn no_target(attribute: &Attribute, of: &ResourceType) -> Error {
    Error::NoTarget(format!("No element of “{}” of the {} fulfils the path's filter.", attribute.name, of.name))
}

fn made_from(attribute: &'static Attribute, selection: &Selection) -> Result<Value> {
    let Some(example) = &selection.example else {
        let detail = format!("No element of “{}” fulfils the path's filter.", attribute.name);
        return Err(Error::NoTarget(detail));
    };
    let said = example.iter().map(|(part, text)| ((*part).to_owned(), Value::String(text.clone()))).collect();
    Ok(Value::Object(value::parts(attribute, said)?))
}

fn take_elements(holder: &mut Map<String, Value>, attribute: &Attribute) -> Vec<Value> {
    match holder.get_mut(attribute.name) {
        Some(Value::Array(elements)) => std::mem::take(elements),
        _ => Vec::new(),
    }
}

/// Puts elements back. One that has just become primary takes the mark from the one that had it (RFC 7644, section 3.5.2).
fn put_elements(
    holder: &mut Map<String, Value>,
    attribute: &Attribute,
    mut elements: Vec<Value>,
    before: &[Value],
) -> Result<()> {
    elements.retain(|element| !is_empty(element));
    value::check_length(attribute, elements.len())?;
    if elements.iter().filter(|e| is_primary(e)).count() > 1 {
        for element in elements.iter_mut().filter(|e| before.contains(e)).filter_map(Value::as_object_mut) {
            element.insert("primary".to_owned(), Value::Bool(false));
        }
    }
    if elements.iter().filter(|e| is_primary(e)).count() > 1 {
        return Err(Error::InvalidValue(format!("“{}” would have more than one primary element.", attribute.name)));
    }
    put(holder, attribute.name, Some(Value::Array(elements)));
    Ok(())
}

fn primaries(elements: &[Value]) -> Vec<Value> {
    elements.iter().filter(|e| is_primary(e)).cloned().collect()
}

/// Adds an element. One of the same value and type completes the one that is there, because no list holds such a pair
/// twice (RFC 7643, section 2.4).
fn join(elements: &mut Vec<Value>, new: Value) {
    let is_same = |there: &Value| match (there.get("value"), new.get("value")) {
        (Some(a), Some(b)) => a == b && there.get("type") == new.get("type"),
        _ => *there == new,
    };
    match (elements.iter_mut().find(|there| is_same(there)), new) {
        (Some(Value::Object(there)), Value::Object(new)) => there.extend(new),
        (Some(_), _) => {}
        (None, new) => elements.push(new),
    }
}

/// Whether an element is what a `remove` with a value list means: equal in everything that the list says of it.
fn is_meant(element: &Value, listed: &Value) -> bool {
    match (element, listed) {
        (Value::Object(element), Value::Object(listed)) => listed.iter().all(|(k, v)| element.get(k) == Some(v)),
        (element, listed) => element == listed,
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            object.insert(name.to_owned(), value);
        }
        None => {
            object.shift_remove(name);
        }
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

/// How much text a value holds, in bytes; what holds none still weighs something.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 8,
        Value::Array(elements) => elements.iter().map(weight).sum::<usize>() + 8,
        Value::Object(object) => object.values().map(weight).sum::<usize>() + 8,
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}
