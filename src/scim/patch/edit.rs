//! Edits: what one PATCH operation does to the value of one attribute, single or multi-valued (RFC 7644, section 3.5.2).

use crate::scim::error::{Error, Result};
use crate::scim::intake::value::{self, is_primary};
use crate::scim::leeway::Leeway;
use crate::scim::patch::operation::Verb;
use crate::scim::path::Selection;
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::{Attribute, AttributeType, ResourceType, Target};
use serde_json::{Map, Value};

/// The parts that say of a value what it is, and that are wrong as soon as it is another.
const DESCRIBING: [&str; 3] = ["$ref", "display", "displayName"];

/// How one PATCH edits: what it may take, and which describing parts it has written itself.
pub(in crate::scim) struct Editor<'a> {
    pub(in crate::scim) of: &'static ResourceType,
    pub(in crate::scim) leeway: &'a Leeway,
    /// Attribute and part.
    written: Vec<(&'static str, &'static str)>,
}

impl<'a> Editor<'a> {
    pub(in crate::scim) fn new(of: &'static ResourceType, leeway: &'a Leeway) -> Editor<'a> {
        Editor { of, leeway, written: Vec::new() }
    }

    /// A single-valued attribute, or a part of one.
    pub(in crate::scim) fn one(
        &mut self,
        holder: &mut Map<String, Value>,
        verb: Verb,
        target: &Target,
        value: Option<Value>,
    ) -> Result<()> {
        let attribute = target.attribute;
        if let Some(part) = target.part {
            let value = self.read(part, verb, value)?;
            let slot = holder.entry(attribute.name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(object) = slot {
                self.put(attribute, object, part.name, value);
            }
            return Ok(());
        }
        let value = match value {
            // Null inside takes the part away, so the parts are merged before they are read as a value.
            Some(Value::Object(new)) if attribute.kind == AttributeType::Complex && verb != Verb::Remove => {
                if let Some(Value::Object(old)) = holder.get_mut(attribute.name) {
                    return self.merge(attribute, old, verb, new);
                }
                Some(Value::Object(new))
            }
            value => value,
        };
        match (self.read(attribute, verb, value)?, holder.get_mut(attribute.name)) {
            (Some(Value::Object(new)), Some(Value::Object(old))) => self.merge(attribute, old, verb, new)?,
            (value, _) => put(holder, attribute.name, value),
        }
        Ok(())
    }

    /// A value in canonical form; none for a remove.
    fn read(&self, attribute: &'static Attribute, verb: Verb, value: Option<Value>) -> Result<Option<Value>> {
        match value.filter(|_| verb != Verb::Remove) {
            Some(value) => value::canonical(attribute, value, self.leeway),
            None => Ok(None),
        }
    }

    /// The parts that come take the place of theirs, those that come as null go (RFC 7643, section 2.5), and the others
    /// stay (RFC 7644, section 3.5.2.3).
    fn merge(
        &mut self,
        attribute: &'static Attribute,
        old: &mut Map<String, Value>,
        verb: Verb,
        new: Map<String, Value>,
    ) -> Result<()> {
        let nulls: Vec<&str> =
            new.iter().filter(|(_, v)| v.is_null()).filter_map(|(key, _)| Some(attribute.part(key)?.name)).collect();
        let parts = value::parts(attribute, new, self.leeway)?;
        if verb == Verb::Replace {
            for name in nulls {
                self.put(attribute, old, name, None);
            }
        }
        self.extend(attribute, old, parts);
        Ok(())
    }

    /// Writes several parts of a value, the value itself first, so that what describes it comes after.
    fn extend(&mut self, attribute: &'static Attribute, object: &mut Map<String, Value>, parts: Map<String, Value>) {
        if let Some(value) = parts.get("value") {
            self.put(attribute, object, "value", Some(value.clone()));
        }
        for (name, value) in parts {
            if let Some(part) = attribute.part(&name) {
                self.put(attribute, object, part.name, Some(value));
            }
        }
    }

    /// Writes a part of a value. When the value becomes another one, what describes the old one goes with it, unless this
    /// PATCH has written it.
    fn put(
        &mut self,
        attribute: &'static Attribute,
        object: &mut Map<String, Value>,
        name: &'static str,
        value: Option<Value>,
    ) {
        if DESCRIBING.contains(&name) {
            self.written.push((attribute.name, name));
        }
        if name == "value" && object.get(name).is_some_and(|old| Some(old) != value.as_ref()) {
            for describing in DESCRIBING.into_iter().filter(|part| !self.written.contains(&(attribute.name, *part))) {
                object.shift_remove(describing);
            }
        }
        put(object, name, value);
    }

    /// A multi-valued attribute as a whole, or a part of all its elements.
    pub(in crate::scim) fn many(
        &mut self,
        holder: &mut Map<String, Value>,
        verb: Verb,
        target: &Target,
        value: Option<Value>,
    ) -> Result<()> {
        let attribute = target.attribute;
        let mut elements = take_elements(holder, attribute);
        let before = primaries(&elements);
        match (verb, target.part) {
            (Verb::Remove, None) => match value.filter(|value| !value.is_null()) {
                // A list takes away what it names and, when it names nothing, nothing.
                Some(list) => {
                    self.leeway.take(Relaxation::RemoveWithValue)?;
                    if let Some(Value::Array(gone)) = value::canonical(attribute, list, self.leeway)? {
                        elements.retain(|element| !gone.iter().any(|g| is_meant(element, g)));
                    }
                }
                None => elements.clear(),
            },
            (Verb::Remove, Some(part)) => elements.iter_mut().filter_map(Value::as_object_mut).for_each(|element| {
                element.shift_remove(part.name);
            }),
            (Verb::Add | Verb::Replace, Some(part)) => {
                let value = self.read(part, verb, value)?;
                if elements.is_empty() {
                    elements.push(Value::Object(Map::new()));
                }
                for element in elements.iter_mut().filter_map(Value::as_object_mut) {
                    self.put(attribute, element, part.name, value.clone());
                }
            }
            (Verb::Add | Verb::Replace, None) => {
                if verb == Verb::Replace {
                    elements.clear();
                }
                if let Some(Value::Array(new)) = self.read(attribute, verb, value)? {
                    new.into_iter().for_each(|element| join(&mut elements, element));
                }
            }
        }
        put_elements(holder, attribute, elements, &before)
    }

    /// The elements that a filter chooses, or a part of each. Where none is there yet, one is made from what the filter says
    /// of it: Entra fills `phoneNumbers[type eq "mobile"].value` that way. A single complex value is the one element.
    pub(in crate::scim) fn elements(
        &mut self,
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
            // What is not there need not be taken away, and no error is asked for (RFC 7644, section 3.5.2.2).
            match target.part {
                None => elements.retain(|element| !is_chosen(element)),
                Some(part) => {
                    elements.iter_mut().filter(|e| is_chosen(e)).filter_map(Value::as_object_mut).for_each(|e| {
                        self.put(attribute, e, part.name, None);
                    })
                }
            }
            return put_elements(holder, attribute, elements, &before);
        }
        if !any {
            let is_taken = !attribute.multi && !elements.is_empty();
            if is_taken || (verb == Verb::Replace && target.part.is_none()) {
                // RFC 7644, section 3.5.2.3. What Entra has made for it are parts, never whole elements.
                return Err(no_target(attribute, self.of));
            }
            self.leeway.take(Relaxation::ValuePathCreates)?;
            elements.push(made_from(attribute, selection, self.leeway)?);
        }
        let made = elements.len().saturating_sub(1);
        let new = match value {
            None => None,
            Some(value) => value::element(target.leaf(), value, self.leeway)?,
        };
        for (n, element) in elements.iter_mut().enumerate() {
            if if any { !is_chosen(element) } else { n != made } {
                continue;
            }
            match (target.part, &new, element) {
                (Some(part), value, Value::Object(element)) => self.put(attribute, element, part.name, value.clone()),
                (None, Some(Value::Object(new)), Value::Object(element)) => {
                    if verb == Verb::Replace && any {
                        element.clear();
                    }
                    self.extend(attribute, element, new.clone());
                }
                _ => {}
            }
        }
        put_elements(holder, attribute, elements, &before)
    }
}

