//! Failed attempts to sign in make the next one wait: by account, by address, and over all.

use crate::domain::Time;
use std::collections::HashMap;
use std::sync::Mutex;

/// Failures that are forgiven before an account or an address has to wait.
const FREE: u32 = 5;
/// The same over all accounts and addresses.
const FREE_IN_ALL: u32 = 20;
/// How many accounts and addresses are remembered; beyond it the oldest failures are forgotten.
const REMEMBERED: usize = 10_000;
/// Failures are forgotten after so many milliseconds without a new one.
const FORGET: i64 = 15 * 60_000;

/// Recent failures. Never locks an account for good, which would let a stranger shut an administrator out.
#[derive(Default)]
pub struct Delays(Mutex<HashMap<String, Failures>>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Time,
}

const ALL: &str = "";

impl Delays {
    /// How many seconds an attempt has to wait: 0 for now.
    pub fn wait(&self, now: Time, account: &str, address: &str) -> u64 {
        let failures = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let wait = |key: &str, free: u32, longest: u32| {
            let Some(known) = failures.get(key).filter(|f| now.0 - f.last.0 < FORGET) else { return 0 };
            let Some(beyond) = known.count.checked_sub(free) else { return 0 };
            let delay = 1i64 << beyond.min(longest);
            let left = known.last.0 + delay.min(60) * 1000 - now.0;
            u64::try_from((left + 999) / 1000).unwrap_or(0)
        };
        let account = wait(&format!("a:{account}"), FREE, 6);
        let address = wait(&format!("i:{address}"), FREE, 6);
        account.max(address).max(wait(ALL, FREE_IN_ALL, 1))
    }

    /// Counts a failure.
    pub fn failed(&self, now: Time, account: &str, address: &str) {
        let mut failures = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if failures.len() > REMEMBERED {
            failures.retain(|_, f| now.0 - f.last.0 < 60_000);
        }
        if failures.len() > REMEMBERED {
            failures.clear();
        }
        for (key, forget) in
            [(format!("a:{account}"), FORGET), (format!("i:{address}"), FORGET), (ALL.to_owned(), 60_000)]
        {
            let known = failures.entry(key).or_insert(Failures { count: 0, last: now });
            let old = now.0 - known.last.0 >= forget;
            *known = Failures { count: if old { 1 } else { known.count.saturating_add(1) }, last: now };
        }
    }

    /// Forgets the failures of an account and an address that have just proved themselves.
    pub fn succeeded(&self, account: &str, address: &str) {
        let mut failures = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        failures.remove(&format!("a:{account}"));
        failures.remove(&format!("i:{address}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_make_the_next_attempt_wait_longer_and_longer() {
        let delays = Delays::default();
        let now = Time(1_000_000);
        for _ in 0..4 {
            delays.failed(now, "ada", "::1");
        }
        assert_eq!(delays.wait(now, "ada", "::1"), 0, "four are forgiven");
        let mut waits = Vec::new();
        for _ in 0..8 {
            delays.failed(now, "ada", "::1");
            waits.push(delays.wait(now, "ada", "::1"));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(delays.wait(now, "ada", "::2"), 60, "the account waits from anywhere");
        assert_eq!(delays.wait(now, "eve", "::1"), 60, "the address waits for anybody");
        assert_eq!(delays.wait(now, "eve", "::2"), 0);
        assert_eq!(delays.wait(Time(now.0 + 61_000), "ada", "::1"), 0);
        delays.succeeded("ada", "::1");
        assert_eq!(delays.wait(now, "ada", "::1"), 0);
    }

    #[test]
    fn a_flood_of_names_and_addresses_waits_as_a_whole() {
        let delays = Delays::default();
        for n in 0..21 {
            delays.failed(Time(1), &format!("user{n}"), &format!("::{n}"));
        }
        assert!(delays.wait(Time(1), "nobody", "::ffff") > 0);
    }
}
