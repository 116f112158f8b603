//! Reading a damaged table: every row that can be reached from either end, by an index, or from behind a damaged page.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// A row, its values in the order of the columns that were asked for.
pub(super) type Row = Vec<Value>;

/// How a table is read.
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
    pub(super) columns: &'a [String],
    pub(super) has_rowid: bool,
}

/// Something that could not be read.
pub(super) struct Unreadable {
    /// The key of the row, where it is known.
    pub(super) key: Option<i64>,
    pub(super) why: String,
}

impl Table<'_> {
    fn list(&self) -> String {
        self.columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
    }

    /// Hands on every row that can be read, some of them perhaps twice.
    pub(super) fn each(&self, db: &Connection, take: &mut dyn FnMut(Option<i64>, Row)) -> Vec<Unreadable> {
        if self.has_rowid { self.by_rowid(db, take) } else { self.by_both_ends(db, take) }
    }

    fn by_rowid(&self, db: &Connection, take: &mut dyn FnMut(Option<i64>, Row)) -> Vec<Unreadable> {
        let mut lost = Vec::new();
        let keys = match self.keys(db) {
            Ok(keys) => keys,
            Err((keys, why)) => {
                lost.push(Unreadable { key: None, why });
                keys
            }
        };
        let sql = format!("SELECT {} FROM {} NOT INDEXED WHERE rowid = ?1", self.list(), quoted(self.name));
        let mut statement = match db.prepare(&sql) {
            Ok(statement) => statement,
            Err(error) => return vec![Unreadable { key: None, why: error.to_string() }],
        };
        for key in keys {
            let read = statement.query_row([key], |row| (0..self.columns.len()).map(|at| row.get(at)).collect());
            match read {
                Ok(row) => take(Some(key), row),
                Err(error) => lost.push(Unreadable { key: Some(key), why: error.to_string() }),
            }
        }
        lost
    }

    /// All keys that can be found; with why some may be missing.
    fn keys(&self, db: &Connection) -> Result<BTreeSet<i64>, (BTreeSet<i64>, String)> {
        let name = quoted(self.name);
        let mut keys = BTreeSet::new();
        let mut gather = |sql: String, from: i64| -> rusqlite::Result<()> {
            let mut statement = db.prepare(&sql)?;
            let mut rows = statement.query([from])?;
            while let Some(row) = rows.next()? {
                keys.insert(row.get(0)?);
            }
            Ok(())
        };
        let up = format!("SELECT rowid FROM {name} NOT INDEXED WHERE rowid >= ?1 ORDER BY rowid");
        let down = format!("SELECT rowid FROM {name} NOT INDEXED WHERE rowid <= ?1 ORDER BY rowid DESC");
        let Err(error) = gather(up.clone(), i64::MIN) else { return Ok(keys) };
        let _ends_at_damage = gather(down.clone(), i64::MAX);
        for index in self.indexes(db) {
            // A name that is not there begins nowhere: all of the index is read.
            let _ends_at_damage =
                gather(format!("SELECT rowid FROM {name} INDEXED BY {} WHERE ?1 = ?1", quoted(&index)), 0);
        }
        self.islands(db, &mut keys, &up, &down);
        Err((keys, error.to_string()))
    }

    /// Looks behind each gap in steps that double, and from there in both directions.
    fn islands(&self, db: &Connection, keys: &mut BTreeSet<i64>, up: &str, down: &str) {
        let walk = |sql: &str, from: i64, keys: &mut BTreeSet<i64>| -> Option<i64> {
            let mut statement = db.prepare(sql).ok()?;
            let mut rows = statement.query([from]).ok()?;
            let mut last = None;
            while let Ok(Some(row)) = rows.next() {
                let Ok(key) = row.get::<_, i64>(0) else { break };
                last = Some(key);
                if !keys.insert(key) && last != Some(from) {
                    break;
                }
            }
            last
        };
        let mut edges: Vec<i64> = keys.iter().copied().filter(|key| !keys.contains(&(key + 1))).collect();
        while let Some(edge) = edges.pop() {
            let next = keys.range(edge + 1..).next().copied().unwrap_or(edge.saturating_add(1 << 20));
            let mut step = 1;
            while edge.saturating_add(step) < next {
                let from = edge.saturating_add(step);
                if let Some(last) = walk(up, from, keys) {
                    walk(down, from, keys);
                    if last > edge && last < next - 1 {
                        edges.push(last);
                    }
                    break;
                }
                step *= 2;
            }
        }
    }

    /// The indexes that hold all rows.
    fn indexes(&self, db: &Connection) -> Vec<String> {
        let all = "SELECT name FROM pragma_index_list(?1) WHERE partial = 0";
        let read = || db.prepare(all)?.query_map([self.name], |row| row.get(0))?.collect::<rusqlite::Result<_>>();
        read().unwrap_or_default()
    }

    /// A table that is its own index: read forwards and backwards until the damage.
    fn by_both_ends(&self, db: &Connection, take: &mut dyn FnMut(Option<i64>, Row)) -> Vec<Unreadable> {
        let key = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
        let read =
            || db.prepare(key)?.query_map([self.name], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>();
        let key = read().unwrap_or_default();
        let order =
            |way: &str| key.iter().map(|column| format!("{} {way}", quoted(column))).collect::<Vec<_>>().join(", ");
        let mut walk = |way: &str| -> rusqlite::Result<()> {
            let sql = format!("SELECT {} FROM {} ORDER BY {}", self.list(), quoted(self.name), order(way));
            let mut statement = db.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter::<[i64; 0]>([]))?;
            while let Some(row) = rows.next()? {
                take(None, (0..self.columns.len()).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?);
            }
            Ok(())
        };
        match walk("ASC") {
            Ok(()) => Vec::new(),
            Err(error) => {
                let _ends_at_damage = walk("DESC");
                vec![Unreadable { key: None, why: error.to_string() }]
            }
        }
    }
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
