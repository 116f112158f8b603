//! `push history`, `push log` and `push schedule`: what runs came to, and when the next one is.

use crate::api::push_record::PushRecord as RecordView;
use crate::api::push_run::{PushRun, PushRunPage};
use crate::cli::output::{self, or_dash};
use crate::cli::{ArgumentError, CommandContext};
use crate::domain::predicate::Window;
use crate::domain::push_record;
use crate::domain::push_run;
use crate::domain::push_schedule::{self, ScheduleWish};
use crate::jobs::push_run::sweep;
use serde_json::json;

#[derive(clap::Args)]
pub(in crate::cli) struct HistoryArgs {
    /// The record, by name or id.
    #[arg(value_name = "NAME")]
    record: String,
    /// How many runs, the newest first; 100 are kept.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
}

#[derive(clap::Args)]
pub(in crate::cli) struct LogArgs {
    /// The id of the run, as “push history” shows it.
    #[arg(value_name = "RUN_ID")]
    run: i64,
}

#[derive(clap::Args)]
pub(in crate::cli) struct CancelArgs {
    /// The id of the run, as “push history” shows it.
    #[arg(value_name = "RUN_ID")]
    run: i64,
}

#[derive(clap::Args)]
pub(in crate::cli) struct ScheduleArgs {
    /// The record, by name or id.
    #[arg(value_name = "NAME")]
    record: String,
    /// Five words of cron: minute, hour, day, month, weekday; such as “0 3 * * *” for three every night.
    #[arg(long, value_name = "WORDS")]
    cron: Option<String>,
    /// The time zone that they are meant in, such as Europe/Berlin; UTC when it was never set.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Do not run by itself any more.
    #[arg(long, conflicts_with_all = ["cron", "time_zone"])]
    off: bool,
}

pub(super) fn history(context: &CommandContext, args: &HistoryArgs) -> anyhow::Result<()> {
    sweep(&context.store, None)?;
    let (name, limit) = (args.record.clone(), args.limit);
    let (runs, total) = context.read(move |tx| {
        let record = push_record::find(tx, &name)?;
        Ok(tx.push_runs(Some(record.id), None, Window { offset: 0, limit })?)
    })?;
    let runs: Vec<PushRun> = runs.iter().map(PushRun::from).collect();
    if context.json {
        return output::json(&PushRunPage { total, start: 1, runs });
    }
    let rows = runs.into_iter().map(|run| {
        let users = format!(
            "+{} ~{} -{}",
            run.users.created,
            run.users.updated + run.users.unlocked,
            run.users.locked + run.users.deleted
        );
        let groups = format!("+{} ~{} -{}", run.groups.created, run.groups.updated, run.groups.deleted);
        let members = format!("+{} -{}", run.memberships.added, run.memberships.removed);
        [
            run.run_id.0.to_string(),
            run.kind.0.to_owned(),
            run.trigger.0.to_owned(),
            run.state.0.to_owned(),
            run.created_at.0.to_string(),
            or_dash(run.finished_at.map(|at| at.0)),
            users,
            groups,
            members,
            run.refused.to_string(),
            or_dash(run.reason),
        ]
    });
    let headings = ["RUN", "KIND", "BY", "STATE", "STARTED", "ENDED", "USERS", "GROUPS", "MEMBERS", "REFUSED", "WHY"];
    output::table(headings, rows)
}

pub(super) fn log(context: &CommandContext, args: &LogArgs) -> anyhow::Result<()> {
    let id = args.run;
    let (run, text) = context.read(move |tx| Ok((push_run::get(tx, id)?, tx.push_log(id)?)))?;
    match context.json {
        true => output::json(&json!({ "run": PushRun::from(&run), "log": text })),
        false => output::text(&text),
    }
}

pub(super) fn cancel(context: &CommandContext, args: &CancelArgs) -> anyhow::Result<()> {
    sweep(&context.store, None)?;
    let id = args.run;
    let run = context.write(move |tx, act| crate::domain::push_lifecycle::cancel(tx, act, id))?;
    context.report(&PushRun::from(&run), &format!("The run {id} ends before its next request."))
}

pub(super) fn schedule(context: &CommandContext, args: ScheduleArgs) -> anyhow::Result<()> {
    if !args.off && args.cron.is_none() && args.time_zone.is_none() {
        let sentence = "Say when, with --cron \"0 3 * * *\" and --time-zone Europe/Berlin, or --off.";
        return Err(ArgumentError::Usage(sentence.to_owned()).into());
    }
    let id = context.read(move |tx| push_record::find(tx, &args.record))?.id;
    let wish = ScheduleWish { cron: args.cron, time_zone: args.time_zone, enabled: !args.off };
    let record = context.write(move |tx, act| push_schedule::set(tx, act, id, &wish))?;
    let (name, is_confirmed) = (record.name.clone(), record.confirmed_at.is_some());
    let next = record.schedule.as_ref().and_then(|schedule| schedule.next_at);
    let view = context.read(|tx| RecordView::new(tx, record))?;
    let sentence = match next {
        None => format!("The record “{name}” does not run by itself."),
        Some(at) if is_confirmed => format!("The record “{name}” runs next at {at}, while the server runs."),
        Some(at) => format!(
            "The record “{name}” is due at {at}, but its first run has to be confirmed: look at “scimbox push run --record … \
             --dry-run”, then run it once with --yes."
        ),
    };
    context.report(&view, &sentence)
}
