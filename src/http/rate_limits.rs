//! Rates: how often a connection may ask, and how often an address may come with credentials that are none.

use super::App;
use super::error::ScimError;
use super::limit::{Limit, LimitSlot};
use super::open_sockets::Network;
use super::rejection::Rejection;
use crate::domain::ScimId;
use crate::domain::connection::Connection;
use crate::domain::token::Refusal;
use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Requests without a valid token that an address may make in a second, and at once.
const STRANGERS: (u32, u32) = (100, 500);
/// Guesses of an invitation's link or of an API key that an address may make in a second, and at once.
const GUESSES: (u32, u32) = (1, 30);
/// Of how many addresses something is remembered before those are forgotten that have been quiet.
const ADDRESSES: usize = 10_000;

type ByAddress = RateLimiter<Network, HashMapStateStore<Network>, DefaultClock>;

/// How often everybody has asked of late.
pub struct Rates {
    connections: RwLock<HashMap<ScimId, Arc<Limit>>>,
    strangers: ByAddress,
    guesses: ByAddress,
}

impl Default for Rates {
    fn default() -> Rates {
        let by_address = |(rate, burst)| {
            RateLimiter::hashmap(Quota::per_second(at_least_one(rate)).allow_burst(at_least_one(burst)))
        };
        Rates { connections: RwLock::default(), strangers: by_address(STRANGERS), guesses: by_address(GUESSES) }
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

impl Rates {
    /// Counts a request of a connection; `slot` is that of its network connection.
    ///
    /// # Errors
    /// It asks more often than it may.
    pub fn charge(&self, slot: Option<&LimitSlot>, connection: &Connection) -> Result<(), Rejection> {
        let Some(rate) = NonZeroU32::new(connection.settings.rate_limit) else { return Ok(()) };
        let check = |limit: &Limit| limit.limiter.check().map_err(|early| wait(&early));
        let Some(slot) = slot else { return check(&self.limit(connection, rate)) };
        let mut kept = slot.lock();
        match &*kept {
            Some(limit) if limit.of == connection.id && limit.rate == rate => check(limit),
            _ => check(kept.insert(self.limit(connection, rate))),
        }
    }

    fn limit(&self, connection: &Connection, rate: NonZeroU32) -> Arc<Limit> {
        let fits = |limit: &&Arc<Limit>| limit.rate == rate;
        let known = self.connections.read();
        if let Some(limit) = known.get(&connection.id).filter(fits) {
            return Arc::clone(limit);
        }
        drop(known);
        let mut known = self.connections.write();
        if let Some(limit) = known.get(&connection.id).filter(fits) {
            return Arc::clone(limit);
        }
        let limiter = RateLimiter::direct(Quota::per_second(rate));
        let limit = Arc::new(Limit { of: connection.id, rate, limiter });
        known.insert(connection.id, Arc::clone(&limit));
        limit
    }

    /// What a refused client is told: after too many requests from its address that no connection stands behind, when to
    /// come back. It is the address that pays: a token can be right all the same, and then nobody asks here.
    pub fn refused(&self, app: &App, request: &HttpRequest, error: ScimError) -> ScimError {
        if !matches!(error, ScimError::Token(Refusal::Missing | Refusal::NoBearer | Refusal::Unknown)) {
            return error;
        }
        match charge(&self.strangers, app, request) {
            Ok(()) => error,
            Err(turned) => ScimError::Rejection(turned),
        }
    }

    /// Counts a guess.
    ///
    /// # Errors
    /// Too many came from that address.
    pub fn guessed(&self, app: &App, request: &HttpRequest) -> Result<(), Rejection> {
        charge(&self.guesses, app, request)
    }
}

fn charge(limiter: &ByAddress, app: &App, request: &HttpRequest) -> Result<(), Rejection> {
    // Without an address nobody can be told from anybody else.
    let Ok(address) = app.addresses.client(request).parse() else { return Ok(()) };
    if limiter.len() > ADDRESSES {
        limiter.retain_recent();
    }
    limiter.check_key(&Network::of(address)).map_err(|early| wait(&early))
}

fn wait(early: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> Rejection {
    let wait = early.wait_time_from(DefaultClock::default().now());
    Rejection::TooOften(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}
