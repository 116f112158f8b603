//! What every call and every schema of the admin API has in common, added to the document that is derived from the code.

use super::openapi_document::BASE;
use crate::domain::id::LARGEST;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const SCHEMAS: &str = "#/components/schemas/";

/// Members of answers that may be absent although they can be null as well.
const MAY_BE_ABSENT: [(&str, &str); 1] = [("Session", "job_id")];

/// Completes a derived document.
pub fn finished(mut document: Value) -> Value {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    simplify(&mut document, &schemas);
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut paths = Map::new();
    for (path, mut item) in members(document.get_mut("paths")) {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(operation, method, &path, &schemas);
        }
        paths.insert(format!("{BASE}{path}"), item);
    }
    let (mut taken, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for operation in paths.values().filter_map(Value::as_object).flat_map(Map::values) {
        reach(operation.get("requestBody"), &schemas, &mut taken);
        reach(operation.get("parameters"), &schemas, &mut taken);
        reach(operation.get("responses"), &schemas, &mut sent);
    }
    let mut kept = Map::new();
    for (name, mut schema) in schemas {
        close(&mut schema, &name, !taken.contains(&name));
        if sent.contains(&name) || taken.contains(&name) {
            kept.insert(name, schema);
        }
    }
    if let Some(place) = document.pointer_mut("/components/schemas") {
        *place = kept.into();
    }
    if let Some(place) = document.get_mut("paths") {
        *place = paths.into();
    }
    document
}

/// The members of an object, taken out of it.
fn members(value: Option<&mut Value>) -> Map<String, Value> {
    value.and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default()
}

fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value.into());
    }
}

fn named<'s>(reference: &Value, schemas: &'s Map<String, Value>) -> Option<(&'s String, &'s Value)> {
    schemas.get_key_value(reference.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?)
}

