//! Replay: a dialogue that was recorded is equal on a fresh node, and a changed answer is shown where it is.

use crate::appliance::{Appliance, Ran, program, run};
use crate::connected::Connected;
use crate::push_fixture::Files;
use crate::scim_proxy::{Fate, ScimProxy};
use serde_json::{Value, json};
use std::path::Path;

#[track_caller]
fn replay(files: &[&Path], more: &[&str], url: &str, token: &str) -> Ran {
    let folder = Files::new();
    let token = folder.write("token", token);
    let mut command = program();
    command.arg("replay").args(files).args(more).args(["--url", url, "--token-file", token.to_str().unwrap()]);
    run(&mut command, "")
}

/// What the simulator of Okta sends to a node, as a file.
fn recorded(files: &Files, to: &Connected, idp: &str) -> std::path::PathBuf {
    let token = files.write("token", &to.token);
    let path = files.0.path().join(format!("{idp}.json"));
    let place = ["--url", &to.url, "--token-file", token.to_str().unwrap()];
    run(program().args(["simulate", idp, "--transcript", path.to_str().unwrap()]).args(place), "").ok();
    path
}

#[test]
fn the_dialogues_of_real_clients_are_played() {
    let house = Appliance::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replays");
    for name in ["okta", "entra", "jumpcloud", "onelogin", "google", "keycloak", "commander"] {
        let file = folder.join(format!("{name}.json"));
        for preset in ["rfc", "keeper"] {
            let to = house.connect(&format!("{name} {preset}"), &["--preset", preset]);
            let ran = replay(&[&file], &["--preset", preset, "--json"], &to.url, &to.token).ok().json();
            assert!(ran["steps"].as_u64() > Some(5) && ran["failed"] == 0, "{ran}");
        }
    }
}

#[test]
fn what_was_recorded_is_equal_on_a_fresh_node() {
    let house = Appliance::start();
    let files = Files::new();
    for idp in ["okta", "entra", "authentik", "commander"] {
        let from = house.connect(&format!("from {idp}"), &["--preset", "rfc"]);
        let to = house.connect(&format!("to {idp}"), &["--preset", "rfc"]);
        let file = recorded(&files, &from, idp);
        let ran = replay(&[&file], &["--json"], &to.url, &to.token);
        assert_eq!(ran.code, 0, "{idp}: {}", ran.stdout);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&from.token) && !text.contains(&from.url), "{text}");
    }
}

#[test]
fn a_changed_answer_is_shown_where_it_is() {
    let house = Appliance::start();
    let files = Files::new();
    let file = recorded(&files, &house.rfc(), "okta");
    let to = house.connect("Changed", &["--preset", "rfc"]);
    let rule = |_: usize, passed: &crate::scim_proxy::Passed| match passed.method.as_str() {
        "PUT" => Fate::Change(|user| user["displayName"] = json!("Somebody Else")),
        _ => Fate::Pass,
    };
    let proxy = ScimProxy::before(&to.url, &to.token, rule);
    let ran = replay(&[&file], &["--json"], &proxy.url, &to.token).fails(1).json();
    let changed =
        ran["differences"].as_array().unwrap().iter().flat_map(|step| step["differences"].as_array().unwrap());
    let changed: Vec<&Value> = changed.filter(|one| one["kind"] == "value").collect();
    assert!(!changed.is_empty() && changed.iter().all(|one| one["at"] == "/displayName"), "{changed:?}");
    let told = replay(&[&file], &[], &proxy.url, &to.token).fails(1);
    assert!(told.stdout.contains("value at /displayName") && told.stdout.contains("Somebody Else"), "{}", told.stdout);
}

#[test]
fn order_absence_and_additions_are_told_apart() {
    let house = Appliance::start();
    let files = Files::new();
    let mail = |kind: &str| json!({ "value": format!("{kind}.{{rand}}@example.com"), "type": kind });
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "order.{rand}@example.com", "nickName": "Nick",
        "emails": [mail("work"), mail("home")],
    });
    let step = |body: Value| {
        let answer = json!({ "status": 201, "body": body });
        json!({ "steps": [{ "request": { "method": "POST", "path": "/Users", "body": user }, "answer": answer }] })
    };
    let to = house.rfc();
    let kinds = |name: &str, body: Value, against: Option<Value>| {
        let file = files.write(name, step(body).to_string());
        let other = against.map(|body| files.write("other.json", step(body).to_string()));
        let against: Vec<&str> = other.iter().flat_map(|path| ["--against", path.to_str().unwrap()]).collect();
        let ran = replay(&[&file], &[&against[..], &["--json"]].concat(), &to.url, &to.token).json();
        let all = ran["differences"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|step| step["differences"].as_array().unwrap().clone());
        let mut kinds: Vec<String> = all.map(|one| one["kind"].as_str().unwrap().to_owned()).collect();
        kinds.dedup();
        (ran["failed"].clone(), kinds)
    };
    let home = "home.{rand}@example.com";
    assert_eq!(kinds("same.json", json!({ "/nickName": "Nick" }), None), (json!(0), vec![]));
    assert_eq!(kinds("value.json", json!({ "/nickName": "Nack" }), None), (json!(1), vec!["value".to_owned()]));
    assert_eq!(kinds("missing.json", json!({ "/title": "T" }), None), (json!(1), vec!["missing".to_owned()]));
    assert_eq!(kinds("order.json", json!({ "/emails/0/value": home }), None), (json!(1), vec!["order".to_owned()]));
    let known = json!({ "/schemas/0": "urn:ietf:params:scim:schemas:core:2.0:User", "/nickName": "Nick" });
    assert_eq!(kinds("added.json", known, None), (json!(0), vec!["added".to_owned()]));
    let other = Some(json!({ "/nickName": "Other" }));
    assert_eq!(kinds("against.json", json!({ "/nickName": "Nick" }), other), (json!(1), vec!["value".to_owned()]));
}

#[test]
fn a_file_that_is_no_dialogue_is_refused_before_anything_is_sent() {
    let files = Files::new();
    let request = json!({ "method": "GET", "path": "/Users" });
    for (text, why) in [
        ("{".to_owned(), "no JSON"),
        ("{}".to_owned(), "no “steps”"),
        (json!({ "steps": [{ "request": request, "anwser": { "status": 200 } }] }).to_string(), "“anwser” is unknown"),
        (json!({ "steps": [{ "request": request }] }).to_string(), "no status is expected"),
    ] {
        let file = files.write("bad.json", text);
        replay(&[&file], &[], "http://127.0.0.1:1", "x").fails(2).saying(why);
    }
}
