//! The members that a dialogue may have: a misspelt one would be passed over, and nothing would be compared.

use serde_json::Value;

/// What each object of a file may hold, and what it must: the first so many.
const FILE: (&[&str], usize) = (&["client", "source", "steps", "headers"], 3);
const STEP: (&[&str], usize) = (&["request", "answer", "keep", "keeper", "rfc", "preset", "when", "unless"], 1);
const REQUEST: (&[&str], usize) = (&["method", "path", "query", "plus", "headers", "token", "body"], 2);
const ANSWER: (&[&str], usize) = (&["status", "body", "headers"], 0);

/// What is wrong with the members of a dialogue.
pub fn faults(dialogue: &Value) -> Vec<String> {
    let mut faults = check("the file", dialogue, FILE);
    for (n, step) in dialogue["steps"].as_array().into_iter().flatten().enumerate() {
        let at = format!("step {}", n + 1);
        faults.extend(check(&at, step, STEP));
        faults.extend(check(&at, &step["request"], REQUEST));
        let answers = ["answer", "keeper", "rfc"].map(|name| &step[name]);
        faults.extend(answers.iter().filter(|answer| !answer.is_null()).flat_map(|answer| check(&at, answer, ANSWER)));
        let common = !step["answer"]["status"].is_null();
        if !common && ["keeper", "rfc"].iter().any(|preset| step[*preset]["status"].is_null()) {
            faults.push(format!("{at}: no status is expected"));
        }
    }
    faults
}

fn check(at: &str, object: &Value, (may, must): (&[&str], usize)) -> Vec<String> {
    let Some(object) = object.as_object() else { return vec![format!("{at}: no object")] };
    let unknown = object.keys().filter(|name| !may.contains(&name.as_str())).map(|name| format!("{at}: “{name}”"));
    let missing = may.iter().take(must).filter(|name| !object.contains_key(**name));
    unknown.chain(missing.map(|name| format!("{at}: no “{name}”"))).collect()
}
