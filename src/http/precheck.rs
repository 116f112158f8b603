//! Early checks: what is refused of a request before anybody looks at what it wants.

use super::error::{ApiError, ScimError};
use super::provisioner::{certificate, presented};
use super::rejection::Rejection;
use super::stream_state::StreamState;
use super::{App, SCIM, body, console_door, stream};
use crate::domain::client_certificate::ShownCertificate;
use crate::domain::token;
use actix_http::Request;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use std::rc::Rc;
use zeroize::Zeroizing;

/// The refusal of a request whose head alone says that it cannot be served.
pub fn refusal(app: &App, request: &ServiceRequest) -> Option<HttpResponse> {
    // As the routes will read it: an escape in a path is no way around what is asked of it.
    let path = request.match_info().as_str();
    if path == stream::REFUSED
        && let Some(doubt) = request.conn_data::<Rc<StreamState>>().and_then(|state| state.doubt.get())
    {
        return Some(ScimError::Rejection(doubt.into()).response());
    }
    let limit = body::limit(request.method(), path);
    let checked = check(request.headers(), limit).and_then(|()| match is_of_the_console(path) {
        true if !app.addresses.is_meant(request.request()) => Err(ScimError::Rejection(Rejection::Misdirected(
            "The console is not at home at this host. Open it at its base URL, or start the server with --allow-host.",
        ))),
        // The modules of the console are the same for everybody.
        true if !path.starts_with("/ui/assets/") => console_door::check(app, request.request(), path),
        _ => Ok(()),
    });
    checked.err().map(|error| respond(path, &error))
}

/// Whether a request may be looked at further: where the server asks clients for a certificate, whoever shows none has to
/// have a genuine token, whose connection then decides.
pub fn may_present(app: &App, request: &HttpRequest) -> bool {
    certificate(request) != ShownCertificate::Nothing
        || presented(request).is_some_and(|token| {
            let token = Zeroizing::new(token.to_owned());
            // Of a store that cannot be read, who lets in has more to say.
            !matches!(app.store.read(move |tx| token::owner(tx, &token)), Ok(None))
        })
}

fn is_of_the_console(path: &str) -> bool {
    path == "/" || path == "/ui" || path.starts_with("/ui/") || path.starts_with("/api/v1")
}

/// Asked before a client is told to send its body (`Expect: 100-continue`).
///
/// # Errors
/// The refusal, where the body would be for nothing.
pub fn expect(request: Request) -> Result<Request, Box<HttpResponse>> {
    let (path, limit) = (request.path(), body::limit(request.method(), request.path()));
    let Err(error) = check(request.headers(), limit) else { return Ok(request) };
    if let Some(state) = request.conn_data::<Rc<StreamState>>() {
        Rc::clone(state).answer_at_once();
    }
    Err(Box::new(respond(path, &error)))
}

fn check(headers: &HeaderMap, limit: usize) -> Result<(), ScimError> {
    if headers.get(HOST).is_some_and(|host| !is_host(host.as_bytes())) {
        return Err(ScimError::Rejection(Rejection::Malformed("Host is not the name of a host.")));
    }
    if headers.get_all(AUTHORIZATION).nth(1).is_some() {
        return Err(ScimError::Rejection(Rejection::Malformed("Authorization is given twice.")));
    }
    body::declared(headers, limit).map(drop)
}

/// A refusal in the words of who asked.
pub fn respond(path: &str, error: &ScimError) -> HttpResponse {
    if path.starts_with(SCIM) { error.response() } else { ApiError::body(error).error_response() }
}

/// Whether a text is a host and perhaps a port (RFC 9110, section 7.2).
fn is_host(text: &[u8]) -> bool {
    let is_port = |port: &[u8]| port.len() <= 5 && port.iter().all(u8::is_ascii_digit);
    let (host, port) = match text.strip_prefix(b"[") {
        Some(rest) => {
            let Some(end) = memchr::memchr(b']', rest) else { return false };
            let (address, behind) = rest.split_at(end);
            let inside = |byte: &u8| byte.is_ascii_hexdigit() || b":.%".contains(byte);
            if address.is_empty() || !address.iter().all(inside) {
                return false;
            }
            return match behind {
                [b']'] => true,
                [b']', b':', port @ ..] => is_port(port),
                _ => false,
            };
        }
        None => match memchr::memchr(b':', text) {
            Some(colon) => text.split_at(colon),
            None => (text, &b":"[..]),
        },
    };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(byte);
    !host.is_empty() && host.iter().all(plain) && is_port(port.get(1..).unwrap_or_default())
}

/// The name of a query parameter that stands twice in the address: what the second means, nobody knows.
pub fn repeated(query: &str) -> Option<String> {
    if !query.contains('&') {
        return None;
    }
    let mut names: Vec<_> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).collect();
    names.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    names.windows(2).find_map(|pair| match pair {
        [one, other] if one.eq_ignore_ascii_case(other) => Some(one.chars().take(100).collect()),
        _ => None,
    })
}
