//! The life of a person: every arrow of it, over HTTP and on the command line, and what a sync must not undo.

use crate::appliance::Appliance;
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};

impl Console {
    /// An act on a user.
    #[track_caller]
    pub fn on_user(&self, id: &str, act: &str, body: Value) -> crate::reply::Reply {
        self.post(&format!("/users/{id}/{act}"), body)
    }

    /// The names of the newest events, newest first.
    #[track_caller]
    pub fn events(&self, query: &str) -> Vec<String> {
        let events = self.get(&format!("/audit?count=1000&{query}")).expect(200).json();
        events["events"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_person_is_invited_joins_is_locked_unlocked_and_deleted_over_http() {
    let house = Appliance::start();
    let (console, okta) = (house.console(), house.keeper().okta());
    let mia = okta.post("/Users", mia()).expect(201).id();
    let path = format!("/users/{mia}");
    console.get(&path).expect(200).says("/state", "invited").says("/joined", false).says("/invitation/state", "kept");
    console.delete(&path).fails(409, "NOT_LOCKED");
    console.on_user(&mia, "join", json!({})).expect(200).says("/state", "active").says("/invitation/state", "accepted");
    let joined = console.get("/audit?event=accept_invitation").expect(200);
    assert_eq!(joined.at("/events/0/after"), json!({ "state": "active", "by_hand": true }));
    console.on_user(&mia, "join", json!({})).fails(409, "ALREADY_JOINED");
    console.on_user(&mia, "resend", json!({})).fails(409, "ALREADY_JOINED");
    let locked = console.on_user(&mia, "lock", json!({})).expect(200).says("/state", "locked").says("/lock", "admin");
    assert_eq!(locked.at("/locked_by"), crate::appliance::ADMIN);
    assert!(locked.at("/locked_at").as_str().unwrap().ends_with('Z'));
    okta.get(&format!("/Users/{mia}")).expect(200).says("/active", false);
    console.on_user(&mia, "unlock", json!({})).expect(200).says("/state", "active").says("/locked_at", Value::Null);
    okta.get(&format!("/Users/{mia}")).expect(200).says("/active", true);
    console.on_user(&mia, "lock", json!({})).expect(200);
    console.delete(&path).expect(204);
    console.get(&path).fails(404, "NOT_FOUND");
    okta.get(&format!("/Users/{mia}")).refused(404);
    assert_ne!(okta.post("/Users", person("mia")).expect(201).id(), mia, "ids are never used again");
    let told = console.events(&format!("user_id={mia}"));
    let life = ["delete_user", "lock_user", "enable_user", "lock_user", "accept_invitation", "create_user"];
    assert_eq!(told, life);
}

#[test]
fn a_user_is_shown_with_its_resource_as_its_provider_reads_it() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let client = sales.client();
    let mia = client.post("/Users", mia()).expect(201).id();
    client.post("/Groups", with(team("Red"), json!({ "members": refs(&[&mia]) }))).expect(201);
    let path = format!("/users/{mia}");
    let same = |shown: crate::reply::Reply| {
        let read = client.get(&format!("/Users/{mia}")).expect(200).json();
        assert_eq!(shown.expect(200).at("/resource"), read);
    };
    same(console.get(&path));
    same(console.patch(&path, json!({ "display_name": "Mi" })));
    same(console.on_user(&mia, "lock", json!({})));
    assert_eq!(console.get(&path).at("/resource/active"), false);
    assert_eq!(console.get(&path).at("/resource/groups/0/display"), "Red");
}

#[test]
fn the_command_line_leads_through_the_same_life() {
    let house = Appliance::start();
    let (sales, shop) = (house.keeper(), house.connect("Shop", &[]));
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    let state = |id: &str| house.run(&["user", "view", id, "--json"]).ok().json()["state"].clone();
    assert_eq!(state(&mia), "invited");
    house.run(&["user", "delete", &mia, "--force"]).fails(4).saying("Only locked users");
    house.run(&["user", "resend", &mia]).ok();
    house.run(&["user", "join", &mia]).ok();
    assert_eq!(state(&mia), "active");
    house.run(&["user", "join", &mia]).fails(4);
    house.run(&["user", "lock", &mia]).ok();
    assert_eq!(state(&mia), "locked");
    house.run(&["user", "unlock", &mia]).ok();
    house.run(&["user", "move", &mia, "--node", &shop.node_id]).ok();
    sales.client().get(&format!("/Users/{mia}")).refused(404);
    shop.client().get(&format!("/Users/{mia}")).expect(200);
    house.run(&["user", "lock", &mia]).ok();
    house.run(&["user", "delete", &mia]).fails(5);
    house.run(&["user", "delete", &mia, "--force"]).ok();
    house.run(&["user", "view", &mia]).fails(3);
    let added = house.run(&["user", "add", "eve@acme.test", "--node", &shop.node_id, "--json"]).ok().json();
    let keys: Vec<&str> = added.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["user_id", "user_name", "display_name", "state", "lock", "node_id", "teams", "external_id"];
    assert_eq!(keys, expected);
    let link = house.run(&["user", "link", &added["user_id"].to_string()]).ok().stdout;
    assert!(link.starts_with(&house.url("/join/")), "{link}");
    let list = house.run(&["user", "list", "--node", &shop.node_id, "--json"]).ok().json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["user_name"], "eve@acme.test");
    let table = house.run(&["user", "list"]).ok().stdout;
    assert!(table.contains("USER NAME") && table.contains("eve@acme.test"), "{table}");
}

#[test]
fn an_administrators_lock_survives_every_way_in_which_a_sync_says_active() {
    let house = Appliance::start();
    let (console, okta) = (house.console(), house.keeper().okta());
    let id = okta.post("/Users", mia()).expect(201).id();
    let path = format!("/Users/{id}");
    okta.patch(&path, op("replace", "active", false)).expect(200);
    console.get(&format!("/users/{id}")).says("/lock", "idp").says("/locked_by", Value::String(scim_of(&console)));
    console.on_user(&id, "lock", json!({})).expect(200).says("/lock", "admin");
    okta.patch(&path, op("replace", "active", true)).expect(200).says("/active", false);
    okta.put(&path, mia()).expect(200).says("/active", false);
    okta.post("/Users", mia()).expect(201).says("/active", false).says("/id", id.as_str());
    console.get(&format!("/users/{id}")).says("/lock", "admin");
    // What the provider locked, the provider unlocks.
    console.on_user(&id, "unlock", json!({})).expect(200);
    okta.patch(&path, op("replace", "active", "False")).expect(200).says("/active", false);
    okta.patch(&path, op("replace", "active", "True")).expect(200).says("/active", true);
}

#[test]
fn an_administrators_lock_survives_deletion_and_creation_where_delete_removes() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.rfc().client());
    let id = client.post("/Users", mia()).expect(201).id();
    let red = client.post("/Groups", with(team("Red"), json!({ "members": refs(&[&id]) }))).expect(201).id();
    console.on_user(&id, "lock", json!({})).expect(200);
    client.delete(&format!("/Users/{id}")).expect(204);
    assert!(client.members_of(&red).is_empty());
    console.get(&format!("/users/{id}")).expect(200).says("/lock", "admin").says("/origin", "hand");
    // Whoever is put into a team meanwhile leaves it again, and the log says so.
    client.patch(&format!("/Groups/{red}"), op("add", "members", refs(&[&id]))).expect(204);
    client.delete(&format!("/Users/{id}")).expect(204);
    assert!(client.members_of(&red).is_empty());
    let told = console.events(&format!("user_id={id}"));
    assert_eq!(told[0], "user_updated");
    client.delete(&format!("/Users/{id}")).expect(204);
    assert_eq!(console.events(&format!("user_id={id}")), told, "what changes nothing is no event");
    client.post("/Users", mia()).expect(201).says("/id", id.as_str()).says("/active", false);
    console.get(&format!("/users/{id}")).says("/lock", "admin").says("/origin", "scim");
    client.patch(&format!("/Users/{id}"), op("replace", "active", true)).expect(200).says("/active", false);
    // Without the lock it is gone like any other.
    console.on_user(&id, "unlock", json!({})).expect(200);
    client.delete(&format!("/Users/{id}")).expect(204);
    console.get(&format!("/users/{id}")).fails(404, "NOT_FOUND");
}

