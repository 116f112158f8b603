//! The store: one SQLite file, in which a closure over a [`Tx`] is a transaction that cannot be half done.

mod attribute_changes;
pub mod backup;
mod cells;
mod condition;
mod event_line;
mod known_anchors;
mod known_tokens;
mod listening;
mod load;
pub mod moving;
mod postgres;
mod queued_write;
mod run_lock;
mod sandbox_text;
mod scan_queue;
mod sealing;
mod select;
mod sqlite;

use crate::domain::{Fault, Time, Tx, token::Access};
pub use load::StoreLoad;
use postgres::backend::Postgres;
pub use postgres::{AddressError, DatabaseAddress, DatabaseError, holds_password};
pub use run_lock::RunLock;
pub use scan_queue::ScanLane;
pub use sealing::{SealError, Sealing};
use sqlite::backend::Sqlite;
pub use sqlite::examine::{Glance, Problem};
pub use sqlite::folder::FolderLock;
pub use sqlite::open_error::OpenError;
pub use sqlite::salvage::{Lost, Salvaged};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a scan may take with all that it waits for.
const PATIENCE: Duration = Duration::from_secs(15);

/// The open database of a data folder. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Backend>);

/// Where the rows are.
enum Backend {
    /// In one file of this machine.
    Sqlite(Sqlite),
    /// In a database that several instances share.
    Postgres(Postgres),
}

impl Store {
    /// Opens the database of a data folder. What is missing is made: the folder, and in it a new appliance whose
    /// enterprise number comes from `chance`. An older file is copied and brought to the current schema.
    ///
    /// # Errors
    /// [`OpenError`]: one sentence for the one who starts the program. The file is then as it was.
    pub fn open(dir: &Path, now: Time, chance: [u8; 32]) -> Result<Store, OpenError> {
        Store::open_as(dir, now, chance, None)
    }

