//! Values as the schema wants them: each attribute's type is checked, and the dialects of real clients become the RFC's form.

use crate::scim::error::{Error, Result};
use crate::scim::intake::json::{self, kind};
use crate::scim::leeway::Leeway;
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::ROLES;
use crate::scim::schema::{Attribute, AttributeType, Mutability};
use serde_json::{Map, Value};

/// No string is longer, in bytes.
pub(in crate::scim) const LONGEST: usize = 65_536;
/// No list has more elements; memberships are no list in this sense.
const MOST: usize = 1000;

/// The value of an attribute in canonical form; `None` when it counts as absent (null, an empty array or object).
///
/// # Errors
/// `invalidValue` with the attribute, what was expected and what came.
pub fn canonical(attribute: &'static Attribute, value: Value, leeway: &Leeway) -> Result<Option<Value>> {
    if !attribute.multi {
        return element(attribute, value, leeway);
    }
    if attribute.name != ROLES {
        return list(attribute, value, leeway, &|one| single(attribute, one, leeway));
    }
    // Keeper accepts roles of any JSON type; what is no role is passed over.
    let role = |one| match single(attribute, one, leeway) {
        Err(error @ Error::Strict(..)) => Err(error),
        Err(_) => leeway.take_in(Relaxation::RolesOfAnyType, attribute.name).map(|()| None),
        role => role,
    };
    list(attribute, value, leeway, &role)
}

/// One element of a multi-valued attribute, or the value of another, in canonical form.
///
/// # Errors
/// As [`canonical`].
pub fn element(attribute: &'static Attribute, value: Value, leeway: &Leeway) -> Result<Option<Value>> {
    match value {
        Value::Array(mut list) if list.len() == 1 && !list.iter().any(|one| one.is_array() || one.is_null()) => {
            leeway.take_in(Relaxation::ListForScalar, attribute.name)?;
            single(attribute, list.pop().unwrap_or_default(), leeway)
        }
        value => single(attribute, value, leeway),
    }
}

fn list(
    attribute: &'static Attribute,
    value: Value,
    leeway: &Leeway,
    single: &dyn Fn(Value) -> Result<Option<Value>>,
) -> Result<Option<Value>> {
    let elements = match value {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements,
        Value::String(text) if text.trim_start().starts_with('[') => match json::parse(text.as_bytes()) {
            Ok(Value::Array(elements)) => {
                leeway.take_in(Relaxation::JsonInString, attribute.name).map(|()| elements)?
            }
            _ => return Err(not_json(attribute)),
        },
        one => {
            leeway.take_in(Relaxation::ScalarForList, attribute.name)?;
            vec![one]
        }
    };
    check_length(attribute, elements.len())?;
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    let mut strange = false;
    for element in elements {
        if element.is_null() {
            let detail = format!("“{}” holds null, which is no element. An empty list has none.", attribute.name);
            return Err(Error::InvalidValue(detail));
        }
        let blank = is_blank(&element);
        match single(element)? {
            // No list holds the same element twice (RFC 7643, section 2.4).
            Some(element) if kept.contains(&element) => {}
            Some(element) => kept.push(element),
            None => strange |= !blank,
        }
    }
    // What was not understood does not mean that the list is to be empty.
    if kept.is_empty() && strange {
        return Err(Error::NotUnderstood(attribute.name));
    }
    if kept.iter().filter(|e| is_primary(e)).count() > 1 {
        return Err(Error::InvalidValue(format!("“{}” has more than one primary element.", attribute.name)));
    }
    Ok(if kept.is_empty() { None } else { Some(Value::Array(kept)) })
}

