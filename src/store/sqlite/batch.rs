//! A commit of many writes: they share one transaction, and each is answered when the disk has it.

use super::checkpoint::settle_log;
use super::{SqliteTx, connect_writer, run, write_cache::WriteCache};
use crate::domain::Fault;
use crate::store::queued_write::QueuedWrite;
use crate::store::sqlite::health::Health;
use rusqlite::{Connection, ErrorCode};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

/// Writes that share one commit.
pub(super) const BATCH: usize = 128;

/// What running a batch without savepoints came to.
enum Together {
    /// All of it is on disk.
    Done {
        /// Whether anything was written.
        wrote: bool,
    },
    /// None of it is, or after [`Fault::Unsure`] nobody knows.
    Lost(Fault),
    /// None of it is, because one job failed half-way.
    Torn,
}

/// Commits jobs together on one connection.
pub(super) struct WriteBatch {
    pub(super) db: Connection,
    health: Arc<Health>,
    /// What is wrong and already in the log.
    complaint: Option<Fault>,
    /// After a failed fdatasync the system may call clean what never reached the disk, so nothing goes on as if it had.
    must_reopen: bool,
}

impl WriteBatch {
    pub(super) fn new(db: Connection, health: Arc<Health>) -> WriteBatch {
        WriteBatch { db, health, complaint: None, must_reopen: false }
    }

    /// Runs the jobs one after the other in one transaction, and with them those that come meanwhile, and answers them when
    /// it is on disk.
    pub(super) fn commit(
        &mut self,
        mut jobs: Vec<Box<dyn QueuedWrite>>,
        come: impl FnMut() -> Option<Box<dyn QueuedWrite>>,
    ) {
        match self.together(&mut jobs, come) {
            Together::Done { wrote } => {
                if wrote {
                    self.recovered();
                }
                self.answer(jobs.into_iter(), None);
            }
            Together::Lost(fault) => self.answer(jobs.into_iter(), Some(&fault)),
            Together::Torn => self.apart(jobs.into_iter()),
        }
    }

    /// Without savepoints, which would copy every page that a job touches: nearly all jobs that fail fail before they
    /// have written anything, and then there is nothing of theirs to undo.
    fn together(
        &mut self,
        jobs: &mut Vec<Box<dyn QueuedWrite>>,
        mut come: impl FnMut() -> Option<Box<dyn QueuedWrite>>,
    ) -> Together {
        let until = jobs.first().map_or_else(Instant::now, |job| job.until());
        if let Err(fault) = self.begin(until) {
            return Together::Lost(fault);
        }
        let (cache, begun) = (WriteCache::default(), self.db.total_changes());
        let mut next = 0;
        loop {
            // Whoever comes while others are served shares their commit, which costs as much for one as for many.
            if next == jobs.len() && next < BATCH {
                jobs.extend(come());
            }
            let Some(job) = jobs.get_mut(next) else { break };
            next += 1;
            let before = self.db.total_changes();
            let kept = self.try_job(job.as_mut(), &cache);
            // On a full disk or a failing one SQLite ends the transaction by itself.
            if self.db.is_autocommit() {
                return Together::Lost(Fault::Unwritable);
            }
            if !kept && self.db.total_changes() != before {
                self.roll_back();
                return Together::Torn;
            }
        }
        match cache.flush(&self.db).and_then(|()| self.end()) {
            Ok(()) => Together::Done { wrote: self.db.total_changes() != begun },
            Err(fault) => {
                self.roll_back();
                Together::Lost(fault)
            }
        }
    }

    /// Runs the jobs again, each in a savepoint of its own, because one of them failed half-way.
    fn apart(&mut self, mut jobs: impl Iterator<Item = Box<dyn QueuedWrite>>) {
        let mut done: Vec<Box<dyn QueuedWrite>> = Vec::with_capacity(BATCH);
        let mut cache = WriteCache::default();
        while let Some(mut job) = jobs.next() {
            if self.db.is_autocommit() {
                cache = WriteCache::default();
                if let Err(fault) = self.begin(job.until()) {
                    // Trying again for each of them would make the last one wait for all the time-outs before it.
                    return self.answer(std::iter::once(job).chain(jobs), Some(&fault));
                }
            }
            let kept = self.isolate(job.as_mut(), &cache);
            done.push(job);
            if let Err(fault) = kept {
                self.answer(done.drain(..), Some(&fault));
            }
        }
        if done.is_empty() {
            return;
        }
        let fault = cache.flush(&self.db).and_then(|()| self.end()).err();
        match fault {
            Some(_) => self.roll_back(),
            None => self.recovered(),
        }
        self.answer(done.into_iter(), fault.as_ref());
    }

