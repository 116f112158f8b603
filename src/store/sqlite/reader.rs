//! Reading: each thread that asks has a read-only connection of its own, so nobody waits for one.

use super::{Memory, SqliteTx, connect_reader, run};
use crate::domain::{Fault, Tx};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thread_local::ThreadLocal;

/// Connections for reads whose cost does not grow with the node.
pub(in crate::store) struct Readers {
    file: PathBuf,
    connections: ThreadLocal<Connection>,
    memory: Arc<Memory>,
}

impl Readers {
    /// Readers of an existing file. A thread's connection is made when it first asks and then stays.
    pub(in crate::store) fn new(file: &Path, memory: Arc<Memory>) -> Readers {
        Readers { file: file.to_owned(), connections: ThreadLocal::new(), memory }
    }

    /// One transaction on this thread's connection; not to be called inside another.
    pub(in crate::store) fn read<T, E: From<Fault>>(
        &self,
        f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let db = self.connections.get_or_try(|| connect_reader(&self.file)).map_err(Fault::from)?;
        snapshot(db, &self.memory, f)
    }
}

/// Runs `f` in a transaction that sees the database as it was at its first look.
pub(super) fn snapshot<T, E: From<Fault>>(
    db: &Connection,
    memory: &Memory,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    run(db, "BEGIN").map_err(Fault::from)?;
    let _end = End(db);
    f(&mut SqliteTx(db, Some(memory), None))
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
