//! What a dialogue expects of a value.

use serde_json::Value;

/// Finds a value by JSON Pointer; a segment `[name=text]` stands for the first element whose member has that text.
pub fn find<'v>(body: &'v Value, pointer: &str) -> Option<&'v Value> {
    pointer.split('/').skip(1).try_fold(body, |at, segment| {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        match (at, segment.strip_prefix('[').and_then(|segment| segment.strip_suffix(']')?.split_once('='))) {
            (Value::Array(elements), Some((name, text))) => {
                elements.iter().find(|element| element.get(name).and_then(Value::as_str) == Some(text))
            }
            (Value::Array(elements), None) => elements.get(segment.parse::<usize>().ok()?),
            (value, _) => value.get(&segment),
        }
    })
}

/// What is wrong with a value, if anything is: what it is, and what it should be.
pub fn wrong(found: Option<&Value>, wanted: &Value) -> Option<(String, String)> {
    let told = || found.map_or_else(|| "nothing".to_owned(), short);
    let Value::Object(conditions) = wanted else {
        return (found != Some(wanted)).then(|| (told(), short(wanted)));
    };
    let failed = conditions.iter().find(|(name, than)| !holds(found, name, than));
    failed.map(|(name, than)| {
        let wanted = match (name.as_str(), than) {
            ("exists", Value::Bool(true)) => "a value".to_owned(),
            ("exists", _) => "no value".to_owned(),
            _ => format!("{} {}", name.replace('_', " "), short(than)),
        };
        (told(), wanted)
    })
}

fn holds(found: Option<&Value>, name: &str, than: &Value) -> bool {
    let value = found.unwrap_or(&Value::Null);
    let text = value.as_str();
    match name {
        "exists" => than.as_bool() == Some(found.is_some() && !value.is_null()),
        "type" => than.as_str() == Some(kind(value)),
        "contains" => contains(value, than),
        "lacks" => !contains(value, than),
        "length" => {
            let length = value.as_array().map(Vec::len).or(text.map(str::len)).unwrap_or_default();
            Some(length as u64) == than.as_u64()
        }
        "min" => value.as_f64().zip(than.as_f64()).is_some_and(|(number, least)| number >= least),
        "folds_to" => text.zip(than.as_str()).is_some_and(|(text, than)| text.to_lowercase() == than.to_lowercase()),
        "is_not" => value != than,
        "starts" => text.zip(than.as_str()).is_some_and(|(text, than)| text.starts_with(than)),
        "ends" => text.zip(than.as_str()).is_some_and(|(text, than)| text.ends_with(than)),
        "one_of" => than.as_array().is_some_and(|all| all.contains(value)),
        "same" => same(value, than),
        "all" => than.as_array().is_some_and(|all| all.iter().all(|one| contains(value, one))),
        "none" => than.as_array().is_some_and(|all| !all.iter().any(|one| contains(value, one))),
        _ => false,
    }
}

/// Conditions that a file may name.
pub const CONDITIONS: [&str; 14] = [
    "exists", "type", "contains", "lacks", "length", "min", "folds_to", "is_not", "starts", "ends", "one_of", "same",
    "all", "none",
];

fn contains(value: &Value, part: &Value) -> bool {
    match value {
        Value::Array(elements) => elements
            .iter()
            .any(|element| element == part || element.get("value") == Some(part) || element.get("id") == Some(part)),
        Value::String(text) => part.as_str().is_some_and(|part| text.contains(part)),
        _ => false,
    }
}

/// Whether a list has exactly these values or ids, in any order. No list is the empty one.
fn same(value: &Value, than: &Value) -> bool {
    let key = |one: &Value| {
        let told = one.get("value").or_else(|| one.get("id")).unwrap_or(one);
        told.as_str().map_or_else(|| told.to_string(), str::to_owned)
    };
    let keys = |of: &Value| {
        let mut keys: Vec<String> = of.as_array().into_iter().flatten().map(key).collect();
        keys.sort();
        keys
    };
    keys(value) == keys(than)
}

/// The JSON type of a value.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value as a report shows it.
pub fn short(value: &Value) -> String {
    shortened(&value.to_string())
}

/// At most 300 characters of a text.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
