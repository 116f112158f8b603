//! Password hashing on one thread of its own: each hash takes 19 MiB and tens of milliseconds, and a burst of strangers
//! must neither stop a worker nor leave that memory behind on many threads. Whoever is known goes before strangers.

use super::error::ApiError;
use crate::domain::Fault;
use crate::domain::admin::Hasher;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Hashes that wait for strangers; more are refused at once.
const STRANGE: usize = 32;
/// The same for those who are known, of whom there are few.
const KNOWN: usize = 128;

type Work = Box<dyn FnOnce(&mut Hasher) + Send>;

/// Who waits for a hash.
#[derive(Clone, Copy)]
pub enum HashPriority {
    /// A session, or a browser that has signed in before.
    Known,
    /// Anybody else.
    Strange,
}

/// The thread and its queue; it ends when this is dropped.
pub struct Hashing(Arc<HashQueue>);

#[derive(Default)]
struct HashQueue {
    waiting: Mutex<Waiting>,
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    known: VecDeque<Work>,
    strange: VecDeque<Work>,
    over: bool,
}

impl HashQueue {
    fn is_idle(&self) -> bool {
        let waiting = self.waiting.lock();
        waiting.known.is_empty() && waiting.strange.is_empty()
    }

    /// The next piece of work; `None` at the end.
    fn next(&self) -> Option<Work> {
        let mut waiting = self.waiting.lock();
        loop {
            if let Some(work) = waiting.known.pop_front().or_else(|| waiting.strange.pop_front()) {
                return Some(work);
            }
            if waiting.over {
                return None;
            }
            self.more.wait(&mut waiting);
        }
    }
}

impl Hashing {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn start() -> std::io::Result<Hashing> {
        let queue = Arc::new(HashQueue::default());
        let worked = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("hashing".to_owned());
        thread.spawn(move || {
            let mut hasher = Hasher::default();
            while let Some(work) = worked.next() {
                work(&mut hasher);
                if worked.is_idle() {
                    // Its 19 MiB are given back until somebody comes again.
                    hasher = Hasher::default();
                }
            }
        })?;
        Ok(Hashing(queue))
    }

    /// Does one piece of work there.
    ///
    /// # Errors
    /// `BUSY` when too much waits.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: HashPriority,
        work: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |hasher| {
            // Whoever has gone away needs no hash.
            if !reply.is_closed() {
                drop(reply.send(work(hasher)));
            }
        });
        {
            let mut waiting = self.0.waiting.lock();
            let (line, most) = match lane {
                HashPriority::Known => (&mut waiting.known, KNOWN),
                HashPriority::Strange => (&mut waiting.strange, STRANGE),
            };
            if line.len() >= most {
                return Err(Fault::Busy.into());
            }
            line.push_back(work);
        }
        self.0.more.notify_one();
        answer.await.map_err(|_| ApiError::broken("the hashing thread ended"))
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        self.0.waiting.lock().over = true;
        self.0.more.notify_one();
    }
}
