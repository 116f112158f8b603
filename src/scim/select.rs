//! From a filter's meaning to what the store looks up: keys and columns where there are some, else places in the document.

use super::error::{Error, Result};
use super::filter::{Name, Op};
use super::leeway::Leeway;
use super::matches::{BoundFilter, Operand, note_urn};
use super::relaxation::Relaxation;
use super::schema::{Attribute, AttributeType, ResourceType, Target};
use crate::domain::predicate::{Ask, Column, Comparison, DocumentField, Key, Order, Predicate, Sort};

/// A predicate that holds wherever the test holds, and whether the converse is true as well. Where it is not, what the
/// store finds is checked again by [`BoundFilter::matches`].
pub fn select(test: &BoundFilter, of: &'static ResourceType) -> (Predicate, bool) {
    match test {
        BoundFilter::And(parts) => {
            let (parts, exact): (Vec<_>, Vec<_>) = parts.iter().map(|part| select(part, of)).unzip();
            (Predicate::All(parts), exact.into_iter().all(|e| e))
        }
        BoundFilter::Or(parts) => {
            let (parts, exact): (Vec<_>, Vec<_>) = parts.iter().map(|part| select(part, of)).unzip();
            (Predicate::Any(parts), exact.into_iter().all(|e| e))
        }
        BoundFilter::Not(inner) => match select(inner, of) {
            (predicate, true) => (Predicate::Not(Box::new(predicate)), true),
            (_, false) => (Predicate::Everything, false),
        },
        BoundFilter::Present(target) => exact_or_everything(present(target, of)),
        BoundFilter::Compare(target, Op::Ne, operand) => match compare(target, Op::Eq, operand, of) {
            Some(equal) => (Predicate::Not(Box::new(equal)), true),
            None => (Predicate::Everything, false),
        },
        BoundFilter::Compare(target, op, operand) => exact_or_everything(compare(target, *op, operand, of)),
        BoundFilter::Elements(target, inner) => elements(target, inner, of),
    }
}

fn exact_or_everything(predicate: Option<Predicate>) -> (Predicate, bool) {
    predicate.map_or((Predicate::Everything, false), |predicate| (predicate, true))
}

fn always(holds: bool) -> Predicate {
    if holds { Predicate::Everything } else { Predicate::Nothing }
}

fn present(target: &Target, of: &'static ResourceType) -> Option<Predicate> {
    if is_outside(target, of) {
        return None;
    }
    Some(match (place(target), target.attribute.name) {
        (Lookup::Column(Column::DisplayName | Column::ExternalId), _) => {
            Predicate::Column(column(target)?, Ask::Present)
        }
        // Every resource has these.
        (Lookup::Column(_) | Lookup::Meta, _) | (_, "schemas") => Predicate::Everything,
        (Lookup::Document, _) => Predicate::Field(field(target), Ask::Present),
    })
}

fn compare(target: &Target, op: Op, operand: &Operand, of: &'static ResourceType) -> Option<Predicate> {
    if let (Op::Eq, Operand::Text(text)) = (op, operand)
        && let Some(key) = key(target, text)
    {
        return Some(key.map_or(Predicate::Nothing, Predicate::Is));
    }
    if is_outside(target, of) {
        return None;
    }
    let comparison = comparison(op)?;
    match (place(target), operand) {
        (Lookup::Meta, Operand::Text(text)) if target.part.is_some_and(|part| part.name == "resourceType") => {
            Some(always(super::matches::text_holds(of.name, text, op)))
        }
        (Lookup::Meta, _) => None,
        // The ids of teams are bytes in the store and have no order there.
        (Lookup::Column(Column::Id), _) if of.relation == "members" => None,
        (Lookup::Column(column), Operand::Instant(instant)) => moment(column, comparison, instant.as_nanosecond()),
        (Lookup::Column(Column::Created | Column::Modified), _) => None,
        (Lookup::Column(column), operand) => Some(Predicate::Column(column, ask(comparison, operand)?)),
        (Lookup::Document, operand) => Some(Predicate::Field(field(target), ask(comparison, operand)?)),
    }
}

