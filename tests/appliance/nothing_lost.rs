//! Nothing is lost in silence: what is not understood is refused and changes nothing, and one harmless part of a request
//! does not sink the rest. Each dialogue is held with both presets, directly and inside a bulk request.

use crate::people::*;
use crate::team_fixture::{full, on_both_presets};
use serde_json::{Value, json};

#[test]
fn a_request_without_a_value_removes_nothing() {
    on_both_presets(|stage| {
        for verb in ["replace", "add"] {
            for path in [
                "title",
                "name",
                "name.givenName",
                "emails",
                "emails.value",
                "emails[type eq \"work\"]",
                "emails[type eq \"work\"].value",
                "phoneNumbers[type eq \"fax\"].value",
                "roles",
                "groups",
                "active",
                "manager",
                "manager.value",
                ENTERPRISE,
            ] {
                let body = ops(json!([{ "op": verb, "path": path }]));
                stage.refuses("PATCH", &stage.user(), &body, "invalidValue");
            }
            stage.refuses("PATCH", &stage.group(), &ops(json!([{ "op": verb, "path": "members" }])), "invalidValue");
            stage.refuses("PATCH", &stage.group(), &ops(json!([{ "op": verb }])), "invalidValue");
            stage.refuses("PATCH", &stage.user(), &ops(json!([{ "op": verb, "value": null }])), "invalidValue");
        }
        let member = format!("members[value eq \"{}\"]", stage.bob);
        stage.refuses("PATCH", &stage.group(), &ops(json!([{ "op": "replace", "path": member }])), "invalidValue");
    });
}

#[test]
fn a_list_that_is_not_understood_is_not_an_empty_list() {
    on_both_presets(|stage| {
        for value in [
            json!([null]),
            json!([[]]),
            json!([{}]),
            json!([""]),
            json!(""),
            json!({}),
            json!(false),
            json!([{ "value": null }]),
            json!([{ "value": [] }]),
            json!([{ "id": "7" }]),
            json!("[{\"value\":"),
            json!("[null]"),
            json!({ "members": [null] }),
            json!([[[stage.bob]]]),
        ] {
            for verb in ["add", "replace", "remove"] {
                stage.refuses("PATCH", &stage.group(), &op(verb, "members", value.clone()), "invalidValue");
                stage.refuses("PATCH", &stage.user(), &op(verb, "groups", value.clone()), "invalidValue");
            }
            stage.refuses("PATCH", &stage.group(), &pathless(json!({ "members": value })), "invalidValue");
            let members = json!({ "members": value });
            stage.refuses("PUT", &stage.group(), &with(team("Sales"), members), "invalidValue");
            stage.refuses("PUT", &stage.user(), &with(full(), json!({ "groups": value })), "invalidValue");
        }
        for value in [json!([null]), json!([[]]), json!([{}]), json!([{ "unheardOf": 1 }]), json!(7), json!("[{")] {
            stage.refuses("PATCH", &stage.user(), &op("replace", "emails", value.clone()), "invalidValue");
            stage.refuses("PATCH", &stage.user(), &pathless(json!({ "phoneNumbers": value })), "invalidValue");
            stage.refuses("PUT", &stage.user(), &with(full(), json!({ "emails": value })), "invalidValue");
        }
        // Keeper takes roles of any type. What is none of them is passed over, and the roles stay.
        let before = stage.state();
        for value in [json!(7), json!([true]), json!([{}]), json!("[{")] {
            stage.client.patch(&stage.user(), op("replace", "roles", value.clone())).expect(200);
            let put = stage.client.put(&stage.user(), with(full(), json!({ "roles": value }))).expect(200);
            assert_eq!(put.at("/roles"), before[0]["roles"]);
        }
    });
}

#[test]
fn null_and_an_empty_list_clear_as_they_say() {
    on_both_presets(|stage| {
        stage.client.patch(&stage.group(), op("replace", "members", json!([]))).expect(204);
        assert!(stage.client.members_of(&stage.group).is_empty());
        let now = stage.patch(json!([
            { "op": "replace", "path": "title", "value": null },
            { "op": "replace", "path": "phoneNumbers", "value": [] },
            { "op": "replace", "value": { "roles": null, "name": { "givenName": null } } },
            { "op": "replace", "path": "emails[type eq \"home\"].value", "value": null },
        ]));
        assert_eq!((&now["title"], &now["phoneNumbers"], &now["roles"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!(now["name"], json!({ "familyName": "Berg" }));
        stage.client.patch(&stage.group(), op("add", "members", refs(&[&stage.bob]))).expect(204);
        stage.client.patch(&stage.group(), op("replace", "members", Value::Null)).expect(204);
        assert!(stage.client.members_of(&stage.group).is_empty());
    });
}

#[test]
fn one_harmless_part_does_not_sink_the_rest() {
    on_both_presets(|stage| {
        for harmless in [
            json!({ "op": "remove", "path": "emails[type eq \"home\"]" }),
            json!({ "op": "Remove", "path": "phoneNumbers[type eq \"mobile\"].value" }),
            json!({ "op": "remove", "path": "addresses[type eq \"work\"].postalCode" }),
            json!({ "op": "remove", "path": "nickName" }),
            json!({ "op": "add", "path": "urn:acme:custom:2.0:User:badge", "value": "7" }),
            json!({ "op": "replace", "path": "urn:acme:custom:2.0:User", "value": { "badge": "7" } }),
            json!({ "op": "remove", "path": "urn:ietf:params:scim:schemas:extension:acme:1.0:User:badge" }),
        ] {
            stage.patch(json!([{ "op": "replace", "path": "active", "value": true }]));
            let now = stage.patch(json!([harmless, { "op": "Replace", "path": "active", "value": "False" }]));
            assert_eq!(now["active"], false, "{harmless}");
        }
        let nobody = format!("members[value eq \"{}0\"]", stage.bob);
        let rename = json!([{ "op": "remove", "path": nobody }, { "op": "replace", "path": "displayName", "value": "S" },
            { "op": "add", "path": "urn:acme:custom:2.0:Group:colour", "value": "red" }]);
        stage.client.patch(&stage.group(), ops(rename)).expect(204);
        stage.client.get(&stage.group()).says("/displayName", "S");
        for misspelt in [
            "emials",
            "emials[type eq \"work\"].value",
            "name.givenname2",
            &format!("{USER}:titel"),
            &format!("{ENTERPRISE}:departement"),
            "urn:ietf:params:scim:schemas:core:2.0:Usr:title",
        ] {
            stage.refuses("PATCH", &stage.user(), &op("add", misspelt, "x"), "invalidPath");
        }
    });
}
