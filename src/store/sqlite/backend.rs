//! The store on one SQLite file: reads from a pool, scans on threads of their own, one writer.

use super::file_check;
use super::files_beside;
use super::folder::{self, FolderLock};
use super::health::Health;
use super::open_error::OpenError;
use super::reader::Readers;
use super::recovery;
use super::scan::Scans;
use super::writer::Writer;
use super::{ReadCache, migrate};
use crate::domain::Time;
use std::path::Path;
use std::sync::Arc;

/// An open database file.
pub(in crate::store) struct Sqlite {
    pub(in crate::store) health: Arc<Health>,
    pub(in crate::store) read_cache: Arc<ReadCache>,
    pub(in crate::store) readers: Readers,
    pub(in crate::store) scans: Scans,
    pub(in crate::store) writer: Writer,
}

/// How many can read at the same time: the workers of the server, and the threads beside them.
fn readers() -> u32 {
    std::thread::available_parallelism().map_or(2, |cores| u32::try_from(cores.get()).unwrap_or(512)).min(512) + 8
}

impl Sqlite {
    /// Opens the database of a data folder; `lock` is that of who serves it, and so may bring an older file up.
    ///
    /// # Errors
    /// [`OpenError`]. The file is then as it was.
    pub(in crate::store) fn open(
        dir: &Path,
        now: Time,
        chance: [u8; 32],
        lock: Option<&FolderLock>,
    ) -> Result<Sqlite, OpenError> {
        let file = folder::prepare(dir)?;
        folder::check_room(dir)?;
        // A log that a server is writing cannot be understood from outside.
        let log = files_beside::beside(&file, "-wal");
        let kept = match lock {
            Some(_) => recovery::look_through(&log),
            None => log.metadata().map_or(true, |log| log.len() == 0).then(recovery::Kept::default),
        };
        // The file is looked at after the log, which it may have been filled from meanwhile.
        kept.map_or(Ok(()), |kept| file_check::check_length(&file, &kept))?;
        // A newer command line must not change the schema under an older server, nor may one start before it is done.
        let taken = std::cell::OnceCell::new();
        let may_upgrade = || lock.is_some() || FolderLock::take(dir).is_ok_and(|lock| taken.set(lock).is_ok());
        let db = migrate::open(&file, now, chance, &may_upgrade)?;
        let broken = |fault| OpenError::Unusable(file.clone(), fault);
        let read_cache = Arc::new(ReadCache::default());
        let health = Arc::new(Health::of(&file));
        let readers = Readers::new(Arc::clone(&health), Arc::clone(&read_cache), readers());
        let scans = Scans::start(&health, Arc::clone(&read_cache)).map_err(broken)?;
        let writer = Writer::start(db, Arc::clone(&health), folder::checkpoints(dir)).map_err(broken)?;
        Ok(Sqlite { health, read_cache, readers, scans, writer })
    }
}
