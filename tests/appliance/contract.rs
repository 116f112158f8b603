//! What Keeper's own clients need, row by row (docs/keeper.md#what-push-clients-need).

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::{Value, json};

#[test]
fn row_1_the_address_is_keepers_and_nothing_redirects() {
    let house = Appliance::start();
    let sales = house.keeper();
    assert_eq!(sales.url, house.url(&format!("/api/rest/scim/v2/{}", sales.node_id)));
    for path in ["/Users", "/Users/", "/Groups/", "/ServiceProviderConfig/", "/Schemas/", "/ResourceTypes/"] {
        sales.google_function().get(path).expect(200);
    }
}

#[test]
fn row_2_a_wrong_token_and_a_wrong_node_are_401() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    sales.client_with("wrong").get("/Users").refused(401);
    sales.client_with(&support.token).get("/Users").refused(401);
    sales.client().with("Authorization", &format!("Basic {}", sales.token)).get("/Users").refused(401);
    sales.client().with("Authorization", &format!("bearer {}", sales.token)).get("/Users").expect(200);
}

#[test]
fn rows_3_and_4_a_body_without_type_is_read_and_scim_json_is_answered() {
    let house = Appliance::start();
    let function = house.keeper().google_function();
    for reply in [function.post("/Users", mia()).expect(201), function.get("/Users").expect(200)] {
        assert_eq!(reply.header("content-type"), "application/scim+json");
    }
}

#[test]
fn row_5_an_empty_list_has_its_three_counters_and_an_array() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    commander.get("/Users?startIndex=1&count=500").empty_list();
    commander.get("/Groups?startIndex=1&count=500").empty_list();
}

#[test]
fn row_6_without_count_a_page_has_the_size_that_is_set() {
    let house = Appliance::start();
    let sales = house.connect("Sales", &["--page-size", "4"]);
    let function = sales.google_function();
    for n in 0..6 {
        function.post("/Users", person(&format!("p{n}"))).expect(201);
        function.post("/Groups", team(&format!("T{n}"))).expect(201);
    }
    for path in ["/Users", "/Groups"] {
        assert_eq!(function.get(path).expect(200).says("/totalResults", 6).listed().len(), 4);
        assert_eq!(function.get(&format!("{path}?count=6")).expect(200).listed().len(), 6);
    }
    let google = house.connect("Google", &["--idp", "google-function"]);
    assert_eq!(house.run(&["scim", "view", &google.scim_id, "--json"]).ok().json()["page_size"], 10_000);
}

#[test]
fn row_7_ids_are_strings_that_can_be_pasted_into_a_url() {
    let house = Appliance::start();
    let function = house.keeper().google_function();
    let user = function.post("/Users", mia()).expect(201).id();
    let group = function.post("/Groups", team("Sales")).expect(201).id();
    function.patch(&format!("/Users/{user}"), op("add", "groups", refs(&[&group]))).expect(200);
    assert!([&user, &group].iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))));
    assert_eq!(function.teams_of(&user), [group.as_str()]);
}

#[test]
fn row_8_locked_users_stay_listed_and_invited_ones_are_active() {
    let house = Appliance::start();
    let sales = house.keeper();
    let commander = sales.commander();
    let [a, b] = ["ann", "bob"].map(|name| commander.post("/Users", person(name)).expect(201).id());
    commander.delete(&format!("/Users/{b}")).expect(204);
    let users = commander.get("/Users?startIndex=1&count=500").expect(200).listed();
    let seen: Vec<_> = users.iter().map(|u| (u["id"].as_str().unwrap(), u["active"].clone())).collect();
    assert_eq!(seen, [(a.as_str(), Value::Bool(true)), (b.as_str(), Value::Bool(false))]);
    let states: Vec<_> = house.console().users(&sales).iter().map(|u| u["state"].clone()).collect();
    assert_eq!(states, ["invited", "locked"]);
}

#[test]
fn row_9_a_post_answers_201_with_the_whole_resource_also_when_it_links() {
    let house = Appliance::start();
    let sales = house.keeper();
    let first = sales.commander().post("/Users", mia()).expect(201);
    house.run(&["scim", "delete", &sales.scim_id, "--force"]).ok();
    let next = house.connect_node(&sales.node_id, &[]).commander();
    let linked = next.post("/Users", with(mia(), json!({ "externalId": "u1" }))).expect(201);
    let linked = linked.says("/id", first.id()).says("/userName", "mia@acme.test").says("/externalId", "u1");
    linked.says("/active", true).says("/displayName", "Mia Berg").says("/name/givenName", "Mia");
}

