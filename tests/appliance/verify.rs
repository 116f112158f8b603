//! `verify` (docs/operations.md#verify): what is wrong with a database is found and named, beside a server and without one.

use crate::appliance::{Appliance, run, scimbox};
use crate::people::*;
use serde_json::json;
use std::os::unix::fs::FileExt;

#[test]
fn a_whole_database_is_said_to_be_whole_with_and_without_a_server() {
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
