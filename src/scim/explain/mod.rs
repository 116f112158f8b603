//! Explanations: what a captured request did and why, in words. Pure, so that console, API and command line say the same.

pub mod advice;
pub mod client;
mod cost;
pub mod effect;
mod filter_tree;
mod operations;
mod passed_over;
pub mod phrase;
pub mod redact;
mod summary;
mod target;

use super::relaxation::Relaxation;
use crate::domain::exchange::{Phrase, Subject};
use client::Client;
use phrase::Sentence;
use serde::Serialize;
use serde_json::{Map, Value};
pub use summary::summary;
pub use target::Target;

/// A captured request and its answer, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Seen<'a> {
    /// The method.
    pub method: &'a str,
    /// The path below the base URL.
    pub path: &'a str,
    /// What stands behind the question mark.
    pub query: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// The stable word of the refusal.
    pub code: Option<&'a str>,
    /// The sentence of the refusal.
    pub detail: Option<&'a str>,
    /// The client's `User-Agent`.
    pub agent: Option<&'a str>,
    /// Headers of the request, names in lower case.
    pub headers: &'a [(String, String)],
    /// The body of the request.
    pub body: Option<&'a str>,
    /// The body of the answer.
    pub answer: Option<&'a str>,
    /// The identity provider that the connection is set up for.
    pub idp: Option<&'a str>,
    /// The resource as it was before, and as it is now.
    pub before: Option<&'a str>,
    /// See [`Seen::before`].
    pub after: Option<&'a str>,
    /// What it changed, where that is known.
    pub effects: Option<&'a [effect::Effect]>,
    /// The codes of the relaxations it used.
    pub relaxations: &'a [String],
}

/// What is told of an exchange beside its line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The stable word: `filter`, `indexed`, `scanned`, `operation`, `ignored`, the code of a relaxation, or that of a refusal.
    pub code: String,
    /// The sentence in English.
    pub text: String,
    /// The clause of the RFC that says so.
    pub clause: Option<String>,
    /// What to change, and where.
    pub advice: Option<String>,
    /// What the sentence is made with.
    pub arguments: Map<String, Value>,
}

impl Explanation {
    fn new(code: &str, text: impl Into<String>) -> Explanation {
        Explanation { code: code.to_owned(), text: text.into(), clause: None, advice: None, arguments: Map::new() }
    }

    fn clause(self, clause: &str) -> Explanation {
        Explanation { clause: Some(clause.to_owned()).filter(|clause| !clause.is_empty()), ..self }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Explanation {
        self.arguments.insert(name.to_owned(), value.into());
        self
    }
}

/// What is kept of an exchange in every mode.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The client.
    pub client: Client,
    /// Whom or what it concerned.
    pub subject: Subject,
    /// What happened.
    pub summary: Phrase,
    /// What a search looks through.
    pub words: String,
}

/// Looks at an exchange once, when it is kept.
pub fn observe(seen: &Seen<'_>, known: Option<&Client>) -> Observation {
    let client = client::recognise(seen).or_else(|| known.cloned()).unwrap_or_else(|| client::fallback(seen));
    let target = Target::of(seen);
    let sentence = summary(seen, &client, &target);
    let words = words(seen, &client, &target, &sentence);
    Observation { client, subject: target.subject(), summary: sentence.phrase(), words }
}

/// Path, query and names, folded.
fn words(seen: &Seen<'_>, client: &Client, target: &Target, sentence: &Sentence) -> String {
    let query = form_urlencoded::parse(seen.query.as_bytes());
    let query: Vec<String> = query.map(|(name, value)| format!("{name}={value}")).collect();
    let mut all = [seen.path, &query.join(" "), client.name(), &sentence.text()].join(" ");
    for part in [&target.id, &target.name, &target.external_id].into_iter().flatten() {
        all.push(' ');
        all.push_str(part);
    }
    for part in [seen.agent, seen.detail].into_iter().flatten() {
        all.push(' ');
        all.push_str(part);
    }
    crate::domain::fold(&all.chars().take(2_000).collect::<String>())
}

/// Everything there is to say of an exchange: its filter, its operations, what was passed over, what was taken beyond the
/// RFC, and why it was refused.
pub fn explain(seen: &Seen<'_>, client: &str) -> Vec<Explanation> {
    let target = Target::of(seen);
    let mut all = Vec::new();
    all.extend(advice::refusal(seen, client));
    all.extend(filter_tree::explain(seen));
    all.extend(cost::explain(seen));
    all.extend(operations::explain(seen, &target));
    all.extend(passed_over::explain(seen, &target));
    let known = |code: &String| Relaxation::ALL.iter().find(|relaxation| relaxation.code() == code);
    all.extend(seen.relaxations.iter().filter_map(known).map(|relaxation| {
        let strict = "A strict connection refuses this. A liberal one takes it: nothing has to be changed.";
        Explanation {
            advice: Some(strict.to_owned()),
            ..Explanation::new(relaxation.code(), relaxation.sentence()).clause(relaxation.clause())
        }
        .with("witness", relaxation.witness())
        .with("strict", "refused")
    }));
    if all.is_empty() {
        all.push(Explanation::new("plain", "This request holds to the RFC, and nothing was passed over."));
    }
    all
}