/// A value path: its conditions hold together on one element. An e-mail address in it leads to the user at once.
fn elements(target: &Target, inner: &BoundFilter, of: &'static ResourceType) -> (Predicate, bool) {
    if is_outside(target, of) {
        return (narrowed(target, inner), false);
    }
    let element = match target.attribute.multi {
        true => element(inner).map(|inner| Predicate::Element(field(target), Box::new(inner))),
        false => None,
    };
    match (narrowed(target, inner), element) {
        (Predicate::Everything, Some(element)) => (element, true),
        (narrow, Some(element)) => (Predicate::All(vec![narrow, element]), true),
        (narrow, None) => (narrow, false),
    }
}

/// What a test on an element says of the keys of its resource.
fn narrowed(target: &Target, inner: &BoundFilter) -> Predicate {
    match inner {
        BoundFilter::And(parts) => {
            let known = parts.iter().map(|part| narrowed(target, part)).filter(|p| *p != Predicate::Everything);
            match known.collect::<Vec<_>>() {
                known if known.is_empty() => Predicate::Everything,
                known => Predicate::All(known),
            }
        }
        BoundFilter::Compare(part, Op::Eq, Operand::Text(text)) => {
            match key(&Target { part: Some(part.attribute), ..*target }, text) {
                Some(Some(key)) => Predicate::Is(key),
                Some(None) => Predicate::Nothing,
                None => Predicate::Everything,
            }
        }
        _ => Predicate::Everything,
    }
}

/// A test on one element, as the store asks it.
fn element(test: &BoundFilter) -> Option<Predicate> {
    let all = |parts: &[BoundFilter]| parts.iter().map(element).collect::<Option<Vec<_>>>();
    let asked = |target: &Target, ask| Predicate::Field(part_field(target.attribute), ask);
    Some(match test {
        BoundFilter::And(parts) => Predicate::All(all(parts)?),
        BoundFilter::Or(parts) => Predicate::Any(all(parts)?),
        BoundFilter::Not(inner) => Predicate::Not(Box::new(element(inner)?)),
        BoundFilter::Present(target) => asked(target, Ask::Present),
        BoundFilter::Compare(target, Op::Ne, operand) => {
            Predicate::Not(Box::new(asked(target, ask(Comparison::Equal, operand)?)))
        }
        BoundFilter::Compare(target, op, operand) => asked(target, ask(comparison(*op)?, operand)?),
        BoundFilter::Elements(..) => return None,
    })
}

