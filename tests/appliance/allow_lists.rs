//! Allow lists of addresses: of a connection, of the console, and of an API key.

use crate::appliance::{ADMIN, Appliance, PASSWORD, eventually};
use crate::connected::Connected;
use crate::console::{Console, visitor};
use crate::idp_clients::Client;
use crate::people::*;
use serde_json::json;

/// A house that believes the proxy in front of it, so that a test can come from anywhere.
fn behind_a_proxy() -> Appliance {
    Appliance::start_with(&["--trusted-proxy", "127.0.0.1"])
}

fn from(client: Client, address: &str) -> Client {
    client.with("X-Forwarded-For", address)
}

/// A client with the token of a connection, from an address.
fn idp(house: &Appliance, sales: &Connected, address: &str) -> Client {
    from(Client::bearer(&house.url(sales.path()), &sales.token), address)
}

#[test]
fn a_connection_takes_requests_from_its_addresses_only_and_tells_no_stranger() {
    let house = behind_a_proxy();
    let sales = house.connect("Sales", &["--allow-from", "203.0.113.0/24,2001:db8::/32"]);
    let (near, far) = (idp(&house, &sales, "203.0.113.9"), idp(&house, &sales, "198.51.100.7"));
    near.get("/Users").expect(200);
    idp(&house, &sales, "2001:db8:1::7").post("/Users", person("six")).expect(201);
    idp(&house, &sales, "2001:db9::7").post("/Users", person("seven")).refused(403);
    far.get("/Users").refused(403).detail("198.51.100.7").detail("[ADDRESS_NOT_ALLOWED]");
    far.post("/Users", mia()).refused(403).lacks("/scimType");
    // Whoever has no genuine token learns nothing, wherever the request comes from.
    let wrong = |address: &str| {
        let client = from(Client::bearer(&house.url(sales.path()), "scimbox_wrong"), address);
        (client.get("/Users").refused(401).text, client.without("Authorization").get("/Users").refused(401).text)
    };
    assert_eq!(wrong("198.51.100.7"), wrong("203.0.113.9"));
    let console = house.console();
    far.get("/Users").refused(403);
    let view = console.view(&sales).says("/settings/allow_from", "203.0.113.0/24, 2001:db8::/32");
    let view = view.says("/exchanges/0/code", "ADDRESS_NOT_ALLOWED").says("/exchanges/0/status", 403);
    let view = view.says("/exchanges/0/from", "198.51.100.7");
    assert!(sales.token.ends_with(view.at("/exchanges/0/token_tail").as_str().unwrap()));
    let noted = console.get("/audit?event=scim_access_failure").expect(200).text;
    assert!(noted.contains("ADDRESS_NOT_ALLOWED"), "{noted}");
    eventually("the refusal is kept", || {
        let kept = house.run(&["requests", "list", "--json"]).ok().stdout;
        (kept.contains("ADDRESS_NOT_ALLOWED") && kept.contains("198.51.100.7")).then_some(())
    });
    // A change counts from the next request, also for one that writes on a connection that was let in before.
    near.post("/Users", person("ann")).expect(201);
    console.edit(&sales, json!({ "allow_from": "198.51.100.7" })).expect(200);
    near.post("/Users", person("bob")).refused(403);
    far.post("/Users", person("bob")).expect(201);
    let changed = console.get("/audit?event=scim_updated").expect(200);
    changed.says("/events/0/after/allow_from", "198.51.100.7");
    house.run(&["scim", "edit", &sales.scim_id, "--allow-from", ""]).ok();
    near.get("/Users").expect(200);
    console.view(&sales).lacks("/settings/allow_from");
    for (list, words) in [
        ("203.0.113.9/24", "write 203.0.113.0/24"),
        ("somewhere", "neither an address nor a block"),
        ("::/0/0", "neither"),
    ] {
        house.run(&["scim", "edit", &sales.scim_id, "--allow-from", list]).fails(2).saying(words);
        let refused = console.edit(&sales, json!({ "allow_from": list })).fails(400, "INVALID");
        assert!(refused.text.contains(words), "{}", refused.text);
    }
}

