//! The life of a token, also when the command line changes it beside a running server.

use crate::appliance::Appliance;
use crate::people::*;
use crate::wire::Wire;
use serde_json::{Value, json};

#[test]
fn a_token_made_by_the_command_line_beside_the_server_works_at_once() {
    let house = Appliance::start();
    let sales = house.keeper();
    sales.okta().get("/Users").empty_list();
    let rotated = house.run(&["scim", "rotate", &sales.scim_id, "--json"]).ok().json();
    let token = rotated["provisioning_token"].as_str().unwrap();
    sales.client_with(token).get("/Users").empty_list();
    sales.okta().get("/Users").empty_list();
}

#[test]
fn what_the_command_line_ends_is_refused_on_the_next_request_of_a_kept_alive_connection() {
    let house = Appliance::start();
    let sales = house.keeper();
    let mut wire = Wire::open(&house);
    let mut ask = || wire.ask("GET", "/Users", &sales).reply();
    ask().expect(200);
    house.run(&["scim", "pause", &sales.scim_id]).ok();
    ask().refused(503).detail("CONNECTION_PAUSED");
    house.run(&["scim", "resume", &sales.scim_id]).ok();
    ask().expect(200);
    let token = house.run(&["scim", "view", &sales.scim_id, "--json"]).ok().json()["tokens"][0]["token_id"].clone();
    house.run(&["scim", "revoke", &sales.scim_id, token.as_str().unwrap()]).ok();
    ask().refused(401).detail("TOKEN_REVOKED");
}

#[test]
fn rotating_at_once_ends_the_old_token_on_its_kept_alive_connection() {
    let house = Appliance::start();
    let sales = house.keeper();
    let mut wire = Wire::open(&house);
    wire.ask("GET", "/Users", &sales).reply().expect(200);
    house.run(&["scim", "rotate", &sales.scim_id, "--overlap", "now"]).ok();
    wire.ask("GET", "/Users", &sales).reply().refused(401).detail("TOKEN_EXPIRED");
}

#[test]
fn deleting_the_connection_ends_its_token_on_a_kept_alive_connection() {
    let house = Appliance::start();
    let sales = house.keeper();
    let mut wire = Wire::open(&house);
    wire.ask("GET", "/Users", &sales).reply().expect(200);
    house.run(&["scim", "delete", &sales.scim_id, "--force"]).ok();
    wire.ask("GET", "/Users", &sales).reply().refused(401).detail("TOKEN_UNKNOWN");
}

#[test]
fn a_token_is_refused_from_the_moment_it_expires() {
    let house = Appliance::start();
    let sales = house.connect("Sales", &["--token-days", "90"]);
    let mut wire = Wire::open(&house);
    wire.ask("GET", "/Users", &sales).reply().expect(200);
    let console = house.console();
    let node = format!("/nodes/{}", sales.node_id);
    assert_eq!(console.get(&node).expect(200).at("/connection/attention"), false);
    house.tamper("UPDATE token SET expires_at = 1");
    wire.ask("GET", "/Users", &sales).reply().refused(401).detail("TOKEN_EXPIRED");
    assert_eq!(console.get(&node).expect(200).at("/connection/attention"), true, "nobody can get in any more");
    assert_eq!(console.view(&sales).at("/attention"), "TOKEN_EXPIRED");
}

#[test]
fn a_rotated_token_works_until_its_overlap_is_over() {
    let house = Appliance::start();
    let sales = house.keeper();
    let console = house.console();
    let mut old = sales.clone();
    for overlap in ["1h", "24h", "7d"] {
        let new = console.rotate(&old, overlap);
        old.client().get("/Users").expect(200);
        new.client().get("/Users").expect(200);
        let states: Vec<Value> =
            console.view(&new).at("/tokens").as_array().unwrap().iter().map(|t| t["state"].clone()).collect();
        assert_eq!(states[..2], ["live", "ending"], "{overlap}");
        house.tamper("UPDATE token SET ends_at = 1 WHERE ends_at IS NOT NULL");
        old.client().get("/Users").refused(401).detail("TOKEN_EXPIRED");
        old = new;
    }
    old.client().get("/Users").expect(200);
    let next = console.rotate(&old, "now");
    old.client().get("/Users").refused(401);
    next.client().get("/Users").expect(200);
    console.act(&next, "tokens", json!({ "overlap": "2h" })).fails(400, "INVALID");
}

#[test]
fn a_third_live_token_is_refused_and_the_old_one_can_be_ended_now() {
    let house = Appliance::start();
    let sales = house.keeper();
    let console = house.console();
    let new = console.rotate(&sales, "24h");
    console.act(&sales, "tokens", json!({ "overlap": "24h" })).fails(409, "TOO_MANY_TOKENS");
    let old = console.view(&sales).at("/tokens/1/token_id");
    let ended = console.delete(&format!("/connections/{}/tokens/{}", sales.scim_id, old.as_str().unwrap())).expect(200);
    assert_eq!(ended.at("/tokens/1/state"), "revoked");
    sales.client().get("/Users").refused(401).detail("TOKEN_REVOKED");
    new.client().get("/Users").expect(200);
    console.rotate(&new, "24h");
}

