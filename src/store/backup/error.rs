//! Why a backup cannot be made or put back.

use crate::domain::{Error, Fault};
use crate::store::{OpenError, Problem, SealError};
use std::path::PathBuf;

/// Why a backup cannot be made, checked or put back. What was there before is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to make a backup of.
    #[error("There is no database “{}” to make a backup of. Name the data folder with --data-dir.", .0.display())]
    NoDatabase(PathBuf),
    /// There is no such file.
    #[error("There is no file “{}”.", .0.display())]
    NoFile(PathBuf),
    /// A file cannot be read or written.
    #[error("“{}” cannot be used: {}. Check that it exists, that there is room, and that you may read and write there.", .0.display(), .1)]
    File(PathBuf, std::io::Error),
    /// Never over a file that is there.
    #[error("“{}” exists already. Nothing was written.", .0.display())]
    Exists(PathBuf),
    /// It has problems.
    #[error("“{}” is not used: {}.", .file.display(), .problems.first().map_or("it cannot be read", |problem| &problem.found))]
    Bad {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
    /// It needs a passphrase.
    #[error("“{}” is sealed with a passphrase. Give it with --passphrase-file FILE.", .0.display())]
    Sealed(PathBuf),
    /// The passphrase is another, or the file was changed.
    #[error("“{}” does not open with this passphrase, or it was changed.", .0.display())]
    Locked(PathBuf),
    /// The data folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Another process has the database open.
    #[error("Another process uses the database “{}”. End it and try again.", .0.display())]
    InUse(PathBuf),
    /// The key file of secrets cannot be used.
    #[error(transparent)]
    Key(#[from] SealError),
    /// The rehearsal failed.
    #[error("The backup was tried and did not work: {0} Nothing was restored.")]
    Rehearsal(Error),
    /// Anything else about the database.
    #[error("The database “{}” could not be copied: {}", .0.display(), .1)]
    Copy(PathBuf, Fault),
}

impl BackupError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            BackupError::NoDatabase(_) => "DATABASE_MISSING",
            BackupError::NoFile(_) => "NOT_FOUND",
            BackupError::File(..) => "FILE_UNUSABLE",
            BackupError::Exists(_) => "FILE_EXISTS",
            BackupError::Bad { .. } => "BACKUP_BAD",
            BackupError::Sealed(_) => "PASSPHRASE_REQUIRED",
            BackupError::Locked(_) => "PASSPHRASE_WRONG",
            BackupError::Open(error) => error.code(),
            BackupError::InUse(_) => "DATABASE_IN_USE",
            BackupError::Key(_) => "SECRETS_LOCKED",
            BackupError::Rehearsal(_) => "REHEARSAL_FAILED",
            BackupError::Copy(_, fault) => fault.code(),
        }
    }
}