/// How the audit log calls the only connection.
fn scim_of(console: &Console) -> String {
    format!("scim:{}", console.get("/connections").expect(200).json()[0]["scim_id"])
}

#[test]
fn a_user_is_added_renamed_and_found_by_hand() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let node: i64 = sales.node_id.parse().unwrap();
    let wish = json!({ "node_id": node, "user_name": "eve@acme.test", "display_name": "Eve" });
    let eve = console.post("/users", wish.clone()).expect(201).says("/origin", "hand").says("/state", "invited");
    let id = eve.at("/user_id").to_string();
    assert_eq!(eve.at("/emails"), json!(["eve@acme.test"]));
    let taken = console.post("/users", wish).fails(409, "USER_NAME_TAKEN");
    assert_eq!(
        taken.at("/error/detail"),
        json!({ "name": "eve@acme.test", "user_id": eve.at("/user_id"), "node_id": node })
    );
    let bob = sales.client().post("/Users", person("bob")).expect(201).id();
    let taken = console.patch(&format!("/users/{bob}"), json!({ "user_name": "EVE@acme.test" }));
    assert_eq!(taken.fails(409, "USER_NAME_TAKEN").at("/error/detail/user_id").to_string(), id);
    // The wire names nobody.
    let wire = sales.client().patch(&format!("/Users/{bob}"), op("replace", "userName", "eve@acme.test"));
    let wire = wire.refused(409).because("uniqueness");
    assert!(!wire.text.contains(&id) && !wire.text.contains(&sales.node_id), "{}", wire.text);
    console.post("/users", json!({ "node_id": node, "user_name": "eve" })).fails(400, "USERNAME_NOT_EMAIL");
    let renamed = console.patch(&format!("/users/{id}"), json!({ "user_name": "eva@acme.test", "display_name": null }));
    renamed.expect(200).says("/user_name", "eva@acme.test").says("/display_name", Value::Null);
    sales.client().get(&format!("/Users/{id}")).expect(200).says("/emails/0/value", "eva@acme.test");
    // An identity provider that brings her links what is there.
    let linked = sales.client().post("/Users", with(person("eva"), json!({ "externalId": "x-1" }))).expect(201);
    assert_eq!(linked.id(), id);
    console.get(&format!("/users/{id}")).says("/origin", "scim").says("/external_id", "x-1");
    let found = console.get("/users/lookup?user_name=EVA@acme.test").expect(200);
    assert_eq!(found.at("/users/0/user_id").to_string(), id);
    let events = console.events(&format!("user_id={id}"));
    assert_eq!(events, ["user_linked", "user_updated", "create_user"]);
    // What changes nothing is no event.
    let before = console.events("").len();
    console.patch(&format!("/users/{id}"), json!({ "user_name": "eva@acme.test" })).expect(200);
    console.on_user(&id, "unlock", json!({})).expect(200);
    sales.client().patch(&format!("/Users/{id}"), op("replace", "active", true)).expect(200);
    assert_eq!(console.events("").len(), before);
}

