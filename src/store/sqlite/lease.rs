//! Leases in SQLite: one process serves the file, so each is its own.

use super::SqliteTx;
use crate::domain::Fault;
use crate::domain::foresight::Foresight;
use crate::domain::lease::{Lease, Leases};

/// The file is near: nothing is gained by asking early.
impl Foresight for SqliteTx<'_> {}

impl Leases for SqliteTx<'_> {
    fn lease(&mut self, name: &str, owner: &str, _seconds: i64) -> Result<Option<Lease>, Fault> {
        Ok(Some(Lease { name: name.to_owned(), owner: owner.to_owned(), fence: 0 }))
    }

    fn holds(&mut self, _lease: &Lease) -> Result<bool, Fault> {
        Ok(true)
    }

    fn release(&mut self, _lease: &Lease) -> Result<(), Fault> {
        Ok(())
    }
}
