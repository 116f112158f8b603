//! Writing: one thread commits whatever waits in one go, and answers only when the disk has it.

use super::batch::WriteBatch;
use super::checkpoint::{Checkpoints, PAUSE, empty_log, leave_log, settle_log};
use crate::domain::{Fault, Tx};
use crate::store::queued_write::{QueuedWrite, Write};
use crate::store::sqlite::health::Health;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const WAITING: usize = 1024;
/// How long a write waits while another process holds the file, counted from when it was queued: however many wait, all
/// are told in time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The thread that writes, and its queue.
pub(in crate::store) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn QueuedWrite>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread on its connection.
    pub(in crate::store) fn start(
        db: Connection,
        health: Arc<Health>,
        checkpoints: Checkpoints,
    ) -> Result<Writer, Fault> {
        let ours = checkpoints == Checkpoints::Ours;
        if !ours {
            leave_log(&db)?;
        }
        let (queue, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let mut batch = WriteBatch::new(db, health);
            let mut in_log = ours;
            while let Some(first) = next(&waiting, in_log) {
                in_log = match first {
                    Next::Write(job) => {
                        batch.commit(vec![job], || waiting.try_recv().ok());
                        ours
                    }
                    Next::Pause => !settle_log(&batch.db),
                };
            }
            if ours {
                empty_log(&batch.db);
            }
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
        let job: Box<dyn QueuedWrite> = Box::new(Write { f, result: None, reply, until: Instant::now() + PATIENCE });
        let refused = match self.queue.lock().as_ref() {
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
        drop(self.queue.lock().take());
        if let Some(thread) = self.thread.lock().take() {
            drop(thread.join());
        }
    }
}

/// What the thread does next.
enum Next {
    Write(Box<dyn QueuedWrite>),
    Pause,
}

/// Waits for a write, or for a pause while the log holds anything. `None` when the store is closed.
fn next(waiting: &Receiver<Box<dyn QueuedWrite>>, in_log: bool) -> Option<Next> {
    if !in_log {
        return waiting.recv().ok().map(Next::Write);
    }
    match waiting.recv_timeout(PAUSE) {
        Ok(job) => Some(Next::Write(job)),
        Err(RecvTimeoutError::Timeout) => Some(Next::Pause),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::batch::{BATCH, tests::new_node};
    use super::super::run;
    use super::*;
    use crate::domain::{Error, Result, Time};
    use crate::store::Store;
    use std::sync::mpsc::channel;

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
            store.sqlite().writer.send(new_node(&name), move |result| drop(reply.send(result)));
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