#[test]
fn a_node_has_each_name_once_also_when_its_connection_is_gone() {
    let house = Appliance::start();
    let (console, lab) = (house.console(), house.connect("Lab", &["--preset", "rfc"]));
    let node: i64 = lab.node_id.parse().unwrap();
    let mia = lab.client().post("/Users", mia()).expect(201).id();
    house.run(&["scim", "delete", &lab.scim_id, "--force"]).ok();
    // Without a connection a name is unique in the whole appliance, and hers was not.
    let again = console.post("/users", json!({ "node_id": node, "user_name": "MIA@acme.test" }));
    assert_eq!(again.fails(409, "USER_NAME_TAKEN").at("/error/detail/user_id").to_string(), mia);
    let ann = console.post("/users", json!({ "node_id": node, "user_name": "ann@acme.test" })).expect(201);
    let path = format!("/users/{}", ann.at("/user_id"));
    console.patch(&path, json!({ "user_name": "mia@acme.test" })).fails(409, "USER_NAME_TAKEN");
    // Nor can she, whose name somebody has meanwhile who must be the only one, be written any more without another name.
    let sales = house.keeper();
    let other = sales.client().post("/Users", person("mia")).expect(201).id();
    for change in [json!({ "display_name": "Mia" }), json!({ "user_name": "MIA@acme.test" })] {
        let refused = console.patch(&format!("/users/{mia}"), change).fails(409, "USER_ELSEWHERE");
        assert_eq!(refused.at("/error/detail/user_id").to_string(), other);
    }
    let renamed = console.patch(&format!("/users/{mia}"), json!({ "user_name": "mia@lab.test" }));
    renamed.expect(200).says("/user_name", "mia@lab.test");
    console.patch(&format!("/users/{mia}"), json!({ "user_name": "ann.x@lab.test" })).expect(200);
    // Nor does one come from another node.
    let shop: i64 = house.connect("Shop", &["--preset", "rfc"]).node_id.parse().unwrap();
    let other = console.post("/users", json!({ "node_id": shop, "user_name": "ann@acme.test" })).expect(201);
    let moved = console.on_user(&other.at("/user_id").to_string(), "move", json!({ "node_id": node }));
    moved.fails(409, "USER_NAME_TAKEN");
}

