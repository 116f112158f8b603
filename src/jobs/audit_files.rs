//! The audit log as files, one for each stretch of time, for programs that collect files.
//!
//! Which events a file holds is in the store before the file is written. One that was not finished is written again and is the same,
//! so each event is in exactly one file, whenever the process is killed.

use super::duties::{Duties, FORWARD, Right};
use super::{JobEnvironment, Wakeup};
use crate::domain::event::EventFilter;
use crate::domain::{Error, Time, Tx, settings};
use crate::store::Store;
use crate::world;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// The folder in the data folder.
pub const FOLDER: &str = "audit";
/// Events that are read at once.
const AT_ONCE: u64 = 500;
/// After a failure it is tried again so much later, in milliseconds.
const AGAIN: i64 = 600_000;
const HOUR: i64 = 3_600_000;

/// How far the files go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// The number of the last event that is in a file.
    written: i64,
    /// That of the last one in the file that is being written.
    planned: i64,
    /// When the latest file was begun.
    at: i64,
}

impl Progress {
    fn kept(tx: &mut dyn Tx) -> Result<Progress, Error> {
        let text = tx.kept(settings::AUDIT_FILED)?.unwrap_or_default();
        let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or_default());
        let mut next = || numbers.next().unwrap_or_default();
        Ok(Progress { written: next(), planned: next(), at: next() })
    }

    fn keep(self, store: &Store, right: &Right) -> Result<(), Error> {
        let (text, right) = (format!("{} {} {}", self.written, self.planned, self.at), right.clone());
        store.write_blocking(move |tx: &mut dyn Tx| {
            right.check(tx)?;
            Ok::<_, Error>(tx.keep(settings::AUDIT_FILED, Some(&text))?)
        })
    }
}

/// When the oldest event happened that still has to come into a file.
pub(super) fn oldest_unwritten(tx: &mut dyn Tx) -> Result<Option<Time>, Error> {
    if settings::number(tx, "audit_file_hours")? == 0 {
        return Ok(None);
    }
    let written = Progress::kept(tx)?.written;
    Ok(tx.events_after(written, 1)?.first().map(|event| event.at))
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Rule(#[from] Error),
    #[error("{0}: {1}")]
    File(String, io::Error),
}

/// Writes files when they are due.
#[derive(Default)]
pub(super) struct AuditFiles {
    not_before: i64,
}

impl AuditFiles {
    /// Writes the file that is due, if one is.
    pub(super) fn work(&mut self, store: &Store, wakeup: &Wakeup, around: &JobEnvironment, duties: &Duties) {
        if world::now().0 < self.not_before || wakeup.is_over() {
            return;
        }
        self.not_before = 0;
        if let Err(failure) = write(store, around, duties) {
            self.not_before = world::now().0 + AGAIN;
            tracing::error!(error = %failure, "the audit log could not be written to a file; it is tried again in ten minutes");
        }
    }
}

fn write(store: &Store, around: &JobEnvironment, duties: &Duties) -> Result<(), Failure> {
    let Some(right) = duties.right(FORWARD) else { return Ok(()) };
    let now = world::now().0;
    let (hours, mut progress) = store
        .read(|tx: &mut dyn Tx| Ok::<_, Error>((settings::number(tx, "audit_file_hours")?, Progress::kept(tx)?)))?;
    if progress.planned <= progress.written {
        // One from the future tells that the clock was set back: it is no reason to wait for years.
        if hours == 0 || (0..hours * HOUR).contains(&(now - progress.at)) {
            return Ok(());
        }
        let newest = store.read(|tx: &mut dyn Tx| Ok::<_, Error>(tx.events(&EventFilter::default(), None, 1)?))?;
        let Some(newest) = newest.first().map(|event| event.id).filter(|id| *id > progress.written) else {
            return Ok(());
        };
        progress = Progress { planned: newest, at: now, ..progress };
        progress.keep(store, &right)?;
    }
    let default = store.folder().join(FOLDER);
    let folder = around.audit_folder.as_deref().unwrap_or(&default);
    let name = format!("audit-{:012}-{:012}.ndjson", progress.written + 1, progress.planned);
    let failed = |error| Failure::File(folder.join(&name).display().to_string(), error);
    let part = folder.join(format!("{name}.part"));
    let file = begin(folder, &part).map_err(failed)?;
    fill(store, around, progress, file, &failed)?;
    fs::rename(&part, folder.join(&name)).and_then(|()| File::open(folder)?.sync_all()).map_err(failed)?;
    Progress { written: progress.planned, ..progress }.keep(store, &right)?;
    tracing::info!(file = %folder.join(&name).display(), "audit log written to a file");
    Ok(())
}

fn begin(folder: &Path, part: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // What is left of one that was not finished may be anything.
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)
}

fn fill(
    store: &Store,
    around: &JobEnvironment,
    progress: Progress,
    mut file: File,
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let mut behind = progress.written;
    while behind < progress.planned {
        let event_lines = Arc::clone(&around.event_lines);
        let (last, lines) = store.read(move |tx: &mut dyn Tx| {
            let mut events = tx.events_after(behind, AT_ONCE)?;
            events.retain(|event| event.id <= progress.planned);
            let lines = event_lines(tx, &events)?;
            Ok::<_, Error>((events.last().map(|event| event.id), lines))
        })?;
        let Some(last) = last else { break };
        behind = last;
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        file.write_all(text.as_bytes()).map_err(failed)?;
    }
    file.sync_all().map_err(failed)
}