#[test]
fn editing_settings_never_changes_the_token_and_a_prefix_can_be_emptied() {
    let house = Appliance::start();
    let sales = house.keeper();
    let edit = |setting: &str, value: &str| {
        let view = house.run(&["scim", "edit", &sales.scim_id, setting, value, "--json"]).ok().json();
        sales.client().get("/Users").expect(200);
        view["prefix"].clone()
    };
    assert_eq!(edit("--prefix", "role:"), "role:");
    assert_eq!(edit("--unique-groups", "on"), "role:");
    assert_eq!(edit("--prefix", ""), Value::Null);
    assert_eq!(edit("--role-prefix", "r-"), "r-");
    assert_eq!(edit("--role-prefix", ""), Value::Null);
}

#[test]
fn the_refusal_says_what_is_wrong_with_the_token_and_reveals_nothing_else() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let mistyped = sales.token.replace("scimbox_", "scimbox_x");
    for (client, code) in [
        (sales.stranger(), "TOKEN_MISSING"),
        (sales.stranger().with("Authorization", "Bearer "), "TOKEN_MISSING"),
        (sales.stranger().with("Authorization", &format!("Basic {}", sales.token)), "TOKEN_MISSING"),
        (sales.stranger().with("Authorization", "Bearer"), "TOKEN_MISSING"),
        (sales.stranger().with("Authorization", &sales.token), "TOKEN_NO_BEARER"),
        (sales.stranger().with("Authorization", "secret"), "TOKEN_NO_BEARER"),
        (sales.client_with("secret"), "TOKEN_UNKNOWN"),
        (sales.client_with(&mistyped), "TOKEN_UNKNOWN"),
        (sales.client_with(&"x".repeat(5000)), "TOKEN_UNKNOWN"),
        (support.client_with(&sales.token), "TOKEN_OTHER_NODE"),
    ] {
        let reply = client.get("/Users").refused(401).detail(code);
        let challenge = reply.header("www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        assert!(!reply.text.contains("Sales") && !reply.text.contains(&sales.node_id), "{}", reply.text);
    }
    // Nothing but the header counts.
    let query = format!("/Users?access_token={}&token={}", sales.token, sales.token);
    sales.stranger().get(&query).refused(401).detail("TOKEN_MISSING");
    sales.stranger().with("Cookie", &format!("token={}", sales.token)).get("/Users").refused(401);
    // Who has no token learns nothing about what exists.
    let nowhere = crate::idp_clients::Client::bearer(&house.url("/api/rest/scim/v2/100000000000001"), "secret");
    let elsewhere = sales.client_with("secret").get("/Users").text;
    assert_eq!(nowhere.get("/Users").refused(401).text, elsewhere);
}

#[test]
fn the_use_of_a_token_is_shown_without_its_secret() {
    let house = Appliance::start();
    let sales = house.keeper();
    sales.okta().post("/Users", mia()).expect(201);
    let console = house.console();
    let view = console.view(&sales).says("/tokens/0/last_used_agent", "Okta SCIM Client 1.0.0");
    let view = view.says("/tokens/0/last_used_from", "127.0.0.1");
    let (start, last) = (view.at("/tokens/0/start"), view.at("/tokens/0/last4"));
    assert!(sales.token.starts_with(start.as_str().unwrap()) && sales.token.ends_with(last.as_str().unwrap()));
    assert!(!view.text.contains(&sales.token));
}

#[test]
fn what_the_command_line_changes_counts_for_the_next_write_of_a_client_that_was_let_in_before() {
    let house = Appliance::start();
    let sales = house.keeper();
    let client = sales.client();
    client.post("/Users", person("ann")).expect(201);
    house.run(&["scim", "pause", &sales.scim_id]).ok();
    client.post("/Users", person("bob")).refused(503).detail("CONNECTION_PAUSED");
    house.run(&["scim", "resume", &sales.scim_id]).ok();
    client.post("/Users", person("bob")).expect(201);
    client.post("/Users", json!({ "userName": "no address" })).refused(400).because("invalidValue");
    house.run(&["scim", "edit", &sales.scim_id, "--email-required", "off"]).ok();
    client.post("/Users", json!({ "userName": "no address" })).expect(201);
    house.run(&["scim", "rotate", &sales.scim_id, "--overlap", "now"]).ok();
    client.post("/Users", person("cat")).refused(401).detail("TOKEN_EXPIRED");
    house.run(&["scim", "delete", &sales.scim_id, "--force"]).ok();
    client.post("/Users", person("eve")).refused(401).detail("TOKEN_UNKNOWN");
}
