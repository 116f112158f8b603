//! Exchanges: the latest requests to each node's endpoint, kept in memory, so that a failed test shows up at once.

use crate::domain::{NodeId, Time, UserId};
use actix_web::http::Method;
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
    pub method: Method,
    /// The path below the node's base URL, at most 200 characters; the query is left out, it may hold names.
    pub path: String,
    /// The status.
    pub status: u16,
    /// Nothing says that a client of this connection sent it.
    pub is_noise: bool,
    /// Why it was refused.
    pub code: Option<&'static str>,
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
    /// The name of a request that wrote, as in the audit log.
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

    /// The exchanges of a node, newest first.
    pub fn of(&self, node: NodeId) -> Vec<Exchange> {
        let nodes = self.0.lock();
        let Some(Latest { known, noise }) = nodes.get(&node) else { return Vec::new() };
        let mut all: Vec<Exchange> = known.iter().take(KEPT - noise.len()).chain(noise).cloned().collect();
        all.sort_by_key(|exchange| Reverse(exchange.at));
        all
    }
}
