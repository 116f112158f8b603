//! Persona rates: how often the clients of a sandbox have asked, where its persona limits that.

use crate::domain::{NodeId, Time};
use crate::scim::persona::RateLimit;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Of how many limits of nodes something is remembered.
const REMEMBERED: usize = 10_000;

/// For each limit of a node the time, in microseconds, at which its burst is whole again.
#[derive(Default)]
pub struct PersonaRates(Mutex<HashMap<(NodeId, &'static str), i64>>);

/// A limit that a request is beyond.
pub struct Exceeded {
    /// The limit.
    pub limit: &'static RateLimit,
    /// Seconds until it takes the next request.
    pub seconds: u64,
}

impl PersonaRates {
    /// Counts a request in all limits that are about it, unless it is beyond one of them.
    pub fn exceeded(&self, node: NodeId, now: Time, limits: &[&'static RateLimit]) -> Option<Exceeded> {
        if limits.is_empty() {
            return None;
        }
        let mut whole_at = self.0.lock();
        if whole_at.len() > REMEMBERED {
            whole_at.clear();
        }
        let now = now.0 * 1000;
        let each = |limit: &RateLimit| 60_000_000 / i64::from(limit.per_minute.get());
        let most = |limit: &RateLimit| each(limit) * i64::from(limit.burst.get());
        let owed = |at: Option<&i64>, limit: &RateLimit| {
            let owed = at.map_or(0, |at| (at - now).max(0));
            // The clock of the sandbox was set back: nothing takes that long.
            if owed > most(limit) { 0 } else { owed }
        };
        for limit in limits {
            let late = owed(whole_at.get(&(node, limit.name.as_str())), limit) + each(limit) - most(limit);
            if late > 0 {
                return Some(Exceeded { limit, seconds: late.unsigned_abs().div_ceil(1_000_000) });
            }
        }
        for limit in limits {
            let at = whole_at.entry((node, limit.name.as_str())).or_default();
            *at = now + owed(Some(at), limit) + each(limit);
        }
        None
    }
}
