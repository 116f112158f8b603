//! JSON intake: strict where looseness would lose something (duplicate keys, depth, trailing bytes), with the position of what is wrong.

use crate::scim::error::{Error, Result};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// No value nests deeper.
const DEPTH: usize = 32;

/// Up to how many keys an object is searched from its beginning.
const FEW: usize = 16;

/// Reads one JSON value (RFC 8259). Keys that differ in letter case only count as duplicates, because SCIM names do not
/// know letter case (RFC 7643, section 2.1).
///
/// # Errors
/// `invalidSyntax` with line and column.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    // .NET clients may begin with a byte order mark, which RFC 8259, section 8.1 lets us ignore.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| no_json(&error))
}

/// What is said of a body that is no JSON.
pub(in crate::scim) fn no_json(error: &serde_json::Error) -> Error {
    Error::InvalidSyntax(format!("The body is not acceptable JSON: {error}."))
}

/// Reads a body that must be an object.
///
/// # Errors
/// `invalidSyntax`, as [`parse`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>> {
    match parse(bytes)? {
        Value::Object(object) => Ok(object),
        other => Err(Error::InvalidSyntax(format!("The body must be a JSON object, but is {}.", kind(&other)))),
    }
}

/// What a value is, in words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The value of a key in any letter case.
pub fn get<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Reads a value and refuses what would lose something.
#[derive(Clone, Copy)]
pub(in crate::scim) struct Strict {
    depth: usize,
}

impl Strict {
    /// A value inside an object that is read elsewhere.
    pub(in crate::scim) fn inside() -> Strict {
        Strict { depth: 1 }
    }

    fn deeper<E: serde::de::Error>(self) -> std::result::Result<Strict, E> {
        match self.depth < DEPTH {
            true => Ok(Strict { depth: self.depth + 1 }),
            false => Err(E::custom(format!("nested deeper than {DEPTH}"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> std::result::Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            // Comparing with each is cheaper than hashing as long as there are few, and quadratic as soon as there are many.
            let twice = match object.len() < FEW {
                true => object.keys().any(|known| known.eq_ignore_ascii_case(&key)),
                false => {
                    if seen.is_empty() {
                        seen.extend(object.keys().map(|known| known.to_ascii_lowercase()));
                    }
                    !seen.insert(key.to_ascii_lowercase())
                }
            };
            if twice {
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
            object.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn hostile_bodies_are_refused_with_the_position() {
        let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
        let keys = |last: &str| {
            let many: String = (0..40).map(|n| format!("\"k{n}\":1,")).collect();
            format!("{{{many}\"{last}\":1}}")
        };
        assert!(parse(keys("k40").as_bytes()).is_ok());
        assert!(parse(keys("K3").as_bytes()).is_err() && parse(keys("K39").as_bytes()).is_err());
        for bad in [
            r#"{"a":1,"A":2}"#,
            r#"{"a":1} x"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\u{0}\"}",
            "",
            "{",
            "nul",
            "NaN",
            "1e400",
            r#"{"a":01}"#,
            deep.as_str(),
            r#"{"a":1,}"#,
            "'a'",
        ] {
            match parse(bad.as_bytes()) {
                Err(Error::InvalidSyntax(detail)) => assert!(detail.contains("line"), "{bad}: {detail}"),
                other => panic!("{bad}: {other:?}"),
            }
        }
        assert!(parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn what_is_good_stays_as_it_was_sent() {
        for good in [r#"{"b":1,"a":[true,null,"営業"],"c":{"d":-1.5}}"#, "[]", "\"x\"", "18446744073709551615"] {
            assert_eq!(parse(good.as_bytes()).map(|v| v.to_string()).ok().as_deref(), Some(good));
        }
        assert!(parse(b"\xef\xbb\xbf{}").is_ok());
        let deepest = format!("{}1{}", "[".repeat(32), "]".repeat(32));
        assert!(parse(deepest.as_bytes()).is_ok());
    }
}
