//! The audit log at a syslog server: every event arrives once and in its order, over outages and restarts.

use crate::appliance::{Appliance, eventually};
use crate::people::*;
use crate::rsyslog::Rsyslog;
use rustix::process::Signal;
use serde_json::Value;

/// All events, oldest first.
fn exported(house: &Appliance) -> Vec<Value> {
    let text = house.run(&["audit", "export"]).ok().stdout;
    let mut events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.reverse();
    events
}

/// Waits until the server has the newest event; then it has all, each once.
#[track_caller]
fn has_all(house: &Appliance, server: &Rsyslog) {
    let wanted = exported(house);
    let last = wanted.last().unwrap()["event_id"].clone();
    eventually("the newest event arrives", || {
        server.events().iter().any(|event| event["event_id"] == last).then_some(())
    });
    assert_eq!(server.events(), wanted);
}

#[test]
fn every_event_arrives_once_and_in_order_over_an_outage_and_restarts() {
    let Some(mut server) = Rsyslog::start(false) else { return };
    let mut house = Appliance::start();
    let client = house.keeper().client();
    house.run(&["settings", "set", "audit_syslog", &server.address()]).ok();
    client.post("/Users", mia()).expect(201);
    has_all(&house, &server);
    let lines = server.lines();
    assert!(lines.iter().any(|line| line.starts_with("13.6 scimbox create_user ")), "{lines:#?}");
    // The server is gone for a while, and the appliance is killed and started meanwhile.
    server.stop();
    for n in 0..20 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    eventually("the outage is said", || house.stderr().contains("does not take the audit log").then_some(()));
    house.crash();
    let mut again = house.again();
    again.run(&["node", "create", "East"]).ok();
    server.run();
    has_all(&again, &server);
    // A clean stop, which writes an event of its own.
    again.signal(Signal::TERM);
    again.end();
    let last = again.again();
    has_all(&last, &server);
}

#[test]
fn tls_to_the_server_is_checked_against_the_authority_that_is_set() {
    let Some(server) = Rsyslog::start(true) else { return };
    let house = Appliance::start();
    house.run(&["settings", "set", "audit_syslog", &server.address()]).ok();
    eventually("a stranger's certificate is not taken", || {
        house.stderr().contains("does not take the audit log").then_some(())
    });
    assert!(server.events().is_empty());
    house.run(&["settings", "set", "audit_syslog_ca", &server.ca()]).ok();
    has_all(&house, &server);
}

#[test]
fn an_address_that_is_none_is_refused() {
    let house = Appliance::start();
    for wrong in ["logs.example.com", "udp://logs.example.com", "tcp://", "tls://x:0", "tcp://x/y", "tcp://a b"] {
        house.run(&["settings", "set", "audit_syslog", wrong]).fails(2).saying("tls://logs.example.com:6514");
    }
}
