//! One run from end to end: read the source, read the target, compare, ask the guards, and carry the plan out.

use super::apply::apply;
use super::client::{Access, Client, ClientError};
use super::outcome::{Outcome, RunState};
use super::plan::{PartUnread, Plan, Refused, Settings};
use super::source::{Reading, Source, SourceError};
use super::target::{Service, Target};
use super::watch::{Phase, Watch};
use crate::push::sentence::{Sentence, say};

/// What a run is asked to do.
pub struct Order<'a> {
    /// Whether it only makes the plan.
    pub dry_run: bool,
    /// A plan that somebody has allowed: the run makes these very changes whatever the guards say, or none.
    pub allowed: Option<&'a Plan>,
    /// What an earlier run could not push: the run tries that again and changes nothing else.
    pub again: Option<&'a [Refused]>,
    /// Asked before anything is written, with the plan; only for a record whose first run is to be confirmed.
    pub confirm: &'a dyn Fn(&Plan) -> bool,
}

/// What a run came to, and what the next one needs to know of it.
pub struct Finished {
    /// What it came to.
    pub outcome: Outcome,
    /// The plan, as far as it came to one.
    pub plan: Option<Plan>,
    /// How many people the source held, if it was read whole.
    pub people: Option<u64>,
    /// A mark of the state of the source as it was read; see [`Source::mark`].
    pub mark: Option<String>,
}

/// Both sides, read.
pub struct Sides {
    /// The source.
    pub reading: Reading,
    /// The target.
    pub target: Target,
    /// What differs.
    pub plan: Plan,
}

impl From<Outcome> for Finished {
    fn from(outcome: Outcome) -> Finished {
        Finished { outcome, plan: None, people: None, mark: None }
    }
}

/// Runs.
pub fn run(source: &Source, access: &Access, settings: &Settings, order: &Order<'_>, watch: &dyn Watch) -> Finished {
    let client = match Client::new(access, settings.concurrency, watch) {
        Ok(client) => client,
        Err(error) => return ended(&error).into(),
    };
    let settings = order.allowed.map_or_else(|| settings.clone(), |plan| settings.as_in(plan));
    let sides = match compare(source, &client, &settings, watch) {
        Ok(sides) => sides,
        Err(outcome) => return (*outcome).into(),
    };
    let Sides { mut reading, target, mut plan } = sides;
    if let Some(refused) = order.again {
        plan.keep_only(refused);
    }
    let people = reading.unread.is_empty().then_some(reading.people.len() as u64);
    let mark = reading.mark.take();
    let service = Service { bulk: target.service.bulk.filter(|_| settings.bulk), ..target.service };
    // From here on the plan says all there is to know.
    drop((reading, target));
    let mut outcome = Outcome::new(RunState::Done, None);
    outcome.refused = plan.refused.clone();
    let stopped = forbidden(&plan, order);
    if stopped.is_none() && !order.dry_run {
        let (done, result) = apply(&plan, &client, service, settings.concurrency, watch, outcome);
        outcome = done;
        if let Err(error) = result {
            let end = ended(&error);
            (outcome.state, outcome.reason) = (end.state, end.reason);
        }
    } else if order.dry_run {
        for change in &plan.changes {
            outcome.count(change.change, change.members.len() as u64, true);
        }
    }
    if outcome.state == RunState::Done {
        (outcome.state, outcome.reason) = match stopped {
            Some(why) => (RunState::Stopped, Some(why)),
            None => state(&plan, &outcome),
        };
    }
    outcome.refused.sort();
    outcome.requests = client.requests();
    Finished { outcome, plan: Some(plan), people, mark }
}

/// Reads both sides and compares them; writes nothing.
///
/// # Errors
/// The outcome of a run that ends with that.
pub fn compare(
    source: &Source,
    client: &Client<'_>,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Sides, Box<Outcome>> {
    watch.progress(Phase::ReadSource, 0, None);
    let mut reading = source.read(watch).map_err(|error| match error {
        SourceError::Cancelled => Box::new(ended(&ClientError::Cancelled)),
        SourceError::Unreadable(why) => {
            Box::new(Outcome::new(RunState::Failed, Some(say!("the_source", "the source: {why}", why = why))))
        }
    })?;
    // The same source comes to the same plan, in whatever order it tells.
    reading.people.sort_by(|a, b| a.id.cmp(&b.id));
    reading.groups.sort_by(|a, b| a.id.cmp(&b.id));
    for note in &reading.notes {
        watch.line(note.as_str());
    }
    watch.progress(Phase::Compare, 0, None);
    let counted = |error| Box::new(Outcome { requests: client.requests(), ..ended(&error) });
    let target = Target::read(client, reading.has_groups, watch).map_err(counted)?;
    let plan = Plan::make(&reading, &target, client.url(), settings);
    Ok(Sides { reading, target, plan })
}

/// Why nothing may be written.
fn forbidden(plan: &Plan, order: &Order<'_>) -> Option<Sentence> {
    if let Some(allowed) = order.allowed {
        let moved = say!(
            "the_source_or_the_target_has",
            "the source or the target has moved since the plan was made; make a new one and look at it"
        );
        return (!plan.is_same(allowed)).then_some(moved);
    }
    if !plan.guards.is_empty() {
        let why = Sentence::list(plan.guards.iter().map(|hit| hit.why.clone()).collect(), "; ");
        return Some(say!("nothing_was_written", "nothing was written: {why}", why = why));
    }
    if !order.dry_run && !plan.changes.is_empty() && !(order.confirm)(plan) {
        let why = say!(
            "nothing_was_written_the_first_run",
            "nothing was written: the first run of a record has to be confirmed; look at its plan, then confirm it"
        );
        return Some(why);
    }
    None
}

/// How a run ends that carried its plan out.
fn state(plan: &Plan, outcome: &Outcome) -> (RunState, Option<Sentence>) {
    if plan.safe_mode {
        let parts = plan.unread.iter().map(PartUnread::sentence).collect();
        let why = say!(
            "the_source_could_not_be_read",
            "the source could not be read whole, so nothing was removed: {parts}",
            parts = Sentence::list(parts, "; ")
        );
        return (RunState::SafeMode, Some(why));
    }
    match outcome.refused.len() {
        0 => (RunState::Done, None),
        1 => (RunState::DoneWithErrors, Some(say!("1_object_was_refused", "1 object was refused"))),
        several => (
            RunState::DoneWithErrors,
            Some(say!("objects_were_refused", "{several} objects were refused", several = several)),
        ),
    }
}

fn ended(error: &ClientError) -> Outcome {
    match error {
        ClientError::Cancelled => {
            Outcome::new(RunState::Stopped, Some(say!("the_run_was_stopped", "the run was stopped")))
        }
        other => Outcome::new(RunState::Failed, Some(other.sentence())),
    }
}