fn single(attribute: &'static Attribute, value: Value, leeway: &Leeway) -> Result<Option<Value>> {
    let wrong = |value: &Value, what: &str| {
        Err(Error::InvalidValue(format!("“{}” must be {what}, but is {}.", attribute.name, kind(value))))
    };
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (AttributeType::Complex, value) => complex(attribute, value, leeway),
        (AttributeType::Boolean, Value::Bool(value)) => Ok(Some(Value::Bool(value))),
        (AttributeType::Boolean, Value::String(text)) if is_boolean(&text) => {
            leeway.take_in(Relaxation::BooleanAsString, attribute.name)?;
            Ok(Some(Value::Bool(text.eq_ignore_ascii_case("true"))))
        }
        (AttributeType::Boolean, value) => wrong(&value, "true or false"),
        (AttributeType::Integer, Value::Number(number)) if number.is_i64() => Ok(Some(Value::Number(number))),
        (AttributeType::Integer, value) => wrong(&value, "an integer"),
        (_, Value::String(text)) if text.len() > LONGEST => {
            let detail = format!("“{}” has {} bytes; at most {LONGEST} are kept.", attribute.name, text.len());
            Err(Error::InvalidValue(detail))
        }
        // A NUL ends a text early wherever C is spoken, the database's own comparisons included.
        (_, Value::String(text)) if text.contains('\0') => {
            Err(Error::InvalidValue(format!("“{}” holds a NUL character.", attribute.name)))
        }
        (_, Value::String(text)) => Ok(Some(Value::String(text))),
        (_, value) => wrong(&value, "a string"),
    }
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn not_json(attribute: &Attribute) -> Error {
    let detail = format!("“{}” looks like JSON text in a string, but is none. Send the JSON itself.", attribute.name);
    Error::InvalidValue(detail)
}

fn complex(attribute: &'static Attribute, value: Value, leeway: &Leeway) -> Result<Option<Value>> {
    let object = match value {
        Value::Object(object) => object,
        Value::Array(elements) if !attribute.multi && elements.is_empty() => {
            return leeway.take_in(Relaxation::ListForScalar, attribute.name).map(|()| None);
        }
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => match json::parse(text.as_bytes()) {
            Ok(Value::Object(object)) => leeway.take_in(Relaxation::JsonInString, attribute.name).map(|()| object)?,
            Ok(Value::Array(list)) if !attribute.multi => {
                leeway.take_in(Relaxation::JsonInString, attribute.name)?;
                return element(attribute, Value::Array(list), leeway);
            }
            _ => return Err(not_json(attribute)),
        },
        Value::String(text) => from_text(attribute, text, leeway)?,
        Value::Null => return Ok(None),
        other => {
            let detail = format!("“{}” must be an object, but is {}.", attribute.name, kind(&other));
            return Err(Error::InvalidValue(detail));
        }
    };
    let kept = parts(attribute, object, leeway)?;
    Ok(if is_nobody(attribute, &kept) { None } else { Some(Value::Object(kept)) })
}

/// Whether the parts of a value come to nothing: there are none, or it refers to somebody by an empty id.
pub fn is_nobody(attribute: &Attribute, parts: &Map<String, Value>) -> bool {
    parts.is_empty() || (attribute.is_reference() && parts.get("value").and_then(Value::as_str) == Some(""))
}

/// Whether an element says of itself that there is nothing in it.
fn is_blank(element: &Value) -> bool {
    match element {
        Value::String(text) => text.is_empty(),
        Value::Object(parts) => !parts.is_empty() && parts.values().all(Value::is_null),
        _ => false,
    }
}

/// A bare string where an object belongs is its `value`: Entra's manager, and e-mails as plain strings.
fn from_text(attribute: &'static Attribute, text: String, leeway: &Leeway) -> Result<Map<String, Value>> {
    if attribute.part("value").is_none() {
        let detail = format!("“{}” must be an object with the parts of it, but is a string.", attribute.name);
        return Err(Error::InvalidValue(detail));
    }
    leeway.take_in(Relaxation::StringForObject, attribute.name)?;
    let mut object = Map::new();
    if !text.is_empty() {
        object.insert("value".to_owned(), Value::String(text));
    }
    Ok(object)
}

/// The writable parts of a complex value in canonical form; unknown and read-only ones are passed over.
///
/// # Errors
/// As [`canonical`].
pub fn parts(attribute: &'static Attribute, object: Map<String, Value>, leeway: &Leeway) -> Result<Map<String, Value>> {
    let mut kept = Map::new();
    for (key, value) in object {
        match attribute.part(&key) {
            None => leeway.take_in(Relaxation::UnknownAttribute, &format!("{}.{key}", attribute.name))?,
            Some(part) if part.mutability == Mutability::ReadOnly => {}
            Some(part) => {
                if let Some(value) = element(part, value, leeway)? {
                    kept.insert(spelt(key, part.name), value);
                }
            }
        }
    }
    Ok(kept)
}

/// A key in the spelling of the schema.
pub fn spelt(key: String, name: &str) -> String {
    if key == name { key } else { name.to_owned() }
}

/// Refuses a list that is longer than what is kept.
///
/// # Errors
/// `invalidValue`.
pub fn check_length(attribute: &Attribute, length: usize) -> Result<()> {
    match length <= MOST {
        true => Ok(()),
        false => Err(Error::InvalidValue(format!("“{}” has more than {MOST} elements.", attribute.name))),
    }
}

