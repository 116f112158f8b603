//! API keys and administrators: who else may use the admin API.

use crate::actors::Client;
use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::console::Console;
use crate::people::*;
use serde_json::json;

/// A program with a key.
fn program(house: &Appliance, key: &str) -> Client {
    Client::bearer(&house.url("/api/v1"), key).with("Content-Type", "application/json")
}

#[test]
fn a_key_reads_or_writes_until_it_is_revoked_and_opens_no_endpoint() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    let key =
        |scope: &str| console.post("/api-keys", json!({ "name": "CI", "scope": scope, "days": 30 })).expect(201).json();
    let (read, write) = (key("read"), key("write"));
    let secret = read["secret"].as_str().unwrap();
    assert!(secret.starts_with("sbkey_"));
    let (reader, writer) = (program(&house, secret), program(&house, write["secret"].as_str().unwrap()));
    reader.get("/users").expect(200).says("/total", 1);
    reader.post(&format!("/users/{mia}/lock"), json!({})).fails(403, "KEY_SCOPE");
    writer.post(&format!("/users/{mia}/lock"), json!({})).expect(200).says("/lock", "admin");
    for path in ["/session", "/admins", "/api-keys"] {
        writer.get(path).fails(403, "KEY_SCOPE");
    }
    writer.post("/password", json!({ "current": PASSWORD, "new": "another password" })).fails(403, "KEY_SCOPE");
    writer.post("/api-keys", json!({ "name": "more", "scope": "write" })).fails(403, "KEY_SCOPE");
    // The password of the mail server goes where these say.
    for (name, value) in [
        ("mail_host", json!("mail.evil.test")),
        ("mail_port", json!(25)),
        ("mail_tls", json!("none")),
        ("mail_user", json!(null)),
    ] {
        writer.patch("/settings", json!({ "invitation_days": 3, name: value })).fails(403, "KEY_SCOPE");
    }
    writer.patch("/settings", json!({ "mail_from": "it@acme.test" })).expect(200).says("/invitation_days/value", 7);
    sales.client_with(secret).get("/Users").refused(401);
    program(&house, &sales.token).get("/users").fails(401, "SIGN_IN_REQUIRED");
    program(&house, &format!("{}x", &secret[..secret.len() - 1])).get("/users").fails(401, "KEY_UNKNOWN");
    let list = console.get("/api-keys").expect(200);
    assert!(!list.text.contains(secret) && list.text.contains(&secret[..10]));
    assert_eq!(list.at("/api_keys").as_array().unwrap().len(), 2);
    let id = write["api_key"]["key_id"].as_str().unwrap();
    let locked = console.get("/audit?event=lock_user").expect(200);
    assert_eq!(locked.at("/events/0/actor"), format!("key:{id}"));
    console.delete(&format!("/api-keys/{id}")).expect(200);
    writer.get("/users").fails(401, "KEY_UNKNOWN");
    console.delete("/api-keys/nothing").fails(404, "NOT_FOUND");
    console.post("/api-keys", json!({ "name": "", "scope": "read" })).fails(400, "INVALID");
    console.post("/api-keys", json!({ "name": "x", "scope": "all" })).fails(400, "INVALID");
    console.post("/api-keys", json!({ "name": "x", "scope": "read", "days": 0 })).fails(400, "INVALID");
    for file in ["scimbox.db", "scimbox.db-wal"] {
        let bytes = std::fs::read(house.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{file}");
    }
    let document = reader.get("/openapi.json").expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/users"]["get"].is_object());
}

