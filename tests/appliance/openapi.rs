//! The document of the admin API: complete in itself, and true of everything that the console says and hears in any test.

use crate::appliance::Appliance;
use crate::idp_clients::Client;
use crate::reply::Reply;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::OnceLock;

static DOCUMENT: OnceLock<Value> = OnceLock::new();

/// Holds an answer of the admin API against the document, and what was asked when that was taken.
#[track_caller]
pub fn fits(reader: &Client, sent: &[u8], reply: &Reply) {
    // Whoever is signed out cannot read it; the next one can.
    let read = || Some(reader.get("/openapi.json")).filter(|read| read.status == 200).map(|read| read.json());
    let Some(document) = DOCUMENT.get().cloned().or_else(read) else { return };
    let document = DOCUMENT.get_or_init(|| document);
    let mut flaws = answer_flaws(document, reply);
    if reply.status < 300 {
        flaws.extend(question_flaws(document, reply, sent));
    }
    assert!(flaws.is_empty(), "{} answered {}\n{flaws:#?}\n{}", reply.asked, reply.status, reply.text);
}

/// What of a query and a body is not described.
fn question_flaws(document: &Value, reply: &Reply, sent: &[u8]) -> Vec<String> {
    let Some(operation) = operation(document, reply) else { return Vec::new() };
    let known: Vec<&str> =
        operation["parameters"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    let query = reply.asked.split_once('?').map_or("", |(_, query)| query);
    let names = query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
    let mut found: Vec<String> = names.filter(|name| !known.contains(name)).map(|name| format!("?{name}")).collect();
    match (operation["requestBody"]["content"].get("application/json"), serde_json::from_slice(sent)) {
        (Some(media), Ok(body)) => found.extend(flaws(document, &media["schema"], &body, "body")),
        (None, Ok(body)) if body != serde_json::json!({}) => found.push(format!("body {body}")),
        _ => {}
    }
    found
}

fn answer_flaws(document: &Value, reply: &Reply) -> Vec<String> {
    let Some(operation) = operation(document, reply) else {
        return if [404, 405].contains(&reply.status) { Vec::new() } else { vec!["no such call".to_owned()] };
    };
    let responses = &operation["responses"];
    let response = match responses.get(reply.status.to_string()) {
        Some(response) => response,
        None if reply.status >= 400 => &responses["default"],
        None => return vec!["another status".to_owned()],
    };
    let kind = reply.header("content-type").split(';').next().unwrap();
    match (response["content"].as_object(), reply.text.is_empty()) {
        (None, true) => Vec::new(),
        (None, false) | (Some(_), true) => vec!["content, or none".to_owned()],
        (Some(kinds), false) => match kinds.get(kind) {
            None => vec![format!("{kind}")],
            Some(media) if kind == "application/json" => flaws(document, &media["schema"], &reply.json(), "answer"),
            Some(_) => Vec::new(),
        },
    }
}

/// The operation that was asked for; fixed parts of a path win over parameters.
fn operation<'d>(document: &'d Value, reply: &Reply) -> Option<&'d Value> {
    let (method, path) = reply.asked.split_once(' ').unwrap();
    let parts: Vec<&str> = path.split('?').next().unwrap().split('/').skip(1).collect();
    let mut best: Option<(usize, &Value)> = None;
    for (template, item) in document["paths"].as_object().unwrap() {
        let known: Vec<&str> = template.strip_prefix("/api/v1/").unwrap().split('/').collect();
        let parameters = known.iter().filter(|part| part.starts_with('{')).count();
        let is = known.len() == parts.len() && known.iter().zip(&parts).all(|(k, p)| k.starts_with('{') || k == p);
        if let Some(operation) = item.get(method.to_lowercase()).filter(|_| is)
            && best.is_none_or(|(most, _)| parameters < most)
        {
            best = Some((parameters, operation));
        }
    }
    best.map(|(_, operation)| operation)
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("no {place}")),
        None => schema,
    }
}

