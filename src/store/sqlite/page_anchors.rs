//! Page anchors: where in a long list the next page begins, remembered from the page before, so that a walk never counts its
//! way from the beginning.
//!
//! Numbers only ascend, so what is added comes behind every anchor that is known; only what leaves or enters a node
//! otherwise moves the rest. The node counts that, and anchors remembered under another count are forgotten.

use super::{SqliteTx, first, signed};
use crate::domain::{Fault, NodeId};
use parking_lot::Mutex;
use rusqlite::params;
use std::collections::{BTreeMap, HashMap};

/// How many anchors of one list are remembered: a walk over a million by pages of a few hundred.
const PLACES: usize = 4096;
/// How many lists.
const LISTS: usize = 64;

/// A kind of list, one for each node: how its anchors are found in the index.
pub(super) struct Anchored {
    /// Its name.
    pub(super) name: &'static str,
    /// The node's count of removals and how many the list has.
    pub(super) counters: &'static str,
    /// The number that is so many behind another one.
    pub(super) forward: &'static str,
    /// The number that is so many before the end.
    pub(super) backward: &'static str,
}

/// The anchors of all lists.
#[derive(Default)]
pub(super) struct PageAnchors(Mutex<HashMap<(&'static str, i64), AnchorList>>);

#[derive(Default)]
struct AnchorList {
    removals: i64,
    /// Behind how many comes the number that is at least so great.
    starts: BTreeMap<u64, i64>,
}

impl PageAnchors {
    /// The nearest known anchor at or before `offset`: behind how many, and the least number there.
    fn nearest(&self, list: (&'static str, i64), removals: i64, offset: u64) -> Option<(u64, i64)> {
        let lists = self.0.lock();
        let known = lists.get(&list).filter(|known| known.removals == removals)?;
        known.starts.range(..=offset).next_back().map(|(behind, number)| (*behind, *number))
    }

    fn remember(&self, list: (&'static str, i64), removals: i64, starts: [(u64, i64); 2]) {
        let mut lists = self.0.lock();
        if lists.len() >= LISTS && !lists.contains_key(&list) {
            lists.clear();
        }
        let known = lists.entry(list).or_default();
        if known.removals != removals || known.starts.len() >= PLACES {
            *known = AnchorList { removals, starts: BTreeMap::new() };
        }
        known.starts.extend(starts);
    }
}

/// Where a page is read from.
pub(super) struct Anchor {
    /// The least number there.
    pub(super) number: i64,
    removals: i64,
}

/// The shortest way to a page.
enum AnchorWalk {
    /// So many behind that number.
    Forward(u64, i64),
    /// So many before the end.
    Backward(u64),
}

impl AnchorWalk {
    fn length(&self) -> u64 {
        match self {
            AnchorWalk::Forward(count, _) | AnchorWalk::Backward(count) => *count,
        }
    }
}

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
        let (behind, number) = nearest.unwrap_or_default();
        let (forward, backward) = (offset - behind, total - 1 - offset);
        let way =
            if forward <= backward { AnchorWalk::Forward(forward, number) } else { AnchorWalk::Backward(backward) };
        Ok(Some((way, removals)))
    }

    /// Remembers where a page began and where it ended.
    pub(super) fn remember_page(&self, kind: &Anchored, node: NodeId, place: &Anchor, offset: u64, page: &[i64]) {
        if let (Some(reading), Some(first), Some(last)) = (self.reading, page.first(), page.last()) {
            let starts = [(offset, *first), (offset + page.len() as u64, last + 1)];
            reading.known.anchors.remember((kind.name, node.0), place.removals, starts);
        }
    }
}
