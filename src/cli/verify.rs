//! `verify`: whether the database is whole.

use super::failure::Told;
use super::output;
use crate::store::{self, Problem};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(super) fn run(data_dir: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    super::say_warnings(json);
    let dir = data_dir.unwrap_or_else(super::default_data_dir);
    let problems = store::verify(&dir)?;
    match json {
        true => output::json(&json!({ "ok": problems.is_empty(), "problems": listed(&problems) }))?,
        false if problems.is_empty() => output::text("The database is whole.")?,
        false => {
            output::table(["CHECK", "FOUND"], problems.iter().map(|one| [one.check.to_owned(), one.found.clone()]))?
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Told.into()) }
}

/// Problems as JSON.
pub(super) fn listed(problems: &[Problem]) -> Vec<Value> {
    problems.iter().map(|problem| json!({ "check": problem.check, "found": problem.found })).collect()
}
