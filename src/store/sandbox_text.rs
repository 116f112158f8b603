//! Sandboxes as they are kept: one JSON object in the row of the node, the same in every database.

use crate::domain::sandbox::Sandbox;
use serde_json::{Value, json};

/// The text of a sandbox.
pub(in crate::store) fn write(sandbox: &Sandbox) -> String {
    let faults: Vec<String> = sandbox.faults.iter().map(ToString::to_string).collect();
    json!({ "persona": sandbox.persona, "faults": faults, "ahead": sandbox.ahead }).to_string()
}

/// A sandbox from its text; what cannot be read there is off.
pub(in crate::store) fn read(text: &str) -> Option<Sandbox> {
    let kept: Value = serde_json::from_str(text).unwrap_or_default();
    let faults = kept.get("faults").and_then(Value::as_array).into_iter().flatten();
    Some(Sandbox {
        persona: kept.get("persona").and_then(Value::as_str).map(str::to_owned),
        faults: faults.filter_map(|rule| rule.as_str()?.parse().ok()).collect(),
        ahead: kept.get("ahead").and_then(Value::as_i64).unwrap_or_default(),
    })
}