    /// The same for who serves the folder, and so may bring an older file up.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_served(lock: &FolderLock, dir: &Path, now: Time, chance: [u8; 32]) -> Result<Store, OpenError> {
        Store::open_as(dir, now, chance, Some(lock))
    }

    fn open_as(dir: &Path, now: Time, chance: [u8; 32], lock: Option<&FolderLock>) -> Result<Store, OpenError> {
        Ok(Store(Arc::new(Backend::Sqlite(Sqlite::open(dir, now, chance, lock)?))))
    }

    /// Opens a database that several instances share, with the data folder of this one; whether a new appliance was made in it.
    ///
    /// # Errors
    /// [`OpenError::Database`].
    pub fn open_on(address: &DatabaseAddress, dir: &Path, chance: [u8; 32]) -> Result<(Store, bool), OpenError> {
        let opened = Postgres::open(address, dir, chance);
        let (postgres, new) = opened.map_err(|error| OpenError::Database(address.to_string(), error))?;
        Ok((Store(Arc::new(Backend::Postgres(postgres))), new))
    }

    #[cfg(test)]
    fn sqlite(&self) -> &Sqlite {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite,
            Backend::Postgres(_) => unreachable!("a test of the file"),
        }
    }

    /// Opens so many connections for reading now, so that reading goes on should the file vanish.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn prepare_readers(&self, count: u32) -> Result<(), Fault> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.readers.open(count),
            Backend::Postgres(_) => Ok(()),
        }
    }

    /// Reads, right here: for work whose cost does not grow with the node. `f` owns what it needs, as in a write, so that a
    /// store may answer from another thread.
    ///
    /// # Errors
    /// Those of `f`, and [`Fault::Unwritable`] when the file cannot be opened.
    pub fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.readers.read(f),
            Backend::Postgres(postgres) => postgres.read(f),
        }
    }

    /// A token as a read last found it, by its id. It may have changed since: only for [`crate::domain::token::recognise`].
    pub fn recall(&self, token_id: &str) -> Option<Arc<Access>> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.read_cache.tokens.recall(token_id),
            Backend::Postgres(postgres) => postgres.shared.tokens.recall(token_id),
        }
    }

    /// Forgets what [`Store::recall`] tells of a token, because it turned out to be outdated.
    pub fn forget(&self, token_id: &str) {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.read_cache.tokens.forget(token_id),
            Backend::Postgres(postgres) => postgres.shared.tokens.forget(token_id),
        }
    }

    /// Writes. Queued at once, also if the future is dropped; answered when it is safely on disk. An error or a panic
    /// of `f` leaves nothing behind.
    ///
    /// # Errors
    /// Those of `f`; [`Fault::Busy`] when too much waits or another process holds the file, [`Fault::Unwritable`] when
    /// the disk takes no more.
    pub fn write<T, E, F>(&self, f: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.writer.send(f, |result| drop(reply.send(result))),
            Backend::Postgres(postgres) => postgres.writers.send(f, |result| drop(reply.send(result))),
        }
        async move { answer.await.unwrap_or_else(|_| Err(gone().into())) }
    }

    /// [`Store::write`] for a thread that may wait.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.writer.send(f, move |result| drop(reply.send(result))),
            Backend::Postgres(postgres) => postgres.writers.send(f, move |result| drop(reply.send(result))),
        }
        answer.recv().unwrap_or_else(|_| Err(gone().into()))
    }

    /// Reads on a thread kept for work that grows with the node, for at most five seconds; the lanes share the threads.
    ///
    /// # Errors
    /// Those of `f`; [`Fault::Busy`] when too many scans of the lane wait or its turn does not come in time,
    /// [`Fault::TooLong`] when the time is up.
    pub fn scan<T, E, F>(&self, lane: ScanLane, f: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.scans.send(lane, f, reply),
            Backend::Postgres(postgres) => postgres.scans.send(lane, f, reply),
        }
        async move {
            match tokio::time::timeout(PATIENCE, answer).await {
                Ok(answer) => answer.unwrap_or_else(|_| Err(gone().into())),
                Err(_) => Err(Fault::Busy.into()),
            }
        }
    }

    /// What keeps it from writing, as far as is known without writing; reading may go on.
    pub fn problem(&self) -> Option<Fault> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.health.problem(),
            Backend::Postgres(postgres) => postgres.writers.problem(),
        }
    }

    /// Whether a write would succeed: what the last commit came to, or if that was a while ago, a write that changes
    /// nothing. So a stranger who asks makes the disk work once a second at most.
    ///
    /// # Errors
    /// What the write failed by.
    pub async fn ready(&self) -> Result<(), Fault> {
        let is_fresh = match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.health.is_fresh(),
            Backend::Postgres(postgres) => postgres.writers.is_fresh(),
        };
        match (is_fresh, self.problem()) {
            // The writer looks for missing files before it writes anything, and logs what it finds.
            (true, Some(problem)) if !matches!(problem, Fault::Moved) => Err(problem),
            (true, _) => self.write(|tx| tx.base_url().map(drop)).await,
            (false, _) => self.write(|tx| tx.touch()).await,
        }
    }

    /// The folder of the database.
    pub fn folder(&self) -> &Path {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite.health.file().parent().unwrap_or(Path::new(".")),
            Backend::Postgres(postgres) => postgres.folder(),
        }
    }

    /// The right to seal secrets with the key of the data folder; where there is none, `chance` becomes one. What is sealed
    /// has to be written before it is dropped.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn sealing(&self, chance: [u8; 32]) -> Result<Sealing, SealError> {
        Sealing::begin(self.folder(), chance)
    }

    /// Opens what was sealed as `name`.
    ///
    /// # Errors
    /// [`SealError`]: the key file is missing, or is another one.
    pub fn unseal(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        sealing::open(self.folder(), name, sealed)
    }

    /// Takes a new key for secrets. `work` seals all of them again and writes them in one transaction.
    ///
    /// # Errors
    /// [`SealError`], and those of `work`; what was sealed can then be opened as before.
    pub fn rotate_key<T, E: From<SealError>>(
        &self,
        chance: [u8; 32],
        work: impl FnOnce(&Sealing) -> Result<T, E>,
    ) -> Result<T, E> {
        sealing::rotate(self.folder(), chance, work)
    }

    /// The right to push to a target; `None` while another run has it, in whatever process.
    ///
    /// # Errors
    /// [`OpenError::Folder`].
    pub fn run_lock(&self, target: &str) -> Result<Option<RunLock>, OpenError> {
        match &*self.0 {
            Backend::Sqlite(_) => RunLock::take(self.folder(), target),
            Backend::Postgres(postgres) => RunLock::lease(self, target, postgres.one_more_owner())
                .map_err(|fault| OpenError::Unusable(self.folder().to_owned(), fault)),
        }
    }

    /// The same for who runs at once: tried for a second, because whoever looks whether a run has died has the right for a
    /// moment.
    ///
    /// # Errors
    /// [`OpenError::Folder`].
    pub fn wait_for_run_lock(&self, target: &str) -> Result<Option<RunLock>, OpenError> {
        RunLock::wait(|| self.run_lock(target))
    }

    /// How busy the connections to the database are; nothing where it is a file.
    pub fn load(&self) -> Option<StoreLoad> {
        match &*self.0 {
            Backend::Sqlite(_) => None,
            Backend::Postgres(postgres) => {
                let (most, open, idle) = postgres.connections();
                let (statements, round_trips) = postgres.shared.traffic.counts();
                Some(StoreLoad { most, open, idle, again: postgres.writers.begun_again(), statements, round_trips })
            }
        }
    }

    /// Whether several instances can be at work in it at the same time.
    pub fn is_shared(&self) -> bool {
        match &*self.0 {
            Backend::Sqlite(_) => false,
            Backend::Postgres(_) => true,
        }
    }

    /// Whether a server serves the data folder just now, this process included.
    pub fn is_served(&self) -> bool {
        FolderLock::is_held(self.folder())
    }

    /// Looks through the file for damage, for at most ten seconds; above 1 GiB that would tell nothing and is left out.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] with the first thing that is wrong.
    pub fn quick_check(&self) -> Result<(), OpenError> {
        match &*self.0 {
            Backend::Sqlite(sqlite) => sqlite::check::quick_check(sqlite.health.file()),
            Backend::Postgres(_) => Ok(()),
        }
    }

    /// Finishes what waits, brings everything from the log into the database file and ends the threads. Later writes and
    /// scans are refused as [`Fault::Busy`]; closing again does nothing.
    pub fn close(&self) {
        match &*self.0 {
            Backend::Sqlite(sqlite) => {
                sqlite.scans.close();
                sqlite.writer.close();
            }
            Backend::Postgres(postgres) => {
                postgres.scans.close();
                postgres.writers.close();
            }
        }
    }
}

