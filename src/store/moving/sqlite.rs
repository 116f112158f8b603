//! The file of SQLite as one end of a move: read without changing it, or made under another name until it is whole.

use super::{End, MoveError};
use crate::domain::Fault;
use crate::store::FolderLock;
use crate::store::cells::{Cell, Line, Noun};
use crate::store::sqlite::migrate;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, params_from_iter};
use std::path::{Path, PathBuf};

/// An end that is a file.
pub(super) struct FileEnd {
    db: Connection,
    /// Under what name it is made, and under what name it is served.
    made: Option<(PathBuf, PathBuf)>,
    /// Nobody serves the folder meanwhile.
    _lock: FolderLock,
}

impl FileEnd {
    /// The file of a folder, to read.
    pub(super) fn source(dir: &Path) -> Result<FileEnd, MoveError> {
        let file = dir.join("scimbox.db");
        let glance = crate::store::glance(dir)?;
        if glance.schema != migrate::newest() {
            return Err(MoveError::Older(file));
        }
        let lock = FolderLock::take_without_database(dir)?;
        let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        db.execute_batch("PRAGMA query_only = ON; BEGIN")?;
        Ok(FileEnd { db, made: None, _lock: lock })
    }

    /// A new file for a folder, or one that an interrupted move has begun.
    pub(super) fn target(dir: &Path) -> Result<FileEnd, MoveError> {
        let lock = FolderLock::take_without_database(dir)?;
        let file = dir.join("scimbox.db");
        if file.metadata().is_ok_and(|found| found.len() > 0) {
            return Err(MoveError::Occupied(file.display().to_string()));
        }
        let part = dir.join("scimbox.db.moving");
        let db = migrate::open_part(&part)?;
        Ok(FileEnd { db, made: Some((part, file)), _lock: lock })
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, Fault> {
    Ok(match value {
        ValueRef::Null => Cell::Nothing,
        ValueRef::Integer(number) => Cell::Number(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => return Err(Fault::Broken("a text is damaged; “scimbox verify” says more".to_owned())),
        },
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => return Err(Fault::Broken("a number is no whole number".to_owned())),
    })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Nothing => Value::Null,
        Cell::Number(number) => Value::Integer(*number),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Bytes(bytes) => Value::Blob(bytes.clone()),
    }
}

fn line(noun: &Noun, row: &Row<'_>) -> Result<Line, Fault> {
    (0..noun.columns.len()).map(|place| cell(row.get_ref(place)?)).collect()
}

impl End for FileEnd {
    fn page(&mut self, noun: &Noun, after: Option<&[Cell]>, limit: usize) -> Result<Vec<Line>, Fault> {
        let (columns, key, table) = (noun.list(), noun.key_list(), noun.table());
        let marks = vec!["?"; noun.key.len()].join(", ");
        let behind = after.map(|_| format!(" WHERE ({key}) > ({marks})")).unwrap_or_default();
        let sql = format!("SELECT {columns} FROM {table}{behind} ORDER BY {key} LIMIT {limit}");
        let mut asked = self.db.prepare_cached(&sql)?;
        let mut rows = asked.query(params_from_iter(after.unwrap_or_default().iter().map(value)))?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(line(noun, row)?);
        }
        Ok(lines)
    }

    fn last(&mut self, noun: &Noun) -> Result<Option<Vec<Cell>>, Fault> {
        let key: Vec<String> = noun.key_list().split(", ").map(|name| format!("{name} DESC")).collect();
        let sql = format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", noun.list(), noun.table(), key.join(", "));
        let mut asked = self.db.prepare_cached(&sql)?;
        let mut rows = asked.query([])?;
        rows.next()?.map(|row| Ok(noun.key_of(&line(noun, row)?))).transpose()
    }

    fn put(&mut self, noun: &Noun, lines: &[Line]) -> Result<(), Fault> {
        let marks = vec!["?"; noun.columns.len()].join(", ");
        let sql = format!("INSERT OR REPLACE INTO {} ({}) VALUES ({marks})", noun.table(), noun.list());
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let put = || -> Result<(), Fault> {
            let mut insert = self.db.prepare_cached(&sql)?;
            for line in lines {
                insert.execute(params_from_iter(line.iter().map(value)))?;
            }
            Ok(())
        };
        let done = put();
        self.db.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }

    fn finish(&mut self) -> Result<(), MoveError> {
        let Some((part, file)) = &self.made else { return Ok(()) };
        migrate::finish_part(&self.db)?;
        let db = std::mem::replace(&mut self.db, Connection::open_in_memory()?);
        db.close().map_err(|(_, error)| error)?;
        let failed = |e| MoveError::File(part.clone(), e);
        std::fs::File::open(part).and_then(|made| made.sync_all()).map_err(failed)?;
        std::fs::rename(part, file).map_err(failed)?;
        for ending in ["-wal", "-shm", "-journal"] {
            let beside = crate::store::sqlite::files_beside::beside(part, ending);
            if beside.exists() {
                std::fs::remove_file(beside).map_err(failed)?;
            }
        }
        Ok(())
    }
}
