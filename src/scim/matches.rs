//! What a filter means: a tree bound to a resource type's attributes, and its evaluation on a resource.
//!
//! This is the one definition, for lists and for PATCH value paths alike; `select.rs` may only take shortcuts to it.

use super::error::{Error, Result};
use super::filter::{Filter, Literal, Name, Op};
use super::leeway::Leeway;
use super::relaxation::Relaxation;
use super::schema::{Attribute, AttributeType, ResourceType, Target};
use crate::domain::fold;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// A filter whose names are attributes and whose values have the attributes' types.
#[derive(Clone, Debug)]
pub enum BoundFilter {
    /// All of them.
    And(Vec<BoundFilter>),
    /// One of them.
    Or(Vec<BoundFilter>),
    /// Not that.
    Not(Box<BoundFilter>),
    /// The attribute has a value.
    Present(Target),
    /// The attribute compares so.
    Compare(Target, Op, Operand),
    /// An element of the attribute fulfils the inner test.
    Elements(Target, Box<BoundFilter>),
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Text, folded unless letter case counts.
    Text(String),
    /// True or false.
    Bool(bool),
    /// An instant.
    Instant(jiff::Timestamp),
    /// No value.
    Null,
}

/// Binds a filter to the attributes of a resource type.
///
/// # Errors
/// `invalidFilter` for an unknown attribute, an operator that the type does not allow, a value of another type;
/// `sensitive` for the password. A filter that cannot be bound never widens an answer.
pub fn bind(filter: &Filter, of: &'static ResourceType, leeway: &Leeway) -> Result<BoundFilter> {
    let find = |name: &Name| {
        let found = of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref());
        if found.is_some() {
            note_urn(name, of, leeway)?;
        }
        Ok(found)
    };
    bind_in(filter, &find, of.name, leeway)
}

/// Whether a name is an attribute of another type only.
pub fn is_foreign(name: &Name, of: &'static ResourceType, others: &[&'static ResourceType]) -> bool {
    let knows = |of: &ResourceType| of.resolve(name.urn.as_deref(), &name.attribute, name.part.as_deref()).is_some();
    !knows(of) && others.iter().any(|other| knows(other))
}

/// A filter as one type reads it in a query over several: what only another type has is without value here, so nothing
/// holds of it but `ne` and that it is null (RFC 7644, section 3.4.2.1).
pub fn without_foreign(filter: Filter, of: &'static ResourceType, others: &[&'static ResourceType]) -> Filter {
    let inner = |parts: Vec<Filter>| parts.into_iter().map(|part| without_foreign(part, of, others)).collect();
    let (always, never) = (Filter::And(Vec::new()), Filter::Or(Vec::new()));
    match filter {
        Filter::And(parts) => Filter::And(inner(parts)),
        Filter::Or(parts) => Filter::Or(inner(parts)),
        Filter::Not(part) => Filter::Not(Box::new(without_foreign(*part, of, others))),
        Filter::Compare(name, op, literal) if is_foreign(&name, of, others) => {
            let is_null = matches!(literal, Literal::Bare(word) if word == "null");
            if is_null == (op == Op::Eq) && matches!(op, Op::Eq | Op::Ne) { always } else { never }
        }
        Filter::Present(name) | Filter::Elements(name, _) if is_foreign(&name, of, others) => never,
        known => known,
    }
}

/// Binds the inside of `attribute[…]`.
///
/// # Errors
/// As [`bind`].
pub fn bind_inside(filter: &Filter, attribute: &'static Attribute, leeway: &Leeway) -> Result<BoundFilter> {
    let find = |name: &Name| {
        let part = attribute.part(&name.attribute).filter(|_| name.urn.is_none() && name.part.is_none());
        Ok(part.map(|part| Target { extension: None, attribute: part, part: None }))
    };
    bind_in(filter, &find, attribute.name, leeway)
}

