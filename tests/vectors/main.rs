//! Tables that hold the protocol to RFC 7643, 7644 and 9865: a described set of people, what every filter finds among
//! them, what every PATCH makes of a resource, and dialogues about sorting, pages, versions, bulk and paths.
//!
//! The tables are JSON beside this file, so that they can be read, and sent, without this program. What they expect was
//! taken from the RFCs and from what real clients need; where the RFC leaves something open, `why` says what was chosen.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/appliance.rs"]
mod appliance;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/connected.rs"]
mod connected;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/idp_clients.rs"]
mod idp_clients;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/reply.rs"]
mod reply;

mod endpoints;
mod filters;
mod patches;
mod people;
mod queries;
mod report;
