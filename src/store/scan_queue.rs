//! Scans: reading that grows with the node, on threads of its own, so that no other request waits for it. The nodes take
//! turns, none has all threads, and the console has one that no node can take.

use crate::domain::{Fault, NodeId};
use parking_lot::{Condvar, Mutex};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Threads for all nodes. One more than a node may have, so that a node that asks for much leaves one to the others.
const THREADS: usize = 3;
/// Threads that one node may have.
pub(super) const OF_ONE_NODE: usize = 2;
/// Threads for the console alone.
const OF_THE_CONSOLE: usize = 1;
/// Scans of one lane that may wait.
pub(super) const WAITING: usize = 16;
/// Lanes with scans that wait.
const LANES: usize = 64;

/// On whose behalf something is scanned: each lane waits for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScanLane {
    /// An administrator.
    Console,
    /// The identity provider of a node.
    Node(NodeId),
}

/// A scan, given a connection of its thread.
type Scan<C> = Box<dyn FnOnce(Result<&mut C, Fault>) + Send>;

/// Whose scans a thread runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Threads {
    /// Those of administrators.
    Console,
    /// Those of identity providers.
    Nodes,
}

/// What waits and what runs.
struct ScanQueue<C> {
    /// The scans of each lane that has any, and the lanes in the order of their turns.
    waiting: HashMap<ScanLane, VecDeque<Scan<C>>>,
    turns: VecDeque<ScanLane>,
    running: HashMap<NodeId, usize>,
    closed: bool,
}

impl<C> Default for ScanQueue<C> {
    fn default() -> ScanQueue<C> {
        ScanQueue { waiting: HashMap::new(), turns: VecDeque::new(), running: HashMap::new(), closed: false }
    }
}

impl<C> ScanQueue<C> {
    /// Queues a scan, if its lane has room.
    fn push(&mut self, lane: ScanLane, scan: Scan<C>) -> bool {
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
    fn pop(&mut self, threads: Threads) -> Option<(ScanLane, Scan<C>)> {
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
struct Shared<C> {
    queue: Mutex<ScanQueue<C>>,
    changed: Condvar,
}

/// The threads and their queue.
pub(super) struct ScanThreads<C> {
    shared: Arc<Shared<C>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<C: 'static> ScanThreads<C> {
    /// Starts the threads. `open` makes the connection of a thread when it first needs one; `over` says that it needs another.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn start(
        open: impl Fn() -> Result<C, Fault> + Send + Sync + 'static,
        over: fn(&C) -> bool,
    ) -> Result<ScanThreads<C>, Fault> {
        let shared = Arc::new(Shared { queue: Mutex::new(ScanQueue::default()), changed: Condvar::new() });
        let open = Arc::new(open);
        let mut threads = Vec::new();
        for n in 0..THREADS + OF_THE_CONSOLE {
            let (open, shared) = (Arc::clone(&open), Arc::clone(&shared));
            let whose = if n < THREADS { Threads::Nodes } else { Threads::Console };
            let thread = std::thread::Builder::new().name("scan".to_owned());
            let thread = thread.spawn(move || work(&*open, over, &shared, whose));
            threads.push(thread.map_err(|e| Fault::Broken(format!("no thread for scans: {e}")))?);
        }
        Ok(ScanThreads { shared, threads: Mutex::new(threads) })
    }

    /// Queues a scan; a full lane answers at once.
    pub(super) fn send<T, E>(
        &self,
        lane: ScanLane,
        work: impl FnOnce(&mut C) -> Result<T, E> + Send + 'static,
        reply: oneshot::Sender<Result<T, E>>,
    ) where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        // The answer is shared with the queued scan, because a queue that refuses keeps nothing but drops it.
        let reply = Arc::new(Mutex::new(Some(reply)));
        let answer = Arc::clone(&reply);
        let scan: Scan<C> = Box::new(move |db| {
            let Some(reply) = answer.lock().take() else { return };
            // Whoever has hung up meanwhile costs nothing more.
            if !reply.is_closed() {
                drop(reply.send(db.map_err(E::from).and_then(work)));
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
    pub(super) fn close(&self) {
        self.shared.queue.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.lock().drain(..) {
            drop(thread.join());
        }
    }
}

fn work<C>(open: &dyn Fn() -> Result<C, Fault>, over: fn(&C) -> bool, shared: &Shared<C>, threads: Threads) {
    // Made when it is first needed: a thread that has nothing to do costs no memory.
    let mut db = None;
    // Where there are fewer processors than work, scans wait for everybody else. On Linux this is a property of the thread.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "scans run with the priority of everything else");
    }
    while let Some((lane, scan)) = next(shared, threads) {
        db = db.filter(|db| !over(db));
        let connected = match &mut db {
            Some(db) => Ok(db),
            none => open().map(|db| none.insert(db)),
        };
        if catch_unwind(AssertUnwindSafe(|| scan(connected))).is_err() {
            tracing::error!("the answer to a scan could not be handed over");
        }
        shared.queue.lock().done(lane);
        shared.changed.notify_all();
    }
}

/// Waits for the next scan; `None` when the store is closed and nothing waits.
fn next<C>(shared: &Shared<C>, threads: Threads) -> Option<(ScanLane, Scan<C>)> {
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

#[cfg(test)]
mod tests {
    use super::{ScanLane, ScanQueue, Threads};
    use crate::domain::NodeId;

    const BUSY: ScanLane = ScanLane::Node(NodeId(1));
    const OTHER: ScanLane = ScanLane::Node(NodeId(2));

    #[test]
    fn lanes_take_turns() {
        let mut queue = ScanQueue::<()>::default();
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
}
