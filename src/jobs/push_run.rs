//! One run of a push record, from its row to its end: in the server for those that were asked for, in the command line for its own.

use super::push_check::check;
use super::push_process::{Again, PushOrder, Ready, take_lock, wait_for_lock, with_lock};
use super::push_watch::RunWatch;
use crate::domain::push_lifecycle::{self, RunEnd, RunWish};
use crate::domain::push_record::{Compared, PushRecord};
use crate::domain::push_run::{self, PushRun, RunCounts, RunKind, RunState, Trigger};
use crate::domain::{Act, Error, Fault, Tx, push_schedule};
use crate::push::check::Step;
use crate::push::outcome::{self, Outcome};
use crate::push::plan::Plan;
use crate::push::run::Finished;
use crate::push::sentence::say;
use crate::push::watch::Watch;
use crate::store::{RunLock, Store};
use crate::world;
use serde_json::json;
use std::cell::Cell;

/// Runs a record here and now, and writes the run down as one of the command line. `record` may have other options than the one
/// that is kept. Whatever keeps it from working is an outcome that says so.
///
/// # Errors
/// [`Error::TargetBusy`] and [`Error::RunUnderWay`] while another run is under way; those of the store.
pub fn push_in_process(
    store: &Store,
    act: &Act,
    record: &PushRecord,
    order: &PushOrder<'_>,
    watch: &dyn Watch,
) -> Result<(PushRun, Finished), Error> {
    let target = record.target.lock_name();
    let lock = wait_for_lock(store, &target)?;
    // A run that was killed is in nobody's way.
    sweep(store, Some(&target))?;
    let kind = if order.dry_run { RunKind::Preview } else { RunKind::Run };
    let plan_of = order.again.filter(|_| !order.dry_run).map(|again| again.run);
    let wish = RunWish { record: record.id, kind, trigger: Trigger::Cli, target, plan_of, begins: true };
    let by = act.clone();
    let run = store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::ask(tx, &by, &wish))?;
    carry_out(store, &run, record, order, lock, watch)
}

/// Checks a record here and now, and writes the check down as one of the command line. While another run has the target, or
/// waits for it, the steps are told alone: a record has one run at a time.
///
/// # Errors
/// Those of the store; what is wrong with source or target is a step.
pub fn check_in_process(
    store: &Store,
    act: &Act,
    record: &PushRecord,
    watch: &dyn Watch,
    tell: &mut dyn FnMut(&Step),
) -> Result<Vec<Step>, Error> {
    let target = record.target.lock_name();
    let lock = match wait_for_lock(store, &target) {
        Ok(lock) => lock,
        Err(Error::TargetBusy) => return Ok(check_alone(store, act, record, None, watch, tell)),
        Err(error) => return Err(error),
    };
    sweep(store, Some(&target))?;
    let (kind, trigger) = (RunKind::Check, Trigger::Cli);
    let wish = RunWish { record: record.id, kind, trigger, target, plan_of: None, begins: true };
    let by = act.clone();
    match store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::ask(tx, &by, &wish)) {
        Ok(run) => checked(store, &run, record, &lock, watch, tell),
        Err(Error::RunUnderWay(_)) => Ok(check_alone(store, act, record, Some(&lock), watch, tell)),
        Err(error) => Err(error),
    }
}

fn check_alone(
    store: &Store,
    act: &Act,
    record: &PushRecord,
    held: Option<&RunLock>,
    watch: &dyn Watch,
    tell: &mut dyn FnMut(&Step),
) -> Vec<Step> {
    let mut steps = Vec::new();
    check(record, store, act, held, watch, &mut |step| {
        tell(&step);
        steps.push(step);
    });
    steps
}

/// Writes that runs have ended whose process has: they are under way, but nobody has their lock. `held` is a lock that the
/// caller has.
///
/// # Errors
/// Those of the store.
pub fn sweep(store: &Store, held: Option<&str>) -> Result<(), Error> {
    for run in store.read(|tx| tx.open_push_runs())?.into_iter().filter(|run| run.state == RunState::Running) {
        let lock = match held == Some(run.target.as_str()) {
            true => None,
            false => match take_lock(store, &run.target)? {
                Some(lock) => Some(lock),
                None => continue,
            },
        };
        let act = act(&run.created_by)?;
        let end = RunEnd::new(RunState::Stopped, "the process ended");
        store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::finish(tx, &act, run.id, &end))?;
        drop(lock);
    }
    Ok(())
}

