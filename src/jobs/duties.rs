//! Duties: the work that one instance does for all of them. Where several share a store each duty is a lease, renewed while
//! the instance lives and taken over by another when it does not.

use super::Wakeup;
use crate::domain::lease::{self, Lease};
use crate::domain::{Error, Fault, Tx};
use crate::store::Store;
use crate::world;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;

/// All duties.
const ALL: [&str; 4] = [SYNC, MAIL, FORWARD, PUSH];
/// Jobs, and old events.
pub(super) const SYNC: &str = "sync";
/// Mails.
pub(super) const MAIL: &str = "mail";
/// The audit log to a syslog server.
pub(super) const FORWARD: &str = "forward";
/// Pushes that are asked for or due.
pub(super) const PUSH: &str = "push";

/// How long a lease lasts when it is not renewed, in seconds.
const SECONDS: i64 = 10;
/// How often leases are renewed, and those of others asked for.
const EVERY: Duration = Duration::from_secs(2);

/// The duties of this instance.
pub(super) struct Duties {
    store: Store,
    owner: String,
    held: Mutex<HashMap<&'static str, Lease>>,
}

/// The right to do a piece of a duty.
#[derive(Clone, Debug)]
pub(super) struct Right(Option<Lease>);

impl Right {
    /// Ends a transaction whose duty another instance has taken over meanwhile.
    ///
    /// # Errors
    /// [`Fault::Conflict`].
    pub(super) fn check(&self, tx: &mut dyn Tx) -> Result<(), Error> {
        lease::check(tx, self.0.as_ref())
    }
}

impl Duties {
    /// Takes whatever is free.
    ///
    /// # Errors
    /// When there is no chance for a name.
    pub(super) fn begin(store: &Store) -> std::io::Result<Duties> {
        let owner = data_encoding::HEXLOWER.encode(&world::random::<16>()?);
        let duties = Duties { store: store.clone(), owner, held: Mutex::default() };
        duties.renew();
        Ok(duties)
    }

    /// The right to do something now; `None` while another instance does it.
    pub(super) fn right(&self, name: &'static str) -> Option<Right> {
        if !self.store.is_shared() {
            return Some(Right(None));
        }
        self.held.lock().get(name).cloned().map(Some).map(Right)
    }

    /// Renews and asks until all is over, then gives everything back.
    pub(super) fn keep(&self, wakeup: &Wakeup) {
        while self.store.is_shared() && wakeup.pause(EVERY) {
            self.renew();
        }
    }

    fn renew(&self) {
        if !self.store.is_shared() {
            return;
        }
        let owner = self.owner.clone();
        let asked = self.store.write_blocking(move |tx: &mut dyn Tx| {
            ALL.into_iter().map(|name| Ok((name, tx.lease(name, &owner, SECONDS)?))).collect::<Result<Vec<_>, Fault>>()
        });
        match asked {
            Ok(answers) => {
                let mut held = self.held.lock();
                for (name, lease) in answers {
                    match lease {
                        Some(lease) => held.insert(name, lease),
                        None => held.remove(name),
                    };
                }
            }
            // What cannot be renewed ends by itself, and every write of a duty asks whether it has.
            Err(error) => tracing::warn!(%error, "the duties of this instance could not be renewed"),
        }
    }

    /// Gives everything back, so that another instance goes on at once.
    pub(super) fn end(&self) {
        let all: Vec<Lease> = self.held.lock().drain().map(|(_, lease)| lease).collect();
        if all.is_empty() {
            return;
        }
        let released =
            self.store.write_blocking(move |tx: &mut dyn Tx| all.iter().try_for_each(|lease| tx.release(lease)));
        if let Err(error) = released {
            tracing::warn!(%error, "the duties of this instance could not be given back; they end by themselves");
        }
    }
}