#[test]
fn a_conflict_names_the_other_node_to_the_administrator_alone_and_a_move_heals_it() {
    let house = Appliance::start();
    let console = house.console();
    let (sales, shop) = (house.keeper(), house.connect("Shop", &[]));
    let id = sales.client().post("/Users", mia()).expect(201).id();
    let team_id =
        sales.client().post("/Groups", with(team("Red"), json!({ "members": refs(&[&id]) }))).expect(201).id();
    let refused = shop.client().post("/Users", mia()).refused(409).because("uniqueness");
    assert!(!refused.text.contains("Sales") && !refused.text.contains(&id), "{}", refused.text);
    let shop_node: i64 = shop.node_id.parse().unwrap();
    let by_hand = console.post("/users", json!({ "node_id": shop_node, "user_name": "MIA@acme.test" }));
    let by_hand = by_hand.fails(409, "USER_ELSEWHERE");
    assert_eq!(by_hand.at("/error/detail/node"), "Sales");
    assert_eq!(by_hand.at("/error/detail/user_id").to_string(), id);
    let seen = console.get(&format!("/connections/{}", shop.scim_id)).expect(200);
    assert_eq!(seen.at("/exchanges/0/code"), "USER_ELSEWHERE");
    assert_eq!(seen.at("/exchanges/0/conflict/node_name"), "Sales");
    console.on_user(&id, "move", json!({ "node_id": shop_node })).expect(200).says("/node_name", "Shop");
    assert!(sales.client().members_of(&team_id).is_empty(), "memberships exist only within a node");
    let healed = console.get(&format!("/connections/{}", shop.scim_id)).expect(200);
    let healed = healed.says("/exchanges/0/code", "USER_ELSEWHERE").says("/exchanges/0/conflict", Value::Null);
    assert_eq!(healed.at("/exchanges/0/status"), 409, "what was answered stays");
    let linked = shop.client().post("/Users", mia()).expect(201);
    assert_eq!(linked.id(), id);
    sales.client().post("/Users", mia()).refused(409);
    assert_eq!(
        shop.client().get("/Users?filter=emails.value%20eq%20%22mia@acme.test%22").expect(200).listed().len(),
        1
    );
}

