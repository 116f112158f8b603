//! How an answer differs from the one of the file: another value, one that is missing, another order, or something more.

use super::{Difference, told};
use crate::sandbox::dialogue::matcher::{find, wrong};
use crate::sandbox::dialogue::player::Played;
use crate::sandbox::dialogue::record::is_volatile;
use crate::sandbox::dialogue::values::Values;
use crate::sandbox::dialogue::{at, pairs};
use serde_json::{Map, Value};

/// No answer has more additions told.
const MOST_ADDED: usize = 20;

/// All differences of an answer.
pub fn differences(played: &Played, wanted: &Value, values: &Values) -> Vec<Difference> {
    let body = &played.exchange.json;
    let expected: Map<String, Value> =
        pairs(wanted, "body").map(|(pointer, value)| (values.text(pointer), values.filled(value))).collect();
    let is_about = |got: &str| expected.keys().find(|pointer| got.starts_with(&format!("{pointer} "))).cloned();
    let mut differences = Vec::new();
    for fault in &played.faults {
        let (mut kind, mut place) =
            if fault.part.is_some() { ("form", "form".to_owned()) } else { ("value", "answer".to_owned()) };
        if let Some(pointer) = fault.part.is_none().then(|| is_about(&fault.got)).flatten() {
            kind = match find(body, &pointer) {
                None => "missing",
                Some(_) if has_elsewhere(body, &pointer, &expected) => "order",
                Some(_) => "value",
            };
            place = pointer;
        }
        differences.push(Difference { at: place, got: fault.got.clone(), want: fault.want.clone(), kind });
    }
    // Additions are told only where the file knows the whole of an answer.
    if differences.is_empty() && expected.contains_key("/schemas/0") && !at(wanted, "status").is_array() {
        let mut leaves = Vec::new();
        added("", body, &expected, &mut leaves);
        differences.extend(leaves.into_iter().take(MOST_ADDED));
    }
    differences
}

/// Whether the list that a pointer leads into holds what is wanted there at another place.
fn has_elsewhere(body: &Value, pointer: &str, expected: &Map<String, Value>) -> bool {
    let Some((at, wanted)) = expected.get_key_value(pointer) else { return false };
    let parts: Vec<&str> = at.split('/').collect();
    let numbers =
        parts.iter().enumerate().filter(|(_, part)| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    numbers.into_iter().any(|(n, _)| {
        let (head, rest) = (parts.get(..n).unwrap_or_default().join("/"), parts.get(n + 1..).unwrap_or_default());
        let behind = rest.iter().map(|part| format!("/{part}")).collect::<String>();
        let elements = find(body, &head).and_then(Value::as_array);
        elements.into_iter().flatten().any(|element| wrong(find(element, &behind), wanted).is_none())
    })
}

fn added(pointer: &str, value: &Value, expected: &Map<String, Value>, leaves: &mut Vec<Difference>) {
    let is_known = expected.keys().any(|known| known == pointer || known.starts_with(&format!("{pointer}/")));
    if expected.contains_key(pointer) || is_volatile(pointer) {
        return;
    }
    match value {
        Value::Object(members) if is_known => {
            members.iter().for_each(|(name, value)| added(&format!("{pointer}/{name}"), value, expected, leaves));
        }
        Value::Array(elements) if is_known => {
            elements
                .iter()
                .enumerate()
                .for_each(|(n, value)| added(&format!("{pointer}/{n}"), value, expected, leaves));
        }
        value => {
            let got = told(Some(value));
            leaves.push(Difference { at: pointer.to_owned(), got, want: "nothing".to_owned(), kind: "added" });
        }
    }
}
