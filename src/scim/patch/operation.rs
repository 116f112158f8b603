//! Operations of a PATCH: what each does, where, and with what value (RFC 7644, section 3.5.2).

use crate::scim::error::{Error, Result};
use crate::scim::intake::json::{self, kind};
use crate::scim::intake::message::{self, PATCH_OP};
use crate::scim::leeway::Leeway;
use crate::scim::path::{self, Path};
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::ResourceType;
use serde_json::{Map, Value};

/// No request has more operations.
pub const MAX_OPERATIONS: usize = 1000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Adds to what is there.
    Add,
    /// Takes away.
    Remove,
    /// Puts in the place of what is there.
    Replace,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct PatchOperation {
    verb: Verb,
    path: Option<Path>,
    value: Option<Value>,
}

impl PatchOperation {
    pub(in crate::scim) fn verb(&self) -> Verb {
        self.verb
    }

    pub(in crate::scim) fn path(&self) -> Option<&Path> {
        self.path.as_ref()
    }

    pub(in crate::scim) fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }
}

/// Reads a PATCH body. An absent list of operations is refused; null or an empty one asks for nothing, which the Google
/// function does in its safe mode.
///
/// # Errors
/// `invalidSyntax` for a body that is no PatchOp, `invalidPath` and `invalidFilter` for a path that cannot be read.
pub fn read(of: &'static ResourceType, body: &Map<String, Value>, leeway: &Leeway) -> Result<Vec<PatchOperation>> {
    let syntax = |detail: String| Err(Error::InvalidSyntax(detail));
    message::note_schemas(body, &[PATCH_OP], leeway)?;
    let list = match json::get(body, "Operations") {
        None => return syntax("A PATCH body needs “Operations”, an array of operations.".to_owned()),
        Some(Value::Null) => &[],
        Some(Value::Array(list)) => list.as_slice(),
        Some(single @ Value::Object(_)) => {
            leeway.take(Relaxation::OperationsNotList)?;
            std::slice::from_ref(single)
        }
        Some(other) => return syntax(format!("“Operations” must be an array, but is {}.", kind(other))),
    };
    if list.len() > MAX_OPERATIONS {
        return syntax(format!("A PATCH has at most {MAX_OPERATIONS} operations, this one has {}.", list.len()));
    }
    if list.is_empty() {
        leeway.take(Relaxation::OperationsEmpty)?;
    }
    list.iter().map(|operation| read_one(of, operation, leeway)).collect()
}

fn read_one(of: &'static ResourceType, operation: &Value, leeway: &Leeway) -> Result<PatchOperation> {
    let Value::Object(object) = operation else {
        return Err(Error::InvalidSyntax(format!("An operation must be an object, but is {}.", kind(operation))));
    };
    let word = json::get(object, "op").and_then(Value::as_str).unwrap_or_default();
    let verb = match word.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "remove" => Verb::Remove,
        "replace" => Verb::Replace,
        _ => return Err(Error::InvalidSyntax(format!("“op” must be add, remove or replace, but is “{word}”."))),
    };
    if !matches!(word, "add" | "remove" | "replace") {
        leeway.take_in(Relaxation::OpLetterCase, word)?;
    }
    let path = match json::get(object, "path") {
        None => None,
        Some(Value::Null) => leeway.take(Relaxation::EmptyPath).map(|()| None)?,
        Some(Value::String(text)) if text.trim().is_empty() => leeway.take(Relaxation::EmptyPath).map(|()| None)?,
        Some(Value::String(text)) => Some(path::parse(text, of, leeway)?),
        Some(other) => return Err(Error::InvalidPath(format!("“path” must be a string, but is {}.", kind(other)))),
    };
    Ok(PatchOperation { verb, path, value: json::get(object, "value").cloned() })
}
