//! Every filter of the table, once in a URL and once in the body of a `.search`.

use crate::endpoints::told;
use crate::people::World;
use crate::reply::Reply;
use crate::report::{Report, known, short, table, vectors};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Everything a vector may say.
const WORDS: [&str; 10] =
    ["filter", "why", "on", "users", "all users but", "groups", "all groups but", "error", "get error", "search error"];

#[test]
fn every_filter_finds_exactly_whom_it_should() {
    let world = World::peopled();
    let mut report = Report::default();
    for (section, vector) in vectors(&table(include_str!("filters.json"))) {
        known(vector, &WORDS);
        let filter = world.text(vector["filter"].as_str().unwrap());
        let of_groups = ["groups", "all groups but"].iter().any(|key| vector.get(*key).is_some());
        let list = if of_groups || vector["on"] == "Groups" { "Groups" } else { "Users" };
        let url = format!("/{list}?filter={}", utf8_percent_encode(&filter, NON_ALPHANUMERIC));
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        for (way, method, path, body) in
            [("get", "GET", url, None), ("search", "POST", format!("/{list}/.search"), Some(&search))]
        {
            let reply = world.endpoints.send(method, &path, body);
            let name = format!("{section}: {} ({way})", short(&filter));
            let wrong = match vector.get(format!("{way} error")).or_else(|| vector.get("error")) {
                Some(error) => refused(&reply, error),
                None => found(&reply, &names(&world, vector), list),
            };
            report.judge(&name, &short(&format!("{method} {path}")), wrong.into_iter().collect());
        }
    }
    report.finish(2 * 230);
}

/// Whom a vector names, sorted.
fn names(world: &World, vector: &Value) -> Vec<String> {
    let listed = |key: &str| -> Option<Vec<String>> {
        let list = vector.get(key)?.as_array().unwrap();
        Some(list.iter().map(|name| name.as_str().unwrap().to_owned()).collect())
    };
    let but = |all: &[String], key: &str| {
        let gone = listed(key)?;
        assert!(gone.iter().all(|name| all.contains(name)), "{key} names nobody: {gone:?}");
        Some(all.iter().filter(|name| !gone.contains(name)).cloned().collect())
    };
    let mut names = listed("users")
        .or_else(|| listed("groups"))
        .or_else(|| but(&world.user_names, "all users but"))
        .or_else(|| but(&world.group_names, "all groups but"))
        .unwrap_or_else(|| panic!("{vector} expects nothing"));
    names.sort();
    names
}

fn found(reply: &Reply, names: &[String], list: &str) -> Option<(String, String)> {
    let expected = format!("200 {names:?}");
    let body = reply.body();
    let Some(resources) = body["Resources"].as_array().filter(|_| reply.status == 200) else {
        return Some((expected, told(reply)));
    };
    let name = if list == "Users" { "userName" } else { "displayName" };
    let mut got: Vec<String> = resources.iter().map(|r| r[name].as_str().unwrap().to_owned()).collect();
    got.sort();
    let total = &body["totalResults"];
    (got != names || *total != names.len()).then(|| (expected, format!("200 {got:?}, totalResults {total}")))
}

fn refused(reply: &Reply, error: &Value) -> Option<(String, String)> {
    let json = reply.body();
    let place = error["detail has"].as_str().unwrap_or_default();
    let fits = error["status"] == reply.status
        && json["status"].as_str() == Some(&reply.status.to_string())
        && json["scimType"] == error["scimType"]
        && json["detail"].as_str().is_some_and(|detail| detail.contains(place));
    (!fits).then(|| (error.to_string(), told(reply)))
}
