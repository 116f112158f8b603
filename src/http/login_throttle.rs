//! Failed attempts to sign in make the next one wait: by account and network, by network, and over all strangers. A browser
//! that has signed in before and a session are counted by themselves, so that no stranger can keep anybody out.

use crate::domain::delay::{FORGET, Failures};
use crate::domain::{Fault, Time, Tx, signed};
use crate::store::Store;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;

/// Failures that are forgiven before an account has to wait in a network, or a device, or a session.
const FREE: u32 = 5;
/// The same for a network: many may sit behind one address.
const FREE_OF_NETWORK: u32 = 20;
/// Failures of strangers in a minute, beyond which they come one by one.
const FREE_IN_ALL: u32 = 20;
/// How many subjects are remembered; beyond it the oldest failures are forgotten.
const REMEMBERED: usize = 10_000;
/// The subject of all strangers.
const ALL: &str = "all";

/// Recent failures. Never locks an account for good, and none waits for the failures of another network, which would let
/// a stranger shut an administrator out. Kept in the store: whatever is counted is there before its answer goes out.
pub struct LoginThrottle {
    store: Store,
    key: [u8; 32],
    failures: Mutex<HashMap<String, Failures>>,
    turns: Mutex<Turns>,
}

/// Who makes an attempt, as far as counting goes.
pub enum Who<'a> {
    /// Somebody unknown, for an account, from an address.
    Stranger {
        /// The folded name that is tried.
        account: &'a str,
        /// Where it comes from.
        address: &'a str,
    },
    /// A browser that has signed in to the account before, by the hash of its cookie.
    Device(&'a [u8; 32]),
    /// A signed-in browser that asks for more, by the hash of its cookie.
    Session(&'a [u8; 32]),
}

/// An attempt that may be made now; it counts as failed until [`LoginThrottle::succeeded`] says otherwise.
pub struct Attempt {
    subjects: Vec<(String, u32)>,
    /// Whether a stranger makes it.
    pub strange: bool,
}

impl LoginThrottle {
    /// With the failures that the store knows.
    ///
    /// # Errors
    /// Those of the store.
    pub fn load(store: &Store) -> Result<LoginThrottle, Fault> {
        let (known, key) = store.read(|tx| Ok::<_, Fault>((tx.delays()?, tx.cursor_key()?)))?;
        let failures = Mutex::new(known.into_iter().collect());
        Ok(LoginThrottle { store: store.clone(), key, failures, turns: Mutex::default() })
    }

    /// Begins an attempt, or says how many seconds it has to wait.
    ///
    /// # Errors
    /// The seconds.
    pub fn attempt(&self, now: Time, who: &Who<'_>) -> Result<Attempt, u64> {
        let hex = |digest: &[u8; 32]| data_encoding::HEXLOWER.encode(digest.get(..8).unwrap_or_default());
        let (subjects, strange) = match who {
            Who::Stranger { account, address } => {
                let network = network(address);
                // No address that mail could be sent to is longer.
                let account: String = account.chars().take(254).collect();
                let account = format!("{:04x}@{network}", signed::mark(&self.key, &account));
                (vec![(account, FREE), (network, FREE_OF_NETWORK)], true)
            }
            Who::Device(digest) => (vec![(format!("device:{}", hex(digest)), FREE)], false),
            Who::Session(digest) => (vec![(format!("session:{}", hex(digest)), FREE)], false),
        };
        self.look_again(&subjects);
        let mut failures = self.failures.lock();
        let waits = subjects.iter().filter_map(|(subject, free)| Some(failures.get(subject)?.wait(now, *free)));
        let wait = waits.max().unwrap_or(0);
        if wait > 0 {
            return Err(wait);
        }
        let mut subjects = subjects;
        if let (true, Who::Stranger { address, .. }) = (strange, who) {
            let crowded = failures.get(ALL).is_some_and(|all| all.count >= FREE_IN_ALL && now.0 - all.last.0 < 60_000);
            if crowded {
                let failed = failures.get(&network(address)).is_some_and(|known| known.counts(now));
                self.turns.lock().take(now, address, failed)?;
            }
            subjects.push((ALL.to_owned(), FREE_IN_ALL));
        }
        make_room(&self.store, &mut failures);
        self.put(&mut failures, &subjects, Change::Failed(now));
        Ok(Attempt { subjects, strange })
    }

    /// Forgets what an attempt touched, because it has proved itself. What others did to all stays.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.put(&mut self.failures.lock(), &attempt.subjects, Change::Succeeded);
    }

    /// Takes an attempt back that was not looked at.
    pub fn returned(&self, attempt: &Attempt) {
        self.put(&mut self.failures.lock(), &attempt.subjects, Change::Returned);
    }

    /// Takes over what other instances have counted, where there are some.
    fn look_again(&self, subjects: &[(String, u32)]) {
        if !self.store.is_shared() {
            return;
        }
        let own = subjects.iter().map(|(subject, _)| subject.clone());
        let names: Vec<String> = own.chain([ALL.to_owned()]).collect();
        let found = self.store.read(move |tx| {
            names.into_iter().map(|name| Ok((tx.delay(&name)?, name))).collect::<Result<Vec<_>, Fault>>()
        });
        // A store that does not answer leaves what is known here, and lets nobody in anyway.
        let mut failures = self.failures.lock();
        for (known, name) in found.unwrap_or_default() {
            match known {
                Some(known) => failures.insert(name, known),
                None => failures.remove(&name),
            };
        }
    }

    /// Changes failures here and in the store. Queued while the lock is held, so that both see the same order; where several
    /// instances count, it is the store's numbers that change.
    fn put(&self, failures: &mut HashMap<String, Failures>, subjects: &[(String, u32)], change: Change) {
        let names: Vec<String> = subjects.iter().map(|(subject, _)| subject.clone()).collect();
        let changes = if self.store.is_shared() {
            self.store.write_blocking(move |tx: &mut dyn Tx| {
                let mut changes = Vec::with_capacity(names.len());
                for name in &names {
                    let next = change.applied(name, tx.delay(name)?);
                    tx.keep_delay(name, next)?;
                    changes.push((name.clone(), next));
                }
                Ok::<_, Fault>(changes)
            })
        } else {
            let next = |name: String| {
                let next = change.applied(&name, failures.get(&name).copied());
                (name, next)
            };
            let changes: Vec<_> = names.into_iter().map(next).collect();
            let kept = changes.clone();
            let write = move |tx: &mut dyn Tx| kept.iter().try_for_each(|(name, next)| tx.keep_delay(name, *next));
            drop(self.store.write(write));
            Ok(changes)
        };
        for (name, next) in changes.unwrap_or_default() {
            match next {
                Some(next) => failures.insert(name, next),
                None => failures.remove(&name),
            };
        }
    }
}

