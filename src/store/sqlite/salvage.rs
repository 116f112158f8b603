//! What can be read of a damaged database, copied into a new one that takes only what the schema and the store's own types
//! allow; with a list of what is lost.

use super::examine::{Problem, examine_file};
use super::folder::FolderLock;
use super::migrate;
use super::reader::snapshot;
use super::salvage_rows::{Table, quoted};
use super::{READ, ReadCache, set_up};
use crate::domain::{Fault, NodeId, TeamId, Time, UserId, fold};
use crate::store::OpenError;
use crate::store::sqlite::checkpoint::empty_log;
use rusqlite::{Connection, params, params_from_iter};
use std::collections::BTreeMap;
use std::path::Path;

/// Something that is lost.
#[derive(Clone, Debug)]
pub struct Lost {
    /// The table.
    pub table: String,
    /// The key of the row, where it is known.
    pub key: Option<String>,
    /// Why.
    pub why: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Salvaged {
    /// Rows that were copied, by table.
    pub copied: BTreeMap<String, u64>,
    /// What was not.
    pub lost: Vec<Lost>,
    /// What a full look at the new database still finds.
    pub problems: Vec<Problem>,
}

/// No more of what is lost is named for one table; the rest is counted.
const NAMED: usize = 200;

/// Copies what can be read of the database of `from` into a new one in `to`, where there must be none.
///
/// # Errors
/// [`OpenError`] when nothing can be read, or the new one cannot be made.
pub(in crate::store) fn salvage(from: &Path, to: &Path, now: Time, chance: [u8; 32]) -> Result<Salvaged, OpenError> {
    let damaged = from.join("scimbox.db");
    let unreadable = |e: rusqlite::Error| OpenError::Damaged { file: damaged.clone(), found: e.to_string() };
    // What was planted in its schema does not run: only tables are read.
    let source = Connection::open_with_flags(&damaged, READ).map_err(unreadable)?;
    source.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY").map_err(unreadable)?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).map_err(unreadable)?;
    let _lock = FolderLock::take(to)?;
    let file = to.join("scimbox.db");
    if file.metadata().map_or(0, |found| found.len()) > 0 {
        return Err(OpenError::Folder(to.to_owned(), std::io::ErrorKind::AlreadyExists.into()));
    }
    let target = migrate::open(&file, now, chance, &|| true)?;
    let failed = |fault: Fault| OpenError::Unusable(file.clone(), fault);
    let mut done = Salvaged::default();
    copy_all(&source, &target, &mut done)
        .and_then(|()| mend(&target, chance, &mut done))
        .map_err(|e| failed(e.into()))?;
    if look_through(&target, &mut done).map_err(failed)? {
        mend(&target, chance, &mut done).map_err(|e| failed(e.into()))?;
    }
    empty_log(&target);
    drop(target);
    done.problems = examine_file(&file).problems;
    Ok(done)
}

impl Salvaged {
    fn lose(&mut self, table: &str, key: Option<String>, why: impl Into<String>) {
        if self.lost.iter().filter(|lost| lost.table == table).count() < NAMED {
            self.lost.push(Lost { table: table.to_owned(), key, why: why.into() });
        }
    }
}

fn copy_all(source: &Connection, target: &Connection, done: &mut Salvaged) -> rusqlite::Result<()> {
    target.execute_batch("PRAGMA foreign_keys = OFF; BEGIN; DELETE FROM node; DELETE FROM appliance")?;
    let all =
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables: Vec<(String, bool)> =
        target.prepare(all)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    for (name, without_rowid) in tables {
        let columns = columns(target, &name)?;
        let there = self::columns(source, &name).unwrap_or_default();
        // An older schema lacks some; they get their defaults.
        let columns: Vec<String> = columns.into_iter().filter(|column| there.contains(column)).collect();
        if columns.is_empty() {
            done.lose(&name, None, "the table is missing");
            continue;
        }
        let list = columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
        let places = vec!["?"; columns.len()].join(", ");
        // A row that is read twice is the same row.
        let insert = format!("INSERT OR IGNORE INTO {} ({list}) VALUES ({places})", quoted(&name));
        let strict = format!("INSERT INTO {} ({list}) VALUES ({places})", quoted(&name));
        let mut insert = target.prepare(if without_rowid { &insert } else { &strict })?;
        let (mut copied, mut refused) = (0, Vec::new());
        let table = Table { name: &name, columns: &columns, has_rowid: !without_rowid };
        let unreadable = table.each(source, &mut |key, row| match insert.execute(params_from_iter(row)) {
            Ok(added) => copied += added as u64,
            Err(error) => refused.push((key, error.to_string())),
        });
        for (key, why) in refused.into_iter().chain(unreadable.into_iter().map(|lost| (lost.key, lost.why))) {
            done.lose(&name, key.map(|key| key.to_string()), why);
        }
        done.copied.insert(name, copied);
    }
    target.execute_batch("COMMIT")
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare("SELECT name FROM pragma_table_info(?1)")?.query_map([table], |row| row.get(0))?.collect()
}

/// Gives what was copied a root and parents, removes what refers to what is lost, and counts anew.
fn mend(db: &Connection, chance: [u8; 32], done: &mut Salvaged) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN")?;
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let largest = number(
        "SELECT max(coalesce((SELECT max(node_id) FROM node), 0), coalesce((SELECT max(user_id) FROM user), 0),
           coalesce((SELECT max(node_id) FROM user), 0), coalesce((SELECT max(scim_id) FROM connection), 0))",
    )?;
    if number("SELECT count(*) FROM appliance")? == 0 {
        done.lose("appliance", None, "made anew: cursors that clients hold are over");
        let enterprise = (largest >> 32).clamp(23_284, 232_829);
        let made = "INSERT INTO appliance (one, enterprise, counter, cursor_key) VALUES (1, ?1, 1, ?2)";
        db.execute(made, params![enterprise, chance])?;
    }
    // Numbers that are lost are not given again.
    db.execute("UPDATE appliance SET counter = max(counter, (?1 & 4294967295) + 1)", [largest])?;
    if number("SELECT count(*) FROM node WHERE parent_id IS NULL")? == 0 {
        done.lose("node", None, "the root was lost and made anew");
        let made = "INSERT INTO node (node_id, parent_id, name, name_folded)
              SELECT (enterprise << 32) + counter, NULL, 'Root', ?1 FROM appliance";
        db.execute(made, [fold("Root")])?;
        db.execute("UPDATE appliance SET counter = counter + 1", [])?;
    }
    let root = number("SELECT node_id FROM node WHERE parent_id IS NULL")?;
    let orphans = "SELECT node_id FROM user UNION SELECT node_id FROM team UNION SELECT node_id FROM connection
          UNION SELECT parent_id FROM node WHERE parent_id IS NOT NULL EXCEPT SELECT node_id FROM node";
    let lost: Vec<i64> = db.prepare(orphans)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for node in lost {
        let name = format!("Recovered {node}");
        let made = "INSERT INTO node (node_id, parent_id, name, name_folded) VALUES (?1, ?2, ?3, ?4)";
        db.execute(made, params![node, root, name, fold(&name)])?;
        done.lose("node", Some(node.to_string()), format!("its name is lost; it is called “{name}” now"));
    }
    remove_torn(db, done)?;
    db.execute_batch(
        "UPDATE node SET users = (SELECT count(*) FROM user u WHERE u.node_id = node.node_id),
           teams = (SELECT count(*) FROM team t WHERE t.node_id = node.node_id);
         UPDATE team SET members = (SELECT count(*) FROM membership m WHERE m.team_key = team.team_key);
         UPDATE appliance SET newest_event = coalesce((SELECT max(event_id) FROM event), 0), listen_url = NULL;
         COMMIT; PRAGMA foreign_keys = ON",
    )
}

