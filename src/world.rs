//! The outside world: the only place that asks the operating system for the time and for random bytes.

use crate::domain::{Act, Time};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The wall clock.
pub fn now() -> Time {
    Time(jiff::Timestamp::now().as_millisecond())
}

/// Random bytes fit for secrets.
///
/// # Errors
/// When the operating system has none to give, which on a running Linux does not happen.
pub fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A secret of 256 random bits for links and cookies, 43 characters of base64url.
///
/// # Errors
/// As [`random`].
pub fn secret() -> std::io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// An act of somebody, now.
///
/// # Errors
/// As [`random`].
pub fn act(by: impl Into<String>) -> std::io::Result<Act> {
    Ok(Act { now: now(), by: by.into(), address: String::new(), request_id: String::new(), seed: random()? })
}

/// An act of somebody in a request that has no name yet.
///
/// # Errors
/// As [`random`].
pub fn request(by: impl Into<String>) -> std::io::Result<Act> {
    Ok(Act { request_id: request_id()?, ..act(by)? })
}

/// The name of a request: 12 hexadecimal digits.
///
/// # Errors
/// As [`random`].
pub fn request_id() -> std::io::Result<String> {
    Ok(random::<6>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
