//! Nodes are apart: another node's ids are unknown, whatever asks for them.

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::json;

#[test]
fn another_nodes_users_and_groups_are_404_for_every_method() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let theirs = support.client();
    let user = theirs.post("/Users", mia()).expect(201).id();
    let group = theirs.post("/Groups", with(team("Theirs"), json!({ "members": refs(&[&user]) }))).expect(201).id();
    let before = (theirs.get(&format!("/Users/{user}")).text, theirs.get(&format!("/Groups/{group}")).text);
    let ours = sales.client();
    for (path, body) in [(format!("/Users/{user}"), person("eve")), (format!("/Groups/{group}"), team("Eve"))] {
        let there = ours.get(&path).refused(404).text;
        let absent =
            if path.starts_with("/Users") { "/Users/100000000000001" } else { "/Groups/AAAAAAAAAAAAAAAAAAAAAA" };
        let id = path.rsplit('/').next().unwrap();
        let nowhere = ours.get(absent).refused(404).text.replace(absent.rsplit('/').next().unwrap(), id);
        assert_eq!(there, nowhere, "as if it did not exist");
        ours.put(&path, body).refused(404);
        ours.patch(&path, op("replace", "displayName", "Eve")).refused(404);
        ours.patch(&path, ops(json!([]))).refused(404);
        ours.delete(&path).refused(404);
        ours.send("HEAD", &path, ()).expect(404);
    }
    assert_eq!((theirs.get(&format!("/Users/{user}")).text, theirs.get(&format!("/Groups/{group}")).text), before);
}

#[test]
fn another_nodes_ids_are_no_members_and_no_teams() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let user = support.client().post("/Users", mia()).expect(201).id();
    let group = support.client().post("/Groups", team("Theirs")).expect(201).id();
    let ours = sales.client();
    let ann = ours.post("/Users", person("ann")).expect(201).id();
    let team_id = ours.post("/Groups", team("Ours")).expect(201).id();
    ours.post("/Groups", with(team("X"), json!({ "members": refs(&[&user]) }))).refused(400);
    ours.put(&format!("/Groups/{team_id}"), with(team("X"), json!({ "members": refs(&[&user]) }))).refused(400);
    for verb in ["add", "replace"] {
        ours.patch(&format!("/Groups/{team_id}"), op(verb, "members", refs(&[&user]))).refused(400);
        ours.patch(&format!("/Users/{ann}"), op(verb, "groups", refs(&[&group]))).refused(400);
    }
    ours.patch(&format!("/Groups/{team_id}"), op("remove", "members", refs(&[&user]))).expect(204);
    ours.patch(&format!("/Users/{ann}"), op("remove", "groups", refs(&[&group]))).expect(200);
    ours.post("/Users", with(person("bob"), json!({ "groups": refs(&[&group]) }))).refused(400);
    assert!(ours.members_of(&team_id).is_empty() && support.client().members_of(&group).is_empty());
    ours.get("/Users").finds(&ann);
}

#[test]
fn filters_and_searches_see_one_node_only() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let user = support.client().post("/Users", mia()).expect(201).id();
    let group = support.client().post("/Groups", with(team("Theirs"), json!({ "members": refs(&[&user]) })));
    let group = group.expect(201).id();
    let ours = sales.client();
    for filter in [
        "userName eq \"mia@acme.test\"".to_owned(),
        format!("id eq \"{user}\""),
        "externalId eq \"idp-mia\"".to_owned(),
        "emails.value eq \"mia@acme.test\"".to_owned(),
        "displayName eq \"Mia Berg\"".to_owned(),
        "userName eq \"x\" or active eq true".to_owned(),
        format!("groups.value eq \"{group}\""),
        "not (userName eq \"x\")".to_owned(),
    ] {
        ours.find("/Users", &filter).empty_list();
    }
    for filter in
        ["displayName eq \"Theirs\"".to_owned(), format!("id eq \"{group}\""), format!("members.value eq \"{user}\"")]
    {
        ours.find("/Groups", &filter).empty_list();
    }
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        ours.post(path, json!({})).expect(200).says("/totalResults", 0);
    }
    ours.get("").expect(200).says("/totalResults", 0);
}

#[test]
fn a_token_of_one_node_opens_no_other() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let user = support.client().post("/Users", mia()).expect(201).id();
    let intruder = support.client_with(&sales.token);
    for path in ["/Users", "/Groups", "/ServiceProviderConfig", "/Schemas", &format!("/Users/{user}"), "/nothing"] {
        intruder.get(path).refused(401).detail("TOKEN_OTHER_NODE");
    }
    intruder.post("/Users", person("eve")).refused(401);
    intruder.delete(&format!("/Users/{user}")).refused(401);
    support.client().get("/Users").finds(&user).says("/Resources/0/active", true);
}

#[test]
fn a_node_or_an_id_in_the_body_moves_nothing() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let body =
        with(mia(), json!({ "id": "7", "node_id": support.node_id, "scim_id": support.scim_id, "state": "active" }));
    let made = sales.client().post("/Users", body).expect(201);
    assert_ne!(made.id(), "7");
    support.client().get("/Users").empty_list();
    let id = made.id();
    let changed = pathless(json!({ "id": "8", "meta": { "created": "x" }, "node_id": support.node_id }));
    sales.client().patch(&format!("/Users/{id}"), changed).expect(200).says("/id", id);
}
