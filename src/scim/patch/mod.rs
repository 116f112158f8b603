//! PATCH: one engine for the RFC's operations (RFC 7644, section 3.5.2) and the dialects of real clients.
//!
//! Operations work on a copy; the caller writes the result in one transaction, so a request changes everything or nothing.
//! Memberships are not part of the stored resource: operations on them come out as [`Relation`]s, in their order.

pub(in crate::scim) mod edit;
pub(in crate::scim) mod operation;
mod relation;
pub(in crate::scim) mod stored;

use crate::domain::membership::Change;
use crate::scim::error::{Error, Result};
use crate::scim::intake::json::{self, kind};
use crate::scim::intake::value;
use crate::scim::leeway::Leeway;
use crate::scim::matches::BoundFilter;
use crate::scim::patch::edit::Editor;
use crate::scim::patch::operation::Verb;
pub use crate::scim::patch::operation::{MAX_OPERATIONS, PatchOperation, read};
use crate::scim::path::{self, Path, Selection};
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::ROLES;
use crate::scim::schema::{Mutability, ResourceType, Schema, Target};
use serde_json::{Map, Value};

/// No request compares more bytes in its value paths: what one PATCH may cost the others that wait to write.
const COMPARED: usize = 16 << 20;

/// A change of memberships that a PATCH asks for.
#[derive(Clone, Debug)]
pub enum Relation {
    /// By id.
    Change(Change),
    /// Removes those whose element fulfils a test that is more than a list of ids.
    RemoveMatching(BoundFilter),
}

/// Applies operations to a resource's attributes and returns the changes of memberships they ask for.
///
/// # Errors
/// The `scimType` words of RFC 7644, section 3.5.2; the attributes are then in no defined state and must be dropped.
pub fn apply(
    of: &'static ResourceType,
    attributes: &mut Map<String, Value>,
    operations: &[PatchOperation],
    leeway: &Leeway,
) -> Result<Vec<Relation>> {
    let urn = of.extension.map(|schema| schema.id);
    let (extension, unread) = match urn.and_then(|urn| attributes.shift_remove(urn)) {
        Some(Value::Object(extension)) => (extension, None),
        unread => (Map::new(), unread),
    };
    let editor = Editor::new(of, leeway);
    let mut patch = Patch { of, attributes, extension, relations: Vec::new(), left: COMPARED, leeway, editor };
    for operation in operations {
        let value = operation.value().cloned();
        match operation.path() {
            Some(path) => patch.at(operation.verb(), path, value)?,
            None => patch.whole(operation.verb(), value)?,
        }
    }
    let Patch { attributes, extension, relations, .. } = patch;
    // Behind what this PATCH has added, where it is kept.
    let extension = if extension.is_empty() { unread } else { Some(Value::Object(extension)) };
    if let (Some(urn), Some(extension)) = (urn, extension) {
        attributes.insert(urn.to_owned(), extension);
    }
    Ok(relations)
}

/// A PATCH on its way.
pub(in crate::scim) struct Patch<'a> {
    pub(in crate::scim) of: &'static ResourceType,
    attributes: &'a mut Map<String, Value>,
    extension: Map<String, Value>,
    pub(in crate::scim) relations: Vec<Relation>,
    /// Of [`COMPARED`].
    left: usize,
    pub(in crate::scim) leeway: &'a Leeway,
    editor: Editor<'a>,
}

