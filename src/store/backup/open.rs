//! Reading a backup: unpacked beside where it is needed, and checked there, so that what was checked is what is used.

use super::create::Part;
use super::sealed::Header;
use super::trailer::{self, Ending, Trailer, each_block};
use super::{BackupError, moment};
use crate::domain::Time;
use crate::store::sqlite::examine::{examine_file, problem};
use crate::store::sqlite::file_check;
use crate::store::sqlite::files_beside::beside;
use crate::store::sqlite::private_file::private;
use crate::store::{OpenError, Problem};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// What a look at a backup found.
#[derive(Debug)]
pub struct Checked {
    /// How long the file is.
    pub bytes: u64,
    /// The SHA-256 of the whole file in hexadecimal digits.
    pub sha256: String,
    /// The version of its schema, where it could be read.
    pub schema: Option<i64>,
    /// When it was made, if it says so.
    pub created_at: Option<Time>,
    /// What is wrong with it; nothing with a good one.
    pub problems: Vec<Problem>,
}

/// Whether a file is sealed with a passphrase.
pub fn is_sealed(file: &Path) -> bool {
    File::open(file).is_ok_and(|mut file| Header::read(&mut file).is_ok_and(|header| header.is_some()))
}

/// Checks a backup from beginning to end. What is sealed is opened in `dir`, and nothing of it stays there.
///
/// # Errors
/// [`BackupError`] when it cannot be read or opened.
pub fn check(file: &Path, dir: &Path, passphrase: Option<&str>, now: Time) -> Result<Checked, BackupError> {
    let name = format!("scimbox-{}-{}.check.part", moment(now), std::process::id());
    let mut checked = None;
    Part::write(dir.join(name), |to| {
        checked = Some(unpack(file, to, passphrase)?);
        Ok(())
    })?;
    checked.ok_or_else(|| BackupError::NoFile(file.to_owned()))
}

/// Writes the database of a backup to a new file and checks it there.
pub(super) fn unpack(file: &Path, to: &Path, passphrase: Option<&str>) -> Result<Checked, BackupError> {
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => BackupError::NoFile(file.to_owned()),
        _ => BackupError::File(file.to_owned(), e),
    };
    let mut from = File::open(file).map_err(failed)?;
    if !from.metadata().map_err(failed)?.is_file() {
        return Err(BackupError::NoFile(file.to_owned()));
    }
    let header = Header::read(&mut from).map_err(failed)?;
    let refused = |e: std::io::Error| BackupError::File(to.to_owned(), e);
    let mut out = private().create_new(true).open(to).map_err(refused)?;
    let whole = trailer::sum(file).map_err(failed)?;
    let mut problems = Vec::new();
    match &header {
        Some(header) => {
            let Some(passphrase) = passphrase else { return Err(BackupError::Sealed(file.to_owned())) };
            header.open(passphrase, &mut from, &mut out).map_err(|e| match e.kind() {
                ErrorKind::InvalidData => BackupError::Locked(file.to_owned()),
                _ => refused(e),
            })?;
        }
        None => {
            let mut from = File::open(file).map_err(failed)?;
            each_block(&mut from, u64::MAX, &mut |block| out.write_all(block)).map_err(refused)?;
            // A copy by other hands, taken from under a running program.
            if beside(file, "-wal").metadata().is_ok_and(|log| log.len() > 0) {
                problems.push(problem("file", "it has a log of SQLite (-wal) beside it, so it is no finished backup"));
            }
        }
    }
    drop(out);
    let ending = trailer::sum(to).map_err(refused)?.ending;
    let about: Option<Trailer> = match ending {
        Ending::Fits(about) => {
            trailer::remove(to).map_err(refused)?;
            Some(about)
        }
        Ending::Differs => {
            problems
                .push(problem("checksum", "its checksum does not fit: it was changed or damaged after it was written"));
            None
        }
        Ending::Plain => None,
    };
    if problems.is_empty()
        && let Err(error) = file_check::check_whole(to)
    {
        let found = match error {
            OpenError::Damaged { found, .. } => found,
            error => error.to_string(),
        };
        problems.push(problem("file", found));
    }
    let found = examine_file(to);
    if problems.is_empty() {
        problems.extend(found.problems);
    }
    let (bytes, sha256, created_at) = (whole.bytes, whole.sha256, about.map(|about| about.created_at));
    Ok(Checked { bytes, sha256, schema: found.schema, created_at, problems })
}
