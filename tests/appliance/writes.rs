//! What creating, replacing and removing answer (docs/clients.md#put, #statuses, #locked-users, #duplicates and #answers).

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::json;

#[test]
fn a_user_put_leaves_memberships_alone_unless_it_names_some() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let mia = okta.post("/Users", mia()).expect(201).id();
    let [a, b] = ["A", "B"].map(|name| okta.post("/Groups", team(name)).expect(201).id());
    okta.patch(&format!("/Groups/{a}"), op("add", "members", refs(&[&mia]))).expect(204);
    let path = format!("/Users/{mia}");
    for body in
        [person("mia"), with(person("mia"), json!({ "groups": [] })), with(person("mia"), json!({ "groups": null }))]
    {
        okta.put(&path, with(body, json!({ "title": "Boss" }))).expect(200).says("/title", "Boss");
        assert_eq!(okta.teams_of(&mia), [a.as_str()]);
    }
    okta.put(&path, with(person("mia"), json!({ "groups": refs(&[&b]) }))).expect(200);
    assert_eq!(okta.teams_of(&mia), [b.as_str()]);
}

#[test]
fn a_put_replaces_the_profile_and_keeps_what_is_ours() {
    let house = Appliance::start();
    let keycloak = house.keeper().keycloak();
    let made = keycloak.post("/Users", with(mia(), json!({ "title": "Boss" }))).expect(201);
    let path = format!("/Users/{}", made.id());
    let echo =
        with(without(made.json(), "title"), json!({ "id": "7", "meta": { "location": "x" }, "displayName": "M" }));
    let now = keycloak.put(&path, echo).expect(200).says("/displayName", "M").lacks("/title");
    now.says("/id", made.id()).says("/meta/location", made.at("/meta/location"));
    keycloak.put(&path, without(person("mia"), "active")).expect(200).says("/active", true);
    keycloak.put(&path, with(person("mia"), json!({ "active": false }))).expect(200).says("/active", false);
    keycloak.put(&path, without(person("mia"), "userName")).refused(400);
}

#[test]
fn a_group_put_replaces_the_members_and_without_members_keeps_them() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let [a, b] = ["ann", "bob"].map(|name| okta.post("/Users", person(name)).expect(201).id());
    let group = okta.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&a]) }))).expect(201).id();
    let path = format!("/Groups/{group}");
    let bare = without(team("Sales 2"), "members");
    okta.put(&path, bare).expect(200).says("/displayName", "Sales 2").says("/members/0/value", a.as_str());
    okta.put(&path, with(team("Sales"), json!({ "members": refs(&[&b]) }))).expect(200);
    assert_eq!(okta.members_of(&group), [b.as_str()]);
    okta.put(&path, team("Sales")).expect(200);
    assert!(okta.members_of(&group).is_empty());
}

#[test]
fn a_put_on_what_is_not_there_is_a_scim_404_and_creates_nothing() {
    let house = Appliance::start();
    let authentik = house.keeper().authentik();
    authentik.put("/Users/100000000000001", mia()).refused(404);
    authentik.put("/Groups/AAAAAAAAAAAAAAAAAAAAAA", team("Sales")).refused(404);
    authentik.get("/Users").empty_list();
    authentik.get("/Groups").empty_list();
}

#[test]
fn each_write_answers_the_status_that_all_clients_accept() {
    let house = Appliance::start();
    let sales = house.keeper();
    let client = sales.client();
    let made = client.post("/Users", mia()).expect(201);
    let location = format!("{}/Users/{}", sales.url, made.id());
    assert_eq!(made.header("location"), location);
    let made = made.says("/meta/location", location).says("/meta/resourceType", "User").says("/active", true);
    let user = format!("/Users/{}", made.id());
    let group = client.post("/Groups", team("Sales")).expect(201);
    assert_eq!(group.header("location"), format!("{}/Groups/{}", sales.url, group.id()));
    let path = format!("/Groups/{}", group.id());
    client.put(&user, mia()).expect(200).says("/userName", "mia@acme.test");
    client
        .patch(&user, op("replace", "title", "Boss"))
        .expect(200)
        .says("/title", "Boss")
        .says("/displayName", "Mia Berg");
    client.put(&path, team("Sales")).expect(200).says("/members", json!([]));
    let patched = client.patch(&path, op("replace", "displayName", "Sales 2")).expect(204);
    assert_eq!((patched.text.as_str(), patched.header("content-type")), ("", ""));
    for path in [&path, &user] {
        assert_eq!(client.delete(path).expect(204).text, "");
    }
    for moment in ["created", "lastModified"] {
        let text = made.at(&format!("/meta/{moment}"));
        let text = text.as_str().unwrap();
        assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{text}");
    }
}

#[test]
fn deleting_a_user_locks_it_and_a_second_post_brings_it_back_with_the_same_id() {
    let house = Appliance::start();
    let jumpcloud = house.keeper().jumpcloud();
    let mia = jumpcloud.post("/Users", person("mia")).expect(201).id();
    let path = format!("/Users/{mia}");
    jumpcloud.delete(&path).expect(204);
    jumpcloud.get(&path).expect(200).says("/active", false);
    jumpcloud.get("/Users").finds(&mia).says("/Resources/0/active", false);
    jumpcloud.find("/Users", "userName eq \"mia@acme.test\"").finds(&mia).says("/Resources/0/active", false);
    // authentik, Keycloak and JumpCloud's activation test do not look before they POST.
    let back = jumpcloud.post("/Users", with(person("mia"), json!({ "displayName": "Mia B." }))).expect(201);
    back.says("/id", mia.as_str()).says("/active", true).says("/displayName", "Mia B.");
    jumpcloud.delete(&path).expect(204);
    // Also under another externalId, and without one: the lock alone decides.
    let stranger = with(person("mia"), json!({ "externalId": "another" }));
    jumpcloud.post("/Users", stranger).expect(201).says("/id", mia.as_str()).says("/active", true);
    jumpcloud.delete(&path).expect(204);
    jumpcloud.post("/Users", without(person("mia"), "externalId")).expect(201).says("/id", mia.as_str());
    jumpcloud.delete(&path).expect(204);
    jumpcloud.delete(&path).expect(204);
    jumpcloud.patch(&path, op("replace", "active", true)).expect(200).says("/active", true).says("/id", mia.as_str());
    jumpcloud.patch(&path, pathless(json!({ "active": false }))).expect(200).says("/active", false);
    jumpcloud.put(&path, person("mia")).expect(200).says("/active", true);
}

