//! Faults: what goes wrong on purpose at the endpoint of a sandbox, and nowhere else.

use crate::appliance::{Appliance, eventually};
use crate::connected::Connected;
use crate::people::*;
use crate::wire::Wire;
use serde_json::{Value, json};

/// A sandbox with a connection of the preset `rfc`.
#[track_caller]
pub fn sandbox(house: &Appliance, more: &[&str]) -> Connected {
    let made = house.json(&[&["node", "create", "Box", "--sandbox"], more].concat());
    house.connect_node(&made["node_id"].to_string(), &["--preset", "rfc"])
}

#[track_caller]
fn set(house: &Appliance, node: &Connected, rules: &[&str]) {
    house.run(&[&["node", "faults", "set", &node.node_id], rules].concat()).ok();
}

/// The newest request of a node, as the inspector keeps it.
#[track_caller]
fn newest(house: &Appliance, node: &Connected) -> Value {
    let list = house.json(&["requests", "list", "--node", &node.node_id, "--limit", "1"]);
    list[0].clone()
}

#[test]
fn a_status_comes_as_often_as_the_rule_says_and_nothing_happens() {
    let house = Appliance::start();
    let node = sandbox(&house, &[]);
    let client = node.client();
    set(&house, &node, &["500:1/3 method=POST path=/Users", "429:1/2 path=/Groups retry-after=7"]);
    client.post("/Users", person("ann")).expect(201);
    client.post("/Users", person("bob")).expect(201);
    let refused = client.post("/Users", person("cat")).expect(500).says("/status", "500");
    assert!(refused.at("/detail").as_str().unwrap().contains("on purpose"), "{}", refused.text);
    client.get("/Users").expect(200).says("/totalResults", 2);
    client.get("/Groups").expect(200);
    let told = client.get("/Groups").expect(429);
    assert_eq!(told.header("retry-after"), "7");
    house.run(&["node", "faults", "clear", &node.node_id]).ok();
    for _ in 0..4 {
        client.get("/Groups").expect(200);
    }
}

#[test]
fn a_dropped_write_answers_as_if_it_were_done_and_the_inspector_says_so() {
    let house = Appliance::start();
    let node = sandbox(&house, &[]);
    let client = node.client();
    let bob = client.post("/Users", person("bob")).expect(201).id();
    set(&house, &node, &["drop"]);
    let ann = client.post("/Users", person("ann")).expect(201).id();
    client.get(&format!("/Users/{ann}")).expect(404);
    client.delete(&format!("/Users/{bob}")).expect(204);
    client.get(&format!("/Users/{bob}")).expect(200);
    let team = client.post("/Groups", team("G")).expect(201).id();
    client.get(&format!("/Groups/{team}")).expect(404);
    client.post("/Users", person("bob")).expect(409);
    client.delete(&format!("/Users/{bob}")).expect(204);
    let kept =
        eventually("the request is kept", || Some(newest(&house, &node)).filter(|one| one["method"] == "DELETE"));
    assert_eq!((&kept["status"], &kept["code"]), (&json!(204), &json!("FAULT")), "{kept:#}");
    assert!(kept["detail"].as_str().unwrap().contains("nothing was written"), "{kept:#}");
}

#[test]
fn an_answer_is_reset_cut_or_slow() {
    let house = Appliance::start();
    let node = sandbox(&house, &[]);
    set(&house, &node, &["reset path=/Users", "truncate path=/Groups", "slow delay=30ms path=/Schemas"]);
    let mut wire = Wire::open(&house);
    assert!(wire.ask("GET", "/Users", &node).rest().is_empty());
    let mut wire = Wire::open(&house);
    let cut = wire.ask("GET", "/Groups", &node).rest();
    let (head, body) = cut.split_once("\r\n\r\n").expect("a head");
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(body.len(), length.unwrap() / 2, "{body}");
    let slow = node.client().get("/Schemas").expect(200);
    assert!(slow.at("/totalResults").as_u64() > Some(3), "{}", slow.text);
}

