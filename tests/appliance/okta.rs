//! Okta: the catalogue app, the wizard app, and the specification test (docs/clients.md#okta).

use crate::appliance::Appliance;
use crate::idp_clients::{Client, values};
use crate::people::*;
use serde_json::{Value, json};

/// A user as Okta posts it.
fn assigned(name: &str) -> Value {
    let more = json!({ "password": "9xT!random", "locale": "en-US", "groups": [], "externalId": format!("00u{name}") });
    with(person(name), more)
}

fn assign(okta: &Client, name: &str) -> String {
    let look = okta.get(&format!("/Users?filter=userName%20eq%20%22{name}%40acme.test%22&startIndex=1&count=100"));
    look.empty_list();
    let made = okta.post("/Users", assigned(name)).expect(201).lacks("/password").says("/active", true);
    assert!(!made.text.contains("9xT!random"));
    made.id()
}

#[test]
fn the_catalogue_app_assigns_updates_suspends_and_reassigns_a_person() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    okta.get("/Users?startIndex=1&count=2").empty_list();
    okta.get("/Groups?startIndex=1&count=100").empty_list();
    let mia = assign(&okta, "mia");
    let path = format!("/Users/{mia}");
    // Okta changes what it has read, so our own id, meta and an empty groups come back to us.
    let read = okta.get(&path).expect(200).json();
    let name = json!({ "givenName": "Mia", "familyName": "Holm" });
    let changed = with(read, json!({ "name": name, "displayName": "Mia Holm", "groups": [] }));
    okta.put(&path, changed).expect(200).says("/name/familyName", "Holm").says("/id", mia.as_str());
    okta.patch(&path, pathless(json!({ "password": "n3w secret" }))).expect(200).lacks("/password");
    okta.patch(&path, pathless(json!({ "active": false }))).expect(200).says("/active", false);
    okta.find("/Users", "userName eq \"mia@acme.test\"").finds(&mia).says("/Resources/0/active", false);
    okta.patch(&path, pathless(json!({ "active": true }))).expect(200).says("/active", true);
}

#[test]
fn the_wizard_app_does_everything_with_put() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let mia = assign(&okta, "mia");
    let path = format!("/Users/{mia}");
    let made =
        okta.post("/Groups", with(team("Sales"), json!({ "members": [{ "value": mia, "display": "mia@acme.test" }] })));
    let group = made.expect(201).id();
    assert_eq!(okta.members_of(&group), [mia.as_str()]);
    okta.put(&path, with(assigned("mia"), json!({ "active": false }))).expect(200).says("/active", false);
    okta.put(&path, with(assigned("mia"), json!({ "active": true }))).expect(200).says("/active", true);
    assert_eq!(okta.teams_of(&mia), [group.as_str()], "an update with empty groups leaves the teams");
    let bob = assign(&okta, "bob");
    okta.put(&format!("/Groups/{group}"), with(team("Sales"), json!({ "members": refs(&[&bob]) }))).expect(200);
    assert_eq!(okta.members_of(&group), [bob.as_str()]);
}

#[test]
fn group_push_renames_moves_members_and_pushes_now() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let [a, b] = ["ann", "bob"].map(|name| assign(&okta, name));
    okta.find("/Groups", "displayName eq \"Sales\"").empty_list();
    let made = okta.post("/Groups", with(team("Sales"), json!({ "members": [] }))).expect(201);
    assert_eq!(made.at("/members"), json!([]));
    let group = made.id();
    let path = format!("/Groups/{group}");
    okta.patch(&path, op("replace", "members", json!([{ "value": a, "display": "ann@acme.test" }]))).expect(204);
    let both = json!([
        { "op": "remove", "path": format!("members[value eq \"{a}\"]") },
        { "op": "add", "path": "members", "value": [{ "value": b, "display": "bob@acme.test" }] },
    ]);
    okta.patch(&path, ops(both)).expect(204);
    okta.patch(&path, pathless(json!({ "id": group, "displayName": "Sales Tokyo" }))).expect(204);
    let now = okta.get(&path).expect(200).says("/displayName", "Sales Tokyo");
    assert_eq!(values(&now.at("/members")), [b.as_str()]);
    okta.patch(&path, pathless(json!({ "members": [], "id": group, "displayName": "Sales Tokyo" }))).expect(204);
    assert!(okta.members_of(&group).is_empty());
    okta.delete(&path).expect(204);
    okta.get(&path).refused(404);
}

#[test]
fn okta_specification_test_passes() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    assign(&okta, "ann");
    let first = okta.get("/Users?count=1&startIndex=1").expect(200);
    for pointer in ["/id", "/name/familyName", "/name/givenName", "/userName", "/active", "/emails/0/value"] {
        assert!(!first.at(&format!("/Resources/0{pointer}")).is_null(), "{pointer}");
    }
    let id = first.at("/Resources/0/id");
    okta.get(&format!("/Users/{}", id.as_str().unwrap())).expect(200).says("/id", id);
    okta.find("/Users", "userName eq \"nobody-4711@acme.test\"").empty_list();
    okta.get("/Users/4711").refused(404);
    let mia = assign(&okta, "mia");
    okta.get(&format!("/Users/{mia}")).expect(200).says("/name/familyName", "Berg");
    let again = with(assigned("mia"), json!({ "externalId": "00uother" }));
    okta.post("/Users", again).refused(409).because("uniqueness");
    okta.find("/Users", "userName eq \"MIA@ACME.TEST\"").finds(&mia);
    okta.get("/Groups").expect(200);
    house.keeper_stranger().get("/Users").refused(401);
}

impl Appliance {
    /// Somebody who knows an address and has no token.
    fn keeper_stranger(&self) -> Client {
        self.connect("Elsewhere", &[]).stranger().okta()
    }
}

#[test]
fn an_import_walks_pages_of_one_hundred_without_losing_anybody() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let made: Vec<_> = (0..201).map(|n| okta.post("/Users", assigned(&format!("p{n:03}"))).expect(201).id()).collect();
    let mut seen = Vec::new();
    for start in [1, 101, 201] {
        let page = okta.get(&format!("/Users?startIndex={start}&count=100")).expect(200).says("/totalResults", 201);
        seen.extend(page.listed().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, made);
}
