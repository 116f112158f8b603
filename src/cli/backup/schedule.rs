//! What `serve` is told of backups.

use super::passphrase::PassphraseSource;
use crate::jobs::BackupPlace;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(in crate::cli) struct ScheduleArgs {
    /// The folder for the backups of the schedule; without it “backups” in the data folder.
    #[arg(long, env = "SCIMBOX_BACKUP_DIR", value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// Leave the write-ahead log to another program that copies it, such as Litestream.
    #[arg(long, env = "SCIMBOX_EXTERNAL_CHECKPOINTS", value_parser = clap::builder::FalseyValueParser::new())]
    pub(in crate::cli) external_checkpoints: bool,
}

impl ScheduleArgs {
    /// Where the backups of the schedule go, and what they are sealed with.
    pub(in crate::cli) fn place(&self) -> anyhow::Result<BackupPlace> {
        Ok(BackupPlace { folder: self.backup_dir.clone(), passphrase: PassphraseSource::of_environment()? })
    }
}
