//! Rates: a connection asks as often as it may, and strangers pay for themselves.

use crate::appliance::{Appliance, eventually};
use crate::people::*;
use serde_json::json;

#[test]
fn a_connection_that_asks_too_often_is_told_when_to_come_back() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--rate-limit", "3"]));
    let others = house.connect("Others", &[]).client();
    let client = sales.client();
    let refused = eventually("too much is asked", || {
        let reply = client.get("/Users");
        (reply.status != 200).then_some(reply)
    });
    let refused = refused.refused(429).detail("Too many requests");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    eventually("a write is refused as well", || (client.post("/Users", mia()).status == 429).then_some(()));
    for _ in 0..50 {
        others.get("/Users").expect(200);
    }
    let view = console.view(&sales);
    assert_eq!(view.at("/settings/rate_limit"), 3);
    assert_eq!((view.at("/exchanges/0/status"), view.at("/exchanges/0/code")), (json!(429), json!("TOO_OFTEN")));
    // It is served again after a while, and at once when it may ask more often.
    eventually("its time comes", || (client.get("/Users").status == 200).then_some(()));
    house.run(&["scim", "edit", &sales.scim_id, "--rate-limit", "0"]).ok();
    for _ in 0..50 {
        client.get("/Users").expect(200);
    }
}

#[test]
fn an_import_by_the_usual_settings_is_not_held_up() {
    let house = Appliance::start();
    let sales = house.keeper();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..4)
            .map(|lane| {
                let client = sales.client();
                scope.spawn(move || -> Vec<u16> {
                    (0..250).map(|n| client.post("/Users", person(&format!("p{lane}-{n}"))).status).collect()
                })
            })
            .collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
}

#[test]
fn wrong_credentials_are_charged_to_their_address_and_hide_nobody() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let client = sales.client();
    for _ in 0..6 {
        client.get("/Users").expect(200);
    }
    let wrong = sales.client_with("scimbox_wrong");
    let refused = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..4)
            .map(|_| {
                let wrong = &wrong;
                scope.spawn(move || {
                    (0..2_000).map(|_| wrong.get("/Users")).find(|reply| reply.status != 401).expect("a refusal")
                })
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).next().unwrap()
    });
    let refused = refused.refused(429);
    assert!(!refused.header("retry-after").is_empty());
    // The right token goes on from the same address, and the list shows it.
    client.get("/Users").expect(200);
    let view = console.view(&sales);
    let shown = view.at("/exchanges");
    let with = |status: u16| shown.as_array().unwrap().iter().filter(|one| one["status"] == status).count();
    assert_eq!((with(200), with(401), with(429)), (7, 5, 0), "{shown}");
    assert_eq!(view.at("/attention"), serde_json::Value::Null);
}

#[test]
fn links_and_keys_cannot_be_guessed_without_end() {
    let house = Appliance::start();
    let guess = |path: &str| {
        let refused = eventually("guesses are put off", || {
            let mut wire = crate::wire::Wire::open(&house);
            let key = format!("Authorization: Bearer sbkey_{}", "A".repeat(51));
            let reply = wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\n\r\n")).reply();
            (reply.status == 429).then_some(reply)
        });
        assert!(!refused.header("retry-after").is_empty());
    };
    guess("/join/nobody-was-sent-this");
    guess("/api/v1/nodes");
}
