//! Putting a backup back: checked and tried in a folder of its own first, then put in place in one step. A process that is
//! killed on the way leaves the state of before or the one of after.

use super::open::{Checked, unpack};
use super::sealed::Header;
use super::{BackupError, keep_folder, make_folder, moment};
use crate::domain::event::{Event, EventKind};
use crate::domain::{Act, Error, Tx, audit_chain};
use crate::store::sqlite::checkpoint::{Settled, settle_for_good};
use crate::store::sqlite::file_check::mark_used;
use crate::store::sqlite::files_beside::beside;
use crate::store::{FolderLock, Store, sealing};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What is to be put back, and where.
pub struct RestoreWish<'a> {
    /// The data folder; made when missing.
    pub dir: &'a Path,
    /// The backup.
    pub file: &'a Path,
    /// What it was sealed with.
    pub passphrase: Option<&'a str>,
    /// Whether the key file beside it is put back, too.
    pub with_key: bool,
    /// Random bytes.
    pub chance: [u8; 32],
}

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// What the backup was.
    pub checked: Checked,
    /// The database that was there before, if there was one.
    pub kept: Option<PathBuf>,
}

/// A folder that goes when it is dropped.
struct Rehearsal(PathBuf);

impl Drop for Rehearsal {
    fn drop(&mut self) {
        // What cannot be removed is removed by the next one.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const REHEARSAL: &str = "restore.part";

/// Puts a backup in the place of the database of a data folder that nobody serves.
///
/// # Errors
/// [`BackupError`]. The folder is then as it was.
pub fn restore(wish: &RestoreWish<'_>, act: &Act) -> Result<Restored, BackupError> {
    let dir = wish.dir;
    let _lock = FolderLock::take_without_database(dir)?;
    let database = dir.join("scimbox.db");
    let rehearsal = Rehearsal(dir.join(REHEARSAL));
    let failed = |e| BackupError::File(rehearsal.0.clone(), e);
    match std::fs::remove_dir_all(&rehearsal.0) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
        _ => make_folder(&rehearsal.0)?,
    }
    let new = rehearsal.0.join("scimbox.db");
    let checked = unpack(wish.file, &new, wish.passphrase)?;
    if !checked.problems.is_empty() {
        return Err(BackupError::Bad { file: wish.file.to_owned(), problems: checked.problems });
    }
    rehearse(&rehearsal.0, wish, act)?;
    File::open(&new).and_then(|file| file.sync_all()).map_err(failed)?;
    if wish.with_key
        && let Some(text) = key_text(wish)?
    {
        // Both keys stay, so that the database opens its secrets whichever of the two it is.
        sealing::add_keys(dir, &text)?;
    }
    let kept = put_aside(&database, act)?;
    std::fs::rename(&new, &database).map_err(|e| BackupError::File(database.clone(), e))?;
    keep_folder(dir)?;
    mark_used(&database);
    Ok(Restored { checked, kept })
}

/// Opens the copy as the server would, upgrades it where it is older, and writes into it that it was restored.
fn rehearse(dir: &Path, wish: &RestoreWish<'_>, act: &Act) -> Result<(), BackupError> {
    let lock = FolderLock::take(dir)?;
    let store = Store::open_served(&lock, dir, act.now, wish.chance)?;
    let name = wish.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let told = act.clone();
    let written = store.write_blocking(move |tx: &mut dyn Tx| -> Result<(), Error> {
        tx.set_listen_url(None)?;
        Ok(tx.record(&told, &Event::new(EventKind::BackupRestored).object(name.clone()))?)
    });
    let read = written.and_then(|()| {
        store.read(|tx| {
            tx.root()?;
            tx.admins()?;
            audit_chain::verify(tx, None, u64::MAX)
        })
    });
    store.close();
    drop(store);
    read.map(drop).map_err(BackupError::Rehearsal)?;
    // The last one to close it has brought everything into the file.
    let left = beside(&dir.join("scimbox.db"), "-wal").metadata().map_or(0, |log| log.len());
    if left > 0 { Err(BackupError::InUse(dir.join("scimbox.db"))) } else { Ok(()) }
}

/// Keeps the database that is there under another name as well, and leaves nothing that could be taken for the log of the
/// new one.
fn put_aside(database: &Path, act: &Act) -> Result<Option<PathBuf>, BackupError> {
    let failed = |e| BackupError::File(database.to_owned(), e);
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".before-restore-{}", moment(act.now)));
    let kept = PathBuf::from(name);
    let (log, index) = (beside(database, "-wal"), beside(database, "-shm"));
    let is_there = database.metadata().is_ok_and(|found| found.len() > 0);
    if is_there {
        let log_stays = match settle_for_good(database) {
            Settled::All => false,
            Settled::Failed(fault) => return Err(BackupError::Copy(database.to_owned(), fault)),
            Settled::Busy => return Err(BackupError::InUse(database.to_owned())),
            // What SQLite cannot read it cannot mix up either: the log is kept beside the file.
            Settled::Unreadable => true,
        };
        std::fs::hard_link(database, &kept).map_err(failed)?;
        if log_stays {
            keep_log(&log, &kept)?;
        }
    } else {
        keep_log(&log, &kept)?;
    }
    for path in [log, index] {
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(BackupError::File(path, e)),
            _ => {}
        }
    }
    Ok(is_there.then_some(kept))
}

fn keep_log(log: &Path, kept: &Path) -> Result<(), BackupError> {
    match std::fs::rename(log, beside(kept, "-wal")) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(BackupError::File(log.to_owned(), e)),
        _ => Ok(()),
    }
}

/// The key file beside a backup, opened.
fn key_text(wish: &RestoreWish<'_>) -> Result<Option<Zeroizing<String>>, BackupError> {
    let mut path = wish.file.as_os_str().to_owned();
    path.push(".key");
    let path = PathBuf::from(path);
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::InvalidData => BackupError::Locked(path.clone()),
        ErrorKind::NotFound => BackupError::NoFile(path.clone()),
        _ => BackupError::File(path.clone(), e),
    };
    let read = || -> std::io::Result<Zeroizing<Vec<u8>>> {
        let mut file = File::open(&path)?;
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        match (Header::read(&mut file)?, wish.passphrase) {
            (Some(header), Some(passphrase)) => header.open(passphrase, &mut file, &mut *text)?,
            (Some(_), None) => return Err(ErrorKind::InvalidData.into()),
            (None, _) => *text = std::fs::read(&path)?,
        }
        Ok(text)
    };
    let bytes = read().map_err(failed)?;
    Ok(Some(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())))
}
