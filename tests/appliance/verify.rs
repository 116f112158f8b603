//! `verify` (docs/operations.md#verify): what is wrong with a database is found and named, beside a server and without one.

use crate::appliance::{Appliance, has_file, run, scimbox};
use crate::people::*;
use serde_json::json;
use std::os::unix::fs::FileExt;

#[test]
fn a_whole_database_is_said_to_be_whole_with_and_without_a_server() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let client = house.keeper().client();
    let id = client.post("/Users", mia()).expect(201).id();
    client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&id]) }))).expect(201);
    let whole = json!({ "ok": true, "problems": [] });
    assert_eq!(house.json(&["verify"]), whole);
    house.crash();
    assert_eq!(house.json(&["verify"]), whole, "what is in the log counts");
    let nothing = house.folder.path().join("nothing");
    run(scimbox(&nothing).args(["verify"]), "").fails(1).saying("missing or empty");
    assert!(!nothing.exists(), "and nothing was made");
}

#[test]
fn counters_references_chains_and_shape_are_compared_with_what_is_there() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let client = house.keeper().client();
    let id = client.post("/Users", mia()).expect(201).id();
    client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&id]) }))).expect(201);
    for (harm, mend, check, said) in [
        (
            "UPDATE node SET users = users + 1 WHERE users > 0",
            "UPDATE node SET users = users - 1 WHERE users > 0",
            "counters",
            "users and has 1",
        ),
        ("UPDATE team SET members = 7", "UPDATE team SET members = 1", "counters", "counts 7 members and has 1"),
        ("UPDATE event SET object = 'x' WHERE event_id = 2", "", "audit", "event 2"),
        ("UPDATE appliance SET counter = 0", "", "counters", "has given"),
    ] {
        house.tamper(harm);
        let ran = house.run(&["verify", "--json"]);
        let told = ran.json();
        assert_eq!((ran.code, &told["ok"]), (1, &json!(false)), "{told}");
        let problem = &told["problems"][0];
        assert_eq!(problem["check"], check, "{told}");
        assert!(problem["found"].as_str().unwrap().contains(said), "{told}");
        if !mend.is_empty() {
            house.tamper(mend);
        }
    }
}

#[test]
fn damaged_pages_are_found() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let client = house.keeper().client();
    for n in 0..50 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    house.signal(rustix::process::Signal::TERM);
    house.end();
    let file = std::fs::File::options().write(true).open(house.data().join("scimbox.db")).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    file.write_all_at(&[0x5a; 4096], (pages / 2) * 4096).unwrap();
    let told = house.run(&["verify", "--json"]).fails(1).json();
    assert_eq!(told["problems"][0]["check"], "integrity", "{told}");
}

#[test]
fn what_can_be_read_of_a_damaged_database_is_salvaged_and_the_rest_is_listed() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let sales = house.keeper();
    let client = sales.client();
    let mut ids = Vec::new();
    for n in 0..200 {
        ids.push(client.post("/Users", person(&format!("p{n}"))).expect(201).id());
    }
    client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&ids[0], &ids[199]]) }))).expect(201);
    house.signal(rustix::process::Signal::TERM);
    house.end();
    let whole = std::fs::read(house.data().join("scimbox.db")).unwrap();
    // A page of users: their text is nowhere else.
    let page = |text: &[u8]| whole.windows(text.len()).position(|found| found == text).unwrap() / 4096;
    let damaged = page(b"\"userName\":\"p100@");
    let mut file = whole.clone();
    file[damaged * 4096..(damaged + 1) * 4096].fill(0x5a);
    std::fs::write(house.data().join("scimbox.db"), &file).unwrap();
    let to = house.folder.path().join("salvaged");
    let arguments = ["salvage", "--to", to.to_str().unwrap(), "--json"];
    let done = house.run(&arguments).ok().json();
    let copied = done["copied"]["user"].as_u64().unwrap();
    assert!((150..200).contains(&copied), "{done}");
    let lost = done["lost"].as_array().unwrap().iter().filter(|one| one["table"] == "user");
    assert!(lost.count() > 0, "{done}");
    assert!(std::fs::read(house.data().join("scimbox.db")).unwrap() == file, "the damaged one is as it was");
    let users = run(scimbox(&to).args(["user", "list", "--json"]), "").ok().json();
    assert_eq!(users.as_array().unwrap().len() as u64, copied);
    assert!(users.to_string().contains("p0@acme.test") && users.to_string().contains("p199@acme.test"));
    let verdict = run(scimbox(&to).args(["verify", "--json"]), "").json();
    assert_eq!(verdict["problems"], done["problems"]);
    assert_eq!(done["problems"], json!([]), "counters and references fit what is there");
    run(scimbox(&house.data()).args(arguments), "").fails(5);
    // Whole files lose nothing.
    std::fs::write(house.data().join("scimbox.db"), &whole).unwrap();
    let again = house.folder.path().join("again");
    let done = house.run(&["salvage", "--to", again.to_str().unwrap(), "--json"]).ok().json();
    assert_eq!((&done["lost"], &done["problems"], &done["copied"]["user"]), (&json!([]), &json!([]), &json!(200)));
}
