//! What a dialogue expects of a value.

use serde_json::Value;

/// Finds a value by JSON Pointer; a segment `[name=text]` stands for the first element whose member has that text.
pub fn find<'v>(body: &'v Value, pointer: &str) -> Option<&'v Value> {
    pointer.split('/').skip(1).try_fold(body, |at, segment| {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        match (at, segment.strip_prefix('[').and_then(|segment| segment.strip_suffix(']')?.split_once('='))) {
            (Value::Array(elements), Some((name, text))) => {
                elements.iter().find(|element| element[name].as_str() == Some(text))
            }
            (Value::Array(elements), None) => elements.get(segment.parse::<usize>().ok()?),
            (value, _) => value.get(&segment),
        }
    })
}

/// What is wrong with a value, if anything is.
pub fn wrong(found: Option<&Value>, wanted: &Value) -> Option<String> {
    let told = || found.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let Value::Object(conditions) = wanted else {
        return (found != Some(wanted)).then(|| format!("is {}, expected {wanted}", told()));
    };
    let failed = conditions.iter().find(|(name, than)| !holds(found, name, than));
    failed.map(|(name, than)| format!("is {}, expected {name} {than}", told()))
}

fn holds(found: Option<&Value>, name: &str, than: &Value) -> bool {
    let value = found.cloned().unwrap_or_default();
    let text = value.as_str();
    match name {
        "exists" => than.as_bool() == Some(found.is_some() && !value.is_null()),
        "type" => than == kind(&value),
        "contains" => contains(&value, than),
        "lacks" => !contains(&value, than),
        "length" => {
            let length = value.as_array().map(Vec::len).or(text.map(str::len));
            length.unwrap_or_default() as u64 == than.as_u64().unwrap()
        }
        "min" => value.as_f64().is_some_and(|number| number >= than.as_f64().unwrap()),
        "folds_to" => text.is_some_and(|text| text.eq_ignore_ascii_case(than.as_str().unwrap())),
        "is_not" => value != *than,
        other => panic!("a dialogue has an unknown condition: {other}"),
    }
}

fn contains(value: &Value, part: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| element == part || element.get("value") == Some(part)),
        Value::String(text) => part.as_str().is_some_and(|part| text.contains(part)),
        _ => false,
    }
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
