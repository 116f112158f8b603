//! Every dialogue of the table, step by step.

use crate::endpoints::told;
use crate::people::World;
use crate::reply::Reply;
use crate::report::{Report, bare, expected, known, table, vectors};
use serde_json::Value;

type Wrong = Vec<(String, String)>;

/// Everything a step may say.
const WORDS: [&str; 23] = [
    "send",
    "as",
    "headers",
    "body",
    "status",
    "scimType",
    "detail has",
    "empty",
    "resource",
    "keep",
    "users",
    "groups",
    "some users",
    "some groups",
    "says",
    "differs",
    "starts",
    "keys",
    "lacks",
    "unreserved",
    "header is",
    "header starts",
    "allows",
];

#[test]
fn every_dialogue_runs_as_it_should() {
    let mut world = World::peopled();
    let mut report = Report::default();
    for (section, vector) in vectors(&table(include_str!("queries.json"))) {
        world.kept.clear();
        for (n, step) in vector["steps"].as_array().unwrap().iter().enumerate() {
            known(step, &WORDS);
            let request = world.text(step["send"].as_str().unwrap());
            let reply = send(&world, step, &request);
            let wrong = check(&mut world, step, &reply);
            let name = format!("{section}: {}, step {}", vector["name"].as_str().unwrap(), n + 1);
            let sent = world.filled(step.get("body").unwrap_or(&Value::Null)).to_string();
            if !report.judge(&name, &crate::report::short(&format!("{request} {sent}")), wrong) {
                world.tidy();
                break;
            }
        }
    }
    report.finish(600);
}

/// Sends a step's request: `as` another node (`other`), or to this one with the other's token (`other token`).
fn send(world: &World, step: &Value, request: &str) -> Reply {
    let (method, path) = request.split_once(' ').unwrap();
    let (one, other) = (&world.endpoints.one, &world.endpoints.other);
    let (to, token) = match step["as"].as_str() {
        Some("other") => (other, other),
        Some("other token") => (one, other),
        _ => (one, one),
    };
    let bearer = format!("Bearer {}", token.token);
    let own = world.filled(step.get("headers").unwrap_or(&Value::Null));
    let own = own.as_object().cloned().unwrap_or_default();
    let mut headers: Vec<(&str, &str)> = Vec::new();
    if !own.contains_key("Authorization") {
        headers.push(("Authorization", &bearer));
    }
    headers.extend(own.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
    let body = step.get("body").map(|body| world.filled(body));
    world.endpoints.send_as(to, method, path, &headers, body.as_ref())
}

/// What a step finds wrong with its answer. What it keeps is kept first, because its own expectations may name it.
fn check(world: &mut World, step: &Value, reply: &Reply) -> Wrong {
    let json = reply.body();
    if step["status"] != reply.status {
        return vec![(step["status"].to_string(), told(reply))];
    }
    let mut wrong = Vec::new();
    for (name, pointer) in entries(&step["keep"]) {
        match json.pointer(pointer.as_str().unwrap()).and_then(Value::as_str) {
            Some(text) => {
                world.kept.insert(name, text.to_owned());
            }
            None => wrong.push((format!("a text at {pointer}"), told(reply))),
        }
    }
    if !wrong.is_empty() {
        return wrong;
    }
    if let Some(word) = step.get("scimType").filter(|word| json["scimType"] != **word) {
        wrong.push((word.to_string(), told(reply)));
    }
    if let Some(part) = step["detail has"].as_str().filter(|part| !json["detail"].to_string().contains(*part)) {
        wrong.push((format!("a detail with {part}"), told(reply)));
    }
    if step["empty"] == true && !reply.text.is_empty() {
        wrong.push(("no body".to_owned(), told(reply)));
    }
    if let Some(resource) = step.get("resource") {
        let wanted = expected(&world.filled(resource));
        if bare(&json) != wanted {
            wrong.push((wanted.to_string(), bare(&json).to_string()));
        }
    }
    names(step, &json, &mut wrong);
    pointers(world, step, reply, &mut wrong);
    headers(world, step, reply, &mut wrong);
    wrong
}

/// Whom a list shows.
fn names(step: &Value, json: &Value, wrong: &mut Wrong) {
    for (key, name, sorted) in [
        ("users", "userName", false),
        ("groups", "displayName", false),
        ("some users", "userName", true),
        ("some groups", "displayName", true),
    ] {
        let Some(wanted) = step.get(key) else { continue };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut wanted: Vec<String> = wanted.as_array().unwrap().iter().map(text).collect();
        let mut got: Vec<String> =
            json["Resources"].as_array().into_iter().flatten().map(|resource| text(&resource[name])).collect();
        if sorted {
            wanted.sort();
            got.sort();
        }
        if wanted != got {
            wrong.push((format!("{wanted:?}"), format!("{got:?}")));
        }
    }
}

/// What the JSON pointers of a step point to.
fn pointers(world: &World, step: &Value, reply: &Reply, wrong: &mut Wrong) {
    let json = reply.body();
    let told = |at: &str| json.pointer(at).map_or_else(|| format!("nothing, in {}", told(reply)), Value::to_string);
    for (at, value) in entries(&world.filled(&step["says"])) {
        if json.pointer(&at) != Some(&value) {
            wrong.push((format!("{at} {value}"), told(&at)));
        }
    }
    for (at, value) in entries(&world.filled(&step["differs"])) {
        if json.pointer(&at).is_none_or(|got| *got == value) {
            wrong.push((format!("{at} other than {value}"), told(&at)));
        }
    }
    for (at, value) in entries(&step["starts"]) {
        let start = value.as_str().unwrap();
        if !json.pointer(&at).and_then(Value::as_str).is_some_and(|got| got.starts_with(start)) {
            wrong.push((format!("{at} begins with {start}"), told(&at)));
        }
    }
    for (at, value) in entries(&step["keys"]) {
        let mut wanted: Vec<&str> = value.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let object = json.pointer(&at).and_then(Value::as_object);
        let mut got: Vec<&str> = object.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        wanted.sort_unstable();
        got.sort_unstable();
        if wanted != got {
            wrong.push((format!("at “{at}” just {wanted:?}"), format!("{got:?}")));
        }
    }
    for at in step["lacks"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if json.pointer(at).is_some() {
            wrong.push((format!("nothing at {at}"), told(at)));
        }
    }
    for at in step["unreserved"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !json.pointer(at).and_then(Value::as_str).is_some_and(|got| got.chars().all(is_unreserved)) {
            wrong.push((format!("unreserved letters at {at} (RFC 3986, section 2.3)"), told(at)));
        }
    }
}

fn headers(world: &World, step: &Value, reply: &Reply, wrong: &mut Wrong) {
    for (name, value) in entries(&world.filled(&step["header is"])) {
        if value != reply.header(&name) {
            wrong.push((format!("{name}: {value}"), reply.header(&name).to_owned()));
        }
    }
    for (name, value) in entries(&step["header starts"]) {
        if !reply.header(&name).starts_with(value.as_str().unwrap()) {
            wrong.push((format!("{name}: {value}…"), reply.header(&name).to_owned()));
        }
    }
    let allowed: Vec<&str> = reply.header("allow").split(',').map(str::trim).collect();
    for method in step["allows"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !allowed.contains(&method) {
            wrong.push((format!("Allow with {method}"), format!("{allowed:?}")));
        }
    }
}

fn entries(value: &Value) -> Vec<(String, Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}
