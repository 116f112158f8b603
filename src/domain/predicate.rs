//! What a list may ask a store for: comparisons on named, indexed keys, already typed and folded.

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

/// A condition on resources of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Every resource of the node.
    Everything,
    /// None at all.
    Nothing,
    /// The resources with that key.
    Is(Key),
    /// Those that fulfil all of them.
    All(Vec<Predicate>),
    /// Those that fulfil one of them.
    Any(Vec<Predicate>),
}

impl Predicate {
    /// Whether an index answers it, so that the work does not grow with the node.
    pub fn is_indexed(&self) -> bool {
        match self {
            Predicate::Everything => false,
            Predicate::Nothing | Predicate::Is(_) => true,
            Predicate::All(parts) => parts.iter().any(Predicate::is_indexed),
            Predicate::Any(parts) => parts.iter().all(Predicate::is_indexed),
        }
    }
}

/// A part of a list in its stable order, the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many to pass over.
    pub offset: u64,
    /// How many to return at most.
    pub limit: u64,
}
