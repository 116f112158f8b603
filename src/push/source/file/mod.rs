//! Files: JSON and CSV, from a path or from stdin.

use super::{Reading, SourceError};
use crate::push::check::Step;
use crate::push::watch::Watch;

/// A file of people and groups.
pub struct FileSource {
    /// Where it is; `-` for stdin.
    pub path: String,
    /// Groups by name or id. Empty for all that the file holds.
    pub groups: Vec<String>,
}

impl FileSource {
    pub(super) fn read(&self, _watch: &dyn Watch) -> Result<Reading, SourceError> {
        Err(SourceError::Unreadable("files cannot be read yet".to_owned()))
    }

    pub(super) fn check(&self, _tell: &mut dyn FnMut(Step)) {}
}
