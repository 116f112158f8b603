//! Fairness: whoever asks for much, or holds the file, keeps the others waiting for a while at most.

use crate::appliance::{Appliance, has_file};
use crate::idp_clients::encoded;
use crate::people::*;
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A filter that no index answers and that compares much.
fn slow() -> String {
    let parts: Vec<String> = (0..60).map(|n| format!("nickName co \"{n}\"")).collect();
    format!("/Users?filter={}", encoded(&parts.join(" or ")))
}

#[test]
fn one_token_cannot_starve_other_nodes_or_the_console() {
    let house = Appliance::start();
    let console = house.console();
    let (busy, sales) = (house.rfc(), house.keeper());
    for thousand in 0..4 {
        let one = |n: u32| person(&format!("p{thousand}-{n}"));
        let people: Vec<Value> = (0..1000)
            .map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": one(n) }))
            .collect();
        busy.client().post("/Bulk", json!({ "Operations": people })).expect(200);
    }
    sales.client().post("/Users", mia()).expect(201);
    let (over, refused, served) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..80 {
            scope.spawn(|| {
                let (client, path) = (busy.client(), slow());
                while !over.load(Ordering::SeqCst) {
                    let reply = client.get(&path);
                    match reply.status {
                        // On a slow machine its time may be over.
                        200 | 400 => drop(served.fetch_add(1, Ordering::SeqCst)),
                        _ => {
                            assert!(!reply.refused(503).header("retry-after").is_empty(), "and when to come back");
                            refused.fetch_add(1, Ordering::SeqCst);
                            std::thread::yield_now();
                        }
                    }
                }
            });
        }
        // Whatever is asserted, the others must come to an end.
        let asked = std::panic::catch_unwind(AssertUnwindSafe(|| {
            crate::appliance::eventually("its lane is full", || {
                (refused.load(Ordering::SeqCst) > 0 && served.load(Ordering::SeqCst) > 0).then_some(())
            });
            for _ in 0..10 {
                sales
                    .client()
                    .find("/Users", "nickName co \"x\" or displayName co \"Mia\"")
                    .expect(200)
                    .says("/totalResults", 1);
                for page in ["/users", "/audit", "/approvals", "/teams"] {
                    console.get(page).expect(200);
                }
            }
        }));
        over.store(true, Ordering::SeqCst);
        asked.unwrap();
    });
}

#[test]
fn waiting_for_another_process_does_not_add_up() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let sales = house.keeper();
    sales.client().get("/Users").expect(200);
    let db = house.database();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    // One after the other they would wait longer than a client here does.
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..40)
            .map(|n| {
                let (client, house) = (sales.client(), &house);
                scope.spawn(move || match n {
                    20 => crate::idp_clients::Client::plain(&house.url("")).get("/readyz"),
                    n => client.post("/Users", person(&format!("p{n}"))),
                })
            })
            .collect();
        for one in asked {
            let reply = one.join().unwrap().expect(503);
            assert!(!reply.header("retry-after").is_empty());
        }
    });
    sales.client().get("/Users").empty_list();
    db.execute_batch("ROLLBACK").unwrap();
    sales.client().post("/Users", mia()).expect(201);
}
