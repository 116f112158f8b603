//! Budgets: how much memory all requests together may fill with what others send or do not take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of bodies that are read or worked on, over all requests.
pub const BODIES: usize = 32 << 20;
/// Bytes of long answers that wait for their clients, over all requests.
pub const ANSWERS: usize = 64 << 20;

/// So many bytes, shared.
pub struct MemoryBudget {
    limit: usize,
    taken: Arc<AtomicUsize>,
}

impl MemoryBudget {
    /// Of so many bytes.
    pub fn new(limit: usize) -> MemoryBudget {
        MemoryBudget { limit, taken: Arc::default() }
    }

    /// A share that can grow.
    pub fn share(&self) -> Share {
        Share { limit: self.limit, mine: 0, taken: Arc::clone(&self.taken) }
    }
}

/// Bytes that are given back at its end.
pub struct Share {
    limit: usize,
    mine: usize,
    taken: Arc<AtomicUsize>,
}

impl Share {
    /// Takes so many more, if there are. Whoever is alone gets them in any case: one must always be able to go on.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.limit && before > self.mine {
            self.taken.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.mine += bytes;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.mine, Ordering::Relaxed);
    }
}