/// What happens to the failures of a subject.
#[derive(Clone, Copy)]
enum Change {
    Failed(Time),
    Succeeded,
    Returned,
}

impl Change {
    fn applied(self, subject: &str, known: Option<Failures>) -> Option<Failures> {
        let next = match self {
            Change::Failed(now) => {
                let forget = if subject == ALL { 60_000 } else { FORGET };
                let count = known.filter(|known| now.0 - known.last.0 < forget).map_or(0, |known| known.count);
                Some(Failures { count: count.saturating_add(1), last: now })
            }
            Change::Succeeded => known.filter(|_| subject == ALL).map(one_less),
            Change::Returned => known.map(one_less),
        };
        next.filter(|next| next.count > 0)
    }
}

fn one_less(known: Failures) -> Failures {
    Failures { count: known.count.saturating_sub(1), ..known }
}

/// Forgets the older half when there are too many.
fn make_room(store: &Store, failures: &mut HashMap<String, Failures>) {
    if failures.len() > REMEMBERED {
        let mut times: Vec<i64> = failures.values().map(|f| f.last.0).collect();
        let (_, middle, _) = times.select_nth_unstable(REMEMBERED / 2);
        let middle = Time(*middle);
        failures.retain(|_, f| f.last >= middle);
        drop(store.write(move |tx: &mut dyn Tx| tx.forget_delays(middle)));
    }
}

/// What an address is counted as: IPv4 by itself, IPv6 by the /64 that one customer has at least.
fn network(address: &str) -> String {
    prefix(address, 64, 32)
}

fn prefix(address: &str, six: u32, four: u32) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let kept = address.to_bits() & (u128::MAX << (128 - six));
            format!("{}/{six}", std::net::Ipv6Addr::from_bits(kept))
        }
        Ok(IpAddr::V4(address)) => {
            let kept = u64::from(address.to_bits()) & (u64::from(u32::MAX) << (32 - four));
            std::net::Ipv4Addr::from_bits(u32::try_from(kept & u64::from(u32::MAX)).unwrap_or_default()).to_string()
        }
        Err(_) => address.to_owned(),
    }
}

/// The order in which strangers come while there are too many. A network that has not failed yet comes at once, as long as
/// those are few. Any other has one place in a line, which is kept until it is used, so that whoever waits as told is let
/// in, however many others push.
#[derive(Default)]
struct Turns {
    next: i64,
    places: HashMap<String, i64>,
    next_new: i64,
    regions: HashMap<String, (i64, String)>,
}

/// Milliseconds between two places: a fraction of what hashing passwords can do.
const EACH: i64 = 200;
/// The same for networks that have not failed yet, and how many of them come together.
const EACH_NEW: i64 = 50;
const NEW_AT_ONCE: i64 = 20;
/// Milliseconds between two new networks of one /48 of IPv6, of which one customer may have thousands.
const EACH_OF_REGION: i64 = 2000;
/// Places that are given at most, and at most to one region.
const PLACES: usize = 300;
const PLACES_OF_REGION: usize = 250;
/// A place that is not used is lost after so many milliseconds.
const KEPT: i64 = 120_000;

