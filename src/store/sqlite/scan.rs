//! Scans on SQLite: a read-only connection for each thread, and a limit of time that SQLite asks about while it works.

use super::ReadCache;
use super::reader::{reopen, snapshot};
use crate::domain::{Fault, Tx};
use crate::store::scan_queue::{ScanLane, ScanThreads};
use crate::store::sqlite::health::Health;
use rusqlite::Connection;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

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

/// The threads, and what reads found before.
pub(in crate::store) struct Scans {
    threads: ScanThreads<Connection>,
    read_cache: Arc<ReadCache>,
}

impl Scans {
    /// Starts the threads on an existing file.
    pub(in crate::store) fn start(health: &Arc<Health>, read_cache: Arc<ReadCache>) -> Result<Scans, Fault> {
        let health = Arc::clone(health);
        Ok(Scans { threads: ScanThreads::start(move || reopen(&health), |_| false)?, read_cache })
    }

    /// Queues a scan; a full lane answers at once.
    pub(in crate::store) fn send<T, E, F>(&self, lane: ScanLane, f: F, reply: oneshot::Sender<Result<T, E>>)
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let read_cache = Arc::clone(&self.read_cache);
        self.threads.send(lane, move |db| within_budget(db, &read_cache, f), reply);
    }

    /// Finishes what waits and ends the threads.
    pub(in crate::store) fn close(&self) {
        self.threads.close();
    }
}

fn within_budget<T, E: From<Fault>>(
    db: &mut Connection,
    read_cache: &ReadCache,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    timed(db, |db| snapshot(db, read_cache, f))
}

/// Runs `f` on a connection that gives up when the time is over.
fn timed<T, E: From<Fault>>(db: &mut Connection, f: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
    let until = Instant::now() + BUDGET;
    let is_over = move || {
        // Whoever waits for this processor has its turn now and not when the scheduler next looks.
        std::thread::yield_now();
        Instant::now() >= until
    };
    db.progress_handler(1000, Some(is_over)).map_err(Fault::from)?;
    UNTIL.set(Some(until));
    let result = catch_unwind(AssertUnwindSafe(|| f(db)));
    UNTIL.set(None);
    db.progress_handler(0, None::<fn() -> bool>).map_err(Fault::from)?;
    result.unwrap_or_else(|_| Err(Fault::Broken("a scan panicked".to_owned()).into()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
    use super::ScanLane;
    use crate::domain::{Error, Fault, NodeId, Result, Time, Tx};
    use crate::store::Store;
    use crate::store::scan_queue::{OF_ONE_NODE, WAITING};
    use std::sync::mpsc::sync_channel;

    const BUSY: ScanLane = ScanLane::Node(NodeId(1));
    const OTHER: ScanLane = ScanLane::Node(NodeId(2));

    #[tokio::test]
    async fn a_scan_that_panics_costs_only_its_caller_and_a_full_lane_says_so_while_the_others_are_served() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let failed = store.scan(BUSY, |_| -> Result<()> { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(Error::Fault(Fault::Broken(_)))), "{failed:?}");

        let (start, started) = sync_channel(OF_ONE_NODE);
        let mut gates = Vec::new();
        let mut answers = Vec::new();
        for _ in 0..OF_ONE_NODE {
            let (gate, closed) = sync_channel::<()>(1);
            let start = start.clone();
            gates.push(gate);
            answers.push(store.scan(BUSY, move |_| -> Result<()> {
                start.send(()).unwrap();
                closed.recv().unwrap();
                Ok(())
            }));
        }
        started.iter().take(OF_ONE_NODE).for_each(drop);
        let name = |tx: &mut dyn Tx| -> Result<_> { Ok(tx.root()?.name) };
        let waiting: Vec<_> = (0..WAITING).map(|_| store.scan(BUSY, name)).collect();
        let refused = store.scan(BUSY, |_| -> Result<()> { Ok(()) }).await;
        assert!(matches!(refused, Err(Error::Fault(Fault::Busy))), "{refused:?}");
        for lane in [OTHER, ScanLane::Console, OTHER] {
            assert_eq!(store.scan(lane, name).await.unwrap(), "Root", "{lane:?}");
        }
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
        let late = store.scan(OTHER, name).await;
        assert!(matches!(late, Err(Error::Fault(Fault::Busy))), "{late:?}");
    }

    #[test]
    fn a_scan_ends_when_its_time_is_up() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let mut db = crate::store::sqlite::connect_reader(&dir.path().join("scimbox.db")).unwrap();
        store.close();
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let over: Result<i64, Fault> = super::timed(&mut db, |db| Ok(db.query_row(endless, [], |row| row.get(0))?));
        assert!(matches!(over, Err(Fault::TooLong)), "{over:?}");
        let again: Result<String, Fault> =
            super::within_budget(&mut db, &super::ReadCache::default(), |tx| Ok(tx.root()?.name));
        assert_eq!(again.unwrap(), "Root");
    }
}
