//! Making a backup: a copy of one moment under another name, checked, then given its name in one step.

use super::sealed::Header;
use super::trailer::{self, Ending, Trailer};
use super::{BackupError, keep_folder, make_folder, moment};
use crate::domain::Time;
use crate::store::sealing;
use crate::store::sqlite::examine::{examine_file, problem};
use crate::store::sqlite::online_copy;
use crate::store::sqlite::private_file::private;
use data_encoding::HEXLOWER;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What backup is wanted.
pub struct BackupWish<'a> {
    /// The data folder.
    pub dir: &'a Path,
    /// The folder it goes to; made when missing.
    pub to: &'a Path,
    /// How its name begins.
    pub name: &'a str,
    /// What it is sealed with.
    pub passphrase: Option<&'a str>,
    /// Whether the key file of secrets goes with it.
    pub with_key: bool,
    /// The moment of the wish.
    pub now: Time,
    /// Random bytes.
    pub chance: [u8; 32],
}

/// A backup that was written and checked.
#[derive(Debug)]
pub struct Written {
    /// Where it is.
    pub file: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of the whole file in hexadecimal digits.
    pub sha256: String,
    /// The version of its schema.
    pub schema: i64,
    /// When it was made.
    pub created_at: Time,
    /// The key file beside it, if that was wanted and there is one.
    pub key_file: Option<PathBuf>,
}

/// A file that is not finished: locked while somebody works on it, removed when it is dropped.
pub(super) struct Part {
    pub(super) path: PathBuf,
    _lock: Option<File>,
}

impl Drop for Part {
    fn drop(&mut self) {
        // Once it has its name there is nothing to remove.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Part {
    /// Writes a file of that name by `work`.
    pub(super) fn write(
        path: PathBuf,
        work: impl FnOnce(&Path) -> Result<(), BackupError>,
    ) -> Result<Part, BackupError> {
        let mut part = Part { path, _lock: None };
        work(&part.path)?;
        part._lock = File::open(&part.path).ok().filter(|file| file.try_lock_shared().is_ok());
        Ok(part)
    }

    /// Gives it its name, which no file has.
    pub(super) fn name(self, path: &Path) -> Result<(), BackupError> {
        let failed = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
            _ => BackupError::File(path.to_owned(), e),
        };
        match renameat_with(CWD, &self.path, CWD, path, RenameFlags::NOREPLACE) {
            // Not every file system knows this.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) if !path.exists() => {
                std::fs::rename(&self.path, path).map_err(failed)
            }
            done => done.map_err(|e| failed(e.into())),
        }
    }
}

