//! The schema: a new file gets the current one, an older file is copied and brought up, a newer or a foreign one is refused.

use super::{change, connect_writer, run, schema_check};
use crate::domain::{Fault, Time, fold};
use crate::store::sqlite::file_check;
use crate::store::sqlite::open_error::OpenError;
use rusqlite::{Connection, ErrorCode, params};
use std::path::{Path, PathBuf};

/// What marks a file as ours: “Scbx” in the header of the database.
const APPLICATION_ID: i64 = 0x5363_6278;

/// The schema of version 1.
const FIRST: &str = include_str!("version_1.sql");

/// What turns schema version n into n + 1, beginning with version 1. The last one leads to what `schema.sql` says.
struct Upgrades<'a>(&'a [&'a str]);

const STEPS: Upgrades<'static> = Upgrades(&[
    include_str!("upgrade_2.sql"),
    include_str!("upgrade_3.sql"),
    include_str!("upgrade_4.sql"),
    include_str!("upgrade_5.sql"),
    include_str!("upgrade_6.sql"),
    include_str!("upgrade_7.sql"),
    include_str!("upgrade_8.sql"),
    include_str!("upgrade_9.sql"),
    include_str!("upgrade_10.sql"),
    include_str!("upgrade_11.sql"),
]);

/// How far a file is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum FileVersion {
    /// Empty.
    New,
    /// Ours.
    Version(i64),
    /// Of another program.
    Foreign,
}

/// Opens a database for writing, current afterwards. `now` names the copy of an older file, `chance` gives a new
/// appliance its enterprise number. An older file is only brought up where nobody serves it.
pub(in crate::store) fn open(
    file: &Path,
    now: Time,
    chance: [u8; 32],
    may_upgrade: &dyn Fn() -> bool,
) -> Result<Connection, OpenError> {
    STEPS.open(file, now, chance, may_upgrade)
}

/// The version of `schema.sql`.
pub(in crate::store) fn newest() -> i64 {
    STEPS.current()
}

/// The statements that make the schema of a version; `None` for one that this program does not know.
pub(in crate::store) fn made_by(version: i64) -> Option<Vec<&'static str>> {
    if version == newest() {
        return Some(vec![include_str!("../../../schema.sql")]);
    }
    let steps = STEPS.0.get(..usize::try_from(version.checked_sub(1)?).ok()?)?;
    Some(std::iter::once(FIRST).chain(steps.iter().copied()).collect())
}

impl Upgrades<'_> {
    fn current(&self) -> i64 {
        self.0.iter().map(|_| 1).sum::<i64>() + 1
    }

    fn open(
        &self,
        file: &Path,
        now: Time,
        chance: [u8; 32],
        may_upgrade: &dyn Fn() -> bool,
    ) -> Result<Connection, OpenError> {
        let unusable = |e: rusqlite::Error| match e.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::Foreign(file.to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { file: file.to_owned(), found: e.to_string() },
            _ => OpenError::Unusable(file.to_owned(), e.into()),
        };
        let db = connect_writer(file).map_err(unusable)?;
        let mut found = look(&db).map_err(unusable)?;
        // Without the right to write SQLite opens a file all the same, for reading.
        if db.is_readonly("main").map_err(unusable)? {
            return Err(OpenError::Unusable(file.to_owned(), Fault::Unwritable));
        }
        let known = self.current();
        if found == FileVersion::New && file_check::was_used(file) {
            // Another process may have made it a moment ago, or be about to.
            run(&db, "BEGIN IMMEDIATE").map_err(unusable)?;
            let again = look(&db);
            run(&db, "ROLLBACK").map_err(unusable)?;
            found = again.map_err(unusable)?;
            if found == FileVersion::New {
                return Err(OpenError::Missing(file.to_owned()));
            }
        }
        match found {
            FileVersion::Foreign => return Err(OpenError::Foreign(file.to_owned())),
            FileVersion::Version(found) if found > known => {
                return Err(OpenError::Newer { file: file.to_owned(), found, known });
            }
            FileVersion::Version(found) if found < known && !may_upgrade() => {
                return Err(OpenError::Served(file.to_owned()));
            }
            FileVersion::Version(found) if found < known => {
                // What was planted would run while the file is upgraded.
                let steps = usize::try_from(found - 1).ok().and_then(|steps| self.0.get(..steps));
                let made_by: Vec<&str> = std::iter::once(FIRST).chain(steps.into_iter().flatten().copied()).collect();
                schema_check::check(&db, file, &made_by)?;
                copy(&db, file, found, now)?;
            }
            FileVersion::Version(_) => self.check_shape(&db, file)?,
            FileVersion::New => {}
        }
        write_ahead(&db).map_err(unusable)?;
        if found != FileVersion::Version(known) {
            self.bring_up(&db, chance).map_err(|fault| OpenError::Unusable(file.to_owned(), fault))?;
            self.check_shape(&db, file)?;
        }
        file_check::mark_used(file);
        Ok(db)
    }

    /// The tests know versions that `schema.sql` does not have yet.
    fn check_shape(&self, db: &Connection, file: &Path) -> Result<(), OpenError> {
        let newest = include_str!("../../../schema.sql");
        if self.current() == STEPS.current() { schema_check::check(db, file, &[newest]) } else { Ok(()) }
    }

    /// Makes or upgrades in one transaction, looking again inside it: another process may have been faster.
    fn bring_up(&self, db: &Connection, chance: [u8; 32]) -> Result<(), Fault> {
        // A step may have to rebuild a table that others refer to. This cannot be switched within a transaction.
        db.execute_batch("PRAGMA foreign_keys = OFF")?;
        run(db, "BEGIN IMMEDIATE")?;
        let done = match look(db)? {
            FileVersion::New => create(db, chance),
            FileVersion::Version(found) => self.upgrade(db, found),
            FileVersion::Foreign => Err(Fault::Broken("the file changed while it was opened".to_owned())),
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

/// What a file is, by its header.
pub(in crate::store) fn look(db: &Connection) -> rusqlite::Result<FileVersion> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match number("PRAGMA application_id")? {
        APPLICATION_ID if version > 0 => FileVersion::Version(version),
        0 if version == 0 && tables == 0 => FileVersion::New,
        _ => FileVersion::Foreign,
    })
}

