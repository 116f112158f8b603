//! Places: where in a long list the next page begins, remembered from the page before, so that a walk never counts its
//! way from the beginning.
//!
//! Numbers only ascend, so what is added comes behind every place that is known; only what leaves a node moves the others.
//! The node counts that, and places remembered under another count are forgotten.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// How many places of one list are remembered: a walk over a million by pages of a few hundred.
const PLACES: usize = 4096;
/// How many lists.
const LISTS: usize = 64;

/// A list: the file, the type's table and the node.
pub(super) type List = (String, &'static str, i64);

#[derive(Default)]
struct Known {
    removals: i64,
    /// Behind how many comes the number that is at least so great.
    starts: BTreeMap<u64, i64>,
}

thread_local! {
    // Each worker remembers its own walks: a client that pages keeps its connection, and the connection its worker.
    static KNOWN: RefCell<HashMap<List, Known>> = RefCell::default();
}

/// The nearest known place at or before `offset`: behind how many, and the least number there.
pub(super) fn nearest(list: &List, removals: i64, offset: u64) -> (u64, i64) {
    KNOWN
        .with_borrow(|known| {
            let known = known.get(list).filter(|known| known.removals == removals)?;
            known.starts.range(..=offset).next_back().map(|(behind, number)| (*behind, *number))
        })
        .unwrap_or_default()
}

/// Remembers that behind `offset` resources of the list comes a number of at least `number`.
pub(super) fn remember(list: List, removals: i64, offset: u64, number: i64) {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= LISTS && !known.contains_key(&list) {
            known.clear();
        }
        let known = known.entry(list).or_default();
        if known.removals != removals || known.starts.len() >= PLACES {
            *known = Known { removals, starts: BTreeMap::new() };
        }
        known.starts.insert(offset, number);
    });
}
