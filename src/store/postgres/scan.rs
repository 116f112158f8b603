//! Scans on PostgreSQL: a connection for each thread, and a limit of time that the database keeps.

use super::address::DatabaseAddress;
use super::link::Link;
use super::pool::Wire;
use super::reader::begun;
use crate::domain::{Fault, Tx};
use crate::store::scan_queue::{ScanLane, ScanThreads};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const BUDGET: Duration = Duration::from_secs(5);
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 5000";

thread_local! {
    /// Until when the scan on this thread may go on.
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Ends a scan whose time is up: the database keeps the time of each statement, and this that of the work between them.
pub(super) fn check_time() -> Result<(), Fault> {
    match UNTIL.get().is_some_and(|until| Instant::now() >= until) {
        true => Err(Fault::TooLong),
        false => Ok(()),
    }
}

/// The threads.
pub(in crate::store) struct Scans(ScanThreads<Link>);

impl Scans {
    /// Starts the threads.
    pub(super) fn start(wire: Arc<Wire>, address: DatabaseAddress) -> Result<Scans, Fault> {
        let open = move || {
            wire.connect(&address).map_err(|refused| {
                tracing::debug!(%refused, "no connection to the database");
                Fault::Unreachable
            })
        };
        ScanThreads::start(open, Link::is_lost).map(Scans)
    }

    /// Queues a scan; a full lane answers at once.
    pub(in crate::store) fn send<T, E, F>(&self, lane: ScanLane, f: F, reply: oneshot::Sender<Result<T, E>>)
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let scan = move |link: &mut Link| {
            UNTIL.set(Some(Instant::now() + BUDGET));
            let result = catch_unwind(AssertUnwindSafe(|| begun(link, BEGIN, f)));
            UNTIL.set(None);
            result.unwrap_or_else(|_| Err(Fault::Broken("a scan panicked".to_owned()).into()))
        };
        self.0.send(lane, scan, reply);
    }

    /// Finishes what waits and ends the threads.
    pub(in crate::store) fn close(&self) {
        self.0.close();
    }
}
