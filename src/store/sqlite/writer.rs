//! Writing: one thread commits whatever waits in one go, and answers only when the disk has it.

use super::{SqliteTx, run};
use crate::domain::{Fault, Tx};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const WAITING: usize = 1024;
const BATCH: usize = 128;

/// The thread that writes, and its queue.
pub(in crate::store) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread on its connection.
    pub(in crate::store) fn start(db: Connection) -> Result<Writer, Fault> {
        let (queue, mut waiting) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let mut batch = Batch { db: &db, last_complaint: None };
            let mut jobs = Vec::with_capacity(BATCH);
            while waiting.blocking_recv_many(&mut jobs, BATCH) > 0 {
                batch.commit(jobs.drain(..));
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
        let job: Box<dyn Job> = Box::new(Write { f, result: None, reply });
        let refused = match lock(&self.queue).as_ref() {
            Some(queue) => queue.try_send(job).err().map(mpsc::error::TrySendError::into_inner),
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A write in the queue, whatever it returns.
trait Job: Send {
    /// Does the work and keeps the result; whether the work shall stay.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;
    /// Hands the result over, or the fault that undid it.
    fn answer(self: Box<Self>, fault: Option<Fault>);
}

struct Write<T, E, F, R> {
    f: F,
    result: Option<Result<T, E>>,
    reply: R,
}

impl<T, E, F, R> Job for Write<T, E, F, R>
where
    F: Fn(&mut dyn Tx) -> Result<T, E> + Send,
    R: FnOnce(Result<T, E>) + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
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
}

/// Commits jobs together on one connection.
struct Batch<'c> {
    db: &'c Connection,
    last_complaint: Option<Instant>,
}

impl Batch<'_> {
    /// Runs the jobs one after the other in one transaction, each in a savepoint of its own, and answers them when the
    /// transaction is on disk.
    fn commit(&mut self, mut jobs: impl Iterator<Item = Box<dyn Job>>) {
        let mut done: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
        while let Some(mut job) = jobs.next() {
            if self.db.is_autocommit()
                && let Err(fault) = self.run("BEGIN IMMEDIATE")
            {
                // Trying again for each of them would make the last one wait for all the time-outs before it.
                return self.answer(std::iter::once(job).chain(jobs), Some(&fault));
            }
            let kept = self.isolate(job.as_mut());
            done.push(job);
            if let Err(fault) = kept {
                self.answer(done.drain(..), Some(&fault));
            }
        }
        if done.is_empty() {
            return;
        }
        let fault = self.run("COMMIT").err();
        if fault.is_some() {
            self.roll_back();
        }
        self.answer(done.into_iter(), fault.as_ref());
    }

    /// Runs one job in a savepoint. A fault means that the whole transaction is gone, with the jobs before it.
    fn isolate(&mut self, job: &mut dyn Job) -> Result<(), Fault> {
        let opened = self.run("SAVEPOINT job");
        let kept =
            opened.is_ok() && catch_unwind(AssertUnwindSafe(|| job.run(&mut SqliteTx(self.db)))).unwrap_or(false);
        // On a full disk or a failing one SQLite ends the transaction by itself.
        if self.db.is_autocommit() {
            return Err(opened.err().unwrap_or(Fault::Unwritable));
        }
        let undone = if kept { Ok(()) } else { opened.and_then(|()| self.run("ROLLBACK TO job")) };
        undone.and_then(|()| self.run("RELEASE job")).inspect_err(|_| self.roll_back())
    }

    fn roll_back(&self) {
        if !self.db.is_autocommit()
            && let Err(error) = run(self.db, "ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
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

/// Brings the whole log into the database file. Another process that reads for long is not waited for: it will do this.
fn empty_log(db: &Connection) {
    let emptied = db
        .busy_timeout(Duration::from_secs(1))
        .and_then(|()| db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0)));
    match emptied {
        Ok(false) => {}
        Ok(true) => tracing::info!("the log is still in use by another process and stays"),
        Err(error) => tracing::warn!(%error, "the log could not be emptied; the next start does it"),
    }
}