#[test]
fn row_10_a_group_with_an_odd_schema_is_made_and_users_need_no_emails() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let body = json!({ "schemas": [format!("{GROUP};")], "displayName": "Finance", "externalId": "g1" });
    let made = commander.post("/Groups", body).expect(201).says("/displayName", "Finance").says("/externalId", "g1");
    assert!(!made.id().is_empty());
    commander.post("/Users", without(mia(), "emails")).expect(201).says("/emails/0/value", "mia@acme.test");
}

#[test]
fn row_11_a_path_less_patch_changes_only_the_keys_it_lists() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let path = format!("/Users/{}", commander.post("/Users", mia()).expect(201).id());
    let value = json!({ "externalId": "u1", "name.familyName": "Holm", "active": true });
    let now = commander.patch(&path, pathless(value)).expect(200).says("/externalId", "u1");
    let now = now.says("/name", json!({ "givenName": "Mia", "familyName": "Holm" }));
    now.says("/displayName", "Mia Berg").says("/userName", "mia@acme.test");
    let group = commander.post("/Groups", team("Finance")).expect(201).id();
    let path = format!("/Groups/{group}");
    commander.patch(&path, pathless(json!({ "externalId": "g2" }))).expect(204);
    commander.get(&path).expect(200).says("/externalId", "g2").says("/displayName", "Finance");
}

#[test]
fn row_12_teams_are_added_and_removed_on_the_user() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let commander = sales.commander();
    let mia = commander.post("/Users", mia()).expect(201).id();
    let path = format!("/Users/{mia}");
    let [a, b] = ["A", "B"].map(|name| commander.post("/Groups", team(name)).expect(201).id());
    let foreign = support.client().post("/Groups", team("F")).expect(201).id();
    let change = |add: Value, remove: Value| {
        ops(json!([
            { "op": "add", "path": "groups", "value": add },
            { "op": "remove", "path": "groups", "value": remove },
        ]))
    };
    commander.patch(&path, change(refs(&[&a, &a]), json!([]))).expect(200);
    commander.patch(&path, change(refs(&[&a, &b]), json!([]))).expect(200);
    assert_eq!(commander.teams_of(&mia), [a.as_str(), b.as_str()]);
    commander.patch(&path, change(refs(&[&b]), refs(&[&a]))).expect(200);
    commander.patch(&path, change(json!([]), refs(&[&a, &foreign]))).expect(200);
    commander.delete(&format!("/Groups/{a}")).expect(204);
    commander.patch(&path, change(json!([]), refs(&[&a]))).expect(200);
    assert_eq!(commander.teams_of(&mia), [b.as_str()]);
    // An unknown team, and one of another node: the operation fails and nothing is half applied.
    for unknown in [&a, &foreign] {
        let reply = commander.patch(&path, change(refs(&[unknown]), refs(&[&b])));
        assert!(reply.status == 400 || reply.status == 404, "{}", reply.text);
        assert_eq!(commander.teams_of(&mia), [b.as_str()]);
    }
}

#[test]
fn row_13_verbs_and_booleans_are_read_as_keepers_documents_write_them() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let path = format!("/Users/{}", client.post("/Users", mia()).expect(201).id());
    client.patch(&path, op("Replace", "active", "false")).expect(200).says("/active", false);
    client.patch(&path, op("Replace", "active", "true")).expect(200).says("/active", true);
}

#[test]
fn row_14_patch_answers_200_or_204_and_delete_204() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let user = format!("/Users/{}", commander.post("/Users", mia()).expect(201).id());
    let group = format!("/Groups/{}", commander.post("/Groups", team("A")).expect(201).id());
    commander.patch(&user, pathless(json!({ "displayName": "M" }))).expect(200).says("/displayName", "M");
    commander.patch(&group, pathless(json!({ "displayName": "B" }))).expect(204);
    commander.delete(&group).expect(204);
    commander.delete(&user).expect(204);
}

#[test]
fn row_15_letter_case_empty_strings_and_external_ids_come_back_byte_for_byte() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let sent = json!({
        "userName": "Mia.Berg@Acme.Test", "externalId": "", "displayName": "",
        "name": { "givenName": "", "familyName": " Bérg\u{3000}姓" }, "active": true,
    });
    let id = commander.post("/Users", sent.clone()).expect(201).id();
    let echo = commander.get(&format!("/Users/{id}")).expect(200);
    for key in ["userName", "externalId", "displayName", "name"] {
        assert_eq!(echo.at(&format!("/{key}")), sent[key], "{key}");
    }
    let group = commander.post("/Groups", json!({ "displayName": "FiNance ", "externalId": "" })).expect(201).id();
    commander.get(&format!("/Groups/{group}")).says("/displayName", "FiNance ").says("/externalId", "");
}

