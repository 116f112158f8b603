//! The shape of a file: its tables, indexes, triggers and views against what `schema.sql` says. What is missing would make
//! answers wrong, and what does not belong could run with the next sign-in, so neither is served.

use super::set_up;
use crate::store::OpenError;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What Litestream keeps in the databases that it copies.
const TOLERATED: &str = "_litestream_";

/// Everything of a kind and name, with what is compared of it.
type Shape = BTreeMap<(String, String), BTreeSet<String>>;

/// Refuses a file whose shape is another than what these statements make.
///
/// # Errors
/// [`OpenError::Shape`] with the first thing that is missing, too much or another; those of SQLite.
pub(super) fn check(db: &Connection, file: &Path, made_by: &[&str]) -> Result<(), OpenError> {
    let unusable = |e: rusqlite::Error| OpenError::Unusable(file.to_owned(), e.into());
    let refuse = |what: String| Err(OpenError::Shape { file: file.to_owned(), what });
    let expected = Connection::open_in_memory().and_then(|expected| set_up(&expected).map(|()| expected));
    let expected = expected.map_err(unusable)?;
    made_by.iter().try_for_each(|sql| expected.execute_batch(sql)).map_err(unusable)?;
    let (wanted, found) = (shape(&expected).map_err(unusable)?, shape(db).map_err(unusable)?);
    for (key, parts) in &found {
        let (kind, name) = key;
        match wanted.get(key) {
            None => return refuse(format!("the {kind} “{name}” does not belong to it")),
            Some(wanted) if wanted != parts => return refuse(format!("the {kind} “{name}” is not as it was made")),
            Some(_) => {}
        }
    }
    match wanted.keys().find(|key| !found.contains_key(*key)) {
        Some((kind, name)) => refuse(format!("the {kind} “{name}” is missing")),
        None => Ok(()),
    }
}

fn shape(db: &Connection) -> rusqlite::Result<Shape> {
    let mut shape = Shape::new();
    let all = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut statement = db.prepare(all)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for row in rows {
        let (kind, name, sql): (String, String, String) = row?;
        if name.starts_with(TOLERATED) && matches!(kind.as_str(), "table" | "index") {
            continue;
        }
        let parts = if kind == "table" { columns(db, &name)? } else { BTreeSet::from([words(&sql)]) };
        shape.insert((kind, name), parts);
    }
    Ok(shape)
}

/// The columns and references of a table. An upgrade adds columns at the end, so neither order nor text can be compared.
fn columns(db: &Connection, table: &str) -> rusqlite::Result<BTreeSet<String>> {
    let all = "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || coalesce(dflt_value, '') || ' ' || pk || ' ' || hidden
          FROM pragma_table_xinfo(?1)
        UNION ALL SELECT \"from\" || ' to ' || \"table\" || ' ' || on_delete || ' ' || on_update FROM pragma_foreign_key_list(?1)
        UNION ALL SELECT 'rowid ' || (wr = 0) || ' strict ' || strict FROM pragma_table_list(?1) WHERE schema = 'main'";
    db.prepare(all)?.query_map([table], |row| row.get(0))?.collect()
}

/// A statement without regard to line ends and indentation.
fn words(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::connect_writer;
    use crate::domain::Time;
    use crate::store::{OpenError, Store};

    #[test]
    fn what_is_missing_too_much_or_another_is_named() {
        for (sql, said) in [
            ("DROP TRIGGER user_removed", "the trigger “user_removed” is missing"),
            ("DROP INDEX team_name", "the index “team_name” is missing"),
            ("DROP TABLE setting", "the table “setting” is missing"),
            ("ALTER TABLE node DROP COLUMN removals", "removals"),
            ("CREATE TABLE mine (x)", "the table “mine” does not belong to it"),
            ("CREATE VIEW people AS SELECT * FROM user", "the view “people” does not belong to it"),
            (
                "CREATE TRIGGER evil AFTER INSERT ON session BEGIN UPDATE admin SET email = 'eve@x.test'; END",
                "the trigger “evil” does not belong to it",
            ),
            (
                "DROP TRIGGER user_removed; CREATE TRIGGER user_removed AFTER DELETE ON user BEGIN DELETE FROM admin; END",
                "the trigger “user_removed” is not as it was made",
            ),
            ("CREATE TRIGGER _litestream_x AFTER INSERT ON session BEGIN DELETE FROM admin; END", "_litestream_x"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            Store::open(dir.path(), Time(1), [7; 32]).unwrap().close();
            let file = dir.path().join("scimbox.db");
            let changed = connect_writer(&file).unwrap().execute_batch(sql);
            if changed.is_err() {
                // A column that a trigger names cannot be dropped.
                continue;
            }
            let before = std::fs::read(&file).unwrap();
            let refusal = Store::open(dir.path(), Time(1), [7; 32]).err().unwrap();
            assert!(matches!(&refusal, OpenError::Shape { what, .. } if what.contains(said)), "{sql}: {refusal}");
            assert_eq!(std::fs::read(&file).unwrap(), before, "{sql}: nothing has run and nothing was written");
        }
    }

    #[test]
    fn what_litestream_keeps_is_tolerated() {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path(), Time(1), [7; 32]).unwrap().close();
        let tables = "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
            CREATE TABLE _litestream_lock (id INTEGER)";
        connect_writer(&dir.path().join("scimbox.db")).unwrap().execute_batch(tables).unwrap();
        Store::open(dir.path(), Time(1), [7; 32]).unwrap().close();
    }
}
