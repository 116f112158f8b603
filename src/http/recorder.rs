//! The recorder: what was captured waits in a bounded queue for a thread of its own, which puts it into words and writes it in
//! batches, so that no request waits for it.

use super::exchange_queue::{Queue, Raw};
use super::exchange_writer::Writer;
use crate::store::Store;
use parking_lot::Mutex;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// The way to the thread.
pub struct Recorder {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there can be none.
    pub fn start(store: &Store) -> std::io::Result<Recorder> {
        let queue = Arc::<Queue>::default();
        let mut writer = Writer::new(store, Arc::clone(&queue));
        let thread = std::thread::Builder::new().name("requests".to_owned()).spawn(move || writer.run())?;
        Ok(Recorder { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Keeps an exchange; where too many wait, the oldest is counted instead. Noise has no more than half of the room.
    pub fn keep(&self, raw: Raw) {
        self.queue.push(raw);
    }

    /// How many were not kept since the start.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// What is kept was removed by others: it is counted again.
    pub fn recount(&self) {
        self.queue.recount();
    }

    /// Waits a short while until what was captured so far can be read.
    pub async fn flush(&self) {
        drop(tokio::time::timeout(Duration::from_secs(2), self.queue.flush()).await);
    }

    /// Writes what waits and ends the thread.
    pub fn stop(&self) {
        let Some(thread) = self.thread.lock().take() else { return };
        self.queue.end();
        drop(thread.join());
    }
}
