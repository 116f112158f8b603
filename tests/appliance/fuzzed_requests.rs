//! Whatever is sent: what is refused changes nothing, and what was read can be written back.

use crate::appliance::Appliance;
use crate::people::*;
use crate::team_fixture::{Stage, full};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

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
