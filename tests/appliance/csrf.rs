//! Pages of other sites: what they can make a browser send changes nothing.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::console::{Console, visitor};
use crate::idp_clients::Client;
use serde_json::json;

/// Every way in which a forged request differs from one of the console.
fn forgeries(house: &Appliance, console: &Console) -> Vec<(&'static str, Client)> {
    let own = || console.client();
    vec![
        ("no token", own().without("X-CSRF-Token")),
        ("an empty token", own().with("X-CSRF-Token", "")),
        ("another token", own().with("X-CSRF-Token", &console.csrf.replace(&console.csrf[..2], "xx"))),
        ("a form", own().with("Content-Type", "application/x-www-form-urlencoded")),
        ("a multipart form", own().with("Content-Type", "multipart/form-data; boundary=x")),
        ("plain text", own().with("Content-Type", "text/plain")),
        ("no type", own().without("Content-Type")),
        ("a foreign origin", own().with("Origin", "https://evil.test")),
        ("an origin without a name", own().with("Origin", "null")),
        ("another port", own().with("Origin", "http://127.0.0.1:1")),
        ("another site", own().with("Sec-Fetch-Site", "cross-site")),
        ("a neighbour", own().with("Sec-Fetch-Site", "same-site").with("Origin", &house.url(""))),
        ("typed by hand", own().with("Sec-Fetch-Site", "none")),
    ]
}

#[test]
fn a_change_needs_the_token_json_and_the_consoles_own_origin() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let connection = format!("/connections/{}", sales.scim_id);
    for (how, client) in forgeries(&house, &console) {
        for (method, path) in [
            ("POST", "/nodes".to_owned()),
            ("POST", "/password".to_owned()),
            ("PATCH", format!("/nodes/{}", sales.node_id)),
            ("DELETE", format!("/nodes/{}", sales.node_id)),
            ("POST", format!("/nodes/{}/connection", sales.node_id)),
            ("PATCH", connection.clone()),
            ("POST", format!("{connection}/pause")),
            ("POST", format!("{connection}/tokens")),
            ("DELETE", connection.clone()),
            ("DELETE", "/session".to_owned()),
            ("DELETE", "/sessions".to_owned()),
        ] {
            let reply = client.send(method, &path, json!({ "name": "x" }));
            assert_eq!((reply.status, reply.at("/error/code")), (403, json!("CSRF")), "{how}: {}", reply.asked);
        }
    }
    console.get("/nodes").says("/1/name", "Sales");
    assert_eq!(console.state(&sales), "pending");
}

#[test]
fn every_call_that_changes_something_is_guarded() {
    let house = Appliance::start();
    let console = house.console();
    let described = console.get("/openapi.json").expect(200).json();
    let mut tried = 0;
    for (path, item) in described["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            // Who signs in, sets up or has a link has no token yet; the test below is about them.
            let has_no_token =
                method == "post" && ["/session", "/setup", "/password/reset"].iter().any(|end| path.ends_with(end));
            if !["post", "put", "patch", "delete"].contains(&method.as_str()) || has_no_token {
                continue;
            }
            let filled: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let filled = filled.join("/");
            let filled = filled.strip_prefix("/api/v1").unwrap_or(&filled);
            for (how, client) in forgeries(&house, &console) {
                let reply = client.send(&method.to_uppercase(), filled, json!({ "name": "x" }));
                assert_eq!((reply.status, reply.at("/error/code")), (403, json!("CSRF")), "{how}: {}", reply.asked);
                tried += 1;
            }
        }
    }
    assert!(tried > 520, "{tried} variants");
    console.get("/session").expect(200);
}

#[test]
fn the_console_itself_gets_through() {
    let house = Appliance::start();
    let console = house.console();
    let browser = console.client().with("Sec-Fetch-Site", "same-origin").with("Origin", &house.url(""));
    browser.post("/nodes", json!({ "name": "A" })).expect(201);
    let older = console.client().with("Origin", &house.url("")).with("Content-Type", "application/json; charset=utf-8");
    older.post("/nodes", json!({ "name": "B" })).expect(201);
    console.post("/nodes", json!({ "name": "C" })).expect(201);
}

#[test]
fn signing_in_and_setting_up_cannot_be_forged_either() {
    let house = Appliance::start();
    let link = house.line(|line| line.contains("/ui/setup#k="));
    let token = link.split("#k=").nth(1).unwrap();
    let forms = [
        visitor(&house).with("Content-Type", "application/x-www-form-urlencoded"),
        visitor(&house).with("Content-Type", "text/plain"),
        visitor(&house).with("Origin", "https://evil.test"),
        visitor(&house).with("Sec-Fetch-Site", "cross-site"),
    ];
    for form in &forms {
        let wish = json!({ "token": token, "email": ADMIN, "password": PASSWORD });
        form.post("/setup", wish).fails(403, "CSRF");
    }
    house.console();
    for form in &forms {
        form.post("/session", json!({ "email": ADMIN, "password": PASSWORD })).fails(403, "CSRF");
        form.post("/password/reset", json!({ "token": "x", "new": PASSWORD })).fails(403, "CSRF");
    }
}

#[test]
fn the_token_belongs_to_its_session() {
    let house = Appliance::start();
    let (one, two) = (house.console(), Console::sign_in(&house, ADMIN, PASSWORD));
    let mixed = one.client().with("X-CSRF-Token", &two.csrf);
    mixed.post("/nodes", json!({ "name": "x" })).fails(403, "CSRF");
}

#[test]
fn no_get_changes_anything() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let draft = console.generate(&console.node("Draft"), json!({}));
    let before = console.get("/connections").text;
    for (connected, act) in [(&sales, "pause"), (&sales, "resume"), (&sales, "tokens"), (&draft, "save")] {
        for method in ["GET", "HEAD"] {
            let reply = console.client().send(method, &format!("/connections/{}/{act}", connected.scim_id), ());
            assert!([404, 405].contains(&reply.status), "{} {}", reply.asked, reply.status);
        }
    }
    for path in ["/setup", "/password", &format!("/nodes/{}/connection", sales.node_id)] {
        // No document describes these.
        let reply = console.client().get(path);
        assert!([404, 405].contains(&reply.status), "{path} {}", reply.status);
    }
    assert_eq!(console.get("/connections").text, before);
}
