//! A push: how long a directory takes from a file into the appliance, in how many requests, and what the run needs of memory.

use crate::measure::{Bench, say};
use crate::server::Server;
use serde_json::{Value, json};
use std::io::Write;

/// Groups that each person is in.
const GROUPS_EACH: usize = 10;

/// Pushes so many people in a fortieth as many groups, with Bulk and without, twice each, and prints the table.
///
/// # Errors
/// When a run does not end as done.
pub fn measure(bench: &Bench, users: usize) -> anyhow::Result<()> {
    let groups = (users / 40).max(1);
    let server = Server::start(&bench.arguments.folder)?;
    let file = server.disk().join("people.json");
    std::fs::write(&file, people(users, groups).to_string())?;
    let file = file.to_str().ok_or_else(|| anyhow::anyhow!("the folder is no UTF-8"))?;
    let memberships = users * GROUPS_EACH;
    let mut out = std::io::stdout().lock();
    writeln!(out, "| push of {users} people, {groups} groups, {memberships} memberships | requests | s | memory |")?;
    writeln!(out, "| --- | --- | --- | --- |")?;
    for bulk in ["on", "off"] {
        let node = format!("Push with Bulk {bulk}");
        let scim_id = server.connection(&node)?;
        let create = ["push", "record", "create", &node, "--source", "file", "--path", file, "--target", &scim_id];
        server.command(&[&create[..], &["--bulk", bulk, "--json"]].concat())?;
        for (turn, expected) in [("first", users), ("second", 0)] {
            let push = ["scim", "push", &scim_id, "--source", "file", "--record", &node, "--yes", "--json"];
            let (outcome, seconds, memory) = server.command_measured(&push)?;
            let created = outcome.pointer("/users/created").and_then(Value::as_u64);
            anyhow::ensure!(created == Some(expected as u64), "the {turn} run with Bulk {bulk}: {outcome}");
            let requests = outcome.get("requests").and_then(Value::as_u64).unwrap_or_default();
            say(&format!("{turn} push with Bulk {bulk}: {requests} requests, {seconds:.1} s, {memory:.0} MB"));
            writeln!(out, "| {turn} run, Bulk {bulk} | {requests} | {seconds:.1} | {memory:.0} MB |")?;
        }
    }
    Ok(())
}

fn people(users: usize, groups: usize) -> Value {
    let person = |n: usize| {
        let memberships: Vec<String> = (0..GROUPS_EACH).map(|k| format!("g{}", (n * 7 + k * 13) % groups)).collect();
        json!({ "id": format!("u{n}"), "email": format!("user{n}@push.test"), "first_name": format!("First {n}"),
            "last_name": format!("Last {n}"), "full_name": format!("First {n} Last {n}"), "groups": memberships })
    };
    let group = |n: usize| json!({ "id": format!("g{n}"), "name": format!("Group {n}") });
    json!({ "users": (0..users).map(person).collect::<Vec<_>>(), "groups": (0..groups).map(group).collect::<Vec<_>>() })
}
