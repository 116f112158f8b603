//! Open sockets: all network connections of the server, at most so many in all and from one address.

use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Connections in all, where the limit of open files allows them.
const IN_ALL: usize = 25_000;
/// Connections from one address that is neither this machine nor a trusted proxy.
const PER_ADDRESS: usize = 1_000;
/// Files that are no connections: the store, its threads, what the runtime needs, and connections on their way.
const OTHER_FILES: usize = 160;
/// How many are looked at for one that can make room.
const LOOKED_AT: usize = 512;

/// How many connections there can be.
#[derive(Clone, Copy)]
pub struct SocketLimits {
    /// In all.
    pub in_all: usize,
    /// From one address; `None` for the usual number, from which this machine itself is spared.
    pub per_address: Option<usize>,
    /// How many may be accepted, those included that are only let in to make others go. Were there no such distance, a
    /// burst would take all files before room is made.
    pub accepted: usize,
}

impl SocketLimits {
    /// What so many open files allow, and at most what is wished.
    pub fn of(files: usize, in_all: Option<usize>, per_address: Option<usize>) -> SocketLimits {
        let accepted = files.saturating_sub(OTHER_FILES).clamp(16, IN_ALL / 4 * 5);
        let affordable = accepted / 5 * 4;
        SocketLimits { in_all: in_all.unwrap_or(IN_ALL).min(affordable), per_address, accepted }
    }
}

/// All connections that are open.
pub struct OpenSockets {
    limits: SocketLimits,
    proxies: Vec<IpAddr>,
    open: Mutex<SocketTable>,
}

#[derive(Default)]
struct SocketTable {
    next: u64,
    /// From which number on the next look for room begins.
    looked: u64,
    places: BTreeMap<u64, Arc<Slot>>,
    from: HashMap<Network, usize>,
}

/// Whoever holds an IPv6 address holds the /64 around it, so these count as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// One IPv4 address.
    Four([u8; 4]),
    /// The first half of an IPv6 address.
    Six([u8; 8]),
}

impl Network {
    /// Where an address belongs.
    pub fn of(address: IpAddr) -> Network {
        match address.to_canonical() {
            IpAddr::V4(address) => Network::Four(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Network::Six([a, b, c, d, e, f, g, h])
            }
        }
    }
}

/// One connection among all.
#[derive(Default)]
pub struct Slot {
    number: u64,
    from: Option<Network>,
    /// Nobody would miss an answer if it were closed.
    resting: AtomicBool,
    /// A request on it was let in.
    known: AtomicBool,
    closing: AtomicBool,
    /// Who has to be woken when it is to close.
    pub waker: AtomicWaker,
}

impl Slot {
    /// Says whether nothing is being served.
    pub fn rest(&self, resting: bool) {
        self.resting.store(resting, Ordering::Relaxed);
    }

    /// Its client has proved itself.
    pub fn know(&self) {
        self.known.store(true, Ordering::Relaxed);
        self.rest(false);
    }

    /// Whether its client ever proved itself.
    pub fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// Whether it has to make room.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

impl OpenSockets {
    /// Takes so many connections; those of a trusted proxy stand for many clients and are not counted by address.
    pub fn new(limits: SocketLimits, proxies: Vec<IpAddr>) -> OpenSockets {
        OpenSockets { limits, proxies, open: Mutex::default() }
    }

    fn table(&self) -> MutexGuard<'_, SocketTable> {
        self.open.lock()
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.table().places.len()
    }

    /// A place for a new connection. Where all are taken, the oldest that rests makes room, a stranger's before that of a
    /// client that has proved itself: otherwise whoever holds all of them would keep everybody else out.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<SlotGuard> {
        let address = address.to_canonical();
        let spared = self.limits.per_address.is_none() && address.is_loopback();
        let counted = !spared && !self.proxies.contains(&address);
        let from = counted.then(|| Network::of(address));
        let mut open = self.table();
        if let Some(from) = from
            && open.from.get(&from).is_some_and(|count| *count >= self.limits.per_address.unwrap_or(PER_ADDRESS))
        {
            return None;
        }
        if open.places.len() >= self.limits.in_all {
            make_room(&mut open)?;
        }
        open.next += 1;
        let place = Arc::new(Slot { number: open.next, from, resting: AtomicBool::new(true), ..Slot::default() });
        open.places.insert(place.number, Arc::clone(&place));
        if let Some(from) = from {
            *open.from.entry(from).or_default() += 1;
        }
        Some(SlotGuard { sockets: Arc::clone(self), place })
    }
}

/// Tells the one that is missed least to close. Where there are very many, some are looked at each time, in turn.
fn make_room(open: &mut SocketTable) -> Option<()> {
    let SocketTable { places, looked, .. } = open;
    let (mut stranger, mut known) = (None, None);
    for (number, place) in places.range(*looked..).chain(places.range(..*looked)).take(LOOKED_AT) {
        *looked = number + 1;
        if !place.resting.load(Ordering::Relaxed) || place.is_closing() {
            continue;
        }
        if !place.is_known() {
            stranger = Some(place);
            break;
        }
        known = known.or(Some(place));
    }
    let chosen = stranger.or(known)?;
    chosen.closing.store(true, Ordering::Relaxed);
    chosen.waker.wake();
    Some(())
}

/// A place that is given back when its connection ends.
pub struct SlotGuard {
    sockets: Arc<OpenSockets>,
    /// The place.
    pub place: Arc<Slot>,
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        let mut open = self.sockets.table();
        open.places.remove(&self.place.number);
        if let Some(from) = self.place.from
            && let Some(count) = open.from.get_mut(&from)
        {
            *count -= 1;
            if *count == 0 {
                open.from.remove(&from);
            }
        }
    }
}
