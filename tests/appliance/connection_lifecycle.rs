//! The life of a connection: draft, pending, active, paused, gone; and what stays when it is gone.

use crate::appliance::{ADMIN, Appliance};
use crate::console::Console;
use crate::people::*;
use crate::wire::Wire;
use serde_json::{Value, json};

#[test]
fn generate_save_first_request_first_write() {
    let house = Appliance::start();
    let console = house.console();
    let node = console.node("Sales");
    let sales = console.generate(&node, json!({ "idp": "okta" }));
    let draft = console.view(&sales).says("/state", "draft").says("/saved_at", Value::Null);
    assert!(draft.at("/draft_expires_at").is_string());
    assert_eq!(draft.at("/tokens/0/state"), "not_saved");
    let refused = sales.okta().get("/Users?startIndex=1&count=2").refused(401).detail("Press Save");
    assert!(refused.text.contains("TOKEN_NOT_SAVED"));
    console.save(&sales).expect(200).says("/state", "pending").says("/tokens/0/state", "live");
    assert_eq!(console.view(&sales).at("/first_request_at"), Value::Null);
    sales.okta().get("/Users?startIndex=1&count=2").expect(200);
    let active = console.view(&sales).says("/state", "active").says("/first_write_at", Value::Null);
    assert!(active.at("/first_request_at").is_string() && active.at("/last_synced").is_string());
    sales.okta().post("/Users", mia()).expect(201);
    assert!(console.view(&sales).says("/users", 1).at("/first_write_at").is_string());
    console.save(&sales).fails(409, "NOT_DRAFT");
}

#[test]
fn discovery_refusals_and_missing_resources_do_not_activate() {
    let house = Appliance::start();
    let sales = house.keeper();
    let console = house.console();
    let client = sales.client();
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/ResourceTypes/User"] {
        client.get(path).expect(200);
    }
    client.get("/Users/7").refused(404);
    client.get("/nothing").refused(404);
    client.post("/Users", json!({})).refused(400);
    client.find("/Users", "broken").refused(400);
    sales.stranger().get("/Users").refused(401);
    assert_eq!(console.state(&sales), "pending");
    client.get("/Groups").expect(200);
    assert_eq!(console.state(&sales), "active");
    assert_eq!(house.run(&["scim", "list", "--json"]).ok().json()[0]["status"], "active");
}

#[test]
fn a_paused_connection_refuses_everything_and_resumes_where_it_was() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    console.act(&sales, "pause", json!({})).expect(200).says("/state", "paused");
    let paused =
        sales.client().get("/Users").refused(503).detail("CONNECTION_PAUSED").detail(&format!("by {ADMIN} at 20"));
    assert_eq!(paused.header("retry-after"), "300", "an identity provider tries again instead of dropping its work");
    sales.client().get("/ServiceProviderConfig").refused(503);
    console.act(&sales, "pause", json!({})).expect(200).says("/paused_by", ADMIN);
    console.act(&sales, "resume", json!({})).expect(200).says("/state", "pending");
    sales.client().get("/Users").expect(200);
    console.act(&sales, "pause", json!({})).expect(200);
    sales.client().post("/Users", mia()).refused(503);
    let bulk = json!({ "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "1", "data": mia() }] });
    sales.client().post("/Bulk", bulk).refused(503);
    console.act(&sales, "resume", json!({})).expect(200).says("/state", "active").says("/paused_by", Value::Null);
    sales.client().get("/Users").empty_list();
}

#[test]
fn a_draft_can_be_generated_again_and_only_the_last_token_can_be_saved() {
    let house = Appliance::start();
    let console = house.console();
    let node = console.node("Sales");
    let first = console.generate(&node, json!({ "idp": "okta" }));
    let second = console.generate(&node, json!({ "idp": "entra" }));
    assert_ne!(first.token, second.token);
    console.act(&second, "tokens", json!({ "overlap": "now" })).fails(409, "NOT_SAVED");
    console.act(&second, "pause", json!({})).fails(409, "NOT_SAVED");
    console.save(&second).expect(200);
    first.client().get("/Users").refused(401);
    second.client().get("/Users").expect(200);
    let again = console.post(&format!("/nodes/{node}/connection"), json!({}));
    again.fails(409, "METHOD_EXISTS");
}

#[test]
fn a_draft_that_nobody_saved_for_an_hour_cannot_be_saved() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.generate(&console.node("Sales"), json!({}));
    house.tamper("UPDATE connection SET draft_expires_at = 1");
    console.save(&sales).fails(409, "DRAFT_EXPIRED");
    sales.client().get("/Users").refused(401);
}