/// What of a value a schema does not allow.
fn flaws(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let schema = resolved(document, schema);
    if let Some(several) = schema["oneOf"].as_array() {
        let tried: Vec<Vec<String>> = several.iter().map(|one| flaws(document, one, value, at)).collect();
        return if tried.iter().any(Vec::is_empty) { Vec::new() } else { tried.concat() };
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        one => vec![one.clone()],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    // What may be anything has no type.
    if schema["type"].is_null() && schema["properties"].is_null() && schema["description"].is_string() {
        return Vec::new();
    }
    if !kinds.iter().any(|known| known == kind) {
        return vec![format!("{at} is {value}, not {kinds:?}")];
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return vec![format!("{at} is {value}, not one of {}", schema["enum"])];
    }
    match value {
        Value::String(text) if schema["format"] == "date-time" && !text.ends_with('Z') => {
            vec![format!("{at} is {text}")]
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(n, one)| flaws(document, &schema["items"], one, &format!("{at}.{n}")))
            .collect(),
        Value::Object(fields) => match schema["properties"].as_object() {
            Some(known) => object_flaws(document, schema, known, fields, at),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn object_flaws(
    document: &Value,
    schema: &Value,
    known: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
) -> Vec<String> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let missing = required.iter().filter(|name| !fields.contains_key(name.as_str().unwrap()));
    let mut found: Vec<String> = missing.map(|name| format!("{at} has no {name}")).collect();
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        match known.get(name) {
            Some(schema) => found.extend(flaws(document, schema, value, &at)),
            None => found.push(format!("{at} is not described")),
        }
    }
    found
}

/// Every schema within a value, with where it stands.
fn schemas<'d>(value: &'d Value, at: &str, found: &mut Vec<(String, &'d Value)>) {
    let inside: Vec<(&str, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        Value::Array(items) => items.iter().map(|value| ("", value)).collect(),
        _ => return,
    };
    found.push((at.to_owned(), value));
    for (name, value) in inside {
        schemas(value, &format!("{at}/{name}"), found);
    }
}

#[test]
fn the_document_describes_every_call_every_parameter_and_every_field() {
    let house = Appliance::start();
    let document = house.console().get("/openapi.json").expect(200).json();
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let (mut calls, mut ids, mut faults) = (0, BTreeSet::new(), Vec::new());
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            calls += 1;
            let mut wants = |is: bool, what: &str| {
                if !is {
                    faults.push(format!("{method} {path}: {what}"));
                }
            };
            wants(is_text(&operation["summary"]) && is_text(&operation["description"]), "what does it do?");
            wants(ids.insert(operation["operationId"].as_str()), "another has the same name");
            wants(tags.contains(&&operation["tags"][0]), "what is it about?");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                wants(is_text(&parameter["description"]), &format!("what is {}?", parameter["name"]));
                wants(parameter["schema"].is_object(), &format!("what kind is {}?", parameter["name"]));
            }
            let responses = operation["responses"].as_object().unwrap();
            wants(
                responses["default"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Error",
                "how is it refused?",
            );
            let good: Vec<&Value> = responses.iter().filter(|(s, _)| s.starts_with('2')).map(|(_, r)| r).collect();
            wants(good.len() == 1, "how is it answered?");
            for response in good {
                let told = match response["content"].as_object() {
                    Some(kinds) => kinds.values().all(|media| media["schema"].is_object()),
                    None => response["description"].as_str().unwrap().contains("no content"),
                };
                wants(told, "with what is it answered?");
            }
        }
    }
    assert!(calls > 70, "{calls}");
    let mut all = Vec::new();
    schemas(&document, "", &mut all);
    let used: BTreeSet<&str> = all.iter().filter_map(|(_, schema)| schema["$ref"].as_str()).collect();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let place = format!("#/components/schemas/{name}");
        if !used.contains(place.as_str()) || !is_text(&schema["description"]) {
            faults.push(format!("{name}: for what?"));
        }
    }
    for (at, schema) in &all {
        if schema.get("$ref").is_some() {
            resolved(&document, schema);
        }
        let is_property = at.rsplit('/').nth(1) == Some("properties");
        if is_property && !is_text(&schema["description"]) && !is_text(&resolved(&document, schema)["description"]) {
            faults.push(format!("{at}: what is it?"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn fixed_words_and_limits_are_in_the_document() {
    let house = Appliance::start();
    let console = house.console();
    let document = console.get("/openapi.json").expect(200).json();
    let words = |path: &str, method: &str, name: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array().unwrap();
        let one = parameters.iter().find(|parameter| parameter["name"] == name).unwrap();
        resolved(&document, &one["schema"])["enum"].clone()
    };
    let users = "/api/v1/users";
    assert_eq!(words(users, "get", "state"), serde_json::json!(["invited", "active", "locked"]));
    assert_eq!(words(users, "get", "lock"), serde_json::json!(["none", "idp", "admin"]));
    assert_eq!(words(users, "get", "order"), serde_json::json!(["asc", "desc"]));
    let sorts = serde_json::json!(["created_at", "name", "members", "modified_at"]);
    assert_eq!(words("/api/v1/teams", "get", "sort"), sorts);
    let codes = &document["components"]["schemas"]["ErrorCode"]["enum"];
    assert!(codes.as_array().unwrap().contains(&"USER_ELSEWHERE".into()), "{codes}");
    let change = &document["components"]["schemas"]["SettingsChange"]["properties"];
    assert_eq!((&change["invitation_days"]["minimum"], &change["mail_tls"]["enum"][3]), (&1.into(), &Value::Null));
    let listed: BTreeSet<&String> = change.as_object().unwrap().keys().collect();
    let settings = console.get("/settings").expect(200).json();
    let there = settings.as_object().unwrap().keys().filter(|name| *name != "mail_password").collect();
    assert_eq!(listed, there);
}

#[test]
fn an_answer_that_the_document_does_not_know_is_found() {
    let house = Appliance::start();
    let console = house.console();
    let document = console.get("/openapi.json").expect(200).json();
    let good = console.get("/seats").expect(200);
    let flaws = |reply: Reply| answer_flaws(&document, &reply).len();
    assert_eq!(flaws(good.clone()), 0);
    assert_eq!(flaws(Reply { text: r#"{"seats":"2","more":1}"#.to_owned(), ..good.clone() }), 3);
    assert_eq!(flaws(Reply { text: String::new(), ..good.clone() }), 1);
    assert_eq!(flaws(Reply { status: 201, ..good.clone() }), 1);
    let unknown = r#"{"error":{"code":"WHAT","message":"x","detail":{}}}"#;
    assert_eq!(flaws(Reply { status: 400, text: unknown.to_owned(), ..good.clone() }), 1);
    assert_eq!(flaws(Reply { asked: "GET /seat".to_owned(), ..good }), 1);
}

#[test]
fn a_method_that_a_call_does_not_have_is_405_and_names_those_it_has() {
    let house = Appliance::start();
    let console = house.console();
    for (method, path, allowed) in [
        ("DELETE", "/users", "GET, POST"),
        ("PUT", "/nodes", "GET, POST"),
        ("PATCH", "/status", "GET"),
        ("PUT", "/users/7", "GET, PATCH, DELETE"),
        ("TRACE", "/session", "GET, POST, DELETE"),
    ] {
        let reply = console.client().send(method, path, ()).fails(405, "METHOD");
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
    }
    console.get("/robots").fails(404, "NOT_FOUND");
}

#[test]
fn a_parameter_that_cannot_be_read_is_named_in_plain_words() {
    let house = Appliance::start();
    let console = house.console();
    for (path, words) in [
        ("/users?start=x", "start: expected a number from 0, got “x”."),
        ("/users?node_id=Sales", "node_id: expected a number from 0, got “Sales”."),
        ("/audit?before=-", "before: expected a number from 0, got “-”."),
        ("/users/abc", "user_id: expected a number from 0, got “abc”."),
    ] {
        let reply = console.get(path).fails(400, "INVALID");
        assert_eq!(reply.at("/error/message"), words, "{path}");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_told_in_plain_words() {
    let house = Appliance::start();
    let console = house.console();
    let generate = format!("/nodes/{}/connection", console.root());
    for (path, body, words) in [
        ("/nodes", r#"{"name":7}"#, "name: expected a text."),
        ("/nodes", r#"{"parent_id":5}"#, "name: missing."),
        ("/nodes", r#"{"name":"a","parent_id":-1}"#, "parent_id: expected an id, a number from 0."),
        ("/users/bulk", r#"{"act":"lock","ids":[1,"b"]}"#, "ids[1]: expected an id, a number from 0."),
        ("/approvals/approve", r#"{"teams":"all"}"#, "teams: expected a list."),
        ("/users", r#"{"node_id":1,"user_name":"a","invite":"no"}"#, "invite: expected true or false."),
        (&generate, r#"{"token_days":"x"}"#, "token_days: expected a whole number."),
        (&generate, r#"{"page_size":"x"}"#, "page_size: expected a whole number."),
        ("/nodes", "[]", "The body is an array. Expected an object."),
        ("/nodes", "7", "The body is wrong: expected an object."),
    ] {
        let reply = console.client().post(path, body.as_bytes().to_vec()).fails(400, "INVALID");
        assert_eq!(reply.at("/error/message"), words, "{path} {body}");
    }
    let reply = console.client().post("/nodes", b"{\"name\": ".to_vec()).fails(400, "INVALID");
    let message = reply.at("/error/message");
    assert!(message.as_str().unwrap().starts_with("The body is no JSON: "), "{message}");
}

#[test]
fn what_a_call_does_not_have_is_refused_and_nothing_is_done() {
    let house = Appliance::start();
    let console = house.console();
    for (path, name) in [
        ("/users?stat=locked", "stat"),
        ("/users/export?node=5", "node"),
        ("/nodes?q=x", "q"),
        ("/audit?user=1", "user"),
    ] {
        let reply = console.get(path).fails(400, "INVALID");
        let message = reply.at("/error/message");
        let message = message.as_str().unwrap();
        assert!(message.starts_with(&format!("There is no parameter “{name}” here.")), "{path}: {message}");
    }
    let root = console.get("/nodes").expect(200).json()[0]["node_id"].clone();
    let team = serde_json::json!({ "node_id": root, "name": "Finance", "restrict_vew": true });
    let reply = console.post("/teams", team).fails(400, "INVALID");
    assert_eq!(
        reply.at("/error/message"),
        "There is no field “restrict_vew” here. Possible: node_id, name, external_id, restrict_share, restrict_edit, \
         restrict_view."
    );
    assert_eq!(console.get("/teams").expect(200).json()["total"], 0);
    let wish = serde_json::json!({ "idp": "okta", "tokendays": 3 });
    console.post(&format!("/nodes/{}/connection", root), wish).fails(400, "INVALID");
    console.post("/approvals/approve", serde_json::json!({ "memberships": [{ "team": "x" }] })).fails(400, "INVALID");
}

#[test]
fn objects_in_the_document_are_closed() {
    let document = Appliance::start().console().get("/openapi.json").expect(200).json();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if schema["properties"].is_object() {
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
    }
}

#[test]
fn what_is_said_in_japanese_of_calls_parameters_and_subjects_is_about_ones_that_are_there() {
    let doc = Appliance::start().console().get("/openapi.json").expect(200).json();
    let words: Value = serde_json::from_str(include_str!("../../web/i18n/api.ja.json")).unwrap();
    let calls = doc["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let parameters = calls.filter_map(|call| call["parameters"].as_array()).flatten();
    let described: BTreeSet<&str> = parameters.map(|one| one["description"].as_str().unwrap()).collect();
    for text in &described {
        assert!(words[format!("parameter {text}")].is_string(), "“{text}” is not there in Japanese");
    }
    for (key, said) in words.as_object().unwrap() {
        // A title, and more where the document says more. What is missing here is shown in English.
        let lines = said.as_str().unwrap().lines().count();
        match key.split_once(' ') {
            None => assert!(["closed", "info"].contains(&key.as_str()), "{key}"),
            Some(("parameter", text)) => assert!(described.contains(text), "no parameter is described so: {text}"),
            Some(("tag", name)) => {
                assert!(doc["tags"].as_array().unwrap().iter().any(|tag| tag["name"] == name), "{key}");
            }
            Some((method, path)) => {
                let call = &doc["paths"][format!("/api/v1{path}")][method];
                let told = call["description"].as_str().unwrap_or_default().trim_end_matches("No API key opens this.");
                assert!(call["summary"].is_string(), "there is no call {key}");
                assert_eq!(lines, 1 + usize::from(!told.trim().is_empty()), "{key}: {said}");
            }
        }
    }
}
