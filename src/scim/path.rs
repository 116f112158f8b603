//! PATCH paths: `attribute`, `attribute.part`, `attribute[filter]`, `attribute[filter].part`, each with or without URN
//! (RFC 7644, section 3.5.2, figure 7).

use super::error::{Error, Result};
use super::filter::{Filter, Name, Op, Reader};
use super::leeway::Leeway;
use super::matches::{BoundFilter, bind_inside, note_urn};
use super::relaxation::Relaxation;
use super::schema::{AttributeType, ResourceType, Schema, Target, may_be_foreign};

/// What a PATCH operation works on.
#[derive(Clone, Debug)]
pub enum Path {
    /// All attributes of the core schema, named by its URN.
    Core,
    /// A whole extension, named by its URN.
    Extension(&'static Schema),
    /// Something of an extension that is not announced.
    Foreign,
    /// An attribute, or a part of it.
    Attribute(Target),
    /// The elements of an attribute that fulfil a filter, or a part of each; a single complex value is one element.
    Elements(Target, Box<Selection>),
}

impl Path {
    /// Whether it names a schema and no attribute of it.
    pub fn is_schema(&self) -> bool {
        matches!(self, Path::Core | Path::Extension(_) | Path::Foreign)
    }
}

/// The filter of a value path.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which elements.
    pub test: BoundFilter,
    /// What an element must hold to be one of them, where the filter says just that: `type eq "work"` gives `type`
    /// and `work`. It is what a missing element is made from.
    pub example: Option<Vec<(&'static str, String)>>,
}

/// Reads a path and finds what it names.
///
/// # Errors
/// `invalidPath` with what is wrong; `invalidFilter` for the filter inside.
pub fn parse(text: &str, of: &'static ResourceType, leeway: &Leeway) -> Result<Path> {
    let trimmed = text.trim();
    if trimmed.len() < text.len() {
        leeway.take(Relaxation::FilterBlanks)?;
    }
    let mut reader = Reader::new(trimmed, leeway)?;
    let wrong = |error| match error {
        Error::InvalidFilter(detail) => {
            Error::InvalidPath(format!("The path “{}” is wrong. {detail}", super::error::shown(text)))
        }
        other => other,
    };
    let mut name = reader.name().map_err(wrong)?;
    let filter = if reader.take('[') { Some(reader.inside(0).map_err(wrong)?) } else { None };
    if filter.is_some() && reader.take('.') {
        let part = reader.name().map_err(wrong)?;
        if name.part.is_some() || part.urn.is_some() || part.part.is_some() {
            return Err(unknown(of, text));
        }
        name.part = Some(part.attribute);
    }
    reader.end().map_err(wrong)?;
    if name.attribute.is_empty() {
        let urn = name.urn.as_deref().filter(|_| filter.is_none()).ok_or_else(|| unknown(of, text))?;
        if of.is_core(urn) {
            return Ok(Path::Core);
        }
        return match of.extension_named(urn) {
            Some(schema) => note_urn(&name, of, leeway).map(|()| Path::Extension(schema)),
            None if may_be_foreign(urn) => Ok(Path::Foreign),
            None => Err(unknown(of, text)),
        };
    }
    let Some(target) = resolve(&name, of) else {
        let knows = |urn: &str| of.is_core(urn) || of.extension_named(urn).is_some();
        return match name.urn.as_deref().is_some_and(|urn| !knows(urn) && may_be_foreign(urn)) {
            true => Ok(Path::Foreign),
            false => Err(unknown(of, text)),
        };
    };
    note_urn(&name, of, leeway)?;
    let Some(filter) = filter else { return Ok(Path::Attribute(target)) };
    if target.attribute.kind != AttributeType::Complex {
        let detail = format!("“{}” has no elements to choose from.", target.attribute.name);
        return Err(Error::InvalidPath(detail));
    }
    let test = bind_inside(&filter, target.attribute, leeway)?;
    Ok(Path::Elements(target, Box::new(Selection { test, example: example(&filter, &target) })))
}

fn resolve(name: &Name, of: &'static ResourceType) -> Option<Target> {
    of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref())
}

fn unknown(of: &ResourceType, text: &str) -> Error {
    Error::InvalidPath(format!("{} has no attribute “{}”.", of.name, super::error::shown(text)))
}

/// What a filter of nothing but `eq` and `and` says of an element.
fn example(filter: &Filter, target: &Target) -> Option<Vec<(&'static str, String)>> {
    let parts = match filter {
        Filter::And(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    parts
        .iter()
        .map(|part| match part {
            Filter::Compare(name, Op::Eq, literal) => {
                let part = target.attribute.part(&name.attribute)?;
                Some((part.name, literal.text().to_owned()))
            }
            _ => None,
        })
        .collect()
}
