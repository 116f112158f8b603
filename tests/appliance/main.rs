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
mod audit;
mod bulk;
mod clients;
mod command_line;
mod commander;
mod connected;
mod console;
mod contract;
mod crowd;
mod demo;
mod described;
mod durability;
mod edge;
mod entra;
mod first_run;
mod forgery;
mod framing;
mod growth;
mod guard_rails;
mod hostile;
mod intake;
mod invitations;
mod isolation;
mod keys;
mod life;
mod lifecycle;
mod lists;
mod mails;
mod memory;
mod okta;
mod people;
mod postbox;
mod process;
mod programs;
mod push;
mod rates;
mod reply;
mod sessions;
mod settings;
mod story;
mod teams;
mod tokens;
mod wire;
mod writes;
