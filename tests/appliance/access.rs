//! Access: using a connection is no change of it, and a scan looks again before it answers.

use crate::appliance::{Appliance, eventually};
use crate::idp_clients::encoded;
use crate::people::*;
use crate::wire::Wire;
use serde_json::json;

/// How often access has changed, as the file says.
#[track_caller]
fn changes(house: &Appliance) -> i64 {
    house.number("SELECT access_changes FROM appliance")
}

#[test]
fn using_a_connection_is_no_change_of_access() {
    let house = Appliance::start();
    let sales = house.keeper();
    sales.client().post("/Users", mia()).expect(201);
    // The first use turned it active, which is a change; the note of it is written behind the answer.
    let view = || house.run(&["scim", "view", &sales.scim_id, "--json"]).ok().json();
    eventually("the connection is active", || (view()["status"] == "active").then_some(()));
    let (before, last) = (changes(&house), view()["last_synced"].clone());
    eventually("a later use is noted", || {
        sales.client().get("/Users").expect(200);
        sales.client().patch("/Users/1", op("replace", "title", "x")).refused(404);
        (view()["last_synced"] != last).then_some(())
    });
    assert_eq!(changes(&house), before);
    for change in [&["scim", "pause"][..], &["scim", "resume"], &["scim", "rotate"]] {
        let before = changes(&house);
        house.run(&[change, &[&sales.scim_id]].concat()).ok();
        assert!(changes(&house) > before, "{change:?} is one");
    }
}

#[test]
fn a_scan_that_waited_is_not_answered_once_its_connection_is_paused() {
    let house = Appliance::start();
    let sales = house.rfc();
    for thousand in 0..4 {
        let one = |n: u32| person(&format!("p{thousand}-{n}"));
        let people: Vec<_> = (0..1000)
            .map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": one(n) }))
            .collect();
        sales.client().post("/Bulk", json!({ "Operations": people })).expect(200);
    }
    // The scans of a node wait for each other. So many slow ones are before it that it still waits when the command has
    // ended.
    let slow = (0..60).map(|n| format!("nickName co \"{n}\"")).collect::<Vec<_>>().join(" or ");
    let path = format!("/Users?filter={}", encoded(&slow));
    let mut before: Vec<Wire> = (0..14).map(|_| Wire::open(&house)).collect();
    for wire in &mut before {
        wire.ask("GET", &path, &sales);
    }
    let mut waiting = Wire::open(&house);
    waiting.ask("GET", "/Users?filter=nickName%20co%20%22x%22", &sales);
    house.run(&["scim", "pause", &sales.scim_id]).ok();
    waiting.reply().refused(503).detail("CONNECTION_PAUSED");
    for wire in &mut before {
        let reply = wire.reply();
        assert!(matches!(reply.status, 200 | 503), "{}", reply.text);
    }
}