/// Removes rows that refer to rows that are lost, until there are none.
fn remove_torn(db: &Connection, done: &mut Salvaged) -> rusqlite::Result<()> {
    let all = "SELECT m.name, k.\"from\", k.\"table\", coalesce(k.\"to\", k.\"from\")
          FROM sqlite_schema m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table'";
    let references: Vec<[String; 4]> = db
        .prepare(all)?
        .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?
        .collect::<rusqlite::Result<_>>()?;
    loop {
        let mut removed = 0;
        for [table, column, parent, key] in &references {
            let (of, column, parent, key) = (quoted(table), quoted(column), quoted(parent), quoted(key));
            let torn =
                format!("DELETE FROM {of} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {parent})");
            let count = db.execute(&torn, [])?;
            if count > 0 {
                done.lose(table, None, format!("{count} rows referred to rows of {parent} that are lost"));
            }
            removed += count;
        }
        if removed == 0 {
            return Ok(());
        }
    }
}

/// Reads every user and team as the program does; what it cannot read goes. Whether there was any.
fn look_through(db: &Connection, done: &mut Salvaged) -> Result<bool, Fault> {
    set_up(db)?;
    let users: Vec<(i64, i64)> = db
        .prepare("SELECT node_id, user_id FROM user")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let teams: Vec<(i64, i64, Vec<u8>)> = db
        .prepare("SELECT node_id, team_key, team_id FROM team")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut gone = Vec::new();
    snapshot(db, &ReadCache::default(), |tx| {
        for (node, user) in users {
            if let Err(fault) = tx.user(NodeId(node), UserId(user)) {
                gone.push(("user", user, user.to_string(), fault.to_string()));
            }
        }
        for (node, row, team) in teams {
            let Ok(id) = <[u8; 16]>::try_from(team.as_slice()) else { continue };
            if let Err(fault) = tx.team(NodeId(node), TeamId(id)) {
                gone.push(("team", row, TeamId(id).to_string(), fault.to_string()));
            }
        }
        Ok::<_, Fault>(())
    })?;
    let any = !gone.is_empty();
    db.execute_batch("PRAGMA foreign_keys = OFF")?;
    for (table, row, key, why) in gone {
        let removed = match table {
            "user" => "DELETE FROM user WHERE user_id = ?1",
            _ => "DELETE FROM team WHERE team_key = ?1",
        };
        db.execute(removed, [row])?;
        done.lose(table, Some(key), format!("it cannot be read: {why}"));
    }
    Ok(any)
}
