//! Writing: one thread commits whatever waits in one go, and answers only when the disk has it.

use super::log::{PAUSE, empty_log, settle_log};
use super::{SqliteTx, heads::Heads, run};
use crate::domain::{Fault, Tx};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const WAITING: usize = 1024;
const BATCH: usize = 128;
/// How long a write waits while another process holds the file, counted from when it was queued: however many wait, all
/// are told in time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The thread that writes, and its queue.
pub(in crate::store) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread on its connection.
    pub(in crate::store) fn start(db: Connection) -> Result<Writer, Fault> {
        let (queue, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let mut batch = Batch { db: &db, last_complaint: None };
            let mut in_log = true;
            while let Some(first) = next(&waiting, in_log) {
                in_log = match first {
                    Next::Write(job) => {
                        batch.commit(vec![job], || waiting.try_recv().ok());
                        true
                    }
                    Next::Pause => !settle_log(&db),
                };
            }
            empty_log(&db);
        });
        let thread = thread.map_err(|e| Fault::Broken(format!("no thread for writes: {e}")))?;
        Ok(Writer { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// Queues a write; `reply` is called once, by the thread that writes or, when the queue is full, right here.
    pub(in crate::store) fn send<T, E, F, R>(&self, f: F, reply: R)
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        R: FnOnce(Result<T, E>) + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let job: Box<dyn Job> = Box::new(Write { f, result: None, reply, until: Instant::now() + PATIENCE });
        let refused = match lock(&self.queue).as_ref() {
            Some(queue) => match queue.try_send(job) {
                Ok(()) => None,
                Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => Some(job),
            },
            None => Some(job),
        };
        if let Some(job) = refused {
            job.answer(Some(Fault::Busy));
        }
    }

    /// Finishes what waits, empties the log and ends the thread.
    pub(in crate::store) fn close(&self) {
        drop(lock(&self.queue).take());
        if let Some(thread) = lock(&self.thread).take() {
            drop(thread.join());
        }
    }
}

/// What the thread does next.
enum Next {
    Write(Box<dyn Job>),
    Pause,
}

/// Waits for a write, or for a pause while the log holds anything. `None` when the store is closed.
fn next(waiting: &Receiver<Box<dyn Job>>, in_log: bool) -> Option<Next> {
    if !in_log {
        return waiting.recv().ok().map(Next::Write);
    }
    match waiting.recv_timeout(PAUSE) {
        Ok(job) => Some(Next::Write(job)),
        Err(RecvTimeoutError::Timeout) => Some(Next::Pause),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A write in the queue, whatever it returns.
trait Job: Send {
    /// Does the work and keeps the result; whether the work shall stay.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;
    /// Hands the result over, or the fault that undid it.
    fn answer(self: Box<Self>, fault: Option<Fault>);
    /// Until when it waits for a file that another process holds.
    fn until(&self) -> Instant;
}

struct Write<T, E, F, R> {
    f: F,
    result: Option<Result<T, E>>,
    reply: R,
    until: Instant,
}

impl<T, E, F, R> Job for Write<T, E, F, R>
where
    F: Fn(&mut dyn Tx) -> Result<T, E> + Send,
    R: FnOnce(Result<T, E>) + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        // What an earlier run came to is undone with it.
        self.result = None;
        self.result.insert((self.f)(tx)).is_ok()
    }

    fn answer(self: Box<Self>, fault: Option<Fault>) {
        let result = match (fault, self.result) {
            (Some(fault), _) => Err(fault.into()),
            (None, Some(result)) => result,
            (None, None) => Err(Fault::Broken("a write panicked".to_owned()).into()),
        };
        (self.reply)(result);
    }

    fn until(&self) -> Instant {
        self.until
    }
}

/// What running a batch without savepoints came to.
enum Together {
    /// All of it is on disk.
    Done,
    /// None of it is.
    Lost(Fault),
    /// None of it is, because one job failed half-way.
    Torn,
}

/// Commits jobs together on one connection.
struct Batch<'c> {
    db: &'c Connection,
    last_complaint: Option<Instant>,
}

