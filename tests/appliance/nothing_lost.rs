//! Nothing is lost in silence: what is not understood is refused and changes nothing, and one harmless part of a request
//! does not sink the rest. Each dialogue is held with both presets, directly and inside a bulk request.

use crate::actors::Client;
use crate::appliance::Appliance;
use crate::connected::Connected;
use crate::people::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A node with two people in a team, and the client that brought them.
struct Stage {
    client: Client,
    mia: String,
    bob: String,
    group: String,
}

fn full() -> Value {
    with(
        mia(),
        json!({
            "schemas": [USER, ENTERPRISE],
            "title": "Chief", "preferredLanguage": "en",
            "phoneNumbers": [{ "value": "1", "type": "fax" }, { "value": "2", "type": "work" }],
            "roles": [{ "value": "lead", "display": "Lead" }],
            ENTERPRISE: { "department": "Sales", "manager": { "value": "77", "$ref": "../Users/77" } },
        }),
    )
}

impl Stage {
    #[track_caller]
    fn set(connected: &Connected) -> Stage {
        let client = connected.client();
        let [mia, bob] = [full(), person("bob")].map(|one| client.post("/Users", one).expect(201).id());
        let members = json!({ "members": refs(&[&mia, &bob]) });
        let group = client.post("/Groups", with(team("Sales"), members)).expect(201).id();
        Stage { client, mia, bob, group }
    }

    fn user(&self) -> String {
        format!("/Users/{}", self.mia)
    }

    fn group(&self) -> String {
        format!("/Groups/{}", self.group)
    }

    /// Everything that a request could change.
    #[track_caller]
    fn state(&self) -> [Value; 3] {
        let paths = [self.user(), format!("/Users/{}", self.bob), self.group()];
        paths.map(|path| self.client.get(&path).expect(200).json())
    }

    /// Sends a request, also as an operation of a bulk request: both times it is refused with that word, and nothing is
    /// another afterwards.
    #[track_caller]
    fn refuses(&self, method: &str, path: &str, body: &Value, word: &str) {
        let before = self.state();
        self.client.send(method, path, body.clone()).refused(400).because(word);
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": method, "path": path, "data": body }] });
        let outcome = self.client.post("/Bulk", bulk).expect(200).says("/Operations/0/status", "400");
        outcome.says("/Operations/0/response/scimType", word);
        assert_eq!(self.state(), before, "{method} {path} {body}");
    }

    /// A PATCH of the user that is taken.
    #[track_caller]
    fn patch(&self, operations: Value) -> Value {
        self.client.patch(&self.user(), ops(operations)).expect(200).json()
    }
}

#[track_caller]
fn on_both_presets(play: impl Fn(&Stage)) {
    for connect in [Appliance::keeper, Appliance::rfc] {
        let house = Appliance::start();
        play(&Stage::set(&connect(&house)));
    }
}

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

/// Paths and values that clients send, and some that nobody should.
fn anything() -> impl Strategy<Value = (Value, bool)> {
    let verbs = ["add", "replace", "remove", "Replace"];
    let paths = [
        None,
        Some("title"),
        Some("active"),
        Some("name"),
        Some("name.givenName"),
        Some("emails"),
        Some("emails.display"),
        Some("emails[type eq \"work\"]"),
        Some("emails[type eq \"work\"].value"),
        Some("phoneNumbers[type eq 'fax'].value"),
        Some("roles"),
        Some("groups"),
        Some("manager"),
        Some("manager[value eq \"77\"]"),
        Some("manager.value"),
        Some(ENTERPRISE),
        Some("urn:acme:x:2.0:User:a"),
        Some("userName"),
        Some("emials"),
    ];
    let values = [
        json!(null),
        json!("x"),
        json!(""),
        json!([]),
        json!([null]),
        json!([[]]),
        json!({}),
        json!([{}]),
        json!(7),
        json!("False"),
        json!([true]),
        json!({ "value": "y@acme.test", "type": "work" }),
        json!([{ "value": "z", "type": "fax" }]),
        json!({ "title": "T", "emails": [null] }),
        json!({ "active": false, "roles": [7] }),
        json!("[{\"value\":\"w\"}]"),
        json!({ "givenName": ["G"] }),
        json!({ "department": "D", "manager": { "value": "" } }),
    ];
    let operation = (select(verbs.to_vec()), select(paths.to_vec()), option::weighted(0.8, select(values.to_vec())));
    vec(operation, 1..4).prop_map(|operations| {
        let bare = operations.iter().any(|(verb, path, value)| {
            // What is passed over needs no value.
            *verb != "remove" && value.is_none() && !path.is_some_and(|path| path.starts_with("urn:acme"))
        });
        let operations = operations.into_iter().map(|(verb, path, value)| {
            let mut operation = json!({ "op": verb });
            path.into_iter().for_each(|path| operation["path"] = path.into());
            value.into_iter().for_each(|value| operation["value"] = value);
            operation
        });
        (ops(operations.collect()), bare)
    })
}

