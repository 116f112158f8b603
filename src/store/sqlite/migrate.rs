//! The schema: a new file gets the current one, an older file is copied and brought up, a newer or a foreign one is refused.

use super::{change, connect_writer, run, schema_check};
use crate::domain::{Fault, Time, fold};
use crate::store::{OpenError, file_check, folder};
use rusqlite::{Connection, ErrorCode, params};
use std::path::{Path, PathBuf};

/// What marks a file as ours: “Scbx” in the header of the database.
const APPLICATION_ID: i64 = 0x5363_6278;

/// The schema of version 1.
const FIRST: &str = include_str!("version_1.sql");

/// What turns schema version n into n + 1, beginning with version 1. The last one leads to what `schema.sql` says.
struct Steps<'a>(&'a [&'a str]);

const STEPS: Steps<'static> = Steps(&[
    include_str!("upgrade_2.sql"),
    include_str!("upgrade_3.sql"),
    include_str!("upgrade_4.sql"),
    include_str!("upgrade_5.sql"),
]);

/// How far a file is.
#[derive(Debug, PartialEq, Eq)]
enum FileVersion {
    New,
    Version(i64),
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

impl Steps<'_> {
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

fn look(db: &Connection) -> rusqlite::Result<FileVersion> {
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
    let target = folder::private().create(true).truncate(true).open(&part).map_err(failed)?;
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::{SqliteTx, write_cache::WriteCache};
    use super::*;
    use crate::domain::predicate::{Key, Predicate, Window};
    use crate::domain::user::{ScopeKey, User};
    use crate::domain::{NodeId, Tx};
    use std::os::unix::fs::PermissionsExt;

    const NOW: Time = Time(1_769_851_800_123);
    const TO_2: &str = include_str!("upgrade_2.sql");
    const TO_3: &str = include_str!("upgrade_3.sql");
    const TO_4: &str = include_str!("upgrade_4.sql");
    const TO_5: &str = include_str!("upgrade_5.sql");
    const NEXT: Steps<'static> =
        Steps(&[TO_2, TO_3, TO_4, TO_5, "ALTER TABLE node ADD COLUMN colour TEXT; UPDATE node SET colour = 'red'"]);

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = folder::prepare(dir.path()).unwrap();
        (dir, file)
    }

    fn number(db: &Connection, sql: &str) -> i64 {
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn copies(dir: &tempfile::TempDir) -> Vec<PathBuf> {
        let paths = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.to_string_lossy().contains(".db.v")).collect()
    }

    #[test]
    fn a_new_file_holds_an_appliance_with_a_root_and_opens_again_unchanged() {
        let (dir, file) = folder();
        for chance in [[255; 32], [0; 32]] {
            let db = open(&file, NOW, chance, &|| true).unwrap();
            assert_eq!(number(&db, "PRAGMA user_version"), STEPS.current());
            assert_eq!(number(&db, "PRAGMA application_id"), APPLICATION_ID);
            assert_eq!(number(&db, "PRAGMA foreign_keys"), 1);
            let enterprise = number(&db, "SELECT enterprise FROM appliance");
            assert!((23_284..=232_829).contains(&enterprise));
            let root = number(&db, "SELECT node_id FROM node WHERE name = 'Root' AND parent_id IS NULL");
            assert_eq!((root.to_string().len(), root >> 32), (15, enterprise));
        }
        assert!(copies(&dir).is_empty());
    }

    #[test]
    fn an_older_file_is_copied_and_upgraded() {
        let (dir, file) = folder();
        drop(open(&file, NOW, [7; 32], &|| true).unwrap());
        let served = NEXT.open(&file, NOW, [7; 32], &|| false).unwrap_err();
        assert!(matches!(served, OpenError::Served(_)), "not under a server: {served}");
        assert!(copies(&dir).is_empty());
        let db = NEXT.open(&file, NOW, [7; 32], &|| true).unwrap();
        assert_eq!(number(&db, "PRAGMA user_version"), NEXT.current());
        assert_eq!(number(&db, "SELECT count(*) FROM node WHERE colour = 'red'"), 1);
        let copy = dir.path().join("scimbox.db.v5-20260131T093000123Z");
        assert_eq!(copies(&dir), std::slice::from_ref(&copy));
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let copy = connect_writer(&copy).unwrap();
        assert_eq!(look(&copy).unwrap(), FileVersion::Version(STEPS.current()));
        assert_eq!(number(&copy, "SELECT count(*) FROM node"), 1);
        drop((db, NEXT.open(&file, NOW, [7; 32], &|| true).unwrap()));
        assert_eq!(copies(&dir).len(), 1, "a current file is not copied");
    }

