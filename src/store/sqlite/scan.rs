//! Scans: reading that grows with the node, on threads of its own, so that no other request waits for it. The nodes take
//! turns, none has all threads, and the console has one that no node can take.

use super::ReadCache;
use super::reader::{reopen, snapshot};
use crate::domain::{Fault, NodeId, Tx};
use crate::store::sqlite::health::Health;
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Threads for all nodes. One more than a node may have, so that a node that asks for much leaves one to the others.
const THREADS: usize = 3;
/// Threads that one node may have.
const OF_ONE_NODE: usize = 2;
/// Threads for the console alone.
const OF_THE_CONSOLE: usize = 1;
/// Scans of one lane that may wait.
const WAITING: usize = 16;
/// Lanes with scans that wait.
const LANES: usize = 64;
const BUDGET: Duration = Duration::from_secs(5);

/// On whose behalf something is scanned: each lane waits for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScanLane {
    /// An administrator.
    Console,
    /// The identity provider of a node.
    Node(NodeId),
}

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

type Scan = Box<dyn FnOnce(Result<&mut Connection, Fault>) + Send>;

/// Whose scans a thread runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Threads {
    /// Those of administrators.
    Console,
    /// Those of identity providers.
    Nodes,
}

/// What waits and what runs.
#[derive(Default)]
struct ScanQueue {
    /// The scans of each lane that has any, and the lanes in the order of their turns.
    waiting: HashMap<ScanLane, VecDeque<Scan>>,
    turns: VecDeque<ScanLane>,
    running: HashMap<NodeId, usize>,
    closed: bool,
}

impl ScanQueue {
    /// Queues a scan, if its lane has room.
    fn push(&mut self, lane: ScanLane, scan: Scan) -> bool {
        let is_full = match self.waiting.get(&lane) {
            Some(scans) => scans.len() >= WAITING,
            None => self.turns.len() >= LANES && lane != ScanLane::Console,
        };
        if self.closed || is_full {
            return false;
        }
        let scans = self.waiting.entry(lane).or_default();
        if scans.is_empty() {
            self.turns.push_back(lane);
        }
        scans.push_back(scan);
        true
    }

    /// The next scan of a kind of lanes: the lanes take turns, and a node that has its threads is passed over.
    fn pop(&mut self, threads: Threads) -> Option<(ScanLane, Scan)> {
        let may_run = |lane: &ScanLane| match lane {
            ScanLane::Console => threads == Threads::Console,
            ScanLane::Node(node) => {
                threads == Threads::Nodes && self.running.get(node).is_none_or(|running| *running < OF_ONE_NODE)
            }
        };
        let lane = self.turns.remove(self.turns.iter().position(may_run)?)?;
        let scans = self.waiting.get_mut(&lane)?;
        let scan = scans.pop_front()?;
        match scans.is_empty() {
            true => drop(self.waiting.remove(&lane)),
            false => self.turns.push_back(lane),
        }
        if let ScanLane::Node(node) = lane {
            *self.running.entry(node).or_default() += 1;
        }
        Some((lane, scan))
    }

    /// A scan has ended.
    fn done(&mut self, lane: ScanLane) {
        if let ScanLane::Node(node) = lane
            && let Some(running) = self.running.get_mut(&node)
        {
            *running -= 1;
            if *running == 0 {
                self.running.remove(&node);
            }
        }
    }
}

/// The queue, and what wakes a thread when there is something for it.
#[derive(Default)]
struct Shared {
    queue: Mutex<ScanQueue>,
    changed: Condvar,
}

/// The threads and their queue.
pub(in crate::store) struct Scans {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    read_cache: Arc<ReadCache>,
}

