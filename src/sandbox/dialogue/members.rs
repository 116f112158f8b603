//! The members that a dialogue file may have: a misspelt one would be passed over, and nothing would be compared.

use super::matcher::CONDITIONS;
use super::{at, list, pairs};
use serde_json::Value;

/// What an object of a file may hold, and what it must: the first so many.
type Shape = (&'static [&'static str], usize);

const FILE: Shape = (&["steps", "client", "source", "headers"], 1);
const STEP: Shape = (&["request", "answer", "keep", "keeper", "rfc", "preset", "when", "unless"], 1);
const REQUEST: Shape = (&["method", "path", "query", "plus", "headers", "token", "body"], 2);
const ANSWER: Shape = (&["status", "body", "headers"], 0);

/// What is wrong with the members of a dialogue.
pub fn faults(dialogue: &Value) -> Vec<String> {
    let mut faults = check("the file", dialogue, FILE);
    if !at(dialogue, "steps").is_array() {
        faults.push("the file: “steps” is no list".to_owned());
    }
    for (n, step) in list(dialogue, "steps").iter().enumerate() {
        let place = format!("step {}", n + 1);
        faults.extend(check(&place, step, STEP));
        faults.extend(check(&place, at(step, "request"), REQUEST));
        for name in ["answer", "keeper", "rfc"] {
            let answer = at(step, name);
            if !answer.is_null() {
                faults.extend(check(&place, answer, ANSWER));
            }
            for (pointer, wanted) in pairs(answer, "body") {
                let unknown =
                    wanted.as_object().into_iter().flatten().find(|(name, _)| !CONDITIONS.contains(&name.as_str()));
                faults.extend(unknown.map(|(name, _)| format!("{place}: {pointer}: there is no condition “{name}”")));
            }
        }
        let has_status = |name: &str| !at(at(step, name), "status").is_null();
        if !(has_status("answer") || has_status("keeper") && has_status("rfc")) {
            faults.push(format!("{place}: no status is expected"));
        }
    }
    faults
}

fn check(place: &str, object: &Value, (may, must): Shape) -> Vec<String> {
    let Some(object) = object.as_object() else { return vec![format!("{place}: no object")] };
    let unknown =
        object.keys().filter(|name| !may.contains(&name.as_str())).map(|name| format!("{place}: “{name}” is unknown"));
    let missing = may.iter().take(must).filter(|name| !object.contains_key(**name));
    unknown.chain(missing.map(|name| format!("{place}: no “{name}”"))).collect()
}