impl Batch<'_> {
    /// Runs the jobs one after the other in one transaction, and with them those that come meanwhile, and answers them when
    /// it is on disk.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>, come: impl FnMut() -> Option<Box<dyn Job>>) {
        match self.together(&mut jobs, come) {
            Together::Done => self.answer(jobs.into_iter(), None),
            Together::Lost(fault) => self.answer(jobs.into_iter(), Some(&fault)),
            Together::Torn => self.apart(jobs.into_iter()),
        }
    }

    /// Without savepoints, which would copy every page that a job touches: nearly all jobs that fail fail before they
    /// have written anything, and then there is nothing of theirs to undo.
    fn together(&mut self, jobs: &mut Vec<Box<dyn Job>>, mut come: impl FnMut() -> Option<Box<dyn Job>>) -> Together {
        let until = jobs.first().map_or_else(Instant::now, |job| job.until());
        if let Err(fault) = self.begin(until) {
            return Together::Lost(fault);
        }
        let heads = Heads::default();
        let mut next = 0;
        loop {
            // Whoever comes while others are served shares their commit, which costs as much for one as for many.
            if next == jobs.len() && next < BATCH {
                jobs.extend(come());
            }
            let Some(job) = jobs.get_mut(next) else { break };
            next += 1;
            let before = self.db.total_changes();
            let kept = self.try_job(job.as_mut(), &heads);
            // On a full disk or a failing one SQLite ends the transaction by itself.
            if self.db.is_autocommit() {
                return Together::Lost(Fault::Unwritable);
            }
            if !kept && self.db.total_changes() != before {
                self.roll_back();
                return Together::Torn;
            }
        }
        match heads.flush(self.db).and_then(|()| self.run("COMMIT")) {
            Ok(()) => Together::Done,
            Err(fault) => {
                self.roll_back();
                Together::Lost(fault)
            }
        }
    }

    /// Runs the jobs again, each in a savepoint of its own, because one of them failed half-way.
    fn apart(&mut self, mut jobs: impl Iterator<Item = Box<dyn Job>>) {
        let mut done: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
        let mut heads = Heads::default();
        while let Some(mut job) = jobs.next() {
            if self.db.is_autocommit() {
                heads = Heads::default();
                if let Err(fault) = self.begin(job.until()) {
                    // Trying again for each of them would make the last one wait for all the time-outs before it.
                    return self.answer(std::iter::once(job).chain(jobs), Some(&fault));
                }
            }
            let kept = self.isolate(job.as_mut(), &heads);
            done.push(job);
            if let Err(fault) = kept {
                self.answer(done.drain(..), Some(&fault));
            }
        }
        if done.is_empty() {
            return;
        }
        let fault = heads.flush(self.db).and_then(|()| self.run("COMMIT")).err();
        if fault.is_some() {
            self.roll_back();
        }
        self.answer(done.into_iter(), fault.as_ref());
    }

    /// Runs one job in a savepoint. A fault means that the whole transaction is gone, with the jobs before it.
    fn isolate(&mut self, job: &mut dyn Job, heads: &Heads) -> Result<(), Fault> {
        let mark = heads.mark();
        let opened = self.run("SAVEPOINT job");
        let kept = opened.is_ok() && self.try_job(job, heads);
        // On a full disk or a failing one SQLite ends the transaction by itself.
        if self.db.is_autocommit() {
            return Err(opened.err().unwrap_or(Fault::Unwritable));
        }
        if !kept {
            heads.undo_to(mark);
        }
        let undone = if kept { Ok(()) } else { opened.and_then(|()| self.run("ROLLBACK TO job")) };
        undone.and_then(|()| self.run("RELEASE job")).inspect_err(|_| self.roll_back())
    }

    /// Does a job's work; whether it shall stay. A panic costs its caller alone.
    fn try_job(&self, job: &mut dyn Job, heads: &Heads) -> bool {
        catch_unwind(AssertUnwindSafe(|| job.run(&mut SqliteTx(self.db, None, Some(heads))))).unwrap_or(false)
    }

    fn roll_back(&self) {
        if !self.db.is_autocommit()
            && let Err(error) = run(self.db, "ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
    }

    /// Begins a transaction that writes, as soon as no other process does and not later than `until`.
    fn begin(&self, until: Instant) -> Result<(), Fault> {
        self.db.busy_timeout(until.saturating_duration_since(Instant::now()))?;
        self.run("BEGIN IMMEDIATE")
    }

    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        run(self.db, sql).map_err(Fault::from)
    }

    fn answer(&mut self, jobs: impl Iterator<Item = Box<dyn Job>>, fault: Option<&Fault>) {
        let quiet = self.last_complaint.is_some_and(|at| at.elapsed() < Duration::from_secs(10));
        if let Some(fault) = fault
            && !quiet
        {
            self.last_complaint = Some(Instant::now());
            tracing::error!(%fault, "writes are refused");
        }
        for job in jobs {
            // What is handed over may panic when it is dropped; that must not cost the next caller its answer.
            drop(catch_unwind(AssertUnwindSafe(|| job.answer(fault.cloned()))));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
    use super::super::migrate;
    use super::*;
    use crate::domain::{Act, Error, Result, Time, node};
    use crate::store::{Store, folder};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc::channel};

    fn act() -> Act {
        Act { now: Time(1), by: "test".to_owned(), address: String::new(), request_id: String::new(), seed: [1; 16] }
    }

    fn new_node(name: &str) -> impl Fn(&mut dyn Tx) -> Result<String> + Send + use<> {
        let name = name.to_owned();
        move |tx| match name.as_str() {
            "panic" => panic!("on purpose"),
            name => Ok(node::create(tx, &act(), name, None)?.name),
        }
    }

    /// Commits jobs in one go on a fresh database; the answers in order, and the nodes that are there afterwards.
    fn commit(names: &[String], set_up: impl FnOnce(&mut Connection)) -> (Vec<Result<String>>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let mut db = migrate::open(&folder::prepare(dir.path()).unwrap(), Time(1), [7; 32], &|| true).unwrap();
        set_up(&mut db);
        let (reply, answers) = channel();
        let jobs = names.iter().map(|name| {
            let reply = reply.clone();
            let reply = move |result| reply.send(result).unwrap();
            Box::new(Write { f: new_node(name), result: None, reply, until: Instant::now() + PATIENCE }) as Box<dyn Job>
        });
        Batch { db: &db, last_complaint: None }.commit(jobs.collect(), || None);
        assert!(db.is_autocommit());
        let mut names = db.prepare("SELECT name FROM node WHERE parent_id IS NOT NULL ORDER BY node_id").unwrap();
        let there = names.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        (answers.try_iter().collect(), there)
    }

    #[test]
    fn a_hundred_writes_are_one_commit_and_a_refused_one_or_a_panic_costs_its_caller_alone() {
        let name = |i| match i {
            40 => "NODE 7".to_owned(),
            60 => "panic".to_owned(),
            i => format!("node {i}"),
        };
        let names: Vec<_> = (0..100).map(name).collect();
        let commits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&commits);
        let (answers, there) = commit(&names, |db| {
            let count = move || counter.fetch_add(1, Ordering::SeqCst) == usize::MAX;
            db.commit_hook(Some(count)).unwrap();
        });
        assert_eq!(commits.load(Ordering::SeqCst), 1);
        assert_eq!(answers.len(), 100);
        let mut kept = Vec::new();
        for (i, answer) in answers.into_iter().enumerate() {
            match (i, answer) {
                (40, answer) => assert!(matches!(answer, Err(Error::NameTaken(_))), "{answer:?}"),
                (60, answer) => assert!(matches!(answer, Err(Error::Fault(Fault::Broken(_)))), "{answer:?}"),
                (_, answer) => kept.push(answer.unwrap()),
            }
        }
        assert_eq!(kept, there);
    }

    #[test]
    fn on_a_full_disk_nothing_is_acknowledged_that_is_not_there() {
        let names: Vec<_> = (0..100).map(|i| format!("{i} {}", "x".repeat(190))).collect();
        let (answers, there) = commit(&names, |db| {
            let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            db.query_row(&format!("PRAGMA max_page_count = {}", pages + 4), [], |_| Ok(())).unwrap();
        });
        assert_eq!(answers.len(), 100);
        let (kept, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(kept.into_iter().map(Result::unwrap).collect::<Vec<_>>(), there);
        assert!(!refused.is_empty());
        for answer in refused {
            assert!(matches!(answer, Err(Error::Fault(Fault::Unwritable))), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_write_is_seen_by_the_next_read_and_survives_closing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let all: Vec<_> = (0..100).map(|i| store.write(new_node(&format!("node {i}")))).collect();
        let panicked = store.write(new_node("panic"));
        drop(store.write(new_node("nobody waits")));
        for one in all {
            one.await.unwrap();
        }
        assert!(matches!(panicked.await, Err(Error::Fault(Fault::Broken(_)))));
        let name = store.write(new_node("last")).await.unwrap();
        let count = |store: &Store| store.read(|tx| -> Result<_> { Ok(tx.nodes()?.len()) }).unwrap();
        assert_eq!((name.as_str(), count(&store)), ("last", 103));
        store.close();
        store.close();
        assert_eq!(dir.path().join("scimbox.db-wal").metadata().map_or(0, |log| log.len()), 0);
        let refused = store.write(new_node("late")).await;
        assert!(matches!(refused, Err(Error::Fault(Fault::Busy))), "{refused:?}");
        assert_eq!(count(&Store::open(dir.path(), Time(2), [8; 32]).unwrap()), 103);
    }

    #[test]
    fn a_write_waits_for_another_process_and_a_full_queue_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let other = super::super::connect_writer(&dir.path().join("scimbox.db")).unwrap();
        run(&other, "BEGIN IMMEDIATE").unwrap();
        let (reply, answers) = channel();
        let send = |name: String| {
            let reply = reply.clone();
            store.0.writer.send(new_node(&name), move |result| drop(reply.send(result)));
        };
        // The thread takes at most one batch out of the queue before it has to wait.
        (0..WAITING + BATCH + 1).for_each(|i| send(format!("node {i}")));
        let refused = answers.recv().unwrap();
        assert!(matches!(refused, Err(Error::Fault(Fault::Busy))), "{refused:?}");
        run(&other, "ROLLBACK").unwrap();
        store.close();
        assert!(answers.try_iter().filter(Result::is_ok).count() >= WAITING);
    }
}