impl Patch<'_> {
    /// An operation without path: each key of the value is a path of its own, also dotted (`name.givenName`) and
    /// qualified with a URN (Commander, Entra with its 2020 flag).
    fn whole(&mut self, verb: Verb, value: Option<Value>) -> Result<()> {
        if verb == Verb::Remove {
            return Err(Error::NoTarget("A remove needs a path.".to_owned()));
        }
        let value = match value {
            Some(Value::String(text)) if text.trim_start().starts_with(['{', '[']) => {
                self.leeway.take(Relaxation::JsonInString)?;
                Some(json::parse(text.as_bytes())?)
            }
            value => value,
        };
        let object = match value {
            Some(Value::Object(object)) => object,
            Some(Value::Array(mut list)) if list.len() == 1 && list.iter().all(Value::is_object) => {
                self.leeway.take(Relaxation::ListForScalar)?;
                match list.pop() {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                }
            }
            other => {
                let got = other.as_ref().map_or("missing", kind);
                return Err(Error::InvalidValue(format!("Without a path the value must be an object, but is {got}.")));
            }
        };
        self.each(verb, object)
    }

    /// Each key of an object as a path. What we give ourselves is passed over: Okta sends the id inside.
    fn each(&mut self, verb: Verb, object: Map<String, Value>) -> Result<()> {
        for (key, value) in object {
            if key.eq_ignore_ascii_case("schemas") {
                continue;
            }
            if key.eq_ignore_ascii_case("id") || key.eq_ignore_ascii_case("meta") {
                self.leeway.take_in(Relaxation::ReadOnlyInPatch, &key)?;
                continue;
            }
            // An attribute that we do not have is passed over here as it is in POST and PUT.
            match path::parse(&key, self.of, self.leeway) {
                Err(error @ Error::Strict(..)) => return Err(error),
                Err(_) => self.leeway.take_in(Relaxation::UnknownAttribute, &key)?,
                Ok(path) => {
                    if matches!(path, Path::Elements(..)) || (key.contains(['.', ':']) && !path.is_schema()) {
                        self.leeway.take_in(Relaxation::QualifiedKey, &key)?;
                    }
                    self.at(verb, &path, Some(value))?;
                }
            }
        }
        Ok(())
    }

    fn at(&mut self, verb: Verb, path: &Path, value: Option<Value>) -> Result<()> {
        let target = match path {
            Path::Extension(schema) => return self.extension(verb, schema, value),
            Path::Core => return self.core(verb, value),
            Path::Foreign => return self.leeway.take(Relaxation::UnknownExtension),
            Path::Attribute(target) | Path::Elements(target, _) => target,
        };
        if target.extension.is_none() && target.attribute.name == self.of.relation {
            return self.relation(verb, path, value);
        }
        if target.attribute.name == "schemas" {
            return Ok(());
        }
        if target.attribute.mutability == Mutability::ReadOnly || target.leaf().mutability == Mutability::ReadOnly {
            return Err(Error::Mutability(format!("“{}” cannot be changed by a client.", target.leaf().name)));
        }
        // Null is no value: adding it adds nothing, and what always has a value keeps it.
        if value == Some(Value::Null) && (verb == Verb::Add || (verb == Verb::Replace && target.leaf().assigned)) {
            return Ok(());
        }
        // `replace externalId null` is how rauthy and Microsoft unassign.
        let verb = if verb == Verb::Replace && value == Some(Value::Null) { Verb::Remove } else { verb };
        if verb != Verb::Remove && value.is_none() {
            return Err(Error::InvalidValue(format!("“{}” needs a value.", target.attribute.name)));
        }
        let attribute = target.attribute;
        if attribute.mutability == Mutability::WriteOnly {
            return value.map_or(Ok(()), |value| value::canonical(attribute, value, self.leeway).map(|_| ()));
        }
        if verb == Verb::Remove && attribute.required && target.part.is_none() {
            return Err(Error::Mutability(format!("“{}” is required and cannot be removed.", attribute.name)));
        }
        if let Path::Elements(_, selection) = path {
            self.spend(target, selection)?;
        }
        // Keeper takes roles of any type; what is none of them changes none.
        if attribute.name == ROLES
            && matches!(path, Path::Attribute(Target { part: None, .. }))
            && let Some(value) = &value
            && let Err(Error::InvalidValue(_) | Error::NotUnderstood(_)) =
                value::canonical(attribute, value.clone(), self.leeway)
        {
            return self.leeway.take(Relaxation::RolesOfAnyType);
        }
        let holder = match target.extension {
            Some(_) => &mut self.extension,
            None => &mut *self.attributes,
        };
        match path {
            Path::Elements(_, selection) => self.editor.elements(holder, verb, target, selection, value)?,
            _ if attribute.multi => self.editor.many(holder, verb, target, value)?,
            _ => self.editor.one(holder, verb, target, value)?,
        }
        self.drop_empty(target);
        Ok(())
    }

    /// Takes what choosing elements costs from what is left.
    fn spend(&mut self, target: &Target, selection: &Selection) -> Result<()> {
        let value = self.holder(target.extension).get(target.attribute.name);
        let cost = value.map_or(0, edit::weight).saturating_mul(selection.test.comparisons());
        self.left = self.left.checked_sub(cost).ok_or_else(|| {
            Error::TooMany(
                "The value paths of this PATCH compare too much. Send fewer of them, or split it.".to_owned(),
            )
        })?;
        Ok(())
    }

    /// The object that holds an attribute: the resource, or its extension.
    fn holder(&mut self, extension: Option<&'static str>) -> &mut Map<String, Value> {
        if extension.is_some() { &mut self.extension } else { self.attributes }
    }

    /// Nothing empty is kept: an attribute without value is absent (RFC 7643, section 2.5).
    fn drop_empty(&mut self, target: &Target) {
        let holder = self.holder(target.extension);
        let is_nobody =
            |value: &Value| value.as_object().is_some_and(|parts| value::is_nobody(target.attribute, parts));
        if holder.get(target.attribute.name).is_some_and(|value| edit::is_empty(value) || is_nobody(value)) {
            holder.shift_remove(target.attribute.name);
        }
    }

    /// The URN of the core schema as a path or as a key: the object's keys are the resource's attributes.
    fn core(&mut self, verb: Verb, value: Option<Value>) -> Result<()> {
        self.leeway.take(Relaxation::CoreUrnObject)?;
        match value {
            Some(Value::Object(object)) if verb != Verb::Remove => self.each(verb, object),
            // Taking everything away is no PATCH.
            _ => Err(Error::InvalidValue(format!("“{}” needs an object with its attributes.", self.of.schema.id))),
        }
    }

    /// `urn:…:enterprise:2.0:User` as a path, or as a key without path: the object's keys are the extension's attributes.
    fn extension(&mut self, verb: Verb, schema: &'static Schema, value: Option<Value>) -> Result<()> {
        if verb == Verb::Remove || (verb == Verb::Replace && value == Some(Value::Null)) {
            self.extension.clear();
            return Ok(());
        }
        let object = match value {
            Some(Value::Object(object)) => object,
            Some(Value::Null) => return Ok(()),
            Some(Value::Array(list)) if list.len() == 1 => {
                self.leeway.take(Relaxation::ListForScalar)?;
                match list.into_iter().next() {
                    Some(Value::Object(object)) => object,
                    _ => return Err(schema_needs_object(schema)),
                }
            }
            _ => return Err(schema_needs_object(schema)),
        };
        for (key, value) in object.into_iter().filter(|(key, _)| !key.eq_ignore_ascii_case("schemas")) {
            match path::parse(&format!("{}:{key}", schema.id), self.of, self.leeway) {
                Ok(path @ Path::Attribute(_)) => {
                    if key.contains('.') {
                        self.leeway.take_in(Relaxation::QualifiedKey, &key)?;
                    }
                    self.at(verb, &path, Some(value))?;
                }
                _ => self.leeway.take_in(Relaxation::UnknownAttribute, &key)?,
            }
        }
        Ok(())
    }
}

fn schema_needs_object(schema: &Schema) -> Error {
    Error::InvalidValue(format!("“{}” needs an object with its attributes.", schema.id))
}
