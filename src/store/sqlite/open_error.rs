//! Why a data folder cannot be opened.

use super::files_beside::{in_log, newest};
use crate::domain::Fault;
use crate::store::postgres::DatabaseError;
use std::path::PathBuf;

/// Why a data folder cannot be opened, for the one who starts the program. Nothing in it has changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be made, entered or written.
    #[error("The data folder “{}” cannot be used. Check that it exists, is writable and belongs to you", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// Others may write to it.
    #[error("Others on this machine may write to “{}”. Look at what is in it, take that right away with “chmod go-w” and start again.", .0.display())]
    Open(PathBuf),
    /// It belongs to somebody else.
    #[error("“{}” belongs to another user, who could change what is in it. Give it to the user who runs scimbox with “chown”, or run scimbox as its owner.", .0.display())]
    Owner(PathBuf),
    /// Another process serves it.
    #[error("Another scimbox is serving the data folder “{}” already. Stop it first, or choose another folder.", .0.display())]
    Taken(PathBuf),
    /// A file of somebody else.
    #[error("“{}” is not a Scimbox database. Choose another data folder.", .0.display())]
    Foreign(PathBuf),
    /// Made by a newer program.
    #[error("“{}” was made by a newer Scimbox (schema {found}, this one knows up to {known}). Install the newer one.", .file.display())]
    Newer {
        /// The database.
        file: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest schema version of this program.
        known: i64,
    },
    /// Its tables, indexes, triggers and views are not what they should be.
    #[error("The database “{}” is not served: {what}. Somebody or something has changed it. {}", .file.display(), newest(.file))]
    Shape {
        /// The database.
        file: PathBuf,
        /// What is wrong, by name.
        what: String,
    },
    /// There is none in a folder that held one.
    #[error("The database “{}” is missing or empty, but this folder has held an appliance. Put it back. {}{} To begin anew, choose another folder or remove all files from this one.", .0.display(), in_log(.0), newest(.0))]
    Missing(PathBuf),
    /// It is a folder, or a device.
    #[error("“{}” is no file. The database is a file of that name in the data folder.", .0.display())]
    NoFile(PathBuf),
    /// The disk is full, and writing to the index of the log would end the process.
    #[error("The disk of “{}” has {left} bytes left. Make room for {NEEDED} at least and start again.", .dir.display())]
    NoRoom {
        /// The folder.
        dir: PathBuf,
        /// How much is left, in bytes.
        left: u64,
    },
    /// Another process serves it with an older schema.
    #[error("The database “{}” has an older schema and a server is running on it. Stop the server, and start this version in its place.", .0.display())]
    Served(PathBuf),
    /// Found damaged.
    #[error("The database “{}” is damaged: {found}. {}", .file.display(), newest(.file))]
    Damaged {
        /// The database.
        file: PathBuf,
        /// The first thing that is wrong.
        found: String,
    },
    /// It is in PostgreSQL and cannot be used.
    #[error("The database “{0}” is not used: {1}.")]
    Database(String, DatabaseError),
    /// Anything else about the database.
    #[error("The database “{}” cannot be opened", .0.display())]
    Unusable(PathBuf, #[source] Fault),
}

impl OpenError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            OpenError::Folder(..) => "FOLDER_UNUSABLE",
            OpenError::Open(_) => "FOLDER_OPEN_TO_OTHERS",
            OpenError::Owner(_) => "FOLDER_OF_ANOTHER",
            OpenError::Taken(_) => "FOLDER_TAKEN",
            OpenError::Foreign(_) => "NOT_A_DATABASE",
            OpenError::Newer { .. } => "DATABASE_NEWER",
            OpenError::Shape { .. } => "DATABASE_CHANGED",
            OpenError::Missing(_) => "DATABASE_MISSING",
            OpenError::NoFile(_) => "DATABASE_NO_FILE",
            OpenError::NoRoom { .. } => "DISK_FULL",
            OpenError::Served(_) => "DATABASE_SERVED",
            OpenError::Damaged { .. } => "DATABASE_DAMAGED",
            OpenError::Database(_, error) => error.code(),
            OpenError::Unusable(..) => "DATABASE_UNUSABLE",
        }
    }
}

/// Room for the index of a log of 64 MiB, twice, in bytes.
pub(super) const NEEDED: u64 = 262_144;
