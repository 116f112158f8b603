//! SCIM push when things go wrong around it: throttled, cut off, killed, twice at once, without a server.

use crate::appliance::{Appliance, has_file, scimbox};
use crate::push_fixture::*;
use crate::scim_proxy::{Fate, Passed, ScimProxy, error};
use serde_json::{Value, json};
use std::process::Stdio;

#[test]
fn a_target_that_throttles_loses_answers_and_knows_neither_bulk_nor_patch_is_served_all_the_same() {
    let house = Appliance::start();
    let files = Files::new();
    let sales = house.rfc();
    let (mut people, groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    let token = files.write("token", &sales.token);
    let rule = |number: usize, passed: &Passed| match (passed.method.as_str(), number) {
        ("GET", _) if passed.path.starts_with("/ServiceProviderConfig") => Fate::Change(|service| {
            service["bulk"]["supported"] = json!(false);
            service["patch"]["supported"] = json!(false);
            service["pagination"]["cursor"] = json!(false);
        }),
        // Its pages are smaller than was asked for.
        ("GET", _) if passed.path.contains("startIndex=1&") => Fate::Change(|list| {
            if let Some(page) = list["Resources"].as_array_mut() {
                page.truncate(3);
                list["itemsPerPage"] = json!(page.len());
            }
        }),
        (_, n) if n % 5 == 4 => Fate::Answer(429, "Retry-After: 0\r\n".to_owned(), error(429, "slowly")),
        ("POST", n) if n % 7 == 3 => Fate::Lose,
        _ => Fate::Pass,
    };
    let proxy = ScimProxy::before(&sales.url, &sales.token, rule);
    let create = ["push", "record", "create", "slow", "--source", "file", "--path", path.to_str().unwrap()];
    let target = ["--target-url", &proxy.url, "--target-token-file", token.to_str().unwrap(), "--concurrency", "2"];
    house.run(&[&create[..], &target[..]].concat()).ok();
    let run = ["push", "run", "--record", "slow", "--yes", "--json"];
    let first = outcome(house.run(&run));
    has_done(&first, &[("/users/created", 10), ("/groups/created", 2), ("/memberships/added", 15)]);
    people[0]["last_name"] = json!("Neu");
    people[3]["groups"] = json!([]);
    files.write("people.json", content(&people, &groups));
    has_done(&outcome(house.run(&run)), &[("/users/updated", 1), ("/memberships/removed", 1)]);
    let before = proxy.passed().len();
    writes_nothing(&outcome(house.run(&run)));
    assert_eq!(proxy.writes_since(before).iter().filter(|one| one.method != "GET").count(), 0);
    assert!(proxy.passed().iter().all(|one| one.method != "PATCH" && one.path != "/Bulk"));
}

#[test]
fn a_target_that_is_not_read_whole_is_not_written_to() {
    let house = Appliance::start();
    let files = Files::new();
    let sales = house.rfc();
    let (people, groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    let token = files.write("token", &sales.token);
    record(&house, "files", &sales, &path, &[]);
    push(&house, &sales, "files", &["--yes"]);
    let rule = |_: usize, passed: &Passed| match passed.path.starts_with("/Users") {
        true => Fate::Change(|list| {
            list["totalResults"] = json!(99);
            list.as_object_mut().unwrap().remove("nextCursor");
        }),
        false => Fate::Pass,
    };
    let proxy = ScimProxy::before(&sales.url, &sales.token, rule);
    let create = ["push", "record", "create", "short", "--source", "file", "--path", path.to_str().unwrap()];
    let target = ["--target-url", &proxy.url, "--target-token-file", token.to_str().unwrap()];
    house.run(&[&create[..], &target[..]].concat()).ok();
    let ended = outcome(house.run(&["push", "run", "--record", "short", "--yes", "--json"]));
    assert_eq!(ended["state"], "failed");
    assert!(ended["reason"].as_str().unwrap().contains("counts 99 at /Users but shows 10"), "{ended}");
    assert_eq!(proxy.writes_since(0).len(), 0);
}

#[test]
fn killed_at_any_moment_and_run_again_the_target_equals_the_source() {
    // The lock of a target is a file there, which is free as soon as its process is gone.
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let files = Files::new();
    let people: Vec<Value> = (0..40).map(|n| person(&format!("p{n}"), &[["g1", "g2", "g3"][n % 3], "g4"])).collect();
    let groups: Vec<Value> = (1..5).map(|n| group(&format!("g{n}"), &format!("Group {n}"))).collect();
    let path = files.write("people.json", content(&people, &groups));
    let expected = {
        let plain = house.rfc();
        record(&house, "plain", &plain, &path, &[]);
        push(&house, &plain, "plain", &["--yes"]);
        directory(&plain.client())
    };
    for moment in 0..10 {
        let sales = house.connect(&format!("Killed {moment}"), &["--preset", "rfc", "--announce", "minimal"]);
        let rule = |_: usize, passed: &Passed| match passed.path.starts_with("/ServiceProviderConfig") {
            true => Fate::Change(|service| service["bulk"]["supported"] = json!(false)),
            false => Fate::Pass,
        };
        let proxy = ScimProxy::before(&sales.url, &sales.token, rule);
        let name = format!("killed {moment}");
        let token = files.write("token", &sales.token);
        let create = ["push", "record", "create", &name, "--source", "file", "--path", path.to_str().unwrap()];
        let target = ["--target-url", &proxy.url, "--target-token-file", token.to_str().unwrap()];
        house.run(&[&create[..], &target[..]].concat()).ok();
        let run = ["push", "run", "--record", &name, "--yes", "--json"];
        let mut first = scimbox(&house.data());
        let mut first = first.args(run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Three requests read, some fifty write.
        proxy.wait_for(3 + moment * 5, || first.try_wait().unwrap().is_some());
        first.kill().unwrap();
        first.wait().unwrap();
        let again = outcome(house.run(&run));
        assert_eq!(again["state"], "done", "killed at request {}: {again}", 3 + moment * 5);
        assert_eq!(directory(&sales.client()), expected);
        writes_nothing(&outcome(house.run(&run)));
    }
}

#[test]
fn a_second_run_to_the_same_target_is_refused_meanwhile() {
    let house = Appliance::start();
    let files = Files::new();
    let sales = house.rfc();
    let (people, groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    let token = files.write("token", &sales.token);
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    // The first request waits until the second run was refused.
    let rule = move |number: usize, _: &Passed| {
        if number == 0 {
            gate.lock().unwrap().recv().unwrap();
        }
        Fate::Pass
    };
    let proxy = ScimProxy::before(&sales.url, &sales.token, rule);
    let path = path.to_str().unwrap();
    for name in ["one", "two"] {
        let create = ["push", "record", "create", name, "--source", "file", "--path", path];
        let target = ["--target-url", &proxy.url, "--target-token-file", token.to_str().unwrap()];
        house.run(&[&create[..], &target[..]].concat()).ok();
    }
    let mut first = scimbox(&house.data());
    first.args(["push", "run", "--record", "one", "--yes", "--json"]);
    let first = first.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    proxy.wait_for(1, || false);
    let second = outcome(house.run(&["push", "run", "--record", "two", "--yes", "--json"]));
    assert_eq!(second["state"], "failed");
    assert!(second["reason"].as_str().unwrap().contains("under way"), "{second}");
    go.send(()).unwrap();
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(outcome(house.run(&["push", "run", "--record", "two", "--yes", "--json"]))["state"], "done");
}

#[test]
fn a_push_to_a_connection_needs_a_running_server_and_a_foreign_target_does_not() {
    let mut house = Appliance::start();
    let files = Files::new();
    let sales = house.keeper();
    let (people, groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    record(&house, "own", &sales, &path, &[]);
    house.crash();
    let alone = outcome(house.run(&["scim", "push", &sales.scim_id, "--source", "file", "--yes", "--json"]));
    assert_eq!(alone["state"], "failed");
    assert!(alone["reason"].as_str().unwrap().contains("scimbox serve"), "{alone}");
    let Some((_server, url)) = scim2_server() else { return };
    let token = files.write("token", "foreign-token");
    let create = ["push", "record", "create", "foreign", "--source", "file", "--path", path.to_str().unwrap()];
    let target = ["--target-url", &url, "--target-token-file", token.to_str().unwrap()];
    house.run(&[&create[..], &target[..]].concat()).ok();
    let outcome = outcome(house.run(&["push", "run", "--record", "foreign", "--yes", "--json"]));
    has_done(&outcome, &[("/users/created", 10), ("/memberships/added", 15)]);
}
