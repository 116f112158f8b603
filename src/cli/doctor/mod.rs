//! `doctor`: one look after the other at what the appliance needs, each with what was found and what to do about it.

mod certificate;
mod folder;
mod forwarded;
mod reach;
mod self_test;
mod way;

pub(super) use self_test::self_test;

use super::failure::Told;
use super::output;
use super::store_args::StoreArgs;
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The address that identity providers use, such as https://scim.example.com; also with the path of a SCIM endpoint.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The file with a token of a connection, to read from its SCIM endpoint; “-” for stdin. Needs the whole SCIM URL.
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,
    /// Certificates to trust instead of the system's, PEM.
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
    /// The folder of backups; without it “backups” in the data folder.
    #[arg(long, env = "SCIMBOX_BACKUP_DIR", value_name = "DIR")]
    backup_dir: Option<PathBuf>,
}

/// One look.
#[derive(Serialize)]
struct Check {
    /// What was looked at.
    name: &'static str,
    ok: bool,
    /// What was found.
    result: String,
    /// What to do about it; null when nothing has to be done.
    remedy: Option<String>,
}

impl Check {
    fn good(name: &'static str, result: impl Into<String>) -> Check {
        Check { name, ok: true, result: result.into(), remedy: None }
    }

    fn bad(name: &'static str, result: impl Into<String>, remedy: impl Into<String>) -> Check {
        Check { name, ok: false, result: result.into(), remedy: Some(remedy.into()) }
    }

    /// With an advice that is no must.
    fn advises(self, remedy: impl Into<String>) -> Check {
        Check { remedy: Some(remedy.into()), ..self }
    }
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

pub(super) fn run(place: &StoreArgs, json: bool, args: &Args) -> anyhow::Result<()> {
    super::say_warnings(json);
    let dir = place.dir();
    let mut checks = Vec::new();
    if let Some(address) = place.database()? {
        folder::look_beside(&dir, &address, &mut checks);
    }
    // Whoever looks at another machine has no data folder here.
    else if place.data_dir.is_some() || dir.exists() || args.url.is_none() {
        folder::look(&dir, args.backup_dir.as_deref(), &mut checks);
    }
    if let Some(url) = &args.url {
        way::look(url, args, &mut checks)?;
    }
    let report = Report { ok: checks.iter().all(|check| check.ok), checks };
    if json {
        output::json(&report)?;
    } else {
        for check in &report.checks {
            let verdict = if check.ok { "ok" } else { "FAILED" };
            let remedy = check.remedy.as_ref().map(|remedy| format!("\n{:22}→ {remedy}", "")).unwrap_or_default();
            output::text(&format!("{verdict:<7} {:<13} {}{remedy}", check.name, check.result))?;
        }
    }
    if report.ok { Ok(()) } else { Err(Told.into()) }
}
