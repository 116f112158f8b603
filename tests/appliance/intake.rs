//! What the endpoint takes in: the dialects of real clients (docs/clients.md#what-the-clients-need: from #schemas to #patch-dialects, #nulls and #unknown-attributes).

use crate::appliance::Appliance;
use crate::idp_clients::values;
use crate::people::*;
use serde_json::{Value, json};

#[test]
fn schemas_may_say_anything_or_be_missing() {
    let house = Appliance::start();
    let sales = house.keeper();
    let seen = [
        json!(["urn:scim:schemas:core:1.0", USER]),
        json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
        json!([USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]),
        json!("urn:scim:schemas:core:1.0"),
        json!([]),
        Value::Null,
    ];
    for (n, schemas) in seen.into_iter().enumerate() {
        let made = sales.google().post("/Users", with(person(&format!("p{n}")), json!({ "schemas": schemas })));
        made.expect(201).says("/schemas/0", USER);
    }
    sales.google().post("/Users", without(person("none"), "schemas")).expect(201);
    let group = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    for (n, schemas) in [json!([GROUP, group]), json!([format!("{GROUP};")])].into_iter().enumerate() {
        let made = sales.entra().post("/Groups", with(team(&format!("T{n}")), json!({ "schemas": schemas })));
        made.expect(201).says("/schemas", json!([GROUP]));
    }
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    let bare = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "Boss" }] });
    sales.client().patch(&format!("/Users/{mia}"), bare).expect(200).says("/title", "Boss");
}

#[test]
fn any_media_type_is_taken_and_scim_json_is_answered() {
    let house = Appliance::start();
    let sales = house.keeper();
    let media = ["application/scim+json", "application/json", "application/json; charset=utf-8", "text/plain", "x/y"];
    for (n, media) in media.into_iter().enumerate() {
        let client = sales.client().with("Content-Type", media).with("Accept", "text/html;q=0.9");
        let made = client.post("/Users", person(&format!("p{n}"))).expect(201);
        assert_eq!(made.header("content-type"), "application/scim+json");
    }
    let made = sales.google_function().post("/Users", mia()).expect(201);
    assert_eq!(made.header("content-type"), "application/scim+json");
    let list = sales.client().with("Accept", "image/png").get("/Users").expect(200);
    assert_eq!(list.header("content-type"), "application/scim+json");
}

