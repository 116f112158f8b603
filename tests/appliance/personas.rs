//! Personas: a sandbox answers like a known service provider, with that one's refusals, and docs/personas.md says where each comes from.

use crate::appliance::{Appliance, eventually};
use crate::faults::sandbox;
use crate::people::*;
use serde_json::{Value, json};

const NAMES: [&str; 7] = ["aws", "slack", "github", "gitlab", "databricks", "snowflake", "users-only"];

#[test]
fn aws_is_met_as_it_is() {
    let house = Appliance::start();
    let node = sandbox(&house, &["--persona", "aws"]);
    let client = node.client();
    let ann = client.post("/Users", person("ann")).expect(201).id();
    client.post("/Users", without(person("bob"), "name")).expect(400);
    let two = json!([{ "value": "a@acme.test" }, { "value": "b@acme.test" }]);
    client.post("/Users", with(person("cat"), json!({ "emails": two }))).expect(400);
    client.find("/Users", "userName eq \"ann@acme.test\"").expect(200).says("/totalResults", 1);
    client.find("/Users", "userName sw \"ann\"").expect(400).says("/scimType", "invalidFilter");
    let group = client.post("/Groups", with(team("G"), json!({ "members": [{ "value": ann }] }))).expect(201).id();
    client.get(&format!("/Groups/{group}")).expect(200).says("/members", json!([]));
    client.post("/Groups", team("G")).expect(409);
    let all = ops(json!([{ "op": "remove", "path": "members" }]));
    client.patch(&format!("/Groups/{group}"), all).expect(400);
    let one = ops(json!([{ "op": "remove", "path": "members", "value": [{ "value": ann }] }]));
    client.patch(&format!("/Groups/{group}"), one).expect(204);
    client.post("/Bulk", json!({})).expect(404);
    let config = client.get("/ServiceProviderConfig").expect(200);
    assert_eq!(config.at("/bulk/supported"), json!(false));
    config.says("/filter/maxResults", 100).lacks("/pagination");
    let kept = eventually("the refusal is kept", || {
        let list = house.json(&["requests", "list", "--node", &node.node_id, "--status", "4xx"]);
        list.as_array()?.iter().find(|one| one["path"] == "/Bulk").cloned()
    });
    assert_eq!(kept["code"], "PERSONA", "{kept:#}");
    assert!(kept["detail"].as_str().unwrap().ends_with("[AWS IAM Identity Center]"), "{kept:#}");
}

#[test]
fn one_that_has_users_only_says_so_everywhere() {
    let house = Appliance::start();
    let node = sandbox(&house, &["--persona", "users-only"]);
    let client = node.client();
    client.post("/Groups", team("G")).expect(404);
    client.get("/Groups").expect(404);
    client.get("/ResourceTypes").expect(200).says("/totalResults", 1).says("/Resources/0/id", "User");
    let schemas = client.get("/Schemas").expect(200).at("/Resources");
    assert!(!schemas.as_array().unwrap().iter().any(|one| one["id"] == GROUP), "{schemas}");
    client.post("/Users", person("ann")).expect(201);
}

#[test]
fn each_has_its_own_ways_and_can_be_taken_off() {
    let house = Appliance::start();
    let node = sandbox(&house, &[]);
    let client = node.client();
    let become_one = |name: &str| drop(house.run(&["node", "persona", "Box", name]).ok());
    let refused = |filter: &str| client.find("/Users", filter).status;
    become_one("github");
    let paths = ops(json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "x@acme.test" }]));
    let whole = with(person("ann"), json!({ "externalId": "1" }));
    let ann = client.post("/Users", whole).expect(201).id();
    client.patch(&format!("/Users/{ann}"), paths.clone()).expect(400).says("/scimType", "invalidPath");
    assert_eq!(refused("userName eq \"a\" and externalId eq \"1\""), 400);
    become_one("gitlab");
    client.get("/Groups").expect(404);
    client.patch(&format!("/Users/{ann}"), paths).expect(200);
    become_one("databricks");
    assert_eq!((refused("userName co \"a\" or userName ne \"b\""), refused("userName pr")), (200, 400));
    become_one("snowflake");
    assert_eq!((refused("userName sw \"a\""), refused("userName co \"a\"")), (200, 400));
    become_one("slack");
    client.post("/Users", without(person("bob"), "emails")).expect(400);
    client.delete(&format!("/Users/{ann}")).expect(204);
    client.get(&format!("/Users/{ann}")).expect(200).says("/active", false);
    become_one("none");
    assert_eq!(refused("userName pr"), 200);
    house.run(&["node", "persona", "Box", "keeper"]).fails(2);
}

#[test]
fn slack_takes_so_many_a_minute_and_says_when_to_come_back() {
    let house = Appliance::start();
    let node = sandbox(&house, &["--persona", "slack"]);
    let client = node.client();
    let bodies = (0..400).map(|n| person(&format!("many{n}")));
    let replies = bodies.map(|body| client.post("/Users", body)).collect::<Vec<_>>();
    let refused = replies.iter().position(|reply| reply.status == 429).expect("nobody creates 400 users at once");
    assert!(refused >= 20, "{refused}");
    let reply = client.post("/Users", person("late"));
    if reply.status == 429 {
        assert_eq!(reply.header("retry-after"), "1");
        assert!(reply.text.contains("180 a minute and 20 at once"), "{}", reply.text);
    }
    // Each limit counts for itself, and the clock of the sandbox for all.
    client.get("/Users").expect(200);
    house.run(&["node", "clock", "Box", "--ahead", "1m"]).ok();
    client.post("/Users", person("later")).expect(201);
    house.run(&["node", "clock", "Box", "--ahead", "0"]).ok();
    client.post("/Users", person("back")).expect(201);
}

#[test]
fn each_refusal_is_described_with_its_source() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/personas.md")).unwrap();
    for name in NAMES {
        let file = format!("{}/src/scim/persona/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let persona: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert!(page.contains(persona["title"].as_str().unwrap()), "{name}");
        for rule in persona["refuses"].as_array().unwrap() {
            let (detail, source) = (rule["detail"].as_str().unwrap(), rule["source"].as_str().unwrap());
            let row = page.lines().find(|line| line.contains(detail)).unwrap_or_else(|| panic!("{name}: {detail}"));
            assert!(row.contains(source), "{row}");
        }
        for limit in persona["rate_limits"].as_array().into_iter().flatten() {
            let (_, kind) = limit["name"].as_str().unwrap().split_once(", ").unwrap();
            let row = format!("{} | {} | {} |", &kind[1..], limit["per_minute"], limit["burst"]);
            assert!(page.contains(&row) && page.contains(limit["source"].as_str().unwrap()), "{name}: {row}");
        }
    }
}
