//! SCIM push from files: what is written, that a second run writes nothing, and what is never removed.

use crate::appliance::Appliance;
use crate::push_fixture::*;
use crate::scim_proxy::{Fate, ScimProxy};
use serde_json::{Value, json};

#[test]
fn both_presets_and_a_foreign_service_come_to_the_same_and_a_second_run_writes_nothing() {
    let house = Appliance::start();
    let files = Files::new();
    let (mut people, mut groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    let (keeper, rfc) = (house.keeper(), house.rfc());
    record(&house, "keeper", &keeper, &path, &[]);
    record(&house, "rfc", &rfc, &path, &[]);
    let foreign = scim2_server();
    let token = files.write("token", "foreign-token\n");
    let foreign = foreign.map(|(server, url)| {
        let proxy = ScimProxy::before(&url, "foreign-token", |_, _| Fate::Pass);
        let create = ["push", "record", "create", "foreign", "--source", "file", "--path", path.to_str().unwrap()];
        let target = ["--target-url", &proxy.url, "--target-token-file", token.to_str().unwrap()];
        house.run(&[&create[..], &target[..]].concat()).ok();
        let client = crate::idp_clients::Client::bearer(&url, "foreign-token");
        (server, proxy, client)
    });
    let everywhere = |expected: &[(&str, u64)]| {
        for (name, target) in [("keeper", &keeper), ("rfc", &rfc)] {
            has_done(&push(&house, target, name, &["--yes"]), expected);
            writes_nothing(&push(&house, target, name, &[]));
        }
        let told = [directory(&keeper.client()), directory(&rfc.client())];
        assert_eq!(told[0], told[1]);
        if let Some((_, proxy, client)) = &foreign {
            let run = ["push", "run", "--record", "foreign", "--yes", "--json"];
            has_done(&outcome(house.run(&run)), expected);
            let before = proxy.passed().len();
            writes_nothing(&outcome(house.run(&run)));
            assert_eq!(proxy.writes_since(before).len(), 0);
            assert_eq!(directory(client), told[0]);
        }
    };
    everywhere(&[("/users/created", 10), ("/groups/created", 2), ("/memberships/added", 15)]);
    people[0]["email"] = json!("renamed@Acme.test");
    people[1]["last_name"] = json!("Berg-Neu");
    people[2]["active"] = json!(false);
    people[3]["groups"] = json!(["g2"]);
    groups[0]["name"] = json!("Accounting");
    people.push(person("u10", &["g2"]));
    files.write("people.json", content(&people, &groups));
    everywhere(&[
        ("/users/created", 1),
        ("/users/updated", 2),
        ("/users/locked", 1),
        ("/groups/updated", 1),
        ("/groups/created", 0),
        ("/groups/deleted", 0),
        ("/memberships/added", 2),
        ("/memberships/removed", 1),
    ]);
    people[2]["active"] = json!(true);
    people.pop();
    files.write("people.json", content(&people, &groups));
    everywhere(&[("/users/unlocked", 1), ("/users/locked", 1), ("/users/deleted", 0), ("/memberships/removed", 1)]);
    // What auto-approve has approved is no longer pending, and the record is known as run.
    let teams = house.json(&["team", "list"]);
    assert!(teams.as_array().unwrap().iter().all(|team| team["status"] != "pending"), "{teams}");
}

#[test]
fn a_first_run_is_confirmed_and_a_dry_run_writes_nothing() {
    let house = Appliance::start();
    let sales = house.keeper();
    let files = Files::new();
    let (people, groups) = acme();
    record(&house, "files", &sales, &files.write("people.json", content(&people, &groups)), &[]);
    let planned = push(&house, &sales, "files", &["--dry-run"]);
    has_done(&planned, &[("/users/created", 10), ("/groups/created", 2), ("/memberships/added", 15)]);
    assert_eq!(planned["plan"]["changes"].as_array().unwrap().len(), 14, "{planned}");
    let printed = house.run(&["scim", "push", &sales.scim_id, "--source", "file", "--dry-run"]).ok().stdout;
    assert!(printed.contains("create user") && printed.contains("u0@Acme.test"), "{printed}");
    let unconfirmed = push(&house, &sales, "files", &[]);
    assert_eq!(unconfirmed["state"], "stopped");
    assert!(unconfirmed["reason"].as_str().unwrap().contains("confirm"), "{unconfirmed}");
    writes_nothing(&unconfirmed);
    sales.client().get("/Users").empty_list();
    push(&house, &sales, "files", &["--yes"]);
    let listed = house.run(&["scim", "list"]).ok().stdout;
    assert!(listed.contains("LAST SYNCED") && listed.contains("active"), "{listed}");
}

#[test]
fn a_source_that_is_empty_shrank_or_lacks_a_group_removes_nothing() {
    let house = Appliance::start();
    let sales = house.keeper();
    let files = Files::new();
    let (people, groups) = acme();
    let write = |people: &[Value], groups: &[Value]| files.write("people.json", content(people, groups));
    record(&house, "files", &sales, &write(&people, &groups), &["--group", "Finance", "--group", "営業"]);
    push(&house, &sales, "files", &["--yes"]);
    let before = directory(&sales.client());
    let harmless = |state: &str, words: &str| {
        let outcome = push(&house, &sales, "files", &[]);
        assert_eq!(outcome["state"], state, "{outcome}");
        assert!(outcome["reason"].as_str().unwrap().contains(words), "{outcome}");
        writes_nothing(&outcome);
        assert_eq!(directory(&sales.client()), before);
    };
    write(&[], &groups);
    harmless("stopped", "nobody");
    write(&people[..7], &groups);
    harmless("stopped", "held 10 people at the last run and holds 7");
    // Seven of ten remain in view of a record that has not seen more: the users themselves are counted as well.
    house.run(&["push", "record", "edit", "files", "--group", "営業", "--group", "Finance"]).ok();
    harmless("stopped", "3 of 10 active users would be locked or deleted");
    write(&people, &[group("g1", "Finance"), group("g9", "Sales")]);
    harmless("failed", "no group “g2”");
    write(&people, &[group("g1", "Buchhaltung"), group("g2", "営業")]);
    harmless("safe_mode", "group “Finance”");
    std::fs::remove_file(files.0.path().join("people.json")).unwrap();
    harmless("failed", "people.json");
    files.write("people.json", "{\n \"users\": [\n");
    harmless("failed", "line 3");
}

#[test]
fn safe_mode_brings_who_is_new_and_takes_nothing_away() {
    let house = Appliance::start();
    let sales = house.keeper();
    let files = Files::new();
    let (mut people, groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    record(&house, "files", &sales, &path, &["--group", "Finance", "--group", "営業"]);
    push(&house, &sales, "files", &["--yes"]);
    people.remove(0);
    people[0]["active"] = json!(false);
    people[8]["groups"] = json!(["g1"]);
    people.push(person("new", &["g1"]));
    files.write("people.json", content(&people, &[group("g1", "Finance"), group("g2", "Renamed")]));
    let outcome = push(&house, &sales, "files", &[]);
    assert_eq!(outcome["state"], "safe_mode", "{outcome}");
    has_done(
        &outcome,
        &[("/users/created", 1), ("/memberships/added", 1), ("/users/locked", 0), ("/groups/deleted", 0)],
    );
    assert_eq!(outcome["memberships"]["removed"], 0);
    let now = directory(&sales.client());
    assert_eq!(now.len(), 11);
    assert!(now.iter().all(|(_, active, _)| *active), "{now:?}");
}

#[test]
fn guards_stop_a_run_until_that_very_plan_is_allowed() {
    let house = Appliance::start();
    let sales = house.keeper();
    let files = Files::new();
    let (people, groups) = acme();
    record(&house, "files", &sales, &files.write("people.json", content(&people, &groups)), &[]);
    push(&house, &sales, "files", &["--yes"]);
    files.write("people.json", content(&people[..5], &groups[..1]));
    assert_eq!(push(&house, &sales, "files", &["--yes"])["state"], "stopped");
    let kept = files.0.path().join("plan.json");
    let kept = kept.to_str().unwrap();
    let plan = house.run(&["push", "plan", "--record", "files", "--out", kept, "--json"]).ok().json();
    let guards: Vec<&str> =
        plan["guards"].as_array().unwrap().iter().map(|hit| hit["guard"].as_str().unwrap()).collect();
    assert_eq!(guards, ["source_shrank", "users_removed"]);
    // Who moves the source between plan and act has made another plan.
    files.write("people.json", content(&people[..4], &groups[..1]));
    let moved = outcome(house.run(&["push", "apply", kept, "--json"]));
    assert_eq!(moved["state"], "stopped");
    assert!(moved["reason"].as_str().unwrap().contains("moved"), "{moved}");
    files.write("people.json", content(&people[..5], &groups[..1]));
    let done = push(&house, &sales, "files", &["--plan", kept]);
    assert_eq!(done["state"], "done", "{done}");
    has_done(&done, &[("/users/locked", 5), ("/groups/deleted", 1), ("/memberships/removed", 5)]);
    assert_eq!(outcome(house.run(&["push", "apply", kept, "--json"]))["state"], "stopped");
    writes_nothing(&push(&house, &sales, "files", &[]));
}

#[test]
fn whoever_is_protected_is_left_alone_and_destructive_says_what_may_go() {
    let house = Appliance::start();
    let sales = house.rfc();
    let files = Files::new();
    let (people, groups) = acme();
    let path = files.write("people.json", content(&people, &groups));
    let wide =
        ["--max-users-removed-percent", "100", "--max-shrink-percent", "100", "--max-groups-deleted-percent", "100"];
    record(&house, "files", &sales, &path, &[&wide[..], &["--protect", "U9@acme.test", "--protect", "営業"]].concat());
    let first = push(&house, &sales, "files", &["--yes"]);
    // Nobody of a protected group is touched, and the group is not even made.
    has_done(&first, &[("/users/created", 5), ("/groups/created", 1), ("/memberships/added", 5)]);
    house.run(&["push", "record", "edit", "files", "--protect", "u0@acme.test"]).ok();
    push(&house, &sales, "files", &[]);
    let by_hand = sales.client().post("/Users", json!({ "userName": "hand@acme.test" })).expect(201).id();
    let remaining: Vec<Value> = ["u8", "u9"].map(|id| person(id, &["g2"])).into();
    files.write("people.json", content(&remaining, &groups[1..]));
    has_done(&push(&house, &sales, "files", &["--destructive", "-1"]), &[("/users/locked", 0), ("/groups/deleted", 0)]);
    let own = push(&house, &sales, "files", &["--destructive", "0", "--max-members-removed-percent", "100"]);
    has_done(&own, &[("/users/locked", 7), ("/groups/deleted", 1)]);
    sales.client().get(&format!("/Users/{by_hand}")).expect(200).says("/active", true);
    let all = push(&house, &sales, "files", &["--destructive", "1", "--missing", "delete"]);
    has_done(&all, &[("/users/deleted", 1)]);
    sales.client().get(&format!("/Users/{by_hand}")).refused(404);
    let kept = directory(&sales.client());
    let protected = kept.iter().find(|(name, ..)| name == "u0@acme.test").unwrap();
    assert!(protected.1, "{kept:?}");
}

#[test]
fn two_people_with_one_address_are_named_and_neither_is_written() {
    let house = Appliance::start();
    let (sales, other) = (house.keeper(), house.connect("Elsewhere", &[]));
    let files = Files::new();
    let mut twin = person("u1", &["g1"]);
    twin["id"] = json!("other");
    twin["email"] = json!("U1@acme.TEST");
    let people = [person("u0", &["g1"]), person("u1", &["g1"]), twin, person("taken", &["g1"])];
    other.client().post("/Users", json!({ "userName": "taken@acme.test" })).expect(201);
    record(&house, "files", &sales, &files.write("people.json", content(&people, &[group("g1", "Finance")])), &[]);
    let outcome = push(&house, &sales, "files", &["--yes"]);
    assert_eq!(outcome["state"], "done_with_errors", "{outcome}");
    has_done(&outcome, &[("/users/created", 1), ("/groups/created", 1), ("/memberships/added", 1)]);
    let refused = outcome["refused"].as_array().unwrap();
    let names: Vec<&str> = refused.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["U1@acme.TEST", "taken@Acme.test", "u1@Acme.test"]);
    assert!(refused[1]["why"].as_str().unwrap().starts_with("409 uniqueness"), "{outcome}");
    let sentence = house.run(&["push", "run", "--record", "files"]).fails(1).saying("done with errors");
    assert!(sentence.stdout.contains("taken@Acme.test"), "{}", sentence.stdout);
}

#[test]
fn a_person_is_explained() {
    let house = Appliance::start();
    let sales = house.keeper();
    let files = Files::new();
    let (mut people, groups) = acme();
    people[9]["active"] = json!(false);
    record(&house, "files", &sales, &files.write("people.json", content(&people, &groups)), &[]);
    let explain = |who: &str| house.json(&["push", "explain", who, "--record", "files"]);
    let new = explain("U7@acme.test");
    assert_eq!(new["in_source"][0]["groups"][1]["group"], "営業");
    assert_eq!(new["changes"].as_array().unwrap().len(), 3, "{new}");
    assert!(new["verdict"].as_str().unwrap().contains("created"), "{new}");
    assert!(explain("u9")["verdict"].as_str().unwrap().contains("inactive"));
    assert!(explain("stranger")["verdict"].as_str().unwrap().contains("Neither"));
    push(&house, &sales, "files", &["--yes"]);
    files.write("people.json", content(&people[1..], &groups));
    let gone = explain("u0 Berg");
    assert!(gone["verdict"].as_str().unwrap().contains("taken out"), "{gone}");
    house.run(&["push", "explain", "u0 Berg", "--record", "files"]).ok();
}

#[test]
fn spreadsheets_are_read_and_their_errors_are_found() {
    let house = Appliance::start();
    let sales = house.keeper();
    let files = Files::new();
    let excel = "\u{feff}sep=;\r\nE-Mail;First name;Last Name;Active;Groups;Room\r\n\
        jürgen@acme.test;Jürgen;\"Müller; der Ältere\";yes;Finance|Sales, EMEA;4\r\n\r\nbea@acme.test;Bea;;no;;5\r\n";
    let path = files.write("people.csv", excel);
    record(&house, "files", &sales, &path, &[]);
    let planned = push(&house, &sales, "files", &["--dry-run"]);
    has_done(&planned, &[("/users/created", 1), ("/groups/created", 2), ("/memberships/added", 2)]);
    assert!(planned["plan"]["notes"].to_string().contains("Room"), "{planned}");
    let failing = |content: &[u8], words: &str| {
        files.write("people.csv", content);
        let outcome = push(&house, &sales, "files", &["--dry-run"]);
        assert_eq!(outcome["state"], "failed", "{outcome}");
        assert!(outcome["reason"].as_str().unwrap().contains(words), "{outcome}");
    };
    failing(b"email,active\na@acme.test,yes\n,no\nb@acme.test,perhaps\n", "line 3: no email; line 4: active");
    failing(b"email,groups\na@acme.test\n", "line 2: 1 fields, but the header has 2");
    failing(b"name,groups\na@acme.test,x\n", "no column is called email");
    failing(b"", "no column is called email");
    let stdin = ["push", "record", "edit", "files", "--path", "-"];
    house.run(&stdin).ok();
    let command = ["scim", "push", &sales.scim_id, "--source", "file", "--yes", "--json"];
    let piped = outcome(house.run_with(&command, "mail\tid\nmia@acme.test\t7\n"));
    has_done(&piped, &[("/users/created", 1), ("/groups/created", 0)]);
}
