//! Request bodies: read whatever the Content-Type says, up to a size and within a time.

use super::error::{ApiError, ScimError};
use crate::scim::discovery::MAX_PAYLOAD;
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::Payload;
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A body arrives within this time or not at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a body of at most 1 MiB.
///
/// # Errors
/// Too large, too slow, or compressed: a small body could unpack to a large one.
pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, ScimError> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(ScimError::Encoded);
    }
    let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    match tokio::time::timeout(PATIENCE, collect(payload, announced.unwrap_or(0))).await {
        Ok(body) => body,
        Err(_) => Err(ScimError::Slow),
    }
}

async fn collect(mut payload: Payload, announced: usize) -> Result<Vec<u8>, ScimError> {
    let mut body = Vec::with_capacity(announced.min(MAX_PAYLOAD));
    let mut passed_over = 0;
    while let Some(chunk) = payload.next().await {
        let Ok(chunk) = chunk else {
            return Err(crate::scim::Error::InvalidSyntax("The body broke off.".to_owned()).into());
        };
        if passed_over > 0 || body.len() + chunk.len() > MAX_PAYLOAD {
            // A client that is still sending would not see the answer, so somewhat more is read and dropped.
            passed_over += chunk.len();
            if passed_over > 4 * MAX_PAYLOAD {
                break;
            }
        } else {
            body.extend_from_slice(&chunk);
        }
    }
    if passed_over > 0 { Err(ScimError::TooLarge(MAX_PAYLOAD)) } else { Ok(body) }
}

/// Reads a JSON body of the console.
///
/// # Errors
/// As [`read`], and `INVALID` for what is no such JSON.
pub async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, ApiError> {
    let bytes = read(request, payload).await.map_err(|error| ApiError::body(&error))?;
    let bytes = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
    serde_json::from_slice(bytes).map_err(|error| ApiError::invalid("body", format!("The body is wrong: {error}.")))
}

/// Tells `null`, which removes, from absence, which leaves.
///
/// # Errors
/// For what is neither text nor null.
pub fn present<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(reader).map(Some)
}
