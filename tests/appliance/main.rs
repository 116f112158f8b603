//! The appliance from outside: the real binary, spoken to as identity providers, administrators and attackers speak to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "../harness/actors.rs"]
mod actors;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/appliance.rs"]
mod appliance;
#[path = "../harness/connected.rs"]
mod connected;
#[path = "../harness/console.rs"]
mod console;
#[path = "../harness/people.rs"]
mod people;
#[path = "../harness/postbox.rs"]
mod postbox;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/reply.rs"]
mod reply;
#[path = "../harness/stage.rs"]
mod stage;
#[path = "../harness/tamper.rs"]
mod tamper;
#[path = "../harness/wire.rs"]
mod wire;

mod access;
mod audit;
mod bulk;
mod chains;
mod clients;
mod command_json;
mod command_line;
mod commander;
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
mod process;
mod programs;
mod push;
mod rates;
mod sessions;
mod settings;
mod start;
mod story;
mod strangers;
mod strict;
mod teams;
mod terminal;
mod tokens;
mod unharmed;
mod versions;
mod writes;