/// A number, a text or a moment, which is shown where it is used: neither an object nor one of several words.
fn is_plain(schema: &Value) -> bool {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("object");
    !matches!(kind, "object" | "array") && schema.get("enum").is_none()
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// Puts plain values where they are referred to, makes one object of several that are one in JSON, and says once that
/// something may be null.
fn simplify(value: &mut Value, schemas: &Map<String, Value>) {
    if let Some((_, plain)) = named(value, schemas).filter(|(_, schema)| is_plain(schema)) {
        let (mut plain, own) = (plain.clone(), value.get("description").cloned());
        if let (Some(plain), Some(own)) = (plain.as_object_mut(), own) {
            plain.insert("description".to_owned(), own);
        }
        *value = plain;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| simplify(item, schemas)),
        Value::Object(members) => members.values_mut().for_each(|member| simplify(member, schemas)),
        _ => {}
    }
    let Value::Object(schema) = value else { return };
    if let Some(Value::Array(parts)) = schema.get("allOf") {
        let parts = parts.clone();
        schema.remove("allOf");
        merge(schema, &parts, schemas);
    }
    // One that may be null: `oneOf` of null and a plain type is a plain type that may be null.
    if let Some(Value::Array(several)) = schema.get("oneOf")
        && several.len() == 2
        && let Some(one) = several.iter().find(|one| !is_null(one))
        && several.iter().any(is_null)
        && one.get("$ref").is_none()
        && one.get("enum").is_none()
        && let (Some(kind), Some(one)) = (one.get("type").cloned(), one.as_object().cloned())
    {
        schema.remove("oneOf");
        for (name, value) in one {
            schema.entry(name).or_insert(value);
        }
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
    // What something means is said of the whole, not of the one that is not null.
    if let Some(Value::Array(several)) = schema.get_mut("oneOf")
        && several.iter().any(is_null)
        && let Some(about) = several.iter_mut().find_map(|one| one.as_object_mut()?.remove("description"))
    {
        schema.entry("description").or_insert(about);
    }
    // A number that is exact in every client.
    if schema.get("format").is_some_and(|format| format == "int64") {
        schema.entry("minimum").or_insert(json!(0));
        schema.entry("maximum").or_insert(json!(LARGEST));
    }
}

/// Adds the members of objects to an object.
fn merge(into: &mut Map<String, Value>, parts: &[Value], schemas: &Map<String, Value>) {
    into.insert("type".to_owned(), json!("object"));
    for part in parts {
        let mut part = named(part, schemas).map_or(part, |(_, schema)| schema).clone();
        simplify(&mut part, schemas);
        for list in ["required", "properties"] {
            match (into.get_mut(list), part.get_mut(list).map(Value::take)) {
                (Some(Value::Array(all)), Some(Value::Array(more))) => all.extend(more),
                (Some(Value::Object(all)), Some(Value::Object(more))) => all.extend(more),
                (None, Some(more)) => drop(into.insert(list.to_owned(), more)),
                _ => {}
            }
        }
    }
}

/// Adds to a call what all calls have: a name, a tag, a refusal.
fn complete(operation: &mut Value, method: &str, path: &str, schemas: &Map<String, Value>) {
    let Value::Object(operation) = operation else { return };
    let tag = path.split('/').nth(1).unwrap_or_default().trim_end_matches(".json");
    operation.insert("tags".to_owned(), json!([tag]));
    let id = format!("{method}_{path}").replace(['{', '}'], "").replace("_/", "/").replace(['/', '-', '.'], "_");
    operation.insert("operationId".to_owned(), id.into());
    let mut about = operation.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
    if operation.get("security").is_some_and(|security| *security == json!([{ "session": [] }])) {
        about.push_str(" No API key opens this.");
    }
    operation.insert("description".to_owned(), about.trim().into());
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        // A parameter is there or not, and never null. A word that is empty counts as absent.
        if let Some(schema) = parameter.get_mut("schema") {
            not_null(schema);
        }
        let is_query = parameter.get("in").is_some_and(|place| place == "query");
        let word = parameter.get("schema").and_then(|schema| named(schema, schemas));
        let is_optional = parameter.get("required").is_none_or(|required| required == false);
        if is_query && is_optional && word.is_some_and(|(_, schema)| schema.get("enum").is_some()) {
            set(parameter, "allowEmptyValue", true);
        }
    }
    if let Some(body) = operation.get_mut("requestBody") {
        let schema = body.pointer("/content/application~1json/schema").cloned().unwrap_or_default();
        let schema = named(&schema, schemas).map_or(&schema, |(_, schema)| schema);
        // Where nothing is required, no body at all will do.
        set(body, "required", schema.get("required").is_some());
    }
    let Some(Value::Object(responses)) = operation.get_mut("responses") else { return };
    for response in responses.values_mut() {
        let none = response.get("content").is_none();
        set(response, "description", if none { "Done; no content." } else { "Done." });
    }
    let refusal = json!({
        "description": "Refused; nothing was changed.",
        "content": { "application/json": { "schema": { "$ref": format!("{SCHEMAS}Error") } } },
    });
    responses.insert("default".to_owned(), refusal);
}

fn not_null(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(several)) = schema.get_mut("oneOf") {
        several.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(one)] = several.as_slice() {
            *schema = one.clone();
        }
    }
}

/// The schemas that something refers to, over whatever others.
fn reach(value: Option<&Value>, schemas: &Map<String, Value>, found: &mut BTreeSet<String>) {
    let Some(value) = value else { return };
    if let Some((name, schema)) = named(value, schemas)
        && found.insert(name.clone())
    {
        reach(Some(schema), schemas, found);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| reach(Some(item), schemas, found)),
        Value::Object(members) => members.values().for_each(|member| reach(Some(member), schemas, found)),
        _ => {}
    }
}

/// No object has other members than those it describes. What is sent has them all, those that can be null as well.
fn close(schema: &mut Value, name: &str, is_sent: bool) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let may_be_null = |one: &Value| {
        let null = |kind: &Value| kind == "null";
        let of_types = one.get("type").and_then(Value::as_array).is_some_and(|kinds| kinds.iter().any(null));
        let several = one.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        of_types || several.filter_map(|one| one.get("type")).any(null)
    };
    let mut required: BTreeSet<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let nullable = properties.iter().filter(|(_, one)| may_be_null(one)).map(|(member, _)| member);
    if is_sent {
        required.extend(nullable.filter(|member| !MAY_BE_ABSENT.contains(&(name, member))).cloned());
    }
    if !required.is_empty() {
        set(schema, "required", required.into_iter().collect::<Vec<_>>());
    }
    set(schema, "additionalProperties", false);
}
