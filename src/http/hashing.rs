//! Password hashing on one thread of its own: each hash takes 19 MiB and tens of milliseconds, and a burst of strangers
//! must neither stop a worker nor leave that memory behind on many threads.

use super::error::ApiError;
use crate::domain::Fault;
use crate::domain::admin::Hasher;
use std::sync::mpsc::{SyncSender, sync_channel};
use tokio::sync::oneshot;

/// Hashes that wait; more are refused at once.
const WAITING: usize = 32;

type Work = Box<dyn FnOnce(&mut Hasher) + Send>;

/// The thread and its queue; it ends when this is dropped.
pub struct Hashing(SyncSender<Work>);

impl Hashing {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn start() -> std::io::Result<Hashing> {
        let (queue, waiting) = sync_channel::<Work>(WAITING);
        let thread = std::thread::Builder::new().name("hashing".to_owned());
        thread.spawn(move || {
            let mut hasher = Hasher::default();
            waiting.into_iter().for_each(|work| work(&mut hasher));
        })?;
        Ok(Hashing(queue))
    }

    /// Does one piece of work there.
    ///
    /// # Errors
    /// `BUSY` when too much waits.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |hasher| drop(reply.send(work(hasher))));
        self.0.try_send(work).map_err(|_| Fault::Busy)?;
        answer.await.map_err(|_| ApiError::broken("the hashing thread ended"))
    }
}
