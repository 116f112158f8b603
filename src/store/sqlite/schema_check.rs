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
    // By what they are and not by their names, which whoever edits the file by hand is free to choose: indexes without a
    // statement are compared as the keys of their tables, and statistics change no answer.
    let all = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema
        WHERE NOT (type = 'index' AND sql IS NULL) AND NOT (type = 'table' AND name GLOB 'sqlite_stat[14]')";
    let mut statement = db.prepare(all)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    for row in rows {
        let (kind, name, table, sql): (String, String, String, String) = row?;
        if table.starts_with(TOLERATED) && matches!(kind.as_str(), "table" | "index") {
            continue;
        }
        let parts = match kind.as_str() {
            "table" => columns(db, &name)?.into_iter().chain(checks(&sql)).collect(),
            _ => BTreeSet::from([words(&sql)]),
        };
        shape.insert((kind, name), parts);
    }
    Ok(shape)
}

/// The columns, references and keys of a table. An upgrade adds columns at the end, so neither order nor text can be compared.
fn columns(db: &Connection, table: &str) -> rusqlite::Result<BTreeSet<String>> {
    let all = "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || coalesce(dflt_value, '') || ' ' || pk || ' ' || hidden
          FROM pragma_table_xinfo(?1)
        UNION ALL SELECT \"from\" || ' to ' || \"table\" || ' ' || on_delete || ' ' || on_update FROM pragma_foreign_key_list(?1)
        UNION ALL SELECT 'key ' || (SELECT group_concat(k.name) FROM pragma_index_info(i.name) k)
          FROM pragma_index_list(?1) i WHERE i.origin <> 'c'
        UNION ALL SELECT 'rowid ' || (wr = 0) || ' strict ' || strict FROM pragma_table_list(?1) WHERE schema = 'main'";
    db.prepare(all)?.query_map([table], |row| row.get(0))?.collect()
}

/// The conditions of a table, each by its text.
fn checks(sql: &str) -> impl Iterator<Item = String> {
    sql.match_indices("CHECK (").filter_map(|(at, _)| sql.get(at..)).map(|rest| words(condition(rest)))
}

/// A condition up to the parenthesis that closes it.
fn condition(text: &str) -> &str {
    let (mut depth, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 1 => return text.get(..=at).unwrap_or(text),
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    text
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
            ("CREATE INDEX _litestream_x ON user (created_at)", "the index “_litestream_x” does not belong to it"),
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
    fn what_was_written_into_the_schema_by_hand_is_named_whatever_it_is_called() {
        for (edit, said) in [
            (
                "INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_help', 'session', 0, 'CREATE TRIGGER sqlite_help
                   AFTER INSERT ON session BEGIN UPDATE admin SET name = ''eve''; END')",
                "the trigger “sqlite_help” does not belong to it",
            ),
            (
                "INSERT INTO sqlite_schema VALUES ('view', 'sqlite_all', 'sqlite_all', 0, 'CREATE VIEW sqlite_all AS SELECT 1')",
                "the view “sqlite_all” does not belong to it",
            ),
            (
                "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (users >= 0)', '') WHERE name = 'node'",
                "the table “node” is not as it was made",
            ),
            (
                "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL UNIQUE', ' NOT NULL') WHERE name = 'admin';
                 DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_admin_1'",
                "the table “admin” is not as it was made",
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            Store::open(dir.path(), Time(1), [7; 32]).unwrap().close();
            let db = rusqlite::Connection::open(dir.path().join("scimbox.db")).unwrap();
            db.execute_batch(&format!("PRAGMA writable_schema = ON; {edit}")).unwrap();
            drop(db);
            let refusal = Store::open(dir.path(), Time(1), [7; 32]).err().unwrap();
            assert!(refusal.to_string().contains(said), "{edit}: {refusal}");
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
