//! The sandbox: identity providers in a box, a judge of SCIM servers, and dialogues that are played again. All of it is a client like any other,
//! of whatever SCIM server it is given; nothing here knows the appliance.
//!
//! ```text
//!   dialects (data) ──► simulator ─┐
//!   suites (data)   ──► selftest ──┼──► dialogue: fill in, send, compare ──► push::client::wire
//!   files           ──► replay   ──┘
//!   a client        ──► recorder ──► push::client::wire, and a file
//! ```

pub mod dialogue;
pub mod recorder;
pub mod replay;
pub mod selftest;
pub mod simulator;
