//! Statuses: what an answer, a failure of the store and a refusal at the edge are called in HTTP.

use super::rejection::Rejection;
use crate::domain::{Class, Error, Fault};
use crate::scim;
use actix_web::http::StatusCode;

/// The status of a failure of the store.
pub fn of_fault(fault: &Fault) -> StatusCode {
    match fault {
        Fault::Busy | Fault::Moved | Fault::Conflict | Fault::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Unwritable | Fault::Unsure => StatusCode::INSUFFICIENT_STORAGE,
        Fault::TooLong => StatusCode::BAD_REQUEST,
        Fault::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of a rule's refusal on the console's side.
pub fn of_error(error: &Error) -> StatusCode {
    match (error.class(), error) {
        (Class::Fault, Error::Fault(fault)) => of_fault(fault),
        (Class::Fault, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Class::Invalid | Class::NoSuchMember, _) => StatusCode::BAD_REQUEST,
        (Class::NotFound, _) => StatusCode::NOT_FOUND,
        (Class::Uniqueness | Class::Conflict | Class::NotPermitted, _) => StatusCode::CONFLICT,
        (Class::Gone, _) => StatusCode::GONE,
        (Class::OutOfSeats, _) => StatusCode::PRECONDITION_REQUIRED,
        (Class::SignInFailed, _) => StatusCode::UNAUTHORIZED,
    }
}

/// The status of what is turned away.
pub fn of_turned(turned: Rejection) -> StatusCode {
    match turned {
        Rejection::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Rejection::Slow(_) => StatusCode::REQUEST_TIMEOUT,
        Rejection::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Rejection::Malformed(_) => StatusCode::BAD_REQUEST,
        Rejection::LongHead => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Rejection::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        Rejection::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
        Rejection::NoCertificate | Rejection::Address(_) => StatusCode::FORBIDDEN,
        Rejection::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
    }
}

/// The status of a successful answer.
pub fn of_answer(answer: &scim::Answer) -> StatusCode {
    match answer {
        scim::Answer::Made { .. } | scim::Answer::Long { location: Some(_), .. } => StatusCode::CREATED,
        scim::Answer::List(_) | scim::Answer::Found { .. } | scim::Answer::Long { .. } => StatusCode::OK,
        scim::Answer::Known(_) => StatusCode::NOT_MODIFIED,
        scim::Answer::Done(_) => StatusCode::NO_CONTENT,
    }
}

/// The status of a number that came from elsewhere.
pub fn of_number(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)
}
