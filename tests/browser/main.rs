//! The console in a real Chromium: what an administrator sees and does, in both languages, both themes, wide and narrow.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod acts;
mod appliance;
mod catalogue;
mod chromium;
mod journey;
mod names;
mod page;
mod people;
mod provider;
mod routes;
mod session;
mod walk;
mod wizard;
