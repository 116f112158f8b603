//! Where in a long list of PostgreSQL a page begins: from the page before, or counted from the nearer end, in the index alone.

use super::ahead::Lasts;
use super::{PgTx, first, params, signed};
use crate::domain::{Fault, NodeId};
use crate::store::known_anchors::{Anchor, AnchorWalk, Anchored};

impl PgTx<'_> {
    /// The node's count of removals and how many the list has; a request needs them more than once.
    fn counters(&self, kind: &Anchored, node: NodeId) -> Result<(i64, u64), Fault> {
        let read = || first(self.db, kind.counters, params![node], |row| Ok((row.get(0)?, row.get(1)?)));
        if !self.db.is_foreseen(kind.counters, params![node])? {
            self.db.ahead(kind.counters, params![node], Lasts::UntilChange)?;
        }
        Ok(read()?.unwrap_or_default())
    }

    /// How many the list has.
    pub(super) fn total(&self, kind: &Anchored, node: NodeId) -> Result<u64, Fault> {
        self.counters(kind, node).map(|(_, total)| total)
    }

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

    /// `None` where the list has no such anchor. What a transaction that writes sees may still be undone, so it believes no
    /// anchor and leaves none.
    fn way(&self, kind: &Anchored, node: NodeId, offset: u64) -> Result<Option<(AnchorWalk, i64)>, Fault> {
        let (removals, total) = self.counters(kind, node)?;
        if offset >= total {
            return Ok(None);
        }
        let known = &self.db.shared().anchors;
        let nearest = match self.writing {
            None => known.nearest((kind.name, node.0), removals, offset),
            Some(_) => None,
        };
        Ok(Some((AnchorWalk::shortest(nearest, total, offset), removals)))
    }

    /// Remembers where a page began and where it ended.
    pub(super) fn remember_page(&self, kind: &Anchored, node: NodeId, place: &Anchor, offset: u64, page: &[i64]) {
        if self.writing.is_none() {
            self.db.shared().anchors.remember((kind.name, node.0), place.removals, offset, page);
        }
    }
}
