//! The selftest: judges any SCIM server by checks that are data (`suites/`), with users and groups of its own, which it removes
//! afterwards, so that it can be run on a server that has others.

mod abilities;
pub mod html;
pub mod junit;
mod run;
mod suite;

pub use run::run;
pub use suite::SUITES;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server does as it should.
    Passed,
    /// It does not.
    Failed,
    /// It was not tried: the server does not announce it, or refuses it on purpose.
    Skipped,
}

/// A check and how it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub suite: String,
    pub check: String,
    pub clause: String,
    pub ending: Ending,
    /// Why a client trips over it, or why it was skipped.
    pub why: String,
    /// What to change.
    pub advice: String,
    /// The request that showed it, what came, and what should have come.
    pub exchange: Option<Shown>,
}

/// A request of a failure.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub request: String,
    pub sent: Option<String>,
    pub got: String,
    pub want: String,
    pub answer: String,
}

/// What a selftest came to.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// The server.
    pub url: String,
    /// When, RFC 3339.
    pub at: String,
    /// Every check.
    pub outcomes: Vec<Outcome>,
    /// How many resources could not be removed.
    pub left: usize,
}

impl Certificate {
    /// The suites that were run, in their order.
    pub fn suites(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for outcome in &self.outcomes {
            if !names.contains(&outcome.suite.as_str()) {
                names.push(&outcome.suite);
            }
        }
        names
    }

    /// How many checks of a suite ended so.
    pub fn count(&self, suite: &str, ending: Ending) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.suite == suite && outcome.ending == ending).count()
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.ending == Ending::Failed)
    }

    /// The document of `--json`.
    pub fn json(&self) -> Value {
        let tally = |suite: &str| {
            let count = |ending| self.count(suite, ending);
            json!({ "passed": count(Ending::Passed), "failed": count(Ending::Failed), "skipped": count(Ending::Skipped) })
        };
        let suites: Map<String, Value> =
            self.suites().into_iter().map(|suite| (suite.to_owned(), tally(suite))).collect();
        let failure = |one: &Outcome| {
            json!({
                "check": one.check, "clause": one.clause, "why": one.why, "advice": one.advice,
                "suite": one.suite, "exchange": one.exchange,
            })
        };
        json!({ "suites": suites, "failures": self.failures().map(failure).collect::<Vec<_>>() })
    }
}