/// Looks at the whole database of a data folder, also beside a running server; nothing in it changes.
///
/// # Errors
/// [`OpenError::Missing`] when there is none.
pub fn verify(dir: &Path) -> Result<Vec<Problem>, OpenError> {
    let file = dir.join("scimbox.db");
    if file.metadata().map_or(0, |found| found.len()) == 0 {
        return Err(OpenError::Missing(file));
    }
    let mut problems = Vec::new();
    // A log that a server is writing cannot be understood from outside.
    if !FolderLock::is_held(dir)
        && let Some(kept) = sqlite::recovery::look_through(&sqlite::files_beside::beside(&file, "-wal"))
        && let Err(OpenError::Damaged { found, .. }) = sqlite::file_check::check_length(&file, &kept)
    {
        problems.push(sqlite::examine::problem("file", found));
    }
    problems.extend(sqlite::examine::examine_live(&file).problems);
    Ok(problems)
}

/// What the database of a data folder is, without opening it for writing or changing anything.
///
/// # Errors
/// [`OpenError`].
pub fn glance(dir: &Path) -> Result<Glance, OpenError> {
    let file = dir.join("scimbox.db");
    if file.metadata().map_or(0, |found| found.len()) == 0 {
        return Err(OpenError::Missing(file));
    }
    sqlite::examine::glance(&file)
}

/// What a database is, without changing anything in it: its schema, where it has one, and that of this program.
///
/// # Errors
/// [`OpenError::Database`].
pub fn glance_at(address: &DatabaseAddress) -> Result<(Option<i64>, i64), OpenError> {
    postgres::table::glance(address).map_err(|error| OpenError::Database(address.to_string(), error))
}

/// Copies what can be read of a damaged database into a new data folder.
///
/// # Errors
/// [`OpenError`]: nothing can be read, or there is a database already.
pub fn salvage(from: &Path, to: &Path, now: Time, chance: [u8; 32]) -> Result<Salvaged, OpenError> {
    sqlite::salvage::salvage(from, to, now, chance)
}

/// Whether a server serves a data folder just now.
pub fn is_served(dir: &Path) -> bool {
    FolderLock::is_held(dir)
}

fn gone() -> Fault {
    Fault::Broken("a thread of the store ended before it answered".to_owned())
}
