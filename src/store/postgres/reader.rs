//! Reading: a transaction that sees the database as it is at its first statement. Its beginning goes with that statement and
//! nobody waits for its end, so it costs no way of its own.

use super::PgTx;
use super::link::{Link, PATIENCE};
use crate::domain::{Fault, Tx};
use std::time::Instant;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Ends the transaction however the work ends.
struct Reading<'l>(&'l Link);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.leave("COMMIT");
    }
}

/// Runs `f` in a transaction that reads.
pub(super) fn snapshot<T, E: From<Fault>>(link: &Link, f: impl FnOnce(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
    begun(link, BEGIN, f)
}

/// The same, begun by other words.
pub(super) fn begun<T, E: From<Fault>>(
    link: &Link,
    begin: &'static str,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    link.begin(begin, Instant::now() + PATIENCE);
    let reading = Reading(link);
    f(&mut PgTx::reading(reading.0))
}
