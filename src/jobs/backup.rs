//! The thread of backups: makes one when the newest of the schedule is old enough, and removes those that are too many.

use super::Wakeup;
use crate::domain::{Error, Tx, settings};
use crate::store::Store;
use crate::store::backup::{self, BackupError, BackupWish, SCHEDULED};
use crate::world;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long it rests between two looks.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure it is tried again so much later, in milliseconds.
const AGAIN: i64 = 600_000;
const HOUR: i64 = 3_600_000;

/// Where backups of the schedule go.
#[derive(Clone, Default)]
pub struct BackupPlace {
    /// The folder; `None` for the one in the data folder.
    pub folder: Option<PathBuf>,
    /// What they are sealed with.
    pub passphrase: Option<Zeroizing<String>>,
}

/// Works until all is over.
pub(super) fn run(store: &Store, wakeup: &Wakeup, place: &BackupPlace) {
    // A database that several can use is backed up by whoever runs it.
    if store.is_shared() {
        return;
    }
    let mut not_before = 0;
    loop {
        if world::now().0 >= not_before
            && let Err(failure) = work(store, place)
        {
            not_before = world::now().0 + AGAIN;
            tracing::error!(error = %failure, "the backup of the schedule failed; it is tried again in ten minutes");
        }
        if !wakeup.pause(LOOK) {
            return;
        }
    }
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Rule(#[from] Error),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Chance(#[from] std::io::Error),
}

fn work(store: &Store, place: &BackupPlace) -> Result<(), Failure> {
    let (hours, keep) = store.read(|tx: &mut dyn Tx| {
        Ok::<_, Error>((settings::number(tx, "backup_hours")?, settings::number(tx, "backup_keep")?))
    })?;
    if hours == 0 {
        return Ok(());
    }
    let default = store.folder().join(backup::FOLDER);
    let to = place.folder.as_deref().unwrap_or(&default);
    let now = world::now();
    for file in backup::prune(to, usize::try_from(keep).unwrap_or(usize::MAX))? {
        tracing::info!(file = %file.display(), "old backup removed");
    }
    let newest = backup::list(to)?.into_iter().find(|found| found.scheduled);
    // One from the future tells that the clock was set back: it is no reason to wait for years.
    if newest.is_some_and(|found| (0..hours * HOUR).contains(&(now.0 - found.created_at.0))) {
        return Ok(());
    }
    let wish = BackupWish {
        dir: store.folder(),
        to,
        name: SCHEDULED,
        passphrase: place.passphrase.as_deref().map(String::as_str),
        with_key: false,
        now,
        chance: world::random()?,
    };
    let written = backup::create(&wish, &mut |_, _| {})?;
    tracing::info!(file = %written.file.display(), bytes = written.bytes, "backup made and checked");
    Ok(())
}
