//! `migrate-store`: everything from one store to another, with proof.

use super::failure::Told;
use super::store_args::StoreArgs;
use super::{ArgumentError, output};
use crate::domain::audit_chain::{self, Verdict};
use crate::store::Store;
use crate::store::moving::{self, MoveEnd, Moved};
use crate::world;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    /// What is moved: sqlite:DIR, a data folder, or postgres:URL, a database. It does not change, and nobody may serve it.
    #[arg(long, value_name = "STORE", value_parser = end)]
    from: Named,
    /// Where it goes, of the other kind: a folder without a database, or an empty database.
    #[arg(long, value_name = "STORE", value_parser = end)]
    to: Named,
    /// Only count what would be moved.
    #[arg(long)]
    dry_run: bool,
}

/// A store as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Folder(PathBuf),
    Postgres(String),
}

fn named(place: &StoreArgs, end: &Named) -> anyhow::Result<MoveEnd> {
    Ok(match end {
        Named::Folder(dir) => MoveEnd::Folder(dir.clone()),
        Named::Postgres(url) => MoveEnd::Postgres(Box::new(place.address(url)?)),
    })
}

fn end(text: &str) -> Result<Named, String> {
    if let Some(dir) = text.strip_prefix("sqlite:").filter(|dir| !dir.is_empty()) {
        return Ok(Named::Folder(dir.into()));
    }
    let url = match text.strip_prefix("postgres:") {
        Some(rest) if rest.starts_with("//") => Some(text),
        Some(rest) => Some(rest),
        None => None,
    };
    match url.filter(|url| url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        Some(url) => Ok(Named::Postgres(url.to_owned())),
        None => Err("a store is sqlite:DIR or postgres:URL".to_owned()),
    }
}

pub(super) fn run(place: &StoreArgs, json: bool, args: &Args) -> anyhow::Result<()> {
    super::say_warnings(json);
    if std::mem::discriminant(&args.from) == std::mem::discriminant(&args.to) {
        return Err(ArgumentError::Usage(moving::MoveError::Same.to_string()).into());
    }
    let (from, to) = (named(place, &args.from)?, named(place, &args.to)?);
    if args.dry_run {
        let found = moving::look(&from)?;
        return report(json, &found, None, false);
    }
    let mut shown = std::time::Instant::now();
    let mut progress = |noun: &'static str, rows: u64| {
        if !json && shown.elapsed().as_secs() >= 1 {
            shown = std::time::Instant::now();
            output::note(&format!("{noun}: {rows} rows copied"));
        }
    };
    let moved = moving::run(&from, &to, &mut progress)?;
    let chains = if moved.is_equal() { Some(verified(&to)?) } else { None };
    report(json, &moved, chains.as_ref(), true)?;
    let good = chains.is_some_and(|verdict| verdict.broken_at.is_none());
    if good { Ok(()) } else { Err(Told.into()) }
}

/// Follows every chain of the audit log at the target.
fn verified(target: &MoveEnd) -> anyhow::Result<Verdict> {
    let store = match target {
        MoveEnd::Folder(dir) => Store::open(dir, world::now(), world::random()?)?,
        // Nothing is sealed here, so the folder does not matter.
        MoveEnd::Postgres(address) => Store::open_on(address, Path::new("."), world::random()?)?.0,
    };
    let verdict = store.read(|tx| audit_chain::verify(tx, None, u64::MAX));
    store.close();
    Ok(verdict?.0)
}

fn report(json: bool, moved: &Moved, chains: Option<&Verdict>, ran: bool) -> anyhow::Result<()> {
    let whole = chains.is_some_and(|verdict| verdict.broken_at.is_none());
    let equal = ran && moved.is_equal() && whole;
    if json {
        let nouns: Map<String, Value> = moved
            .nouns
            .iter()
            .map(|(name, noun)| {
                let hash = HEXLOWER.encode(&noun.hash);
                let told = json!({
                    "rows": noun.rows, "there": noun.there, "copied": noun.copied, "equal": noun.equal, "hash": hash,
                });
                ((*name).to_owned(), told)
            })
            .collect();
        let chains = chains.map(|verdict| {
            let head = HEXLOWER.encode(&verdict.head);
            json!({ "ok": verdict.broken_at.is_none(), "checked": verdict.checked, "head": head })
        });
        let proof = json!({ "equal": equal, "audit": chains });
        return output::json(&json!({ "done": equal, "nouns": nouns, "proof": proof }));
    }
    let rows = moved.nouns.iter().map(|(name, noun)| {
        let equal = if !ran {
            "-"
        } else if noun.equal {
            "yes"
        } else {
            "NO"
        };
        [(*name).to_owned(), noun.rows.to_string(), noun.there.to_string(), noun.copied.to_string(), equal.to_owned()]
    });
    output::table(["NOUN", "SOURCE", "TARGET", "COPIED", "EQUAL"], rows)?;
    output::text(match (ran, equal) {
        (false, _) => "\nNothing was moved.",
        (true, true) => "\nBoth hold the same, and every chain of the audit log is whole at the target.",
        (true, false) => {
            "\nThe two do NOT hold the same, so the target is not served. Stop whatever writes to either and move again."
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_folder_or_an_address() {
        let url = "postgres://scimbox@db.acme.test/scimbox";
        assert_eq!(end("sqlite:/srv/data"), Ok(Named::Folder("/srv/data".into())));
        assert_eq!(end(&format!("postgres:{url}")), Ok(Named::Postgres(url.to_owned())));
        assert_eq!(end(url), Ok(Named::Postgres(url.to_owned())));
        for wrong in ["/srv/data", "sqlite:", "postgres:", "postgres:db", "mysql://x"] {
            assert!(end(wrong).is_err(), "{wrong}");
        }
    }
}
