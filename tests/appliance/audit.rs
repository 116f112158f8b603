//! The audit log: every change by whomever, chained, found, exported, and thrown away when it is old.

use crate::appliance::{ADMIN, Appliance, eventually};
use crate::people::*;
use serde_json::{Value, json};

#[test]
fn every_change_says_who_made_it_and_in_which_request() {
    let house = Appliance::start();
    let console = house.console();
    let node = console.node("Sales");
    let connected = console.connect(&node, json!({ "idp": "okta" }));
    let okta = connected.okta();
    let id = okta.post("/Users", mia()).expect(201).id();
    okta.patch(&format!("/Users/{id}"), op("replace", "displayName", "Mia B")).expect(200);
    let titled = okta.patch(&format!("/Users/{id}"), op("replace", "title", "Dr")).expect(200);
    let named = titled.header("x-request-id").to_owned();
    let lock = console.on_user(&id, "lock", json!({})).expect(200);
    let events = console.get("/audit?count=1000").expect(200).json();
    let of = |name: &str| -> Value {
        let all = events["events"].as_array().unwrap();
        all.iter().find(|event| event["event"] == name).cloned().unwrap_or_else(|| panic!("{name}: {events}"))
    };
    let made = of("create_user");
    assert_eq!(made["actor"], format!("scim:{}", connected.scim_id));
    assert_eq!((&made["actor_kind"], &made["object"]), (&json!("scim"), &json!("mia@acme.test")));
    assert_eq!((&made["node_name"], &made["address"]), (&json!("Sales"), &json!("127.0.0.1")));
    assert_eq!(made["after"]["external_id"], "idp-mia");
    assert_eq!(of("lock_user")["actor"], ADMIN);
    assert_eq!(of("lock_user")["request_id"].as_str().unwrap(), lock.header("x-request-id"));
    assert_eq!(of("lock_user")["before"], json!({ "lock": "none" }));
    assert_eq!(of("lock_user")["after"], json!({ "lock": "admin" }));
    assert_eq!((&of("sign_in")["actor"], &of("admin_created")["actor"]), (&json!(ADMIN), &json!("cli")));
    assert_eq!(of("node_created")["object"], "Sales");
    assert_eq!(of("scim_activated")["after"], json!({ "state": "active" }));
    assert_eq!(of("scim_created")["after"]["idp"], "okta");
    let updates = console.get(&format!("/audit?event=user_updated&user_id={id}")).expect(200).json();
    assert_eq!(updates["events"][0]["after"], json!({ "title": "Dr" }));
    assert_eq!(updates["events"][0]["before"], json!({}));
    assert_eq!(updates["events"][0]["request_id"], named);
    let exchanges = console.get(&format!("/connections/{}", connected.scim_id)).expect(200);
    assert_eq!(exchanges.at("/exchanges/0/request_id"), named);
    assert_eq!(updates["events"][1]["before"], json!({ "display_name": "Mia Berg" }));
    assert_eq!(updates["events"][1]["after"], json!({ "display_name": "Mia B" }));
    let request = console.get(&format!("/audit?request_id={}", lock.header("x-request-id"))).expect(200).json();
    assert_eq!(request["events"].as_array().unwrap().len(), 1);
    // A stranger at the door is noted once a minute, and a wrong password each time.
    for _ in 0..3 {
        connected.stranger().get("/Users").refused(401);
    }
    eventually("the refusal is noted", || (console.events("event=scim_access_failure").len() == 1).then_some(()));
    let wrong = json!({ "email": ADMIN, "password": "wrong password" });
    crate::console::visitor(&house).post("/session", wrong).fails(401, "SIGN_IN_FAILED");
    let failed = console.get("/audit?event=sign_in_failed").expect(200).json();
    assert_eq!(failed["events"][0]["object"], ADMIN);
    assert!(!console.get("/audit?count=1000").text.contains(&connected.token));
}

