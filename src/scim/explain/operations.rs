//! The operations of a PATCH or bulk request, one by one, and what a change comes to where only the request is known.

use super::effect::Effect;
use super::{Explanation, Seen, Target};
use crate::scim::intake::json;
use serde_json::{Map, Value};

/// Operations that are told one by one.
const MOST: usize = 100;

/// Each operation in words.
pub fn explain(seen: &Seen<'_>, target: &Target) -> Vec<Explanation> {
    let list = list(target);
    let is_bulk = target.endpoint.eq_ignore_ascii_case("Bulk");
    if list.is_empty() || !(is_bulk || seen.method.eq_ignore_ascii_case("PATCH")) {
        return Vec::new();
    }
    let outcomes = target.answer.as_ref().and_then(|answer| answer.get("Operations")).and_then(Value::as_array);
    let one = |(n, operation): (usize, &Map<String, Value>)| {
        let text = |name: &str| json::get(operation, name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !is_bulk {
            let (op, path) = (text("op").to_ascii_lowercase(), text("path"));
            let value = json::get(operation, "value").map(shown);
            return Explanation::new("operation", format!("{}. {}", n + 1, patch(&op, &path, value.as_deref())))
                .clause("RFC 7644, section 3.5.2")
                .with("op", op)
                .with("path", path);
        }
        let outcome = outcomes.and_then(|all| all.get(n));
        let status = outcome.and_then(|one| one.get("status")?.as_str()).unwrap_or("none").to_owned();
        let why = outcome.and_then(|one| one.pointer("/response/detail")?.as_str());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let sentence = format!("{}. {} {}: {status}{why}", n + 1, text("method"), text("path"));
        let code = outcome.and_then(|one| one.pointer("/response/scimType")?.as_str()).unwrap_or_default();
        Explanation::new("operation", sentence)
            .clause("RFC 7644, section 3.7")
            .with("method", text("method"))
            .with("path", text("path"))
            .with("status", status)
            .with("code", code)
    };
    list.into_iter().enumerate().take(MOST).map(one).collect()
}

fn patch(op: &str, path: &str, value: Option<&str>) -> String {
    let at = if path.is_empty() { "the resource" } else { path };
    match (op, value) {
        ("add", Some(value)) => format!("add {value} to {at}"),
        ("remove", Some(value)) => format!("remove {value} from {at}"),
        ("replace", Some(value)) => format!("set {at} to {value}"),
        (op, Some(value)) => format!("{op} {at}: {value}"),
        (op, None) => format!("{op} {at}"),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("“{text}”"),
        other => other.to_string(),
    };
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn list(target: &Target) -> Vec<&Map<String, Value>> {
    match target.body.as_ref().and_then(|body| json::get(body, "Operations")) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_object).collect(),
        Some(Value::Object(one)) => vec![one],
        _ => Vec::new(),
    }
}

/// What a change comes to, for its summary.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Whether it was locked or unlocked.
    pub active: Option<bool>,
    /// Its name before.
    pub renamed: Option<String>,
    /// Members that came.
    pub added: Vec<String>,
    /// Members that went.
    pub removed: Vec<String>,
    /// Other attributes.
    pub attributes: Vec<String>,
    /// Nothing is known of it.
    pub unknown: bool,
}

impl Told {
    /// From what was changed.
    pub fn of_effects(effects: &[Effect]) -> Told {
        let mut told = Told::default();
        for effect in effects {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            match (effect.attribute.as_str(), &effect.before, &effect.after) {
                ("active", _, after) => told.active = after.as_bool(),
                ("members", Value::Null, name) => told.added.push(text(name)),
                ("members", name, _) => told.removed.push(text(name)),
                ("userName", before, _) => told.renamed = Some(text(before)),
                ("displayName", before, _) if effect.kind == "Group" => told.renamed = Some(text(before)),
                (attribute, _, _) => told.attributes.push(attribute.rsplit(':').next().unwrap_or_default().to_owned()),
            }
        }
        told
    }
}

/// From what was asked for, where it is not known what was changed.
pub fn told(target: &Target) -> Told {
    let mut told = Told { unknown: true, ..Told::default() };
    let truth = |value: &Value| match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    for operation in list(target) {
        let path = json::get(operation, "path").and_then(Value::as_str).unwrap_or_default();
        let op = json::get(operation, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let value = json::get(operation, "value").unwrap_or(&Value::Null);
        let name = path.split(['.', '[']).next().unwrap_or_default();
        let several = value.as_array().map_or(1, Vec::len);
        let members = || vec![if several == 1 { "a member".to_owned() } else { format!("{several} members") }];
        match (name.to_ascii_lowercase().as_str(), value) {
            ("active", value) => told.active = truth(value),
            ("members", _) if op == "remove" => told.removed = members(),
            ("members", _) => told.added = members(),
            ("", Value::Object(object)) => {
                told.active = json::get(object, "active").and_then(truth).or(told.active);
                told.attributes.extend(object.keys().filter(|key| !key.eq_ignore_ascii_case("active")).cloned());
            }
            (_, _) => told.attributes.push(path.rsplit(':').next().unwrap_or_default().to_owned()),
        }
    }
    told
}
