//! One run of SCIM push for each target at a time, also across processes.

use super::OpenError;
use super::sqlite::private_file::private;
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// How often a taken target is tried again, and how long apart: a second in all.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// The right to push to a target, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the right, trying for a second.
    pub(super) fn wait(dir: &Path, target: &str) -> Result<Option<RunLock>, OpenError> {
        for _ in 0..TRIES {
            if let Some(lock) = RunLock::take(dir, target)? {
                return Ok(Some(lock));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(None)
    }

    /// Takes the right; `None` while another run has it. `target` is letters, digits and dashes.
    pub(super) fn take(dir: &Path, target: &str) -> Result<Option<RunLock>, OpenError> {
        let failed = |e| OpenError::Folder(dir.to_owned(), e);
        // A link that somebody has put there would have us write elsewhere.
        let nofollow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let mut options = private();
        let options = options.create(true).truncate(false).custom_flags(nofollow);
        let file = options.open(dir.join(format!("push-{target}.lock"))).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(RunLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }
}
