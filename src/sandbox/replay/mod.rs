//! Replay: dialogue files are played again; ids are mapped by what the files keep, answers are compared by structure.

mod compare;

use super::dialogue::matcher::short;
use super::dialogue::player::{Played, Player, Retries};
use super::dialogue::values::Values;
use super::dialogue::{at, list, text};
use crate::push::client::wire::Wire;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// A dialogue, and where it comes from.
pub struct Dialogue {
    /// The name of the file.
    pub name: String,
    /// The file.
    pub file: Value,
    /// Another one whose answers count instead of those of the file.
    pub against: Option<Value>,
}

/// A step that was played again.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub file: String,
    /// From 1.
    pub step: usize,
    pub request: String,
    pub status: u16,
    pub differences: Vec<Difference>,
}

/// What is another than in the file.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Where: a JSON Pointer, `status`, or the name of a header.
    pub at: String,
    pub got: String,
    pub want: String,
    /// `value`, `missing`, `order`, `form`; or `added`, which is told and no failure.
    pub kind: &'static str,
}

impl Step {
    /// Whether the answer is the one of the file. What was added does not count.
    pub fn is_equal(&self) -> bool {
        self.differences.iter().all(|one| one.kind == "added")
    }
}

/// Plays a dialogue; each step is told as it ends. `preset` chooses between the answers of a file that has two.
pub fn replay(
    dialogue: &Dialogue,
    wire: &Wire,
    token: &str,
    rand: &str,
    preset: &str,
    tell: &mut dyn FnMut(&Step, &Played),
) -> Vec<Step> {
    let retries = Retries { statuses: vec![429, 503], times: 5, pause: Duration::from_millis(250) };
    let mut player = Player::new(wire, token, retries, Values::new(rand, wire.url()));
    let headers = at(&dialogue.file, "headers");
    let mut steps = Vec::new();
    for (n, step) in list(&dialogue.file, "steps").iter().enumerate() {
        let of = text(step, "preset");
        if !player.is_due(step) || !(of.is_empty() || of == preset) {
            continue;
        }
        let other = dialogue.against.as_ref().and_then(|against| list(against, "steps").get(n));
        let wanted = answer(other.unwrap_or(step), preset);
        let played = player.play(headers, step, &wanted);
        let differences = compare::differences(&played, &wanted, &player.values);
        let (file, request, status) = (dialogue.name.clone(), played.exchange.asked(), played.exchange.status());
        let done = Step { file, step: n + 1, request, status, differences };
        tell(&done, &played);
        steps.push(done);
    }
    steps
}

/// What a step expects on a server of that preset.
fn answer(step: &Value, preset: &str) -> Value {
    let mut answer = at(step, "answer").as_object().cloned().unwrap_or_default();
    for (name, value) in at(step, preset).as_object().into_iter().flatten() {
        match (answer.get_mut(name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            _ => drop(answer.insert(name.clone(), value.clone())),
        }
    }
    Value::from(answer)
}

/// The document of `--json`.
pub fn document(steps: &[Step]) -> Value {
    let failed = steps.iter().filter(|step| !step.is_equal()).count();
    let mut document = Map::new();
    document.insert("steps".to_owned(), steps.len().into());
    document.insert("passed".to_owned(), (steps.len() - failed).into());
    document.insert("failed".to_owned(), failed.into());
    let differing = steps.iter().filter(|step| !step.differences.is_empty());
    let differing = differing.map(|step| serde_json::to_value(step).unwrap_or_default()).collect();
    document.insert("differences".to_owned(), Value::Array(differing));
    document.into()
}

/// A value as a difference shows it.
fn told(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), short)
}
