//! Google Workspace: the Directory API of the Admin SDK, read as an administrator by a service account.

use super::{Reading, SourceError};
use crate::push::check::Step;
use crate::push::watch::Watch;
use zeroize::Zeroizing;

/// A Google Workspace, and whom to read from it.
pub struct Google {
    /// The administrator as whom the service account reads.
    pub login: String,
    /// The text of the service account's key file, JSON.
    pub credentials: Zeroizing<String>,
    /// Groups by name or address. Empty for everybody.
    pub groups: Vec<String>,
    /// Where tokens come from instead of the key file's `token_uri`, for tests.
    pub token_url: Option<String>,
    /// Where the Directory API is instead of `https://admin.googleapis.com`, for tests.
    pub api_url: Option<String>,
}

impl Google {
    pub(super) fn read(&self, _watch: &dyn Watch) -> Result<Reading, SourceError> {
        Err(SourceError::Unreadable("Google Workspace cannot be read yet".to_owned()))
    }

    pub(super) fn check(&self, _tell: &mut dyn FnMut(Step)) {}
}
