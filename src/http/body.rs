//! Request bodies: read whatever the Content-Type says, up to a size and within a time.

use super::error::{ApiError, ScimError};
use crate::domain::Fault;
use crate::scim::discovery::MAX_PAYLOAD;
use crate::scim::group_intake::{self, MAX_GROUP};
use crate::scim::relaxation::Leeway;
use crate::scim::resource::Content;
use crate::scim::schema::GROUP_TYPE;
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, Payload};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use zeroize::Zeroizing;

/// A body arrives within this time or not at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// A long group arrives within this time.
const LONG_PATIENCE: Duration = Duration::from_secs(300);
/// How many long groups arrive at the same time.
pub const LONG_AT_ONCE: usize = 4;

/// Reads a body of at most 1 MiB.
///
/// # Errors
/// Too large, too slow, or compressed: a small body could unpack to a large one.
pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, ScimError> {
    let announced = announced(request)?;
    match tokio::time::timeout(PATIENCE, collect(payload, announced.unwrap_or(0))).await {
        Ok(body) => body,
        Err(_) => Err(ScimError::Slow),
    }
}

/// How long a body says it is; a compressed one is refused.
fn announced(request: &HttpRequest) -> Result<Option<usize>, ScimError> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(ScimError::Encoded);
    }
    Ok(header(CONTENT_LENGTH).and_then(|length| length.parse().ok()))
}

async fn collect(mut payload: Payload, announced: usize) -> Result<Vec<u8>, ScimError> {
    let mut body = Vec::with_capacity(announced.min(MAX_PAYLOAD));
    let mut passed_over = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| broken_off())?;
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

/// Reads the body of a group: a short one in one piece, a long one while it arrives.
///
/// # Errors
/// As [`read`], those of the protocol, and busy while too many long ones arrive.
pub async fn group(
    request: &HttpRequest,
    mut payload: Payload,
    long: &Arc<Semaphore>,
    leeway: &Leeway,
) -> Result<Content, ScimError> {
    let announced = announced(request)?.unwrap_or(0);
    if announced > MAX_GROUP {
        return Err(ScimError::TooLarge(MAX_GROUP));
    }
    let mut begun = Vec::with_capacity(announced.min(MAX_PAYLOAD));
    let first = async {
        while let Some(chunk) = payload.next().await {
            begun.extend_from_slice(&chunk.map_err(|_| broken_off())?);
            if begun.len() > MAX_PAYLOAD {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let more: Result<bool, ScimError> = tokio::time::timeout(PATIENCE, first).await.unwrap_or(Err(ScimError::Slow));
    if !more? {
        return Ok(Content::read(&GROUP_TYPE, crate::scim::json::parse_object(&begun)?, leeway)?);
    }
    let permit = Arc::clone(long).try_acquire_owned().map_err(|_| Fault::Busy)?;
    let (chunks, arrived) = mpsc::channel(16);
    let leeway = leeway.clone();
    let reading = actix_web::rt::task::spawn_blocking(move || {
        let _permit = permit;
        let body = Cursor::new(begun).chain(Arriving { chunks: arrived, chunk: Bytes::new() });
        group_intake::read(body, MAX_PAYLOAD, &leeway)
    });
    let rest = async {
        let mut length = MAX_PAYLOAD;
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| broken_off())?;
            length += chunk.len();
            if length > MAX_GROUP {
                return Err(ScimError::TooLarge(MAX_GROUP));
            }
            // A reader that has seen enough says what is wrong.
            if chunks.send(Some(chunk)).await.is_err() {
                return Ok(());
            }
        }
        drop(chunks.send(None).await);
        Ok(())
    };
    let arriving = tokio::time::timeout(LONG_PATIENCE, rest).await.unwrap_or(Err(ScimError::Slow));
    drop(chunks);
    arriving?;
    Ok(reading.await.map_err(|_| ScimError::Broken)??)
}

/// The rest of a body as it comes; one without a last word has broken off.
struct Arriving {
    chunks: mpsc::Receiver<Option<Bytes>>,
    chunk: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                Some(Some(chunk)) => self.chunk = chunk,
                Some(None) => return Ok(0),
                None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let taken = self.chunk.split_to(self.chunk.len().min(buffer.len()));
        if let Some(to) = buffer.get_mut(..taken.len()) {
            to.copy_from_slice(&taken);
        }
        Ok(taken.len())
    }
}

fn broken_off() -> crate::scim::Error {
    crate::scim::Error::InvalidSyntax("The body broke off.".to_owned())
}

/// Reads a JSON body of the console.
///
/// # Errors
/// As [`read`], and `INVALID` for what is no such JSON.
pub async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, ApiError> {
    // It may hold a password.
    let bytes = Zeroizing::new(read(request, payload).await.map_err(|error| ApiError::body(&error))?);
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
