//! The pool of connections for reads. What rides on a connection (cached statements, functions, pragmas) is set where it
//! is opened, in its manager; the pool itself never looks at one, because a look would cost more than most reads.

use super::connect_reader;
use crate::domain::Fault;
use crate::store::sqlite::health::Health;
use r2d2::{HandleError, ManageConnection, Pool, PooledConnection};
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Duration;

/// How long a read waits for a connection. Each is held for microseconds, so this is reached only when none can be opened.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens read-only connections to the file that was there at the start.
pub(super) struct Manager(Arc<Health>);

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = Fault;

    fn connect(&self) -> Result<Connection, Fault> {
        self.0.moved()?;
        Ok(connect_reader(self.0.file())?)
    }

    fn is_valid(&self, _: &mut Connection) -> Result<(), Fault> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

/// The log hears why no connection can be opened; whoever waits is told of the store's health.
#[derive(Debug)]
struct OpenErrorLog;

impl HandleError<Fault> for OpenErrorLog {
    fn handle_error(&self, fault: Fault) {
        tracing::debug!(%fault, "a connection for reading cannot be opened");
    }
}

/// Connections for reads whose cost does not grow with the node.
pub(super) struct Pooled {
    pool: Pool<Manager>,
    health: Arc<Health>,
}

impl Pooled {
    /// Of an existing file: at most so many connections, each opened when it is first needed and kept from then on.
    pub(super) fn new(health: Arc<Health>, most: u32) -> Pooled {
        let pool = Pool::builder()
            .max_size(most)
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(OpenErrorLog))
            .build_unchecked(Manager(Arc::clone(&health)));
        Pooled { pool, health }
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Fault::Busy`] when none is free in time; what is the matter with the file, when it is that.
    pub(super) fn get(&self) -> Result<PooledConnection<Manager>, Fault> {
        match self.pool.try_get() {
            Some(connection) => Ok(connection),
            None => self.health.moved().and_then(|()| self.pool.get().map_err(|_| Fault::Busy)),
        }
    }

    /// Opens so many now: what is open still reads should the file vanish.
    ///
    /// # Errors
    /// As [`Pooled::get`].
    pub(super) fn open(&self, count: u32) -> Result<(), Fault> {
        (0..count.min(self.pool.max_size())).map(|_| self.get()).collect::<Result<Vec<_>, _>>().map(drop)
    }
}
