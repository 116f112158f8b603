//! The outside world: the only place that asks the operating system for the time and for random bytes.

use crate::domain::{Act, Time};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use std::cell::RefCell;

/// The wall clock; one that is set before 1970 stands still there.
pub fn now() -> Time {
    Time(jiff::Timestamp::now().as_millisecond().max(0))
}

/// What the wall clock says if that is before 1970, where nothing that has a time of ours can be.
pub fn before_1970() -> Option<String> {
    let now = jiff::Timestamp::now();
    (now < jiff::Timestamp::UNIX_EPOCH).then(|| now.to_string())
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
    Ok(unnamed(by.into(), random()?))
}

/// An act of somebody in a request that has no name yet.
///
/// # Errors
/// As [`random`].
pub fn request(by: impl Into<String>) -> std::io::Result<Act> {
    // Every write comes by here, and each question to the operating system costs a microsecond.
    let [seed @ .., a, b, c, d, e, f] = random::<22>()?;
    Ok(Act { request_id: HEXLOWER.encode(&[a, b, c, d, e, f]), ..unnamed(by.into(), seed) })
}

/// The name of a request that nobody has to guess: 12 hexadecimal digits. Most requests only read, and a question to the
/// operating system for each would cost them a microsecond.
pub fn request_name() -> String {
    const LENGTH: usize = 6;
    thread_local! {
        static POOL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    POOL.with_borrow_mut(|pool| {
        if pool.len() < LENGTH {
            pool.extend(random::<{ LENGTH * 128 }>().unwrap_or([0; LENGTH * 128]));
        }
        HEXLOWER.encode(&pool.split_off(pool.len() - LENGTH))
    })
}

/// The name of a request: 12 hexadecimal digits.
///
/// # Errors
/// As [`random`].
pub fn request_id() -> std::io::Result<String> {
    Ok(HEXLOWER.encode(&random::<6>()?))
}

fn unnamed(by: String, seed: [u8; 16]) -> Act {
    Act { now: now(), by, address: String::new(), request_id: String::new(), seed }
}