#[test]
fn a_lock_keeps_memberships_for_the_day_the_user_comes_back() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let group = client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    client.delete(&format!("/Users/{mia}")).expect(204);
    client.patch(&format!("/Users/{mia}"), op("replace", "active", true)).expect(200);
    assert_eq!(client.teams_of(&mia), [group.as_str()]);
}

#[test]
fn posting_an_active_user_again_is_a_conflict_unless_the_external_id_is_the_same() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let mia = okta.post("/Users", person("mia")).expect(201).id();
    okta.post("/Users", without(person("mia"), "externalId")).refused(409).because("uniqueness");
    let capitals = with(person("mia"), json!({ "userName": "MIA@ACME.TEST", "externalId": "someone else" }));
    okta.post("/Users", capitals).refused(409).because("uniqueness");
    okta.post("/Users", person("mia")).expect(201).says("/id", mia.as_str());
    okta.get("/Users").finds(&mia);
}

#[test]
fn a_user_of_another_node_is_a_conflict_that_does_not_say_where() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Geheim", &[]));
    sales.client().post("/Users", mia()).expect(201);
    let reply = support.client().post("/Users", mia()).refused(409).because("uniqueness");
    assert!(!reply.text.contains("Sales") && !reply.text.contains(&sales.node_id), "{}", reply.text);
}

#[test]
fn names_of_groups_may_repeat_until_they_are_made_unique() {
    let house = Appliance::start();
    let loose = house.connect("Loose", &[]).client();
    loose.post("/Groups", team("Sales")).expect(201);
    loose.post("/Groups", team("Sales")).expect(201);
    let strict = house.connect("Strict", &["--unique-groups", "on"]).entra();
    let group = strict.post("/Groups", team("Sales")).expect(201).id();
    strict.post("/Groups", team("sALES")).refused(409).because("uniqueness");
    let other = strict.post("/Groups", team("Other")).expect(201).id();
    strict.patch(&format!("/Groups/{other}"), op("Replace", "displayName", "SALES")).refused(409).because("uniqueness");
    strict.put(&format!("/Groups/{other}"), team("Sales")).refused(409).because("uniqueness");
    strict.patch(&format!("/Groups/{group}"), op("Replace", "displayName", "SALES")).expect(204);
    let entra = house.connect("Entra", &["--idp", "entra"]).entra();
    entra.post("/Groups", team("Sales")).expect(201);
    entra.post("/Groups", team("Sales")).refused(409).because("uniqueness");
}

#[test]
fn an_answer_to_active_true_already_says_true() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let path = format!("/Users/{}", okta.post("/Users", with(mia(), json!({ "active": false }))).expect(201).id());
    okta.get(&path).expect(200).says("/active", false);
    okta.patch(&path, pathless(json!({ "active": true }))).expect(200).says("/active", true);
    okta.patch(&path, op("replace", "active", false)).expect(200).says("/active", false);
    okta.put(&path, mia()).expect(200).says("/active", true);
}

#[test]
fn a_patch_with_a_bad_last_operation_changes_nothing() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let group = client.post("/Groups", team("Sales")).expect(201).id();
    let before = client.get(&format!("/Users/{mia}")).text;
    let half = ops(json!([
        { "op": "replace", "path": "displayName", "value": "half" },
        { "op": "add", "path": "groups", "value": refs(&[&group]) },
        { "op": "replace", "path": "shoeSize.left", "value": 9 },
    ]));
    client.patch(&format!("/Users/{mia}"), half).refused(400).because("invalidPath");
    let half = ops(json!([
        { "op": "add", "path": "groups", "value": refs(&[&group]) },
        { "op": "add", "path": "groups", "value": refs(&["AAAAAAAAAAAAAAAAAAAAAA"]) },
    ]));
    client.patch(&format!("/Users/{mia}"), half).refused(400);
    assert_eq!(client.get(&format!("/Users/{mia}")).text, before);
    let some = json!({ "members": refs(&[mia.as_str(), "100000000000001"]) });
    client.post("/Groups", with(team("Half"), some)).refused(400);
    client.get("/Groups").finds(&group);
    client.patch(&format!("/Groups/{group}"), op("add", "members", refs(&[mia.as_str(), "7"]))).refused(400);
    assert!(client.members_of(&group).is_empty());
}

#[test]
fn what_changes_nothing_keeps_version_and_time() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let made = client.post("/Users", mia()).expect(201);
    let path = format!("/Users/{}", made.id());
    let again = client.put(&path, mia()).expect(200).says("/meta", made.at("/meta"));
    client.patch(&path, op("replace", "displayName", "Mia Berg")).expect(200).says("/meta", again.at("/meta"));
    let changed = client.patch(&path, op("replace", "displayName", "M")).expect(200);
    assert_ne!(changed.at("/meta/version"), again.at("/meta/version"));
    assert_eq!(changed.at("/meta/created"), again.at("/meta/created"));
}