#[test]
fn lists_are_behind_and_tokens_expire() {
    let house = Appliance::start();
    let node = sandbox(&house, &[]);
    let client = node.client();
    client.post("/Users", person("old")).expect(201);
    set(&house, &node, &["stale for=600s"]);
    let id = client.post("/Users", person("new")).expect(201).id();
    client.get("/Users").expect(200).says("/totalResults", 1).says("/Resources/0/userName", "old@acme.test");
    client.find("/Users", "userName eq \"new@acme.test\"").expect(200).says("/totalResults", 0);
    client.get(&format!("/Users/{id}")).expect(200);
    let named = |name: &str| client.find("/Users", &format!("userName eq \"{name}@acme.test\"")).expect(200).listed();
    let old = named("old")[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{old}");
    // What was changed twice is shown as it was before the first time, also where a filter looks for what it is now.
    client.patch(&path, op("replace", "title", "Engineer")).expect(200);
    client.patch(&path, op("replace", "userName", "older@acme.test")).expect(200);
    client.get(&path).expect(200).says("/userName", "older@acme.test");
    assert!(named("older").is_empty());
    assert!(named("old")[0].get("title").is_none());
    client.get("/Users?attributes=userName").expect(200).says("/Resources/0/userName", "old@acme.test");
    client.delete(&path).expect(204);
    client.get(&path).refused(404);
    assert_eq!(named("old")[0]["id"], json!(old));
    client.get("/Users").expect(200).says("/totalResults", 1).says("/Resources/0/userName", "old@acme.test");
    // Bulk is as late as the requests that it stands for.
    let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    let bulk = json!({ "schemas": [urn], "Operations": [
        { "method": "POST", "path": "/Users", "bulkId": "a", "data": person("bulky") },
        { "method": "PATCH", "path": format!("/Users/{id}"), "data": op("replace", "title", "Director") },
    ] });
    let done = client.post("/Bulk", bulk).expect(200);
    let bulky = done.at("/Operations/0/location").as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    client.get(&format!("/Users/{bulky}")).expect(200).says("/userName", "bulky@acme.test");
    assert!(named("bulky").is_empty() && named("new").is_empty());
    let delete = json!([{ "method": "DELETE", "path": format!("/Users/{bulky}") }]);
    client.post("/Bulk", json!({ "schemas": [urn], "Operations": delete })).expect(200);
    client.get("/Users").expect(200).says("/totalResults", 1).says("/Resources/0/userName", "old@acme.test");
    set(&house, &node, &["expire path=/Groups", "latency delay=5ms jitter=5ms"]);
    client.get("/Users").expect(200).says("/totalResults", 1).says("/Resources/0/userName", "new@acme.test");
    client.get("/Groups").refused(401).detail("TOKEN_EXPIRED");
}

#[test]
fn time_travel_ends_tokens_and_cursors() {
    let house = Appliance::start();
    let node = house.json(&["node", "create", "Box", "--sandbox"])["node_id"].to_string();
    let node = house.connect_node(&node, &["--preset", "rfc", "--token-days", "30"]);
    let client = node.client();
    for name in ["ann", "bob", "cat"] {
        client.post("/Users", person(name)).expect(201);
    }
    let cursor = client.get("/Users?cursor&count=1").expect(200).at("/nextCursor");
    let next = format!("/Users?count=1&cursor={}", cursor.as_str().unwrap());
    client.get(&next).expect(200);
    house.run(&["node", "clock", "Box", "--ahead", "2h"]).ok();
    client.get(&next).expect(400).says("/scimType", "expiredCursor");
    house.run(&["node", "clock", "Box", "--ahead", "31d"]).ok();
    client.get("/Users").refused(401).detail("TOKEN_EXPIRED");
    house.run(&["node", "clock", "Box", "--ahead", "0"]).ok();
    client.get("/Users").expect(200).says("/totalResults", 3);
}

#[test]
fn only_a_sandbox_takes_faults_and_it_captures_in_full() {
    let house = Appliance::start();
    let console = house.console();
    let plain = house.connect("Sales", &[]);
    let node = sandbox(&house, &["--persona", "none"]);
    for command in [
        &["node", "faults", "set", "Sales", "429:5%"][..],
        &["node", "faults", "show", "Sales"],
        &["node", "persona", "Sales", "aws"],
        &["node", "clock", "Sales", "--ahead", "1h"],
        &["node", "reset", "Sales", "--force"],
        &["seed", "--node", "Sales", "--users", "1"],
    ] {
        let ran = house.run(command).fails(4);
        assert!(ran.stderr.contains("is not a sandbox"), "{}", ran.stderr);
    }
    let path = format!("/nodes/{}", plain.node_id);
    console.patch(&path, json!({ "faults": ["429:5%"] })).fails(409, "NOT_SANDBOX");
    console.post(&format!("{path}/reset"), json!({})).fails(409, "NOT_SANDBOX");
    console.post(&format!("{path}/seed"), json!({ "users": 1 })).fails(409, "NOT_SANDBOX");
    console.view(&plain).expect(200).says("/settings/capture", "metadata");
    console.view(&node).expect(200).says("/settings/capture", "full");
    let path = format!("/nodes/{}", node.node_id);
    let changed = console.patch(&path, json!({ "faults": ["429:5%", "drop:1/9 method=POST"], "ahead_seconds": 60 }));
    changed.expect(200).says("/sandbox/faults", json!(["429:5% retry-after=1", "drop:1/9 method=POST"]));
    console.patch(&path, json!({ "faults": ["teapot"] })).expect(400);
    console.patch(&path, json!({ "persona": "nobody" })).expect(400);
    let shown = house.run(&["node", "list"]).ok().stdout;
    assert!(shown.contains("SANDBOX") && shown.contains("yes, faults"), "{shown}");
    console.get(&format!("/nodes/{}", plain.node_id)).expect(200).says("/sandbox", Value::Null);
}
