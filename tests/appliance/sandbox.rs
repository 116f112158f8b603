//! Sandboxes: sample data that is the same twice, a fresh start, and one command that serves one for a test.

use crate::appliance::{Appliance, PATIENCE, program, run};
use crate::faults::sandbox;
use crate::idp_clients::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

#[track_caller]
fn people(url: &str, token: &str) -> Vec<Value> {
    Client::bearer(url, token).get("/Users?count=1000").expect(200).at("/Resources").as_array().unwrap().clone()
}

#[test]
fn sample_data_could_be_a_company_and_goes_again() {
    let house = Appliance::start();
    let node = sandbox(&house, &[]);
    let order = ["seed", "--users", "60", "--groups", "4", "--locale", "mixed", "--shape", "org-chart"];
    let seeded = house.json(&order);
    assert_eq!((&seeded["users"], &seeded["groups"], &seeded["skipped"]), (&json!(60), &json!(4), &json!(0)));
    let first = people(&node.url, &node.token);
    assert_eq!(first.len(), 60);
    let names = |all: &[Value]| all.iter().map(|one| one["userName"].to_string()).collect::<Vec<_>>();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let heads = first.iter().filter(|one| one[enterprise]["manager"]["value"].is_null()).count();
    assert_eq!(heads, 1);
    let ids: Vec<&Value> = first.iter().map(|one| &one["id"]).collect();
    assert!(first.iter().all(|one| {
        let m = &one[enterprise]["manager"]["value"];
        m.is_null() || ids.contains(&m)
    }));
    assert!(first.iter().any(|one| one["displayName"].as_str().unwrap().chars().any(|c| c as u32 > 0x3000)));
    let groups = node.client().get("/Groups").expect(200).at("/Resources");
    let members: usize = groups.as_array().unwrap().iter().map(|one| one["members"].as_array().unwrap().len()).sum();
    assert_eq!(members, 60);
    assert_eq!(house.json(&order)["skipped"], 64);
    house.run(&["node", "faults", "set", "Box", "500"]).ok();
    let gone = house.json(&["node", "reset", "Box", "--force"]);
    assert_eq!((&gone["users"], &gone["teams"]), (&json!(60), &json!(4)));
    node.client().get("/Users").expect(200).says("/totalResults", 0);
    house.json(&order);
    assert_eq!(names(&people(&node.url, &node.token)), names(&first));
}

#[test]
fn the_admin_api_fills_and_resets_as_well() {
    let house = Appliance::start();
    let console = house.console();
    let made = console.post("/nodes", json!({ "name": "Box", "sandbox": true, "persona": "aws" })).expect(201);
    let path = format!("/nodes/{}", made.at("/node_id"));
    assert_eq!(made.at("/sandbox"), json!({ "persona": "aws", "faults": [], "ahead_seconds": 0 }));
    console
        .post(&format!("{path}/seed"), json!({ "users": 12, "groups": 2, "locale": "ja" }))
        .expect(200)
        .says("/users", 12);
    console.get(&path).expect(200).says("/users", 12).says("/teams", 2);
    console.post(&format!("{path}/seed"), json!({ "users": 10_001 })).expect(400);
    console.post(&format!("{path}/reset"), json!({})).expect(200).says("/users", 12).says("/teams", 2);
    console.get(&path).expect(200).says("/users", 0).says("/teams", 0).says("/sandbox/persona", "aws");
    let invited = console.get("/outbox").expect(200);
    assert!(!invited.text.contains("example.com"), "{}", invited.text);
    console.post("/nodes", json!({ "name": "Plain", "persona": "aws" })).expect(409);
}

#[test]
fn one_command_serves_a_sandbox_until_it_is_told_to_stop() {
    let temporary = tempfile::tempdir().unwrap();
    let mut process = program()
        .args(["sandbox", "--seed", "100", "--persona", "aws", "--faults", "429:5%", "--print-env"])
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let url = lines.next().unwrap().strip_prefix("SCIM_URL=").expect("SCIM_URL").to_owned();
    let token = lines.next().unwrap().strip_prefix("SCIM_TOKEN=").expect("SCIM_TOKEN").to_owned();
    let client = Client::bearer(&url, &token);
    let statuses: Vec<u16> = (0..60).map(|_| client.get("/Users?count=1").status).collect();
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    let first = (0..20).map(|_| client.get("/Users")).find(|reply| reply.status == 200).unwrap();
    first.says("/totalResults", 100);
    let folders = || std::fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(folders(), 1);
    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    let deadline = Instant::now() + PATIENCE;
    assert!(process.wait().unwrap().success() && Instant::now() < deadline);
    assert_eq!(lines.next(), None);
    assert_eq!(folders(), 0);
    let wrong = run(program().args(["sandbox", "--faults", "teapot"]), "").fails(2);
    assert!(wrong.stderr.contains("latency, 429"), "{}", wrong.stderr);
    assert!(!Path::new("scimbox-data").exists());
}

#[test]
fn sample_traffic_plays_an_identity_provider_and_leaves_no_token() {
    let house = Appliance::start();
    let console = house.console();
    let node = sandbox(&house, &[]);
    let path = format!("/connections/{}/traffic", node.scim_id);
    let report = console.post(&path, json!({ "idp": "entra" })).expect(200).says("/failed", 0).says("/idp", "entra");
    assert!(report.at("/steps").as_u64() > Some(10), "{}", report.text);
    assert!(console.get(&format!("/nodes/{}", node.node_id)).expect(200).at("/users").as_u64() > Some(0));
    let live = |token: &Value| token["revoked_at"].is_null();
    let tokens = console.view(&node).expect(200).at("/tokens");
    assert_eq!(tokens.as_array().unwrap().iter().filter(|token| live(token)).count(), 1, "{tokens}");
    console.post(&path, json!({ "idp": "nobody" })).expect(400);
    console.post(&path, json!({ "scenario": "large" })).expect(400);
    let plain = house.connect("Sales", &[]);
    console.post(&format!("/connections/{}/traffic", plain.scim_id), json!({})).fails(409, "NOT_SANDBOX");
}
