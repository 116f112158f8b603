//! The other identity providers, one dialogue each (docs/clients.md#jumpcloud to 14).

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::{Value, json};

#[test]
fn jumpcloud_rehearses_with_a_test_user_as_often_as_it_likes() {
    let house = Appliance::start();
    let jumpcloud = house.keeper().jumpcloud();
    let mut ids = Vec::new();
    for _ in 0..2 {
        jumpcloud.get("//Users?filter=userName%20eq%20%22test%40acme.test%22").expect(200);
        let made = jumpcloud.post("//Users", person("test")).expect(201).says("/active", true);
        let path = format!("//Users/{}", made.id());
        jumpcloud.put(&path, with(person("test"), json!({ "title": "T" }))).expect(200).says("/title", "T");
        let group = jumpcloud.post("//Groups", team("Test")).expect(201);
        let group_path = format!("//Groups/{}", group.id());
        jumpcloud.patch(&group_path, op("add", "members", refs(&[made.id()]))).expect(204);
        jumpcloud.patch(&group_path, op("remove", "members", refs(&[made.id()]))).expect(204);
        jumpcloud.put(&group_path, team("Test 2")).expect(200).says("/displayName", "Test 2");
        jumpcloud.delete(&group_path).expect(204);
        jumpcloud.delete(&path).expect(204);
        jumpcloud.put(&path, with(person("test"), json!({ "active": false }))).expect(200).says("/active", false);
        ids.push(made.id());
    }
    assert_eq!(ids[0], ids[1], "the same test address comes back with its old id");
}

#[test]
fn onelogin_sends_a_template_with_anything_in_it() {
    let house = Appliance::start();
    let onelogin = house.keeper().onelogin();
    onelogin.get("/Users?filter=userName+eq+%22mia%40acme.test%22&").empty_list();
    let body = json!({
        "schemas": ["urn:scim:schemas:core:1.0"], "id": null, "userName": "mia@acme.test", "title": null,
        "active": "true", "emails": { "value": "mia@acme.test", "type": "work" },
        ENTERPRISE: { "manager": { "managerId": "7", "displayName": "Ann" } },
    });
    let made = onelogin.post("/Users?", body.clone()).expect(201).says("/active", true);
    let path = format!("/Users/{}?", made.says("/emails/0/value", "mia@acme.test").id());
    let schemas = json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]);
    let update = with(body, json!({ "schemas": schemas, "displayName": "Mia", "active": "false" }));
    let now = onelogin.put(&path, update).expect(200).says("/displayName", "Mia").says("/active", false);
    let group = onelogin.post("/Groups?", team("Sales")).expect(201).id();
    let add = ops(json!([{ "op": "add", "path": "members", "value": [{ "value": now.id() }] }]));
    onelogin.patch(&format!("/Groups/{group}?"), add).expect(204);
    assert_eq!(onelogin.teams_of(&now.id()), [group.as_str()]);
}

#[test]
fn google_sends_plain_json_and_a_schema_of_version_one() {
    let house = Appliance::start();
    let google = house.connect("Google", &["--idp", "google"]).google();
    google.get("/Users").empty_list();
    google.get("/Users?count=1").empty_list();
    let body = with(person("mia"), json!({ "schemas": ["urn:scim:schemas:core:1.0", USER] }));
    let path = format!("/Users/{}", google.post("/Users", body).expect(201).id());
    google.patch(&path, pathless(json!({ "active": false }))).expect(200).says("/active", false);
    google.delete(&path).expect(204);
    google.get(&path).expect(200).says("/active", false);
}

#[test]
fn cloudgate_tests_the_connection_and_writes_japanese() {
    let house = Appliance::start();
    let cloudgate = house.connect("営業部", &["--idp", "cloudgate"]).cloudgate();
    cloudgate.get("/ServiceProviderConfig").expect(200);
    cloudgate.get("/Users").empty_list();
    cloudgate.get("/Users?startIndex=1&count=1").empty_list();
    let name = json!({ "familyName": "山田", "givenName": "太郎", "formatted": "山田 太郎" });
    let more = json!({ "displayName": "山田 太郎", "name": name, "locale": "ja-JP", "timezone": "Asia/Tokyo" });
    let made = cloudgate.post("/Users", with(person("taro"), more)).expect(201).says("/displayName", "山田 太郎");
    cloudgate.find("/Users", "displayName eq \"山田 太郎\"").finds(&made.id());
    // The account id cannot be changed there: they disable one and make another.
    cloudgate.delete(&format!("/Users/{}", made.id())).expect(204);
    cloudgate.post("/Users", person("taro2")).expect(201);
    cloudgate.get("/Users").says("/totalResults", 2);
}

