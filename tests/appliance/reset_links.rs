//! Links by which administrators set a new password.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::console::{Console, visitor};
use crate::mail_server::{Manner, Postbox};
use crate::reply::Reply;
use crate::second_factor::code;
use serde_json::json;

pub const NEXT: &str = "a quite different one";

/// The secret of a link.
fn secret(link: &str) -> String {
    link.split_once("/ui/reset#k=").unwrap().1.to_owned()
}

pub fn made_by_command(house: &Appliance, email: &str) -> String {
    let made = house.json(&["admin", "reset-link", email]);
    assert_eq!(made["minutes"], 60);
    secret(made["link"].as_str().unwrap())
}

pub fn take(house: &Appliance, token: &str, new: &str) -> Reply {
    visitor(house).post("/password/reset", json!({ "token": token, "new": new }))
}

fn sign_in(house: &Appliance, password: &str) -> Reply {
    visitor(house).post("/session", json!({ "email": ADMIN, "password": password }))
}

#[test]
fn a_link_sets_a_password_once_and_ends_all_sessions() {
    let house = Appliance::start();
    let console = house.console();
    house.run(&["admin", "reset-link", "nobody@acme.test"]).fails(3);
    let said = house.run(&["admin", "reset-link", ADMIN]).ok();
    let older = secret(said.stdout.trim());
    let token = made_by_command(&house, ADMIN);
    console.get("/users").expect(200);
    sign_in(&house, PASSWORD).expect(200);
    take(&house, &older, NEXT).fails(410, "RESET_LINK_OVER");
    take(&house, &token, "too short").fails(400, "WEAK_PASSWORD");
    take(&house, &token, NEXT).expect(204);
    console.get("/users").fails(401, "SIGN_IN_REQUIRED");
    sign_in(&house, PASSWORD).fails(401, "SIGN_IN_FAILED");
    sign_in(&house, NEXT).expect(200);
    take(&house, &token, "another good password").fails(410, "RESET_LINK_OVER");
    let bytes = house.kept();
    let log = house.stderr();
    for secret in [&older, &token] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
        assert!(!log.contains(secret.as_str()));
    }
    assert!(log.contains("\"form\":\"reset\""), "{log}");
    let events = house.json(&["audit", "list"]).to_string();
    assert!(events.contains("reset_link_created") && events.contains("password_changed"), "{events}");
    house.run(&["audit", "verify"]).ok();
}

#[test]
fn a_link_ends_with_another_password_and_guessing_is_slowed_down() {
    let house = Appliance::with_admin();
    let token = made_by_command(&house, ADMIN);
    house.run_with(&["admin", "reset-password", ADMIN, "--password-file", "-"], PASSWORD).ok();
    take(&house, &token, NEXT).fails(410, "RESET_LINK_OVER");
    let token = made_by_command(&house, ADMIN);
    for _ in 0..4 {
        take(&house, "guessed", NEXT).fails(410, "RESET_LINK_OVER");
    }
    take(&house, &token, NEXT).fails(429, "SIGN_IN_DELAYED");
    // A page of another site cannot send one.
    let foreign = visitor(&house).with("Origin", "https://evil.test");
    foreign.post("/password/reset", json!({ "token": token, "new": NEXT })).fails(403, "CSRF");
}

#[test]
fn an_owner_makes_links_for_others_which_are_mailed_and_leave_the_second_factor() {
    let house = Appliance::start();
    let console = house.console();
    let admins = console.get("/admins").expect(200);
    let me = admins.at("/admins/0/admin_id").to_string();
    let eve = json!({ "email": "eve@acme.test", "name": "Eve", "password": PASSWORD });
    let id = console.post("/admins", eve).expect(201).at("/admin_id").to_string();
    console.post(&format!("/admins/{me}/reset-link"), json!({})).fails(400, "INVALID");
    console.post("/admins/999/reset-link", json!({})).fails(404, "NOT_FOUND");
    let hers = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    hers.post(&format!("/admins/{me}/reset-link"), json!({})).fails(403, "ADMIN_ROLE");
    let path = format!("/admins/{id}/reset-link");
    console.post(&path, json!({})).expect(201).says("/mailed", false).says("/minutes", 60);
    let postbox = Postbox::open(Manner::Plain);
    console.mail_by(&postbox, "none");
    let made = console.post(&path, json!({})).expect(201).says("/mailed", true);
    let link = made.at("/link").as_str().unwrap().to_owned();
    let mails = postbox.mails();
    assert!(mails.len() == 1 && mails[0].to.contains("eve@acme.test"), "{mails:?}");
    assert!(mails[0].text.replace("=\r\n", "").replace("=3D", "=").contains(&secret(&link)), "{mails:?}");
    let begun = hers.post("/second-factor", json!({ "password": PASSWORD })).expect(200).at("/secret");
    hers.post("/second-factor/confirm", json!({ "code": code(begun.as_str().unwrap(), -1) })).expect(200);
    take(&house, &secret(&link), NEXT).expect(204);
    hers.get("/users").fails(401, "SIGN_IN_REQUIRED");
    let signed = visitor(&house).post("/session", json!({ "email": "eve@acme.test", "password": NEXT }));
    assert_eq!(signed.at("/error/code"), "SECOND_FACTOR_NEEDED", "{}", signed.text);
    console.get("/users").expect(200);
}
