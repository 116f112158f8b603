//! What a check of access found, step by step, and what to do about it.

use super::sentence::{self, Sentence};

/// One step of a check.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// What was tried, such as `connect` or `bind`.
    pub step: &'static str,
    /// Whether it worked.
    pub ok: bool,
    /// What was found: a sentence.
    #[serde(flatten, with = "sentence::found")]
    pub found: Sentence,
    /// The one thing to do when it did not work.
    #[serde(flatten, with = "sentence::advice")]
    pub advice: Option<Sentence>,
}

impl Step {
    /// One that worked.
    pub fn passed(step: &'static str, found: impl Into<Sentence>) -> Step {
        Step { step, ok: true, found: found.into(), advice: None }
    }

    /// One that did not; those after it are not tried.
    pub fn failed(step: &'static str, found: impl Into<Sentence>, advice: impl Into<Sentence>) -> Step {
        Step { step, ok: false, found: found.into(), advice: Some(advice.into()) }
    }
}
