//! PATCH paths: `attribute`, `attribute.part`, `attribute[filter]`, `attribute[filter].part`, each with or without URN
//! (RFC 7644, section 3.5.2, figure 7).

use super::error::{Error, Result};
use super::filter::{Filter, Name, Op, Reader};
use super::matches::{Test, bind_inside};
use super::schema::{Kind, ResourceType, Schema, Target};

/// What a PATCH operation works on.
#[derive(Clone, Debug)]
pub enum Path {
    /// A whole extension, named by its URN.
    Extension(&'static Schema),
    /// An attribute, or a part of it.
    Attribute(Target),
    /// The elements of a multi-valued attribute that fulfil a filter, or a part of each.
    Elements(Target, Box<Selection>),
}

/// The filter of a value path.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which elements.
    pub test: Test,
    /// What an element must hold to be one of them, where the filter says just that: `type eq "work"` gives `type`
    /// and `work`. It is what a missing element is made from.
    pub example: Option<Vec<(&'static str, String)>>,
}

/// Reads a path and finds what it names.
///
/// # Errors
/// `invalidPath` with what is wrong; `invalidFilter` for the filter inside.
pub fn parse(text: &str, of: &'static ResourceType) -> Result<Path> {
    let mut reader = Reader::new(text.trim())?;
    let wrong = |error| match error {
        Error::InvalidFilter(detail) => Error::InvalidPath(format!("The path “{}” is wrong. {detail}", shown(text))),
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
        let schema = name.urn.as_deref().and_then(|urn| of.extension_named(urn)).filter(|_| filter.is_none());
        return schema.map(Path::Extension).ok_or_else(|| unknown(of, text));
    }
    let target = resolve(&name, of).ok_or_else(|| unknown(of, text))?;
    let Some(filter) = filter else { return Ok(Path::Attribute(target)) };
    if !target.attribute.multi || target.attribute.kind != Kind::Complex {
        let detail = format!("“{}” has no elements to choose from.", target.attribute.name);
        return Err(Error::InvalidPath(detail));
    }
    let test = bind_inside(&filter, target.attribute)?;
    Ok(Path::Elements(target, Box::new(Selection { test, example: example(&filter, &target) })))
}

fn resolve(name: &Name, of: &'static ResourceType) -> Option<Target> {
    of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref())
}

fn unknown(of: &ResourceType, text: &str) -> Error {
    Error::InvalidPath(format!("{} has no attribute “{}”.", of.name, shown(text)))
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
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
