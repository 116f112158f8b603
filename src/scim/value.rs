//! Values as the schema wants them: each attribute's type is checked, and the dialects of real clients become the RFC's form.

use super::error::{Error, Result};
use super::json::{self, kind};
use super::schema::{Attribute, Kind, Mutability};
use serde_json::{Map, Value};

/// No string is longer, in bytes.
pub(super) const LONGEST: usize = 65_536;
/// No list has more elements; memberships are no list in this sense.
const MOST: usize = 1000;

/// The value of an attribute in canonical form; `None` when it counts as absent (null, an empty array or object).
///
/// # Errors
/// `invalidValue` with the attribute, what was expected and what came.
pub fn canonical(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    // Keeper accepts roles of any JSON type (keeper-contract 2.1); what is no role is passed over.
    if attribute.name == "roles" && attribute.multi {
        return list(attribute, value, &|element| Ok(single(attribute, element).unwrap_or(None)));
    }
    match attribute.multi {
        true => list(attribute, value, &|element| single(attribute, element)),
        false => single(attribute, value),
    }
}

/// One element of a multi-valued attribute in canonical form.
///
/// # Errors
/// As [`canonical`].
pub fn element(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    single(attribute, value)
}

fn list(
    attribute: &'static Attribute,
    value: Value,
    single: &dyn Fn(Value) -> Result<Option<Value>>,
) -> Result<Option<Value>> {
    let elements = match value {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements,
        // OneLogin sends emails as one object instead of an array (idp-clients 5).
        one => vec![one],
    };
    check_length(attribute, elements.len())?;
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        // No list holds the same element twice (RFC 7643, section 2.4).
        if let Some(element) = single(element)?.filter(|element| !kept.contains(element)) {
            kept.push(element);
        }
    }
    if kept.iter().filter(|e| is_primary(e)).count() > 1 {
        return Err(Error::InvalidValue(format!("“{}” has more than one primary element.", attribute.name)));
    }
    Ok(if kept.is_empty() { None } else { Some(Value::Array(kept)) })
}

fn single(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    let wrong = |value: &Value, what: &str| {
        Err(Error::InvalidValue(format!("“{}” must be {what}, but is {}.", attribute.name, kind(value))))
    };
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex, value) => complex(attribute, value),
        (Kind::Boolean, Value::Bool(value)) => Ok(Some(Value::Bool(value))),
        // Keeper's own example and Entra send booleans as strings, in any letter case (keeper-contract 2.2).
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(Value::Bool(true))),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(Value::Bool(false))),
        (Kind::Boolean, value) => wrong(&value, "true or false"),
        (Kind::Integer, Value::Number(number)) if number.is_i64() => Ok(Some(Value::Number(number))),
        (Kind::Integer, value) => wrong(&value, "an integer"),
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

fn complex(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    let object = match value {
        Value::Object(object) => object,
        // Entra sends the manager as an array of one reference (replays/entra.json).
        Value::Array(mut elements) if !attribute.multi && elements.len() < 2 => {
            return elements.pop().map_or(Ok(None), |only| complex(attribute, only));
        }
        // Old SCIM-SDK clients put the JSON of an element into a string (idp-clients 9).
        Value::String(text) if text.starts_with('{') => match json::parse(text.as_bytes()) {
            Ok(Value::Object(object)) => object,
            _ => from_text(attribute, text)?,
        },
        Value::String(text) => from_text(attribute, text)?,
        Value::Null => return Ok(None),
        other => {
            let detail = format!("“{}” must be an object, but is {}.", attribute.name, kind(&other));
            return Err(Error::InvalidValue(detail));
        }
    };
    let kept = parts(attribute, object)?;
    Ok(if kept.is_empty() { None } else { Some(Value::Object(kept)) })
}

/// A bare string where an object belongs is its `value`: Entra's manager, and e-mails as plain strings.
fn from_text(attribute: &'static Attribute, text: String) -> Result<Map<String, Value>> {
    if attribute.part("value").is_none() {
        let detail = format!("“{}” must be an object with the parts of it, but is a string.", attribute.name);
        return Err(Error::InvalidValue(detail));
    }
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
pub fn parts(attribute: &'static Attribute, object: Map<String, Value>) -> Result<Map<String, Value>> {
    let mut kept = Map::new();
    for (key, value) in object {
        let Some(part) = attribute.part(&key).filter(|part| part.mutability != Mutability::ReadOnly) else { continue };
        if let Some(value) = single(part, value)? {
            kept.insert(spelt(key, part.name), value);
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
/// more (Salesforce-style clients, idp-clients 14) or as JSON in strings (old SCIM-SDK, idp-clients 9).
///
/// # Errors
/// `invalidValue` when an element names nobody.
pub fn ids(attribute: &str, value: &Value) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect_ids(attribute, value, 0, &mut found)?;
    let mut seen = std::collections::HashSet::new();
    found.retain(|id| seen.insert(id.clone()));
    Ok(found)
}

fn collect_ids(attribute: &str, value: &Value, depth: usize, found: &mut Vec<String>) -> Result<()> {
    let wrong = || Error::InvalidValue(format!("Each of “{attribute}” needs a “value” with an id."));
    match value {
        _ if depth > 4 => Err(wrong()),
        Value::Null => Ok(()),
        Value::Array(elements) => elements.iter().try_for_each(|e| collect_ids(attribute, e, depth + 1, found)),
        Value::Object(object) => match (json::get(object, "value"), json::get(object, attribute)) {
            (Some(id @ (Value::String(_) | Value::Number(_))), _) => collect_ids(attribute, id, depth + 1, found),
            (None, Some(wrapped)) => collect_ids(attribute, wrapped, depth + 1, found),
            _ => Err(wrong()),
        },
        Value::String(text) if text.starts_with('{') => match json::parse(text.as_bytes()) {
            Ok(inner) => collect_ids(attribute, &inner, depth + 1, found),
            Err(_) => Err(wrong()),
        },
        Value::String(text) if text.is_empty() => Err(wrong()),
        Value::String(text) => {
            found.push(text.clone());
            Ok(())
        }
        Value::Number(number) => {
            found.push(number.to_string());
            Ok(())
        }
        Value::Bool(_) => Err(wrong()),
    }
}
