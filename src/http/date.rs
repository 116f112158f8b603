//! The `Date` of an answer. The HTTP library has one of its own, which stands still for good once the clock was before 1970.

use crate::world;
use actix_web::http::header::{HeaderValue, HttpDate, TryIntoHeaderValue};
use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

thread_local! {
    /// The second that was last asked for, and its text.
    static LAST: RefCell<Option<(u64, HeaderValue)>> = const { RefCell::new(None) };
}

/// The time as the header says it (RFC 9110, section 5.6.7).
pub fn now() -> Option<HeaderValue> {
    let second = u64::try_from(world::now().0 / 1000).unwrap_or_default();
    LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(known, _)| *known != second) {
            let text = HttpDate::from(UNIX_EPOCH + Duration::from_secs(second)).try_into_value().ok()?;
            *last = Some((second, text));
        }
        last.as_ref().map(|(_, text)| text.clone())
    })
}
