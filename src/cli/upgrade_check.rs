//! `upgrade-check`: what this program would do to a data folder, without doing it.

use super::failure::Told;
use super::output;
use super::store_args::StoreArgs;
use crate::store::{self, DatabaseAddress, Glance, OpenError};
use serde_json::json;
use std::path::Path;

/// What a start would come to.
struct Outlook {
    /// `none`, `create`, `upgrade` or `refuse`.
    action: &'static str,
    schema: Option<i64>,
    known: Option<i64>,
    says: String,
}

pub(super) fn run(place: &StoreArgs, json: bool) -> anyhow::Result<()> {
    let dir = place.dir();
    let served = store::is_served(&dir);
    let Outlook { action, schema, known, says } = match place.database()? {
        Some(address) => of_database(&address),
        None => outlook(&dir, served),
    };
    let version = env!("CARGO_PKG_VERSION");
    match json {
        true => output::json(&json!({
            "version": version, "action": action, "schema": schema, "known": known, "served": served, "message": says,
        }))?,
        false => output::text(&format!("Scimbox {version}: {says}"))?,
    }
    if action == "refuse" { Err(Told.into()) } else { Ok(()) }
}

/// The same for a database.
fn of_database(address: &DatabaseAddress) -> Outlook {
    let (action, schema, known, says) = match store::glance_at(address) {
        Err(error) => ("refuse", None, None, error.to_string()),
        Ok((None, known)) => {
            ("create", None, Some(known), "the database is empty; a start makes a new appliance.".to_owned())
        }
        Ok((Some(schema), known)) if schema == known => {
            let says = format!("the database has schema {schema}, as this program has. Nothing changes.");
            ("none", Some(schema), Some(known), says)
        }
        Ok((Some(schema), known)) => {
            let says = format!(
                "The next start brings the database from schema {schema} to {known}. Stop all instances first, and back it up: \
                 there is no other way back."
            );
            ("upgrade", Some(schema), Some(known), says)
        }
    };
    Outlook { action, schema, known, says }
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