    /// Runs one job in a savepoint. A fault means that the whole transaction is gone, with the jobs before it.
    fn isolate(&mut self, job: &mut dyn QueuedWrite, cache: &WriteCache) -> Result<(), Fault> {
        let mark = cache.mark();
        let opened = self.run("SAVEPOINT job");
        let kept = opened.is_ok() && self.try_job(job, cache);
        // On a full disk or a failing one SQLite ends the transaction by itself.
        if self.db.is_autocommit() {
            return Err(opened.err().unwrap_or(Fault::Unwritable));
        }
        if !kept {
            cache.undo_to(mark);
        }
        let undone = if kept { Ok(()) } else { opened.and_then(|()| self.run("ROLLBACK TO job")) };
        undone.and_then(|()| self.run("RELEASE job")).inspect_err(|_| self.roll_back())
    }

    /// Does a job's work; whether it shall stay. A panic costs its caller alone.
    fn try_job(&self, job: &mut dyn QueuedWrite, cache: &WriteCache) -> bool {
        catch_unwind(AssertUnwindSafe(|| job.run(&mut SqliteTx::writing(&self.db, cache)))).unwrap_or(false)
    }

    fn roll_back(&self) {
        if !self.db.is_autocommit()
            && let Err(error) = run(&self.db, "ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
    }

    /// Begins a transaction that writes, as soon as no other process does and not later than `until`.
    fn begin(&mut self, until: Instant) -> Result<(), Fault> {
        if let Err(moved) = self.health.moved() {
            // While the log is still open, what was acknowledged can go to the database file.
            if self.complaint.as_ref().is_none_or(|known| !matches!(known, Fault::Moved)) {
                settle_log(&self.db);
            }
            return Err(moved);
        }
        if self.must_reopen {
            self.db = connect_writer(self.health.file())?;
            self.must_reopen = false;
        }
        self.db.busy_timeout(until.saturating_duration_since(Instant::now()))?;
        self.run("BEGIN IMMEDIATE")
    }

    /// Commits. Whatever fails before this has left no trace; a disk that fails here may have kept everything.
    fn end(&mut self) -> Result<(), Fault> {
        let done = run(&self.db, "COMMIT");
        if let Err(error) = &done
            && error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
        {
            tracing::error!(%error, "a commit failed, and whether it was kept is not known");
            self.must_reopen = true;
            return Err(Fault::Unsure);
        }
        Ok(done?)
    }

    /// Something was written.
    fn recovered(&mut self) {
        if self.complaint.take().is_some() {
            tracing::info!("writes succeed again");
        }
        self.health.note(None);
    }

    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        run(&self.db, sql).map_err(Fault::from)
    }

    fn answer(&mut self, jobs: impl Iterator<Item = Box<dyn QueuedWrite>>, fault: Option<&Fault>) {
        if let Some(fault) = fault {
            if !matches!(fault, Fault::Busy) {
                self.health.note(Some(fault.clone()));
            }
            if self.complaint.as_ref().is_none_or(|known| known.code() != fault.code()) {
                tracing::error!(%fault, "writes are refused");
            }
            self.complaint = Some(fault.clone());
        }
        for job in jobs {
            // What is handed over may panic when it is dropped; that must not cost the next caller its answer.
            drop(catch_unwind(AssertUnwindSafe(|| job.answer(fault.cloned()))));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
    use super::super::migrate;
    use super::*;
    use crate::domain::{Act, Error, Result, Time, Tx, node};
    use crate::store::queued_write::Write;
    use crate::store::sqlite::{folder, health::Health};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    fn act() -> Act {
        Act { now: Time(1), by: "test".to_owned(), address: String::new(), request_id: String::new(), seed: [1; 16] }
    }

    pub(in crate::store::sqlite) fn new_node(name: &str) -> impl Fn(&mut dyn Tx) -> Result<String> + Send + use<> {
        let name = name.to_owned();
        move |tx| match name.as_str() {
            "panic" => panic!("on purpose"),
            name => Ok(node::create(tx, &act(), name, None)?.name),
        }
    }

    /// Commits jobs in one go on a fresh database; the answers in order, and the nodes that are there afterwards.
    fn commit(names: &[String], set_up: impl FnOnce(&mut Connection)) -> (Vec<Result<String>>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let file = folder::prepare(dir.path()).unwrap();
        let mut db = migrate::open(&file, Time(1), [7; 32], &|| true).unwrap();
        set_up(&mut db);
        let (reply, answers) = channel();
        let jobs = names.iter().map(|name| {
            let reply = reply.clone();
            let reply = move |result| reply.send(result).unwrap();
            Box::new(Write {
                f: new_node(name),
                result: None,
                reply,
                until: Instant::now() + std::time::Duration::from_secs(5),
            }) as Box<dyn QueuedWrite>
        });
        let mut batch = WriteBatch::new(db, Arc::new(Health::of(&file)));
        batch.commit(jobs.collect(), || None);
        let db = batch.db;
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
}
