//! What the protocol refuses: the `scimType` words of RFC 7644, table 9, and the few refusals that have no word.

use super::relaxation::Relaxation;
use crate::domain::{self, Fault};

/// The result of a protocol step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal on the wire. The text of each says what was expected and what came.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A filter that cannot be read, or asks what the attribute's type does not allow.
    #[error("{0}")]
    InvalidFilter(String),
    /// A body that is not JSON, or not the message that belongs there.
    #[error("{0}")]
    InvalidSyntax(String),
    /// A PATCH path that cannot be read or names nothing of the schema.
    #[error("{0}")]
    InvalidPath(String),
    /// A PATCH path whose filter matches nothing.
    #[error("{0}")]
    NoTarget(String),
    /// A value of the wrong type, or a required one that is missing.
    #[error("{0}")]
    InvalidValue(String),
    /// A list with elements, none of which says anything.
    #[error("Nothing in “{0}” is understood. An empty list is sent as [].")]
    NotUnderstood(&'static str),
    /// A change of what the client cannot change.
    #[error("{0}")]
    Mutability(String),
    /// A name that is taken.
    #[error("{0}")]
    Uniqueness(String),
    /// The answer would be too large or take too long.
    #[error("{0}")]
    TooMany(String),
    /// A cursor that is not one of ours, or belongs to another list.
    #[error("{0}")]
    InvalidCursor(String),
    /// A cursor that was kept too long.
    #[error("The cursor has expired. Begin again with an empty one.")]
    ExpiredCursor,
    /// A page size that is none (RFC 9865).
    #[error("{0}")]
    InvalidCount(String),
    /// Personal data in a URL (RFC 7644, table 9).
    #[error("{0}")]
    Sensitive(String),
    /// `If-Match` or `If-None-Match` does not allow it.
    #[error("{0}")]
    Precondition(String),
    /// Two things that exclude each other.
    #[error("{0}")]
    Conflict(String),
    /// An id or path that names nothing here.
    #[error("{0}")]
    NotFound(String),
    /// Not permitted whoever asks.
    #[error("{0}")]
    Forbidden(String),
    /// The method does not apply there; these do.
    #[error("{0} is not possible here. Possible: {1}.")]
    Method(String, &'static str),
    /// More than a request may hold.
    #[error("{0}")]
    TooLarge(String),
    /// Another user has the user name.
    #[error("{detail}")]
    UserTaken {
        /// What is said to the client.
        detail: String,
        /// The name.
        user_name: String,
    },
    /// Every seat is taken.
    #[error("{detail}")]
    OutOfSeats {
        /// What is said to the client.
        detail: String,
        /// How many seats there are.
        seats: u64,
        /// How many users there are.
        users: u64,
    },
    /// What a strict connection does not take.
    #[error("This connection is strict and refuses {what}: {} That is beyond {}. [{}]", .0.sentence(), .0.clause(), .0.code(), what = .1)]
    Strict(Relaxation, String),
    /// Announced as unsupported.
    #[error("{0}")]
    NotImplemented(String),
    /// The store could not do its part; nothing has changed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Error {
    /// The word of RFC 7644, table 9, where there is one.
    pub fn scim_type(&self) -> Option<&'static str> {
        match self {
            Error::InvalidFilter(_) => Some("invalidFilter"),
            Error::InvalidSyntax(_) => Some("invalidSyntax"),
            Error::InvalidPath(_) => Some("invalidPath"),
            Error::NoTarget(_) => Some("noTarget"),
            Error::InvalidValue(_) | Error::NotUnderstood(_) => Some("invalidValue"),
            Error::Mutability(_) => Some("mutability"),
            Error::Uniqueness(_) | Error::UserTaken { .. } => Some("uniqueness"),
            Error::TooMany(_) | Error::Fault(Fault::TooLong) => Some("tooMany"),
            Error::InvalidCursor(_) => Some("invalidCursor"),
            Error::ExpiredCursor => Some("expiredCursor"),
            Error::InvalidCount(_) => Some("invalidCount"),
            Error::Sensitive(_) => Some("sensitive"),
            Error::Strict(relaxation, _) => relaxation.scim_type(),
            Error::Precondition(_) | Error::Conflict(_) | Error::TooLarge(_) | Error::OutOfSeats { .. } => None,
            Error::NotFound(_) | Error::Forbidden(_) | Error::Method(..) | Error::NotImplemented(_) => None,
            Error::Fault(_) => None,
        }
    }
}

impl From<domain::Error> for Error {
    /// A rule's refusal in the protocol's words, with the rule's code in brackets for the console's catalogue.
    fn from(error: domain::Error) -> Error {
        let detail = format!("{error} [{}]", error.code());
        match error {
            domain::Error::Fault(fault) => Error::Fault(fault),
            domain::Error::NotFound(..) => Error::NotFound(detail),
            domain::Error::OutOfSeats { seats, users } => Error::OutOfSeats { detail, seats, users },
            domain::Error::UserNameTaken(user_name) => Error::UserTaken { detail, user_name },
            domain::Error::TeamNameTaken(_) => Error::Uniqueness(detail),
            _ => Error::InvalidValue(detail),
        }
    }
}

/// The beginning of what a client sent, for a sentence about it.
pub(in crate::scim) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
