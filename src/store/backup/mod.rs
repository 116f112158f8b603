//! Backups of the database: made beside a running server, checked, listed, and put back.

mod create;
mod error;
mod list;
mod open;
mod restore;
pub(super) mod sealed;
pub(super) mod trailer;

pub use create::{BackupWish, Written, create};
pub use error::BackupError;
pub use list::{Found, delete, list, prune};
pub use open::{Checked, check, is_sealed};
pub use restore::{RestoreWish, Restored, restore};

use crate::domain::Time;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Where backups go when nobody says otherwise, in the data folder.
pub const FOLDER: &str = "backups";

/// Who makes backups where the rows are in PostgreSQL.
pub const ELSEWHERE: &str = "Whoever runs PostgreSQL backs the database up, with pg_dump, pg_basebackup or what the provider \
    offers; keep a copy of scimbox.key apart from it.";

/// How backups are called that somebody asked for, and those that the schedule makes: only the latter are removed.
pub const ASKED: &str = "scimbox";
/// As [`ASKED`].
pub const SCHEDULED: &str = "scheduled";

/// A moment as a part of a file's name, such as `20260131T093000123Z`.
fn moment(at: Time) -> String {
    at.to_string().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Makes a folder for the owner's eyes alone, unless there is one.
fn make_folder(dir: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| BackupError::File(dir.to_owned(), e))
}

/// The names in a folder are on the disk, too.
fn keep_folder(dir: &Path) -> Result<(), BackupError> {
    let kept = std::fs::File::open(dir).and_then(|dir| dir.sync_all());
    kept.map_err(|e| BackupError::File(dir.to_owned(), e))
}
