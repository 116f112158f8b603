//! Scans: reading that grows with the node, on two threads of its own, so that no other request waits for it.

use super::{Memory, connect_reader, reader::snapshot};
use crate::domain::{Fault, Tx};
use rusqlite::Connection;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const THREADS: usize = 2;
const WAITING: usize = 64;
const BUDGET: Duration = Duration::from_secs(5);

thread_local! {
    /// Until when the scan on this thread may go on.
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Ends a scan whose time is up. SQLite asks by itself while it works; this is for the work done on what it finds.
pub(super) fn check_time() -> Result<(), Fault> {
    match UNTIL.get().is_some_and(|until| Instant::now() >= until) {
        true => Err(Fault::TooLong),
        false => Ok(()),
    }
}

type Scan = Box<dyn FnOnce(&Connection) + Send>;

/// The two threads and their queue.
pub(in crate::store) struct Scans {
    queue: Mutex<Option<SyncSender<Scan>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    memory: Arc<Memory>,
}

impl Scans {
    /// Starts the threads on an existing file.
    pub(in crate::store) fn start(file: &Path, memory: Arc<Memory>) -> Result<Scans, Fault> {
        let (queue, waiting) = sync_channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = Vec::new();
        for _ in 0..THREADS {
            let (db, waiting) = (connect_reader(file)?, Arc::clone(&waiting));
            let thread = std::thread::Builder::new().name("scan".to_owned()).spawn(move || work(&db, &waiting));
            threads.push(thread.map_err(|e| Fault::Broken(format!("no thread for scans: {e}")))?);
        }
        Ok(Scans { queue: Mutex::new(Some(queue)), threads: Mutex::new(threads), memory })
    }

    /// Queues a scan; a full queue answers at once.
    pub(in crate::store) fn send<T, E, F>(&self, f: F, reply: oneshot::Sender<Result<T, E>>)
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        // The answer is shared with the queued scan, because a queue that refuses keeps nothing but drops it.
        let reply = Arc::new(Mutex::new(Some(reply)));
        let (answer, memory) = (Arc::clone(&reply), Arc::clone(&self.memory));
        let scan: Scan = Box::new(move |db| {
            let Some(reply) = lock(&answer).take() else { return };
            // Whoever has hung up meanwhile costs nothing more.
            if !reply.is_closed() {
                drop(reply.send(within_budget(db, &memory, f)));
            }
        });
        let sent = lock(&self.queue).as_ref().is_some_and(|queue| queue.try_send(scan).is_ok());
        if !sent && let Some(reply) = lock(&reply).take() {
            drop(reply.send(Err(Fault::Busy.into())));
        }
    }

    /// Finishes what waits and ends the threads.
    pub(in crate::store) fn close(&self) {
        drop(lock(&self.queue).take());
        for thread in lock(&self.threads).drain(..) {
            drop(thread.join());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(db: &Connection, waiting: &Mutex<Receiver<Scan>>) {
    // Where there are fewer processors than work, scans wait for everybody else. On Linux this is a property of the thread.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "scans run with the priority of everything else");
    }
    loop {
        let next = lock(waiting).recv();
        let Ok(scan) = next else { return };
        if catch_unwind(AssertUnwindSafe(|| scan(db))).is_err() {
            tracing::error!("the answer to a scan could not be handed over");
        }
    }
}

fn within_budget<T, E: From<Fault>>(
    db: &Connection,
    memory: &Memory,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    let until = Instant::now() + BUDGET;
    let is_over = move || {
        // Whoever waits for this processor has its turn now and not when the scheduler next looks.
        std::thread::yield_now();
        Instant::now() >= until
    };
    db.progress_handler(1000, Some(is_over)).map_err(Fault::from)?;
    UNTIL.set(Some(until));
    let result = catch_unwind(AssertUnwindSafe(|| snapshot(db, memory, f)));
    UNTIL.set(None);
    db.progress_handler(0, None::<fn() -> bool>).map_err(Fault::from)?;
    result.unwrap_or_else(|_| Err(Fault::Broken("a scan panicked".to_owned()).into()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
    use crate::domain::{Error, Fault, Result, Time};
    use crate::store::Store;
    use std::sync::mpsc::sync_channel;

    #[tokio::test]
    async fn a_scan_that_panics_costs_only_its_caller_and_a_full_queue_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let failed = store.scan(|_| -> Result<()> { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(Error::Fault(Fault::Broken(_)))), "{failed:?}");

        let (start, started) = sync_channel(2);
        let mut gates = Vec::new();
        let mut answers = Vec::new();
        for _ in 0..2 {
            let (gate, closed) = sync_channel::<()>(1);
            let start = start.clone();
            gates.push(gate);
            answers.push(store.scan(move |_| -> Result<()> {
                start.send(()).unwrap();
                closed.recv().unwrap();
                Ok(())
            }));
        }
        started.iter().take(2).for_each(drop);
        let waiting: Vec<_> = (0..64).map(|_| store.scan(|tx| -> Result<_> { Ok(tx.root()?.name) })).collect();
        let refused = store.scan(|_| -> Result<()> { Ok(()) }).await;
        assert!(matches!(refused, Err(Error::Fault(Fault::Busy))), "{refused:?}");
        for gate in gates {
            gate.send(()).unwrap();
        }
        for answer in answers {
            answer.await.unwrap();
        }
        for answer in waiting {
            assert_eq!(answer.await.unwrap(), "Root");
        }
        store.close();
    }

    #[test]
    fn a_scan_ends_when_its_time_is_up() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let db = super::connect_reader(&dir.path().join("scimbox.db")).unwrap();
        store.close();
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let over: Result<i64, Fault> =
            super::within_budget(&db, &super::Memory::default(), |_| Ok(db.query_row(endless, [], |row| row.get(0))?));
        assert!(matches!(over, Err(Fault::TooLong)), "{over:?}");
        let again: Result<String, Fault> =
            super::within_budget(&db, &super::Memory::default(), |tx| Ok(tx.root()?.name));
        assert_eq!(again.unwrap(), "Root");
    }
}