#[test]
fn the_root_cannot_host_scim_and_the_refusal_names_the_way_out() {
    let house = Appliance::start();
    let console = house.console();
    let root = console.root();
    let reply = console.post(&format!("/nodes/{root}/connection"), json!({})).fails(409, "ROOT_NODE");
    assert!(reply.text.contains("Create a sub-node first"), "{}", reply.text);
    console.post("/nodes/100000000000001/connection", json!({})).fails(404, "NOT_FOUND");
}

#[test]
fn deleting_a_connection_leaves_its_users_and_teams_and_the_next_one_links_them() {
    let house = Appliance::start();
    let console = house.console();
    let node = console.node("Sales");
    let first = console.connect(&node, json!({}));
    let mia = first.client().post("/Users", person("mia")).expect(201).id();
    let bob = first.client().post("/Users", person("bob")).expect(201).id();
    let group = with(team("Sales"), json!({ "members": refs(&[&mia]) }));
    let group = first.client().post("/Groups", group).expect(201).id();
    first.client().delete(&format!("/Users/{bob}")).expect(204);
    console.delete(&format!("/connections/{}", first.scim_id)).expect(204);
    first.client().get("/Users").refused(401);
    console.get(&format!("/nodes/{node}")).says("/users", 2).says("/teams", 1).says("/connection", Value::Null);
    assert_eq!(console.users(&first).len(), 2);
    assert!(console.users(&first).iter().all(|user| user["origin"] == "hand"), "nobody controls them now");
    let next = console.connect(&node, json!({}));
    next.client().get("/Users").says("/totalResults", 2);
    next.client().get("/Groups").finds(&group);
    // Without the old externalId: it is linked because no connection controls it.
    let linked = next.client().post("/Users", with(person("mia"), json!({ "externalId": "new" }))).expect(201);
    linked.says("/id", mia.as_str()).says("/externalId", "new").says("/groups/0/value", group);
    next.client().post("/Users", with(person("mia"), json!({ "externalId": "other" }))).refused(409);
    next.client().post("/Users", person("bob")).expect(201).says("/id", bob).says("/active", true);
    assert!(console.users(&next).iter().all(|user| user["origin"] == "scim"));
}

#[test]
fn the_console_shows_refused_requests_at_once_with_their_cause() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    sales.client_with("scimbox_wrong-token-x7Qa").okta().get("/Users").refused(401);
    sales.okta().get("/scim/v2/Users").refused(404).detail(&sales.url);
    sales.okta().post("/Users?secret=1", "{").refused(400);
    let view = console.view(&sales).says("/state", "pending");
    for (n, method, path, status, code) in [
        (0, "POST", "/Users", 400, "invalidSyntax"),
        (1, "GET", "/scim/v2/Users", 404, "WRONG_PATH"),
        (2, "GET", "/Users", 401, "TOKEN_UNKNOWN"),
    ] {
        let exchange = view.at(&format!("/exchanges/{n}"));
        let seen = [&exchange["method"], &exchange["path"], &exchange["status"], &exchange["code"]];
        assert_eq!(seen, [&json!(method), &json!(path), &json!(status), &json!(code)]);
        assert_eq!(exchange["agent"], "Okta SCIM Client 1.0.0");
    }
    assert_eq!(view.at("/exchanges/2/token_tail"), "x7Qa");
    assert!(!view.text.contains("wrong-token") && !view.text.contains("secret=1"), "{}", view.text);
}

#[test]
fn an_open_page_sees_the_connection_turn_active() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let mut page = watch(&house, &console, &sales.scim_id);
    let first = event(&mut page);
    assert_eq!((&first["state"], &first["scim_id"].to_string()), (&json!("pending"), &sales.scim_id));
    sales.okta().get("/Users").expect(200);
    let active = until(&mut page, |now| now["state"] == "active");
    assert_eq!(active["users"], 0);
    sales.okta().post("/Users", mia()).expect(201);
    until(&mut page, |now| now["users"] == 1 && now["first_write_at"].is_string());
    // The command line is another process; the page sees its changes as well.
    house.run(&["scim", "pause", &sales.scim_id]).ok();
    until(&mut page, |now| now["state"] == "paused");
    console.delete("/sessions").expect(204);
    while page.line().trim_end() != "0" {
        // The last chunk, of no length, ends the page together with the session.
    }
}

/// Opens the live page of a connection.
fn watch(house: &Appliance, console: &Console, scim_id: &str) -> Wire {
    let mut page = Wire::open(house);
    let path = format!("/api/v1/connections/{scim_id}/live");
    page.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", console.cookie));
    let reply = page.reply().expect(200);
    assert_eq!(reply.header("content-type"), "text/event-stream");
    page
}

#[track_caller]
fn event(page: &mut Wire) -> Value {
    loop {
        let line = page.line();
        assert!(!line.is_empty(), "the page has ended");
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[track_caller]
fn until(page: &mut Wire, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let now = event(page);
        if is(&now) {
            return now;
        }
    }
}
