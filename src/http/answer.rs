//! Successful answers on the SCIM side.

use super::error::SCIM_JSON;
use super::status::of_answer;
use crate::scim;
use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use actix_web::web::Bytes;
use std::convert::Infallible;

/// A successful answer on the SCIM side.
pub fn scim_answer(answer: scim::Answer) -> HttpResponse {
    let mut response = HttpResponse::build(of_answer(&answer));
    let version = match &answer {
        scim::Answer::Found { version, .. }
        | scim::Answer::Long { version, .. }
        | scim::Answer::Made { version, .. } => Some(*version),
        scim::Answer::Known(version) => Some(*version),
        scim::Answer::Done(version) => *version,
        scim::Answer::List(_) => None,
    };
    if let Some(version) = version {
        response.insert_header((ETAG, scim::version::tag(version)));
    }
    match answer {
        scim::Answer::Known(_) | scim::Answer::Done(_) => response.finish(),
        scim::Answer::List(text) | scim::Answer::Found { text, .. } => {
            response.insert_header((CONTENT_TYPE, SCIM_JSON)).body(text)
        }
        scim::Answer::Long { text, location, .. } => {
            if let Some(location) = location {
                response.insert_header((LOCATION, location));
            }
            let length = text.length;
            let pieces = futures_util::stream::iter(text.map(|piece| Ok::<_, Infallible>(Bytes::from(piece))));
            response.insert_header((CONTENT_TYPE, SCIM_JSON)).body(SizedStream::new(length, pieces))
        }
        scim::Answer::Made { location, text, .. } => {
            response.insert_header((CONTENT_TYPE, SCIM_JSON)).insert_header((LOCATION, location)).body(text)
        }
    }
}
