//! Cursors (RFC 9865): a place in one certain list, signed so that nobody makes one, and good for an hour.

use super::error::{Error, Result};
use crate::domain::predicate::{From, Position};
use crate::domain::{NodeId, Time, signed, token};
use serde_json::{Value, json};

/// How long a cursor can be used, in seconds.
pub const TIMEOUT: i64 = 3600;

/// What a cursor belongs to: a node, a type, a filter and an order. Short, because it travels in every cursor.
pub fn binding(node: NodeId, of: &str, filter: &str, sort: &str, descending: bool) -> String {
    let whole = format!("{node}\n{of}\n{filter}\n{sort}\n{descending}");
    token::digest(&whole).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The cursor for a place.
pub fn write(key: &[u8; 32], place: &From, binding: &str, now: Time) -> String {
    let (way, mark) = match place {
        From::After(mark) => ("after", Some(mark)),
        From::Before(mark) => ("before", Some(mark)),
        From::Skip(_) => ("after", None),
    };
    let until = now.0 + TIMEOUT * 1000;
    let text = json!([until, binding, way, mark.and_then(|m| m.value.clone()), mark.map_or(0, |m| m.number)]);
    signed::sign(key, &text.to_string())
}

/// The place of a cursor; an empty one is the beginning.
///
/// # Errors
/// `invalidCursor` for one that is not ours or belongs to another list, `expiredCursor`.
pub fn open(key: &[u8; 32], signed_text: &str, binding: &str, now: Time) -> Result<From> {
    if signed_text.is_empty() {
        return Ok(From::Skip(0));
    }
    let foreign =
        || Error::InvalidCursor("This cursor belongs to no list here. Begin again with an empty one.".to_owned());
    let text = signed::verify(key, signed_text).ok_or_else(foreign)?;
    let parts: Value = serde_json::from_str(&text).map_err(|_| foreign())?;
    let [until, bound, way, value, number] = parts.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(foreign());
    };
    if bound.as_str() != Some(binding) {
        let detail = "This cursor belongs to another list: node, type, filter and order must stay the same.";
        return Err(Error::InvalidCursor(detail.to_owned()));
    }
    if until.as_i64().is_none_or(|until| until <= now.0) {
        return Err(Error::ExpiredCursor);
    }
    let mark = Position { value: value.as_str().map(str::to_owned), number: number.as_i64().unwrap_or_default() };
    Ok(if way.as_str() == Some("before") { From::Before(mark) } else { From::After(mark) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_works_for_its_list_and_its_hour_alone() -> Result<()> {
        let (key, now) = ([7; 32], Time(1_000_000));
        let place = From::After(Position { value: Some("ada".to_owned()), number: 42 });
        let ours = binding(NodeId(1), "User", "", "userName", false);
        let cursor = write(&key, &place, &ours, now);
        assert_eq!(open(&key, &cursor, &ours, now)?, place);
        for other in [
            binding(NodeId(2), "User", "", "userName", false),
            binding(NodeId(1), "Group", "", "userName", false),
            binding(NodeId(1), "User", "title pr", "userName", false),
            binding(NodeId(1), "User", "", "userName", true),
        ] {
            assert!(matches!(open(&key, &cursor, &other, now), Err(Error::InvalidCursor(_))));
        }
        assert!(matches!(open(&key, &cursor, &ours, Time(now.0 + TIMEOUT * 1000)), Err(Error::ExpiredCursor)));
        assert!(matches!(open(&[8; 32], &cursor, &ours, now), Err(Error::InvalidCursor(_))));
        Ok(())
    }
}
