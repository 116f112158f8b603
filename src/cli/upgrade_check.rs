//! `upgrade-check`: what this program would do to a data folder, without doing it.

use super::failure::Told;
use super::output;
use crate::store::{self, Glance, OpenError};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a start would come to.
struct Outlook {
    /// `none`, `create`, `upgrade` or `refuse`.
    action: &'static str,
    schema: Option<i64>,
    known: Option<i64>,
    says: String,
}

pub(super) fn run(data_dir: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    let dir = data_dir.unwrap_or_else(super::default_data_dir);
    let served = store::is_served(&dir);
    let Outlook { action, schema, known, says } = outlook(&dir, served);
    let version = env!("CARGO_PKG_VERSION");
    match json {
        true => output::json(&json!({
            "version": version, "action": action, "schema": schema, "known": known, "served": served, "message": says,
        }))?,
        false => output::text(&format!("Scimbox {version}: {says}"))?,
    }
    if action == "refuse" { Err(Told.into()) } else { Ok(()) }
}

fn outlook(dir: &Path, served: bool) -> Outlook {
    let refuse = |says: String| Outlook { action: "refuse", schema: None, known: None, says };
    let found = match store::glance(dir) {
        // The mark says that there was a database.
        Err(OpenError::Missing(_)) if !dir.join("scimbox.mark").exists() => {
            let says = format!("“{}” holds no database; a start makes a new appliance.", dir.display());
            return Outlook { action: "create", schema: None, known: None, says };
        }
        Err(error) => return refuse(error.to_string()),
        Ok(found) => found,
    };
    let Glance { schema, known, wrong } = found;
    let (action, says) = match (wrong, schema.cmp(&known)) {
        (Some(wrong), _) => ("refuse", format!("the database is refused: {wrong}.")),
        (None, std::cmp::Ordering::Greater) => (
            "refuse",
            format!("the database has schema {schema}, and this program knows up to {known}. Install the newer one."),
        ),
        (None, std::cmp::Ordering::Equal) => {
            ("none", format!("the database has schema {schema}, as this program has. Nothing changes."))
        }
        (None, std::cmp::Ordering::Less) => {
            let stop = if served { "Stop the server first. " } else { "" };
            let says = format!(
                "{stop}The next start copies the database and brings it from schema {schema} to {known}. There is no way back but a backup."
            );
            ("upgrade", says)
        }
    };
    Outlook { action, schema: Some(schema), known: Some(known), says }
}
