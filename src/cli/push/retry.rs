//! `push retry`: what the last run of a record could not push, and nothing else.

use super::run::{finish, work};
use crate::cli::{CommandContext, output};
use crate::domain::predicate::Window;
use crate::domain::push_record;
use crate::domain::push_run::{PushRun, RunKind, RunState};
use crate::jobs::push_process::Again;
use crate::jobs::push_run::sweep;
use crate::push::outcome::{self, Outcome};

#[derive(clap::Args)]
pub(in crate::cli) struct RetryArgs {
    /// The record, by name or id.
    #[arg(value_name = "NAME")]
    record: String,
    /// Read everything and print what would be tried again; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Confirm the run, where the record was changed since.
    #[arg(long)]
    yes: bool,
    /// Name each request.
    #[arg(long)]
    verbose: bool,
}

pub(super) fn retry(context: &CommandContext, args: &RetryArgs) -> anyhow::Result<()> {
    sweep(&context.store, None)?;
    let name = args.record.clone();
    let (mut record, runs) = context.read(move |tx| {
        let record = push_record::find(tx, &name)?;
        let window = Window { offset: 0, limit: 100 };
        let (runs, _) = tx.push_runs(Some(record.id), Some(RunKind::Run), window)?;
        Ok((record, runs))
    })?;
    record.options.verbose |= args.verbose;
    // One that was stopped or failed before it came to anything says nothing of what was refused before.
    let has_come_to_something = |run: &&PushRun| run.state == RunState::Done || run.has_refused();
    let last = runs.iter().find(has_come_to_something).filter(|run| run.has_refused());
    match last {
        Some(run) => work(context, &record, args.dry_run, args.yes, Some(&Again::of(run))),
        None => {
            if !context.json {
                output::note(&format!("Nothing was refused in the last run of “{}”.", record.name));
            }
            finish(context, &Outcome::new(outcome::RunState::Done, None), None, false)
        }
    }
}
