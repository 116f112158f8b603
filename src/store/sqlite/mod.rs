//! SQLite behind the store: how a connection is opened, what its failures mean, and one file per noun for the statements.

mod admin;
mod api_key;
mod approval;
pub(super) mod backend;
mod batch;
pub(super) mod check;
pub(super) mod checkpoint;
mod connection;
mod delay;
mod directory;
mod document;
mod event;
pub(super) mod examine;
mod exchange;
pub(super) mod file_check;
pub(super) mod files_beside;
pub(super) mod folder;
mod health;
mod invitation;
mod job;
mod lease;
mod membership;
pub(super) mod migrate;
mod node;
pub(super) mod online_copy;
pub(super) mod open_error;
mod page_anchors;
mod pool;
pub(super) mod private_file;
mod push_record;
mod push_run;
pub(super) mod reader;
pub(super) mod recovery;
mod resource_column;
pub(super) mod salvage;
mod salvage_rows;
pub(super) mod scan;
mod schema_check;
mod second_factor;
mod session;
mod team;
pub(super) mod token;
mod user;
mod value;
mod walk;
mod write_cache;
pub(super) mod writer;

#[cfg(test)]
mod plans;

use crate::domain::predicate::Window;
use crate::domain::{Appliance, Fault, Numbers, Tx, fold};
use crate::store::condition::Value;
use crate::store::known_tokens::KnownTokens;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, config::DbConfig, params_from_iter};
use std::path::Path;

/// What reads found and later ones need not look for again.
#[derive(Default)]
pub(super) struct ReadCache {
    pub(super) tokens: KnownTokens,
    anchors: crate::store::known_anchors::KnownAnchors,
}

/// What a transaction that reads knows from its beginning on.
#[derive(Clone, Copy)]
pub(super) struct Reading<'c> {
    /// What earlier ones found.
    known: &'c ReadCache,
    /// How often access has changed.
    access_changes: i64,
}

/// A connection inside a transaction: what rules see as `Tx`. One that writes does not use the read cache, because what
/// it finds may still be undone; it has a write cache instead.
pub(super) struct SqliteTx<'c> {
    db: &'c Connection,
    reading: Option<Reading<'c>>,
    cache: Option<&'c write_cache::WriteCache>,
}

impl<'c> SqliteTx<'c> {
    /// A transaction that writes.
    fn writing(db: &'c Connection, cache: &'c write_cache::WriteCache) -> SqliteTx<'c> {
        SqliteTx { db, reading: None, cache: Some(cache) }
    }
}

/// A failure that no rule foresees, by its code; the text is for the log alone.
impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Busy,
            Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                Fault::Unwritable
            }
            Some(ErrorCode::OperationInterrupted) => Fault::TooLong,
            _ => match error.sqlite_error() {
                Some(code) => Fault::Broken(format!("{error} (code {})", code.extended_code)),
                None => Fault::Broken(error.to_string()),
            },
        }
    }
}

const READ: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
const WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Opens an existing file for reading and writing.
fn connect_writer(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(file, WRITE)?;
    set_up(&db)?;
    // 16 MiB: what is written next lies beside what was written last, in each of the indexes.
    db.execute_batch("PRAGMA cache_size = -16384")?;
    Ok(db)
}

/// Opens an existing file for reading.
fn connect_reader(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(file, READ)?;
    set_up_reader(&db)?;
    Ok(db)
}

fn set_up_reader(db: &Connection) -> rusqlite::Result<()> {
    set_up(db)?;
    // As much as SQLite maps at most; what is mapped is the page cache of the system, not memory of ours.
    db.execute_batch("PRAGMA mmap_size = 2147418112")
}

/// What holds on every connection. WAL is a property of the file; it is set when the file is made.
fn set_up(db: &Connection) -> rusqlite::Result<()> {
    // Every statement of the product fits, so that none is parsed twice.
    db.set_prepared_statement_cache_capacity(300);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A plan that depends on the bound values is made anew for each of them, which costs more than what it runs.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The same folding as everywhere else, so that a scan in SQL and a comparison of ours agree.
    db.create_scalar_function("folded", 1, FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC, |call| {
        Ok(call.get_raw(0).as_str_or_null().unwrap_or_default().map(fold))
    })?;
    // Sorts go to memory: the program writes nowhere but in its data folder.
    db.execute_batch(
        "PRAGMA busy_timeout = 5000;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA wal_autocheckpoint = 1000;
         PRAGMA temp_store = MEMORY",
    )
}