#[test]
fn a_key_for_reading_opens_every_list_and_changes_nothing() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--approval", "manual"]));
    let client = sales.client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let red = client.post("/Groups", with(team("Red"), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    let key = |scope: &str| {
        let made = console.post("/api-keys", json!({ "name": "CI", "scope": scope })).expect(201);
        program(&house, made.at("/secret").as_str().unwrap())
    };
    let (reader, writer) = (key("read"), key("write"));
    let (user, group) = (format!("/users/{mia}"), format!("/teams/{red}"));
    let members = format!("{group}/members");
    for path in [
        "/users",
        "/users/export",
        "/users/lookup?user_name=mia@acme.test",
        &user,
        "/teams?sort=members",
        &group,
        &members,
        "/approvals",
        "/approvals/teams",
        "/approvals/memberships?q=mia",
        "/jobs",
        "/outbox",
        "/settings",
        "/seats",
        "/audit",
        "/audit/events",
        "/audit/export",
    ] {
        reader.get(path).expect(200);
    }
    let number: i64 = mia.parse().unwrap();
    let node: i64 = sales.node_id.parse().unwrap();
    let changes = [
        ("POST", "/users".to_owned(), json!({ "node_id": node, "user_name": "eve@acme.test" }), 201),
        ("PATCH", user.clone(), json!({ "display_name": "Mi" }), 200),
        ("POST", format!("{user}/resend"), json!({}), 200),
        ("POST", format!("/outbox/{mia}/show"), json!({}), 200),
        ("POST", format!("/outbox/{mia}/retry"), json!({}), 200),
        ("POST", "/teams".to_owned(), json!({ "node_id": node, "name": "Blue" }), 201),
        ("PATCH", group.clone(), json!({ "restrict_edit": true }), 200),
        ("POST", members.clone(), json!({ "remove": [number] }), 200),
        ("POST", "/approvals/reject".to_owned(), json!({ "teams": [red], "reason": "no" }), 200),
        ("POST", "/approvals/approve".to_owned(), json!({ "teams": [red] }), 200),
        ("POST", "/jobs".to_owned(), json!({ "kind": "full_sync" }), 201),
        ("PATCH", "/settings".to_owned(), json!({ "seats": 9 }), 200),
        ("DELETE", group.clone(), json!({}), 204),
        ("POST", "/users/bulk".to_owned(), json!({ "act": "lock", "ids": [number] }), 200),
        ("DELETE", user.clone(), json!({}), 204),
    ];
    let before = console.events("").len();
    for (method, path, body, _) in &changes {
        reader.send(method, path, body.clone()).fails(403, "KEY_SCOPE");
    }
    assert_eq!(console.events("").len(), before, "nothing has changed");
    for (method, path, body, status) in changes {
        writer.send(method, &path, body).expect(status);
    }
    let live = format!("/connections/{}/live", sales.scim_id);
    writer.get(&live).fails(403, "KEY_SCOPE");
    let actors =
        console.get("/audit?event=user_updated,team_approved,settings_updated,delete_pending_user").expect(200).json();
    let actors = actors["events"].as_array().unwrap();
    assert!(actors.len() == 4 && actors.iter().all(|event| event["actor_kind"] == "key"), "{actors:?}");
}

#[test]
fn administrators_are_added_renamed_and_removed_but_for_the_last() {
    let house = Appliance::start();
    let console = house.console();
    let me = console.get("/admins").expect(200).says("/admins/0/you", true).at("/admins/0/admin_id").to_string();
    console.delete(&format!("/admins/{me}")).fails(409, "LAST_ADMIN");
    let eve = json!({ "email": "eve@acme.test", "name": "Eve", "password": PASSWORD });
    let id = console.post("/admins", eve.clone()).expect(201).at("/admin_id").to_string();
    console.post("/admins", eve).fails(409, "ADMIN_EXISTS");
    console.post("/admins", json!({ "email": "bob@acme.test", "password": "short" })).fails(400, "WEAK_PASSWORD");
    console.patch(&format!("/admins/{id}"), json!({ "name": "Eva" })).expect(200).says("/name", "Eva");
    console.patch(&format!("/admins/{id}"), json!({ "name": " " })).fails(400, "INVALID");
    let hers = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    console.post(&format!("/admins/{id}/password"), json!({ "new": "a quite different one" })).expect(204);
    hers.get("/session").fails(401, "SIGN_IN_REQUIRED");
    let hers = Console::sign_in(&house, "eve@acme.test", "a quite different one");
    hers.delete(&format!("/admins/{me}")).expect(204);
    console.get("/session").fails(401, "SIGN_IN_REQUIRED");
    hers.delete(&format!("/admins/{id}")).fails(409, "LAST_ADMIN");
    let told = ["admin_deleted", "password_changed", "admin_updated", "admin_created"];
    let seen: Vec<String> = hers.events("event=admin_created,admin_updated,admin_deleted,password_changed");
    assert_eq!(seen[..4], told);
    assert_eq!(hers.get("/audit?event=admin_deleted").at("/events/0/object"), ADMIN);
}
