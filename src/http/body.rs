//! Request bodies: read whatever the Content-Type says, up to a size and within a time.

use super::error::{ApiError, ScimError};
use super::memory_budget::Share;
use super::rejection::Rejection;
use super::{App, SCIM, unrouted};
use crate::scim::discovery::MAX_PAYLOAD;
use crate::scim::intake::group_stream::MAX_GROUP;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use std::time::Duration;
use zeroize::Zeroizing;

/// A body arrives within this time or not at all.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The same for what everybody may send.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);
/// The longest body of a call that everybody may make, in bytes.
const SMALL: usize = 4_096;

/// How long a body below a path may be at most, before it is known who sends it.
pub fn limit(method: &Method, path: &str) -> usize {
    let is_open = || matches!(path, "/api/v1/session" | "/api/v1/setup" | "/api/v1/password");
    match path.strip_prefix(SCIM) {
        Some(below) if matches!(*method, Method::POST | Method::PUT) && names_groups(below) => MAX_GROUP,
        Some(_) => MAX_PAYLOAD,
        None if path.starts_with("/api/v1/") && !is_open() => MAX_PAYLOAD,
        None => SMALL,
    }
}

fn names_groups(below: &str) -> bool {
    below.split('/').filter(|segment| !segment.is_empty()).nth(1).is_some_and(|one| one.eq_ignore_ascii_case("groups"))
}

/// Refuses a body that says itself that it is longer than `limit` bytes: nothing of it has to be waited for.
///
/// # Errors
/// Too large.
pub fn declared(headers: &HeaderMap, limit: usize) -> Result<usize, ScimError> {
    let Some(length) = headers.get(CONTENT_LENGTH) else { return Ok(0) };
    // More digits than a number has are too many bytes as well.
    match length.to_str().unwrap_or_default().trim().parse::<usize>() {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(ScimError::Rejection(Rejection::TooLarge(limit))),
    }
}

/// Reads a body of at most 1 MiB, or of 4 KiB where everybody may send one.
///
/// # Errors
/// Too large, too slow, or compressed: a small body could unpack to a large one.
pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, ScimError> {
    plain(request)?;
    let limit = limit(request.method(), request.path()).min(MAX_PAYLOAD);
    let announced = declared(request.headers(), limit)?;
    let patience = if limit > SMALL { PATIENCE } else { SHORT_PATIENCE };
    let mut share = share(request);
    let body = match tokio::time::timeout(patience, collect(payload, announced, limit, share.as_mut())).await {
        Ok(body) => body?,
        Err(_) => return Err(ScimError::Rejection(Rejection::Slow(patience.as_secs()))),
    };
    // What was made of the body lives as long as the request, and so does its share.
    if let Some(share) = share {
        request.extensions_mut().insert(share);
    }
    Ok(body)
}

/// Refuses a compressed body: a small one could unpack to a large one.
///
/// # Errors
/// Compressed.
pub fn plain(request: &HttpRequest) -> Result<(), ScimError> {
    let encoding = request.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        true => Err(ScimError::Rejection(Rejection::Encoded)),
        false => Ok(()),
    }
}

/// The share that a request has of the memory for bodies.
pub fn share(request: &HttpRequest) -> Option<Share> {
    request.app_data::<Data<App>>().map(|app| app.bodies.share())
}

/// What is said of a body that does not come to its end.
pub fn broken_off() -> crate::scim::Error {
    crate::scim::Error::InvalidSyntax("The body broke off, or its chunks are not well formed.".to_owned())
}

async fn collect(
    mut payload: Payload,
    announced: usize,
    limit: usize,
    mut share: Option<&mut Share>,
) -> Result<Vec<u8>, ScimError> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| broken_off())?;
        if body.len() + chunk.len() > limit {
            return Err(ScimError::Rejection(Rejection::TooLarge(limit)));
        }
        if share.as_mut().is_some_and(|share| !share.grow(chunk.len())) {
            return Err(ScimError::Rejection(Rejection::NoRoom));
        }
        if body.is_empty() {
            // What was only announced costs nothing.
            body.reserve_exact(announced.min(16_384).max(chunk.len()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads a JSON body of the console.
///
/// # Errors
/// As [`read`], and `INVALID` for what is no such JSON.
pub async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, ApiError> {
    // It may hold a password.
    let bytes = Zeroizing::new(read(request, payload).await.map_err(|error| ApiError::body(&error))?);
    let bytes = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
    unrouted::check_fields(request, bytes)?;
    let read = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    let whole = || serde_json::from_slice::<IgnoredAny>(bytes);
    read.map_err(Some)
        .and_then(|read| whole().map(|_| read).map_err(|_| None))
        .or_else(|error| {
            // In JSON 7.0 is a whole number like 7, and many programs write null for what they leave out.
            let mut value = serde_json::from_slice::<Value>(bytes).map(whole_numbers).unwrap_or_default();
            if let Value::Object(members) = &mut value {
                members.retain(|_, value| !value.is_null());
            }
            serde_json::from_value(value).map_err(|_| error)
        })
        .map_err(|error| match error {
            Some(error) => ApiError::invalid("body", sentence(&error)),
            None => ApiError::invalid("body", "The body is wrong: something follows the object."),
        })
}

/// What is wrong with a body, with the name of the member that it is about.
fn sentence(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let (place, cause) = (error.path().to_string(), error.inner().to_string());
    let cause = cause.split(" at line ").next().unwrap_or_default();
    if !error.inner().is_data() {
        return format!("The body is no JSON: {}.", error.inner());
    }
    if let Some(missing) = cause.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("{missing}: missing.");
    }
    let words = match cause.rsplit_once(", expected ") {
        Some((_, "a string")) => "expected a text",
        Some((_, "a boolean")) => "expected true or false",
        Some((_, "a sequence")) => "expected a list",
        Some((_, "i64" | "u64" | "u32" | "u16")) => "expected a whole number",
        Some((_, kind)) if kind.starts_with("struct ") || kind == "a map" => "expected an object",
        Some(_) => "expected something else",
        None => cause,
    };
    match place.as_str() {
        "." | "?" => format!("The body is wrong: {words}."),
        _ => format!("{place}: {words}."),
    }
}

/// Numbers without a fraction as integers.
pub fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(elements) => elements.into_iter().map(whole_numbers).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, whole_numbers(value))).collect(),
        other => other,
    }
}