impl Scans {
    /// Starts the threads on an existing file.
    pub(in crate::store) fn start(health: &Arc<Health>, read_cache: Arc<ReadCache>) -> Result<Scans, Fault> {
        let shared = Arc::new(Shared::default());
        let mut threads = Vec::new();
        for n in 0..THREADS + OF_THE_CONSOLE {
            let (health, shared) = (Arc::clone(health), Arc::clone(&shared));
            let thread = std::thread::Builder::new().name("scan".to_owned());
            let thread = thread
                .spawn(move || work(&health, &shared, if n < THREADS { Threads::Nodes } else { Threads::Console }));
            threads.push(thread.map_err(|e| Fault::Broken(format!("no thread for scans: {e}")))?);
        }
        Ok(Scans { shared, threads: Mutex::new(threads), read_cache })
    }

    /// Queues a scan; a full lane answers at once.
    pub(in crate::store) fn send<T, E, F>(&self, lane: ScanLane, f: F, reply: oneshot::Sender<Result<T, E>>)
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        // The answer is shared with the queued scan, because a queue that refuses keeps nothing but drops it.
        let reply = Arc::new(Mutex::new(Some(reply)));
        let (answer, read_cache) = (Arc::clone(&reply), Arc::clone(&self.read_cache));
        let scan: Scan = Box::new(move |db| {
            let Some(reply) = answer.lock().take() else { return };
            // Whoever has hung up meanwhile costs nothing more.
            if !reply.is_closed() {
                let found = db.map_err(E::from).and_then(|db| within_budget(db, &read_cache, f));
                drop(reply.send(found));
            }
        });
        if self.shared.queue.lock().push(lane, scan) {
            // Not every thread may run it.
            self.shared.changed.notify_all();
        } else if let Some(reply) = reply.lock().take() {
            drop(reply.send(Err(Fault::Busy.into())));
        }
    }

    /// Finishes what waits and ends the threads.
    pub(in crate::store) fn close(&self) {
        self.shared.queue.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.lock().drain(..) {
            drop(thread.join());
        }
    }
}

fn work(health: &Health, shared: &Shared, threads: Threads) {
    // Made when it is first needed: a thread that has nothing to do costs no memory.
    let mut db = None;
    // Where there are fewer processors than work, scans wait for everybody else. On Linux this is a property of the thread.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "scans run with the priority of everything else");
    }
    while let Some((lane, scan)) = next(shared, threads) {
        let connected = match &mut db {
            Some(db) => Ok(db),
            none => reopen(health).map(|db| none.insert(db)),
        };
        if catch_unwind(AssertUnwindSafe(|| scan(connected))).is_err() {
            tracing::error!("the answer to a scan could not be handed over");
        }
        shared.queue.lock().done(lane);
        shared.changed.notify_all();
    }
}

/// Waits for the next scan; `None` when the store is closed and nothing waits.
fn next(shared: &Shared, threads: Threads) -> Option<(ScanLane, Scan)> {
    let mut queue = shared.queue.lock();
    loop {
        if let Some(next) = queue.pop(threads) {
            return Some(next);
        }
        if queue.closed && queue.turns.is_empty() {
            return None;
        }
        shared.changed.wait(&mut queue);
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
    use super::{OF_ONE_NODE, ScanLane, ScanQueue, Threads, WAITING};
    use crate::domain::{Error, Fault, NodeId, Result, Time, Tx};
    use crate::store::Store;
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
    fn lanes_take_turns() {
        let mut queue = ScanQueue::default();
        for lane in [BUSY, BUSY, BUSY, OTHER, ScanLane::Console, OTHER] {
            assert!(queue.push(lane, Box::new(|_| {})));
        }
        let mut order = Vec::new();
        while let Some((lane, _)) = queue.pop(Threads::Nodes) {
            order.push(lane);
        }
        assert_eq!(order, [BUSY, OTHER, BUSY, OTHER], "none has more threads than one node may have");
        assert_eq!(queue.pop(Threads::Console).map(|(lane, _)| lane), Some(ScanLane::Console));
        queue.done(BUSY);
        assert_eq!(queue.pop(Threads::Nodes).map(|(lane, _)| lane), Some(BUSY));
        [BUSY, BUSY, OTHER, OTHER].into_iter().for_each(|lane| queue.done(lane));
        assert!(queue.waiting.is_empty() && queue.turns.is_empty() && queue.running.is_empty());
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
