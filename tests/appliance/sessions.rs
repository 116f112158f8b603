//! Signing in and out of the console, and how long a session lasts.

use crate::appliance::{ADMIN, Appliance, PASSWORD, has_file};
use crate::console::{Console, cookie, visitor};
use crate::reply::Reply;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

#[test]
fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let house = Appliance::start();
    house.console();
    let wrong = visitor(&house).post("/session", credentials(ADMIN, "wrong horse, battery"));
    let wrong = wrong.fails(401, "SIGN_IN_FAILED");
    let unknown = visitor(&house).post("/session", credentials("eve@acme.test", PASSWORD)).fails(401, "SIGN_IN_FAILED");
    assert_eq!(wrong.text, unknown.text);
    let names = |reply: &Reply| reply.headers.keys().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(names(&wrong), names(&unknown));
    visitor(&house).post("/session", credentials("ADA@Acme.TEST", PASSWORD)).expect(200);
}

#[test]
fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    let house = Appliance::start();
    house.console();
    let reply = visitor(&house).post("/session", credentials(ADMIN, PASSWORD)).expect(200);
    let set = reply.header("set-cookie");
    let flags: Vec<&str> = set.split("; ").skip(1).collect();
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(flags.contains(&flag), "{set}");
    }
    assert!(set.starts_with("scimbox=") && !set.contains("Secure") && !set.contains("Max-Age"), "{set}");
    let value = cookie(&reply).split_once('=').unwrap().1.to_owned();
    assert!(value.len() >= 43, "256 bits");
    assert_ne!(reply.at("/csrf"), value);
    let remembered = with_remember(credentials(ADMIN, PASSWORD));
    let reply = visitor(&house).post("/session", remembered).expect(200);
    assert!(reply.header("set-cookie").contains("Max-Age=1209600"), "{}", reply.header("set-cookie"));
}

fn with_remember(mut credentials: Value) -> Value {
    credentials["remember"] = json!(true);
    credentials
}

#[test]
fn behind_https_the_cookie_is_secure_and_bound_to_its_host() {
    let house = Appliance::start_with(&["--base-url", "https://scim.acme.test"]);
    let console = house.console();
    assert!(console.cookie.starts_with("__Host-scimbox="), "{}", console.cookie);
    let reply = visitor(&house).post("/session", credentials(ADMIN, PASSWORD)).expect(200);
    let set = reply.header("set-cookie");
    for flag in ["; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(set.contains(flag), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    console.get("/session").expect(200);
    let unbound = console.cookie.replace("__Host-", "");
    console.client().with("Cookie", &unbound).get("/session").fails(401, "SIGN_IN_REQUIRED");
}

#[test]
fn signing_in_always_makes_a_new_session() {
    let house = Appliance::start();
    let first = house.console();
    let planted = visitor(&house).with("Cookie", "scimbox=planted-by-somebody-else-planted-by-somebody");
    let reply = planted.post("/session", credentials(ADMIN, PASSWORD)).expect(200);
    assert!(!cookie(&reply).contains("planted"));
    planted.get("/session").fails(401, "SIGN_IN_REQUIRED");
    let again = first.client().post("/session", credentials(ADMIN, PASSWORD)).expect(200);
    assert_ne!(cookie(&again), first.cookie);
    assert_ne!(again.at("/csrf"), first.csrf);
    first.get("/session").fails(401, "SIGN_IN_REQUIRED");
    Console::opened(&house, &again).get("/session").expect(200);
}

#[test]
fn signing_out_ends_this_session_and_signing_out_everywhere_all() {
    let house = Appliance::start();
    let [a, b, c] =
        [house.console(), Console::sign_in(&house, ADMIN, PASSWORD), Console::sign_in(&house, ADMIN, PASSWORD)];
    let out = a.delete("/session").expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    a.get("/session").fails(401, "SIGN_IN_REQUIRED");
    b.get("/session").expect(200);
    b.delete("/sessions").expect(204);
    for console in [&b, &c] {
        console.get("/session").fails(401, "SIGN_IN_REQUIRED");
        console.get("/nodes").fails(401, "SIGN_IN_REQUIRED");
    }
}

#[test]
fn another_password_needs_the_old_one_and_ends_all_other_sessions() {
    let house = Appliance::start();
    let (here, there) = (house.console(), Console::sign_in(&house, ADMIN, PASSWORD));
    let change = |current: &str, new: &str| here.post("/password", json!({ "current": current, "new": new }));
    change("wrong horse, battery", "another horse, battery").fails(401, "SIGN_IN_FAILED");
    change(PASSWORD, "short").fails(400, "WEAK_PASSWORD");
    let changed = change(PASSWORD, "another horse, battery").expect(204);
    for console in [&here, &there] {
        console.get("/session").fails(401, "SIGN_IN_REQUIRED");
    }
    let here = visitor(&house).with("Cookie", &cookie(&changed));
    let csrf = here.get("/session").expect(200).says("/admin/email", ADMIN).at("/csrf");
    here.with("X-CSRF-Token", csrf.as_str().unwrap()).post("/nodes", json!({ "name": "Sales" })).expect(201);
    visitor(&house).post("/session", credentials(ADMIN, PASSWORD)).fails(401, "SIGN_IN_FAILED");
    Console::sign_in(&house, ADMIN, "another horse, battery");
}

#[test]
fn the_own_password_cannot_be_changed_by_another_door_without_the_current_one() {
    let house = Appliance::start();
    let thief = house.console();
    let me = thief.get("/admins").expect(200).at("/admins/0/admin_id");
    let own = format!("/admins/{me}/password");
    thief.post(&own, json!({ "new": "another horse, battery" })).fails(400, "INVALID");
    let wrong = json!({ "current": "wrong horse, battery", "new": "another horse, battery" });
    thief.post(&own, wrong).fails(401, "SIGN_IN_FAILED");
    let right = json!({ "current": PASSWORD, "new": "another horse, battery" });
    let changed = thief.post(&own, right).expect(204);
    thief.get("/session").fails(401, "SIGN_IN_REQUIRED");
    visitor(&house).with("Cookie", &cookie(&changed)).get("/session").expect(200);
}

#[test]
fn what_changes_who_may_get_in_asks_for_the_password_again_after_a_while() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let eve = console.post("/admins", credentials("eve@acme.test", PASSWORD)).expect(201).at("/admin_id");
    let long_ago = jiff::Timestamp::now().as_millisecond() - 15 * 60_000;
    house.tamper(&format!("UPDATE session SET proved_at = {long_ago}"));
    let calls = [
        (format!("/admins/{eve}/password"), json!({ "new": "another horse, battery" }), 204),
        ("/admins".to_owned(), credentials("bob@acme.test", PASSWORD), 201),
        ("/api-keys".to_owned(), json!({ "name": "CI", "scope": "read" }), 201),
        (format!("/connections/{}/tokens", sales.scim_id), json!({}), 201),
    ];
    for (path, body, _) in &calls {
        console.post(path, body.clone()).fails(403, "REAUTHENTICATE");
    }
    console.delete(&format!("/admins/{eve}")).fails(403, "REAUTHENTICATE");
    console.post("/nodes", json!({ "name": "What is done every day goes on" })).expect(201);
    console.post("/session/confirm", json!({ "password": "wrong horse, battery" })).fails(401, "SIGN_IN_FAILED");
    let confirmed = console.post("/session/confirm", json!({ "password": PASSWORD })).expect(200);
    console.get("/session").fails(401, "SIGN_IN_REQUIRED");
    let console = Console::opened(&house, &confirmed);
    for (path, body, status) in calls {
        console.post(&path, body).expect(status);
    }
}

