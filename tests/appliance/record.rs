//! Recording: what passes between a client and a server becomes a dialogue that can be played again, without tokens and, if wanted,
//! without people.

use crate::appliance::{Appliance, Ran, program, run};
use crate::connected::Connected;
use crate::people::*;
use crate::push_fixture::Files;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Records what `act` does to a node; the file.
#[track_caller]
fn recorded(files: &Files, node: &Connected, more: &[&str], act: impl FnOnce(&Connected)) -> PathBuf {
    let out = files.write("recorded.json", "");
    let mut process = program()
        .args(["record", "--url", &node.url, "--out", out.to_str().unwrap(), "--client", "Tester"])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    let url = first.trim().strip_prefix("recording on ").expect("the address").to_owned();
    act(&Connected { url, ..node.clone() });
    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert!(process.wait().unwrap().success() && rest.contains("requests were written"), "{rest}");
    out
}

#[track_caller]
fn replay(files: &Files, file: &Path, to: &Connected) -> Ran {
    let token = files.write("token", &to.token);
    let arguments =
        ["replay", file.to_str().unwrap(), "--url", &to.url, "--token-file", token.to_str().unwrap(), "--json"];
    run(program().args(arguments), "")
}

fn read(file: &Path) -> (String, Value) {
    let text = std::fs::read_to_string(file).unwrap();
    (text.clone(), serde_json::from_str(&text).unwrap())
}

/// What a client may do: creates, looks, changes, fills a group, is refused, deletes.
fn story(to: &Connected) {
    let client = to.client();
    let ann = client.post("/Users", with(person("ann"), json!({ "password": "hunter2-of-ann" }))).expect(201);
    assert!(ann.at("/meta/location").as_str().unwrap().starts_with(&to.url), "{}", ann.text);
    let ann = ann.id();
    client.find("/Users", "userName eq \"ann@acme.test\"").expect(200).says("/totalResults", 1);
    client.find("/Users", "userName eq \"nobody@acme.test\"").expect(200).says("/totalResults", 0);
    let rename =
        ops(json!([{ "op": "replace", "value": { "name.familyName": "Lindqvist", "displayName": "Ann Lindqvist" } }]));
    client.patch(&format!("/Users/{ann}"), rename).expect(200);
    let group =
        client.post("/Groups", with(team("Readers"), json!({ "members": [{ "value": ann }] }))).expect(201).id();
    client.get(&format!("/Groups/{group}")).expect(200);
    client.post("/Users", person("ann")).expect(409);
    client.get("/Users?count=1").expect(200);
    client.delete(&format!("/Groups/{group}")).expect(204);
    client.get(&format!("/Groups/{group}")).expect(404);
}

#[test]
fn what_was_recorded_is_equal_on_a_fresh_node_and_a_changed_answer_is_shown() {
    let house = Appliance::start();
    let files = Files::new();
    let node = house.connect("One", &["--preset", "rfc"]);
    let file = recorded(&files, &node, &[], story);
    let (text, dialogue) = read(&file);
    for secret in [&node.token, &node.url, "hunter2", "authorization"] {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{secret} in {text}");
    }
    assert!(text.contains("ann@acme.test"));
    assert_eq!(dialogue["client"], "Tester");
    let fresh = house.connect("Two", &["--preset", "rfc"]);
    let report = replay(&files, &file, &fresh).ok().json();
    assert_eq!((&report["failed"], &report["steps"]), (&json!(0), &json!(10)), "{report:#}");

    let mut changed = dialogue.clone();
    changed["steps"][3]["answer"]["body"]["/displayName"] = json!("Somebody Else");
    let changed = files.write("changed.json", changed.to_string());
    let fresh = house.connect("Three", &["--preset", "rfc"]);
    let report = replay(&files, &changed, &fresh).fails(1).json();
    assert_eq!(report["failed"], 1, "{report:#}");
    assert_eq!(report["differences"][0]["step"], 4, "{report:#}");
    let difference = &report["differences"][0]["differences"][0];
    assert_eq!(difference["at"], "/displayName");
    assert_eq!(difference["want"], "/displayName \"Somebody Else\"");
    assert_eq!(difference["got"], "/displayName \"Ann Lindqvist\"");
}

#[test]
fn pseudonyms_take_people_out_and_keep_the_story() {
    let house = Appliance::start();
    let files = Files::new();
    let node = house.connect("One", &["--preset", "rfc"]);
    let file = recorded(&files, &node, &["--pseudonyms"], story);
    let (text, dialogue) = read(&file);
    for personal in ["ann", "lindqvist", "berg", "nobody@", "idp-ann", "acme.test"] {
        assert!(!text.to_lowercase().contains(personal), "{personal} in {text}");
    }
    assert!(text.contains("Readers"), "{text}");
    let name = dialogue["steps"][0]["request"]["body"]["userName"].as_str().unwrap();
    let query = dialogue["steps"][1]["request"]["query"].as_str().unwrap().replace("%40", "@").replace("%2E", ".");
    assert!(query.contains(name), "{query}");
    let fresh = house.connect("Two", &["--preset", "rfc"]);
    assert_eq!(replay(&files, &file, &fresh).ok().json()["failed"], 0);
}

#[test]
fn a_simulator_can_be_recorded_and_nobody_else_may_listen() {
    let house = Appliance::start();
    let files = Files::new();
    let node = house.connect("One", &["--preset", "rfc"]);
    let file = recorded(&files, &node, &[], |to| {
        let token = files.write("token", &to.token);
        let command = ["simulate", "okta", "--url", &to.url, "--token-file", token.to_str().unwrap()];
        run(program().args(command), "").ok();
    });
    let fresh = house.connect("Two", &["--preset", "rfc"]);
    replay(&files, &file, &fresh).ok();
    let out = files.write("out.json", "");
    let everywhere = ["record", "--url", &node.url, "--out", out.to_str().unwrap(), "--listen", "0.0.0.0:0"];
    run(program().args(everywhere), "").fails(5);
}