fn bind_in(
    filter: &Filter,
    find: &dyn Fn(&Name) -> Result<Option<Target>>,
    of: &str,
    leeway: &Leeway,
) -> Result<BoundFilter> {
    let all = |parts: &[Filter]| parts.iter().map(|f| bind_in(f, find, of, leeway)).collect::<Result<Vec<_>>>();
    let target = |name: &Name| {
        let target = find(name)?.ok_or_else(|| {
            let part = name.part.as_deref().map(|p| format!(".{p}")).unwrap_or_default();
            Error::InvalidFilter(format!("{of} has no attribute “{}{part}”.", name.attribute))
        })?;
        match target.leaf().name {
            "password" => Err(Error::Sensitive("A password cannot be filtered by.".to_owned())),
            _ => Ok(target),
        }
    };
    Ok(match filter {
        Filter::And(parts) => BoundFilter::And(all(parts)?),
        Filter::Or(parts) => BoundFilter::Or(all(parts)?),
        Filter::Not(inner) => BoundFilter::Not(Box::new(bind_in(inner, find, of, leeway)?)),
        Filter::Present(name) => BoundFilter::Present(target(name)?),
        Filter::Compare(name, op, literal) => compare(target(name)?, *op, literal, leeway)?,
        Filter::Elements(name, inner) => {
            let target = target(name)?;
            if target.part.is_some() || target.attribute.kind != AttributeType::Complex {
                return Err(Error::InvalidFilter(format!("“{}” has no parts to filter by.", target.leaf().name)));
            }
            BoundFilter::Elements(target, Box::new(bind_inside(inner, target.attribute, leeway)?))
        }
    })
}

/// Notes what is odd about how an attribute is qualified.
///
/// # Errors
/// [`Error::Strict`].
pub fn note_urn(name: &Name, of: &ResourceType, leeway: &Leeway) -> Result<()> {
    match name.urn.as_deref() {
        Some(urn) if !of.is_spelt(urn) => leeway.take_in(Relaxation::UrnWithoutColon, urn),
        None if of.core(&name.attribute).is_none() => leeway.take_in(Relaxation::ExtensionWithoutUrn, &name.attribute),
        _ => Ok(()),
    }
}

fn compare(mut target: Target, op: Op, literal: &Literal, leeway: &Leeway) -> Result<BoundFilter> {
    if target.leaf().kind == AttributeType::Complex {
        if !target.attribute.multi {
            leeway.take_in(Relaxation::ComplexCompared, target.attribute.name)?;
        }
        // `emails eq "x"` means the value, as an example of the RFC shows, and so does `manager eq "x"`.
        let value = target.attribute.part("value").filter(|_| target.part.is_none());
        target.part = Some(value.ok_or_else(|| {
            let name = target.attribute.name;
            Error::InvalidFilter(format!("“{name}” has parts. Compare one of them, such as “{name}.formatted”."))
        })?);
    }
    let leaf = target.leaf();
    let ordered = matches!(op, Op::Gt | Op::Ge | Op::Lt | Op::Le);
    let partial = matches!(op, Op::Co | Op::Sw | Op::Ew);
    let operand = operand(leaf, partial, literal, leeway)?;
    let allowed = match (leaf.kind, &operand) {
        (_, Operand::Null) => !ordered && !partial,
        (AttributeType::Boolean, _) => !ordered && !partial,
        (AttributeType::Binary, _) => !ordered,
        _ => true,
    };
    if !allowed {
        return Err(Error::InvalidFilter(format!("“{}” can be compared with eq and ne only.", leaf.name)));
    }
    Ok(match (op, operand) {
        (Op::Eq, Operand::Null) => BoundFilter::Not(Box::new(BoundFilter::Present(target))),
        (Op::Ne, Operand::Null) => BoundFilter::Present(target),
        (op, operand) => BoundFilter::Compare(target, op, operand),
    })
}

fn operand(leaf: &Attribute, partial: bool, literal: &Literal, leeway: &Leeway) -> Result<Operand> {
    let text = match literal {
        Literal::Bare(word) if word == "null" => return Ok(Operand::Null),
        Literal::Bare(text) | Literal::Quoted(text) => text,
    };
    let wrong =
        |what: &str| Error::InvalidFilter(format!("“{}” is compared with {what}, not with “{text}”.", leaf.name));
    match (leaf.kind, literal) {
        (AttributeType::Boolean, Literal::Quoted(_)) => leeway.take(Relaxation::BooleanAsString)?,
        (AttributeType::Boolean, Literal::Bare(_)) | (_, Literal::Quoted(_)) => {}
        // A number, true or false where a text belongs; other words were noted when they were read.
        _ => leeway.take(Relaxation::UnquotedValue)?,
    }
    match leaf.kind {
        AttributeType::Boolean if text.eq_ignore_ascii_case("true") => Ok(Operand::Bool(true)),
        AttributeType::Boolean if text.eq_ignore_ascii_case("false") => Ok(Operand::Bool(false)),
        AttributeType::Boolean => Err(wrong("true or false")),
        // Table 3 refuses co, sw and ew for no type: they look at the text of a time.
        AttributeType::DateTime if partial => Ok(Operand::Text(text.clone())),
        AttributeType::DateTime => match instant(text) {
            Some(instant) => Ok(Operand::Instant(instant)),
            None => Err(wrong("a time such as \"2026-01-31T09:30:00Z\"")),
        },
        _ if leaf.exact => Ok(Operand::Text(text.clone())),
        _ => Ok(Operand::Text(fold(text))),
    }
}

