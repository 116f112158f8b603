//! Inputs made to hurt: each is refused in words, and the server stays as small as it was.

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::{Value, json};

/// Kilobytes of memory that the server holds now.
fn resident(house: &Appliance) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
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
