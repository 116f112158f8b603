//! Microsoft Entra ID: the default job, the job with the flag, and the validator (docs/clients.md#entra-id).

use crate::appliance::Appliance;
use crate::idp_clients::{Client, encoded};
use crate::people::*;
use serde_json::{Value, json};

const NOBODY: &str = "7fb5b4a0-1d1c-4b7e-9d0c-2f0a3b4c5d6e";

/// A user as Entra posts it.
fn assigned(name: &str) -> Value {
    let more = json!({
        "schemas": [USER, ENTERPRISE], "meta": { "resourceType": "User" }, "roles": [], "addresses": null,
        ENTERPRISE: { "department": "Sales", "manager": null }, "preferredLanguage": "RJWN-9",
    });
    with(person(name), more)
}

fn entra(house: &Appliance) -> Client {
    house.connect("Entra", &["--idp", "entra"]).entra()
}

#[test]
fn the_connection_test_finds_nobody_and_is_content() {
    let house = Appliance::start();
    let entra = entra(&house);
    for attribute in ["userName", "externalId", "emails[type eq \"work\"].value"] {
        entra.find("/Users", &format!("{attribute} eq \"{NOBODY}\"")).empty_list();
    }
    let filter = encoded(&format!("displayName eq \"{NOBODY}\""));
    entra.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).empty_list();
    entra.get("/Schemas").expect(200);
}

#[test]
fn the_default_job_changes_one_attribute_per_operation() {
    let house = Appliance::start();
    let entra = entra(&house);
    let made = entra.post("/Users", assigned("mia")).expect(201).says("/preferredLanguage", "RJWN-9").lacks("/roles");
    let path = format!("/Users/{}", made.id());
    let all = ops(json!([
        { "op": "Replace", "path": "displayName", "value": "Mia Holm" },
        { "op": "Replace", "path": "name.familyName", "value": "Holm" },
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "holm@acme.test" },
        { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Support" },
        { "op": "Add", "path": "phoneNumbers[type eq \"fax\"].value", "value": "+81-3" },
    ]));
    let now = entra.patch(&path, all).expect(200).says("/displayName", "Mia Holm").says("/name/familyName", "Holm");
    now.says("/emails/0/value", "holm@acme.test").says(&format!("/{ENTERPRISE}/department"), "Support");
    entra.patch(&path, op("Replace", "active", "False")).expect(200).says("/active", false);
    entra.find("/Users", "userName eq \"mia@acme.test\"").says("/Resources/0/active", false);
    // Soft-deleted first, then deleted, then found again and unlocked.
    entra.delete(&path).expect(204);
    let id = path.rsplit('/').next().unwrap();
    entra.find("/Users", "userName eq \"mia@acme.test\"").finds(id);
    entra.patch(&path, op("Replace", "active", "True")).expect(200).says("/active", true);
}

#[test]
fn the_job_with_the_flag_combines_attributes() {
    let house = Appliance::start();
    let entra = entra(&house);
    let path = format!("/Users/{}?aadOptscim062020", entra.post("/Users", assigned("mia")).expect(201).id());
    let all = ops(json!([
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "m@acme.test" },
        { "op": "replace", "value": {
            "displayName": "M", "name.givenName": "M.", "active": false,
            format!("{ENTERPRISE}:employeeNumber"): "42",
        } },
    ]));
    let now = entra.patch(&path, all).expect(200).says("/displayName", "M").says("/name/givenName", "M.");
    now.says("/active", false)
        .says(&format!("/{ENTERPRISE}/employeeNumber"), "42")
        .says("/emails/0/value", "m@acme.test");
}

#[test]
fn a_manager_comes_in_three_shapes_and_goes_without_a_trace() {
    let house = Appliance::start();
    let entra = entra(&house);
    let boss = entra.post("/Users", assigned("ann")).expect(201).id();
    let mia = entra.post("/Users", assigned("mia")).expect(201).id();
    let path = format!("/Users/{mia}");
    let shapes = [json!(boss), json!({ "value": boss }), json!([{ "$ref": null, "value": boss }])];
    for (n, shape) in shapes.into_iter().enumerate() {
        let manager = if n == 0 { "manager".to_owned() } else { format!("{ENTERPRISE}:manager") };
        let now = entra.patch(&path, op("Add", &manager, shape)).expect(200);
        now.says(&format!("/{ENTERPRISE}/manager/value"), boss.as_str());
        let filter = encoded(&format!("id eq \"{mia}\" and manager eq \"{boss}\""));
        entra.get(&format!("/Users?filter={filter}&attributes=id")).finds(&mia).lacks("/Resources/0/userName");
        let gone = entra.patch(&path, ops(json!([{ "op": "Remove", "path": manager }]))).expect(200);
        gone.lacks(&format!("/{ENTERPRISE}/manager"));
    }
}

