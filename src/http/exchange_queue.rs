//! What was captured and waits to be written: bounded, and the newest stay.

use super::tape::Touched;
use crate::domain::connection_settings::CaptureMode;
use crate::domain::{NodeId, ScimId, Time, UserId};
use crate::scim::explain::redact::{Clean, Found};
use actix_web::web::Bytes;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// How many exchanges can wait, and how many bytes of bodies.
const WAITING: usize = 8_192;
const WAITING_BYTES: usize = 32 << 20;
/// How long more exchanges are waited for before some are written. With the size of a batch that bounds what capture costs: 256 in
/// each fifth of a second.
const GATHER: Duration = Duration::from_millis(200);

/// An exchange as it was captured. Its texts cannot hold secrets any more.
pub struct Raw {
    pub request_id: String,
    pub at: Time,
    pub connection: Option<(ScimId, &'static str)>,
    pub node: Option<NodeId>,
    pub mode: CaptureMode,
    pub is_noise: bool,
    pub method: String,
    pub path: Clean,
    pub query: Clean,
    pub status: u16,
    pub micros: u64,
    pub request_size: u64,
    pub answer_size: u64,
    pub agent: Option<String>,
    pub address: String,
    pub code: Option<&'static str>,
    pub token_tail: Option<String>,
    pub detail: Option<String>,
    pub conflict: Option<(String, UserId)>,
    pub relaxations: Vec<&'static str>,
    pub request_headers: Vec<(String, String)>,
    pub request_body: Option<Clean>,
    pub found: Found,
    pub answer_headers: Vec<(String, String)>,
    pub answer_body: Option<Bytes>,
    pub touched: Touched,
}

impl Raw {
    fn weight(&self) -> usize {
        let Touched { before, after, several } = &self.touched;
        let several = several.iter().flat_map(|one| [&one.before, &one.after]);
        let texts = [before, after].into_iter().chain(several).flatten().map(String::len).sum::<usize>();
        let body = self.request_body.as_ref().map_or(0, |body| body.as_str().len());
        1_000 + texts + body + self.answer_body.as_ref().map_or(0, Bytes::len)
    }
}

/// What waits for the thread.
#[derive(Default)]
struct Waiting {
    exchanges: VecDeque<Raw>,
    bytes: usize,
    /// Who waits, and for how many of the oldest.
    flushed: Vec<(oneshot::Sender<()>, usize)>,
    is_over: bool,
}

impl Waiting {
    /// So many of the oldest have gone; those who waited for no others.
    fn gone(&mut self, count: usize) -> Vec<oneshot::Sender<()>> {
        self.flushed.iter_mut().for_each(|(_, before)| *before = before.saturating_sub(count));
        self.flushed.extract_if(.., |(_, before)| *before == 0).map(|(reply, _)| reply).collect()
    }
}

/// The queue between requests and the thread. Where too much waits the oldest goes: what happened last is what people look for.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    dropped: AtomicU64,
    is_outdated: AtomicBool,
}

/// What the thread works on next.
pub(super) struct Taken {
    pub(super) batch: Vec<Raw>,
    pub(super) flushed: Vec<oneshot::Sender<()>>,
}

impl Queue {
    /// Keeps an exchange; where too many wait, the oldest is counted instead. Noise has no more than half of the room.
    pub(super) fn push(&self, raw: Raw) {
        let weight = raw.weight();
        let mut gone = Vec::new();
        let mut waiting = self.waiting.lock();
        if raw.is_noise && (waiting.exchanges.len() >= WAITING / 2 || waiting.bytes + weight > WAITING_BYTES / 2) {
            drop(waiting);
            return self.lose(1);
        }
        while waiting.exchanges.len() >= WAITING || waiting.bytes + weight > WAITING_BYTES {
            let Some(oldest) = waiting.exchanges.pop_front() else { break };
            waiting.bytes = waiting.bytes.saturating_sub(oldest.weight());
            gone.push(oldest);
        }
        // They would wait for what is never written.
        drop(waiting.gone(gone.len()));
        let was_empty = waiting.exchanges.is_empty();
        waiting.bytes += weight;
        waiting.exchanges.push_back(raw);
        drop(waiting);
        if was_empty {
            self.changed.notify_one();
        }
        if !gone.is_empty() {
            self.lose(gone.len() as u64);
        }
    }

    /// How many were not kept since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// What was counted of the rings holds no more.
    pub(super) fn recount(&self) {
        self.is_outdated.store(true, Ordering::Release);
    }

    /// Whether that was said since the last time.
    pub(super) fn is_outdated(&self) -> bool {
        self.is_outdated.swap(false, Ordering::AcqRel)
    }

    /// Done when what waits now has been written.
    pub(super) fn flush(&self) -> oneshot::Receiver<()> {
        let (reply, done) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        let before = waiting.exchanges.len();
        waiting.flushed.push((reply, before));
        drop(waiting);
        self.changed.notify_one();
        done
    }

    /// Lets the thread write what waits and end.
    pub(super) fn end(&self) {
        self.waiting.lock().is_over = true;
        self.changed.notify_one();
    }

    /// Counts what was not kept.
    pub(super) fn lose(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }

    /// At most so many of the oldest, once a while has passed in which more could come: a commit costs as much for one as for
    /// many. At once for who waits for it. An empty batch when nothing comes for so long, `None` when all is over.
    pub(super) fn take(&self, most: usize, patience: Duration) -> Option<Taken> {
        let mut waiting = self.waiting.lock();
        let is_idle =
            |waiting: &mut Waiting| waiting.exchanges.is_empty() && waiting.flushed.is_empty() && !waiting.is_over;
        self.changed.wait_while_for(&mut waiting, is_idle, patience);
        let may_gather = |waiting: &mut Waiting| waiting.flushed.is_empty() && !waiting.is_over;
        if !waiting.exchanges.is_empty() {
            self.changed.wait_while_for(&mut waiting, may_gather, GATHER);
        }
        if waiting.is_over && waiting.exchanges.is_empty() && waiting.flushed.is_empty() {
            return None;
        }
        let count = waiting.exchanges.len().min(most);
        let batch: Vec<Raw> = waiting.exchanges.drain(..count).collect();
        waiting.bytes = waiting.bytes.saturating_sub(batch.iter().map(Raw::weight).sum());
        let flushed = waiting.gone(count);
        Some(Taken { batch, flushed })
    }
}