#[test]
fn names_and_verbs_are_read_in_any_letter_case_and_values_come_back_as_sent() {
    let house = Appliance::start();
    let entra = house.keeper().entra();
    let odd = json!({
        "Schemas": [USER], "UserName": "Mia.BERG@Acme.test", "DISPLAYNAME": "mIA", "externalID": "Ext-1",
        "Emails": [{ "Value": "Mia.BERG@Acme.test", "Type": "work", "Primary": true }], "Active": true,
    });
    let mia = entra.post("/Users", odd).expect(201).says("/userName", "Mia.BERG@Acme.test").says("/displayName", "mIA");
    let id = mia.id();
    for filter in [
        r#"userName eq "mia.berg@acme.TEST""#,
        r#"USERNAME Eq "mia.berg@acme.test""#,
        r#"displayName eq "MIA""#,
        r#"emails.value eq "MIA.berg@acme.test""#,
        r#"externalId eq "Ext-1""#,
        r#"userName eq "mia.berg@acme.test" AND Active EQ true"#,
    ] {
        entra.find("/Users", filter).finds(&id);
    }
    entra.find("/Users", r#"externalId eq "ext-1""#).empty_list();
    for (verb, path, value) in
        [("Replace", "DisplayName", "A"), ("ADD", "displayname", "B"), ("rePlace", "NAME.givenname", "C")]
    {
        entra.patch(&format!("/Users/{id}"), op(verb, path, value)).expect(200);
    }
    let reply = entra.get(&format!("/Users/{id}")).says("/displayName", "B").says("/name/givenName", "C");
    reply.says("/userName", "Mia.BERG@Acme.test").says("/externalId", "Ext-1");
}

#[test]
fn booleans_may_be_strings_and_are_answered_as_booleans() {
    let house = Appliance::start();
    let entra = house.keeper().entra();
    let emails = json!([{ "value": "mia@acme.test", "type": "work", "primary": "True" }]);
    let made = entra.post("/Users", with(mia(), json!({ "active": "TRUE", "emails": emails }))).expect(201);
    let id = made.says("/active", true).says("/emails/0/primary", true).id();
    for (text, truth) in [("False", false), ("True", true), ("false", false), ("true", true)] {
        entra.patch(&format!("/Users/{id}"), op("Replace", "active", text)).expect(200).says("/active", truth);
    }
    let maybe = entra.patch(&format!("/Users/{id}"), op("Replace", "active", "maybe"));
    maybe.refused(400).because("invalidValue");
}

#[test]
fn a_patch_value_may_stand_with_a_path_or_without_one() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let path = format!("/Users/{}", client.post("/Users", mia()).expect(201).id());
    let nothing = json!([{ "op": "replace", "path": null, "value": { "nickName": "Mi" } }]);
    client.patch(&path, ops(nothing)).expect(200).says("/nickName", "Mi");
    let value = json!({
        "id": "1", "schemas": ["x"], "meta": { "version": "9" }, "displayName": "M. Berg", "name.givenName": "M.",
        "name": { "middleName": "A." }, format!("{ENTERPRISE}:department"): "Sales",
        ENTERPRISE: { "costCenter": "42" }, format!("{USER}:title"): "Boss", "unheardOf": true,
    });
    let now = client.patch(&path, pathless(value)).expect(200).says("/displayName", "M. Berg").says("/title", "Boss");
    let now = now.says("/name", json!({ "givenName": "M.", "familyName": "Berg", "middleName": "A." }));
    now.says(&format!("/{ENTERPRISE}"), json!({ "department": "Sales", "costCenter": "42" })).lacks("/unheardOf");
    client.patch(&path, op("replace", "externalId", Value::Null)).expect(200).lacks("/externalId");
}

#[test]
fn a_valued_path_makes_the_element_that_it_does_not_find() {
    let house = Appliance::start();
    let entra = house.rfc().entra();
    let path = format!("/Users/{}", entra.post("/Users", without(mia(), "emails")).expect(201).id());
    let all = json!([
        { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "mia@work.test" },
        { "op": "Replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+81 3 1234" },
        { "op": "Add", "path": "addresses[type eq \"work\"].postalCode", "value": "100-0001" },
        { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "chief" },
    ]);
    let now = entra.patch(&path, ops(all)).expect(200);
    let now = now.says("/emails", json!([{ "type": "work", "value": "mia@work.test" }]));
    let now = now.says("/phoneNumbers", json!([{ "type": "mobile", "value": "+81 3 1234" }]));
    let now = now.says("/addresses", json!([{ "type": "work", "postalCode": "100-0001" }]));
    now.says("/roles", json!([{ "primary": true, "value": "chief" }]));
    let again = op("replace", "emails[type eq \"work\"].value", "mia@acme.test");
    entra.patch(&path, again).expect(200).says("/emails", json!([{ "type": "work", "value": "mia@acme.test" }]));
}