#[test]
fn the_console_opens_from_its_addresses_and_always_on_the_machine_itself() {
    let house = behind_a_proxy();
    let console = house.console();
    let sales = house.keeper();
    let browser = |address: &str| from(Client::plain(&house.url("")), address);
    let outside = console.patch("/settings", json!({ "console_allow_from": "192.0.2.0/24" })).expect(200);
    outside.says("/console_allow_from/value", "192.0.2.0/24");
    let sign_in = json!({ "email": ADMIN, "password": PASSWORD });
    for path in ["/", "/ui/", "/ui/login", "/api/v1/status", "/api/v1/openapi.json", "/api/v1/users"] {
        browser("198.51.100.7").get(path).fails(403, "ADDRESS_NOT_ALLOWED");
    }
    from(visitor(&house), "198.51.100.7").post("/session", sign_in.clone()).fails(403, "ADDRESS_NOT_ALLOWED");
    from(console.client(), "198.51.100.7").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    browser("192.0.2.8").get("/ui/").expect(200);
    from(visitor(&house), "192.0.2.8").post("/session", sign_in.clone()).expect(200);
    from(visitor(&house), "127.0.0.1").post("/session", sign_in.clone()).expect(200);
    visitor(&house).post("/session", sign_in).expect(200);
    // What others need goes on.
    idp(&house, &sales, "198.51.100.7").get("/Users").expect(200);
    browser("198.51.100.7").get("/healthz").expect(200);
    browser("198.51.100.7").get("/join/nothing").expect(404);
    // Nobody shuts the door on their own fingers, and a mistake is taken back on the command line.
    let near = from(console.client(), "192.0.2.8");
    let said = near.patch("/settings", json!({ "console_allow_from": "203.0.113.1" })).fails(400, "INVALID");
    assert!(said.text.contains("192.0.2.8"), "{}", said.text);
    near.patch("/settings", json!({ "console_allow_from": "192.0.2.9/24" })).fails(400, "INVALID");
    house.run(&["settings", "set", "console_allow_from", "203.0.113.1"]).ok();
    near.get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    house.run(&["settings", "set", "console_allow_from", "nowhere"]).fails(2);
    house.run(&["settings", "set", "console_allow_from"]).ok();
    near.get("/users").expect(200);
    let changes = console.get("/audit?event=settings_updated").expect(200).text;
    assert!(changes.contains("console_allow_from"), "{changes}");
}

#[test]
fn a_proxy_on_the_machine_that_nobody_trusts_is_not_the_machine_itself() {
    let house = Appliance::start();
    let console = house.console();
    house.run(&["settings", "set", "console_allow_from", "192.0.2.0/24"]).ok();
    console.get("/users").expect(200);
    for header in ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"] {
        console.client().with(header, "127.0.0.1").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    }
}

#[test]
fn a_key_works_from_its_addresses_and_without_any_follows_the_console() {
    let house = behind_a_proxy();
    let console = house.console();
    let key = |wish: serde_json::Value| {
        let wish = with(json!({ "name": "CI", "scope": "full" }), wish);
        let made = console.post("/api-keys", wish).expect(201);
        Client::bearer(&house.url("/api/v1"), made.at("/secret").as_str().unwrap())
    };
    let free = || key(json!({}));
    let bound = || key(json!({ "allow_from": "203.0.113.0/24" }));
    from(bound(), "203.0.113.9").get("/users").expect(200);
    from(bound(), "198.51.100.7").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    bound().get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    from(free(), "198.51.100.7").get("/users").expect(200);
    console.patch("/settings", json!({ "console_allow_from": "192.0.2.0/24" })).expect(200);
    from(free(), "198.51.100.7").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    from(free(), "192.0.2.7").get("/users").expect(200);
    from(bound(), "203.0.113.9").get("/users").expect(200);
    from(bound(), "192.0.2.7").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    from(bound(), "198.51.100.7").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    // A key opens neither the door to the sign-in nor, where it is none, anything.
    let sign_in = json!({ "email": ADMIN, "password": PASSWORD });
    let entrance = from(bound(), "203.0.113.9").with("Content-Type", "application/json");
    entrance.get("/start").fails(403, "ADDRESS_NOT_ALLOWED");
    entrance.post("/session", sign_in).fails(403, "ADDRESS_NOT_ALLOWED");
    let wrong = Client::bearer(&house.url("/api/v1"), "sbkey_wrong");
    from(wrong, "203.0.113.9").get("/users").fails(403, "ADDRESS_NOT_ALLOWED");
    console.post("/api-keys", json!({ "name": "x", "scope": "read", "allow_from": "x" })).fails(400, "INVALID");
    let list = console.get("/api-keys").expect(200).text;
    assert!(list.contains("203.0.113.0/24"), "{list}");
    let made = console.get("/audit?event=api_key_created").expect(200).text;
    assert!(made.contains("203.0.113.0/24"), "{made}");
    let administrator = json!({ "email": "eve@acme.test", "name": "Eve", "password": PASSWORD });
    console.post("/admins", administrator).expect(201);
    let eve = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    eve.patch("/settings", json!({ "console_allow_from": "" })).fails(403, "ADMIN_ROLE");
}
