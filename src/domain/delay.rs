//! Delays: how long the next attempt to sign in has to wait after so many failures.

use super::{Fault, Time};

/// Failures are forgotten after so many milliseconds without a new one.
pub const FORGET: i64 = 15 * 60_000;

/// The longest wait, in milliseconds.
const LONGEST: i64 = 60_000;

/// Recent failures of one subject: a network, an account in a network, a device, a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last: Time,
}

impl Failures {
    /// How many seconds the next attempt has to wait when so many failures are free: 1, 2, 4 … 60.
    pub fn wait(&self, now: Time, free: u32) -> u64 {
        let Some(beyond) = self.count.checked_sub(free) else { return 0 };
        if !self.counts(now) {
            return 0;
        }
        let delay = (1000i64 << beyond.min(6)).min(LONGEST);
        // A clock that was set back must not make anybody wait for longer than that.
        let left = (self.last.0 + delay - now.0).min(delay);
        u64::try_from((left + 999) / 1000).unwrap_or(0)
    }

    /// Whether they are not forgotten yet.
    pub fn counts(&self, now: Time) -> bool {
        now.0 - self.last.0 < FORGET
    }
}

/// What delays need of a store.
pub trait Delays {
    /// Those of one subject.
    fn delay(&mut self, subject: &str) -> Result<Option<Failures>, Fault>;
    /// All that are kept.
    fn delays(&mut self) -> Result<Vec<(String, Failures)>, Fault>;
    /// Keeps the failures of a subject, or forgets them.
    fn keep_delay(&mut self, subject: &str, failures: Option<Failures>) -> Result<(), Fault>;
    /// Forgets those whose last failure was before.
    fn forget_delays(&mut self, before: Time) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_makes_the_next_wait_longer_up_to_a_minute_whatever_the_clock_does() {
        let waits = (4..14).map(|count| Failures { count, last: Time(1_000) }.wait(Time(1_000), 5));
        assert_eq!(waits.collect::<Vec<_>>(), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        let many = Failures { count: 40, last: Time(10_000_000) };
        assert_eq!(many.wait(Time(10_059_001), 5), 1);
        assert_eq!(many.wait(Time(10_060_000), 5), 0);
        assert_eq!(many.wait(Time(2_800_000), 5), 60, "the clock was set back two hours");
        assert_eq!(many.wait(Time(10_000_000 + FORGET), 5), 0);
    }
}