/// What a list is ordered by.
///
/// # Errors
/// `invalidValue` for an attribute that is none, or that has no single value to order by.
pub fn order(name: &str, descending: bool, of: &'static ResourceType, leeway: &Leeway) -> Result<Order> {
    let wrong = || Error::InvalidValue(format!("sortBy “{}” is no attribute to sort {}s by.", cut(name), of.name));
    let parsed = Name::split(name.trim()).ok_or_else(wrong)?;
    let mut target = of.resolve(parsed.urn.as_deref(), &parsed.attribute, parsed.part.as_deref()).ok_or_else(wrong)?;
    if target.leaf().name == "password" {
        return Err(Error::Sensitive("A password cannot be sorted by.".to_owned()));
    }
    note_urn(&parsed, of, leeway)?;
    if target.leaf().kind == AttributeType::Complex {
        if !target.attribute.multi {
            leeway.take(Relaxation::ComplexCompared)?;
        }
        target.part = Some(target.attribute.part("value").filter(|_| target.part.is_none()).ok_or_else(wrong)?);
    }
    let by = match place(&target) {
        _ if is_outside(&target, of) => return Err(wrong()),
        Lookup::Column(Column::Id) if of.relation == "members" => return Err(wrong()),
        Lookup::Column(column) => Sort::Column(column),
        // All have the same type, and location and version follow the id.
        Lookup::Meta => Sort::Column(Column::Created),
        Lookup::Document => Sort::Field(field(&target)),
    };
    Ok(Order { by, descending })
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Where the store keeps an attribute.
enum Lookup {
    Column(Column),
    Meta,
    Document,
}

fn place(target: &Target) -> Lookup {
    if target.extension.is_some() {
        return Lookup::Document;
    }
    match (target.attribute.name, target.part.map(|part| part.name)) {
        ("id", _) => Lookup::Column(Column::Id),
        ("userName", _) => Lookup::Column(Column::UserName),
        ("externalId", _) => Lookup::Column(Column::ExternalId),
        ("displayName", _) => Lookup::Column(Column::DisplayName),
        ("active", _) => Lookup::Column(Column::Active),
        ("meta", Some("created")) => Lookup::Column(Column::Created),
        ("meta", Some("lastModified")) => Lookup::Column(Column::Modified),
        ("meta", _) => Lookup::Meta,
        _ => Lookup::Document,
    }
}

fn column(target: &Target) -> Option<Column> {
    match place(target) {
        Lookup::Column(column) => Some(column),
        Lookup::Meta | Lookup::Document => None,
    }
}

/// Memberships are rows of their own and no part of the document.
fn is_outside(target: &Target, of: &'static ResourceType) -> bool {
    target.extension.is_none() && target.attribute.name == of.relation
}

fn field(target: &Target) -> DocumentField {
    DocumentField {
        extension: target.extension,
        attribute: target.attribute.name,
        part: target.part.map(|part| part.name),
        list: target.attribute.multi,
        folded: is_folded(target.leaf()),
    }
}

fn part_field(part: &'static Attribute) -> DocumentField {
    DocumentField { extension: None, attribute: part.name, part: None, list: false, folded: is_folded(part) }
}

fn is_folded(leaf: &Attribute) -> bool {
    leaf.kind == AttributeType::String && !leaf.exact
}

fn comparison(op: Op) -> Option<Comparison> {
    Some(match op {
        Op::Eq => Comparison::Equal,
        Op::Co => Comparison::Contains,
        Op::Sw => Comparison::Starts,
        Op::Ew => Comparison::Ends,
        Op::Gt => Comparison::Greater,
        Op::Ge => Comparison::GreaterOrEqual,
        Op::Lt => Comparison::Less,
        Op::Le => Comparison::LessOrEqual,
        Op::Ne => return None,
    })
}

fn ask(comparison: Comparison, operand: &Operand) -> Option<Ask> {
    match operand {
        Operand::Text(text) => Some(Ask::Text(comparison, text.clone())),
        Operand::Bool(flag) => Some(Ask::Flag(*flag)),
        Operand::Instant(..) | Operand::Null => None,
    }
}

/// A moment is kept in milliseconds; one with a finer part lies between two of them.
fn moment(column: Column, comparison: Comparison, nanoseconds: i128) -> Option<Predicate> {
    let floor = i64::try_from(nanoseconds.div_euclid(1_000_000)).ok()?;
    let between = nanoseconds.rem_euclid(1_000_000) != 0;
    let comparison = match (comparison, between) {
        (Comparison::Equal, true) => return Some(Predicate::Nothing),
        (Comparison::GreaterOrEqual, true) => Comparison::Greater,
        (Comparison::Less, true) => Comparison::LessOrEqual,
        (Comparison::Contains | Comparison::Starts | Comparison::Ends, _) => return None,
        (comparison, _) => comparison,
    };
    Some(Predicate::Column(column, Ask::Moment(comparison, floor)))
}

/// The key behind an attribute; the inner `None` is a value that no such key can have.
fn key(target: &Target, text: &str) -> Option<Option<Key>> {
    if target.extension.is_some() {
        return None;
    }
    let owned = || text.to_owned();
    match (target.attribute.name, target.part.map(|part| part.name)) {
        ("userName", None) => Some(Some(Key::UserName(owned()))),
        ("externalId", None) => Some(Some(Key::ExternalId(owned()))),
        ("displayName", None) => Some(Some(Key::DisplayName(owned()))),
        ("emails", Some("value")) => Some(Some(Key::Email(owned()))),
        ("groups", Some("value")) => Some(text.parse().ok().map(Key::InTeam)),
        ("members", Some("value")) => Some(text.parse().ok().map(Key::HasMember)),
        // Users have numbers, teams 22 characters: no text is both.
        ("id", None) => Some(text.parse().map(Key::User).or_else(|()| text.parse().map(Key::Team)).ok()),
        _ => None,
    }
}
