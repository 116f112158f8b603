//! How often one connection may ask.

use crate::domain::ScimId;
use governor::DefaultDirectRateLimiter;
use std::num::NonZeroU32;

/// The bucket of a connection, and what it was made for.
pub struct Limit {
    pub of: ScimId,
    pub rate: NonZeroU32,
    pub limiter: DefaultDirectRateLimiter,
}
