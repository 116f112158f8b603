//! Where in a long list of SQLite a page begins: from the page before, or counted from the nearer end.

use super::{SqliteTx, first, signed};
use crate::domain::{Fault, NodeId};
use crate::store::known_anchors::{Anchor, AnchorWalk, Anchored};
use rusqlite::params;

impl SqliteTx<'_> {
    /// How many numbers of a node's list have to be passed over to reach the one that comes behind `offset` others.
    pub(super) fn distance(&self, kind: &Anchored, node: NodeId, offset: u64) -> Result<u64, Fault> {
        Ok(self.way(kind, node, offset)?.map_or(0, |(way, _)| way.length()))
    }

    /// The anchor that comes behind `offset` others of a node's list, if there is one.
    pub(super) fn place(&self, kind: &Anchored, node: NodeId, offset: u64) -> Result<Option<Anchor>, Fault> {
        let Some((way, removals)) = self.way(kind, node, offset)? else { return Ok(None) };
        let number = match way {
            AnchorWalk::Forward(0, number) => Some(number),
            AnchorWalk::Forward(count, number) => {
                first(self.db, kind.forward, params![node, number, signed(count)], |row| row.get(0))?
            }
            AnchorWalk::Backward(count) => {
                first(self.db, kind.backward, params![node, signed(count)], |row| row.get(0))?
            }
        };
        Ok(number.map(|number| Anchor { number, removals }))
    }

    /// `None` where the list has no such anchor.
    fn way(&self, kind: &Anchored, node: NodeId, offset: u64) -> Result<Option<(AnchorWalk, i64)>, Fault> {
        self.settle()?;
        let counters = first(self.db, kind.counters, [node], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((removals, total)) = counters.filter(|(_, total): &(i64, u64)| offset < *total) else {
            return Ok(None);
        };
        let nearest =
            self.reading.and_then(|reading| reading.known.anchors.nearest((kind.name, node.0), removals, offset));
        Ok(Some((AnchorWalk::shortest(nearest, total, offset), removals)))
    }

    /// Remembers where a page began and where it ended.
    pub(super) fn remember_page(&self, kind: &Anchored, node: NodeId, place: &Anchor, offset: u64, page: &[i64]) {
        if let Some(reading) = self.reading {
            reading.known.anchors.remember((kind.name, node.0), place.removals, offset, page);
        }
    }
}
