//! The last page of a backup: which program state it holds and the SHA-256 of all that is before it. SQLite passes over what
//! is behind the pages that its header counts, so a backup stays a database that other tools open.

use crate::domain::Time;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// How long it is: a page, so that the file ends with a whole one.
const SIZE: usize = 4096;
const FIRST_LINE: &str = "Scimbox backup 1";

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Trailer {
    /// When it was made.
    pub(in crate::store) created_at: Time,
    /// The version of its schema.
    pub(in crate::store) schema: i64,
}

/// What the last page of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Ending {
    /// No page of ours: a database as other tools copy it.
    Plain,
    /// The page that belongs to what is before it.
    Fits(Trailer),
    /// A page of ours that does not belong to what is before it.
    Differs,
}

/// A file as it was read from beginning to end.
#[derive(Clone, Debug)]
pub(in crate::store) struct Summed {
    pub(in crate::store) bytes: u64,
    /// The SHA-256 of the whole file, in hexadecimal digits.
    pub(in crate::store) sha256: String,
    pub(in crate::store) ending: Ending,
}

impl Trailer {
    fn lines(&self) -> String {
        format!("{FIRST_LINE}\ncreated {}\nschema {}\n", self.created_at, self.schema)
    }

    /// The page behind content that was read so far.
    fn page(&self, content: &Sha256) -> Vec<u8> {
        let lines = self.lines();
        let sum = HEXLOWER.encode(&content.clone().chain_update(&lines).finalize());
        let mut page = format!("{lines}sha256 {sum}\n").into_bytes();
        page.resize(SIZE, 0);
        page
    }

    /// What the lines of a page say, whether or not the page belongs to its file.
    fn parse(page: &[u8]) -> Option<Trailer> {
        let text = std::str::from_utf8(page.split(|byte| *byte == 0).next()?).ok()?;
        let mut lines = text.lines();
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let created_at = Time::parse("created", lines.next()?.strip_prefix("created ")?).ok()?;
        let schema = lines.next()?.strip_prefix("schema ")?.parse().ok()?;
        Some(Trailer { created_at, schema })
    }
}

/// Adds the page to a database file and brings it to the disk.
pub(in crate::store) fn append(path: &Path, trailer: &Trailer) -> std::io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut content = Sha256::new();
    each_block(&mut file, u64::MAX, &mut |block| {
        content.update(block);
        Ok(())
    })?;
    file.write_all(&trailer.page(&content))?;
    file.sync_all()
}

/// Removes the page from a file that has one.
pub(in crate::store) fn remove(path: &Path) -> std::io::Result<()> {
    let file = File::options().write(true).open(path)?;
    file.set_len(file.metadata()?.len().saturating_sub(SIZE as u64))?;
    file.sync_all()
}

/// What a file says of itself, without reading all of it.
pub(in crate::store) fn glance(path: &Path) -> std::io::Result<Option<Trailer>> {
    let mut file = File::open(path)?;
    let Some(start) = file.metadata()?.len().checked_sub(SIZE as u64) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut page = Vec::with_capacity(SIZE);
    file.take(SIZE as u64).read_to_end(&mut page)?;
    Ok(Trailer::parse(&page))
}

/// Reads a whole file.
pub(in crate::store) fn sum(path: &Path) -> std::io::Result<Summed> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut content = Sha256::new();
    each_block(&mut file, bytes.saturating_sub(SIZE as u64), &mut |block| {
        content.update(block);
        Ok(())
    })?;
    let mut page = Vec::with_capacity(SIZE);
    file.read_to_end(&mut page)?;
    let sha256 = HEXLOWER.encode(&content.clone().chain_update(&page).finalize());
    let ending = match Trailer::parse(&page) {
        Some(trailer) if trailer.page(&content) == page => Ending::Fits(trailer),
        Some(_) => Ending::Differs,
        None if page.starts_with(b"Scimbox") => Ending::Differs,
        None => Ending::Plain,
    };
    Ok(Summed { bytes, sha256, ending })
}

/// Hands on at most so many bytes, block by block.
pub(in crate::store) fn each_block(
    from: &mut impl Read,
    most: u64,
    take: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut block = vec![0; 1 << 16];
    let mut from = from.take(most);
    loop {
        match from.read(&mut block)? {
            0 => return Ok(()),
            length => take(block.get(..length).unwrap_or_default())?,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_change_of_any_bit_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, [7; 8192]).unwrap();
        let trailer = Trailer { created_at: Time(1_800_000_000_000), schema: 6 };
        append(&path, &trailer).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(sum(&path).unwrap().ending, Ending::Fits(trailer.clone()));
        assert_eq!(glance(&path).unwrap(), Some(trailer));
        for at in [0, 4095, 8191, 8192 + 10, 8192 + 40, 8192 + 90, 8192 + 4000] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, changed).unwrap();
            assert_eq!(sum(&path).unwrap().ending, Ending::Differs, "{at}");
        }
    }
}
