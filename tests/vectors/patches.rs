//! Every PATCH of the table, on a resource made for it.

use crate::endpoints::told;
use crate::people::World;
use crate::reply::Reply;
use crate::report::{Report, bare, expected, known, table, vectors};
use serde_json::{Value, json};

type Wrong = Vec<(String, String)>;

/// Everything a vector may say.
const WORDS: [&str; 11] =
    ["name", "why", "on", "in", "start", "body", "operations", "status", "result", "unchanged", "error"];

#[test]
fn every_patch_leaves_exactly_the_resource_it_should() {
    let world = World::peopled();
    let mut report = Report::default();
    for (section, vector) in vectors(&table(include_str!("patches.json"))) {
        known(vector, &WORDS);
        let name = format!("{section}: {}", vector["name"].as_str().unwrap());
        let body = world.filled(vector.get("body").unwrap_or(&json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": vector["operations"],
        })));
        let list = vector["on"].as_str().unwrap_or("Users");
        let made = world.endpoints.send("POST", &format!("/{list}"), Some(&world.filled(&vector["start"])));
        if made.status != 201 {
            report.failed(&name, &vector["start"].to_string(), "201 for the start", &told(&made));
            continue;
        }
        let path = format!("/{list}/{}", made.body()["id"].as_str().unwrap());
        join(&world, &made.body(), vector);
        let before = world.endpoints.send("GET", &path, None);
        let reply = world.endpoints.send("PATCH", &path, Some(&body));
        let after = world.endpoints.send("GET", &path, None);
        let wrong = match vector.get("error") {
            Some(error) => refused(&reply, error, &before.body(), &after.body()),
            None => done(&world, vector, &reply, &before.body(), &after.body()),
        };
        report.judge(&name, &format!("PATCH {path} {body}"), wrong);
        assert_eq!(world.endpoints.send("DELETE", &path, None).status, 204, "{name}");
    }
    report.finish(170);
}

/// Makes the user a member of the groups it starts in.
fn join(world: &World, user: &Value, vector: &Value) {
    for group in vector.get("in").and_then(Value::as_array).into_iter().flatten() {
        let path = format!("/Groups/{}", world.groups[group.as_str().unwrap()]["id"].as_str().unwrap());
        let add = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": user["id"]}]}]});
        let reply = world.endpoints.send("PATCH", &path, Some(&add));
        assert_eq!(reply.status, 204, "{}", told(&reply));
    }
}

fn refused(reply: &Reply, error: &Value, before: &Value, after: &Value) -> Wrong {
    let word = &reply.at("/scimType");
    let fits = match &error["scimType"] {
        Value::Array(words) => words.contains(word),
        one => one == word,
    };
    let mut wrong = Vec::new();
    if error["status"] != reply.status || !fits {
        wrong.push((error.to_string(), told(reply)));
    }
    if before != after {
        wrong.push((format!("nothing changed by an error: {before}"), after.to_string()));
    }
    wrong
}

fn done(world: &World, vector: &Value, reply: &Reply, before: &Value, after: &Value) -> Wrong {
    let mut wrong = Vec::new();
    let on_groups = vector["on"] == "Groups";
    let status = vector.get("status").and_then(Value::as_u64).unwrap_or(if on_groups { 204 } else { 200 });
    if u64::from(reply.status) != status {
        wrong.push((status.to_string(), told(reply)));
    }
    if !reply.text.is_empty() && reply.body() != *after && reply.status == 200 {
        wrong.push((format!("the answer that GET gives: {after}"), told(reply)));
    }
    if vector["unchanged"] == true {
        if before != after {
            wrong.push((format!("unchanged, version and lastModified too: {before}"), after.to_string()));
        }
        return wrong;
    }
    let wanted = expected(&world.filled(&vector["result"]));
    if bare(after) != wanted {
        wrong.push((wanted.to_string(), bare(after).to_string()));
    }
    // A membership is a change of the group, not of the user.
    let own = |resource: &Value| {
        let mut own = bare(resource);
        own.as_object_mut().map(|object| object.remove("groups"));
        own
    };
    if own(before) != own(after) && before["meta"]["version"] == after["meta"]["version"] {
        wrong.push(("another meta.version".to_owned(), after["meta"].to_string()));
    }
    wrong
}