    /// Tables with their columns and references, indexes and triggers with their texts.
    fn shape(db: &Connection) -> Vec<String> {
        let all = "SELECT m.type || ' ' || m.name || ' ' || coalesce(c.name || ' ' || c.type || ' ' || c.pk, m.sql, '') AS part
            FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c ON m.type = 'table'
            UNION SELECT m.name || ' ' || r.\"from\" || ' to ' || r.\"table\" || ' ' || r.on_delete
            FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) r ON m.type = 'table' ORDER BY part";
        db.prepare(all).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn a_file_of_version_1_becomes_what_a_new_one_is_and_keeps_its_people() {
        let (_dir, old) = folder();
        let db = connect_writer(&old).unwrap();
        db.execute_batch(FIRST).unwrap();
        db.execute_batch(
            "INSERT INTO appliance (one, enterprise, counter, cursor_key) VALUES (1, 30000, 2, zeroblob(32));
             INSERT INTO node (node_id, name, name_folded) VALUES (1, 'Root', 'root');
             INSERT INTO user VALUES (2, 1, NULL, 0, 'Ada@x.org', 'ada@x.org', NULL, NULL, NULL, 'invited', 'none',
               '{\"emails\":[{\"value\":\"Ada@x.org\"},{\"value\":\"A@x.org\"}]}', jsonb('{}'), 1, 1, 1);
             INSERT INTO user_email VALUES (1, 'ada@x.org', 2), (1, 'a@x.org', 2);
             INSERT INTO user VALUES (3, 1, NULL, 1, 'ADA@x.org', 'ada@x.org', NULL, NULL, NULL, 'invited', 'none', '{}',
               jsonb('{}'), 1, 1, 1)",
        )
        .unwrap();
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        drop(db);
        let db = open(&old, NOW, [7; 32], &|| true).unwrap();
        let (_dir, new) = folder();
        assert_eq!(shape(&db), shape(&open(&new, NOW, [7; 32], &|| true).unwrap()));
        assert_eq!(
            number(&db, "SELECT count(*) FROM user WHERE user_name = 'Ada@x.org' AND resource LIKE '{\"emails%'"),
            1
        );
        assert_eq!(number(&db, "SELECT users FROM node"), 2);
        let cache = WriteCache::default();
        let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
        let mut found = |email: &str| {
            let which = Predicate::Is(Key::Email(email.to_owned()));
            let found = tx.users(NodeId(1), &which, Window { offset: 0, limit: 9 }).unwrap();
            found.into_iter().map(|user| user.id.0).collect::<Vec<_>>()
        };
        assert_eq!((found("ada@x.org"), found("a@x.org")), (vec![2], vec![2]));
        let ada = tx.user_named(ScopeKey(1), "ada@x.org").unwrap().unwrap();
        let emails = ["a@x.org", "ada@x.org"].map(str::to_owned);
        assert!(tx.update_user(&ada, ScopeKey(0), Some(&emails)).unwrap());
        assert_eq!(number(&db, "SELECT count(*) FROM user_email WHERE email = 'ada@x.org'"), 0);
        let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
        let which = Predicate::Is(Key::Email("ada@x.org".to_owned()));
        assert_eq!(tx.users(NodeId(1), &which, Window { offset: 0, limit: 9 }).unwrap().len(), 1);
        let both = tx.users(NodeId(1), &Predicate::Everything, Window { offset: 0, limit: 9 }).unwrap();
        assert_eq!(
            both.iter().map(|user| user.profile.user_name.as_str()).collect::<Vec<_>>(),
            ["Ada@x.org", "ADA@x.org"]
        );
        // The second of the two is in nobody's way, and nobody takes it for the first.
        let twin = both.into_iter().next_back().unwrap();
        assert!(!tx.update_user(&twin, ScopeKey(1), Some(&[])).unwrap());
        assert_eq!(tx.rescope_users(NodeId(1), ScopeKey(1)).unwrap(), Some((1, "ADA@x.org".to_owned())));
        let twin = User { node: NodeId(4), ..twin };
        db.execute_batch("INSERT INTO node (node_id, parent_id, name, name_folded) VALUES (4, 1, 'Lab', 'lab')")
            .unwrap();
        let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
        tx.move_user(&twin, NodeId(1), ScopeKey(4)).unwrap();
        assert_eq!(tx.user_named(ScopeKey(4), "ada@x.org").unwrap().map(|user| user.id), Some(twin.id));
        assert_eq!(tx.rescope_users(NodeId(1), ScopeKey(1)).unwrap(), None);
    }

