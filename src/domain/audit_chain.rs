//! The chains of the audit log, one for each node and one for the appliance: whether every line is there and as it was
//! written, and what happens to old ones.

use super::event::{ChainEnd, ChainLink, Event, EventKind, RecordedEvent};
use super::{Act, Result, Time, Tx};
use std::collections::BTreeMap;

/// Whether the chains are whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many lines were looked at.
    pub checked: u64,
    /// The first of them.
    pub first: Option<i64>,
    /// The last of them.
    pub last: Option<i64>,
    /// A hash over the ends of all chains: kept elsewhere, it also shows that nothing was cut off.
    pub head: [u8; 32],
    /// The first line that does not fit.
    pub broken_at: Option<i64>,
    /// Where each chain has come to.
    ends: BTreeMap<i64, ChainLink>,
    /// Where the one chain of before has come to: number and hash.
    before: (i64, [u8; 32]),
}

/// Lines that are checked in one go.
const PAGE: u64 = 1000;

/// Follows the chains from their beginnings, or from where `so_far` ended, for at most `pages` pages of a thousand lines.
/// The flag says whether the end was reached.
pub fn verify(tx: &mut dyn Tx, so_far: Option<Verdict>, pages: u64) -> Result<(Verdict, bool)> {
    let mut verdict = so_far.unwrap_or_else(|| Verdict {
        checked: 0,
        first: None,
        last: None,
        head: [0; 32],
        broken_at: None,
        ends: BTreeMap::new(),
        before: (0, [0; 32]),
    });
    let known = tx.chain_ends()?;
    // Between two parts old lines may have been removed, these among them.
    verdict.before = verdict.before.max(tx.pruned()?.unwrap_or_default());
    for end in &known {
        if let Some(pruned) = end.pruned.filter(|pruned| pruned.serial > verdict.serial(end.chain)) {
            verdict.ends.insert(end.chain, pruned);
        }
    }
    let start = tx.chain_start()?;
    for _ in 0..pages {
        let entries = tx.events_after(verdict.last.unwrap_or(0), PAGE)?;
        let end = (entries.len() as u64) < PAGE;
        for entry in entries {
            verdict.checked += 1;
            verdict.first = verdict.first.or(Some(entry.id));
            if !verdict.takes(tx, &entry, start) {
                return Ok((Verdict { broken_at: Some(entry.id), ..verdict }, true));
            }
            verdict.last = Some(entry.id);
        }
        if end {
            verdict.broken_at = verdict.cut_at(&known, start);
            verdict.head = tx.anchor(&verdict.ends, start.1);
            return Ok((verdict, true));
        }
    }
    Ok((verdict, false))
}

impl Verdict {
    fn serial(&self, chain: i64) -> i64 {
        self.ends.get(&chain).map_or(0, |end| end.serial)
    }

    /// Whether a line follows what was there.
    fn takes(&mut self, tx: &mut dyn Tx, entry: &RecordedEvent, start: (i64, [u8; 32])) -> bool {
        let Some((chain, serial)) = entry.place else {
            let follows = entry.id == self.before.0 + 1 && entry.id <= start.0;
            self.before = (entry.id, tx.chained(&self.before.1, entry));
            return follows && self.before.1 == entry.hash;
        };
        let last = self.ends.get(&chain).copied().unwrap_or(ChainLink { serial: 0, hash: start.1 });
        if chain != entry.node.map_or(0, |node| node.0) || serial != last.serial + 1 {
            return false;
        }
        // An anchor tells of all chains as they were right before it, its own included.
        let anchored = entry.event != EventKind::AuditAnchored.word() || {
            let anchor = data_encoding::HEXLOWER.encode(&tx.anchor(&self.ends, start.1));
            entry.after.as_deref().is_some_and(|after| after.contains(&anchor))
        };
        let hash = tx.chained(&last.hash, entry);
        self.ends.insert(chain, ChainLink { serial, hash });
        anchored && hash == entry.hash
    }

    /// Where a chain was cut, or goes on by other hands: the appliance knows their ends.
    fn cut_at(&self, known: &[ChainEnd], start: (i64, [u8; 32])) -> Option<i64> {
        if self.before != start {
            return Some(self.before.0.min(start.0) + 1);
        }
        let differs = |end: &&ChainEnd| self.ends.get(&end.chain) != Some(&end.newest);
        let stranger = self.ends.keys().any(|chain| known.iter().all(|end| end.chain != *chain));
        known.iter().find(differs).map(|end| end.event).or(stranger.then(|| self.last.unwrap_or(0)))
    }
}

/// Writes where all chains end, unless that is the newest thing that was written: so a chain that is removed as a whole,
/// its end included, is missed. True when it was written.
pub fn anchor(tx: &mut dyn Tx, act: &Act) -> Result<bool> {
    // First, because from here on nobody else writes a line until this is done.
    let (ends, start) = (tx.chain_ends()?, tx.chain_start()?);
    let newest = tx.events(&super::event::EventFilter::default(), None, 1)?;
    if newest.first().is_none_or(|entry| entry.event == EventKind::AuditAnchored.word()) {
        return Ok(false);
    }
    let count = ends.len() as u64;
    let ends = ends.into_iter().map(|end| (end.chain, end.newest)).collect();
    let anchor = data_encoding::HEXLOWER.encode(&tx.anchor(&ends, start.1));
    tx.record(act, &Event::new(EventKind::AuditAnchored).is("chains", count).is("head", anchor))?;
    Ok(true)
}

/// Removes lines that are older than `before`, at most `limit` of them, and writes that it was done; how many they were.
pub fn prune(tx: &mut dyn Tx, act: &Act, before: Time, limit: u64) -> Result<u64> {
    let removed = tx.prune_events(before, limit)?;
    if removed > 0 {
        tx.record(act, &Event::new(EventKind::AuditPruned).is("removed", removed))?;
    }
    Ok(removed)
}