/// Makes the log what it has to be. SQLite does not wait here for another process that does the same just now.
fn write_ahead(db: &Connection) -> rusqlite::Result<()> {
    let set = || db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map(drop);
    let is_busy = |done: &rusqlite::Result<()>| {
        done.as_ref().is_err_and(|e| matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy)))
    };
    let mut done = set();
    for _ in 0..200 {
        if !is_busy(&done) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
        done = set();
    }
    done
}

fn create(db: &Connection, chance: [u8; 32]) -> Result<(), Fault> {
    db.execute_batch(include_str!("../../../schema.sql"))?;
    // The enterprise number tells 17 bits of the key; the other 239 are enough.
    let some = chance.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
    let enterprise = 23_284 + i64::try_from(some % (232_829 - 23_284 + 1)).unwrap_or_default();
    let (appliance, root) = (
        "INSERT INTO appliance (one, enterprise, counter, cursor_key) VALUES (1, ?1, 1, ?2)",
        "INSERT INTO node (node_id, parent_id, name, name_folded) VALUES (?1, NULL, ?2, ?3)",
    );
    change(db, appliance, params![enterprise, chance])?;
    change(db, root, params![(enterprise << 32) + 1, "Root", fold("Root")]).map(drop)
}

/// Opens a file that is filled from elsewhere before anybody serves it, and makes its tables; without triggers, which would
/// count what is copied a second time.
pub(in crate::store) fn open_part(file: &Path) -> Result<Connection, Fault> {
    let made = crate::store::sqlite::private_file::private().create(true).truncate(false).open(file);
    made.map_err(|e| Fault::Broken(format!("“{}” cannot be made: {e}", file.display())))?;
    let db = connect_writer(file)?;
    // What refers to a node further on is there in the end.
    db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = NORMAL")?;
    write_ahead(&db)?;
    if look(&db)? == FileVersion::New {
        db.execute_batch("BEGIN IMMEDIATE")?;
        db.execute_batch(include_str!("../../../schema.sql"))?;
        for (name, _) in triggers()? {
            db.execute_batch(&format!("DROP TRIGGER {name}"))?;
        }
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
        db.pragma_update(None, "user_version", newest())?;
        db.execute_batch("COMMIT")?;
    }
    Ok(db)
}

/// Makes what is left to make in such a file, and brings everything from its log into it.
pub(in crate::store) fn finish_part(db: &Connection) -> Result<(), Fault> {
    for (name, sql) in triggers()? {
        db.execute_batch(&format!("DROP TRIGGER IF EXISTS {name}; {sql}"))?;
    }
    if db.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(Fault::Broken("rows refer to others that are missing".to_owned()));
    }
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Names and texts of the triggers of the current schema.
fn triggers() -> Result<Vec<(String, String)>, Fault> {
    let db = Connection::open_in_memory()?;
    db.execute_batch(include_str!("../../../schema.sql"))?;
    let all = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid";
    super::collect(&db, all, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Copies the file beside itself before anything in it changes.
fn copy(db: &Connection, file: &Path, version: i64, now: Time) -> Result<(), OpenError> {
    let moment: String = now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let mut path = file.as_os_str().to_owned();
    path.push(format!(".v{version}-{moment}"));
    let path = PathBuf::from(path);
    let failed = |e| OpenError::Folder(path.clone(), e);
    if path.exists() {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    // Under another name until it is whole, so that what looks like a copy is one.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    // SQLite would make the file readable by others; into an empty one it writes, over any other it does not.
    let target =
        crate::store::sqlite::private_file::private().create(true).truncate(true).open(&part).map_err(failed)?;
    let copied = db.execute("VACUUM INTO ?1", [part.to_string_lossy()]).map_err(Fault::from);
    copied.map_err(|fault| OpenError::Unusable(path.clone(), fault))?;
    target.sync_all().map_err(failed)?;
    std::fs::rename(&part, &path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    tracing::info!(copy = %path.display(), "the database was copied before its upgrade");
    Ok(())
}

#[cfg(test)]
#[path = "migrate_test.rs"]
mod tests;
