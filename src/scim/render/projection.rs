//! `attributes` and `excludedAttributes`: which parts of a resource an answer shows (RFC 7644, sections 3.4.2.5 and 3.9).

use crate::scim::error::{Error, Result};
use crate::scim::filter::Name;
use crate::scim::schema::{ResourceType, Returned, Target};
use serde_json::{Map, Value};

/// How much of its memberships a resource shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Related {
    /// Nothing.
    Hidden,
    /// Nothing but what the version says of it.
    Counted,
    /// What is returned by default.
    Plain,
    /// What is returned on request as well.
    Named,
}

/// What a client asked to see.
#[derive(Clone, Debug, Default)]
pub enum Projection {
    /// Everything that is returned by default.
    #[default]
    Everything,
    /// These, and what is always returned.
    Only(Vec<Name>),
    /// Everything but these.
    Without(Vec<Name>),
}

impl Projection {
    /// Reads the two parameters, each a list of names. Names that the schema does not know are passed over.
    ///
    /// # Errors
    /// `invalidValue` when both are given: they exclude each other.
    pub fn read(only: &[String], without: &[String]) -> Result<Projection> {
        let names = |list: &[String]| -> Vec<Name> {
            let parts = list.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
            parts.filter_map(Name::split).collect()
        };
        let asked = |list: &[String]| list.iter().any(|text| !text.trim().is_empty());
        match (asked(only), asked(without)) {
            (false, false) => Ok(Projection::Everything),
            (true, false) => Ok(Projection::Only(names(only))),
            (false, true) => Ok(Projection::Without(names(without))),
            (true, true) => {
                Err(Error::InvalidValue("Ask with attributes or with excludedAttributes, not with both.".to_owned()))
            }
        }
    }

    /// Whether the client named anything.
    pub fn is_everything(&self) -> bool {
        matches!(self, Projection::Everything)
    }

    /// How much of a type's memberships an answer shows, so that what it costs can be saved.
    pub fn related(&self, of: &'static ResourceType) -> Related {
        let by_name = |name: &Name| {
            let target = of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref());
            target.is_some_and(|t| t.attribute.name == of.relation && t.leaf().returned == Returned::Request)
        };
        match self {
            Projection::Only(names) if names.iter().any(by_name) => Related::Named,
            _ if self.shows(of, of.relation) => Related::Plain,
            // A team's row counts its memberships, a user's does not.
            _ if of.relation == "groups" && self.shows(of, "meta") => Related::Counted,
            _ => Related::Hidden,
        }
    }

    fn shows(&self, of: &'static ResourceType, attribute: &str) -> bool {
        let target = |name: &Name| of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref());
        match self {
            Projection::Everything => true,
            Projection::Only(names) => names.iter().filter_map(target).any(|t| t.attribute.name == attribute),
            Projection::Without(names) => {
                !names.iter().filter_map(target).any(|t| t.attribute.name == attribute && t.part.is_none())
            }
        }
    }

    /// The part of an answer that was asked for.
    pub fn apply(&self, of: &'static ResourceType, text: String) -> String {
        let (names, only) = match self {
            Projection::Everything => return text,
            Projection::Only(names) => (names, true),
            Projection::Without(names) => (names, false),
        };
        // Memberships that are hidden are not in the text to begin with (`excludedAttributes=members`).
        let is_relation = |name: &Name| {
            let target = of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref());
            target.is_some_and(|t| t.extension.is_none() && t.attribute.name == of.relation && t.part.is_none())
        };
        if !only && names.iter().all(is_relation) {
            return text;
        }
        let Ok(Value::Object(mut resource)) = serde_json::from_str(&text) else { return text };
        let urns: Vec<&str> = names
            .iter()
            .filter(|name| name.attribute.is_empty())
            .filter_map(|name| of.extension_named(name.urn.as_deref()?))
            .map(|schema| schema.id)
            .collect();
        let targets: Vec<Target> = names
            .iter()
            .filter_map(|name| of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref()))
            .collect();
        let extension = of.extension.map(|schema| schema.id);
        for key in resource.keys().cloned().collect::<Vec<_>>() {
            let keep = if Some(key.as_str()) == extension {
                match urns.contains(&key.as_str()) {
                    true => only,
                    false => filter_holder(&mut resource, Some(&key), &targets, only),
                }
            } else {
                filter_attribute(&mut resource, of, &key, &targets, only)
            };
            if !keep {
                resource.shift_remove(&key);
            }
        }
        Value::Object(resource).to_string()
    }
}

/// Filters the attributes inside an extension; false when nothing of it is left.
fn filter_holder(resource: &mut Map<String, Value>, urn: Option<&str>, targets: &[Target], only: bool) -> bool {
    let Some(Value::Object(inner)) = urn.and_then(|urn| resource.get_mut(urn)) else { return true };
    for key in inner.keys().cloned().collect::<Vec<_>>() {
        let meant: Vec<&Target> = targets.iter().filter(|t| t.extension == urn && t.attribute.name == key).collect();
        if !filter_value(inner.get_mut(&key), &meant, only) {
            inner.shift_remove(&key);
        }
    }
    !inner.is_empty()
}

fn filter_attribute(
    resource: &mut Map<String, Value>,
    of: &'static ResourceType,
    key: &str,
    targets: &[Target],
    only: bool,
) -> bool {
    if of.core(key).is_some_and(|a| a.returned == Returned::Always) {
        return true;
    }
    let meant: Vec<&Target> = targets.iter().filter(|t| t.extension.is_none() && t.attribute.name == key).collect();
    filter_value(resource.get_mut(key), &meant, only)
}

/// Cuts a value down to the parts that are meant, or to the others; false when the whole goes.
fn filter_value(value: Option<&mut Value>, meant: &[&Target], only: bool) -> bool {
    if meant.is_empty() {
        return !only;
    }
    if meant.iter().any(|t| t.part.is_none()) {
        return only;
    }
    let is_named = |key: &str| meant.iter().any(|t| t.part.is_some_and(|part| part.name == key));
    let cut = |object: &mut Map<String, Value>| object.retain(|key, _| is_named(key) == only);
    match value {
        Some(Value::Object(object)) => {
            cut(object);
            !object.is_empty()
        }
        Some(Value::Array(elements)) => {
            elements.iter_mut().filter_map(Value::as_object_mut).for_each(cut);
            true
        }
        _ => only,
    }
}
