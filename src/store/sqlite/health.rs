//! Health: what the last commits came to, and whether the files are still those that were opened.

use super::files_beside::beside;
use crate::domain::Fault;
use parking_lot::Mutex;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A file by its device and number, whatever it is called.
type Identity = (u64, u64);

/// The health of one open database.
pub(in crate::store) struct Health {
    file: PathBuf,
    /// The database, its log and the index of its log.
    files: Vec<(PathBuf, Identity)>,
    last_commit: Mutex<Option<(Instant, Option<Fault>)>>,
}

impl Health {
    /// Of a database that is open by now.
    pub(super) fn of(file: &Path) -> Health {
        let all = [file.to_owned(), beside(file, "-wal"), beside(file, "-shm")];
        let files = all.into_iter().filter_map(|path| identity(&path).map(|found| (path, found))).collect();
        Health { file: file.to_owned(), files, last_commit: Mutex::new(None) }
    }

    /// The database file.
    pub(in crate::store) fn file(&self) -> &Path {
        &self.file
    }

    /// [`Fault::Moved`] once a file was deleted or another one put in its place: what is written then goes to a file
    /// without a name, and is lost with the process.
    pub(super) fn moved(&self) -> Result<(), Fault> {
        let here = self.files.iter().all(|(path, opened)| identity(path) == Some(*opened));
        if here { Ok(()) } else { Err(Fault::Moved) }
    }

    /// Notes what a commit came to that had something to write.
    pub(super) fn note(&self, fault: Option<Fault>) {
        *self.last_commit.lock() = Some((Instant::now(), fault));
    }

    /// What keeps the store from writing, as far as is known without writing.
    pub(in crate::store) fn problem(&self) -> Option<Fault> {
        let last = || self.last_commit.lock().clone();
        self.moved().err().or_else(|| last().and_then(|(_, fault)| fault))
    }

    /// Whether the last commit tells what the next one will come to: it was a moment ago.
    pub(in crate::store) fn is_fresh(&self) -> bool {
        let last = self.last_commit.lock();
        last.as_ref().is_some_and(|(at, _)| at.elapsed() < Duration::from_secs(1))
    }
}

fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}