/// Does what a run in the queue asks for, with the lock of its target.
pub(super) fn execute(store: &Store, run: &PushRun, lock: RunLock, watch: &dyn Watch) -> Result<(), Error> {
    let id = run.record;
    let record = store.read(move |tx| crate::domain::push_record::get(tx, id))?;
    if record.target.lock_name() != run.target {
        let end = RunEnd::new(RunState::Stopped, "the record has another target now");
        return finish(store, run, end).map(drop);
    }
    if run.kind == RunKind::Check {
        return checked(store, run, &record, &lock, watch, &mut |_| {}).map(drop);
    }
    let earlier = run.plan_of.map(|id| store.read(move |tx| push_run::get(tx, id))).transpose()?;
    let again = earlier.as_ref().filter(|earlier| earlier.kind == RunKind::Run).map(Again::of);
    let allowed = match run.plan_of.filter(|_| again.is_none()) {
        Some(preview) => {
            let kept = store.read(move |tx| tx.push_plan(preview))?;
            let plan = kept.and_then(|text| serde_json::from_str::<Plan>(&text).ok());
            let Some(plan) = plan else {
                let end = RunEnd::new(RunState::Stopped, "the plan of the preview is kept no more; make a new preview");
                return finish(store, run, end).map(drop);
            };
            Some(plan)
        }
        None => None,
    };
    let order = PushOrder {
        dry_run: run.kind == RunKind::Preview,
        allowed: allowed.as_ref(),
        again: again.as_ref(),
        confirm: &|_| false,
    };
    carry_out(store, run, &record, &order, lock, watch).map(drop)
}

fn act(by: &str) -> Result<Act, Error> {
    Ok(world::act(by).map_err(|e| Fault::Broken(e.to_string()))?)
}

fn finish(store: &Store, run: &PushRun, end: RunEnd) -> Result<PushRun, Error> {
    let (act, id) = (act(&run.created_by)?, run.id);
    store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::finish(tx, &act, id, &end))
}

/// A check: its steps are what it comes to.
fn checked(
    store: &Store,
    run: &PushRun,
    record: &PushRecord,
    lock: &RunLock,
    watch: &dyn Watch,
    tell: &mut dyn FnMut(&Step),
) -> Result<Vec<Step>, Error> {
    let act = act(&run.created_by)?;
    let watch = RunWatch::new(store, run.id, watch);
    let mut steps = Vec::new();
    check(record, store, &act, Some(lock), &watch, &mut |step| {
        let verdict = if step.ok { "ok" } else { "failed" };
        watch.line(&format!("{} {verdict}: {}", step.step, step.found));
        tell(&step);
        steps.push(step);
        // Whoever looks at the check sees each step as it comes; in the end all of them are written.
        let (id, so_far) = (run.id, json!({ "steps": steps }).to_string());
        if let Err(error) = store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::so_far(tx, id, &so_far)) {
            tracing::warn!(run = id, %error, "a step of a check could not be written");
        }
    });
    watch.flush();
    let failed = steps.iter().find(|step| !step.ok);
    let end = RunEnd {
        state: if failed.is_some() { RunState::Failed } else { RunState::Done },
        reason: failed.map(|step| step.found.to_string()),
        outcome: Some(json!({ "steps": steps }).to_string()),
        ..RunEnd::new(RunState::Done, "")
    };
    finish(store, run, end)?;
    Ok(steps)
}