    #[test]
    fn an_upgrade_that_fails_or_would_lose_its_copy_leaves_the_file_as_it_was() {
        let (dir, file) = folder();
        drop(open(&file, NOW, [7; 32], &|| true).unwrap());
        let before = std::fs::read(&file).unwrap();
        let halfway =
            Steps(&[TO_2, TO_3, TO_4, TO_5, "ALTER TABLE node ADD COLUMN colour TEXT; UPDATE nothing SET here = 1"]);
        let torn = Steps(&[TO_2, TO_3, TO_4, TO_5, "UPDATE node SET parent_id = 7"]);
        for (moment, steps) in [(1, halfway), (2, torn)] {
            assert!(matches!(steps.open(&file, Time(moment), [7; 32], &|| true), Err(OpenError::Unusable(..))));
        }
        assert!(matches!(NEXT.open(&file, Time(1), [7; 32], &|| true), Err(OpenError::Folder(..))), "that copy exists");
        let db = open(&file, NOW, [7; 32], &|| true).unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM pragma_table_info('node') WHERE name = 'colour'"), 0);
        drop(db);
        assert_eq!(std::fs::read(&file).unwrap(), before);
        assert_eq!(copies(&dir).len(), 2);
    }

    #[test]
    fn a_newer_file_and_a_foreign_one_are_refused_untouched() {
        let (_dir, file) = folder();
        drop(NEXT.open(&file, NOW, [7; 32], &|| true).unwrap());
        let before = std::fs::read(&file).unwrap();
        let refusal = open(&file, NOW, [7; 32], &|| true).unwrap_err();
        assert!(matches!(refusal, OpenError::Newer { found: 6, known: 5, .. }), "{refusal}");
        assert_eq!(std::fs::read(&file).unwrap(), before);

        for foreign in
            [None, Some("CREATE TABLE mine (x)"), Some("PRAGMA application_id = 7"), Some("PRAGMA user_version = 7")]
        {
            let (_dir, file) = folder();
            match foreign {
                None => std::fs::write(&file, "not a database ".repeat(100)).unwrap(),
                Some(sql) => Connection::open(&file).unwrap().execute_batch(sql).unwrap(),
            }
            let before = std::fs::read(&file).unwrap();
            let refusal = open(&file, NOW, [7; 32], &|| true).unwrap_err();
            assert!(matches!(refusal, OpenError::Foreign(_)), "{foreign:?}: {refusal:?}");
            assert_eq!(std::fs::read(&file).unwrap(), before);
        }
    }

    #[test]
    fn two_processes_may_make_the_same_file_at_once() {
        let (_dir, file) = folder();
        let roots: Vec<i64> = std::thread::scope(|scope| {
            let open = |chance| number(&open(&file, NOW, [chance; 32], &|| true).unwrap(), "SELECT node_id FROM node");
            let threads: Vec<_> = (0..4).map(|chance| scope.spawn(move || open(chance))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(roots.iter().all(|root| Some(root) == roots.first()), "{roots:?}");
    }
}
