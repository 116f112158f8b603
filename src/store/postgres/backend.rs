//! The store on PostgreSQL: a pool of connections for reads and writes, scans on threads of their own.

use super::address::DatabaseAddress;
use super::migrate;
use super::open_error::DatabaseError;
use super::pool::{Links, Wire};
use super::reader::snapshot;
use super::scan::Scans;
use super::shared::Shared;
use super::writer::Writers;
use crate::domain::{Fault, Tx};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An open database.
pub(in crate::store) struct Postgres {
    links: Links,
    pub(in crate::store) shared: Arc<Shared>,
    pub(in crate::store) scans: Scans,
    pub(in crate::store) writers: Writers,
    /// Where the key of secrets and the like are.
    folder: PathBuf,
    /// A text that no other process has, and how often it was given.
    owner: (String, AtomicU64),
}

impl Postgres {
    /// Opens the database at an address; whether a new appliance was made in it.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub(in crate::store) fn open(
        address: &DatabaseAddress,
        folder: &Path,
        chance: [u8; 32],
    ) -> Result<(Postgres, bool), DatabaseError> {
        let wire = Arc::new(Wire::start().map_err(DatabaseError::Unusable)?);
        let first = wire.connect(address).map_err(|refused| DatabaseError::Refused(refused.0))?;
        let new = migrate::bring_up(&first, chance)?;
        drop(first);
        let shared = Arc::clone(&wire.shared);
        let links = Links::new(Arc::clone(&wire), address.clone(), address.most);
        let scans = Scans::start(wire, address.clone()).map_err(DatabaseError::Unusable)?;
        let owner = HEXLOWER.encode(&Sha256::digest([b"owner".as_slice(), &chance].concat()));
        let writers = Writers::start(links.clone(), &owner).map_err(DatabaseError::Unusable)?;
        let owner = (owner, AtomicU64::new(0));
        Ok((Postgres { links, shared, scans, writers, folder: folder.to_owned(), owner }, new))
    }

    /// The folder of the appliance.
    pub(in crate::store) fn folder(&self) -> &Path {
        &self.folder
    }

    /// An owner of a lease, another one each time.
    pub(in crate::store) fn one_more_owner(&self) -> String {
        format!("{}-{}", self.owner.0, self.owner.1.fetch_add(1, Ordering::Relaxed))
    }

    /// Reads, right here.
    ///
    /// # Errors
    /// Those of `f`, and [`Fault::Unreachable`].
    pub(in crate::store) fn read<T, E: From<Fault>>(
        &self,
        f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let link = self.links.get()?;
        snapshot(&link, f)
    }

    /// Connections: how many there may be, how many are open, how many of them nobody uses.
    pub(in crate::store) fn connections(&self) -> (u32, u32, u32) {
        let (open, idle) = self.links.counts();
        (self.links.most(), open, idle)
    }
}
