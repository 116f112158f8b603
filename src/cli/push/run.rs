//! `scim push`, `push run`, `push plan`, `push apply` and `push explain`: runs in this process.

use super::option_args::OptionArgs;
use super::plan_view;
use super::progress::Progress;
use crate::cli::named::ConnectionName;
use crate::cli::settings::words;
use crate::cli::{ArgumentError, CommandContext, Told, output};
use crate::domain::push_record::{self, PushRecord, PushTarget, SourceKind};
use crate::domain::{Error, Noun};
use crate::jobs::push_process::{self, Again, PushOrder};
use crate::jobs::push_run::push_in_process;
use crate::push::outcome::{Outcome, RunState};
use crate::push::plan::{Plan, VERSION};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::IsTerminal;

/// `scim push`, in Commander's words.
#[derive(clap::Args)]
pub(in crate::cli) struct ScimPush {
    /// The connection: its id, or id, name or path of its node.
    #[arg(value_name = "SCIM_ID|NODE", allow_hyphen_values = true)]
    id: ConnectionName,
    /// Where people come from.
    #[arg(long, value_parser = words::<SourceKind>(["google", "ad", "file"]))]
    source: SourceKind,
    /// The record, by name or id; without it the only one with this source and this connection.
    #[arg(long, value_name = "NAME")]
    record: Option<String>,
    #[command(flatten)]
    how: RunHow,
}

#[derive(clap::Args)]
pub(in crate::cli) struct RunArgs {
    /// The record, by name or id.
    #[arg(long, value_name = "NAME")]
    record: String,
    #[command(flatten)]
    how: RunHow,
}

/// How a run goes.
#[derive(clap::Args)]
struct RunHow {
    /// Read everything and print the plan; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Confirm the first run of the record.
    #[arg(long)]
    yes: bool,
    /// A plan that “push plan” kept: make these very changes, whatever the guards say, or none.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    plan: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
}

#[derive(clap::Args)]
pub(in crate::cli) struct PlanArgs {
    /// The record, by name or id.
    #[arg(long, value_name = "NAME")]
    record: String,
    /// Where to keep the plan; without it, it is only printed.
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
}

#[derive(clap::Args)]
pub(in crate::cli) struct ApplyArgs {
    /// The file that “push plan --out” wrote.
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Name each request.
    #[arg(long)]
    verbose: bool,
}

#[derive(clap::Args)]
pub(in crate::cli) struct ExplainArgs {
    /// An address, a name, or an id of the source or the target.
    #[arg(value_name = "PERSON")]
    person: String,
    /// The record, by name or id.
    #[arg(long, value_name = "NAME")]
    record: String,
}

/// A plan as it is kept, with its record.
#[derive(Serialize, Deserialize)]
struct PlanFile {
    record: String,
    plan: Plan,
}

pub(in crate::cli) fn scim_push(context: &CommandContext, args: ScimPush) -> anyhow::Result<()> {
    let id = args.id.find(context)?.id;
    let record = match args.record.clone() {
        Some(name) => context.read(move |tx| push_record::find(tx, &name))?,
        None => only_record(context, args.source, &PushTarget::Connection(id))?,
    };
    let name = &record.name;
    if record.source.kind() != args.source {
        let kind = record.source.kind().word();
        let sentence = format!("The record “{name}” has the source {kind}, not {}.", args.source.word());
        return Err(ArgumentError::Usage(sentence).into());
    }
    if record.target != PushTarget::Connection(id) {
        let sentence = format!("The record “{name}” does not go to the connection {id}. “push run --record” runs it.");
        return Err(ArgumentError::Usage(sentence).into());
    }
    perform(context, record, args.how)
}

pub(super) fn run(context: &CommandContext, args: RunArgs) -> anyhow::Result<()> {
    let record = context.read(move |tx| push_record::find(tx, &args.record))?;
    perform(context, record, args.how)
}

