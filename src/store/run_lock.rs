//! One run of SCIM push for each target at a time, also across processes, and where they share a database across machines.

use super::sqlite::private_file::private;
use super::{OpenError, Store};
use crate::domain::lease::Lease;
use crate::domain::{Fault, Tx};
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a taken target is tried again, and how long apart: a second in all.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// How long a lease of a target lasts when it is not renewed, in seconds, and how often it is.
const SECONDS: i64 = 15;
const EVERY: Duration = Duration::from_secs(4);

/// The right to push to a target, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct RunLock {
    _held: Held,
}

#[derive(Debug)]
enum Held {
    File { _file: File },
    Lease { _kept: KeptLease },
}

/// A lease that a thread renews until this is dropped.
#[derive(Debug)]
struct KeptLease {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for KeptLease {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl RunLock {
    /// Takes the right by `take`, trying for a second.
    pub(super) fn wait(take: impl Fn() -> Result<Option<RunLock>, OpenError>) -> Result<Option<RunLock>, OpenError> {
        for _ in 0..TRIES {
            if let Some(lock) = take()? {
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
            Ok(()) => Ok(Some(RunLock { _held: Held::File { _file: file } })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }

    /// Takes the right as a lease of the store; `None` while another run has it. `owner` is a text that no other has.
    pub(super) fn lease(store: &Store, target: &str, owner: String) -> Result<Option<RunLock>, Fault> {
        let name = format!("push-{target}");
        let take = move |tx: &mut dyn Tx| tx.lease(&name, &owner, SECONDS);
        let Some(lease) = store.write_blocking(take)? else { return Ok(None) };
        let (end, ended) = channel::<()>();
        let store = store.clone();
        let keep = move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(EVERY) {
                renew(&store, &lease);
            }
            let released = store.write_blocking(move |tx: &mut dyn Tx| tx.release(&lease));
            if let Err(error) = released {
                tracing::warn!(%error, "the right to push to a target could not be given back; it ends by itself");
            }
        };
        let thread = std::thread::Builder::new().name("push-lease".to_owned()).spawn(keep);
        let thread = thread.map_err(|e| Fault::Broken(format!("no thread for a lease: {e}")))?;
        Ok(Some(RunLock { _held: Held::Lease { _kept: KeptLease { end: Some(end), thread: Some(thread) } } }))
    }
}

fn renew(store: &Store, lease: &Lease) {
    let (name, owner) = (lease.name.clone(), lease.owner.clone());
    if let Err(error) = store.write_blocking(move |tx: &mut dyn Tx| tx.lease(&name, &owner, SECONDS)) {
        tracing::warn!(%error, "the right to push to a target could not be renewed");
    }
}
