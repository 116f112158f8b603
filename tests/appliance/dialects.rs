//! Dialects that public reports about other SCIM servers tell of: each means what its client meant, with both presets.

use crate::people::*;
use crate::team_fixture::{full, on_both_presets};
use serde_json::{Value, json};

#[test]
fn foreign_quote_marks_are_never_part_of_a_value() {
    on_both_presets(|stage| {
        let marks = ["''", "“”", "‘’", "``", "`´", "„“", "””", "’’", "«»", "＂＂", "＇＇", "「」"];
        for marks in marks.map(|marks| marks.chars().collect::<Vec<_>>()) {
            let quoted = |text: &str| format!("{}{text}{}", marks[0], marks[1]);
            let filter = |text: &str| format!("userName eq {}", quoted(text));
            stage.client.find("/Users", &filter("mia@acme.test")).finds(&stage.mia);
            stage.client.find("/Users", &format!("({}) and active eq true", filter("mia@acme.test"))).finds(&stage.mia);
            stage.client.find("/Users", &format!("emails[value eq {}]", quoted("mia@acme.test"))).finds(&stage.mia);
            stage.client.find("/Users", &format!("displayName eq {}", quoted("Mia Berg"))).finds(&stage.mia);
            let work = format!("emails[type eq {}].value", quoted("work"));
            let now = stage.patch(json!([{ "op": "replace", "path": work, "value": "mia@acme.test" }]));
            assert_eq!(now["emails"].as_array().unwrap().len(), 1, "{work}");
            let member = format!("members[value eq {}]", quoted(&stage.bob));
            stage.client.patch(&stage.group(), ops(json!([{ "op": "remove", "path": member }]))).expect(204);
            assert_eq!(stage.client.members_of(&stage.group), [stage.mia.as_str()]);
            stage.client.patch(&stage.group(), op("add", "members", refs(&[&stage.bob]))).expect(204);
            // One that is not closed, or closed in the middle only, is no value.
            for open in [format!("{}mia@acme.test", marks[0]), format!("{}mia{}@acme.test", marks[0], marks[1])] {
                stage.client.find("/Users", &format!("userName eq {open}")).refused(400).because("invalidFilter");
                let member = format!("members[value eq {open}]");
                let remove = ops(json!([{ "op": "remove", "path": member }]));
                stage.refuses("PATCH", &stage.group(), &remove, "invalidPath");
            }
        }
        let odd = stage.client.post("/Users", with(person("pat"), json!({ "userName": "pat.o'brien@acme.test" })));
        let odd = odd.expect(201).id();
        for value in ["\"pat.o'brien@acme.test\"", "pat.o'brien@acme.test", "'pat.o'brien@acme.test'"] {
            stage.client.find("/Users", &format!("userName eq {value}")).finds(&odd);
        }
        stage.client.find("/Users", "userName eq \"'mia@acme.test'\"").empty_list();
    });
}

#[test]
fn a_value_path_on_a_single_value_means_what_it_means_in_a_filter() {
    on_both_presets(|stage| {
        let manager = |now: &Value| now[ENTERPRISE]["manager"].clone();
        // Entra sends the one beside the other.
        let now = stage.patch(json!([
            { "op": "Remove", "path": "manager[value eq \"78\"]" },
            { "op": "Replace", "path": "active", "value": "False" },
        ]));
        assert_eq!((&now["active"], &manager(&now)["value"]), (&json!(false), &json!("77")));
        let replace = op("replace", "manager[value eq \"78\"].value", "79");
        stage.refuses("PATCH", &stage.user(), &replace, "noTarget");
        let path = format!("{ENTERPRISE}:manager[value eq \"77\"]");
        let now = stage.patch(json!([{ "op": "replace", "path": format!("{path}.value"), "value": "78" }]));
        assert_eq!(manager(&now), json!({ "value": "78" }));
        let now = stage.patch(json!([{ "op": "remove", "path": "manager[value eq \"78\"]" }]));
        assert_eq!(now[ENTERPRISE], json!({ "department": "Sales" }));
        let now = stage.patch(json!([{ "op": "remove", "path": "name[familyName eq \"Berg\"].givenName" }]));
        assert_eq!(now["name"], json!({ "familyName": "Berg" }));
    });
}

