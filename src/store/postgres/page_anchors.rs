//! Where in a long list a page begins: counted from the nearer end, in the index alone.

use super::{PgTx, first, params, signed};
use crate::domain::{Fault, NodeId};

/// A kind of list, one for each node: how its places are found in the index.
pub(super) struct Anchored {
    /// How many the list has.
    pub(super) counter: &'static str,
    /// The number that is so many behind the beginning.
    pub(super) forward: &'static str,
    /// The number that is so many before the end.
    pub(super) backward: &'static str,
}

impl PgTx<'_> {
    fn total(&self, kind: &Anchored, node: NodeId) -> Result<u64, Fault> {
        Ok(first(self.db, kind.counter, params![node], |row| row.get(0))?.unwrap_or_default())
    }

    /// How many numbers of a node's list have to be passed over to reach the one that comes behind `offset` others.
    pub(super) fn distance(&self, kind: &Anchored, node: NodeId, offset: u64) -> Result<u64, Fault> {
        let total = self.total(kind, node)?;
        Ok(if offset < total { offset.min(total - 1 - offset) } else { 0 })
    }

    /// The least number of those that come behind `offset` others of a node's list, if there is one.
    pub(super) fn place(&self, kind: &Anchored, node: NodeId, offset: u64) -> Result<Option<i64>, Fault> {
        if offset == 0 {
            return Ok(Some(0));
        }
        let total = self.total(kind, node)?;
        if offset >= total {
            return Ok(None);
        }
        let back = total - 1 - offset;
        let (sql, count) = if offset <= back { (kind.forward, offset) } else { (kind.backward, back) };
        first(self.db, sql, params![node, signed(count)], |row| row.get(0))
    }
}
