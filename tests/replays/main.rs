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
mod captured;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/connected.rs"]
mod connected;
mod form;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/idp_clients.rs"]
mod idp_clients;
mod matcher;
mod members;
mod player;
#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/reply.rs"]
mod reply;

use player::Player;
use serde_json::{Value, json};

const PRESETS: [&str; 2] = ["keeper", "rfc"];

fn read(name: &str) -> Value {
    let file = format!("{}/tests/replays/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Plays a file against both presets, each on an appliance that other clients have used before it.
fn play(name: &str) {
    let dialogue = read(name);
    assert_eq!(members::faults(&dialogue), Vec::<String>::new(), "{name}");
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
    oktas_wizard_application_is_served "okta-wizard",
    entra_id_is_served "entra",
    entra_id_with_its_flag_is_served "entra-flag",
    jumpcloud_is_served "jumpcloud",
    onelogin_is_served "onelogin",
    ping_is_served "ping",
    google_workspace_is_served "google",
    sailpoint_is_served "sailpoint",
    cloudgate_is_served "cloudgate",
    authentik_is_served "authentik",
    rauthy_is_served "rauthy",
    keycloak_is_served "keycloak",
    ssosync_is_served "ssosync",
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

#[test]
fn a_misspelt_member_is_not_passed_over() {
    let step = |step: Value| json!({ "client": "Any", "source": "docs/clients.md#others", "steps": [step] });
    let request = json!({ "method": "GET", "path": "/Users" });
    assert!(members::faults(&step(json!({ "request": request, "answer": { "status": 200 } }))).is_empty());
    let of_one_preset = json!({ "request": request, "keeper": { "status": 200 } });
    let of_both = json!({ "request": request, "keeper": { "status": 200 }, "rfc": { "status": 404 } });
    assert!(members::faults(&step(of_both)).is_empty());
    for bad in [
        json!({ "request": request }),
        of_one_preset,
        json!({ "request": request, "anwser": { "status": 200 } }),
        json!({ "request": request, "answer": { "status": 200, "boddy": {} } }),
        json!({ "request": { "method": "GET" }, "answer": { "status": 200 } }),
        json!({ "request": request, "answer": { "status": 200 }, "save": {} }),
    ] {
        assert!(!members::faults(&step(bad.clone())).is_empty(), "{bad}");
    }
}

#[test]
fn an_answer_that_is_not_the_expected_one_is_told() {
    let appliance = appliance::Appliance::start();
    let connected = appliance.connect("Any", &[]);
    let made = json!({
        "request": { "method": "POST", "path": "/Users", "body": { "userName": "mia.{rand}@example.com" } },
        "answer": { "status": 201, "body": { "/userName": "mia.{rand}@example.com" } },
        "keep": { "uid": "/id" },
    });
    let read = |answer: Value| {
        let step = json!({ "request": { "method": "GET", "path": "/Users/{uid}" }, "answer": answer });
        Player::new(&connected, "keeper").play(&json!({ "steps": [made, step] }))
    };
    assert_eq!(read(json!({ "status": 200, "body": { "/id": "{uid}" } })), Vec::<String>::new());
    for wrong in [
        json!({ "status": 404 }),
        json!({ "status": [201, 204] }),
        json!({ "status": 200, "body": { "/id": "another" } }),
        json!({ "status": 200, "body": { "/nothing": { "exists": true } } }),
        json!({ "status": 200, "body": { "/id": { "exists": false } } }),
        json!({ "status": 200, "body": { "/active": { "type": "string" } } }),
        json!({ "status": 200, "body": { "/groups": { "contains": "{uid}" } } }),
        json!({ "status": 200, "body": { "/schemas": { "length": 0 } } }),
        json!({ "status": 200, "body": { "/userName": { "is_not": "mia.{rand}@example.com" } } }),
        json!({ "status": 200, "headers": { "Content-Type": "text/html" } }),
    ] {
        let told = read(wrong.clone());
        assert_eq!(told.len(), 1, "{wrong}: {told:?}");
        assert!(told[0].contains("step 2: GET /Users/"), "{told:?}");
    }
}