#[test]
fn removing_one_member_in_either_dialect_never_empties_the_group() {
    let house = Appliance::start();
    let entra = entra(&house);
    let [a, b, c] = ["ann", "bob", "cid"].map(|name| entra.post("/Users", assigned(name)).expect(201).id());
    let schemas = json!([GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]);
    let body =
        json!({ "schemas": schemas, "externalId": "g", "displayName": "Sales", "meta": { "resourceType": "Group" } });
    let group = entra.post("/Groups", body).expect(201).id();
    let path = format!("/Groups/{group}");
    let member = |id: &str| json!([{ "$ref": null, "value": id }]);
    for id in [&a, &b, &c, &a] {
        entra.patch(&path, op("Add", "members", member(id))).expect(204);
    }
    entra.patch(&path, op("Remove", "members", member(&b))).expect(204);
    assert_eq!(entra.members_of(&group), [a.as_str(), c.as_str()]);
    let filtered = json!([{ "op": "remove", "path": format!("members[value eq \"{c}\"]") }]);
    entra.patch(&path, ops(filtered)).expect(204);
    assert_eq!(entra.members_of(&group), [a.as_str()]);
    let filter = encoded(&format!("id eq \"{group}\" and members eq \"{a}\""));
    entra.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).finds(&group);
    entra.find("/Groups", &format!("id eq \"{group}\" and members eq \"{b}\"")).empty_list();
}

#[test]
fn what_the_schemas_announce_is_stored_and_returned() {
    let house = Appliance::start();
    let sandbox = house.rfc();
    let entra = sandbox.entra();
    let schemas = entra.get("/Schemas").expect(200).listed();
    let user = schemas.iter().find(|schema| schema["id"] == USER).unwrap();
    let mut body = json!({ "userName": "junk@acme.test" });
    for attribute in user["attributes"].as_array().unwrap() {
        let name = attribute["name"].as_str().unwrap();
        if name == "userName" || name == "password" || attribute["mutability"] == "readOnly" {
            continue;
        }
        let one = junk(attribute);
        body[name] = if attribute["multiValued"] == true { json!([one]) } else { one };
    }
    let made = entra.post("/Users", body.clone()).expect(201);
    let read = entra.get(&format!("/Users/{}", made.id())).expect(200).json();
    for (name, sent) in body.as_object().unwrap() {
        assert_eq!(&read[name], sent, "{name}");
    }
}

/// A random-looking value of the type that a schema announces.
fn junk(attribute: &Value) -> Value {
    let writable = |part: &&Value| part["mutability"] != "readOnly";
    match attribute["type"].as_str().unwrap() {
        "boolean" => json!(true),
        "complex" => {
            let parts = attribute["subAttributes"].as_array().unwrap().iter().filter(writable);
            parts
                .map(|part| (part["name"].as_str().unwrap().to_owned(), junk(part)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        "integer" => json!(4711),
        _ => json!("UkpXTg=="),
    }
}

#[test]
fn the_validator_finds_a_certifiable_server_when_delete_deletes() {
    let house = Appliance::start();
    let entra = house.connect("Certification", &["--preset", "rfc", "--unique-groups", "on"]).entra();
    let made = entra.post("/Users", assigned("mia")).expect(201);
    let path = format!("/Users/{}", made.id());
    entra.post("/Users", assigned("mia")).refused(409).because("uniqueness");
    entra.find("/Users", "userName eq \"MIA@ACME.test\"").finds(&made.id());
    entra.patch(&path, op("Replace", "userName", "new@acme.test")).expect(200).says("/userName", "new@acme.test");
    entra.patch(&path, op("Replace", "active", "False")).expect(200);
    entra.find("/Users", "userName eq \"new@acme.test\"").says("/Resources/0/active", false);
    entra.delete(&path).expect(204);
    entra.get(&path).refused(404);
    entra.delete(&path).refused(404);
    let group = entra.post("/Groups", team("Sales")).expect(201).id();
    entra.post("/Groups", team("sales")).refused(409).because("uniqueness");
    entra.get(&format!("/Groups/{group}?excludedAttributes=members")).expect(200).lacks("/members");
    entra.patch(&format!("/Groups/{group}"), op("Replace", "displayName", "Vertrieb")).expect(204);
    entra.find("/Groups", "displayName eq \"VERTRIEB\"").finds(&group);
    entra.delete(&format!("/Groups/{group}")).expect(204);
    entra.delete(&format!("/Groups/{group}")).refused(404);
}

#[test]
fn microsofts_own_collection_says_users_in_lower_case_and_attributes_in_pascal_case() {
    let house = Appliance::start();
    let entra = entra(&house);
    let body = json!({
        "UserName": "mia@acme.test", "Active": true, "DisplayName": "Mia", "schemas": [USER],
        "Emails": [{ "Primary": true, "type": "work", "value": "mia@acme.test" }], "Name": { "GivenName": "Mia" },
    });
    let made = entra.post("/users", body).expect(201).says("/name/givenName", "Mia").says("/emails/0/primary", true);
    entra.get(&format!("/users/{}", made.id())).expect(200).says("/userName", "mia@acme.test");
    let manager = op("Add", "Manager", json!({ "Value": "7" }));
    entra
        .patch(&format!("/users/{}", made.id()), manager)
        .expect(200)
        .says(&format!("/{ENTERPRISE}/manager/value"), "7");
}
