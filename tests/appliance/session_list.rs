//! Lists of sessions: who sees which, and how they end.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::console::{Console, visitor};
use serde_json::json;

#[test]
fn an_owner_sees_and_ends_all_sessions_and_others_their_own() {
    let house = Appliance::start();
    let owner = house.console();
    house.run_with(&["admin", "create", "eve@acme.test", "--password-file", "-"], PASSWORD).ok();
    let known = visitor(&house).with("User-Agent", "Lamp/7");
    let opened = known.post("/session", json!({ "email": "eve@acme.test", "password": PASSWORD })).expect(200);
    let (eve, again) = (Console::opened(&house, &opened), Console::sign_in(&house, "eve@acme.test", PASSWORD));
    assert_eq!(owner.get("/sessions").expect(200).at("/sessions").as_array().unwrap().len(), 3);
    let hers = eve.get("/sessions").expect(200).at("/sessions");
    let hers = hers.as_array().unwrap();
    assert_eq!(hers.len(), 2);
    let this = hers.iter().find(|one| one["this"] == true).unwrap();
    assert_eq!((&this["address"], &this["client"]), (&json!("127.0.0.1"), &json!("Lamp/7")));
    assert_eq!(this["email"], "eve@acme.test");
    let other = hers.iter().find(|one| one["this"] == false).unwrap()["session_id"].as_str().unwrap();
    let all = owner.get("/sessions").expect(200).at("/sessions");
    let mine = all.as_array().unwrap().iter().find(|one| one["email"] == ADMIN).unwrap()["session_id"].clone();
    eve.delete(&format!("/sessions/{}", mine.as_str().unwrap())).fails(404, "NOT_FOUND");
    eve.delete(&format!("/sessions/{other}")).expect(204);
    again.get("/session").fails(401, "SIGN_IN_REQUIRED");
    let id = this["admin_id"].to_string();
    eve.delete(&format!("/admins/{id}/sessions")).fails(403, "ADMIN_ROLE");
    owner.delete(&format!("/admins/{id}/sessions")).expect(204);
    eve.get("/session").fails(401, "SIGN_IN_REQUIRED");
    assert_eq!(owner.events("event=sign_out")[..2], ["sign_out", "sign_out"]);

    let eve = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    let listed = house.run(&["admin", "sessions", "eve@acme.test", "--json"]).ok().json();
    let id = listed[0]["session_id"].as_str().unwrap();
    house.run(&["admin", "sessions", "--end", "0123456789abcdef"]).fails(3);
    house.run(&["admin", "sessions", "--end", id]).ok();
    eve.get("/session").fails(401, "SIGN_IN_REQUIRED");
    owner.get("/session").expect(200);
    house.run(&["admin", "sessions", ADMIN, "--end-all"]).ok();
    owner.get("/session").fails(401, "SIGN_IN_REQUIRED");
}
