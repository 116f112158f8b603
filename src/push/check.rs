//! What a check of access found, step by step, and what to do about it.

/// One step of a check.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// What was tried, such as `connect` or `bind`.
    pub step: &'static str,
    /// Whether it worked.
    pub ok: bool,
    /// What was found: a sentence.
    pub found: String,
    /// The one thing to do when it did not work.
    pub advice: Option<String>,
}

impl Step {
    /// One that worked.
    pub fn passed(step: &'static str, found: impl Into<String>) -> Step {
        Step { step, ok: true, found: found.into(), advice: None }
    }

    /// One that did not; those after it are not tried.
    pub fn failed(step: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Step {
        Step { step, ok: false, found: found.into(), advice: Some(advice.into()) }
    }
}
