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

pub mod check;
pub mod source;
pub mod watch;