#[test]
fn authentik_reads_the_configuration_and_adds_members_one_operation_each() {
    let house = Appliance::start();
    let authentik = house.keeper().authentik();
    let config = authentik.get("/ServiceProviderConfig").expect(200);
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config.at(&format!("/{feature}/supported")).is_boolean(), "{feature}");
    }
    // It takes this as the number of operations in one PATCH, also where bulk is not supported.
    let chunk = config.at("/bulk/maxOperations").as_u64().unwrap();
    assert!(chunk == 0 || chunk >= 100, "{chunk}");
    assert!(config.at("/authenticationSchemes").is_array());
    let [a, b] = ["ann", "bob"].map(|name| authentik.post("/Users", person(name)).expect(201).id());
    let taken = with(person("ann"), json!({ "externalId": "another" }));
    authentik.post("/Users", taken).refused(409);
    authentik.get("/Users?filter=userName%20eq%20ann%40acme.test").finds(&a);
    let group = authentik.post("/Groups", team("Sales")).expect(201).says("/members", json!([])).id();
    let path = format!("/Groups/{group}");
    let add = |id: &str| json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    authentik.patch(&path, ops(json!([add(&a), add(&b)]))).expect(204);
    assert_eq!(authentik.members_of(&group), [a.as_str(), b.as_str()]);
    let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{a}\"]"), "value": null }]);
    authentik.patch(&path, ops(remove)).expect(204);
    let whole =
        json!({ "schemas": [GROUP], "id": group, "displayName": "Sales 2", "externalId": "h", "members": null });
    authentik.patch(&path, pathless(whole)).expect(204);
    let now = authentik.get(&path).expect(200).says("/displayName", "Sales 2");
    assert!(now.at("/members").is_array());
    let put = with(person("bob"), json!({ "photos": [{ "value": "https://acme.test/b.png" }], "locale": "en_US" }));
    let put = with(
        put,
        json!({ "name": { "formatted": "Bob Berg" }, "emails": [{ "value": "bob@acme.test", "type": "other" }] }),
    );
    let echo = authentik.put(&format!("/Users/{b}"), put.clone()).expect(200);
    for key in ["photos", "locale", "name", "emails", "externalId", "displayName"] {
        assert_eq!(echo.at(&format!("/{key}")), put[key], "it would send {key} again at every sync");
    }
}

#[test]
fn rauthy_walks_full_pages_and_keeps_a_membership_by_its_name() {
    let house = Appliance::start();
    let rauthy = house.keeper().rauthy();
    for n in 0..101 {
        rauthy.post("/Groups", team(&format!("T{n:03}"))).expect(201).says("/externalId", format!("idp-T{n:03}"));
    }
    let first = rauthy.get("/Groups?startIndex=1&count=100").expect(200).says("/totalResults", 101);
    assert_eq!(first.listed().len(), 100, "it stops at the first page that is not full");
    assert_eq!(rauthy.get("/Groups?startIndex=101&count=100").listed().len(), 1);
    rauthy.get("/Users?filter=externalId%20eq%20%22idp-mia%22").empty_list();
    let person = with(mia(), json!({ "name": { "givenName": "Mia", "familyName": "" }, "custom": {}, "roles": ["r"] }));
    let mia = rauthy.post("/Users", person).expect(201).says("/name/familyName", "").id();
    let group = rauthy.find("/Groups", "displayName eq \"T007\"").at("/Resources/0/id").as_str().unwrap().to_owned();
    rauthy.patch(&format!("/Groups/{group}"), op("add", "members", refs(&[&mia]))).expect(204);
    rauthy.get(&format!("/Users/{mia}")).says("/groups/0/display", "T007");
    rauthy.patch(&format!("/Groups/{group}"), op("remove", "members", refs(&[&mia]))).expect(204);
    assert!(rauthy.teams_of(&mia).is_empty());
}

