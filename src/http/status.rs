//! Statuses: what an answer, a failure of the store and a refusal at the edge are called in HTTP.

use super::turned::Turned;
use crate::domain::Fault;
use crate::scim;
use actix_web::http::StatusCode;

/// The status of a failure of the store.
pub fn of_fault(fault: &Fault) -> StatusCode {
    match fault {
        Fault::Busy | Fault::Moved => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Unwritable | Fault::Unsure => StatusCode::INSUFFICIENT_STORAGE,
        Fault::TooLong => StatusCode::BAD_REQUEST,
        Fault::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of what is turned away.
pub fn of_turned(turned: Turned) -> StatusCode {
    match turned {
        Turned::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Turned::Slow(_) => StatusCode::REQUEST_TIMEOUT,
        Turned::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Turned::Malformed(_) => StatusCode::BAD_REQUEST,
        Turned::LongHead => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Turned::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        Turned::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
        Turned::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
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
