//! What a page of the console starts with, and the one stream that tells it everything.

use crate::appliance::Appliance;
use crate::console::{Console, visitor};
use crate::people::mia;
use crate::wire::Wire;
use serde_json::{Value, json};

fn watch(house: &Appliance, console: &Console, query: &str) -> Wire {
    let mut page = Wire::open(house);
    let cookie = &console.cookie;
    page.send(format!("GET /api/v1/live?{query} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"));
    assert_eq!(page.reply().expect(200).header("content-type"), "text/event-stream");
    page
}

/// The next event of that name that holds what is looked for.
#[track_caller]
fn until(page: &mut Wire, name: &str, is: impl Fn(&Value) -> bool) -> Value {
    until_one_of(page, &[name], is)
}

#[track_caller]
fn until_one_of(page: &mut Wire, names: &[&str], is: impl Fn(&Value) -> bool) -> Value {
    let mut event = String::new();
    loop {
        let line = page.line();
        assert!(!line.is_empty(), "the page has ended");
        if let Some(named) = line.strip_prefix("event: ") {
            event = named.trim_end().to_owned();
        } else if let Some(data) = line.strip_prefix("data: ").filter(|_| names.contains(&event.as_str())) {
            let data = serde_json::from_str(data).unwrap();
            if is(&data) {
                return data;
            }
        }
    }
}

#[test]
fn one_stream_tells_numbers_a_connection_and_requests() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({ "approval": "manual" }));
    let mut page = watch(&house, &console, &format!("scim_id={}&requests=status%3D2xx", sales.scim_id));
    until(&mut page, "ready", |_| true);
    until(&mut page, "connection", |now| now["state"] == "pending");
    let first = until(&mut page, "news", |_| true);
    assert_eq!((&first["users"], &first["pending"]), (&json!(0), &json!({ "teams": 0, "memberships": 0 })));
    sales.client().post("/Users", mia()).expect(201);
    sales.client().get("/Users/1").expect(404);
    let told = until(&mut page, "requests", |_| true);
    assert_eq!(told["requests"][0]["status"], 201, "{told}");
    until(&mut page, "connection", |now| now["state"] == "active" && now["users"] == 1);
    until(&mut page, "news", |now| now["users"] == 1);
    // Also what another process does, and what is about no connection.
    house.run(&["user", "add", "bob@acme.test", "--node", "Sales"]).ok();
    until(&mut page, "news", |now| now["users"] == 2);
    // Who knows the newest request gets what came after it, and so does who knows that there was none; a list is not read.
    let requests = console.get("/requests").expect(200).json();
    let ids = ["/requests/0/request_id", "/requests/1/request_id"].map(|id| requests.pointer(id).unwrap().clone());
    for (since, told) in [(ids[1].as_str().unwrap(), vec![&ids[0]]), ("", vec![&ids[1], &ids[0]])] {
        let mut page = watch(&house, &console, &format!("requests=&since={since}"));
        let first = until_one_of(&mut page, &["ready", "requests"], |_| true);
        let found: Vec<&Value> = first["requests"].as_array().unwrap().iter().map(|one| &one["request_id"]).collect();
        assert_eq!(found, told);
    }
    until(&mut watch(&house, &console, "requests=&since=gone"), "ready", |_| true);
    sales.client().post("/Groups", json!({ "displayName": "Finance" })).expect(201);
    until(&mut page, "news", |now| now["teams"] == 1 && now["pending"]["teams"] == 1);
    for (query, status, code) in [
        ("requests=status%3Dmany", 400, "INVALID"),
        ("requests=node_id%3Dx", 400, "INVALID"),
        ("scim_id=7", 404, "NOT_FOUND"),
        ("topics=all", 400, "INVALID"),
    ] {
        console.get(&format!("/live?{query}")).fails(status, code);
    }
    visitor(&house).get("/live").fails(401, "SIGN_IN_REQUIRED");
    console.delete("/sessions").expect(204);
    while page.line().trim_end() != "0" {}
}

#[test]
fn one_call_brings_what_a_page_starts_with_to_those_who_may_see_it() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({ "approval": "manual" }));
    console.node("Support");
    sales.client().post("/Users", mia()).expect(201);
    sales.client().post("/Groups", json!({ "displayName": "Finance" })).expect(201);
    let stranger = visitor(&house).get("/start?overview=true").expect(200);
    stranger.says("/session", Value::Null).says("/overview", Value::Null).says("/status/signed_in", false);
    console.get("/start").expect(200).says("/overview", Value::Null).says("/status/signed_in", true);
    let start = console.get("/start?overview=true").expect(200).json();
    assert_eq!(start["session"]["csrf"], console.get("/session").json()["csrf"]);
    assert_eq!(start["status"], console.get("/status").json());
    let overview = console.get("/overview").expect(200).json();
    for (pointer, value) in [
        ("/nodes", json!(2)),
        ("/users", json!(1)),
        ("/teams", json!(1)),
        ("/invited", json!(1)),
        ("/pending", json!({ "teams": 1, "memberships": 0 })),
        ("/unsent", json!(0)),
        ("/seats", json!({ "seats": 0, "users": 1 })),
        ("/connections/0/node_path", console.view(&sales).at("/node_path")),
        ("/connections/0/state", json!("active")),
        ("/connections/0/attention", Value::Null),
        ("/health/problem", Value::Null),
        ("/health/mail", json!(false)),
    ] {
        assert_eq!(overview.pointer(pointer).unwrap(), &value, "{pointer}");
        assert_eq!(start["overview"].pointer(pointer).unwrap(), &value, "{pointer}");
    }
    assert_eq!(overview["hours"][0]["requests"], 2, "{overview}");
    let free = &overview["free_node_id"];
    assert_eq!(console.get(&format!("/nodes/{free}")).expect(200).at("/name"), "Support");
    // What the page asked for the last time comes along, to those who may see it; what is refused does not.
    let with = "/start?with=/nodes%20/users?count=1%26q=mia%20/users/1%20/nowhere%20/backups/x.db%20/session";
    let answers = console.get(with).expect(200).at("/answers");
    assert_eq!(answers["/nodes"], console.get("/nodes").json());
    assert_eq!(answers["/users?count=1&q=mia"], console.get("/users?count=1&q=mia").json());
    assert_eq!(answers.as_object().unwrap().len(), 2, "{answers}");
    assert_eq!(visitor(&house).get(with).expect(200).at("/answers"), json!({}));
    // The token against forged requests shares no compressed answer with text of others.
    let sized = |path: &str| {
        let mut wire = Wire::open(&house);
        let cookie = &console.cookie;
        wire.send(format!(
            "GET /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\n\r\n"
        ));
        let reply = wire.reply().expect(200);
        (reply.headers.contains_key("content-encoding"), reply.text.len() >= 1024)
    };
    (0..5).for_each(|n| drop(console.connect(&console.node(&format!("Node {n}")), json!({}))));
    assert!(sized("overview").0);
    assert_eq!(sized("start?overview=true"), (false, true));
    // Who still needs a second factor is told that, and nothing else.
    console.patch("/settings", json!({ "second_factor_required": "on" })).expect(200);
    console.get("/overview").fails(403, "SECOND_FACTOR_REQUIRED");
    console.get("/start?overview=true").expect(200).says("/overview", Value::Null).says("/status/signed_in", true);
    assert_eq!(console.get(with).expect(200).at("/answers"), json!({}));
}