#[test]
fn a_list_of_one_stands_for_its_value_and_a_list_of_two_for_none() {
    on_both_presets(|stage| {
        let now = stage.patch(json!([
            { "op": "replace", "path": "preferredLanguage", "value": ["de"] },
            { "op": "replace", "path": "active", "value": [false] },
            { "op": "replace", "path": "name.givenName", "value": ["M"] },
            { "op": "replace", "path": "emails[type eq \"work\"].display", "value": ["Mail"] },
            { "op": "replace", "path": "name", "value": [{ "middleName": ["A"] }] },
            { "op": "add", "value": [{ "title": "T", "nickName": ["N"], ENTERPRISE: [{ "division": ["D"] }] }] },
        ]));
        assert_eq!(
            (&now["preferredLanguage"], &now["active"], &now["title"]),
            (&json!("de"), &json!(false), &json!("T"))
        );
        assert_eq!(now["name"], json!({ "givenName": "M", "familyName": "Berg", "middleName": "A" }));
        assert_eq!((&now["nickName"], &now[ENTERPRISE]["division"]), (&json!("N"), &json!("D")));
        assert_eq!(now["emails"][0]["display"], "Mail");
        let lists = json!({ "title": ["L"], "name": [{ "familyName": ["B"] }], ENTERPRISE: [{ "department": ["X"] }],
            "userName": ["mia@acme.test"] });
        let put = stage.client.put(&stage.user(), with(full(), lists)).expect(200).says("/title", "L");
        put.says("/name", json!({ "familyName": "B" })).says(&format!("/{ENTERPRISE}"), json!({ "department": "X" }));
        let made = with(person("cid"), json!({ "displayName": ["Cid"], "active": ["true"] }));
        stage.client.post("/Users", made).expect(201).says("/displayName", "Cid").says("/active", true);
        stage.client.post("/Groups", with(team("One"), json!({ "displayName": ["One"] }))).expect(201);
        for (path, value) in [
            ("title", json!(["a", "b"])),
            ("active", json!([true, false])),
            ("name", json!([{}, {}])),
            ("title", json!([["a"]])),
            ("manager", json!([{ "value": "1" }, { "value": "2" }])),
            ("title", json!([null])),
            ("title", json!([])),
        ] {
            stage.refuses("PATCH", &stage.user(), &op("replace", path, value), "invalidValue");
        }
    });
}

#[test]
fn json_text_of_a_list_in_a_string_is_read_in_every_operation() {
    on_both_presets(|stage| {
        let text = |ids: &[&String]| Value::String(refs(ids).to_string());
        let change = |verb: &str, value: Value, left: &[&String]| {
            stage.client.patch(&stage.group(), op(verb, "members", value.clone())).expect(204);
            let left: Vec<String> = left.iter().map(|id| (*id).clone()).collect();
            assert_eq!(stage.client.members_of(&stage.group), left, "{verb} {value}");
        };
        let (mia, bob) = (&stage.mia, &stage.bob);
        change("remove", text(&[bob]), &[mia]);
        change("add", text(&[bob]), &[mia, bob]);
        change("replace", text(&[bob]), &[bob]);
        change("replace", json!([text(&[mia, bob])]), &[mia, bob]);
        change("remove", json!(format!(" {{\"value\":\"{bob}\"}}")), &[mia]);
        change("replace", json!("[]"), &[]);
        change("add", json!(refs(&[mia]).to_string().replace("},", "},\n")), &[mia]);
        let emails = json!("[{\"value\":\"m@acme.test\",\"type\":\"work\"}]");
        let now = stage.patch(json!([{ "op": "replace", "path": "emails", "value": emails }]));
        assert_eq!(now["emails"], json!([{ "value": "m@acme.test", "type": "work" }]));
        let now = stage.patch(json!([{ "op": "replace", "value": "[{\"title\":\"T\"}]" }]));
        assert_eq!(now["title"], "T");
        // What cannot be an id is refused where it would be taken away, not passed over.
        for value in [json!("'1'"), json!([{ "value": "{\"a\"" }]), json!(["mia@acme.test"]), json!("value eq 1")] {
            stage.refuses("PATCH", &stage.group(), &op("remove", "members", value), "invalidValue");
        }
        let gone = format!("{}0", stage.bob);
        change("remove", refs(&[&gone]), &[mia]);
    });
}

