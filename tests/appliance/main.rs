//! The appliance from outside: the real binary, spoken to as identity providers, administrators and attackers speak to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod access;
mod actors;
mod appliance;
mod audit;
mod bulk;
mod clients;
mod command_json;
mod command_line;
mod commander;
mod connected;
mod console;
mod contract;
mod crowd;
mod demo;
mod described;
mod dialects;
mod discovery;
mod durability;
mod edge;
mod entra;
mod fairness;
mod first_run;
mod forgery;
mod framing;
mod growth;
mod guard_rails;
mod health;
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
mod nothing_lost;
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
mod stage;
mod start;
mod story;
mod strangers;
mod strict;
mod teams;
mod terminal;
mod tokens;
mod unharmed;
mod versions;
mod wire;
mod writes;
