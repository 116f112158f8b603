//! Moving everything from one store to another: row by row as both keep it, interrupted and gone on with, and proved equal.

mod postgres;
mod sqlite;

use super::cells::{Cell, Line, Noun, nouns, take_in};
use super::postgres::DatabaseError;
use super::postgres::table::Tables;
use super::{DatabaseAddress, OpenError};
use crate::domain::Fault;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rows of one transaction.
const AT_ONCE: usize = 2000;

/// One end of a move.
#[derive(Clone, Debug)]
pub enum MoveEnd {
    /// The file of a data folder.
    Folder(PathBuf),
    /// A database of PostgreSQL.
    Postgres(Box<DatabaseAddress>),
}

/// Why a move did not come to its end. What is at the source is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The source or the target cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database of PostgreSQL cannot be used.
    #[error("The database cannot be used: {0}")]
    Database(#[from] DatabaseError),
    /// The source has an older schema.
    #[error("The database “{}” has an older schema. Start this version on it once, stop it, and move then.", .0.display())]
    Older(PathBuf),
    /// The target is in use.
    #[error("“{0}” holds an appliance already. Move into a new folder or an empty database.")]
    Occupied(String),
    /// Both ends are of one kind.
    #[error("Move from a folder to PostgreSQL, or from PostgreSQL to a folder.")]
    Same,
    /// A file could not be made or renamed.
    #[error("“{}” cannot be written", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// One of the stores failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl MoveError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            MoveError::Open(error) => error.code(),
            MoveError::Database(error) => error.code(),
            MoveError::Older(_) => "DATABASE_OLDER",
            MoveError::Occupied(_) => "DATABASE_OCCUPIED",
            MoveError::Same => "USAGE",
            MoveError::File(..) => "FOLDER_UNUSABLE",
            MoveError::Fault(fault) => fault.code(),
        }
    }
}

impl From<rusqlite::Error> for MoveError {
    fn from(error: rusqlite::Error) -> MoveError {
        MoveError::Fault(error.into())
    }
}

/// What a store has to do to be an end of a move.
trait End {
    /// Rows in the order of their key, from behind one on.
    fn page(&mut self, noun: &Noun, after: Option<&[Cell]>, limit: usize) -> Result<Vec<Line>, Fault>;
    /// The key of the last row.
    fn last(&mut self, noun: &Noun) -> Result<Option<Vec<Cell>>, Fault>;
    /// Writes rows, over those with the same key: all or none.
    fn put(&mut self, noun: &Noun, lines: &[Line]) -> Result<(), Fault>;
    /// Makes the target what a server may open.
    fn finish(&mut self) -> Result<(), MoveError>;
}

/// What became of a noun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedNoun {
    /// Its rows at the source.
    pub rows: u64,
    /// Its rows at the target.
    pub there: u64,
    /// How many of them this move has written.
    pub copied: u64,
    /// Whether both ends hold the same, by count, by count of each node, and by a hash over everything.
    pub equal: bool,
    /// The hash over everything at the source.
    pub hash: [u8; 32],
}

/// What a move came to.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// By the name of the table.
    pub nouns: BTreeMap<&'static str, MovedNoun>,
}

impl Moved {
    /// Whether both ends hold the same.
    pub fn is_equal(&self) -> bool {
        self.nouns.values().all(|noun| noun.equal)
    }
}

/// How far a move is: the noun, and how many of its rows are there.
pub type Progress<'p> = &'p mut dyn FnMut(&'static str, u64);

fn open(source: &MoveEnd) -> Result<Box<dyn End>, MoveError> {
    match source {
        MoveEnd::Folder(dir) => Ok(Box::new(sqlite::FileEnd::source(dir)?)),
        MoveEnd::Postgres(address) => Ok(Box::new(Tables::read(address)?)),
    }
}

fn open_target(target: &MoveEnd) -> Result<Box<dyn End>, MoveError> {
    match target {
        MoveEnd::Folder(dir) => Ok(Box::new(sqlite::FileEnd::target(dir)?)),
        MoveEnd::Postgres(address) => Ok(Box::new(Tables::fill(address)?)),
    }
}

/// Counts what a move would take, without opening the target.
///
/// # Errors
/// [`MoveError`].
pub fn look(from: &MoveEnd) -> Result<Moved, MoveError> {
    let mut source = open(from)?;
    let mut moved = Moved::default();
    for noun in nouns()? {
        let sum = sum_up(source.as_mut(), &noun)?;
        let found = MovedNoun { rows: sum.rows, hash: sum.hash, ..MovedNoun::default() };
        moved.nouns.insert(noun.name, found);
    }
    Ok(moved)
}

/// Moves everything and proves it. A move that was interrupted goes on where it was.
///
/// # Errors
/// [`MoveError`].
pub fn run(from: &MoveEnd, to: &MoveEnd, progress: Progress<'_>) -> Result<Moved, MoveError> {
    if matches!((from, to), (MoveEnd::Folder(_), MoveEnd::Folder(_)) | (MoveEnd::Postgres(_), MoveEnd::Postgres(_))) {
        return Err(MoveError::Same);
    }
    let (mut source, mut target) = (open(from)?, open_target(to)?);
    let (source, target) = (source.as_mut(), target.as_mut());
    let all = nouns()?;
    let mut moved = Moved::default();
    for noun in &all {
        let copied = copy(source, target, noun, progress)?;
        moved.nouns.insert(noun.name, MovedNoun { copied, ..MovedNoun::default() });
    }
    for noun in &all {
        let (here, there) = (sum_up(source, noun)?, sum_up(target, noun)?);
        if let Some(found) = moved.nouns.get_mut(noun.name) {
            let equal = here == there;
            *found = MovedNoun { rows: here.rows, there: there.rows, equal, hash: here.hash, ..*found };
        }
    }
    // What is not equal is not served.
    if moved.is_equal() {
        target.finish()?;
    }
    Ok(moved)
}

/// Copies the rows of a noun that are not there yet; how many.
fn copy(source: &mut dyn End, target: &mut dyn End, noun: &Noun, progress: Progress<'_>) -> Result<u64, MoveError> {
    let mut after = target.last(noun)?;
    let mut copied = 0;
    loop {
        let lines = source.page(noun, after.as_deref(), noun.at_once())?;
        let Some(last) = lines.last() else { return Ok(copied) };
        after = Some(noun.key_of(last));
        target.put(noun, &lines)?;
        copied += lines.len() as u64;
        progress(noun.name, copied);
    }
}

/// What a noun holds at one end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    by_node: BTreeMap<i64, u64>,
    hash: [u8; 32],
}

fn sum_up(end: &mut dyn End, noun: &Noun) -> Result<Sum, Fault> {
    let mut sum = Sum::default();
    let mut hasher = Sha256::new();
    let mut after: Option<Vec<Cell>> = None;
    loop {
        let lines = end.page(noun, after.as_deref(), AT_ONCE)?;
        let Some(last) = lines.last() else { break };
        after = Some(noun.key_of(last));
        for line in &lines {
            sum.rows += 1;
            *sum.by_node.entry(noun.node_of(line)).or_default() += 1;
            take_in(&mut hasher, line);
        }
    }
    sum.hash = hasher.finalize().into();
    Ok(sum)
}

impl Noun {
    /// Nodes refer to each other, so all of them are written in one statement.
    fn at_once(&self) -> usize {
        if self.name == "node" { 1_000_000 } else { AT_ONCE }
    }
}
