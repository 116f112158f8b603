//! `salvage`: what can be read of a damaged database, into a new data folder.

use super::output;
use super::verify::listed;
use crate::{store, world};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The new data folder; it must hold no database.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

pub(super) fn run(data_dir: Option<PathBuf>, json: bool, args: &Args) -> anyhow::Result<()> {
    super::say_warnings(json);
    let dir = data_dir.unwrap_or_else(super::default_data_dir);
    let done = store::salvage(&dir, &args.to, world::now(), world::random()?)?;
    if json {
        let lost: Vec<_> =
            done.lost.iter().map(|one| json!({ "table": one.table, "key": one.key, "why": one.why })).collect();
        return output::json(&json!({
            "to": args.to, "copied": done.copied, "lost": lost, "problems": listed(&done.problems),
        }));
    }
    output::table(["TABLE", "COPIED"], done.copied.iter().map(|(table, rows)| [table.clone(), rows.to_string()]))?;
    match done.lost.is_empty() {
        true => output::text("\nNothing is lost.")?,
        false => {
            output::text("\nLost or mended:")?;
            let rows = done.lost.into_iter().map(|one| [one.table, output::or_dash(one.key), one.why]);
            output::table(["TABLE", "KEY", "WHY"], rows)?;
        }
    }
    if !done.problems.is_empty() {
        output::text("\nWhat verify still finds in the new database:")?;
        output::table(["CHECK", "FOUND"], done.problems.iter().map(|one| [one.check.to_owned(), one.found.clone()]))?;
    }
    output::text(&format!(
        "\nThe new data folder is “{}”. A good backup is better: compare before you use it.",
        args.to.display()
    ))
}
