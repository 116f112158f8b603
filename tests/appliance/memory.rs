//! Memory over all requests: what many clients send and do not read stays within a budget.

use crate::appliance::{Appliance, eventually};
use crate::wire::Wire;
use serde_json::{Value, json};

/// Megabytes of memory that the server holds now and held at most.
fn resident(house: &Appliance) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.id())).unwrap();
    let field = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// How many connections of clients it holds, as the kernel counts them: what it has open to a database is not among them.
fn connections(house: &Appliance) -> usize {
    let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", house.id())).unwrap();
    let port: u16 = house.address.rsplit_once(':').unwrap().1.parse().unwrap();
    let local = format!(":{port:04X}");
    let held = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (listens, no_file) = (fields[3] == "0A", fields[9] == "0");
        fields[1].ends_with(&local) && !listens && !no_file
    };
    table.lines().skip(1).filter(held).count()
}

#[test]
fn many_large_sign_ins_take_no_memory() {
    let house = Appliance::start();
    let head = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let mut wires: Vec<Wire> = Vec::new();
    for _ in 0..300 {
        let mut wire = Wire::open(&house);
        wire.try_send(format!("{head}Content-Length: 1000000\r\n\r\n{}", "x".repeat(990_000)));
        wires.push(wire);
    }
    let (_, most) = resident(&house);
    assert!(most < 200, "{most} MB were in use");
    for wire in &mut wires {
        assert!(wire.is_closed());
    }
}

#[test]
fn many_large_bodies_at_once_are_put_off_and_not_hoarded() {
    let house = Appliance::start();
    let sales = house.rfc();
    let head = format!(
        "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 1000000\r\n\r\n",
        sales.path(),
        sales.token
    );
    let mut refused = 0;
    let mut wires: Vec<Wire> = Vec::new();
    for _ in 0..200 {
        let mut wire = Wire::open(&house);
        wire.try_send(format!("{head}{}", " ".repeat(990_000)));
        wires.push(wire);
    }
    let (_, most) = resident(&house);
    assert!(most < 200, "{most} MB were in use");
    for wire in &mut wires {
        wire.try_send(" ".repeat(10_000));
        if let Some(reply) = wire.try_reply() {
            assert!([400, 503].contains(&reply.status), "{}", reply.text);
            if reply.status == 503 {
                assert!(!reply.header("retry-after").is_empty());
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "nobody was put off");
    sales.client().get("/Users").empty_list();
}

#[test]
fn pages_that_nobody_reads_end_and_fill_no_memory() {
    let house = Appliance::start();
    let sales = house.rfc();
    let client = sales.client();
    for n in 0..64 {
        let roles: Vec<Value> = (0..4).map(|r| json!({ "value": format!("{r}{}", "x".repeat(60_000)) })).collect();
        client.post("/Users", json!({ "userName": format!("large{n}"), "roles": roles })).expect(201);
    }
    let mut wires: Vec<Wire> = (0..40).map(|_| Wire::open(&house)).collect();
    for wire in &mut wires {
        wire.ask("GET", "/Users?count=1000", &sales);
    }
    // One that reads is served as soon as there is room, and told to come back until then.
    eventually("another page is read", || {
        let reply = client.get("/Users?count=1000");
        assert!([200, 503].contains(&reply.status));
        (reply.status == 200).then_some(())
    });
    let (_, most) = resident(&house);
    assert!(most < 300, "{most} MB were in use");
    // Only the one that reads is left.
    eventually("the connections are closed", || (connections(&house) <= 1).then_some(()));
    drop(wires);
}
