//! Inputs made to hurt: each is refused in words, and the server stays as small as it was.

use crate::appliance::{ADMIN, Appliance};
use crate::console::visitor;
use crate::people::*;
use serde_json::{Value, json};

/// Kilobytes of memory that the server holds now.
fn resident(house: &Appliance) -> u64 {
    in_use(house, "VmRSS:")
}

fn in_use(house: &Appliance, of: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(of)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn filters_paths_and_patches_made_to_hurt_are_refused_and_cost_no_memory() {
    let house = Appliance::start();
    let client = house.rfc().client();
    let path = format!("/Users/{}", client.post("/Users", mia()).expect(201).id());
    let before = resident(&house);
    let search = |filter: String| client.post("/Users/.search", json!({ "filter": filter })).refused(400);
    for _ in 0..20 {
        search("not (".repeat(50_000)).because("invalidFilter");
        search("(".repeat(4_000)).because("invalidFilter");
        search(format!("emails[{}", "type eq \"x\" and ".repeat(200))).because("invalidFilter");
        let dots = format!("name{}", ".a".repeat(2_000));
        client.patch(&path, op("replace", &dots, "x")).refused(400).because("invalidPath");
        let brackets = format!("emails{}", "[type eq \"work\"]".repeat(200));
        client.patch(&path, op("replace", &brackets, "x")).refused(400).because("invalidPath");
        let one = json!({ "op": "add", "path": "title", "value": "x" });
        client.patch(&path, ops(Value::Array(vec![one; 20_000]))).refused(400).because("invalidSyntax");
        client.post("/Users", format!("{{\"userName\":{}", "[".repeat(500_000))).refused(400).because("invalidSyntax");
        client.post("/Users", json!({ "userName": "nul", "title": "a\u{0}b" })).refused(400).because("invalidValue");
    }
    let grown = resident(&house).saturating_sub(before);
    assert!(grown < 64 * 1024, "the server grew by {grown} kB");
    client.get(&path).expect(200);
}

/// How long a small write of another client takes while `heavy` runs; it must be answered before that ends or fails.
fn others_go_on(house: &Appliance, heavy: impl FnOnce() + Send) {
    let others = house.connect("Others", &["--preset", "rfc"]).client();
    std::thread::scope(|scope| {
        let running = scope.spawn(heavy);
        for n in 0..20 {
            others.post("/Users", json!({ "userName": format!("probe{n}") })).expect(201);
            others.get("/Users?count=1").expect(200);
        }
        running.join().unwrap();
    });
}

#[test]
fn a_patch_that_compares_too_much_is_refused_and_the_others_go_on() {
    let house = Appliance::start();
    let client = house.rfc().client();
    let roles: Vec<Value> = (0..1000).map(|n| json!({ "value": format!("{n}{}", "ÄÖ".repeat(40)) })).collect();
    let person = json!({ "userName": "heavy", "roles": roles });
    let path = format!("/Users/{}", client.post("/Users", person).expect(201).id());
    let wide = (0..60).map(|n| format!("value co \"{n}Ä\"")).collect::<Vec<_>>().join(" or ");
    let one = json!({ "op": "replace", "path": format!("roles[{wide}].display"), "value": "x" });
    others_go_on(&house, || {
        client.patch(&path, ops(Value::Array(vec![one; 200]))).refused(400).because("tooMany");
    });
    let searches = json!({ "op": "remove", "path": "members[display co \"z\"]" });
    let group = format!("/Groups/{}", client.post("/Groups", team("Makers")).expect(201).id());
    client.patch(&group, ops(Value::Array(vec![searches; 9]))).refused(400).because("tooMany");
    client
        .patch(&path, op("add", "roles", json!({ "value": "x".repeat(65_000) })))
        .refused(400)
        .because("invalidValue");
}

#[test]
fn resources_pages_and_details_stay_small() {
    let house = Appliance::start();
    let sales = house.rfc();
    let client = sales.client();
    let large = |n: usize| {
        let roles: Vec<Value> = (0..4).map(|r| json!({ "value": format!("{r}{}", "x".repeat(60_000)) })).collect();
        json!({ "userName": format!("large{n}"), "roles": roles })
    };
    for n in 0..100 {
        client.post("/Users", large(n)).expect(201);
    }
    let mut seen = 0;
    while seen < 100 {
        let page = client.get(&format!("/Users?startIndex={}&count=1000", seen + 1)).expect(200);
        assert!(page.text.len() < 70 << 20, "a page of {} bytes", page.text.len());
        assert_eq!(page.at("/totalResults"), 100);
        let shown = page.listed().len();
        assert!(shown > 0 && page.at("/itemsPerPage") == shown);
        seen += shown;
    }
    let too_large: Vec<Value> = (0..5).map(|r| json!({ "value": format!("{r}{}", "x".repeat(60_000)) })).collect();
    client.post("/Users", json!({ "userName": "huge", "roles": too_large })).refused(400).because("invalidValue");
    let reply = client.patch("/Users/1", ops(json!([{ "op": "y".repeat(500_000), "path": "title" }]))).refused(400);
    assert!(reply.text.len() < 4_000, "a refusal of {} bytes", reply.text.len());
}

#[test]
fn a_burst_of_sign_ins_leaves_no_memory_behind_and_does_not_slip_past_the_delay() {
    let house = Appliance::start();
    house.console();
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..60)
            .map(|_| {
                let (stranger, body) = (visitor(&house), json!({ "email": ADMIN, "password": "not the right one" }));
                scope.spawn(move || stranger.post("/session", body).status)
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let refused = answers.iter().filter(|status| **status == 401).count();
    assert!(refused <= 5, "{refused} of 60 attempts at once were looked at: {answers:?}");
    assert!(answers.iter().all(|status| [401, 429, 503].contains(status)), "{answers:?}");
    let memory = resident(&house);
    assert!(memory < 80 * 1024, "{memory} kB are in use");
}

#[test]
fn an_idle_server_is_small_also_after_somebody_has_signed_in() {
    let house = Appliance::start();
    let client = house.rfc().client();
    house.console();
    client.post("/Users", mia()).expect(201);
    // Without the pages of the program file: those of a debug build say nothing.
    let memory = in_use(&house, "RssAnon:");
    assert!(memory < 28 * 1024, "{memory} kB are in use");
}
