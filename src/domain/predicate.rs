//! What a list may ask a store for: conditions on indexed keys, on columns and on places in a stored document, already
//! typed and folded; an order; and a part of what fulfils them.
//!
//! Text is compared and ordered by the bytes of its UTF-8, never by the rules of a language: a store whose database would do
//! otherwise has to say so in its columns (PostgreSQL: `COLLATE "C"`), or its pages would differ from those of another.

use super::{TeamId, UserId};

/// One key that a store finds resources by without reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The id of a user.
    User(UserId),
    /// The id of a team.
    Team(TeamId),
    /// userName, folded. Users only.
    UserName(String),
    /// externalId, exactly.
    ExternalId(String),
    /// displayName, folded.
    DisplayName(String),
    /// One of the e-mail addresses, folded. Users only.
    Email(String),
    /// Membership in a team. Users only.
    InTeam(TeamId),
    /// A member. Teams only.
    HasMember(UserId),
}

/// A column that is not part of the stored document, or that an index makes cheaper than it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The id of a user, as text. Users only.
    Id,
    /// userName, folded. Users only.
    UserName,
    /// externalId.
    ExternalId,
    /// displayName, folded.
    DisplayName,
    /// Whether a user is not locked. Users only.
    Active,
    /// When it was made.
    Created,
    /// When it last changed.
    Modified,
}

/// A place in a stored document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentField {
    /// The object below the top that holds the attribute.
    pub extension: Option<&'static str>,
    /// The attribute; empty for the element itself, inside [`Predicate::Element`].
    pub attribute: &'static str,
    /// The part of it.
    pub part: Option<&'static str>,
    /// Whether the attribute is an array; one element that answers is enough.
    pub list: bool,
    /// Whether texts are compared folded.
    pub folded: bool,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// The text contains the other.
    Contains,
    /// The text starts with the other.
    Starts,
    /// The text ends with the other.
    Ends,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
}

/// What is asked of a column or a field. Where there is no value, the answer is no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whether it has a value that is not empty.
    Present,
    /// Whether its text, folded where the field is, compares so.
    Text(Comparison, String),
    /// Whether it is that boolean.
    Flag(bool),
    /// Whether its moment, in milliseconds, compares so.
    Moment(Comparison, i64),
}

/// A condition on resources of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Every resource of the node.
    Everything,
    /// None at all.
    Nothing,
    /// The resources with that key.
    Is(Key),
    /// Those whose column answers.
    Column(Column, Ask),
    /// Those whose document answers.
    Field(DocumentField, Ask),
    /// Those that have an element in that array that fulfils the inner condition, whose fields are the element's parts.
    Element(DocumentField, Box<Predicate>),
    /// Those that do not fulfil it.
    Not(Box<Predicate>),
    /// Those that fulfil all of them.
    All(Vec<Predicate>),
    /// Those that fulfil one of them.
    Any(Vec<Predicate>),
}

impl Predicate {
    /// Whether a key stands anywhere in it.
    pub fn has_key(&self) -> bool {
        match self {
            Predicate::Is(_) => true,
            Predicate::Everything | Predicate::Nothing | Predicate::Column(..) | Predicate::Field(..) => false,
            Predicate::Element(_, inner) | Predicate::Not(inner) => inner.has_key(),
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(Predicate::has_key),
        }
    }

    /// Whether an index answers it, so that the work grows with what is found and not with the node.
    pub fn is_indexed(&self) -> bool {
        match self {
            Predicate::Nothing | Predicate::Is(_) => true,
            Predicate::All(parts) => parts.iter().any(Predicate::is_indexed),
            Predicate::Any(parts) => parts.iter().all(Predicate::is_indexed),
            Predicate::Everything
            | Predicate::Column(..)
            | Predicate::Field(..)
            | Predicate::Element(..)
            | Predicate::Not(_) => false,
        }
    }
}

/// What a list is ordered by; what has no value comes last when ascending and first when descending
/// (RFC 7644, section 3.4.2.3). Ties are in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The value.
    pub by: Sort,
    /// Greatest first.
    pub descending: bool,
}

/// A value to order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A column.
    Column(Column),
    /// A place in the document; of an array, its primary element's, else its first one's.
    Field(DocumentField),
}

/// The place of a resource in an ordered list: its sort value as text and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The sort value, if it has one and the list is ordered by one.
    pub value: Option<String>,
    /// What the store orders creation by: it ascends as readers see it, so that nothing appears behind a place that a
    /// reader has passed. On SQLite, with one writer, the user's id or the team's key.
    pub number: i64,
}

/// Where in an ordered list to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Behind so many.
    Skip(u64),
    /// Behind that place.
    After(Position),
    /// Before that place, going backwards.
    Before(Position),
}

/// An ordered walk over what fulfils a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The order; `None` is the order of creation.
    pub order: Option<Order>,
    /// Where it begins.
    pub from: From,
    /// How far it goes at most.
    pub limit: u64,
}

/// A part of a list in its stable order, the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many to pass over.
    pub offset: u64,
    /// How many to return at most.
    pub limit: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_seen_wherever_it_stands() {
        let key = || Predicate::Is(Key::InTeam(crate::domain::TeamId([1; 16])));
        let inside = [
            key(),
            Predicate::Not(Box::new(key())),
            Predicate::Any(vec![Predicate::Nothing, key()]),
            Predicate::All(vec![Predicate::Everything, Predicate::Not(Box::new(key()))]),
        ];
        assert!(inside.iter().all(Predicate::has_key));
        assert!(!Predicate::Any(vec![Predicate::Nothing, Predicate::Everything]).has_key());
    }
}