#[test]
fn members_come_and_go_in_every_dialect() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let [a, b, c] = ["ann", "bob", "cid"].map(|name| client.post("/Users", person(name)).expect(201).id());
    let group = client.post("/Groups", team("Sales")).expect(201).id();
    let path = format!("/Groups/{group}");
    let change = |operations: Value, left: &[&String]| {
        client.patch(&path, ops(operations.clone())).expect(204);
        assert_eq!(client.members_of(&group), left.iter().map(|id| (*id).clone()).collect::<Vec<_>>(), "{operations}");
    };
    let at = |verb: &str, path: String| json!([{ "op": verb, "path": path }]);
    let of = |verb: &str, value: Value| json!([{ "op": verb, "path": "members", "value": value }]);
    change(of("add", json!({ "value": a })), &[&a]);
    change(of("add", refs(&[&a, &b, &c])), &[&a, &b, &c]);
    change(of("add", refs(&[&a])), &[&a, &b, &c]);
    // Entra's default dialect: these and no others.
    change(of("Remove", json!([{ "$ref": null, "value": b }])), &[&a, &c]);
    change(of("remove", refs(&[&b])), &[&a, &c]);
    change(at("remove", format!("members[value eq \"{c}\"]")), &[&a]);
    change(at("remove", format!("members[value eq \"{c}\"]")), &[&a]);
    change(at("add", format!("members[value eq \"{b}\"]")), &[&a, &b]);
    change(of("replace", json!([])), &[]);
    change(of("add", json!({ "members": refs(&[&a, &b]) })), &[&a, &b]);
    change(json!([{ "op": "remove", "path": "members" }]), &[]);
    change(json!([{ "op": "add", "value": { "members": refs(&[&c]) } }]), &[&c]);
    // Old SCIM-SDK clients: JSON inside strings.
    change(of("replace", json!([format!("{{\"value\":\"{a}\"}}")])), &[&a]);
    change(of("replace", refs(&[&b, &c])), &[&b, &c]);
    change(json!([{ "op": "replace", "value": { "members": [], "id": group, "displayName": "Sales" } }]), &[]);
    let nobody = client.patch(&path, op("add", "members", refs(&["1"]))).refused(400);
    nobody.because("invalidValue");
}

#[test]
fn a_group_can_arrive_with_its_members() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let mia = okta.post("/Users", mia()).expect(201).id();
    let made = okta.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&mia]) }))).expect(201);
    assert_eq!(values(&made.at("/members")), [mia.as_str()]);
    let group = made.id();
    let hidden = okta.get(&format!("/Groups/{group}?excludedAttributes=members")).expect(200);
    hidden.says("/displayName", "Sales").lacks("/members");
    okta.get("/Groups?excludedAttributes=members").expect(200).lacks("/Resources/0/members");
    let found = okta.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22sales%22");
    found.finds(&group).lacks("/Resources/0/members");
    let patched = okta.patch(&format!("/Groups/{group}?excludedAttributes=members"), op("replace", "displayName", "S"));
    patched.expect(200).says("/displayName", "S").lacks("/members");
}

#[test]
fn null_means_absent_and_never_true() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let nulls =
        json!({ "addresses": null, "id": null, "title": null, ENTERPRISE: { "manager": null }, "active": null });
    let made = client.post("/Users", with(mia(), nulls)).expect(201);
    let path = format!("/Users/{}", made.id());
    made.says("/active", true).lacks("/addresses").lacks("/title").lacks(&format!("/{ENTERPRISE}"));
    client.patch(&path, op("replace", "active", false)).expect(200).says("/active", false);
    client.put(&path, with(mia(), json!({ "active": null }))).expect(200).says("/active", false);
    client.patch(&path, pathless(json!({ "active": null }))).expect(200).says("/active", false);
}

#[test]
fn unknown_attributes_are_passed_over() {
    let house = Appliance::start();
    let rauthy = house.keeper().rauthy();
    let extra =
        json!({ "custom": { "a": [1] }, "department": "Sales", "title": null, "urn:acme:x:2.0:User": { "b": 1 } });
    let made = rauthy.post("/Users", with(mia(), extra.clone())).expect(201).lacks("/custom").lacks("/department");
    let path = format!("/Users/{}", made.id());
    rauthy.put(&path, with(mia(), extra)).expect(200).lacks("/custom");
    rauthy.post("/Groups", with(team("Sales"), json!({ "department": 7 }))).expect(201).lacks("/department");
}
