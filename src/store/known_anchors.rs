//! Page anchors: where in a long list the next page begins, remembered from the page before, so that a walk never counts its
//! way from the beginning.
//!
//! Numbers only ascend, so what is added comes behind every anchor that is known; only what leaves or enters a node
//! otherwise moves the rest. The node counts that, and anchors remembered under another count are forgotten.

use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};

/// How many anchors of one list are remembered: a walk over a million by pages of a few hundred.
const PLACES: usize = 4096;
/// How many lists.
const LISTS: usize = 64;

/// A list of a node: its kind and the node.
type ListKey = (&'static str, i64);

/// The anchors of all lists.
#[derive(Default)]
pub(super) struct KnownAnchors(Mutex<HashMap<ListKey, AnchorList>>);

#[derive(Default)]
struct AnchorList {
    removals: i64,
    /// Behind how many comes the number that is at least so great.
    starts: BTreeMap<u64, i64>,
}

impl KnownAnchors {
    /// The nearest known anchor at or before `offset`: behind how many, and the least number there.
    pub(super) fn nearest(&self, list: ListKey, removals: i64, offset: u64) -> Option<(u64, i64)> {
        let lists = self.0.lock();
        let known = lists.get(&list).filter(|known| known.removals == removals)?;
        known.starts.range(..=offset).next_back().map(|(behind, number)| (*behind, *number))
    }

    /// Remembers where a page behind `offset` others began, and where it ended.
    pub(super) fn remember(&self, list: ListKey, removals: i64, offset: u64, page: &[i64]) {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return };
        let mut lists = self.0.lock();
        if lists.len() >= LISTS && !lists.contains_key(&list) {
            lists.clear();
        }
        let known = lists.entry(list).or_default();
        if known.removals != removals || known.starts.len() >= PLACES {
            *known = AnchorList { removals, starts: BTreeMap::new() };
        }
        known.starts.extend([(offset, *first), (offset + page.len() as u64, last + 1)]);
    }
}

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

/// Where a page is read from.
pub(super) struct Anchor {
    /// The least number there.
    pub(super) number: i64,
    /// The count of removals under which it is there.
    pub(super) removals: i64,
}

/// The shortest way to a page.
pub(super) enum AnchorWalk {
    /// So many behind that number.
    Forward(u64, i64),
    /// So many before the end.
    Backward(u64),
}

impl AnchorWalk {
    /// To the page behind `offset` of `total`, which are more, from the nearest anchor.
    pub(super) fn shortest(nearest: Option<(u64, i64)>, total: u64, offset: u64) -> AnchorWalk {
        let (behind, number) = nearest.unwrap_or_default();
        let (forward, backward) = (offset - behind, total - 1 - offset);
        if forward <= backward { AnchorWalk::Forward(forward, number) } else { AnchorWalk::Backward(backward) }
    }

    /// How many it passes over.
    pub(super) fn length(&self) -> u64 {
        match self {
            AnchorWalk::Forward(count, _) | AnchorWalk::Backward(count) => *count,
        }
    }
}
