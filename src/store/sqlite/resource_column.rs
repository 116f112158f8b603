//! Whether the text of a resource is what was stored: a damaged page can hold valid UTF-8 that is no JSON any more.

use rusqlite::types::Type;
use rusqlite::{Error, Row};
use serde::de::IgnoredAny;

/// How many bytes are looked at in one go.
const BLOCK: usize = 32;

/// Reads the text of a resource.
///
/// # Errors
/// When it is no JSON object. Only a text that looks odd is parsed, because each row of every page comes by here: damage
/// that swaps one separator for another is not noticed.
pub(super) fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let text: String = row.get(column)?;
    if is_odd(text.as_bytes())
        && let Err(error) = serde_json::from_str::<IgnoredAny>(&text)
    {
        return Err(Error::FromSqlConversionFailure(column, Type::Text, error.into()));
    }
    Ok(text)
}

/// Whether quotes or brackets do not come in pairs, or control characters are there, which our JSON never holds as such.
/// Strings can hold brackets, so odd is not yet wrong.
fn is_odd(text: &[u8]) -> bool {
    // Sums of their own for each place of a block, which the compiler adds up for many bytes at once.
    let (mut quotes, mut open, mut control) = ([0u8; BLOCK], [0u8; BLOCK], [0u8; BLOCK]);
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last_block = [b' '; BLOCK];
    last_block.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    for block in blocks.iter().chain([&last_block]) {
        for (((byte, quotes), open), control) in block.iter().zip(&mut quotes).zip(&mut open).zip(&mut control) {
            *quotes ^= u8::from(*byte == b'"');
            *open = open.wrapping_add(u8::from(*byte | 0x20 == b'{')).wrapping_sub(u8::from(*byte | 0x20 == b'}'));
            *control |= u8::from(*byte < 0x20);
        }
    }
    let quotes = quotes.iter().fold(0, |sum, one| sum ^ one);
    let open = open.iter().fold(0u8, |sum, one| sum.wrapping_add(*one));
    let control = control.iter().fold(0, |sum, one| sum | one);
    let (first, last) = (text.first_chunk::<2>(), text.last());
    quotes != 0 || open != 0 || control != 0 || first != Some(b"{\"") || last != Some(&b'}')
}
