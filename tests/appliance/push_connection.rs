//! The connection that SCIM push fills: it has no token but those of its runs.

use crate::appliance::Appliance;
use crate::push_fixture::{Files, person};
use serde_json::json;

#[test]
fn a_connection_for_push_needs_no_token_and_becomes_active() {
    let house = Appliance::start();
    let node = house.node("Sales");
    let made = house.json(&["scim", "create", "--node", "Sales", "--for-push"]);
    assert_eq!((&made["provisioning_token"], &made["status"]), (&json!(null), &json!("pending")), "{made}");
    house.run(&["scim", "create", "--node", "Sales", "--for-push", "--token-days", "9"]).fails(2);
    let id = made["scim_id"].to_string();
    let files = Files::new();
    let path = files.write("people.json", json!({ "users": [person("ada", &[])] }).to_string());
    let path = path.to_str().unwrap();
    house.run(&["push", "record", "create", "People", "--source", "file", "--target", &id, "--path", path]).ok();
    house.run(&["push", "run", "--record", "People", "--yes"]).ok();
    assert_eq!(house.json(&["scim", "view", &id])["status"], "active");
    // Whoever wants an identity provider to come in as well makes a token then.
    let rotated = house.json(&["scim", "rotate", &id]);
    assert!(rotated["provisioning_token"].as_str().unwrap().starts_with("scimbox_"), "{rotated}");

    // The same by the admin API, which replaces a draft.
    let console = house.console();
    let call = format!("/nodes/{node}/push-connection");
    console.post(&call, json!({})).fails(409, "METHOD_EXISTS");
    console.delete(&format!("/connections/{id}")).expect(204);
    let draft = console.post(&format!("/nodes/{node}/connection"), json!({})).expect(201);
    console.post(&call, json!({ "preset": "none" })).expect(400);
    let made = console.post(&call, json!({ "preset": "rfc" })).expect(201);
    made.says("/state", "pending").says("/tokens", json!([])).says("/preset", "rfc");
    console.get(&format!("/connections/{}", draft.at("/connection/scim_id"))).expect(404);
}
