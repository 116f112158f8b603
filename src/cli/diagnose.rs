//! Diagnostics for the console: what `doctor` and `support-report` print. They run as programs of their own, because a process that
//! opens and closes the file of the database a second time loses the locks that it has on it.

use super::store_args::StoreArgs;
use crate::api::diagnostics::Diagnostics;
use serde::Deserialize;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs both on the store that is served from `dir`, with the backups in `backups`.
///
/// # Errors
/// When one cannot be run, or says nothing that can be read.
pub(super) fn diagnose(place: &StoreArgs, dir: &Path, backups: &Path) -> io::Result<Diagnostics> {
    #[derive(Deserialize)]
    struct Report {
        ok: bool,
        checks: Vec<crate::api::diagnostics::DiagnosticCheck>,
    }
    let said = |command: &str| {
        // The program that runs, also after a newer one has taken its place.
        let mut program = Command::new("/proc/self/exe");
        program.args(["--json", command]).env("SCIMBOX_DATA_DIR", dir).env("SCIMBOX_BACKUP_DIR", backups);
        program.envs(place.variables());
        let output = program.stdin(Stdio::null()).output()?;
        match output.stdout.is_empty() {
            true => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
            false => String::from_utf8(output.stdout).map_err(io::Error::other),
        }
    };
    let Report { ok, checks } = serde_json::from_str(&said("doctor")?)?;
    let support_report = said("support-report")?;
    Ok(Diagnostics { ok, checks, support_report })
}
