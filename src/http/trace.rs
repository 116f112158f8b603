//! Traces: the id that a client gives a request (W3C Trace Context, `traceparent`) stands in every line of the log about it.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use std::time::Duration;
use tracing::Span;

/// The span of a request; none for one without a valid `traceparent`.
pub fn span(request: &ServiceRequest) -> Span {
    match ids(request.headers()) {
        Some((trace_id, parent_id)) => tracing::error_span!("request", trace_id, parent_id),
        None => Span::none(),
    }
}

/// The ids of the trace and of the caller's span: `00-<32 hexadecimal digits>-<16>-<2>`, neither all zero.
fn ids(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut all = headers.get_all("traceparent");
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    let mut parts = one.to_str().ok()?.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_there = |text: &str| text.bytes().any(|byte| byte != b'0');
    let well = is_hex(version, 2) && version != "ff" && is_hex(flags, 2) && (version != "00" || parts.next().is_none());
    (well && is_hex(trace, 32) && is_hex(parent, 16) && is_there(trace) && is_there(parent)).then_some((trace, parent))
}

/// Where a request goes, fit for a log: the path of an invitation is a secret, and queries may hold names.
pub fn place(request: &ServiceRequest) -> Option<(String, String)> {
    tracing::enabled!(tracing::Level::DEBUG).then(|| {
        let path = if request.path().starts_with("/join/") { "/join/…" } else { request.path() };
        (request.method().to_string(), path.chars().take(200).collect())
    })
}

/// Logs that a request was answered.
pub fn answered((method, path): (String, String), status: u16, request_id: Option<&str>, took: Duration) {
    let ms = took.as_millis();
    tracing::debug!(method, path, status, ms, request_id, "answered");
}
