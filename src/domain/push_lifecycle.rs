//! What happens to runs of SCIM push: they are asked for, begin, tell how far they are, and end.

use super::event::{Event, EventKind};
use super::push_admin::about;
use super::push_record::{self, Compared, PushRecord};
use super::push_run::{PushRun, RunCounts, RunKind, RunProgress, RunState, Trigger, get};
use super::{Act, Error, Noun, Result, Tx, push_schedule};

/// How many runs of a record are kept.
const KEPT: u64 = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct RunWish {
    /// The record.
    pub record: i64,
    /// What it is for.
    pub kind: RunKind,
    /// What begins it.
    pub trigger: Trigger,
    /// The name of the lock of its target.
    pub target: String,
    /// The preview whose plan is allowed, or the run whose refused objects are tried again.
    pub plan_of: Option<i64>,
    /// Whether it begins here and now.
    pub begins: bool,
}

/// Asks for a run. One at a time for each record.
///
/// # Errors
/// [`Error::RunUnderWay`]; [`Error::PushNotReady`] when the plan that is allowed is kept no more, or nothing was refused.
pub fn ask(tx: &mut dyn Tx, act: &Act, wish: &RunWish) -> Result<PushRun> {
    let record = push_record::get(tx, wish.record)?;
    if let Some(open) = tx.open_push_runs()?.into_iter().find(|run| run.record == record.id) {
        return Err(Error::RunUnderWay(open.id));
    }
    if let Some(id) = wish.plan_of {
        let earlier = get(tx, id)?;
        if earlier.record != record.id {
            return Err(Error::NotFound(Noun::PushRun, id.to_string()));
        }
        if earlier.kind == RunKind::Run {
            if !earlier.has_refused() || earlier.target != wish.target || wish.kind != RunKind::Run {
                let sentence = "That run has refused nothing that could be tried again. Run the record as a whole.";
                return Err(Error::PushNotReady(sentence.to_owned()));
            }
        } else if !earlier.has_plan || wish.kind != RunKind::Run {
            let sentence = "The plan of that preview is kept no more. Make a new preview and look at it.";
            return Err(Error::PushNotReady(sentence.to_owned()));
        }
    }
    let run = tx.insert_push_run(PushRun {
        id: 0,
        record: record.id,
        record_name: record.name.clone(),
        kind: wish.kind,
        trigger: wish.trigger,
        state: if wish.begins { RunState::Running } else { RunState::Queued },
        reason: None,
        target: wish.target.clone(),
        plan_of: wish.plan_of,
        created_by: act.by.clone(),
        created_at: act.now,
        started_at: wish.begins.then_some(act.now),
        finished_at: None,
        progress: RunProgress::default(),
        counts: RunCounts::default(),
        cancel_requested: false,
        has_plan: false,
        outcome: None,
    })?;
    tx.prune_push_runs(record.id, KEPT)?;
    note(tx, act, EventKind::PushRunStarted, &record, &run)?;
    Ok(run)
}

/// Asks for the run of a record that is due, and sets when the next is. `None` when one is under way already; the first run
/// has to be confirmed by somebody, so without that it is over at once.
pub fn ask_due(tx: &mut dyn Tx, act: &Act, record: i64, target: &str) -> Result<Option<PushRun>> {
    let record = push_record::get(tx, record)?;
    push_schedule::pass(tx, &record, act.now)?;
    let wish = RunWish {
        record: record.id,
        kind: RunKind::Run,
        trigger: Trigger::Schedule,
        target: target.to_owned(),
        plan_of: None,
        begins: false,
    };
    match ask(tx, act, &wish) {
        Err(Error::RunUnderWay(_)) => Ok(None),
        Ok(run) if record.confirmed_at.is_none() => {
            let why = "the first run of a record has to be confirmed; look at its preview, then confirm it";
            finish(tx, act, run.id, &RunEnd::new(RunState::Stopped, why)).map(Some)
        }
        asked => asked.map(Some),
    }
}