#[test]
fn a_request_that_is_refused_changes_nothing_and_one_without_a_value_is_refused() {
    let house = Appliance::start();
    let stages = [Stage::set(&house.keeper()), Stage::set(&house.rfc())];
    proptest!(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }, |((patch, bare) in anything())| {
        for stage in &stages {
            let before = stage.state();
            let reply = stage.client.patch(&stage.user(), patch.clone());
            prop_assert!(reply.status == 200 || (400..500).contains(&reply.status), "{patch}: {}", reply.text);
            prop_assert!(!bare || reply.status == 400, "{patch}: {}", reply.text);
            let after = stage.state();
            if reply.status == 200 {
                prop_assert_eq!(reply.json(), after[0].clone());
                // So that the next one has something to lose.
                stage.client.put(&stage.user(), full()).expect(200);
                stage.client.patch(&stage.group(), op("add", "members", refs(&[&stage.mia]))).expect(204);
            } else {
                prop_assert_eq!(before, after, "{}", patch);
            }
        }
    });
}

#[test]
fn a_large_group_can_be_written_back_as_it_was_read() {
    let house = Appliance::start();
    let client = house.rfc().client();
    let people: Vec<Value> = (0..1000)
        .map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": person(&format!("p{n}")) }))
        .collect();
    let mut ids = Vec::new();
    for node in 0..9 {
        let mut some = people.clone();
        for operation in &mut some {
            let name = operation["data"]["userName"].as_str().unwrap().replace('@', &format!(".{node}@"));
            operation["data"]["userName"] = name.into();
        }
        let made = client.post("/Bulk", json!({ "Operations": some })).expect(200).at("/Operations");
        let id = |one: &Value| one["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        ids.extend(made.as_array().unwrap().iter().map(id));
    }
    let made = client.post("/Groups", with(team("All"), json!({ "members": refs(&ids) }))).expect(201);
    let path = format!("/Groups/{}", made.id());
    let read = client.get(&path).expect(200);
    assert!(read.text.len() > 1_048_576, "longer than any other body");
    assert_eq!(made.text, read.text);
    assert_eq!(
        client.put(&path, read.text.clone()).expect(200).text,
        read.text,
        "nothing has changed, the version neither"
    );
    let posted = client.post("/Groups", read.text.replace("\"All\"", "\"Others\"")).expect(201);
    assert!(posted.header("location").ends_with(&posted.id()));
    assert_eq!(posted.at("/members").as_array().unwrap().len(), ids.len());
    // Refused wherever it is wrong, and then nobody is gone.
    let wrong = [
        (read.text.replacen("{\"value\"", "null,{\"value\"", 1), 400, "invalidValue"),
        (read.text[..read.text.len() - 9].to_owned(), 400, "invalidSyntax"),
        (read.text.replace("\"members\"", "\"members\":[],\"Members\""), 400, "invalidSyntax"),
        (read.text.replacen(&ids[4000], "4711", 1), 400, "invalidValue"),
        (read.text.replacen(&ids[8999], &"9".repeat(70_000), 1), 413, ""),
        (read.text.replace("\"All\"", &format!("\"{}\"", "x".repeat(1_100_000))), 413, ""),
    ];
    for (body, status, word) in wrong {
        let reply = client.put(&path, body).refused(status);
        assert_eq!(reply.at("/scimType").as_str().unwrap_or_default(), word, "{}", reply.text);
        assert_eq!(client.get(&path).expect(200).text, read.text);
    }
    let bulk = json!({ "Operations": [{ "method": "PUT", "path": path, "data": read.json() }] });
    client.post("/Bulk", bulk).refused(413);
    let fewer = with(team("All"), json!({ "members": refs(&ids[..2]) }));
    client.put(&path, fewer).expect(200).says("/members/1/value", ids[1].as_str()).lacks("/members/2");
}
