//! The schema: a new file gets the current one, an older file is copied and brought up, a newer or a foreign one is refused.

use super::{change, connect_writer, run};
use crate::domain::{Fault, Time, fold};
use crate::store::{OpenError, folder};
use rusqlite::{Connection, ErrorCode, params};
use std::path::{Path, PathBuf};

/// What marks a file as ours: “Scbx” in the header of the database.
const APPLICATION_ID: i64 = 0x5363_6278;

/// What turns schema version n into n + 1, beginning with version 1. The last one leads to what `schema.sql` says.
struct Steps<'a>(&'a [&'a str]);

const STEPS: Steps<'static> = Steps(&[]);

/// How far a file is.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    New,
    Version(i64),
    Foreign,
}

/// Opens a database for writing, current afterwards. `now` names the copy of an older file, `chance` gives a new
/// appliance its enterprise number.
pub(in crate::store) fn open(file: &Path, now: Time, chance: [u8; 16]) -> Result<Connection, OpenError> {
    STEPS.open(file, now, chance)
}

impl Steps<'_> {
    fn current(&self) -> i64 {
        self.0.iter().map(|_| 1).sum::<i64>() + 1
    }

    fn open(&self, file: &Path, now: Time, chance: [u8; 16]) -> Result<Connection, OpenError> {
        let unusable = |e: rusqlite::Error| match e.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::Foreign(file.to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { file: file.to_owned(), found: e.to_string() },
            _ => OpenError::Unusable(file.to_owned(), e.into()),
        };
        let db = connect_writer(file).map_err(unusable)?;
        let found = look(&db).map_err(unusable)?;
        let known = self.current();
        match found {
            Found::Foreign => return Err(OpenError::Foreign(file.to_owned())),
            Found::Version(found) if found > known => {
                return Err(OpenError::Newer { file: file.to_owned(), found, known });
            }
            Found::Version(found) if found < known => copy(&db, file, found, now)?,
            Found::Version(_) | Found::New => {}
        }
        write_ahead(&db).map_err(unusable)?;
        if found != Found::Version(known) {
            self.bring_up(&db, chance).map_err(|fault| OpenError::Unusable(file.to_owned(), fault))?;
        }
        Ok(db)
    }

    /// Makes or upgrades in one transaction, looking again inside it: another process may have been faster.
    fn bring_up(&self, db: &Connection, chance: [u8; 16]) -> Result<(), Fault> {
        // A step may have to rebuild a table that others refer to. This cannot be switched within a transaction.
        db.execute_batch("PRAGMA foreign_keys = OFF")?;
        run(db, "BEGIN IMMEDIATE")?;
        let done = match look(db)? {
            Found::New => create(db, chance),
            Found::Version(found) => self.upgrade(db, found),
            Found::Foreign => Err(Fault::Broken("the file changed while it was opened".to_owned())),
        };
        let done = done.and_then(|()| {
            db.pragma_update(None, "application_id", APPLICATION_ID)?;
            db.pragma_update(None, "user_version", self.current())?;
            Ok(run(db, "COMMIT")?)
        });
        if done.is_err() && !db.is_autocommit() {
            run(db, "ROLLBACK")?;
        }
        done?;
        Ok(db.execute_batch("PRAGMA foreign_keys = ON")?)
    }

    fn upgrade(&self, db: &Connection, found: i64) -> Result<(), Fault> {
        for (version, step) in (1..).zip(self.0) {
            if version >= found {
                db.execute_batch(step)?;
            }
        }
        let torn = db.prepare("PRAGMA foreign_key_check")?.exists([])?;
        if torn { Err(Fault::Broken("the upgrade left references to missing rows".to_owned())) } else { Ok(()) }
    }
}

fn look(db: &Connection) -> rusqlite::Result<Found> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match number("PRAGMA application_id")? {
        APPLICATION_ID if version > 0 => Found::Version(version),
        0 if version == 0 && tables == 0 => Found::New,
        _ => Found::Foreign,
    })
}

fn write_ahead(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map(drop)
}

fn create(db: &Connection, chance: [u8; 16]) -> Result<(), Fault> {
    db.execute_batch(include_str!("../../../schema.sql"))?;
    let range = 232_829 - 23_284 + 1;
    let enterprise = 23_284 + i64::try_from(u128::from_be_bytes(chance) % range).unwrap_or_default();
    let (appliance, root) = (
        "INSERT INTO appliance (one, enterprise, counter) VALUES (1, ?1, 1)",
        "INSERT INTO node (node_id, parent_id, name, name_folded) VALUES (?1, NULL, ?2, ?3)",
    );
    change(db, appliance, [enterprise])?;
    change(db, root, params![(enterprise << 32) + 1, "Root", fold("Root")]).map(drop)
}

/// Copies the file beside itself before anything in it changes.
fn copy(db: &Connection, file: &Path, version: i64, now: Time) -> Result<(), OpenError> {
    let moment: String = now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let mut path = file.as_os_str().to_owned();
    path.push(format!(".v{version}-{moment}"));
    let path = PathBuf::from(path);
    let failed = |e| OpenError::Folder(path.clone(), e);
    // SQLite would make the file readable by others; into an empty one it writes, over any other it does not.
    let target = folder::private().create_new(true).open(&path).map_err(failed)?;
    let copied = db.execute("VACUUM INTO ?1", [path.to_string_lossy()]).map_err(Fault::from);
    copied.map_err(|fault| OpenError::Unusable(path.clone(), fault))?;
    target.sync_all().map_err(failed)?;
    tracing::info!(copy = %path.display(), "the database was copied before its upgrade");
    Ok(())
}
