//! API keys and administrators: who else may use the admin API.

use crate::appliance::{ADMIN, Appliance, PASSWORD, has_file};
use crate::console::Console;
use crate::idp_clients::Client;
use crate::people::*;
use serde_json::{Value, json};

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
    writer.patch("/settings", json!({ "seats": 90 })).expect(200).says("/invitation_days/value", 7);
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
    let bytes = house.kept();
    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
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
fn only_a_key_of_the_full_scope_sees_tokens_and_links_and_changes_retention_and_mails() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    let lab = console.node("Lab");
    let key = |scope: &str| {
        let made = console.post("/api-keys", json!({ "name": "CI", "scope": scope })).expect(201);
        program(&house, made.at("/secret").as_str().unwrap())
    };
    let (writer, full) = (key("write"), key("full"));
    let calls = [
        ("POST", format!("/nodes/{lab}/connection"), json!({}), 201),
        ("POST", format!("/connections/{}/tokens", sales.scim_id), json!({}), 201),
        ("POST", format!("/users/{mia}/link"), json!({}), 200),
        ("POST", format!("/outbox/{mia}/show"), json!({}), 200),
        ("PATCH", "/settings".to_owned(), json!({ "audit_days": 90 }), 200),
        ("PATCH", "/settings".to_owned(), json!({ "mail_from": "it@acme.test" }), 200),
        ("PATCH", "/settings".to_owned(), json!({ "invite_text_ja": "{link}" }), 200),
    ];
    for (method, path, body, status) in calls {
        writer.send(method, &path, body.clone()).fails(403, "KEY_SCOPE");
        full.send(method, &path, body).expect(status);
    }
    full.patch("/settings", json!({ "mail_host": "mail.evil.test" })).fails(403, "KEY_SCOPE");
    full.post("/api-keys", json!({ "name": "more", "scope": "read" })).fails(403, "KEY_SCOPE");
}

#[test]
fn a_key_ends_with_the_administrator_who_made_it() {
    let house = Appliance::start();
    let console = house.console();
    let eve = console
        .post("/admins", json!({ "email": "eve@acme.test", "name": "Eve", "role": "owner", "password": PASSWORD }));
    let eve = eve.expect(201).at("/admin_id");
    let hers = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    let made = hers.post("/api-keys", json!({ "name": "CI", "scope": "write", "days": "never" })).expect(201);
    let orphan = program(&house, made.at("/secret").as_str().unwrap());
    orphan.post("/nodes", json!({ "name": "Sales" })).expect(201);
    console.delete(&format!("/admins/{eve}")).expect(204);
    orphan.post("/nodes", json!({ "name": "Lab" })).fails(401, "KEY_UNKNOWN");
    orphan.get("/nodes").fails(401, "KEY_UNKNOWN");
    let listed = console.get("/api-keys").expect(200);
    assert!(listed.at("/api_keys/0/revoked_at").is_string(), "{}", listed.text);
    assert_eq!(console.events("event=api_key_revoked,admin_deleted")[..2], ["admin_deleted", "api_key_revoked"]);

    // Also when somebody removes the row by hand.
    let made = console.post("/api-keys", json!({ "name": "CI", "scope": "read" })).expect(201);
    let orphan = program(&house, made.at("/secret").as_str().unwrap());
    house.run_with(&["admin", "create", "bob@acme.test", "--password-file", "-"], PASSWORD).ok();
    if !has_file() {
        return;
    }
    let db = house.database();
    db.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM admin WHERE email_folded = 'ada@acme.test'").unwrap();
    orphan.get("/nodes").fails(401, "KEY_UNKNOWN");
}

