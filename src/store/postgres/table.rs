//! Whole tables, for a move: their rows in the order of their keys, and rows that are put as they are.

use super::address::DatabaseAddress;
use super::link::{Link, PATIENCE};
use super::open_error::DatabaseError;
use super::pool::Wire;
use super::row::Row;
use super::value::ToColumn;
use super::{change, collect, first, migrate};
use crate::domain::Fault;
use crate::store::cells::{Cell, CellKind, Line, Noun};
use bytes::{BufMut, BytesMut};
use std::collections::HashSet;
use std::time::Instant;
use tokio_postgres::types::{IsNull, Type};

/// How long a statement of a move may take.
const LONGEST: u32 = 360;

/// A database whose tables are read or filled as they are.
pub(in crate::store) struct Tables {
    link: Link,
    /// Columns that are booleans here and numbers elsewhere, with their tables.
    flags: HashSet<(String, String)>,
    _wire: Wire,
}

impl Tables {
    /// Opens a database that holds an appliance, to read it as it is now.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub(in crate::store) fn read(address: &DatabaseAddress) -> Result<Tables, DatabaseError> {
        let tables = Tables::open(address)?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0";
        if !migrate::is_current(&tables.link)? {
            return Err(DatabaseError::Older);
        }
        tables.link.begin(begin, Instant::now() + PATIENCE * LONGEST);
        tables.with_flags()
    }

    /// Opens a database to fill it: an empty one, or one that an interrupted move has begun to fill. Nobody can serve it until
    /// [`Tables::finish`].
    ///
    /// # Errors
    /// [`DatabaseError::Occupied`] when an appliance is in it.
    pub(in crate::store) fn fill(address: &DatabaseAddress) -> Result<Tables, DatabaseError> {
        let tables = Tables::open(address)?;
        migrate::prepare_to_fill(&tables.link)?;
        tables.with_flags()
    }

    fn open(address: &DatabaseAddress) -> Result<Tables, DatabaseError> {
        let wire = Wire::start().map_err(DatabaseError::Unusable)?;
        let link = wire.connect(address).map_err(|refused| DatabaseError::Refused(refused.to_string()))?;
        Ok(Tables { link, flags: HashSet::new(), _wire: wire })
    }

    fn with_flags(self) -> Result<Tables, DatabaseError> {
        let booleans = "SELECT table_name::text, column_name::text FROM information_schema.columns
            WHERE table_schema = current_schema() AND data_type = 'boolean'";
        let found = collect(&self.link, booleans, &[], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(Tables { flags: found.map_err(DatabaseError::Unusable)?.into_iter().collect(), ..self })
    }

    /// Rows from behind a key on.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::store) fn page(
        &mut self,
        noun: &Noun,
        after: Option<&[Cell]>,
        limit: usize,
    ) -> Result<Vec<Line>, Fault> {
        let (key, table) = (noun.key_list(), noun.table());
        let columns: Vec<String> = noun.columns.iter().map(|(name, _)| self.read_as(noun, name)).collect();
        let marks: Vec<String> = (1..=noun.key.len()).map(|n| format!("?{n}")).collect();
        let behind = after.map(|_| format!(" WHERE ({key}) > ({})", marks.join(", "))).unwrap_or_default();
        let sql = format!("SELECT {} FROM {table}{behind} ORDER BY {key} LIMIT {limit}", columns.join(", "));
        let bound: Vec<&dyn ToColumn> = after.unwrap_or_default().iter().map(|cell| cell as &dyn ToColumn).collect();
        collect(&self.link, &sql, &bound, |row| line(noun, row))
    }

    /// The key of the last row.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::store) fn last(&mut self, noun: &Noun) -> Result<Option<Vec<Cell>>, Fault> {
        let columns: Vec<String> = noun.columns.iter().map(|(name, _)| self.read_as(noun, name)).collect();
        let key: Vec<String> = noun.key_list().split(", ").map(|name| format!("{name} DESC")).collect();
        let sql = format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", columns.join(", "), noun.table(), key.join(", "));
        first(&self.link, &sql, &[], |row| Ok(noun.key_of(&line(noun, row)?)))
    }

    /// Puts rows, over those with the same key: all or none.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::store) fn put(&mut self, noun: &Noun, lines: &[Line]) -> Result<(), Fault> {
        let kept: Vec<(usize, &str, CellKind)> = noun
            .columns
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| counter(noun, name).is_none())
            .map(|(place, (name, kind))| (place, name.as_str(), *kind))
            .collect();
        let names: Vec<String> = kept.iter().map(|(_, name, _)| format!("\"{name}\"")).collect();
        let read: Vec<String> = kept
            .iter()
            .enumerate()
            .map(|(n, (_, name, _))| match self.is_flag(noun, name) {
                true => format!("c{n} <> 0"),
                false => format!("c{n}"),
            })
            .collect();
        let given: Vec<String> = (1..=kept.len()).map(|n| format!("?{n}")).collect();
        let called: Vec<String> = (0..kept.len()).map(|n| format!("c{n}")).collect();
        let set: Vec<String> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS given ({}) ON CONFLICT ({}) DO UPDATE SET {}",
            noun.table(),
            names.join(", "),
            read.join(", "),
            given.join(", "),
            called.join(", "),
            noun.key_list(),
            set.join(", ")
        );
        let arrays: Vec<CellArray> = kept
            .iter()
            .map(|(place, _, kind)| CellArray(*kind, lines.iter().filter_map(|line| line.get(*place)).collect()))
            .collect();
        let bound: Vec<&dyn ToColumn> = arrays.iter().map(|array| array as &dyn ToColumn).collect();
        self.link.begin("BEGIN; SET LOCAL statement_timeout = 0", Instant::now() + PATIENCE * LONGEST);
        let put = change(&self.link, &sql, &bound).and_then(|_| self.put_counters(noun, lines));
        match put {
            Ok(()) => self.link.commit().map_err(|failure| failure.fault),
            Err(fault) => {
                self.link.leave("ROLLBACK");
                Err(fault)
            }
        }
    }

    /// What is a column elsewhere and a sequence here.
    fn put_counters(&self, noun: &Noun, lines: &[Line]) -> Result<(), Fault> {
        for (place, (name, _)) in noun.columns.iter().enumerate() {
            let (Some(sequence), Some(Cell::Number(number))) =
                (counter(noun, name), lines.first().and_then(|line| line.get(place)))
            else {
                continue;
            };
            let set = format!("SELECT setval('{sequence}', greatest(?1, 1), ?1 > 0)");
            first(&self.link, &set, &[number], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Lets a database that was filled be served.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub(in crate::store) fn finish(&mut self) -> Result<(), DatabaseError> {
        migrate::finish_filling(&self.link)
    }

    fn is_flag(&self, noun: &Noun, column: &str) -> bool {
        self.flags.contains(&(noun.name.to_owned(), column.to_owned()))
    }

    fn read_as(&self, noun: &Noun, column: &str) -> String {
        match counter(noun, column) {
            Some(sequence) => {
                format!("(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence})")
            }
            None if self.is_flag(noun, column) => format!("\"{column}\"::int::bigint"),
            None => format!("\"{column}\""),
        }
    }
}

/// The schema of a database, where it has one, and that of this program.
pub(in crate::store) fn glance(address: &DatabaseAddress) -> Result<(Option<i64>, i64), DatabaseError> {
    let tables = Tables::open(address)?;
    migrate::glance(&tables.link)
}

/// The sequence that counts what is a column of the appliance elsewhere.
fn counter(noun: &Noun, column: &str) -> Option<&'static str> {
    match (noun.name, column) {
        ("appliance", "counter") => Some("number"),
        ("appliance", "newest_event") => Some("event_number"),
        _ => None,
    }
}

fn line(noun: &Noun, row: &Row) -> Result<Line, Fault> {
    let cell = |(place, (_, kind)): (usize, &(String, CellKind))| {
        Ok(match kind {
            CellKind::Number => row.get::<_, Option<i64>>(place)?.map_or(Cell::Nothing, Cell::Number),
            CellKind::Text => row.get::<_, Option<String>>(place)?.map_or(Cell::Nothing, Cell::Text),
            CellKind::Bytes => row.get::<_, Option<Vec<u8>>>(place)?.map_or(Cell::Nothing, Cell::Bytes),
        })
    };
    noun.columns.iter().enumerate().map(cell).collect()
}

type Refusal = Box<dyn std::error::Error + Sync + Send>;

impl ToColumn for Cell {
    fn column() -> Type {
        Type::TEXT
    }

    fn kind(&self) -> Type {
        match self {
            Cell::Number(_) => Type::INT8,
            Cell::Bytes(_) => Type::BYTEA,
            Cell::Nothing | Cell::Text(_) => Type::TEXT,
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Refusal> {
        match self {
            Cell::Nothing => return Ok(IsNull::Yes),
            Cell::Number(number) => out.put_i64(*number),
            Cell::Text(text) => out.put_slice(text.as_bytes()),
            Cell::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }
}

/// The values of one column, as one value.
struct CellArray<'l>(CellKind, Vec<&'l Cell>);

impl ToColumn for CellArray<'_> {
    fn column() -> Type {
        Type::TEXT_ARRAY
    }

    fn kind(&self) -> Type {
        match self.0 {
            CellKind::Number => Type::INT8_ARRAY,
            CellKind::Text => Type::TEXT_ARRAY,
            CellKind::Bytes => Type::BYTEA_ARRAY,
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Refusal> {
        let of = match self.0 {
            CellKind::Number => Type::INT8,
            CellKind::Text => Type::TEXT,
            CellKind::Bytes => Type::BYTEA,
        };
        out.put_i32(1);
        out.put_i32(1);
        out.put_u32(of.oid());
        out.put_i32(i32::try_from(self.1.len())?);
        out.put_i32(1);
        for cell in &self.1 {
            let mut one = BytesMut::new();
            match cell.write(&mut one)? {
                IsNull::Yes => out.put_i32(-1),
                IsNull::No => {
                    out.put_i32(i32::try_from(one.len())?);
                    out.put_slice(&one);
                }
            }
        }
        Ok(IsNull::No)
    }
}
