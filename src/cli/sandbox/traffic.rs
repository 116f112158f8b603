//! Sample traffic: what plays identity providers against the server that is started here.

use crate::api::sandbox::{TrafficFailure, TrafficReport};
use crate::http::{IdentityProviders, Part};
use crate::jobs::push_source::own_access;
use crate::sandbox::simulator::{Dialect, Failure, IDPS, Play, Report, Scenario, play_against};

/// How many people and groups take part.
const CAST: (usize, usize) = (4, 2);

/// The simulators.
pub(in crate::cli) struct Simulators;

impl IdentityProviders for Simulators {
    fn names(&self) -> &'static [&'static str] {
        &IDPS
    }

    fn scenarios(&self, idp: &str) -> Vec<&'static str> {
        let short = Scenario::ALL.iter().filter(|one| **one != Scenario::Large && one.fits(idp));
        short.map(|one| one.name()).collect()
    }

    fn play(&self, part: &Part) -> Result<TrafficReport, String> {
        let dialect = Dialect::find(&part.idp, "").ok_or_else(|| format!("there is no “{}”", part.idp))?;
        let play = Play {
            dialect,
            scenario: part.scenario.as_deref().and_then(Scenario::find),
            users: Some(CAST.0),
            groups: Some(CAST.1),
            is_slow: false,
            seed: part.seed,
            clean_up: false,
        };
        play_against(&own_access(part.url.clone(), part.token.clone(), part.own.clone()), &play)
            .map(document)
            .map_err(|error| error.to_string())
    }
}

fn document(report: Report) -> TrafficReport {
    let failure = |one: Failure| TrafficFailure {
        step: one.step as u64,
        request: one.request,
        got: one.got,
        want: one.want,
        why: one.why,
    };
    TrafficReport {
        idp: report.idp,
        scenario: report.scenario,
        steps: report.steps as u64,
        passed: report.passed as u64,
        failed: report.failed as u64,
        verdict: report.verdict,
        failures: report.failures.into_iter().map(failure).collect(),
    }
}
