//! The chain of the audit log: whether every line is there and as it was written, and what happens to old ones.

use super::event::{Event, EventKind};
use super::{Act, Result, Time, Tx};

/// Whether the chain is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many lines were looked at.
    pub checked: u64,
    /// The first of them.
    pub first: Option<i64>,
    /// The last of them.
    pub last: Option<i64>,
    /// The hash of the last one: kept elsewhere, it also shows that nothing was cut off at the end.
    pub head: [u8; 32],
    /// The first line that does not fit.
    pub broken_at: Option<i64>,
}

/// Lines that are checked in one go.
const PAGE: u64 = 1000;

/// Follows the chain from its beginning, or from where `so_far` ended, for at most `pages` pages of a thousand lines.
/// The flag says whether the end was reached.
pub fn verify(tx: &mut dyn Tx, so_far: Option<Verdict>, pages: u64) -> Result<(Verdict, bool)> {
    let (mut last, mut verdict) = match so_far {
        Some(verdict) => (verdict.last.map(|id| (id, verdict.head)), verdict),
        None => {
            let head = tx.pruned()?.map_or([0; 32], |(_, hash)| hash);
            (None, Verdict { checked: 0, first: None, last: None, head, broken_at: None })
        }
    };
    // Between two parts old lines may have been removed, these among them.
    last = last.max(tx.pruned()?);
    for _ in 0..pages {
        let entries = tx.events_after(last.map_or(0, |(id, _)| id), PAGE)?;
        let end = (entries.len() as u64) < PAGE;
        for entry in entries {
            let follows = entry.id == last.map_or(0, |(id, _)| id) + 1;
            let hash = tx.chained(last.map(|(_, hash)| hash), &entry);
            verdict.checked += 1;
            verdict.first = verdict.first.or(Some(entry.id));
            if !follows || hash != entry.hash {
                return Ok((Verdict { broken_at: Some(entry.id), ..verdict }, true));
            }
            verdict.last = Some(entry.id);
            verdict.head = hash;
            last = Some((entry.id, hash));
        }
        if end {
            let broken_at = cut_at(tx, last)?;
            return Ok((Verdict { broken_at, ..verdict }, true));
        }
    }
    Ok((verdict, false))
}

/// Where a log that ends at `last` was cut, or went on by other hands: the appliance knows its end.
fn cut_at(tx: &mut dyn Tx, last: Option<(i64, [u8; 32])>) -> Result<Option<i64>> {
    let newest = tx.newest_event()?;
    let emptied = newest.0 > 0 && tx.events_after(newest.0 - 1, 1)?.is_empty();
    Ok(match last.unwrap_or_default() {
        (id, hash) if id == newest.0 => Some(id).filter(|_| hash != newest.1 || emptied),
        (id, _) => Some(id.min(newest.0) + 1),
    })
}

/// Removes lines that are older than `before`, at most `limit` of them, and writes that it was done; how many they were.
pub fn prune(tx: &mut dyn Tx, act: &Act, before: Time, limit: u64) -> Result<u64> {
    let removed = tx.prune_events(before, limit)?;
    if removed > 0 {
        tx.record(act, &Event::new(EventKind::AuditPruned).is("removed", removed))?;
    }
    Ok(removed)
}
