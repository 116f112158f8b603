//! SCIM push: a SCIM client for identity providers that do not speak SCIM. It reads people and groups from a source, compares
//! them with a SCIM service, and writes what differs. The service may be this appliance, Keeper's, or any other.
//!
//! ```text
//!   source ──► Reading ─┐
//!                       ├──► plan (what differs, what the guards say) ──► apply ──► Outcome
//!   client ──► Target ──┘
//! ```
//!
//! Nothing is remembered from the run before but what the caller hands in, so a run that was interrupted is repeated.

mod apply;
pub mod check;
pub mod client;
pub mod explain;
pub mod outcome;
pub mod plan;
pub mod run;
pub mod sentence;
pub mod source;
pub mod target;
pub mod watch;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// All but the unreserved characters (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as a part of a path or a query.
fn quote(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}