pub(super) fn plan(context: &CommandContext, args: PlanArgs) -> anyhow::Result<()> {
    let mut record = context.read(move |tx| push_record::find(tx, &args.record))?;
    record.options = record.options.with(&args.options.wish())?;
    let order = PushOrder { dry_run: true, allowed: None, again: None, confirm: &|_| false };
    let (outcome, plan) = execute(context, &record, &order)?;
    if let (Some(plan), Some(out)) = (&plan, &args.out) {
        let kept = PlanFile { record: record.name.clone(), plan: plan.clone() };
        std::fs::write(out, serde_json::to_string_pretty(&kept)?)
            .with_context(|| format!("“{out}” cannot be written"))?;
    }
    match (&plan, context.json) {
        (Some(plan), true) => json_in_english(plan)?,
        (None, true) => json_in_english(&outcome)?,
        (Some(plan), false) => {
            plan_view::plan(plan)?;
            if let Some(out) = &args.out {
                output::text(&format!("Kept in “{out}”. Carry it out with: scimbox push apply {out}"))?;
            }
        }
        (None, false) => {}
    }
    // A plan that guards forbid is a plan all the same: it is made to be looked at.
    if plan.is_some() { Ok(()) } else { told(context, &outcome) }
}

pub(super) fn apply(context: &CommandContext, args: ApplyArgs) -> anyhow::Result<()> {
    let kept = plan_file(&args.plan)?;
    let name = kept.record.clone();
    let record = context.read(move |tx| push_record::find(tx, &name))?;
    perform_plan(context, record, kept, args.verbose)
}

pub(super) fn explain(context: &CommandContext, args: &ExplainArgs) -> anyhow::Result<()> {
    let name = args.record.clone();
    let record = context.read(move |tx| push_record::find(tx, &name))?;
    let progress = Progress::new(context.json, false);
    let explained = push_process::prepare(record, &context.store, &context.act)?.explain(&args.person, &progress);
    progress.end();
    match explained {
        Ok(explanation) if context.json => json_in_english(&explanation),
        Ok(explanation) => plan_view::explanation(&explanation),
        Err(outcome) => {
            if context.json {
                json_in_english(&outcome)?;
            }
            told(context, &outcome)
        }
    }
}

/// The only record with this source and this target.
fn only_record(context: &CommandContext, source: SourceKind, target: &PushTarget) -> anyhow::Result<PushRecord> {
    let all = context.read(|tx| Ok(tx.push_records()?))?;
    let mut fitting: Vec<PushRecord> =
        all.into_iter().filter(|record| record.source.kind() == source && record.target == *target).collect();
    let names: Vec<String> = fitting.iter().map(|record| format!("“{}”", record.name)).collect();
    match (fitting.pop(), names.len()) {
        (Some(record), 1) => Ok(record),
        (Some(_), _) => {
            let sentence = format!("Several records fit: {}. Choose one with --record.", names.join(", "));
            Err(ArgumentError::Usage(sentence).into())
        }
        (None, _) => Err(Error::NotFound(Noun::PushRecord, format!("--source {}", source.word())).into()),
    }
}

fn perform(context: &CommandContext, mut record: PushRecord, how: RunHow) -> anyhow::Result<()> {
    if let Some(file) = &how.plan {
        let kept = plan_file(file)?;
        if kept.record != record.name {
            let sentence = format!("The plan is of the record “{}”, not of “{}”.", kept.record, record.name);
            return Err(ArgumentError::Usage(sentence).into());
        }
        return perform_plan(context, record, kept, record_is_verbose(how.options));
    }
    record.options = record.options.with(&how.options.wish())?;
    work(context, &record, how.dry_run, how.yes, None)
}

/// Runs a record, all of it or what was refused before.
pub(super) fn work(
    context: &CommandContext,
    record: &PushRecord,
    dry_run: bool,
    yes: bool,
    again: Option<&Again>,
) -> anyhow::Result<()> {
    // With a terminal the plan is shown and the question is asked there.
    let asks = !context.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let confirm = |plan: &Plan| {
        yes || (asks && {
            let shown = plan_view::plan(plan).is_ok();
            let question = dialoguer::Confirm::new().with_prompt("Make these changes?").default(false);
            shown && question.interact().unwrap_or(false)
        })
    };
    let (outcome, plan) = execute(context, record, &PushOrder { dry_run, allowed: None, again, confirm: &confirm })?;
    let done = finish(context, &outcome, plan.as_ref().filter(|_| dry_run), dry_run);
    if outcome.state == RunState::DoneWithErrors && !dry_run && !context.json {
        let name = &record.name;
        output::note(&format!("When that is corrected, try only this again with: scimbox push retry \"{name}\""));
    }
    done
}