/// Runs a statement without values.
fn run(db: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// The rows of a query, each made into a value.
fn collect<T>(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    make: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Fault> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(values, make)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The first row of a query, if there is one.
fn first<T>(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    make: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Fault> {
    Ok(db.prepare_cached(sql)?.query_row(values, make).optional()?)
}

/// Leaves out of a list what is damaged, which must not cost the rest of it. The log says which row it is.
fn undamaged<T>(read: Result<T, Fault>, row: &dyn std::fmt::Debug) -> Result<Option<T>, Fault> {
    match read {
        Ok(whole) => Ok(Some(whole)),
        Err(Fault::Broken(cause)) => {
            tracing::error!(?row, cause, "a damaged row is left out of a list");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// What is found by keys, without what is damaged.
fn each<K: std::fmt::Debug, T>(keys: &[K], read: impl Fn(&K) -> Result<Option<T>, Fault>) -> Result<Vec<T>, Fault> {
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        found.extend(undamaged(read(key), key)?.flatten());
    }
    Ok(found)
}

/// Changes rows; how many.
fn change(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<usize, Fault> {
    Ok(db.prepare_cached(sql)?.execute(values)?)
}

/// SQLite counts in signed numbers; a window beyond them is beyond every table.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A window of the keys that a query finds, and how many it finds.
fn sift<K: rusqlite::types::FromSql>(
    db: &Connection,
    sql: &str,
    values: Vec<Value>,
    window: Window,
) -> Result<(Vec<K>, u64), Fault> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let (mut keys, mut total) = (Vec::new(), 0);
    let shown = window.offset..window.offset.saturating_add(window.limit);
    while let Some(row) = rows.next()? {
        if shown.contains(&total) {
            keys.push(row.get(0)?);
        }
        total += 1;
    }
    Ok((keys, total))
}

/// The part of a list that a window shows.
fn part<T>(list: &[T], window: Window) -> &[T] {
    let start = usize::try_from(window.offset).unwrap_or(usize::MAX).min(list.len());
    let end = start.saturating_add(usize::try_from(window.limit).unwrap_or(usize::MAX)).min(list.len());
    list.get(start..end).unwrap_or_default()
}

impl SqliteTx<'_> {
    fn cache(&self) -> Result<&write_cache::WriteCache, Fault> {
        self.cache.ok_or_else(|| Fault::Broken("a read cannot write".to_owned()))
    }

    /// Brings the counts of users up to date, before they are read or a user goes.
    fn settle(&self) -> Result<(), Fault> {
        self.cache.map_or(Ok(()), |cache| cache.settle(self.db))
    }
}

impl Numbers for SqliteTx<'_> {
    fn next_number(&mut self) -> Result<i64, Fault> {
        self.cache()?.next_number(self.db)
    }

    fn seats(&mut self) -> Result<u64, Fault> {
        self.cache()?.seats(self.db)
    }

    fn users_in_all(&mut self) -> Result<u64, Fault> {
        let counted: u64 = first(self.db, "SELECT sum(users) FROM node", [], |row| row.get(0))?.unwrap_or_default();
        Ok(counted + self.cache.map_or(0, write_cache::WriteCache::uncounted))
    }
}

impl Appliance for SqliteTx<'_> {
    fn base_url(&mut self) -> Result<Option<String>, Fault> {
        Ok(first(self.db, "SELECT base_url FROM appliance", [], |row| row.get(0))?.flatten())
    }

    fn set_base_url(&mut self, base_url: &str) -> Result<(), Fault> {
        change(self.db, "UPDATE appliance SET base_url = ?1 WHERE one = 1", [base_url]).map(drop)
    }

    fn listen_url(&mut self) -> Result<Option<String>, Fault> {
        Ok(first(self.db, "SELECT listen_url FROM appliance", [], |row| row.get(0))?.flatten())
    }

    fn set_listen_url(&mut self, listen_url: Option<&str>) -> Result<(), Fault> {
        change(self.db, "UPDATE appliance SET listen_url = ?1 WHERE one = 1", [listen_url]).map(drop)
    }

    fn touch(&mut self) -> Result<(), Fault> {
        change(self.db, "UPDATE appliance SET one = one", []).map(drop)
    }

    fn cursor_key(&mut self) -> Result<[u8; 32], Fault> {
        let key = first(self.db, "SELECT cursor_key FROM appliance", [], |row| row.get(0))?;
        key.ok_or_else(|| Fault::Broken("the appliance row is missing".to_owned()))
    }

    fn attempt(&mut self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<bool, Fault>) -> Result<(), Fault> {
        let mark = self.cache()?.mark();
        run(self.db, "SAVEPOINT attempt")?;
        let done = work(self);
        if !matches!(done, Ok(true)) && !self.db.is_autocommit() {
            run(self.db, "ROLLBACK TO attempt")?;
            self.cache()?.undo_to(mark);
        }
        // On a full disk SQLite ends the transaction by itself, and nothing of it is left to be kept.
        if self.db.is_autocommit() {
            return Err(Fault::Unwritable);
        }
        run(self.db, "RELEASE attempt")?;
        done.map(drop)
    }
}