/// Begins a run that waits; `None` when it does not wait any more.
pub fn begin(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<Option<PushRun>> {
    let Some(mut run) = tx.push_run(id)?.filter(|run| run.state == RunState::Queued) else { return Ok(None) };
    run.state = RunState::Running;
    run.started_at = Some(act.now);
    tx.update_push_run(&run)?;
    Ok(Some(run))
}

/// Writes how far a run is and what it tells; whether somebody wants it to end, or has deleted its record.
pub fn report(tx: &mut dyn Tx, id: i64, progress: &RunProgress, told: &str) -> Result<bool> {
    let Some(mut run) = tx.push_run(id)?.filter(|run| run.state == RunState::Running) else { return Ok(true) };
    if run.progress != *progress {
        run.progress = progress.clone();
        tx.update_push_run(&run)?;
    }
    if !told.is_empty() {
        tx.add_to_push_log(id, told)?;
    }
    Ok(run.cancel_requested)
}

/// Writes what a run that is under way has come to so far, JSON.
pub fn so_far(tx: &mut dyn Tx, id: i64, outcome: &str) -> Result<()> {
    let Some(mut run) = tx.push_run(id)?.filter(|run| run.state == RunState::Running) else { return Ok(()) };
    run.outcome = Some(outcome.to_owned());
    Ok(tx.update_push_run(&run)?)
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// How.
    pub state: RunState,
    /// Why, unless it is done.
    pub reason: Option<String>,
    /// What it has done.
    pub counts: RunCounts,
    /// What it came to, JSON.
    pub outcome: Option<String>,
    /// The plan that it made, JSON; kept of a preview.
    pub plan: Option<String>,
    /// How many people a complete source held.
    pub people: Option<u64>,
    /// The state of the source that the target was compared with.
    pub compared: Option<Compared>,
    /// Whether somebody has confirmed the first run of the record with it.
    pub confirmed: bool,
}

impl RunEnd {
    /// Of a run that came to nothing.
    pub fn new(state: RunState, reason: impl Into<String>) -> RunEnd {
        RunEnd {
            state,
            reason: Some(reason.into()),
            counts: RunCounts::default(),
            outcome: None,
            plan: None,
            people: None,
            compared: None,
            confirmed: false,
        }
    }
}

/// Writes how a run ended.
pub fn finish(tx: &mut dyn Tx, act: &Act, id: i64, end: &RunEnd) -> Result<PushRun> {
    let mut run = get(tx, id)?;
    if !run.is_open() {
        return Ok(run);
    }
    run.state = end.state;
    run.reason = end.reason.clone();
    run.counts = end.counts;
    run.outcome = end.outcome.clone();
    run.finished_at = Some(act.now);
    tx.update_push_run(&run)?;
    if let (RunKind::Preview, Some(plan)) = (run.kind, &end.plan) {
        tx.keep_push_plan(&run, plan)?;
        run.has_plan = true;
    }
    let Some(mut record) = tx.push_record(run.record)? else { return Ok(run) };
    let is_complete = matches!(run.state, RunState::Done | RunState::DoneWithErrors) && run.kind == RunKind::Run;
    // What was changed meanwhile has neither run nor been looked at.
    let is_same = run.started_at.is_some_and(|began| record.modified_at <= began);
    let people = end.people.filter(|_| is_complete && is_same);
    let is_first = end.confirmed && is_same && record.confirmed_at.is_none();
    // A run that left something undone is repeated although nothing has changed.
    let compared = end.compared.clone().filter(|_| run.state == RunState::Done);
    let has_compared = run.kind == RunKind::Run && is_same && record.compared != compared;
    if is_first || has_compared || people.is_some_and(|people| record.people != Some(people)) {
        if has_compared {
            record.compared = compared;
        }
        record.confirmed_at = record.confirmed_at.or(is_first.then_some(act.now));
        record.people = people.or(record.people);
        tx.update_push_record(&record)?;
    }
    let what = match run.state {
        RunState::Stopped => EventKind::PushRunStopped,
        RunState::Failed | RunState::SafeMode => EventKind::PushRunFailed,
        _ => EventKind::PushRunDone,
    };
    note(tx, act, what, &record, &run)?;
    Ok(run)
}

/// Asks a run to end. One that waits is over at once.
pub fn cancel(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<PushRun> {
    let mut run = get(tx, id)?;
    match run.state {
        RunState::Queued => finish(tx, act, id, &RunEnd::new(RunState::Stopped, format!("{} stopped it", act.by))),
        RunState::Running => {
            run.cancel_requested = true;
            tx.update_push_run(&run)?;
            Ok(run)
        }
        _ => Err(Error::RunOver),
    }
}

fn note(tx: &mut dyn Tx, act: &Act, what: EventKind, record: &PushRecord, run: &PushRun) -> Result<()> {
    let event = about(tx, what, record)?.is("run_id", run.id).is("kind", run.kind.word());
    let event = match what {
        EventKind::PushRunStarted => {
            event.is("trigger", run.trigger.word()).changed("plan_of", 0, run.plan_of.unwrap_or(0))
        }
        _ => counted(event.is("state", run.state.word()).changed("reason", &None, &run.reason), &run.counts),
    };
    Ok(tx.record(act, &event)?)
}

/// With the counts that are not zero.
fn counted<'a>(mut event: Event<'a>, counts: &RunCounts) -> Event<'a> {
    for (name, count) in [
        ("users_created", counts.users_created),
        ("users_updated", counts.users_updated),
        ("users_locked", counts.users_locked),
        ("users_unlocked", counts.users_unlocked),
        ("users_deleted", counts.users_deleted),
        ("groups_created", counts.groups_created),
        ("groups_updated", counts.groups_updated),
        ("groups_deleted", counts.groups_deleted),
        ("memberships_added", counts.memberships_added),
        ("memberships_removed", counts.memberships_removed),
        ("refused", counts.refused),
        ("requests", counts.requests),
    ] {
        if count > 0 {
            event = event.is(name, count);
        }
    }
    event
}
