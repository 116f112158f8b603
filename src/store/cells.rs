//! The nouns of a store as they are moved: which there are, in the order in which they refer to each other, and their columns.

use crate::domain::Fault;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

/// All tables. What refers to another one comes after it.
const ORDER: [&str; 27] = [
    "node",
    "connection",
    "token",
    "user",
    "user_email",
    "team",
    "membership",
    "admin",
    "setup_link",
    "reset_link",
    "session",
    "device",
    "second_factor",
    "recovery_code",
    "delay",
    "invitation",
    "event",
    "audit_chain",
    "job",
    "api_key",
    "setting",
    "push_record",
    "push_run",
    "push_log",
    "exchange",
    "exchange_text",
    "appliance",
];

/// A value of a row, as every store has it. Flags are the numbers 0 and 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Nothing,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    Number,
    Text,
    Bytes,
}

/// The values of a row, in the order of the columns of its noun.
pub(super) type Line = Vec<Cell>;

/// A table.
#[derive(Debug)]
pub(super) struct Noun {
    pub(super) name: &'static str,
    /// Names and kinds.
    pub(super) columns: Vec<(String, CellKind)>,
    /// The places of the columns that its order is made of.
    pub(super) key: Vec<usize>,
    /// The place of the node, where it has one.
    pub(super) node: Option<usize>,
}

impl Noun {
    /// The key of a row.
    pub(super) fn key_of(&self, line: &Line) -> Vec<Cell> {
        self.key.iter().filter_map(|place| line.get(*place).cloned()).collect()
    }

    /// The node of a row; 0 where it has none.
    pub(super) fn node_of(&self, line: &Line) -> i64 {
        match self.node.and_then(|place| line.get(place)) {
            Some(Cell::Number(node)) => *node,
            _ => 0,
        }
    }

    /// The names of the columns, with commas between, as both stores write them.
    pub(super) fn list(&self) -> String {
        quoted(self.columns.iter().map(|(name, _)| name.as_str()))
    }

    /// The same of the key.
    pub(super) fn key_list(&self) -> String {
        quoted(self.key.iter().filter_map(|place| self.columns.get(*place)).map(|(name, _)| name.as_str()))
    }

    /// Its name as both stores write it.
    pub(super) fn table(&self) -> String {
        quoted([self.name].into_iter())
    }
}

fn quoted<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// All nouns of the current schema.
pub(super) fn nouns() -> Result<Vec<Noun>, Fault> {
    let db = Connection::open_in_memory()?;
    db.execute_batch(include_str!("../../schema.sql"))?;
    ORDER.into_iter().map(|name| noun(&db, name)).collect()
}

fn noun(db: &Connection, name: &'static str) -> Result<Noun, Fault> {
    let mut asked = db.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let rows = asked
        .query_map([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, usize>(2)?)))?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut key: Vec<(usize, usize)> =
        rows.iter().enumerate().filter(|(_, row)| row.2 > 0).map(|(place, row)| (row.2, place)).collect();
    key.sort_unstable();
    let columns: Vec<_> = rows.into_iter().map(|(name, word, _)| (name, kind(&word))).collect();
    let node = columns.iter().position(|(name, _)| name == "node_id");
    Ok(Noun { name, columns, key: key.into_iter().map(|(_, place)| place).collect(), node })
}

fn kind(word: &str) -> CellKind {
    match word {
        "INTEGER" => CellKind::Number,
        "BLOB" => CellKind::Bytes,
        _ => CellKind::Text,
    }
}

/// Takes rows into a hash, each value preceded by what it is and how long.
pub(super) fn take_in(hasher: &mut Sha256, line: &Line) {
    for cell in line {
        match cell {
            Cell::Nothing => hasher.update([0]),
            Cell::Number(number) => {
                hasher.update([1]);
                hasher.update(number.to_be_bytes());
            }
            Cell::Text(text) => take_bytes(hasher, 2, text.as_bytes()),
            Cell::Bytes(bytes) => take_bytes(hasher, 3, bytes),
        }
    }
}

fn take_bytes(hasher: &mut Sha256, what: u8, bytes: &[u8]) {
    hasher.update([what]);
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn every_table_of_the_schema_is_moved_in_an_order_that_holds_its_references() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../../schema.sql")).unwrap();
        let mut tables: Vec<String> = db
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        tables.sort_unstable();
        let mut ours = ORDER.map(str::to_owned);
        ours.sort_unstable();
        assert_eq!(tables, ours);
        for (place, name) in ORDER.iter().enumerate() {
            let of = format!("SELECT \"table\" FROM pragma_foreign_key_list('{name}')");
            let mut asked = db.prepare(&of).unwrap();
            for to in asked.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap) {
                let there = ORDER.iter().position(|name| *name == to).unwrap();
                assert!(there <= place, "{name} refers to {to}");
            }
        }
        assert!(nouns().unwrap().iter().all(|noun| !noun.key.is_empty()));
    }
}
