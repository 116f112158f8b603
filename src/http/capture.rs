//! Exchanges: the latest requests to each node's endpoint, kept in memory, so that a failed test shows up at once.

use crate::domain::exchange;
use crate::domain::{Fault, NodeId, Time, Tx, UserId};
use crate::scim::relaxation::Relaxation;
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};

/// How many exchanges of a node are kept.
const KEPT: usize = 20;
/// How many of them can be of strangers: a token that was mistyped shows up, and noise hides nobody.
const NOISE: usize = 5;
/// Of how many nodes exchanges are kept; requests to nodes that do not exist are not.
const NODES: usize = 10_000;

/// One request and how it ended. Holds neither token nor body.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When it was answered.
    pub at: Time,
    /// The method.
    pub method: String,
    /// The path below the node's base URL, at most 200 characters; the query is left out, it may hold names.
    pub path: String,
    /// The status.
    pub status: u16,
    /// Nothing says that a client of this connection sent it.
    pub is_noise: bool,
    /// Why it was refused.
    pub code: Option<String>,
    /// The last four characters of a token that was refused.
    pub token_tail: Option<String>,
    /// The client's address.
    pub from: String,
    /// The client's `User-Agent`, at most 200 characters.
    pub agent: Option<String>,
    /// What the answer said about the refusal.
    pub detail: Option<String>,
    /// Who holds the user name that was refused, when it is somebody of another node. The wire never says that.
    pub conflict: Option<Conflict>,
    /// The name of the request.
    pub name: String,
    /// The same, where it wrote and so stands in the audit log.
    pub request_id: Option<String>,
    /// The codes of the relaxations it used.
    pub relaxations: Vec<&'static str>,
}

/// A user of another node. Where it is now is looked up when it is shown: it may have moved meanwhile.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The name that was refused, as its holder writes it.
    pub user_name: String,
    /// Who holds it.
    pub user: UserId,
}

/// Why a request was refused, as an exchange keeps it.
pub struct ExchangeRefusal {
    /// The stable word.
    pub code: &'static str,
    /// What the answer said.
    pub detail: String,
    /// See [`Exchange::conflict`].
    pub conflict: Option<Conflict>,
}

/// The latest exchanges of all nodes.
#[derive(Default)]
pub struct Captures(Mutex<HashMap<NodeId, Latest>>);

/// The latest exchanges of a node, newest first.
#[derive(Default)]
struct Latest {
    known: VecDeque<Exchange>,
    noise: VecDeque<Exchange>,
    /// What was kept before this start is among them.
    is_whole: bool,
}

impl Captures {
    /// Keeps an exchange, dropping the oldest of its kind and node.
    pub fn keep(&self, node: NodeId, exchange: Exchange) {
        let mut nodes = self.0.lock();
        if nodes.len() >= NODES && !nodes.contains_key(&node) {
            nodes.clear();
        }
        let latest = nodes.entry(node).or_default();
        let (latest, most) = match exchange.is_noise {
            true => (&mut latest.noise, NOISE),
            false => (&mut latest.known, KEPT),
        };
        let oldest = if latest.len() < most { None } else { latest.pop_back() };
        latest.push_front(exchange);
        // What is dropped is dropped while nobody waits for it.
        drop(nodes);
        drop(oldest);
    }

    /// Forgets the exchanges of a node, or all.
    pub fn forget(&self, node: Option<NodeId>) {
        let mut nodes = self.0.lock();
        match node {
            Some(node) => drop(nodes.remove(&node)),
            None => nodes.clear(),
        }
    }

    /// The exchanges of a node, newest first; the first time also those of before the last start.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(&self, tx: &mut dyn Tx, node: NodeId) -> Result<Vec<Exchange>, Fault> {
        let is_whole = self.0.lock().get(&node).is_some_and(|latest| latest.is_whole);
        if !is_whole {
            let known = tx.latest_exchanges(node, false, KEPT as u64)?;
            let noise = tx.latest_exchanges(node, true, NOISE as u64)?;
            let mut nodes = self.0.lock();
            let latest = nodes.entry(node).or_default();
            fill(&mut latest.known, known, KEPT);
            fill(&mut latest.noise, noise, NOISE);
            latest.is_whole = true;
        }
        let nodes = self.0.lock();
        let Some(Latest { known, noise, .. }) = nodes.get(&node) else { return Ok(Vec::new()) };
        let mut all: Vec<Exchange> = known.iter().take(KEPT - noise.len()).chain(noise).cloned().collect();
        all.sort_by_key(|exchange| Reverse(exchange.at));
        Ok(all)
    }
}

/// Adds what was kept behind what is remembered.
fn fill(latest: &mut VecDeque<Exchange>, kept: Vec<exchange::Exchange>, most: usize) {
    for one in kept {
        if latest.len() < most && !latest.iter().any(|known| known.name == one.request_id) {
            latest.push_back(Exchange::from(one));
        }
    }
}

impl From<exchange::Exchange> for Exchange {
    fn from(kept: exchange::Exchange) -> Exchange {
        let wrote = !["GET", "HEAD"].contains(&kept.method.as_str()) && kept.status < 400;
        let known = |relaxation: &&Relaxation| kept.relaxations.iter().any(|code| code == relaxation.code());
        Exchange {
            at: kept.at,
            path: super::provisioner::beginning(&kept.path, 200).to_owned(),
            status: kept.status,
            is_noise: kept.is_noise,
            relaxations: Relaxation::ALL.iter().filter(known).map(|relaxation| relaxation.code()).collect(),
            method: kept.method,
            code: kept.code,
            token_tail: kept.token_tail,
            from: kept.address,
            agent: kept.agent,
            detail: kept.detail,
            conflict: kept.conflict.map(|(user_name, user)| Conflict { user_name, user }),
            request_id: wrote.then(|| kept.request_id.clone()),
            name: kept.request_id,
        }
    }
}
