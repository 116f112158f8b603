//! `push record check`: whether source and target can be worked with, step by step.

use super::progress::Progress;
use super::run::json_in_english;
use crate::cli::failure::Told;
use crate::cli::{CommandContext, output};
use crate::domain::push_record;
use crate::jobs::push_run::check_in_process;

pub(super) fn run(context: &CommandContext, record: &str) -> anyhow::Result<()> {
    let name = record.to_owned();
    let record = context.read(move |tx| push_record::find(tx, &name))?;
    let mut printed = Ok(());
    let watch = Progress::new(true, false);
    let steps = check_in_process(&context.store, &context.act, &record, &watch, &mut |step| {
        if !context.json && printed.is_ok() {
            let verdict = if step.ok { "ok" } else { "failed" };
            let advice = step.advice.as_ref().map(|advice| format!("\n        {advice}")).unwrap_or_default();
            printed = output::text(&format!("{verdict:<7} {:<10} {}{advice}", step.step, step.found));
        }
    });
    watch.end();
    printed?;
    let steps = steps?;
    if context.json {
        json_in_english(&steps)?;
    }
    let passed = !steps.is_empty() && steps.iter().all(|step| step.ok);
    if passed { Ok(()) } else { Err(Told.into()) }
}
