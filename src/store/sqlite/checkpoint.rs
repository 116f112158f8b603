//! The write-ahead log: when what is in it goes to the database file. While writes come, SQLite does that by itself, a thousand
//! pages at a time.

use super::WRITE;
use crate::domain::Fault;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use std::path::Path;
use std::time::Duration;

/// Who brings what is in the log into the database file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Checkpoints {
    /// This program.
    Ours,
    /// Another one, which copies the log and must see all of it.
    External,
}

/// Leaves the log alone, also when the connection is closed.
pub(super) fn leave_log(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.execute_batch("PRAGMA wal_autocheckpoint = 0")
}

/// When nothing was written for so long, what is in the log goes to the database file: a read that has to look into the
/// log costs a sixth more.
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// Brings what no reader holds back from the log into the database file; whether that is all of it.
pub(super) fn settle_log(db: &Connection) -> bool {
    let counts =
        db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
    match counts {
        Ok((written, settled)) => written == settled,
        // A commit will come across the same and tell it to somebody.
        Err(error) => {
            tracing::debug!(%error, "the log could not be settled");
            false
        }
    }
}

/// Brings the whole log into the database file. Another process that reads for long is not waited for: it will do this.
pub(super) fn empty_log(db: &Connection) {
    let emptied = db
        .busy_timeout(Duration::from_secs(1))
        .and_then(|()| db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0)));
    match emptied {
        Ok(false) => {}
        Ok(true) => tracing::info!("the log is still in use by another process and stays"),
        Err(error) => tracing::warn!(%error, "the log could not be emptied; the next start does it"),
    }
}

/// What came of an attempt to bring the whole log of a database that nobody serves into its file.
#[derive(Debug)]
pub(in crate::store) enum Settled {
    /// Everything is in the file.
    All,
    /// Another process has it open.
    Busy,
    /// The file or its log is damaged.
    Unreadable,
    /// The disk or the system refuses.
    Failed(Fault),
}

/// Brings the whole log of a database into its file, whatever its schema is.
pub(in crate::store) fn settle_for_good(file: &Path) -> Settled {
    let settled = Connection::open_with_flags(file, WRITE).and_then(|db| {
        db.busy_timeout(Duration::from_secs(2))?;
        // Without a log there is nothing to bring, and the answer is that nothing was busy.
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
    });
    match settled {
        Ok(false) => Settled::All,
        Ok(true) => Settled::Busy,
        Err(e) => match e.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Settled::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Settled::Unreadable,
            _ => Settled::Failed(e.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::domain::Time;
    use crate::store::sqlite::folder;
    use crate::store::sqlite::{connect_reader, migrate};

    #[test]
    fn the_log_is_settled_but_for_what_a_reader_holds_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = folder::prepare(dir.path()).unwrap();
        let db = migrate::open(&file, Time(1), [7; 32], &|| true).unwrap();
        let (write, read) = ("UPDATE appliance SET counter = counter + 1", "SELECT counter FROM appliance");
        assert!(settle_log(&db));
        let reader = connect_reader(&file).unwrap();
        let mut statement = reader.prepare(read).unwrap();
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap();
        db.execute_batch(write).unwrap();
        db.execute_batch(write).unwrap();
        assert!(!settle_log(&db));
        drop(rows);
        assert!(settle_log(&db));
    }
}
