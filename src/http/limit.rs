//! How often one connection may ask.

use crate::domain::ScimId;
use governor::DefaultDirectRateLimiter;
use parking_lot::Mutex;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The bucket of a connection, and what it was made for.
pub struct Limit {
    pub of: ScimId,
    pub rate: NonZeroU32,
    pub limiter: DefaultDirectRateLimiter,
}

/// The bucket of the client of one network connection, once it is known. A client keeps its network connection, and then nobody
/// looks for its bucket among those of all connections.
pub type LimitSlot = Arc<Mutex<Option<Arc<Limit>>>>;