/// Whether an element is the preferred one.
pub fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// The ids in a list of members or groups: objects with a `value`, bare strings or numbers, one or many, wrapped once
/// more, or as JSON text in strings. An empty list names nobody; whatever else names nobody is refused.
///
/// # Errors
/// `invalidValue` when an element names nobody.
pub fn ids(attribute: &'static str, value: &Value, leeway: &Leeway) -> Result<Vec<String>> {
    let mut ids = Ids::new(attribute, leeway);
    match value {
        Value::Array(elements) => elements.iter().try_for_each(|one| ids.take(one))?,
        one => id_list(attribute, one, 0, leeway, &mut ids.found)?,
    }
    Ok(ids.found())
}

/// The ids of a list that is read element by element.
pub(in crate::scim) struct Ids<'a> {
    attribute: &'static str,
    leeway: &'a Leeway,
    found: Vec<String>,
}

impl<'a> Ids<'a> {
    pub(in crate::scim) fn new(attribute: &'static str, leeway: &'a Leeway) -> Ids<'a> {
        Ids { attribute, leeway, found: Vec::new() }
    }

    /// Takes the id in one element.
    ///
    /// # Errors
    /// As [`ids`].
    pub(in crate::scim) fn take(&mut self, element: &Value) -> Result<()> {
        id_of(self.attribute, element, 0, self.leeway, &mut self.found)
    }

    /// Each of them once.
    pub(in crate::scim) fn found(mut self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        self.found.retain(|id| seen.insert(id.clone()));
        self.found
    }
}

/// What stands where the list belongs and is none: one element, or the list in another form.
fn id_list(attribute: &str, value: &Value, depth: usize, leeway: &Leeway, found: &mut Vec<String>) -> Result<()> {
    let inner = match value {
        Value::String(text) if text.trim_start().starts_with(['[', '{']) => {
            leeway.take_in(Relaxation::JsonInString, attribute)?;
            json::parse(text.as_bytes()).map_err(|_| no_id(attribute))?
        }
        Value::Object(object) if json::get(object, "value").is_none() => {
            leeway.take_in(Relaxation::WrappedList, attribute)?;
            json::get(object, attribute).cloned().ok_or_else(|| no_id(attribute))?
        }
        one => {
            leeway.take_in(Relaxation::ScalarForList, attribute)?;
            return id_of(attribute, one, depth, leeway, found);
        }
    };
    match inner {
        _ if depth > 2 => Err(no_id(attribute)),
        Value::Array(elements) => elements.iter().try_for_each(|one| id_of(attribute, one, depth, leeway, found)),
        one => id_list(attribute, &one, depth + 1, leeway, found),
    }
}

/// The id in one element, or the ids where the element holds the list once more.
fn id_of(attribute: &str, value: &Value, depth: usize, leeway: &Leeway, found: &mut Vec<String>) -> Result<()> {
    match value {
        Value::Object(object) => match json::get(object, "value") {
            Some(Value::Array(list)) if list.len() == 1 => {
                leeway.take_in(Relaxation::ListForScalar, attribute)?;
                list.iter().try_for_each(|id| bare_id(attribute, id, leeway, found))
            }
            Some(id) => bare_id(attribute, id, leeway, found),
            None if depth == 0 => id_list(attribute, value, 1, leeway, found),
            None => Err(no_id(attribute)),
        },
        Value::String(text) if depth < 2 && text.trim_start().starts_with(['[', '{']) => {
            id_list(attribute, value, depth + 1, leeway, found)
        }
        Value::String(_) => {
            leeway.take_in(Relaxation::StringForObject, attribute)?;
            bare_id(attribute, value, leeway, found)
        }
        value => bare_id(attribute, value, leeway, found),
    }
}

fn bare_id(attribute: &str, value: &Value, leeway: &Leeway, found: &mut Vec<String>) -> Result<()> {
    match value {
        Value::String(text) if !text.is_empty() => found.push(text.clone()),
        Value::Number(number) => {
            leeway.take_in(Relaxation::NumberAsId, attribute)?;
            found.push(number.to_string());
        }
        _ => return Err(no_id(attribute)),
    }
    Ok(())
}

fn no_id(attribute: &str) -> Error {
    Error::InvalidValue(format!("Each of “{attribute}” needs a “value” with an id."))
}
