//! Dialogues seen by the inspector: each request is recognised, put into words and explained, and what is exported plays again.

use crate::appliance::Appliance;
use crate::player::Player;
use crate::{ALL, read};
use serde_json::Value;

/// Plays a dialogue with everything captured; the appliance, and what the inspector lists, oldest first.
fn captured(name: &str, arguments: &[&str]) -> (Appliance, Vec<Value>) {
    let appliance = Appliance::start();
    let connected = appliance.connect("Sales", &[&["--capture", "full"], arguments].concat());
    let mut player = Player::new(&connected, "keeper");
    let failed = player.play(&read(name));
    assert!(failed.is_empty(), "{name}, played as {}: {failed:#?}", player.rand());
    let mut listed = appliance.json(&["requests", "list", "--limit", "1000"]).as_array().unwrap().clone();
    // The command line reads what is written; the last ones may still be on their way.
    for _ in 0..200 {
        let again = appliance.json(&["requests", "list", "--limit", "1000"]).as_array().unwrap().clone();
        if again.len() == listed.len() && !again.is_empty() {
            break;
        }
        listed = again;
    }
    listed.reverse();
    (appliance, listed)
}

/// What the inspector has to call each client.
const CLIENTS: &[(&str, &str)] = &[
    ("authentik", "authentik"),
    ("commander", "Keeper Commander"),
    ("entra", "Entra ID"),
    ("entra-flag", "Entra ID with its flag"),
    ("google", "Google Workspace"),
    ("jumpcloud", "JumpCloud"),
    ("keycloak", "Keycloak"),
    ("okta", "Okta"),
    ("okta-wizard", "Okta"),
    ("onelogin", "OneLogin"),
    ("ping", "Ping"),
    ("rauthy", "rauthy"),
    ("sailpoint", "SailPoint"),
];

#[test]
fn every_dialogue_is_recognised_summarised_and_explained() {
    let mut told = Vec::new();
    for name in ALL {
        let (appliance, listed) = captured(name, &[]);
        assert!(listed.len() > 5, "{name}: {listed:#?}");
        for one in &listed {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            let (client, summary) = (text("client"), text("summary"));
            assert!(!client.is_empty() && !summary.is_empty(), "{name}: {one:#}");
            assert!(!summary.contains('?') || summary.contains("?\u{201d}"), "{name}: something is missing: {summary}");
            assert!(one["relaxations"].is_array() && one["ms"].is_number(), "{one}");
            told.push(format!("{name:12} {} {:6} {client:24} {summary}", one["status"], text("method")));
        }
        if let Some((_, expected)) = CLIENTS.iter().find(|(known, _)| known == name) {
            let right =
                listed.iter().filter(|one| one["client"].as_str().unwrap_or_default().starts_with(expected)).count();
            assert!(right * 2 > listed.len(), "{name}: {right} of {}: {told:#?}", listed.len());
        }
        for one in listed.iter().filter(|one| one["status"].as_u64().unwrap() >= 400) {
            let id = one["request_id"].as_str().unwrap();
            let detail = appliance.json(&["requests", "show", id]);
            let advice = detail["explain"][0]["advice"].as_str().unwrap_or_default();
            assert!(advice.len() > 20, "{name}: no advice for {one:#}");
        }
    }
    let table = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("summaries.txt");
    std::fs::write(table, told.join("\n")).unwrap();
}

#[test]
fn what_is_exported_plays_again_with_equal_outcome() {
    for name in ALL {
        let (appliance, listed) = captured(name, &[]);
        let ids: Vec<&str> = listed.iter().map(|one| one["request_id"].as_str().unwrap()).collect();
        let export = [&["requests", "export"], &ids[..], &["--format", "dialogue"]].concat();
        let dialogue = appliance.run(&export).ok().json();
        let faults = crate::members::faults(&dialogue);
        assert!(faults.is_empty(), "{name}: {faults:?}");
        let fresh = Appliance::start();
        let connected = fresh.connect("Sales", &[]);
        let failed = Player::new(&connected, "keeper").play(&dialogue);
        assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
    }
}
