//! `push`: SCIM push and its records.

mod check;
mod history;
mod option_args;
mod plan_view;
mod progress;
mod record;
mod record_args;
mod record_view;
mod retry;
mod run;
mod secrets;

use super::CommandContext;
pub(super) use run::{ScimPush, scim_push};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Records: named settings, where people come from and where they go.
    #[command(subcommand)]
    Record(record::Command),
    /// Run a record: read its source, compare, and write what differs.
    Run(run::RunArgs),
    /// Try again what the last run of a record could not push, and nothing else.
    Retry(retry::RetryArgs),
    /// Make the plan of a record and keep it in a file; writes nothing else.
    Plan(run::PlanArgs),
    /// Carry out a plan that was kept, whatever the guards say of it; refused if source or target has moved since.
    Apply(run::ApplyArgs),
    /// Say why a person is in or out, through which groups, and what a run would do to them.
    Explain(run::ExplainArgs),
    /// The runs of a record, newest first, and what they came to.
    History(history::HistoryArgs),
    /// Print what a run has told.
    Log(history::LogArgs),
    /// Ask a run to end before its next request.
    Cancel(history::CancelArgs),
    /// Let a record run by itself, while the server runs.
    Schedule(history::ScheduleArgs),
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Record(command) => record::run(context, command),
        Command::Run(args) => run::run(context, args),
        Command::Retry(args) => retry::retry(context, &args),
        Command::Plan(args) => run::plan(context, args),
        Command::Apply(args) => run::apply(context, args),
        Command::Explain(args) => run::explain(context, &args),
        Command::History(args) => history::history(context, &args),
        Command::Log(args) => history::log(context, &args),
        Command::Cancel(args) => history::cancel(context, &args),
        Command::Schedule(args) => history::schedule(context, args),
    }
}
