//! A database of PostgreSQL as one end of a move.

use super::{End, MoveError};
use crate::domain::Fault;
use crate::store::cells::{Cell, Line, Noun};
use crate::store::postgres::table::Tables;

impl End for Tables {
    fn page(&mut self, noun: &Noun, after: Option<&[Cell]>, limit: usize) -> Result<Vec<Line>, Fault> {
        Tables::page(self, noun, after, limit)
    }

    fn last(&mut self, noun: &Noun) -> Result<Option<Vec<Cell>>, Fault> {
        Tables::last(self, noun)
    }

    fn put(&mut self, noun: &Noun, lines: &[Line]) -> Result<(), Fault> {
        Tables::put(self, noun, lines)
    }

    fn finish(&mut self) -> Result<(), MoveError> {
        Ok(Tables::finish(self)?)
    }
}
