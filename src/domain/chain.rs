//! The chain of the audit log: whether every line is there and as it was written, and what happens to old ones.

use super::event::{Event, What};
use super::{Act, Result, Tx};

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
        Some(verdict) => (Some((verdict.last.unwrap_or_default(), verdict.head)), verdict),
        None => {
            let pruned = tx.pruned()?;
            let head = pruned.map_or([0; 32], |(_, hash)| hash);
            (pruned, Verdict { checked: 0, first: None, last: None, head, broken_at: None })
        }
    };
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
            return Ok((verdict, true));
        }
    }
    Ok((verdict, false))
}

/// Writes that old lines were removed.
pub fn note_pruned(tx: &mut dyn Tx, act: &Act, removed: u64) -> Result<()> {
    Ok(tx.record(act, &Event::new(What::AuditPruned).is("removed", removed))?)
}
