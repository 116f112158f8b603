//! Files for the owner's eyes alone.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

/// How a file is opened that nobody but its owner may read.
pub(in crate::store) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}
