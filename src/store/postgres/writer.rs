//! Writing: threads that each run one write at a time, again from the beginning when others were in the way.

use super::fault::Failure;
use super::link::{Link, PATIENCE as ANSWER};
use super::outcome::Outcomes;
use super::pool::Links;
use super::{PgTx, Writing};
use crate::domain::{Fault, Tx};
use crate::store::queued_write::{QueuedWrite, Write};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Threads, each of which holds a connection while it writes.
pub(super) const THREADS: u32 = 8;
const WAITING: usize = 1024;
/// How long a write may take with all that it waits for, and how often it may begin anew.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 12;

/// Whoever waits for the row of a node waits no longer than a write may take.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = 5000";

/// What waits.
#[derive(Default)]
struct WriteQueue {
    waiting: VecDeque<Box<dyn QueuedWrite>>,
    closed: bool,
}

/// The queue, what wakes a thread, and what the last commits came to.
struct Shared {
    queue: Mutex<WriteQueue>,
    changed: Condvar,
    links: Links,
    last: Mutex<Option<(Instant, Option<Fault>)>>,
    again: AtomicU64,
}

/// The threads that write, and their queue.
pub(in crate::store) struct Writers {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Writers {
    /// Starts the threads; no other process has the name of this owner.
    pub(super) fn start(links: Links, owner: &str) -> Result<Writers, Fault> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            links,
            last: Mutex::new(None),
            again: AtomicU64::new(0),
        });
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let shared = Arc::clone(&shared);
            let outcomes = Outcomes::of(format!("{owner}-{number}"), number == 0);
            let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || shared.work(outcomes));
            threads.push(thread.map_err(|e| Fault::Broken(format!("no thread for writes: {e}")))?);
        }
        Ok(Writers { shared, threads: Mutex::new(threads) })
    }

    /// Queues a write; `reply` is called once, by the thread that writes or, when the queue is full, right here.
    pub(in crate::store) fn send<T, E, F, R>(&self, f: F, reply: R)
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        R: FnOnce(Result<T, E>) + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let job: Box<dyn QueuedWrite> = Box::new(Write { f, result: None, reply, until: Instant::now() + PATIENCE });
        let refused = {
            let mut queue = self.shared.queue.lock();
            match queue.closed || queue.waiting.len() >= WAITING {
                true => Some(job),
                false => {
                    queue.waiting.push_back(job);
                    None
                }
            }
        };
        match refused {
            Some(job) => job.answer(Some(Fault::Busy)),
            None => drop(self.shared.changed.notify_one()),
        }
    }

    /// What the last commit came to, if it failed.
    pub(in crate::store) fn problem(&self) -> Option<Fault> {
        self.shared.last.lock().clone().and_then(|(_, fault)| fault)
    }

    /// Whether the last commit was a moment ago.
    pub(in crate::store) fn is_fresh(&self) -> bool {
        self.shared.last.lock().as_ref().is_some_and(|(at, _)| at.elapsed() < Duration::from_secs(1))
    }

    /// How many writes began anew because others were in the way, or a connection was lost.
    pub(in crate::store) fn begun_again(&self) -> u64 {
        self.shared.again.load(Ordering::Relaxed)
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

impl Shared {
    fn work(&self, mut outcomes: Outcomes) {
        while let Some(mut job) = self.next() {
            let fault = self.write(job.as_mut(), &mut outcomes);
            if catch_unwind(AssertUnwindSafe(|| job.answer(fault))).is_err() {
                tracing::error!("the answer to a write could not be handed over");
            }
        }
    }

    /// Waits for the next write; `None` when the store is closed and nothing waits.
    fn next(&self) -> Option<Box<dyn QueuedWrite>> {
        let mut queue = self.queue.lock();
        loop {
            if let Some(job) = queue.waiting.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            self.changed.wait(&mut queue);
        }
    }

    /// Writes, from the beginning again as long as that may help; the fault that undid it.
    fn write(&self, job: &mut dyn QueuedWrite, outcomes: &mut Outcomes) -> Option<Fault> {
        let mut attempt = 0;
        loop {
            let done = match self.links.get() {
                Ok(link) => attempt_on(&link, job, outcomes),
                // Nothing was sent, so nothing is in doubt.
                Err(fault) => Err(Undone { fault, again: true, in_doubt: false }),
            };
            let done = match done {
                Err(undone) if undone.in_doubt => self.settle(job, outcomes, undone),
                done => done,
            };
            let (fault, again) = match done {
                Ok(wrote) => {
                    if wrote {
                        self.note(None);
                    }
                    return None;
                }
                Err(undone) => (undone.fault, undone.again),
            };
            attempt += 1;
            // Who loses to others is in doubt of nothing and goes on until its time is up; a database that is away is not
            // asked for ever.
            let is_in_vain = attempt >= ATTEMPTS && !matches!(fault, Fault::Conflict);
            if !again || is_in_vain || Instant::now() >= job.until() {
                if !matches!(fault, Fault::Broken(_) | Fault::Conflict | Fault::TooLong | Fault::Busy) {
                    self.note(Some(fault.clone()));
                }
                return Some(fault);
            }
            self.again.fetch_add(1, Ordering::Relaxed);
            pause(attempt);
        }
    }

    /// The answer to a commit is missing: finds out whether it was kept.
    fn settle(&self, job: &dyn QueuedWrite, outcomes: &mut Outcomes, undone: Undone) -> Result<bool, Undone> {
        tracing::warn!("a commit was not answered");
        let until = job.until().max(Instant::now() + PATIENCE);
        for attempt in 1.. {
            match self.links.get().and_then(|link| outcomes.was_kept(&link)) {
                Ok(true) => return Ok(true),
                Ok(false) => return Err(Undone { again: true, ..undone }),
                Err(_) if Instant::now() >= until => break,
                Err(_) => pause(attempt),
            }
        }
        tracing::error!("a commit was not answered, and whether it was kept is not known");
        Err(Undone { fault: Fault::Unsure, again: false, in_doubt: true })
    }

    fn note(&self, fault: Option<Fault>) {
        let failed = fault.is_some();
        let before = self.last.lock().replace((Instant::now(), fault)).and_then(|(_, fault)| fault);
        match (before, failed) {
            (Some(_), false) => tracing::info!("writes succeed again"),
            (None, true) => tracing::error!("the database cannot be written"),
            _ => {}
        }
    }
}

/// A little longer each time, and never the same for two that are in each other's way.
fn pause(attempt: u32) {
    let chance = RandomState::new().hash_one(attempt);
    let most = 1u64 << attempt.min(7);
    std::thread::sleep(Duration::from_millis(most / 2 + chance % most.max(1)));
}

/// Why a write did not come to its end.
struct Undone {
    fault: Fault,
    /// Whether the same may succeed when it is begun anew.
    again: bool,
    /// Whether it may have been kept all the same.
    in_doubt: bool,
}

impl Undone {
    fn by(failure: Failure) -> Undone {
        Undone { fault: failure.fault, again: failure.again, in_doubt: false }
    }
}

/// Runs a write once. Whether it changed anything, or what undid it.
fn attempt_on(link: &Link, job: &mut dyn QueuedWrite, outcomes: &mut Outcomes) -> Result<bool, Undone> {
    // What has begun may take longer than what waits: a request with a thousand operations is one write.
    link.begin(BEGIN, job.until().max(Instant::now() + ANSWER * 2));
    let writing = Writing::default();
    let kept = catch_unwind(AssertUnwindSafe(|| job.run(&mut PgTx::writing(link, &writing)))).unwrap_or(false);
    if kept && link.failure().is_none() {
        // What it fails by is what the connection remembers.
        drop(writing.flush(link));
        if link.has_changed() {
            drop(outcomes.mark(link));
        }
    }
    if let Some(failure) = link.failure() {
        link.leave("ROLLBACK");
        return Err(Undone::by(failure));
    }
    if !kept {
        link.leave("ROLLBACK");
        return Ok(false);
    }
    let wrote = link.has_changed();
    match link.commit() {
        Ok(()) => Ok(wrote),
        Err(failure) if failure.lost && wrote => Err(Undone { in_doubt: true, ..Undone::by(failure) }),
        Err(failure) => {
            link.leave("ROLLBACK");
            Err(Undone::by(failure))
        }
    }
}
