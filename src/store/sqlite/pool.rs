//! Reading: a pool of read-only connections, used right on the thread that asks.

use super::{SqliteTx, connect_reader, run, token::Recent};
use crate::domain::{Fault, Tx};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Connections for reads whose cost does not grow with the node.
pub(in crate::store) struct Pool(r2d2::Pool<Readers>);

/// Makes the pool's connections.
struct Readers(PathBuf);

/// A connection and the tokens that it has just looked up.
struct Reader {
    db: Connection,
    recent: Recent,
}

impl r2d2::ManageConnection for Readers {
    type Connection = Reader;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<Reader> {
        Ok(Reader { db: connect_reader(&self.0)?, recent: Recent::default() })
    }

    fn is_valid(&self, _: &mut Reader) -> rusqlite::Result<()> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Reader) -> bool {
        false
    }
}

impl Pool {
    /// Opens the pool of an existing file. Connections are made when they are needed and then stay.
    pub(in crate::store) fn open(file: &Path) -> Result<Pool, Fault> {
        let manager = Readers(file.to_owned());
        let pool = r2d2::Pool::builder()
            .max_size(16)
            .min_idle(Some(2))
            // A connection to a local file does not go stale, so neither age nor idleness ends it and no use tests it.
            .max_lifetime(None)
            .idle_timeout(None)
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(5))
            .build(manager);
        pool.map(Pool).map_err(|e| Fault::Broken(e.to_string()))
    }

    /// One transaction on one of them.
    pub(in crate::store) fn read<T, E: From<Fault>>(
        &self,
        f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let reader = self.0.get().map_err(|_| Fault::Busy)?;
        snapshot(&reader.db, Some(&reader.recent), f)
    }
}

/// Runs `f` in a transaction that sees the database as it was at its first look.
pub(super) fn snapshot<T, E: From<Fault>>(
    db: &Connection,
    recent: Option<&Recent>,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    run(db, "BEGIN").map_err(Fault::from)?;
    let _end = End(db);
    f(&mut SqliteTx(db, recent))
}

/// Ends the transaction of a reader however `f` ends, so that the connection is fit for the next and holds no log back.
struct End<'c>(&'c Connection);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit()
            && let Err(error) = run(self.0, "COMMIT").or_else(|_| run(self.0, "ROLLBACK"))
        {
            tracing::error!(%error, "a read did not end");
        }
    }
}
