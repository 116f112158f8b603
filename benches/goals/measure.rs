//! Measuring: each step warmed up, the responder right before it, several rounds, the median of each figure.

use crate::arguments::Arguments;
use crate::driver::{Length, Outcome, Step, drive};
use crate::responder::Responder;
use crate::stall;
use crate::steps;
use anyhow::Context;
use std::cell::RefCell;
use std::io::Write;
use std::time::Duration;

/// The connections of a step that does not say otherwise.
pub const CONNECTIONS: usize = 16;
/// Those of the steps about commits.
pub const MANY: usize = 64;

/// How often a step is tried on a machine that stands still.
const ATTEMPTS: usize = 5;

/// A benchmark that runs.
pub struct Bench {
    /// What was asked for.
    pub arguments: Arguments,
    responder: Responder,
    past: RefCell<Vec<Past>>,
}

/// The absolute figures of one run of a step.
pub struct Past {
    /// Name and connections.
    pub step: (String, usize),
    /// Requests a second, p50 and p99 in microseconds, microseconds of CPU, connections opened; statements to the database and
    /// waits for its answers for each request.
    pub figures: [f64; 7],
}

impl Bench {
    /// Starts the responder.
    ///
    /// # Errors
    /// When it does not start.
    pub fn new(arguments: Arguments) -> anyhow::Result<Bench> {
        anyhow::ensure!(arguments.secs > 0.0 && arguments.rounds > 0, "--secs and --rounds must be above 0");
        Ok(Bench { arguments, responder: Responder::start()?, past: RefCell::new(Vec::new()) })
    }

    /// Runs a step for its time, warmed up.
    ///
    /// # Errors
    /// When a request fails.
    pub fn run(&self, step: &Step<'_>, connections: usize) -> anyhow::Result<Outcome> {
        let time = Duration::from_secs_f64(self.arguments.secs);
        self.steady(step, connections, Length::Time(time.div_f64(4.0)))?;
        Ok(self.keep(step, connections, self.steady(step, connections, Length::Time(time))?))
    }

    /// Runs so many requests of a step, warmed up by a tenth.
    ///
    /// # Errors
    /// When a request fails.
    pub fn run_requests(&self, step: &Step<'_>, connections: usize, count: u64) -> anyhow::Result<Outcome> {
        self.steady(step, connections, Length::Requests(count / 10 + 1))?;
        Ok(self.keep(step, connections, self.steady(step, connections, Length::Requests(count))?))
    }

    /// The responder's GET, for half the time of a step.
    ///
    /// # Errors
    /// When it fails.
    pub fn hello(&self, connections: usize) -> anyhow::Result<Outcome> {
        self.ceiling(&steps::get("responder: GET", &self.responder.target, "/Users/1"), connections)
    }

    /// The responder's POST, for half the time of a step.
    ///
    /// # Errors
    /// When it fails.
    pub fn echo(&self, connections: usize) -> anyhow::Result<Outcome> {
        self.ceiling(&steps::echo(&self.responder.target, self.arguments.plain), connections)
    }

    fn ceiling(&self, step: &Step<'_>, connections: usize) -> anyhow::Result<Outcome> {
        let time = Duration::from_secs_f64(self.arguments.secs / 2.0);
        self.steady(step, connections, Length::Time(time.div_f64(4.0)))?;
        Ok(self.keep(step, connections, self.steady(step, connections, Length::Time(time))?))
    }

    /// Runs a step until it ran without the machine standing still.
    ///
    /// # Errors
    /// When a request fails.
    pub fn steady(&self, step: &Step<'_>, connections: usize, length: Length<'_>) -> anyhow::Result<Outcome> {
        for _ in 0..ATTEMPTS {
            match stall::watch(|| drive(step, connections, length)) {
                (result, None) => return result,
                (_, Some(still)) => say(&format!("{}: the machine stood still for {still:.1?}; again", step.name)),
            }
        }
        anyhow::bail!("FAILED: {}: the machine keeps standing still", step.name)
    }

    /// Keeps the figures of a run for the second table.
    pub fn keep(&self, step: &Step<'_>, connections: usize, outcome: Outcome) -> Outcome {
        let (p50, p99) = (outcome.quantile(0.5), outcome.quantile(0.99));
        say(&format!(
            "{} over {connections}: {:.0}/s, p50 {p50:.0} µs, p99 {p99:.0} µs, {:.1} µs CPU",
            step.name,
            outcome.rate(),
            outcome.cost()
        ));
        let [statements, waits] =
            outcome.traffic.map_or([f64::NAN; 2], |sent| sent.map(|all| all / outcome.requests as f64));
        let figures = [outcome.rate(), p50, p99, outcome.cost(), outcome.opened as f64, statements, waits];
        self.past.borrow_mut().push(Past { step: (step.name.clone(), connections), figures });
        outcome
    }

    /// Repeats a measurement and returns the median of each of its figures.
    ///
    /// # Errors
    /// Those of the measurement.
    pub fn rounds<const N: usize>(
        &self,
        mut measure: impl FnMut() -> anyhow::Result<[f64; N]>,
    ) -> anyhow::Result<[f64; N]> {
        let all = (0..self.arguments.rounds).map(|_| measure()).collect::<anyhow::Result<Vec<_>>>()?;
        medians(&all)
    }

    /// The absolute figures of all steps, medians of their rounds, in their order.
    ///
    /// # Errors
    /// None in practice: what is there was measured.
    pub fn past(&self) -> anyhow::Result<Vec<Past>> {
        let past = self.past.borrow();
        let mut names: Vec<&(String, usize)> = Vec::new();
        for one in past.iter().filter(|one| one.figures.iter().any(|figure| !figure.is_nan())) {
            if !names.contains(&&one.step) {
                names.push(&one.step);
            }
        }
        let of = |step: &&(String, usize)| {
            let own: Vec<[f64; 7]> = past.iter().filter(|one| one.step == **step).map(|one| one.figures).collect();
            Ok(Past { step: (*step).clone(), figures: medians(&own)? })
        };
        names.iter().map(of).collect()
    }
}

fn medians<const N: usize>(all: &[[f64; N]]) -> anyhow::Result<[f64; N]> {
    let mut middle = [0.0; N];
    for (n, figure) in middle.iter_mut().enumerate() {
        *figure = median(all.iter().filter_map(|one| one.get(n)).copied().collect()).context("no round was run")?;
    }
    Ok(middle)
}

/// The middle one; of two the mean.
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let (low, high) = (figures.get((figures.len().max(1) - 1) / 2)?, figures.get(figures.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

/// Tells whoever waits how far it has come.
pub fn say(text: &str) {
    // Progress that nobody can read is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}
