//! The same act for many users: each on its own, so that one that is refused keeps no other back.

use crate::appliance::Appliance;
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};

impl Console {
    /// A bulk act: how many were done and refused, and the code of each refusal.
    #[track_caller]
    fn bulk(&self, wish: Value) -> (u64, u64, Vec<Value>) {
        let ids = wish["ids"].clone();
        let reply = self.post("/users/bulk", wish).expect(200).json();
        let results = reply["results"].as_array().unwrap();
        let named: Vec<Value> = results.iter().map(|one| one["user_id"].clone()).collect();
        assert_eq!(Value::from(named), ids, "one outcome for each, in the order of the request");
        let count = |name: &str| reply[name].as_u64().unwrap();
        let codes = results.iter().filter(|one| one["ok"] == false).map(|one| one["error"]["code"].clone());
        (count("done"), count("failed"), codes.collect())
    }

    /// A value of a user.
    #[track_caller]
    fn of_user(&self, id: i64, pointer: &str) -> Value {
        self.get(&format!("/users/{id}")).expect(200).at(pointer)
    }
}

/// People whom a provider brings; their numbers.
fn people(client: &crate::idp_clients::Client, names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| client.post("/Users", person(name)).expect(201).id().parse().unwrap()).collect()
}

#[test]
fn many_are_moved_except_those_whose_name_is_taken_there() {
    let house = Appliance::start();
    let console = house.console();
    let [sales, shop] = ["Sales", "Shop"].map(|name| house.connect(name, &["--unique-users", "node"]));
    let moving = people(&sales.client(), &["ann", "bob", "cid"]);
    let there = people(&shop.client(), &["bob"])[0];
    let to: i64 = shop.node_id.parse().unwrap();
    let ids = [moving[0], moving[1], 7, moving[2]];
    let wish = json!({ "act": "move", "ids": ids, "node_id": to });
    let reply = console.post("/users/bulk", wish.clone()).expect(200);
    assert_eq!(reply.at("/results/1/error/detail/user_id"), there, "who holds the name can be found");
    assert_eq!(reply.at("/results/1/error/code"), "USER_NAME_TAKEN");
    // Again: who is there already stays there.
    assert_eq!(console.bulk(wish), (2, 2, vec![json!("USER_NAME_TAKEN"), json!("NOT_FOUND")]));
    let nodes = moving.iter().map(|id| console.of_user(*id, "/node_name")).collect::<Vec<_>>();
    assert_eq!(nodes, ["Shop", "Sales", "Shop"]);
    assert_eq!(console.events("event=user_moved").len(), 2);
    let nowhere = console.bulk(json!({ "act": "move", "ids": [moving[0]], "node_id": 1 }));
    assert_eq!(nowhere, (0, 1, vec![json!("NOT_FOUND")]));
    console.post("/users/bulk", json!({ "act": "move", "ids": [moving[0]] })).fails(400, "INVALID");
}

#[test]
fn many_are_invited_again_and_many_invitations_are_taken_back() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let ids = people(&sales.client(), &["ann", "bob", "cid"]);
    console.on_user(&ids[2].to_string(), "join", json!({})).expect(200);
    let refused = |codes: &[&str]| codes.iter().map(|code| json!(code)).collect::<Vec<_>>();
    let all = [ids[0], ids[2], 7, ids[1]];
    let resent = console.bulk(json!({ "act": "resend", "ids": all }));
    assert_eq!(resent, (2, 2, refused(&["ALREADY_JOINED", "NOT_FOUND"])));
    assert_eq!(console.events("event=send_invitation").len(), 2);
    assert_eq!(console.bulk(json!({ "act": "revoke", "ids": [ids[0]] })), (1, 0, Vec::new()));
    let revoked = console.bulk(json!({ "act": "revoke", "ids": all }));
    assert_eq!(revoked, (1, 3, refused(&["NOT_INVITED", "ALREADY_JOINED", "NOT_FOUND"])));
    let states = ids.iter().map(|id| console.of_user(*id, "/invitation/state")).collect::<Vec<_>>();
    assert_eq!(states, ["revoked", "revoked", "accepted"]);
    assert_eq!(console.events("event=invitation_revoked").len(), 2);
}

#[test]
fn many_are_deleted_if_they_are_locked() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let ids = people(&sales.client(), &["ann", "bob", "cid"]);
    let (two, all) = (json!([ids[0], ids[2]]), json!([ids[0], ids[1], ids[2], ids[0]]));
    assert_eq!(console.bulk(json!({ "act": "lock", "ids": two })), (2, 0, Vec::new()));
    let deleted = console.bulk(json!({ "act": "delete", "ids": all }));
    assert_eq!(deleted, (2, 2, vec![json!("NOT_LOCKED"), json!("NOT_FOUND")]));
    console.get("/users").expect(200).says("/total", 1).says("/users/0/user_name", "bob@acme.test");
    assert_eq!(console.get("/seats").expect(200).at("/users"), 1);
}

#[test]
fn a_bulk_act_of_several_writes_counts_them_all_and_has_an_end() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let mia = people(&sales.client(), &["mia"])[0];
    let mut ids: Vec<i64> = (1..=250).collect();
    ids.push(mia);
    let (done, failed, codes) = console.bulk(json!({ "act": "lock", "ids": ids }));
    assert_eq!((done, failed, codes.len()), (1, 250, 250));
    assert_eq!(console.of_user(mia, "/lock"), "admin");
    let too_many: Vec<i64> = (1..=1001).collect();
    console.post("/users/bulk", json!({ "act": "lock", "ids": too_many })).fails(400, "TOO_MANY");
    console.post("/users/bulk", json!({ "act": "link", "ids": [mia] })).fails(404, "NOT_FOUND");
    console.post("/users/bulk", json!({ "ids": [mia] })).fails(400, "INVALID");
}