/// Makes a backup beside whoever writes the database; `told` hears of pages copied and pages in all. Every write that was
/// answered before the call is in it.
///
/// # Errors
/// [`BackupError`]. No file is left then.
pub fn create(wish: &BackupWish<'_>, told: &mut dyn FnMut(u64, u64)) -> Result<Written, BackupError> {
    let database = wish.dir.join("scimbox.db");
    if database.metadata().map_or(0, |found| found.len()) == 0 {
        return Err(BackupError::NoDatabase(database));
    }
    make_folder(wish.to)?;
    let moment = moment(wish.now);
    let suffix = if wish.passphrase.is_some() { "db.sealed" } else { "db" };
    let file = wish.to.join(format!("{}-{moment}.{suffix}", wish.name));
    if file.exists() {
        return Err(BackupError::Exists(file));
    }
    // What is not sealed leaves the data folder only where it may.
    let work = if wish.passphrase.is_some() { wish.dir } else { wish.to };
    sweep(work);
    sweep(wish.to);
    let chance = HEXLOWER.encode(wish.chance.get(28..).unwrap_or_default());
    let part = |dir: &Path, kind: &str| dir.join(format!("scimbox-{moment}-{chance}.{kind}.part"));
    let copy = Part::write(part(work, "copy"), |path| {
        online_copy::copy(&database, path, told).map_err(|fault| BackupError::Copy(database.clone(), fault))
    })?;
    let found = examine_file(&copy.path);
    let Some(schema) = found.schema.filter(|_| found.problems.is_empty()) else {
        return Err(BackupError::Bad { file: database, problems: found.problems });
    };
    let about = Trailer { created_at: wish.now, schema };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |e| BackupError::File(path, e)
    };
    trailer::append(&copy.path, &about).map_err(failed(&copy.path))?;
    let plain = trailer::sum(&copy.path).map_err(failed(&copy.path))?;
    if plain.ending != Ending::Fits(about.clone()) {
        let problems = vec![problem("checksum", "what was written is not what can be read")];
        return Err(BackupError::Bad { file: copy.path.clone(), problems });
    }
    let done = match wish.passphrase {
        None => copy,
        Some(passphrase) => {
            let sealed = Part::write(part(wish.to, "sealed"), |path| {
                seal(&copy.path, path, passphrase, about.clone(), wish.chance).map_err(failed(path))
            })?;
            if reopened(&sealed.path, passphrase).map_err(failed(&sealed.path))? != plain.sha256 {
                let problems = vec![problem("checksum", "what was sealed does not open to what it was")];
                return Err(BackupError::Bad { file: sealed.path.clone(), problems });
            }
            sealed
        }
    };
    let whole = if wish.passphrase.is_some() { trailer::sum(&done.path).map_err(failed(&done.path))? } else { plain };
    let key_file = if wish.with_key { copy_key(wish, &file, part(wish.to, "key"))? } else { None };
    done.name(&file)?;
    keep_folder(wish.to)?;
    let (bytes, sha256) = (whole.bytes, whole.sha256);
    Ok(Written { file, bytes, sha256, schema, created_at: wish.now, key_file })
}

/// Puts the key file beside a backup, sealed as the backup is.
fn copy_key(wish: &BackupWish<'_>, file: &Path, part: PathBuf) -> Result<Option<PathBuf>, BackupError> {
    let Some(text) = sealing::key_text(wish.dir)? else { return Ok(None) };
    let mut path = file.as_os_str().to_owned();
    path.push(".key");
    let path = PathBuf::from(path);
    let written = Part::write(part, |to| {
        let write = || {
            let mut out = private().create_new(true).open(to)?;
            match wish.passphrase {
                None => out.write_all(text.as_bytes())?,
                Some(passphrase) => {
                    // Another salt and other nonces than those of the backup.
                    let chance = Sha256::new().chain_update(b"key file").chain_update(wish.chance).finalize();
                    let about = Trailer { created_at: wish.now, schema: 0 };
                    Header::new(about, chance.into()).seal(passphrase, &mut text.as_bytes(), &mut out)?;
                }
            }
            out.sync_all()
        };
        write().map_err(|e| BackupError::File(to.to_owned(), e))
    })?;
    written.name(&path)?;
    Ok(Some(path))
}

fn seal(from: &Path, to: &Path, passphrase: &str, about: Trailer, chance: [u8; 32]) -> std::io::Result<()> {
    let mut out = private().create_new(true).open(to)?;
    Header::new(about, chance).seal(passphrase, &mut File::open(from)?, &mut out)?;
    out.sync_all()
}

/// The SHA-256 of what a sealed file opens to.
fn reopened(path: &Path, passphrase: &str) -> std::io::Result<String> {
    struct Sum(Sha256);
    impl Write for Sum {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (mut file, mut sum) = (File::open(path)?, Sum(Sha256::new()));
    let header = Header::read(&mut file)?.ok_or(std::io::ErrorKind::InvalidData)?;
    header.open(passphrase, &mut file, &mut sum)?;
    Ok(HEXLOWER.encode(&sum.0.finalize()))
}

/// Removes what killed processes left unfinished: who still works on a file has it locked or has made it within the hour.
fn sweep(dir: &Path) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let ours = name.starts_with("scimbox-") && name.ends_with(".part");
        let old = entry
            .metadata()
            .and_then(|found| found.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > std::time::Duration::from_secs(3600)));
        if ours && old && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(&path);
        }
    }
}
