//! What recovery will find in the log and what it will drop: SQLite reads it up to the last commit whose checksums hold, and
//! says nothing of the rest.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The head of the log and that of each frame, in bytes (the file format of SQLite, section 4.1).
const HEAD: usize = 32;
const FRAME: usize = 24;

/// Frames behind the last commit that can be read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Dropped {
    /// How many.
    frames: u64,
    /// How many of them end a commit, which may have been acknowledged.
    commits: u64,
}

/// What the last commit that can be read left behind.
#[derive(Default)]
pub(in crate::store) struct Kept {
    /// How many pages the database has since then; 0 without such a commit.
    pub(in crate::store) size: u64,
    /// Those of them that are in the log.
    pub(in crate::store) pages: HashSet<u32>,
}

/// Looks through the log of a database which nobody has open, and says in that of the program what will be dropped. `None`
/// when it cannot be read.
pub(in crate::store) fn look_through(log: &Path) -> Option<Kept> {
    let file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(Kept::default()),
        Err(_) => return None,
    };
    let (kept, dropped) = read_all(BufReader::with_capacity(1 << 20, file))
        .inspect_err(|error| tracing::warn!(%error, "the log could not be looked through"))
        .ok()?;
    match dropped {
        Dropped { frames: 0, .. } => {}
        Dropped { frames, commits: 0 } => {
            tracing::info!(frames, "the log ends within a change that was never acknowledged; it is dropped");
        }
        Dropped { frames, commits } => {
            tracing::error!(frames, commits, "the log is damaged: what is behind the damage is dropped");
        }
    }
    Some(kept)
}

fn read_all(mut log: impl Read) -> std::io::Result<(Kept, Dropped)> {
    let (mut kept, mut dropped) = (Kept::default(), Dropped::default());
    let mut head = [0; HEAD];
    if read(&mut log, &mut head)? < HEAD {
        return Ok((kept, dropped));
    }
    let size = usize::try_from(number(&head, 8)).unwrap_or_default();
    let little = match number(&head, 0) {
        0x377f_0682 => true,
        0x377f_0683 => false,
        _ => return Ok((kept, dropped)),
    };
    if !(512..=65_536).contains(&size) {
        return Ok((kept, dropped));
    }
    let mut sum = checksum((0, 0), head.get(..24).unwrap_or_default(), little);
    let mut holds = sum == (number(&head, 24), number(&head, 28));
    let (mut frame, mut since) = (vec![0; FRAME + size], Vec::new());
    while read(&mut log, &mut frame)? == frame.len() {
        // Frames from before the log began anew have other salts, and were settled long ago.
        if frame.get(8..16) != head.get(16..24) {
            break;
        }
        sum = checksum(sum, frame.get(..8).unwrap_or_default(), little);
        sum = checksum(sum, frame.get(FRAME..).unwrap_or_default(), little);
        holds &= sum == (number(&frame, 16), number(&frame, 20));
        since.push(number(&frame, 0));
        let pages = number(&frame, 4);
        if holds && pages > 0 {
            dropped = Dropped::default();
            kept.size = pages.into();
            kept.pages.extend(since.drain(..));
        } else {
            dropped.frames += 1;
            dropped.commits += u64::from(pages > 0);
        }
    }
    Ok((kept, dropped))
}

/// Reads until the buffer is full or the log ends.
fn read(log: &mut impl Read, into: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = into.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match log.read(rest)? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).into_iter().flatten().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// The checksum of the log, over pairs of words.
fn checksum((mut first, mut second): (u32, u32), bytes: &[u8], little: bool) -> (u32, u32) {
    let (words, _) = bytes.as_chunks::<4>();
    let word = |word: &[u8; 4]| if little { u32::from_le_bytes(*word) } else { u32::from_be_bytes(*word) };
    for [one, two] in words.as_chunks::<2>().0 {
        first = first.wrapping_add(word(one)).wrapping_add(second);
        second = second.wrapping_add(word(two)).wrapping_add(first);
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::domain::Time;
    use crate::store::Store;

    fn dropped(log: &[u8]) -> Dropped {
        read_all(log).unwrap().1
    }

    #[test]
    fn what_is_behind_the_damage_is_counted_and_an_unfinished_commit_told_from_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        for n in 0..5 {
            store.write_blocking(move |tx| tx.set_base_url(&format!("http://{n}.test"))).unwrap();
        }
        let log = std::fs::read(dir.path().join("scimbox.db-wal")).unwrap();
        store.close();
        let frame = FRAME + 4096;
        let frames = (log.len() - HEAD) / frame;
        assert!(frames > 5);
        assert_eq!(dropped(&log), Dropped::default());
        let mut damaged = log.clone();
        damaged[HEAD + (frames - 2) * frame + 99] ^= 1;
        assert_eq!(dropped(&damaged), Dropped { frames: 2, commits: 2 });
        let mut unfinished = log.clone();
        unfinished[HEAD + (frames - 1) * frame + 4..][..4].fill(0);
        assert_eq!(dropped(&unfinished), Dropped { frames: 1, commits: 0 });
        assert_eq!(dropped(&log[..log.len() - 1]), Dropped::default(), "half a frame is none");
        assert_eq!(dropped(b"nothing"), Dropped::default());
    }
}