#[test]
fn a_password_that_is_changed_while_somebody_signs_in_lets_nobody_in() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let console = house.console();
    let db = house.database();
    for (email, meanwhile) in [
        ("bob@acme.test", "UPDATE admin SET password = '$argon2id$another' WHERE email = 'bob@acme.test'"),
        ("eve@acme.test", "DELETE FROM admin WHERE email = 'eve@acme.test'"),
    ] {
        console.post("/admins", credentials(email, PASSWORD)).expect(201);
        // Nothing is written until this ends, so whoever signs in gets as far as that and no further.
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let reply = std::thread::scope(|scope| {
            let arrives = scope.spawn(|| visitor(&house).post("/session", credentials(email, PASSWORD)));
            // Passwords are looked at one after the other: when these have been, so has that one.
            for _ in 0..2 {
                let guess = json!({ "current": "wrong horse, battery", "new": "another horse, battery" });
                console.post("/password", guess).fails(401, "SIGN_IN_FAILED");
            }
            db.execute_batch(meanwhile).unwrap();
            db.execute_batch("COMMIT").unwrap();
            arrives.join().unwrap()
        });
        reply.fails(401, "SIGN_IN_FAILED");
    }
    console.get("/session").expect(200);
}

#[test]
fn a_session_ends_when_it_is_idle_and_at_the_latest_after_its_time() {
    let house = Appliance::start();
    let console = house.console();
    let minutes = |n: u32| house.tamper(&format!("UPDATE session SET seen_at = seen_at - {n} * 60000"));
    minutes(29);
    console.get("/session").expect(200);
    minutes(31);
    console.get("/session").fails(401, "SIGN_IN_REQUIRED");
    let console = Console::sign_in(&house, ADMIN, PASSWORD);
    let minutes = |n: u32| house.tamper(&format!("UPDATE session SET expires_at = expires_at - {n} * 60000"));
    minutes(12 * 60 - 1);
    console.get("/session").expect(200);
    minutes(1);
    console.get("/session").fails(401, "SIGN_IN_REQUIRED");
}

#[test]
fn neither_password_nor_cookie_is_in_the_database() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let value = console.cookie.split_once('=').unwrap().1;
    let bytes = house.kept();
    for secret in [PASSWORD, value, &sales.token, &console.csrf] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
}

#[test]
fn nothing_of_the_console_answers_without_a_session() {
    let house = Appliance::start();
    house.console();
    let sales = house.keeper();
    let visitor = visitor(&house);
    for path in [
        "/session",
        "/nodes",
        "/idps",
        "/connections",
        "/users",
        "/teams",
        &format!("/nodes/{}", sales.node_id),
        &format!("/connections/{}", sales.scim_id),
        &format!("/connections/{}/live", sales.scim_id),
    ] {
        visitor.get(path).fails(401, "SIGN_IN_REQUIRED");
        // A token of SCIM opens no door here.
        visitor
            .clone()
            .with("Authorization", &format!("Bearer {}", sales.token))
            .get(path)
            .fails(401, "SIGN_IN_REQUIRED");
    }
    for (method, path) in [("POST", "/nodes"), ("DELETE", "/session"), ("DELETE", "/sessions"), ("POST", "/password")] {
        visitor.send(method, path, "{}").fails(401, "SIGN_IN_REQUIRED");
    }
    visitor.get("/nothing").fails(404, "NOT_FOUND");
}
