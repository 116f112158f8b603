//! Whether the text of a resource is what was stored: a damaged page can hold valid UTF-8 that is no JSON any more.

use super::row::Row;
use crate::domain::Fault;
use serde::de::IgnoredAny;

/// Reads the text of a resource.
///
/// # Errors
/// When it is no JSON object. Only a text that looks odd is parsed, because each row of every page comes by here: damage
/// that swaps one separator for another is not noticed.
pub(super) fn read(row: &Row, column: usize) -> Result<String, Fault> {
    let text: String = row.get(column)?;
    if is_odd(text.as_bytes())
        && let Err(error) = serde_json::from_str::<IgnoredAny>(&text)
    {
        return Err(Fault::Broken(format!("column {column}: {error}")));
    }
    Ok(text)
}

/// Whether quotes or brackets do not come in pairs, or control characters are there, which our JSON never holds as such.
/// Strings can hold brackets, so odd is not yet wrong.
fn is_odd(text: &[u8]) -> bool {
    let (mut quotes, mut open, mut control) = (0u8, 0u8, 0u8);
    // Plain sums over small numbers, which the compiler does for many bytes at once.
    for byte in text {
        quotes ^= u8::from(*byte == b'"');
        open = open.wrapping_add(u8::from(*byte | 0x20 == b'{')).wrapping_sub(u8::from(*byte | 0x20 == b'}'));
        control |= u8::from(*byte < 0x20);
    }
    let (first, last) = (text.first_chunk::<2>(), text.last());
    quotes != 0 || open != 0 || control != 0 || first != Some(b"{\"") || last != Some(&b'}')
}
