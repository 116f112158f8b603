//! Dialogues of real clients, played against an appliance of each preset.
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
mod form;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/idp_clients.rs"]
mod idp_clients;
mod matcher;
mod player;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/reply.rs"]
mod reply;

use player::Player;

const PRESETS: [&str; 2] = ["keeper", "rfc"];

/// Plays a file against both presets, each on an appliance that other clients have used before it.
fn play(name: &str) {
    let file = format!("{}/tests/replays/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let dialogue = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let appliance = appliance::Appliance::start();
    let failed: Vec<String> = PRESETS
        .into_iter()
        .flat_map(|preset| {
            let connected = appliance.connect(preset, &["--preset", preset]);
            Player::new(&connected, preset).play(&dialogue)
        })
        .collect();
    assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
}

macro_rules! dialogues {
    ($($test:ident $name:literal,)+) => {
        const ALL: &[&str] = &[$($name),+];
        $(#[test] fn $test() { play($name); })+
    };
}

dialogues! {
    okta_is_served "okta",
    entra_id_is_served "entra",
    jumpcloud_is_served "jumpcloud",
    google_workspace_is_served "google",
    cloudgate_is_served "cloudgate",
    keepers_push_is_served "commander",
}

#[test]
fn every_file_is_played() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replays")).unwrap();
    let files = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut dialogues: Vec<String> = files.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    let mut played: Vec<&str> = ALL.to_vec();
    dialogues.sort();
    played.sort_unstable();
    assert_eq!(dialogues, played);
}
