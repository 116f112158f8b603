//! Compresses the answers of the admin API that are long lists or documents.
//!
//! The length of a compressed answer tells whether what somebody else put into it occurs in a secret beside it (the attack
//! BREACH). So only answers to GET are compressed, which bring no new secret; never the session or what a page starts with,
//! whose answers have the token against forged requests; and no other site can ask, because the cookie is `SameSite=Strict`.

use actix_http::encoding::Encoder;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AcceptEncoding, CONTENT_TYPE, ContentEncoding, Encoding, Header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};

/// Shorter answers fit into one packet anyway.
const WORTH: u64 = 1024;

/// Paths whose answers have secrets.
const SECRET: [&str; 3] = ["/api/v1/session", "/api/v1/second-factor", "/api/v1/start"];

/// Whether a client prefers gzip to the text as it is.
pub fn takes_gzip(request: &HttpRequest) -> bool {
    AcceptEncoding::parse(request).is_ok_and(|accepts| {
        accepts.negotiate([Encoding::gzip(), Encoding::identity()].iter()) == Some(Encoding::gzip())
    })
}

/// The middleware of the admin API.
///
/// # Errors
/// Those of the call.
pub async fn shrink<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Encoder<B>>, Error> {
    let asked = request.method() == Method::GET && !SECRET.contains(&request.path()) && takes_gzip(request.request());
    let answer = next.call(request).await?;
    Ok(answer.map_body(|head, body| {
        let is_json =
            head.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let is_long = matches!(body.size(), BodySize::Sized(length) if length >= WORTH);
        let chosen = if asked && is_json && is_long { ContentEncoding::Gzip } else { ContentEncoding::Identity };
        Encoder::response(chosen, head, body)
    }))
}