#[test]
fn a_key_expires_after_ninety_days_unless_somebody_says_otherwise() {
    let house = Appliance::start();
    let console = house.console();
    let make = |days: Value| {
        let mut wish = json!({ "name": "CI", "scope": "read" });
        if days != json!("absent") {
            wish["days"] = days;
        }
        console.post("/api-keys", wish)
    };
    let lasts = |days: Value| {
        let key = make(days).expect(201).at("/api_key");
        let moment = |name: &str| key[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
        (moment("expires_at") - moment("created_at")) / 86_400_000
    };
    assert_eq!([lasts(json!("absent")), lasts(json!(null)), lasts(json!(7))], [90, 90, 7]);
    assert_eq!(make(json!("never")).expect(201).at("/api_key/expires_at"), json!(null));
    for wrong in [json!(0), json!(3651), json!("always")] {
        make(wrong).fails(400, "INVALID");
    }
}

#[test]
fn a_key_that_is_limited_to_nodes_opens_nothing_else() {
    let house = Appliance::start();
    let console = house.console();
    let (sales, lab) = (house.keeper(), house.connect("Lab", &[]));
    let ours = sales.client().post("/Users", mia()).expect(201).id();
    let theirs = lab.client().post("/Users", with(mia(), json!({ "userName": "ada@lab.test" }))).expect(201).id();
    let our_team = sales.client().post("/Groups", team("Red")).expect(201).id();
    let their_team = lab.client().post("/Groups", team("Blue")).expect(201).id();
    let (node, other): (i64, i64) = (sales.node_id.parse().unwrap(), lab.node_id.parse().unwrap());
    let wish = json!({ "name": "Sales", "scope": "full", "nodes": [node] });
    let made = console.post("/api-keys", wish).expect(201).says("/api_key/nodes", json!([node]));
    let key = program(&house, made.at("/secret").as_str().unwrap());

    for list in ["/users", "/users/export", "/teams", "/outbox", "/audit", "/audit/export", "/approvals/teams"] {
        let seen = key.get(&format!("{list}?node_id={node}")).expect(200).text;
        assert!(!seen.contains("ada@lab.test") && !seen.contains("Blue"), "{list}: {seen}");
        key.get(list).fails(403, "KEY_SCOPE");
        key.get(&format!("{list}?node_id={other}")).fails(403, "KEY_SCOPE");
        for twice in ["node_id", "node%5Fid"] {
            let refused = key.get(&format!("{list}?node_id={node}&{twice}={other}"));
            assert!([400, 403].contains(&refused.status), "{} {}", refused.asked, refused.text);
        }
    }
    let calls = [
        ("GET", "/nodes/NODE", json!({}), 200),
        ("GET", "/connections/SCIM", json!({}), 200),
        ("PATCH", "/connections/SCIM", json!({ "unique_groups": true }), 200),
        ("POST", "/connections/SCIM/pause", json!({}), 200),
        ("POST", "/connections/SCIM/tokens", json!({}), 201),
        ("GET", "/users/USER", json!({}), 200),
        ("POST", "/users/USER/lock", json!({}), 200),
        ("GET", "/teams/TEAM", json!({}), 200),
        ("GET", "/teams/TEAM/members", json!({}), 200),
        ("PATCH", "/teams/TEAM", json!({ "restrict_edit": true }), 200),
        ("POST", "/users", json!({ "node_id": "NODE", "user_name": "eve@acme.test" }), 201),
        ("POST", "/teams", json!({ "node_id": "NODE", "name": "Green" }), 201),
    ];
    for (method, path, body, status) in calls {
        let of = |text: &str, node: i64, scim_id: &str, user: &str, team: &str| {
            let text = text.replace("\"NODE\"", &node.to_string()).replace("NODE", &node.to_string());
            text.replace("SCIM", scim_id).replace("USER", user).replace("TEAM", team)
        };
        let foreign = |text: &str| of(text, other, &lab.scim_id, &theirs, &their_team);
        let own = |text: &str| of(text, node, &sales.scim_id, &ours, &our_team);
        key.send(method, &foreign(path), foreign(&body.to_string())).fails(404, "NOT_FOUND");
        key.send(method, &own(path), own(&body.to_string())).expect(status);
    }
    key.post(&format!("/users/{ours}/move"), json!({ "node_id": other })).fails(404, "NOT_FOUND");
    for (method, path) in [
        ("GET", "/nodes"),
        ("GET", "/connections"),
        ("GET", "/settings"),
        ("GET", "/jobs"),
        ("GET", "/approvals"),
        ("GET", "/users/lookup?user_name=ada@lab.test"),
        ("POST", "/users/bulk"),
        ("POST", "/approvals/approve"),
        ("POST", "/jobs"),
        ("POST", "/nodes"),
        ("POST", "/audit/verify"),
        ("PATCH", "/settings"),
    ] {
        key.send(method, path, json!({})).fails(403, "KEY_SCOPE");
    }
    let untouched = console.get(&format!("/users/{theirs}")).expect(200);
    assert_eq!(untouched.at("/lock"), "none");
    console.post("/api-keys", json!({ "name": "x", "scope": "read", "nodes": [] })).fails(400, "INVALID");
    console.post("/api-keys", json!({ "name": "x", "scope": "read", "nodes": [1] })).fails(404, "NOT_FOUND");
}

#[test]
fn what_was_done_in_the_last_thirty_days_stays_in_the_audit_log() {
    let house = Appliance::start();
    let console = house.console();
    for days in [1, 29] {
        console.patch("/settings", json!({ "audit_days": days })).fails(400, "INVALID");
    }
    house.run(&["settings", "set", "audit_days", "29"]).fails(2);
    console.patch("/settings", json!({ "audit_days": 30 })).expect(200);
    assert!(console.events("").iter().any(|event| event == "settings_updated"));
}

#[test]
fn administrators_are_added_renamed_and_removed_but_for_the_last() {
    let house = Appliance::start();
    let console = house.console();
    let me = console.get("/admins").expect(200).says("/admins/0/you", true).at("/admins/0/admin_id").to_string();
    console.delete(&format!("/admins/{me}")).fails(409, "LAST_ADMIN");
    let eve = json!({ "email": "eve@acme.test", "name": "Eve", "role": "owner", "password": PASSWORD });
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
