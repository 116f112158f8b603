//! The backups of a folder, and which of them the schedule removes.

use super::sealed::Header;
use super::trailer::{self, Trailer};
use super::{ASKED, BackupError, SCHEDULED, keep_folder};
use crate::domain::Time;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A backup as its folder and its own lines tell of it; whether it is good is not known.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is.
    pub file: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// When it was made.
    pub created_at: Time,
    /// The version of its schema.
    pub schema: i64,
    /// Whether it needs a passphrase.
    pub sealed: bool,
    /// Whether the schedule made it.
    pub scheduled: bool,
    /// Whether the key file of secrets is beside it.
    pub with_key: bool,
}

/// The backups of a folder, newest first. A folder that is not there has none.
///
/// # Errors
/// [`BackupError::File`] when it cannot be read.
pub fn list(dir: &Path) -> Result<Vec<Found>, BackupError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(BackupError::File(dir.to_owned(), e)),
    };
    let mut found: Vec<Found> = entries.flatten().filter_map(|entry| look(&entry.path())).collect();
    found.sort_by(|a, b| (b.created_at, &b.file).cmp(&(a.created_at, &a.file)));
    Ok(found)
}

/// One backup; `None` for any other file.
fn look(path: &Path) -> Option<Found> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let sealed = name.ends_with(".db.sealed");
    let begins = |with: &str| name.strip_prefix(with).is_some_and(|rest| rest.starts_with('-'));
    if !(sealed || name.ends_with(".db")) || !(begins(ASKED) || begins(SCHEDULED)) {
        return None;
    }
    let about: Trailer = match sealed {
        true => Header::read(&mut File::open(path).ok()?).ok()??.about,
        false => trailer::glance(path).ok()??,
    };
    let mut key = path.as_os_str().to_owned();
    key.push(".key");
    Some(Found {
        file: path.to_owned(),
        bytes: path.metadata().ok()?.len(),
        created_at: about.created_at,
        schema: about.schema,
        sealed,
        scheduled: begins(SCHEDULED),
        with_key: Path::new(&key).exists(),
    })
}

/// Removes a backup, with the key file beside it.
///
/// # Errors
/// [`BackupError::File`].
pub fn delete(found: &Found) -> Result<(), BackupError> {
    let failed = |path: &Path, e| BackupError::File(path.to_owned(), e);
    let mut key = found.file.as_os_str().to_owned();
    key.push(".key");
    match std::fs::remove_file(&key) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(Path::new(&key), e)),
        _ => {}
    }
    std::fs::remove_file(&found.file).map_err(|e| failed(&found.file, e))?;
    keep_folder(found.file.parent().unwrap_or(Path::new(".")))
}

/// Removes the oldest backups of the schedule, but for so many; which.
///
/// # Errors
/// [`BackupError::File`].
pub fn prune(dir: &Path, keep: usize) -> Result<Vec<PathBuf>, BackupError> {
    let of_schedule = list(dir)?.into_iter().filter(|found| found.scheduled);
    let old: Vec<Found> = of_schedule.skip(keep.max(1)).collect();
    old.iter().try_for_each(delete)?;
    Ok(old.into_iter().map(|found| found.file).collect())
}