impl Turns {
    fn take(&mut self, now: Time, address: &str, failed: bool) -> Result<(), u64> {
        let (now, network) = (now.0, network(address));
        let seconds = |at: i64| Err(u64::try_from((at - now + 999) / 1000).unwrap_or(1).clamp(1, 60));
        // A clock that was set back must not keep anybody waiting.
        match self.places.get(&network).copied().filter(|at| (now - at).abs() < KEPT) {
            Some(at) if at > now => return seconds(at),
            Some(_) => {
                self.places.remove(&network);
                return Ok(());
            }
            None => {}
        }
        let region = prefix(address, 48, 32);
        if !failed && self.is_new(now, &region, &network) {
            return Ok(());
        }
        self.places.retain(|_, at| (now - *at).abs() < KEPT);
        let neighbours = self.places.keys().filter(|other| prefix(other.trim_end_matches("/64"), 48, 32) == region);
        if self.places.len() >= PLACES || neighbours.count() >= PLACES_OF_REGION {
            return seconds(now + 60_000);
        }
        // Not at once: a second is what a stranger pays at least.
        let earliest = now + 1000;
        self.next = if self.next - now > KEPT { earliest } else { (self.next + EACH).max(earliest) };
        self.places.insert(network, self.next);
        seconds(self.next)
    }

    /// Whether one more network that has not failed yet may come at once.
    fn is_new(&mut self, now: i64, region: &str, network: &str) -> bool {
        self.regions.retain(|_, (at, _)| (now - *at).abs() < EACH_OF_REGION);
        let earliest = now - NEW_AT_ONCE * EACH_NEW;
        let next = if self.next_new - now > KEPT { earliest } else { self.next_new.max(earliest) };
        let neighbour = self.regions.get(region).is_some_and(|(_, last)| last != network);
        if next > now || neighbour {
            return false;
        }
        self.next_new = next + EACH_NEW;
        self.regions.insert(region.to_owned(), (now, network.to_owned()));
        true
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn delays() -> (tempfile::TempDir, LoginThrottle) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let delays = LoginThrottle::load(&store).unwrap();
        (dir, delays)
    }

    fn stranger<'a>(account: &'a str, address: &'a str) -> Who<'a> {
        Who::Stranger { account, address }
    }

    #[test]
    fn an_account_waits_in_one_network_and_no_other() {
        let (_dir, delays) = delays();
        let now = Time(1_000_000);
        for _ in 0..5 {
            assert!(delays.attempt(now, &stranger("ada", "2001:db8::1")).is_ok());
        }
        assert_eq!(delays.attempt(now, &stranger("ada", "2001:db8::2")).err(), Some(1), "the same /64");
        assert!(delays.attempt(now, &stranger("ada", "2001:db8:0:1::2")).is_ok());
        assert!(delays.attempt(now, &stranger("eve", "2001:db8::1")).is_ok());
        assert!(delays.attempt(now, &Who::Device(&[1; 32])).is_ok());
        // Writes are done in their order.
        delays.store.write_blocking(|_| Ok::<_, Fault>(())).unwrap();
        let again = LoginThrottle::load(&delays.store).unwrap();
        delays.store.close();
        assert_eq!(again.attempt(now, &stranger("ada", "2001:db8::2")).err(), Some(1), "a restart forgets nothing");
    }

    #[test]
    fn in_a_crowd_of_strangers_whoever_waits_as_told_is_let_in_and_a_device_at_once() {
        let (_dir, delays) = delays();
        let mut now = Time(1_000_000);
        for n in 0..20 {
            assert!(delays.attempt(now, &stranger(&format!("user{n}"), &format!("10.0.0.{n}"))).is_ok());
        }
        let at_once = (0..200).filter(|n| delays.attempt(now, &stranger("nobody", &format!("10.1.0.{n}"))).is_ok());
        assert!(at_once.count() <= 21);
        assert!(delays.attempt(now, &Who::Device(&[1; 32])).is_ok());
        let wait = delays.attempt(now, &stranger("ada", "192.0.2.1")).err().unwrap();
        assert!((30..60).contains(&wait), "{wait}");
        let wait = i64::try_from(wait).unwrap();
        for _ in 0..20 {
            now = Time(now.0 + wait * 50);
            for n in 0..200 {
                drop(delays.attempt(now, &stranger("nobody", &format!("10.1.0.{n}"))));
            }
        }
        assert!(delays.attempt(now, &stranger("ada", "192.0.2.2")).is_ok(), "a network that has not failed");
        let ada = delays.attempt(now, &stranger("ada", "192.0.2.1"));
        assert!(ada.is_ok());
        let all = |delays: &LoginThrottle| delays.failures.lock().get(ALL).unwrap().count;
        let before = all(&delays);
        delays.succeeded(&ada.unwrap());
        assert_eq!(all(&delays), before - 1, "a right password is no failure");
        delays.store.close();
    }
}