#[test]
fn beyond_the_seats_a_post_is_428_and_an_event() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    house.run(&["settings", "set", "seats", "2"]).ok();
    console.get("/settings").says("/seats/value", 2).says("/seats/origin", "here");
    let client = sales.client();
    let mia = client.post("/Users", mia()).expect(201).id();
    client.post("/Users", person("ann")).expect(201);
    let refused = client.post("/Users", person("bob"));
    assert_eq!(refused.status, 428);
    assert!(refused.text.contains("OUT_OF_SEATS"), "{}", refused.text);
    assert_eq!(console.get("/seats").expect(200).json(), json!({ "seats": 2, "users": 2 }));
    let bob = json!({ "node_id": sales.node_id.parse::<i64>().unwrap(), "user_name": "bob@acme.test" });
    console.post("/users", bob).fails(428, "OUT_OF_SEATS");
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        { "method": "POST", "path": "/Users", "bulkId": "a", "data": person("bob") },
    ] });
    client.post("/Bulk", bulk).expect(200).says("/Operations/0/status", "428");
    // One line for single requests, which are noted once a minute, and one for the bulk request.
    assert_eq!(console.events("event=out_of_seats").len(), 2);
    // A locked user keeps the seat, a deleted one gives it back, and who is there already is linked.
    client.delete(&format!("/Users/{mia}")).expect(204);
    client.post("/Users", person("mia")).expect(201);
    client.delete(&format!("/Users/{mia}")).expect(204);
    console.delete(&format!("/users/{mia}")).expect(204);
    client.post("/Users", person("bob")).expect(201);
    console.patch("/settings", json!({ "seats": null })).expect(200).says("/seats/value", 0);
    client.post("/Users", person("cid")).expect(201);
}

#[test]
fn many_users_are_listed_by_what_they_are_and_acted_on_at_once() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let ids: Vec<String> = ["ann", "bob", "cid", "dan"]
        .iter()
        .map(|n| sales.client().post("/Users", person(n)).expect(201).id())
        .collect();
    let numbers: Vec<i64> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let some = json!({ "act": "join", "ids": [numbers[0], numbers[1], 7] });
    let bulk = console.post("/users/bulk", some).expect(200).says("/done", 2).says("/failed", 1);
    assert_eq!(bulk.at("/results/2/error/code"), "NOT_FOUND");
    console.post("/users/bulk", json!({ "act": "lock", "ids": [numbers[1]] })).expect(200);
    let names = |query: &str| -> Vec<Value> {
        let list = console.get(&format!("/users?{query}")).expect(200).json();
        list["users"].as_array().unwrap().iter().map(|u| u["user_name"].clone()).collect()
    };
    assert_eq!(names("state=active"), ["ann@acme.test"]);
    assert_eq!(names("state=locked"), ["bob@acme.test"]);
    assert_eq!(names("lock=admin"), ["bob@acme.test"]);
    assert_eq!(names("state=invited&sort=user_name&order=desc"), ["dan@acme.test", "cid@acme.test"]);
    assert_eq!(names("q=CID"), ["cid@acme.test"]);
    assert_eq!(names("start=2&count=2"), ["bob@acme.test", "cid@acme.test"]);
    assert!(names("origin=hand").is_empty());
    for wrong in ["state=x", "sort=resource", "order=up", "lock=me", "count=x"] {
        console.get(&format!("/users?{wrong}")).fails(400, "INVALID");
    }
    sales.client().patch(&format!("/Users/{}", ids[3]), op("replace", "displayName", "=1+1")).expect(200);
    let csv = console.get("/users/export").expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text.lines().count(), 5);
    assert!(csv.text.contains("\"'=1+1\""), "{}", csv.text);
}