#[test]
fn the_log_is_read_page_by_page_exported_and_verified() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    for n in 0..30 {
        sales.client().post("/Users", person(&format!("p{n}"))).expect(201);
    }
    sales.client().post("/Groups", team("=cmd")).expect(201);
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = console.get(&format!("/audit?event=create_user&count=7{next}")).expect(200).json();
        seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["object"].clone()));
        match page["next"].as_i64() {
            Some(id) => next = format!("&before={id}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 30);
    assert_eq!((&seen[0], &seen[29]), (&json!("p29@acme.test"), &json!("p0@acme.test")));
    let ndjson = console.get("/audit/export").expect(200);
    let total = ndjson.text.lines().count();
    assert!(ndjson.text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let csv = console.get("/audit/export?format=csv").expect(200);
    assert!(csv.text.contains("\"'=cmd\""), "{}", csv.text);
    console.get("/audit/export?format=xml").fails(400, "INVALID");
    console.get("/audit?event=nothing").fails(400, "INVALID");
    console.get("/audit?from=yesterday").fails(400, "INVALID");
    assert_eq!(console.get("/audit?from=2999-01-01T00:00:00Z").expect(200).at("/events"), json!([]));
    let verdict = console.post("/audit/verify", json!({})).expect(200).says("/ok", true).json();
    assert_eq!(verdict["checked"], total);
    let listed = house.run(&["audit", "list", "--event", "create_user", "--limit", "5", "--json"]).ok().json();
    assert_eq!(listed.as_array().unwrap().len(), 5);
    house.run(&["audit", "list", "--event", "nothing"]).fails(2);
    assert_eq!(house.run(&["audit", "export"]).ok().stdout.lines().count(), total);
    let file = house.data().join("audit.csv");
    house.run(&["audit", "export", "--format", "csv", "--output", file.to_str().unwrap()]).ok();
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), total + 1);
    house.run(&["audit", "export", "--output", file.to_str().unwrap()]).fails(1);
    assert!(house.run(&["audit", "verify"]).ok().stdout.contains(verdict["head"].as_str().unwrap()));
}

#[test]
fn whoever_changes_or_removes_a_line_breaks_the_chain() {
    for change in [
        "UPDATE event SET actor = 'somebody' WHERE event_id = 5",
        "UPDATE event SET after = NULL WHERE event = 'create_user'",
        "DELETE FROM event WHERE event_id = 5",
        "DELETE FROM event WHERE event_id < 5",
        "DELETE FROM event WHERE event_id > 5",
        "DELETE FROM event WHERE event_id = (SELECT max(event_id) FROM event)",
        "DELETE FROM event",
    ] {
        let house = Appliance::start();
        let console = house.console();
        house.keeper().client().post("/Users", mia()).expect(201);
        console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
        house.tamper(change);
        let verdict = console.post("/audit/verify", json!({})).expect(200).says("/ok", false);
        assert!(verdict.at("/broken_at").as_i64().unwrap() >= if change.len() > 17 { 5 } else { 1 }, "{change}");
        house.run(&["audit", "verify"]).fails(1).saying("broken");
        // What is written afterwards does not hide it.
        house.run(&["node", "create", "Later"]).ok();
        house.run(&["audit", "verify"]).fails(1).saying("broken");
    }
}

#[test]
fn old_events_go_and_the_chain_stays_whole() {
    let house = Appliance::start();
    let console = house.console();
    let client = house.keeper().client();
    for n in 0..600 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    let count = console.get("/audit/export").expect(200).text.lines().count();
    drop(console);
    let mut house = house;
    house.signal(rustix::process::Signal::TERM);
    house.end();
    // As if all but the last of it had happened long ago.
    house.tamper("INSERT INTO setting (name, value) VALUES ('audit_days', '30')");
    house.tamper("UPDATE event SET at = 1 WHERE event_id < (SELECT max(event_id) FROM event)");
    let again = house.again();
    let verdict = eventually("the old ones are gone", || {
        let ran = again.run(&["audit", "verify", "--json"]);
        let verdict: Value = serde_json::from_str(&ran.stdout).ok()?;
        // Until the last of them is gone, those whose time was changed above are found.
        (verdict["first"].as_i64()? >= count as i64).then_some(verdict)
    });
    assert_eq!(verdict["ok"], true, "{verdict}");
    let pruned = again.run(&["audit", "list", "--event", "audit_pruned", "--json"]).ok().json();
    let removed: Vec<u64> =
        pruned.as_array().unwrap().iter().map(|e| e["after"]["removed"].as_u64().unwrap()).collect();
    assert_eq!(removed.iter().sum::<u64>(), count as u64, "the newest stays: the anchor that the stop has written");
    assert!(removed.len() > 1, "each line was written with what it tells of: {removed:?}");
}
