//! The console in a real Chromium: what an administrator sees and does, in both languages, both themes, wide and narrow.
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
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/tamper.rs"]
mod tamper;

mod acts;
mod auditor;
mod axe;
mod backups;
mod catalogue;
mod chromium;
mod dialogues;
#[path = "../replays/form.rs"]
mod form;
mod guide;
mod inspector;
mod journey;
mod keyboard;
mod live;
#[path = "../replays/matcher.rs"]
mod matcher;
mod names;
mod nodes;
mod overview;
mod page;
mod people;
#[path = "../replays/player.rs"]
mod player;
mod provider;
mod push;
mod routes;
mod sandbox;
mod screenshots;
mod session;
mod shortcuts;
mod walk;
mod weight;
mod wizard;