/// An xsd:dateTime (RFC 7643, section 2.3.5), which may lack a zone and then is taken as UTC.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    let local = || text.parse::<jiff::civil::DateTime>().ok().filter(|_| text.contains(['T', 't']));
    text.parse().ok().or_else(|| Some(local()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()))
}

impl BoundFilter {
    /// Whether a resource fulfils it.
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self {
            BoundFilter::And(parts) => parts.iter().all(|part| part.matches(resource)),
            BoundFilter::Or(parts) => parts.iter().any(|part| part.matches(resource)),
            BoundFilter::Not(inner) => !inner.matches(resource),
            BoundFilter::Present(target) => values(resource, target).into_iter().any(is_present),
            // A resource without the attribute is not equal to any value, so `ne` is the opposite of `eq` throughout.
            BoundFilter::Compare(target, Op::Ne, operand) => {
                !values(resource, target).into_iter().any(|v| holds(v, target.leaf(), Op::Eq, operand))
            }
            BoundFilter::Compare(target, op, operand) => {
                values(resource, target).into_iter().any(|v| holds(v, target.leaf(), *op, operand))
            }
            BoundFilter::Elements(target, inner) => {
                values(resource, target).into_iter().any(|v| v.as_object().is_some_and(|e| inner.matches(e)))
            }
        }
    }

    /// How many comparisons it makes.
    pub fn comparisons(&self) -> usize {
        match self {
            BoundFilter::And(parts) | BoundFilter::Or(parts) => parts.iter().map(BoundFilter::comparisons).sum(),
            BoundFilter::Not(inner) | BoundFilter::Elements(_, inner) => inner.comparisons(),
            BoundFilter::Present(_) | BoundFilter::Compare(..) => 1,
        }
    }

    /// Whether it looks at an attribute of that name.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            BoundFilter::And(parts) | BoundFilter::Or(parts) => parts.iter().any(|part| part.mentions(name)),
            BoundFilter::Not(inner) => inner.mentions(name),
            BoundFilter::Present(target) | BoundFilter::Compare(target, ..) | BoundFilter::Elements(target, _) => {
                target.attribute.name == name
            }
        }
    }
}

/// The values that a target has in a resource, arrays opened.
fn values<'a>(resource: &'a Map<String, Value>, target: &Target) -> Vec<&'a Value> {
    let holder = match target.extension {
        None => Some(resource),
        Some(urn) => resource.get(urn).and_then(Value::as_object),
    };
    let Some(value) = holder.and_then(|holder| holder.get(target.attribute.name)) else { return Vec::new() };
    let elements = match value {
        Value::Array(elements) => elements.iter().collect(),
        single => vec![single],
    };
    match target.part {
        None => elements,
        Some(part) => elements.into_iter().filter_map(|element| element.get(part.name)).collect(),
    }
}

/// RFC 7644, section 3.4.2.2, `pr`: a non-empty value, or an object with one.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_present),
        Value::Object(object) => object.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn holds(value: &Value, leaf: &Attribute, op: Op, operand: &Operand) -> bool {
    match (value, operand) {
        (Value::Bool(value), Operand::Bool(wanted)) => op == Op::Eq && value == wanted,
        (Value::String(text), Operand::Instant(wanted)) => {
            text.parse::<jiff::Timestamp>().is_ok_and(|instant| ordered(instant.cmp(wanted), op))
        }
        (Value::String(text), Operand::Text(wanted)) if leaf.exact || leaf.kind == AttributeType::DateTime => {
            text_holds(text, wanted, op)
        }
        (Value::String(text), Operand::Text(wanted)) => text_holds(&fold(text), wanted, op),
        _ => false,
    }
}

/// Whether a text compares so with another, both in the form they are compared in.
pub(super) fn text_holds(text: &str, wanted: &str, op: Op) -> bool {
    match op {
        Op::Co => text.contains(wanted),
        Op::Sw => text.starts_with(wanted),
        Op::Ew => text.ends_with(wanted),
        _ => ordered(text.cmp(wanted), op),
    }
}

fn ordered(ordering: Ordering, op: Op) -> bool {
    match op {
        Op::Eq => ordering.is_eq(),
        Op::Gt => ordering.is_gt(),
        Op::Ge => ordering.is_ge(),
        Op::Lt => ordering.is_lt(),
        Op::Le => ordering.is_le(),
        Op::Ne | Op::Co | Op::Sw | Op::Ew => false,
    }
}
