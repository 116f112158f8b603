//! What all connections of a process know together.

use crate::store::known_anchors::KnownAnchors;
use crate::store::known_tokens::KnownTokens;
use std::sync::atomic::{AtomicU64, Ordering};

/// What they know.
#[derive(Default)]
pub(in crate::store) struct Shared {
    pub(in crate::store) tokens: KnownTokens,
    pub(super) anchors: KnownAnchors,
    pub(in crate::store) traffic: DatabaseTraffic,
}

/// What went to the database.
#[derive(Default)]
pub(in crate::store) struct DatabaseTraffic {
    statements: AtomicU64,
    round_trips: AtomicU64,
}

impl DatabaseTraffic {
    /// A statement was sent.
    pub(super) fn sent(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer was waited for.
    pub(super) fn waited(&self) {
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    /// How many statements were sent, and how often an answer was waited for.
    pub(in crate::store) fn counts(&self) -> (u64, u64) {
        (self.statements.load(Ordering::Relaxed), self.round_trips.load(Ordering::Relaxed))
    }
}
