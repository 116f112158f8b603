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

impl Delays {
    /// How many seconds an attempt has to wait: 0 for now, and then it counts as failed until [`Delays::succeeded`] says
    /// otherwise, so that attempts at the same moment do not slip past one another.
    pub fn attempt(&self, now: Time, account: &str, address: &str) -> u64 {
        // No address that mail could be sent to is longer.
        let account: String = account.chars().take(254).collect();
        let keys = [(format!("a:{account}"), FREE, 6, FORGET), (format!("i:{address}"), FREE, 6, FORGET)];
        let all = (String::new(), FREE_IN_ALL, 1, 60_000);
        let mut failures = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let waits = keys.iter().chain([&all]).map(|(key, free, longest, _)| {
            let Some(known) = failures.get(key).filter(|f| now.0 - f.last.0 < FORGET) else { return 0 };
            let Some(beyond) = known.count.checked_sub(*free) else { return 0 };
            let delay = 1i64 << beyond.min(*longest);
            u64::try_from((known.last.0 + delay.min(60) * 1000 - now.0 + 999) / 1000).unwrap_or(0)
        });
        let wait = waits.max().unwrap_or(0);
        if wait > 0 {
            return wait;
        }
        make_room(&mut failures);
        for (key, _, _, forget) in keys.into_iter().chain([all]) {
            let known = failures.entry(key).or_insert(Failures { count: 0, last: now });
            let old = now.0 - known.last.0 >= forget;
            *known = Failures { count: if old { 1 } else { known.count.saturating_add(1) }, last: now };
        }
        0
    }

    /// Forgets the failures of an account and an address that have just proved themselves.
    pub fn succeeded(&self, account: &str, address: &str) {
        let mut failures = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        failures.remove(&format!("a:{account}"));
        failures.remove(&format!("i:{address}"));
    }
}

/// Forgets the older half when there are too many.
fn make_room(failures: &mut HashMap<String, Failures>) {
    if failures.len() > REMEMBERED {
        let mut times: Vec<i64> = failures.values().map(|f| f.last.0).collect();
        let (_, middle, _) = times.select_nth_unstable(REMEMBERED / 2);
        let middle = *middle;
        failures.retain(|_, f| f.last.0 > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_make_the_next_attempt_wait_longer_and_longer() {
        let delays = Delays::default();
        let mut now = Time(1_000_000);
        for n in 0..5 {
            assert_eq!(delays.attempt(now, "ada", "::1"), 0, "{n} failures are forgiven");
        }
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = delays.attempt(now, "ada", "::1");
            waits.push(wait);
            assert_eq!(delays.attempt(now, "ada", "::2"), wait, "the account waits from anywhere");
            assert_eq!(delays.attempt(now, "eve", "::1"), wait, "the address waits for anybody");
            now = Time(now.0 + i64::try_from(wait).unwrap_or(0) * 1000);
            assert_eq!(delays.attempt(now, "ada", "::1"), 0, "and then may try once");
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        delays.succeeded("ada", "::1");
        assert_eq!(delays.attempt(now, "ada", "::1"), 0);
    }

    #[test]
    fn a_flood_of_names_and_addresses_waits_as_a_whole() {
        let delays = Delays::default();
        for n in 0..20 {
            assert_eq!(delays.attempt(Time(1), &format!("user{n}"), &format!("::{n}")), 0);
        }
        assert!(delays.attempt(Time(1), "nobody", "::ffff") > 0);
    }
}