fn no_target(attribute: &Attribute, of: &ResourceType) -> Error {
    Error::NoTarget(format!("No element of “{}” of the {} fulfils the path's filter.", attribute.name, of.name))
}

fn made_from(attribute: &'static Attribute, selection: &Selection, leeway: &Leeway) -> Result<Value> {
    let Some(example) = &selection.example else {
        let detail = format!("No element of “{}” fulfils the path's filter.", attribute.name);
        return Err(Error::NoTarget(detail));
    };
    let said = example.iter().map(|(part, text)| ((*part).to_owned(), Value::String(text.clone()))).collect();
    Ok(Value::Object(value::parts(attribute, said, leeway)?))
}

fn take_elements(holder: &mut Map<String, Value>, attribute: &Attribute) -> Vec<Value> {
    match holder.get_mut(attribute.name) {
        Some(Value::Array(elements)) => std::mem::take(elements),
        Some(single @ Value::Object(_)) => vec![single.take()],
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
    let value = if attribute.multi { Some(Value::Array(elements)) } else { elements.pop() };
    put(holder, attribute.name, value);
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

pub(in crate::scim) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

/// How much text a value holds, in bytes; what holds none still weighs something.
pub(in crate::scim) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 8,
        Value::Array(elements) => elements.iter().map(weight).sum::<usize>() + 8,
        Value::Object(object) => object.values().map(weight).sum::<usize>() + 8,
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}
