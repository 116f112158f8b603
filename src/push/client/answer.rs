//! What came back, and whether it decides.

use crate::push::sentence::{Sentence, say};
use serde_json::Value;
use std::time::Duration;
use ureq::http::{Response, header::RETRY_AFTER};
use ureq::{Body, Error};

/// An answer that decides about a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, JSON; `Null` if there is none.
    pub body: Value,
}

impl Answer {
    /// Whether the request was carried out.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The target's own words: `detail` and `scimType` of a SCIM error (RFC 7644, section 3.12), else the status.
    pub fn said(&self) -> String {
        said(self.status, &self.body)
    }
}

/// The words of an error.
pub(in crate::push) fn said(status: u16, body: &Value) -> String {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("detail"), text("scimType")) {
        (Some(detail), Some(kind)) => format!("{status} {kind}: {detail}"),
        (Some(detail), None) => format!("{status}: {detail}"),
        (None, Some(kind)) => format!("{status} {kind}"),
        (None, None) => status.to_string(),
    }
}

/// What one try came to.
pub(super) enum Attempt {
    /// An answer that decides.
    Answered(Answer),
    /// Not now: why, and how long the target wants us to wait.
    Later(Sentence, Option<Duration>),
    /// The target has a fault, which may be over the next time or may be about this very request.
    Stumbled(Answer),
    /// The connection broke after the request may have arrived.
    Lost(Sentence),
    /// However often it is tried.
    Never(Sentence),
}

pub(super) fn read(sent: Result<Response<Body>, Error>, largest: u64) -> Attempt {
    let mut response = match sent {
        Ok(response) => response,
        Err(error) => return failed(&error),
    };
    let status = response.status().as_u16();
    let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
    let text = match response.body_mut().with_config().limit(largest).read_to_string() {
        Ok(text) => text,
        Err(error) => return failed(&error),
    };
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    match status {
        429 | 502..=504 => Attempt::Later(said(status, &body).into(), after),
        300..=399 => Attempt::Never(say!(
            "the_target_answers_which_leads_elsewhere",
            "the target answers {status}, which leads elsewhere; give the address of the SCIM endpoint itself",
            status = status
        )),
        // Only a SCIM service answers in JSON.
        200..=299 if body.is_null() && !text.trim().is_empty() => Attempt::Never(say!(
            "the_target_answers_with_something_that",
            "the target answers {status} with something that is no JSON; is the address right?",
            status = status
        )),
        500.. => Attempt::Stumbled(Answer { status, body }),
        _ => Attempt::Answered(Answer { status, body }),
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    let wait = at.saturating_sub(crate::world::now().0);
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or_default()))
}

fn failed(error: &Error) -> Attempt {
    match error {
        Error::HostNotFound => {
            Attempt::Later(say!("the_name_of_the_host_is", "the name of the host is not known"), None)
        }
        Error::ConnectionFailed => Attempt::Later(say!("no_connection", "no connection"), None),
        Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            Attempt::Later(say!("nobody_listens_there", "nobody listens there"), None)
        }
        // rustls tells of a bad certificate in an I/O error.
        Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => Attempt::Never(say!(
            "the_certificate_of_the_target_is",
            "the certificate of the target is not accepted: {io}",
            io = io.to_string()
        )),
        Error::Tls(_) | Error::Rustls(_) => Attempt::Never(say!(
            "tls_with_the_target_fails",
            "TLS with the target fails: {error}",
            error = error.to_string()
        )),
        Error::BadUri(_) | Error::Http(_) => Attempt::Never(say!(
            "the_address_of_the_target_cannot",
            "the address of the target cannot be used: {error}",
            error = error.to_string()
        )),
        Error::BodyExceedsLimit(most) => {
            Attempt::Never(say!("an_answer_is_longer_than_bytes", "an answer is longer than {most} bytes", most = most))
        }
        _ => Attempt::Lost(error.to_string().into()),
    }
}
