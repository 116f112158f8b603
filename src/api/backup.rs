//! Backups of the database.

use super::scalar::Moment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A backup.
#[derive(Serialize, ToSchema)]
pub struct Backup {
    /// The name of its file.
    pub name: String,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// When it was made.
    pub created_at: Moment,
    /// The version of its schema.
    pub schema: i64,
    /// Whether it needs a passphrase.
    pub sealed: bool,
    /// Whether the schedule made it.
    pub scheduled: bool,
    /// Whether the key file of secrets is beside it.
    pub with_key: bool,
}

/// All backups of the appliance.
#[derive(Serialize, ToSchema)]
pub struct Backups {
    /// The folder they are in.
    pub folder: String,
    /// Newest first.
    pub backups: Vec<Backup>,
}

/// A backup that was made, or looked through.
#[derive(Serialize, ToSchema)]
pub struct BackupVerdict {
    /// The name of its file.
    pub name: String,
    /// Whether it is good.
    pub ok: bool,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// The SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
    /// What is wrong with it.
    pub problems: Vec<BackupProblem>,
}

/// Something that is wrong with a backup.
#[derive(Serialize, ToSchema)]
pub struct BackupProblem {
    /// What was looked at.
    pub check: String,
    /// What was found.
    pub found: String,
}

/// Which backup.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct BackupPath {
    /// The name of its file.
    pub name: String,
}
