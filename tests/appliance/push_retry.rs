//! What a run could not push is tried again by itself, by the command line and by the admin API.

use crate::appliance::{Appliance, eventually};
use crate::push_fixture::*;
use serde_json::json;

#[test]
fn what_was_refused_is_tried_again_and_nothing_else() {
    let house = Appliance::start();
    let (sales, other) = (house.keeper(), house.connect("Elsewhere", &[]));
    let files = Files::new();
    let taken = ["taken1", "taken2"];
    let ids = taken.map(|name| {
        let user = other.client().post("/Users", json!({ "userName": format!("{name}@acme.test") }));
        user.expect(201).at("/id").as_str().unwrap().to_owned()
    });
    let free = |n: usize| {
        let rename = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "userName", "value": format!("free{n}@acme.test") }] });
        other.client().patch(&format!("/Users/{}", ids[n]), rename).expect(200);
    };
    let groups = [group("g1", "Finance")];
    let mut people = vec![person("u0", &["g1"]), person("taken1", &["g1"]), person("taken2", &["g1"])];
    record(&house, "files", &sales, &files.write("people.json", content(&people, &groups)), &[]);
    let retry = |more: &[&str]| outcome(house.run(&[&["push", "retry", "files", "--json"], more].concat()));
    let nothing = retry(&[]);
    assert_eq!(nothing["requests"], 0, "it has never run: {nothing}");
    let first = push(&house, &sales, "files", &["--yes"]);
    assert_eq!(
        (&first["state"], first["refused"].as_array().unwrap().len()),
        (&json!("done_with_errors"), 2),
        "{first}"
    );

    // Meanwhile somebody is new in the source and somebody has another name: that is for a whole run.
    free(0);
    people[0]["last_name"] = json!("Berg-Neu");
    people.push(person("new", &["g1"]));
    files.write("people.json", content(&people, &groups));
    let planned = retry(&["--dry-run"]);
    has_done(&planned, &[("/users/created", 2), ("/users/updated", 0), ("/memberships/added", 2)]);
    assert_eq!(planned["plan"]["changes"].as_array().unwrap().len(), 3, "{planned}");
    let again = retry(&[]);
    has_done(&again, &[("/users/created", 1), ("/users/updated", 0), ("/memberships/added", 1)]);
    let left = again["refused"].as_array().unwrap();
    assert_eq!((&again["state"], left.len()), (&json!("done_with_errors"), 1), "{again}");
    assert_eq!(left[0]["name"], "taken2@Acme.test");
    let names = || directory(&sales.client()).into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    assert_eq!(names(), ["taken1@acme.test", "u0@acme.test"]);
    house.run(&["push", "run", "--record", "files"]).fails(1).saying("scimbox push retry \"files\"");
    free(1);

    let console = house.console();
    let view = house.json(&["push", "record", "view", "files"]);
    let runs = format!("/push-records/{}/runs", view["record_id"]);
    let last = house.json(&["push", "history", "files", "--limit", "1"])["runs"][0]["run_id"].clone();
    let started = console.post(&runs, json!({ "kind": "run", "plan_of": last })).expect(201).json();
    assert_eq!(started["run"]["plan_of"], last, "{started}");
    let path = format!("/push-runs/{}", started["run"]["run_id"]);
    let run = eventually("its end", || {
        Some(console.get(&path).expect(200).json()["run"].clone()).filter(|run| run["finished_at"].is_string())
    });
    assert_eq!(
        (&run["state"], &run["users"]["created"], &run["memberships"]["added"]),
        (&json!("done"), &json!(1), &json!(1)),
        "{run}"
    );
    console.post(&runs, json!({ "kind": "run", "plan_of": run["run_id"] })).fails(409, "PUSH_NOT_READY");
    console.post(&runs, json!({ "kind": "preview", "plan_of": last })).fails(409, "PUSH_NOT_READY");
    let ran = house.run(&["push", "retry", "files"]).ok();
    assert!(ran.stderr.contains("Nothing was refused"), "{}", ran.stderr);
    writes_nothing(&push(&house, &sales, "files", &[]));
}