fn record_is_verbose(options: OptionArgs) -> bool {
    options.wish().verbose.unwrap_or(false)
}

fn perform_plan(context: &CommandContext, mut record: PushRecord, kept: PlanFile, verbose: bool) -> anyhow::Result<()> {
    record.options.verbose |= verbose;
    let order = PushOrder { dry_run: false, allowed: Some(&kept.plan), again: None, confirm: &|_| true };
    let (outcome, _) = execute(context, &record, &order)?;
    finish(context, &outcome, None, false)
}

fn plan_file(file: &str) -> anyhow::Result<PlanFile> {
    let text = std::fs::read_to_string(file).with_context(|| format!("the plan “{file}” cannot be read"))?;
    let kept: Result<PlanFile, _> = serde_json::from_str(&text);
    let kept =
        kept.map_err(|error| ArgumentError::Usage(format!("“{file}” is no plan of “push plan --out”: {error}")))?;
    if kept.plan.version != VERSION {
        let sentence = format!("“{file}” is a plan of version {}; this program knows {VERSION}.", kept.plan.version);
        return Err(ArgumentError::Usage(sentence).into());
    }
    Ok(kept)
}

/// Runs, and shows how far it is. What keeps the run from beginning is its outcome as well.
fn execute(
    context: &CommandContext,
    record: &PushRecord,
    order: &PushOrder<'_>,
) -> anyhow::Result<(Outcome, Option<Plan>)> {
    let progress = Progress::new(context.json, record.options.verbose);
    let done = push_in_process(&context.store, &context.act, record, order, &progress);
    progress.end();
    match done {
        Ok((_, finished)) => Ok((finished.outcome, finished.plan)),
        Err(error @ (Error::TargetBusy | Error::RunUnderWay(_))) => {
            Ok((Outcome::new(RunState::Failed, Some(error.to_string().into())), None))
        }
        Err(error) => Err(error.into()),
    }
}

/// Prints what a run came to; in a dry run with its plan.
pub(super) fn finish(
    context: &CommandContext,
    outcome: &Outcome,
    plan: Option<&Plan>,
    is_dry: bool,
) -> anyhow::Result<()> {
    if context.json {
        let mut said = serde_json::to_value(outcome)?;
        if let (true, Some(said)) = (is_dry, said.as_object_mut()) {
            said.insert("dry_run".to_owned(), json!(true));
            said.insert("plan".to_owned(), serde_json::to_value(plan)?);
        }
        json_in_english(&said)?;
    } else {
        plan.map_or(Ok(()), plan_view::plan)?;
        plan_view::outcome(outcome, is_dry)?;
    }
    told(context, outcome)
}

/// Prints JSON without how its sentences are said in other languages: the command line speaks English.
pub(super) fn json_in_english(document: &impl Serialize) -> anyhow::Result<()> {
    let mut document = serde_json::to_value(document)?;
    leave_out_said(&mut document);
    output::json(&document)
}

fn leave_out_said(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(leave_out_said),
        Value::Object(object) => {
            object.retain(|name, _| !name.ends_with("_said"));
            object.values_mut().for_each(leave_out_said);
        }
        _ => {}
    }
}

/// Exit code 0 for a run that is done; 1 for any other, with why on stderr.
fn told(context: &CommandContext, outcome: &Outcome) -> anyhow::Result<()> {
    if outcome.state == RunState::Done {
        return Ok(());
    }
    if let (false, Some(reason)) = (context.json, &outcome.reason) {
        output::note(&format!("{}: {reason}", state_words(outcome.state)));
    }
    Err(Told.into())
}

fn state_words(state: RunState) -> &'static str {
    match state {
        RunState::Done => "done",
        RunState::DoneWithErrors => "done with errors",
        RunState::SafeMode => "safe mode",
        RunState::Stopped => "stopped",
        RunState::Failed => "failed",
    }
}