#[test]
fn keycloak_posts_without_looking_and_sends_scalars_as_strings() {
    let house = Appliance::start();
    let keycloak = house.keeper().keycloak();
    let made = keycloak.post("/Users", mia()).expect(201);
    assert!(!made.at("/displayName").is_null() && made.at("/active").is_boolean());
    keycloak.post("/Users", mia()).expect(201).says("/id", made.id());
    let path = format!("/Users/{}", made.id());
    keycloak.patch(&path, op("replace", "active", "false")).expect(200).says("/active", false);
    let one = ops(json!([{ "op": "replace", "path": "displayName", "value": ["M"] }]));
    keycloak.patch(&path, one).expect(200).says("/displayName", "M");
    let two = ops(json!([{ "op": "replace", "path": "displayName", "value": ["M", "N"] }]));
    keycloak.patch(&path, two).refused(400).because("invalidValue");
    let group = keycloak.post("/Groups", team("Sales")).expect(201).says("/displayName", "Sales").id();
    let path = format!("/Groups/{group}");
    let text = json!([format!("{{\"value\":\"{}\",\"$ref\":\"Users/{}\"}}", made.id(), made.id())]);
    keycloak.patch(&path, op("replace", "members", text)).expect(204);
    assert_eq!(keycloak.members_of(&group), [made.id()]);
    keycloak.patch(&path, ops(json!([{ "op": "remove", "path": "members" }]))).expect(204);
    assert!(keycloak.members_of(&group).is_empty());
    keycloak.get("/url").refused(404).detail("base URL");
    assert_eq!(keycloak.delete(&path).expect(204).text, "");
}

#[test]
fn sailpoint_reads_every_discovery_document() {
    let house = Appliance::start();
    let sailpoint = house.keeper().sailpoint();
    for path in ["/ServiceProviderConfig", "/ResourceTypes/User", "/ResourceTypes/Group"] {
        let reply = sailpoint.get(path).expect(200);
        assert!(reply.at("/meta/location").as_str().unwrap().ends_with(path));
    }
    sailpoint.get(&format!("/Schemas/{USER}")).expect(200).says("/id", USER).says("/name", "User");
    let types = sailpoint.get("/ResourceTypes").expect(200).listed();
    assert_eq!(types.iter().map(|t| t["endpoint"].clone()).collect::<Vec<_>>(), ["/Users", "/Groups"]);
    assert!(sailpoint.get("/Schemas").expect(200).listed().len() >= 3);
    for path in ["/Schemas/urn:nothing", "/ResourceTypes/Robot"] {
        sailpoint.get(path).refused(404);
    }
    sailpoint.get("/Schemas?filter=id%20eq%20%22x%22").refused(403);
    let mia = sailpoint.post("/Users", mia()).expect(201).id();
    let group = sailpoint.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    sailpoint.get("/Users?startIndex=1&count=50").says("/Resources/0/groups/0/value", group);
}

#[test]
fn ping_asks_for_emails_without_quotes_and_reads_canonical_types() {
    let house = Appliance::start();
    let ping = house.keeper().ping();
    let numbers = json!([{ "type": "work", "value": "+81 3" }]);
    let made = ping.post("/Users", with(mia(), json!({ "phoneNumbers": numbers, "photos": [] }))).expect(201);
    let made = made.says("/phoneNumbers/0/type", "work").lacks("/photos");
    ping.get("/Users?filter=emails%20eq%20mia@acme.test").finds(&made.id());
    ping.get("/Users?filter=externalId%20Eq%20idp-mia").finds(&made.id());
    ping.put(&format!("/Users/{}", made.id()), with(mia(), json!({ "active": false })))
        .expect(200)
        .says("/active", false);
}

#[test]
fn ssosync_takes_a_hit_only_when_it_is_the_only_one() {
    let house = Appliance::start();
    let ssosync = house.keeper().ssosync();
    for name in ["ann", "bob", "mia"] {
        ssosync.post("/Users", with(person(name), json!({ "addresses": [{ "type": "work" }] }))).expect(201);
    }
    let found = ssosync.get("/Users?filter=userName+eq+%22mia%40acme.test%22").expect(200).says("/totalResults", 1);
    let id = found.at("/Resources/0/id").as_str().unwrap().to_owned();
    let group = ssosync.post("/Groups", team("Sales")).expect(201).id();
    ssosync.patch(&format!("/Groups/{group}"), op("add", "members", refs(&[&id]))).expect(204);
    ssosync.patch(&format!("/Groups/{group}"), op("remove", "members", refs(&[&id]))).expect(204);
    assert!(ssosync.members_of(&group).is_empty());
}

#[test]
fn a_client_that_finds_by_external_id_and_wraps_its_members_is_understood() {
    let house = Appliance::start();
    let client = house.keeper().client().with("Content-Type", "application/json");
    let made = client.post("/Users", mia()).expect(201).id();
    client.find("/Users", "externalId eq \"idp-mia\"").finds(&made);
    let group = client.post("/Groups", team("Sales")).expect(201).id();
    let wrapped: Value = json!({ "members": [{ "value": made }] });
    client.patch(&format!("/Groups/{group}"), op("add", "members", wrapped)).expect(204);
    assert_eq!(client.members_of(&group), [made]);
}
