//! Bodies of groups: a short one is read in one piece, a long one while it arrives, so that it never has to fit in memory.

use super::body::{PATIENCE, broken_off, declared, plain, share};
use super::error::ScimError;
use super::rejection::Rejection;
use crate::scim::discovery::MAX_PAYLOAD;
use crate::scim::intake::content::Content;
use crate::scim::intake::group_stream::{self, MAX_GROUP};
use crate::scim::intake::json;
use crate::scim::leeway::Leeway;
use crate::scim::schema::GROUP_TYPE;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

/// A long body arrives within this time.
const LONG_PATIENCE: Duration = Duration::from_secs(300);
/// How many long bodies arrive at the same time.
pub const AT_ONCE: usize = 4;

/// Reads the body of a group.
///
/// # Errors
/// As [`super::body::read`], those of the protocol, and busy while too many long ones arrive.
pub async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    long: &Arc<Semaphore>,
    leeway: &Leeway,
) -> Result<Content, ScimError> {
    plain(request)?;
    declared(request.headers(), MAX_GROUP)?;
    let mut share = share(request);
    let mut begun = Vec::new();
    let first = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| broken_off())?;
            if share.as_mut().is_some_and(|share| !share.grow(chunk.len())) {
                return Err(ScimError::Rejection(Rejection::NoRoom));
            }
            begun.extend_from_slice(&chunk);
            if begun.len() > MAX_PAYLOAD {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let is_long = timeout(PATIENCE, first).await.unwrap_or(Err(slow(PATIENCE)))?;
    if let Some(share) = share {
        request.extensions_mut().insert(share);
    }
    if !is_long {
        super::tape::body(request, &begun);
        return Ok(Content::read(&GROUP_TYPE, json::parse_object(&begun)?, leeway)?);
    }
    let permit = Arc::clone(long).try_acquire_owned().map_err(|_| ScimError::Rejection(Rejection::NoRoom))?;
    let (chunks, arrived) = mpsc::channel(16);
    let leeway = leeway.clone();
    let reading = actix_web::rt::task::spawn_blocking(move || {
        let _permit = permit;
        let body = Cursor::new(begun).chain(Arriving { chunks: arrived, chunk: Bytes::new() });
        group_stream::read(body, MAX_PAYLOAD, &leeway)
    });
    let rest = async {
        let mut length = MAX_PAYLOAD;
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| broken_off())?;
            length += chunk.len();
            if length > MAX_GROUP {
                return Err(ScimError::Rejection(Rejection::TooLarge(MAX_GROUP)));
            }
            // A reader that has seen enough says what is wrong.
            if chunks.send(Some(chunk)).await.is_err() {
                return Ok(());
            }
        }
        drop(chunks.send(None).await);
        Ok(())
    };
    let arriving = timeout(LONG_PATIENCE, rest).await.unwrap_or(Err(slow(LONG_PATIENCE)));
    drop(chunks);
    arriving?;
    Ok(reading.await.map_err(|_| ScimError::Broken)??)
}

fn slow(patience: Duration) -> ScimError {
    ScimError::Rejection(Rejection::Slow(patience.as_secs()))
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
