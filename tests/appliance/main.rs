//! The appliance from outside: the real binary, spoken to as identity providers, administrators and attackers speak to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod actors;
mod appliance;
mod connected;
mod console;
mod contract;
mod intake;
mod lists;
mod people;
mod reply;
mod writes;