#[test]
fn row_16_pending_memberships_are_listed_too() {
    let house = Appliance::start();
    let sales = house.connect("Sales", &["--approval", "manual"]);
    let commander = sales.commander();
    let mia = commander.post("/Users", mia()).expect(201).id();
    let group = commander.post("/Groups", team("Sales")).expect(201).id();
    commander.patch(&format!("/Users/{mia}"), op("add", "groups", refs(&[&group]))).expect(200);
    assert_eq!(commander.teams_of(&mia), [group.as_str()]);
    assert_eq!(commander.members_of(&group), [mia.as_str()]);
    let teams = house.console().teams(&sales);
    assert_eq!((&teams[0]["state"], &teams[0]["pending_members"]), (&json!("pending"), &json!(1)));
}

#[test]
fn row_17_deleting_a_user_locks_it_and_deleting_a_group_forgets_it() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let mia = commander.post("/Users", mia()).expect(201).id();
    let group = commander.post("/Groups", with(team("A"), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    commander.delete(&format!("/Groups/{group}")).expect(204);
    commander.get(&format!("/Groups/{group}")).refused(404);
    commander.delete(&format!("/Groups/{group}")).refused(404);
    assert!(commander.teams_of(&mia).is_empty());
    commander.delete(&format!("/Users/{mia}")).expect(204);
    commander.get(&format!("/Users/{mia}")).expect(200).says("/active", false);
}

#[test]
fn row_18_an_external_id_is_there_only_when_a_client_set_it_and_may_repeat() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let bare = commander.post("/Groups", json!({ "displayName": "By hand" })).expect(201).lacks("/externalId").id();
    commander.get(&format!("/Groups/{bare}")).expect(200).lacks("/externalId");
    commander.post("/Users", without(mia(), "externalId")).expect(201).lacks("/externalId");
    for name in ["A", "B"] {
        let body = json!({ "displayName": name, "externalId": "g1" });
        commander.post("/Groups", body).expect(201).says("/externalId", "g1");
    }
    commander.patch(&format!("/Groups/{bare}"), pathless(json!({ "displayName": "Still" }))).expect(204);
    commander.get(&format!("/Groups/{bare}")).expect(200).lacks("/externalId");
}

#[test]
fn row_19_operations_that_are_no_list_do_no_harm() {
    let house = Appliance::start();
    let function = house.keeper().google_function();
    let mia = function.post("/Users", mia()).expect(201).id();
    let group = function.post("/Groups", team("A")).expect(201).id();
    let path = format!("/Users/{mia}");
    for operations in [Value::Null, json!([]), json!({ "op": "add", "path": "groups", "value": refs(&[&group]) })] {
        let status = function.patch(&path, ops(operations.clone())).status;
        assert!(matches!(status, 200 | 204 | 400), "{operations}: {status}");
    }
    for operations in [json!("add"), json!(7), json!(true), json!([null]), json!([[]]), json!(["x"])] {
        function.patch(&path, ops(operations)).refused(400).because("invalidSyntax");
    }
    function.patch(&path, json!({ "schemas": [PATCH] })).refused(400).because("invalidSyntax");
    function.get(&path).expect(200).says("/userName", "mia@acme.test");
}

#[test]
fn row_20_the_same_push_again_has_nothing_to_write() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let sent = json!({
        "userName": "Mia@Acme.test", "externalId": "u1", "displayName": "", "active": true,
        "name": { "givenName": "", "familyName": "Berg" },
    });
    let user = commander.post("/Users", sent.clone()).expect(201).id();
    let group = commander.post("/Groups", json!({ "displayName": "Finance", "externalId": "g1" })).expect(201).id();
    commander.patch(&format!("/Users/{user}"), op("add", "groups", refs(&[&group]))).expect(200);
    let read = &commander.get("/Users?startIndex=1&count=500").expect(200).listed()[0];
    for key in ["userName", "externalId", "displayName", "name", "active"] {
        assert_eq!(read[key], sent[key], "a difference in {key} would be written on every run");
    }
    assert_eq!(read["groups"][0]["value"], group.as_str());
}
