//! Request ids: each call of the admin API has a name, in its answer and in the audit events that it makes.

use crate::world;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

struct RequestId(String);

/// Gives a request its name, and the answer the header `X-Request-Id`.
///
/// # Errors
/// Those of the call.
pub async fn give<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let id = world::request_id().unwrap_or_default();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.call(request).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}

/// Keeps the name of a request that got it elsewhere.
pub fn keep(request: &HttpRequest, id: &str) {
    request.extensions_mut().insert(RequestId(id.to_owned()));
}

/// Puts the name of a request into its answer.
pub fn show(id: &str, response: &mut HttpResponse) {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
}

/// The name of a request, where it has one.
pub fn of(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(|id| id.0.clone())
}

/// Writes a cause to the log and returns the id under which it stands there.
pub fn log_cause(cause: &str) -> String {
    let id = world::request_id().unwrap_or_default();
    tracing::error!(request_id = %id, cause, "a request failed");
    id
}