/// Makes the plan, carries it out, and writes what came of it.
fn carry_out(
    store: &Store,
    run: &PushRun,
    record: &PushRecord,
    order: &PushOrder<'_>,
    lock: RunLock,
    watch: &dyn Watch,
) -> Result<(PushRun, Finished), Error> {
    let act = act(&run.created_by)?;
    let watch = RunWatch::new(store, run.id, watch);
    let is_confirmed = Cell::new(false);
    let confirm = |plan: &Plan| {
        record.confirmed_at.is_some() || {
            is_confirmed.set((order.confirm)(plan));
            is_confirmed.get()
        }
    };
    let order = PushOrder { confirm: &confirm, ..*order };
    let ready = with_lock(record.clone(), store, &act, lock);
    let due = run.trigger == Trigger::Schedule && push_schedule::was_compared_today(record, act.now);
    if let (true, Ok(ready), Some(compared)) = (due, &ready, &record.compared)
        && ready.is_unchanged(&compared.mark)
    {
        watch.line(
            "The source has not changed since it was compared today; the first run of a day compares everything.",
        );
        watch.flush();
        let end = RunEnd { reason: None, compared: Some(compared.clone()), ..RunEnd::new(RunState::Done, "") };
        let run = finish(store, run, end)?;
        return Ok((run, Outcome::new(outcome::RunState::Done, None).into()));
    }
    // Before the source is read, so that a change meanwhile is one since then.
    let is_scheduled = record.schedule.as_ref().is_some_and(|schedule| schedule.enabled);
    // What is only tried again says nothing of the rest.
    let is_whole = order.again.is_none() && !order.dry_run;
    let mark = ready.as_ref().ok().filter(|_| is_scheduled && is_whole).and_then(Ready::mark);
    let finished = ready
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|ready| ready.run(store, &act, &order, &watch).map_err(|error| error.to_string()));
    let mut finished = finished.unwrap_or_else(|why| Outcome::new(outcome::RunState::Failed, Some(why.into())).into());
    // The store is asked about it once a second; a run may fail for good before that.
    if finished.outcome.state == outcome::RunState::Failed && is_cancelled(store, run)? {
        finished.outcome.state = outcome::RunState::Stopped;
        finished.outcome.reason = Some(say!("the_run_was_stopped", "the run was stopped"));
    }
    let mark = mark.or_else(|| finished.mark.take().filter(|_| is_scheduled && is_whole));
    let compared = mark.map(|mark| Compared { at: act.now, mark });
    let was_allowed = order.allowed.zip(finished.plan.as_ref()).is_some_and(|(allowed, plan)| plan.is_same(allowed));
    tell(&watch, &finished, record.options.verbose);
    watch.flush();
    let end = RunEnd {
        state: state(finished.outcome.state),
        reason: finished.outcome.reason.as_ref().map(ToString::to_string),
        counts: counts(&finished.outcome),
        outcome: serde_json::to_string(&finished.outcome).ok(),
        plan: finished
            .plan
            .as_ref()
            .filter(|_| order.dry_run && order.again.is_none())
            .and_then(|plan| serde_json::to_string(plan).ok()),
        people: finished.people.filter(|_| order.again.is_none()),
        compared,
        confirmed: is_whole && (is_confirmed.get() || was_allowed),
    };
    let run = finish(store, run, end)?;
    // The token and the lock go last: until then the run is under way.
    drop(ready);
    Ok((run, finished))
}

/// Whether somebody has asked a run to stop.
fn is_cancelled(store: &Store, run: &PushRun) -> Result<bool, Error> {
    let id = run.id;
    store.read(move |tx| Ok(tx.push_run(id)?.is_some_and(|run| run.cancel_requested)))
}

/// The end of the log: what was refused, what it came to, and where that is wished for each change.
fn tell(watch: &RunWatch<'_>, finished: &Finished, is_verbose: bool) {
    let Finished { outcome, plan, .. } = finished;
    for change in plan.iter().filter(|_| is_verbose).flat_map(|plan| &plan.changes) {
        let kind = serde_json::to_value(change.change).ok();
        let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        let members: Vec<&str> = change.members.iter().map(|member| member.name.as_str()).collect();
        let members = if members.is_empty() { String::new() } else { format!(": {}", members.join(", ")) };
        watch.line(&format!("{kind} {}{members} ({})", change.name, change.why));
    }
    for refused in &outcome.refused {
        watch.line(&format!("refused: {} {}: {}", refused.kind, refused.name, refused.why));
    }
    let reason = outcome.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let (users, groups, members) = (&outcome.users, &outcome.groups, &outcome.memberships);
    watch.line(&format!(
        "{}{reason}; users {} created, {} updated, {} locked, {} unlocked, {} deleted; groups {} created, {} updated, {} deleted; \
         memberships {} added, {} removed; {} refused; {} requests",
        state(outcome.state).word(),
        users.created,
        users.updated,
        users.locked,
        users.unlocked,
        users.deleted,
        groups.created,
        groups.updated,
        groups.deleted,
        members.added,
        members.removed,
        outcome.refused.len(),
        outcome.requests,
    ));
}

fn state(state: outcome::RunState) -> RunState {
    match state {
        outcome::RunState::Done => RunState::Done,
        outcome::RunState::DoneWithErrors => RunState::DoneWithErrors,
        outcome::RunState::SafeMode => RunState::SafeMode,
        outcome::RunState::Stopped => RunState::Stopped,
        outcome::RunState::Failed => RunState::Failed,
    }
}

fn counts(outcome: &Outcome) -> RunCounts {
    RunCounts {
        users_created: outcome.users.created,
        users_updated: outcome.users.updated,
        users_locked: outcome.users.locked,
        users_unlocked: outcome.users.unlocked,
        users_deleted: outcome.users.deleted,
        groups_created: outcome.groups.created,
        groups_updated: outcome.groups.updated,
        groups_deleted: outcome.groups.deleted,
        memberships_added: outcome.memberships.added,
        memberships_removed: outcome.memberships.removed,
        refused: outcome.refused.len() as u64,
        requests: outcome.requests,
    }
}
