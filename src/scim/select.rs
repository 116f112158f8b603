//! From a filter's meaning to what the store looks up: the part of a [`Test`] that indexed keys answer.

use super::filter::Op;
use super::matches::{Operand, Test};
use super::schema::Target;
use crate::domain::predicate::{Key, Predicate};

/// The narrowest predicate that holds wherever the test holds, and whether the converse is true as well. Where it is
/// not, what the store finds is checked again by [`Test::matches`].
pub fn select(test: &Test) -> (Predicate, bool) {
    match test {
        Test::And(parts) => {
            let (parts, exact): (Vec<_>, Vec<_>) = parts.iter().map(select).unzip();
            (Predicate::All(parts), exact.into_iter().all(|e| e))
        }
        Test::Or(parts) => {
            let (parts, exact): (Vec<_>, Vec<_>) = parts.iter().map(select).unzip();
            (Predicate::Any(parts), exact.into_iter().all(|e| e))
        }
        Test::Compare(target, Op::Eq, Operand::Text(text)) => match key(target, text) {
            Some(Some(key)) => (Predicate::Is(key), true),
            Some(None) => (Predicate::Nothing, true),
            None => (Predicate::Everything, false),
        },
        // `emails[type eq "work" and value eq "x"]`: the address narrows, the rest is checked on what is found.
        Test::Elements(target, inner) => (within(target, inner), false),
        Test::Compare(..) | Test::Present(_) | Test::Not(_) => (Predicate::Everything, false),
    }
}

fn within(target: &Target, inner: &Test) -> Predicate {
    match inner {
        Test::And(parts) => Predicate::All(parts.iter().map(|part| within(target, part)).collect()),
        Test::Or(parts) => Predicate::Any(parts.iter().map(|part| within(target, part)).collect()),
        Test::Compare(part, Op::Eq, Operand::Text(text)) => {
            match key(&Target { part: Some(part.attribute), ..*target }, text) {
                Some(Some(key)) => Predicate::Is(key),
                Some(None) => Predicate::Nothing,
                None => Predicate::Everything,
            }
        }
        _ => Predicate::Everything,
    }
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