#[test]
fn what_describes_an_old_value_goes_with_it() {
    on_both_presets(|stage| {
        let manager = |operation: Value| stage.patch(json!([operation]))[ENTERPRISE]["manager"].clone();
        let reset = || {
            let there = json!({ "value": "77", "$ref": "../Users/77", "displayName": "Old" });
            let put =
                stage.client.put(&stage.user(), with(full(), json!({ ENTERPRISE: { "manager": there } }))).expect(200);
            assert_eq!(put.at(&format!("/{ENTERPRISE}/manager/value")), "77");
        };
        let path = format!("{ENTERPRISE}:manager");
        for operation in [
            json!({ "op": "Add", "path": "manager", "value": "78" }),
            json!({ "op": "replace", "path": path, "value": { "value": "78" } }),
            json!({ "op": "replace", "path": format!("{path}.value"), "value": "78" }),
            json!({ "op": "replace", "path": path, "value": [{ "$ref": null, "value": "78" }] }),
            json!({ "op": "replace", "value": { format!("{path}.value"): "78" } }),
            json!({ "op": "replace", "value": { ENTERPRISE: { "manager": { "value": "78" } } } }),
        ] {
            reset();
            assert_eq!(manager(operation.clone()), json!({ "value": "78" }), "{operation}");
        }
        for operation in [
            json!({ "op": "replace", "path": "manager", "value": "" }),
            json!({ "op": "replace", "path": "manager", "value": { "value": "" } }),
            json!({ "op": "Replace", "path": "manager", "value": [] }),
            json!({ "op": "replace", "path": "manager.value", "value": "" }),
            json!({ "op": "remove", "path": "manager.value" }),
            json!({ "op": "remove", "path": "manager" }),
        ] {
            reset();
            assert_eq!(manager(operation.clone()), Value::Null, "{operation}");
        }
        let empty = with(full(), json!({ ENTERPRISE: { "department": "Sales", "manager": { "value": "" } } }));
        let put = stage.client.put(&stage.user(), empty).expect(200);
        put.says(&format!("/{ENTERPRISE}"), json!({ "department": "Sales" }));
        // Its own $ref comes with a new value, in one operation or in two.
        reset();
        let both = json!({ "value": "78", "$ref": "../Users/78" });
        assert_eq!(manager(json!({ "op": "replace", "path": "manager", "value": both })), both);
        reset();
        let now = stage.patch(json!([
            { "op": "replace", "path": "manager.$ref", "value": "../Users/78" },
            { "op": "replace", "path": "manager.value", "value": "78" },
        ]));
        assert_eq!(now[ENTERPRISE]["manager"], both);
        let now = stage.patch(json!([{ "op": "replace", "path": "roles[value eq \"lead\"].value", "value": "chief" }]));
        assert_eq!(now["roles"], json!([{ "value": "chief" }]), "no longer shown as Lead");
    });
}

#[test]
fn keys_that_are_urns_or_paths_mean_the_same_everywhere() {
    on_both_presets(|stage| {
        let core = json!({ "userName": "cid@acme.test", "name.givenName": "Cid", "name": { "familyName": "Berg" },
            "emails": [{ "value": "cid@acme.test" }] });
        let body = json!({ "schemas": [USER], USER: core, format!("{USER}:title"): "Boss",
            format!("{ENTERPRISE}:department"): "Sales", ENTERPRISE: { "division": "North" } });
        let wanted = |reply: crate::reply::Reply| {
            let name = json!({ "familyName": "Berg", "givenName": "Cid" });
            let reply = reply.says("/userName", "cid@acme.test").says("/title", "Boss").says("/name", name);
            reply.says(&format!("/{ENTERPRISE}"), json!({ "department": "Sales", "division": "North" })).id()
        };
        let cid = wanted(stage.client.post("/Users", body.clone()).expect(201));
        let path = format!("/Users/{cid}");
        stage.client.put(&path, with(person("cid"), json!({ "title": "Else" }))).expect(200);
        wanted(stage.client.put(&path, body.clone()).expect(200));
        stage.client.put(&path, with(person("cid"), json!({ "title": "Else" }))).expect(200);
        wanted(stage.client.patch(&path, pathless(without(body, "schemas"))).expect(200));
        let group = json!({ "schemas": [GROUP], GROUP: { "displayName": "Cids", "members": refs(&[&cid]) } });
        let made = stage.client.post("/Groups", group.clone()).expect(201).says("/displayName", "Cids").id();
        assert_eq!(stage.client.members_of(&made), [cid.as_str()]);
        stage.client.patch(&format!("/Groups/{made}"), pathless(json!({ GROUP: { "members": [] } }))).expect(204);
        assert!(stage.client.members_of(&made).is_empty());
        stage.client.put(&format!("/Groups/{made}"), group).expect(200).says("/displayName", "Cids");
        assert_eq!(stage.client.members_of(&made), [cid.as_str()]);
        let twice = with(full(), json!({ format!("{USER}:title"): "Other" }));
        stage.refuses("PUT", &stage.user(), &twice, "invalidValue");
        stage.refuses("PUT", &stage.user(), &with(full(), json!({ USER: [] })), "invalidValue");
    });
}
