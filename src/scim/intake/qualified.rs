//! Keys of a body that are paths: the core schema's URN around its attributes, `name.givenName`, an attribute behind the URN
//! of its schema. They are brought to the places that the RFC has for them, so that they mean in POST and PUT what they
//! mean in a PATCH without path.

use crate::scim::error::{Error, Result};
use crate::scim::leeway::Leeway;
use crate::scim::path::{self, Path};
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::ResourceType;
use serde_json::{Map, Value};

/// The body with all attributes in their places. Whatever is no such key stays where it is.
///
/// # Errors
/// `invalidValue` when an attribute comes twice, or the URN holds no object.
pub(in crate::scim) fn flattened(
    of: &'static ResourceType,
    body: Map<String, Value>,
    leeway: &Leeway,
) -> Result<Map<String, Value>> {
    if !body.keys().any(|key| key.contains(['.', ':']) && of.extension_named(key).is_none()) {
        return Ok(body);
    }
    let mut flat = Map::with_capacity(body.len());
    for (key, value) in body {
        if !of.is_core(&key) {
            place(of, &mut flat, key, value, leeway)?;
            continue;
        }
        leeway.take(Relaxation::CoreUrnObject)?;
        match value {
            Value::Null => {}
            Value::Object(inside) => {
                for (key, value) in inside {
                    place(of, &mut flat, key, value, leeway)?;
                }
            }
            _ => return Err(Error::InvalidValue(format!("“{key}” needs an object with its attributes."))),
        }
    }
    Ok(flat)
}

fn place(
    of: &'static ResourceType,
    flat: &mut Map<String, Value>,
    key: String,
    value: Value,
    leeway: &Leeway,
) -> Result<()> {
    let is_path = key.contains(['.', ':']) && of.extension_named(&key).is_none();
    let target = match is_path.then(|| path::parse(&key, of, leeway)) {
        Some(Ok(Path::Attribute(target))) => target,
        Some(Err(error @ Error::Strict(..))) => return Err(error),
        _ => return put(flat, &key, value),
    };
    leeway.take_in(Relaxation::QualifiedKey, &key)?;
    let holder = match target.extension {
        Some(urn) => object_at(flat, urn)?,
        None => flat,
    };
    match target.part {
        Some(part) => put(object_at(holder, target.attribute.name)?, part.name, value),
        None => put(holder, target.attribute.name, value),
    }
}

/// The object below a key in any letter case, made where there is none.
fn object_at<'a>(holder: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Map<String, Value>> {
    let known = holder.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    let slot = holder.entry(known.unwrap_or_else(|| name.to_owned())).or_insert(Value::Null);
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().ok_or_else(|| twice(name))
}

/// Writes a key. Objects from both forms of the same attribute are joined.
fn put(holder: &mut Map<String, Value>, name: &str, value: Value) -> Result<()> {
    let known = holder.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    match known.and_then(|known| holder.get_mut(&known)) {
        None => drop(holder.insert(name.to_owned(), value)),
        Some(Value::Object(there)) => match value {
            Value::Object(more) => more.into_iter().try_for_each(|(key, value)| put(there, &key, value))?,
            _ => return Err(twice(name)),
        },
        Some(_) => return Err(twice(name)),
    }
    Ok(())
}

fn twice(name: &str) -> Error {
    Error::InvalidValue(format!("“{name}” stands twice in the body, in different forms."))
}
