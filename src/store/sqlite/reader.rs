//! Reading: a transaction on a connection of the pool, right where the request is.

use super::pool::Pooled;
use super::write_cache::ACCESS_CHANGES;
use super::{ReadCache, Reading, SqliteTx, connect_reader};
use crate::domain::{Fault, Tx};
use crate::store::sqlite::health::Health;
use rusqlite::Connection;
use std::sync::Arc;

/// Reads whose cost does not grow with the node.
pub(in crate::store) struct Readers {
    pool: Pooled,
    read_cache: Arc<ReadCache>,
}

impl Readers {
    /// Readers of an existing file, for at most so many threads at the same time.
    pub(in crate::store) fn new(health: Arc<Health>, read_cache: Arc<ReadCache>, most: u32) -> Readers {
        Readers { pool: Pooled::new(health, most), read_cache }
    }

    /// Opens so many connections now: what is open still reads should the file vanish.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub(in crate::store) fn open(&self, count: u32) -> Result<(), Fault> {
        self.pool.open(count)
    }

    /// One transaction; not to be called inside another.
    pub(in crate::store) fn read<T, E: From<Fault>>(
        &self,
        f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let db = self.pool.get()?;
        snapshot(&db, &self.read_cache, f)
    }
}

/// One more connection for reading, to the same file as those before.
pub(super) fn reopen(health: &Health) -> Result<Connection, Fault> {
    health.moved()?;
    Ok(connect_reader(health.file())?)
}

/// Runs `f` in a transaction that sees the database as it is at its first look.
pub(super) fn snapshot<T, E: From<Fault>>(
    db: &Connection,
    read_cache: &ReadCache,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    // As long as a statement is not done, all others on its connection see what it sees. So what every request has to ask
    // for begins the transaction, and ends it however `f` ends, for less than a BEGIN and a COMMIT.
    let mut asked = db.prepare_cached(ACCESS_CHANGES).map_err(Fault::from)?;
    let mut rows = asked.query([]).map_err(Fault::from)?;
    let row = rows.next().map_err(Fault::from)?;
    let row = row.ok_or_else(|| Fault::Broken("the appliance row is missing".to_owned()))?;
    let access_changes = row.get(0).map_err(Fault::from)?;
    f(&mut SqliteTx { db, reading: Some(Reading { known: read_cache, access_changes }), cache: None })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
    use crate::domain::{Act, Error, Result, Time, Tx, node};
    use crate::store::Store;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn count(tx: &mut dyn Tx) -> Result<usize> {
        Ok(tx.nodes()?.len())
    }

    #[test]
    fn a_read_sees_one_moment_however_it_ends_and_the_next_one_sees_what_was_written_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let writer = store.clone();
        let add = move |name: &'static str| {
            let act = Act {
                now: Time(1),
                by: "test".to_owned(),
                address: String::new(),
                request_id: String::new(),
                seed: [1; 16],
            };
            writer.write_blocking(move |tx| node::create(tx, &act, name, None)).unwrap();
        };
        let around = |name| {
            let add = add.clone();
            move |tx: &mut dyn Tx| {
                let before = count(tx)?;
                add(name);
                Ok::<_, Error>((before, count(tx)?))
            }
        };
        assert_eq!(store.read(around("a")).unwrap(), (1, 1));
        assert_eq!(store.read(around("b")).unwrap(), (2, 2));
        let adding = add.clone();
        let failed = store.read(move |tx| -> Result<()> {
            count(tx)?;
            adding("c");
            Err(Error::NotDraft)
        });
        assert!(matches!(failed, Err(Error::NotDraft)));
        assert_eq!(store.read(count).unwrap(), 4);
        let panicked = catch_unwind(AssertUnwindSafe(|| store.read(|_| -> Result<()> { panic!("on purpose") })));
        add("d");
        assert_eq!((panicked.is_err(), store.read(count).unwrap()), (true, 5));
        // No read that is over holds the log back.
        store.close();
        assert_eq!(dir.path().join("scimbox.db-wal").metadata().map_or(0, |log| log.len()), 0);
    }
}
