//! Large groups: a body whose list of members is read while it arrives, so that a hundred thousand members cost their ids and
//! not the text around them. What is read is what [`Content::read`] makes of the same body in one piece.

use crate::scim::error::{Error, Result};
use crate::scim::intake::content::Content;
use crate::scim::intake::json::{Strict, no_json};
use crate::scim::intake::value::Ids;
use crate::scim::leeway::Leeway;
use crate::scim::schema::GROUP_TYPE;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt::Formatter;
use std::io::{BufRead, BufReader, Read};

/// No group body is longer, in bytes: more than a million members as a GET shows them.
pub const MAX_GROUP: usize = 256 << 20;
/// No element of the list is longer, in bytes.
const LONGEST_ELEMENT: usize = 64 << 10;

/// Reads a POST or PUT body of a group. Everything but the list of members may have so many bytes as any other body.
///
/// # Errors
/// Those of [`Content::read`]; [`Error::TooLarge`] for an element or a rest that is too long.
pub fn read(body: impl Read, rest: usize, leeway: &Leeway) -> Result<Content> {
    let left = Cell::new(rest);
    let mut reader = serde_json::Deserializer::from_reader(Bounded { body: BufReader::new(body), left: &left });
    let mut members = None;
    let group = GroupVisitor { left: &left, leeway, members: &mut members };
    let read = reader.deserialize_map(group).and_then(|body| reader.end().map(|()| body));
    let body = match (read, left.get()) {
        (Err(error), 0) if error.is_io() => {
            let detail = format!("An element has at most {LONGEST_ELEMENT} bytes, and what is no member {rest}.");
            return Err(Error::TooLarge(detail));
        }
        (Err(error), _) if error.is_io() => return Err(Error::InvalidSyntax("The body broke off.".to_owned())),
        (read, _) => read.map_err(|error| no_json(&error))?,
    };
    Content::with_relation(&GROUP_TYPE, body, members.transpose()?, leeway)
}

/// A body that ends early when more of it is read than is left.
struct Bounded<'c, R> {
    body: BufReader<R>,
    left: &'c Cell<usize>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let found = self.body.fill_buf()?;
        let taken = found.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), found.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.body.consume(taken);
        let left = self.left.get();
        if taken > left {
            self.left.set(0);
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.left.set(left - taken);
        Ok(taken)
    }
}

/// The whole body.
struct GroupVisitor<'c> {
    left: &'c Cell<usize>,
    leeway: &'c Leeway,
    members: &'c mut Option<Result<Vec<String>>>,
}

impl<'de> Visitor<'de> for GroupVisitor<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut rest = Map::new();
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            let is_members = key.eq_ignore_ascii_case(GROUP_TYPE.relation);
            if (is_members && listed) || rest.keys().any(|known: &String| known.eq_ignore_ascii_case(&key)) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
            if !is_members {
                rest.insert(key, map.next_value_seed(Strict::inside())?);
                continue;
            }
            listed = true;
            let outside = self.left.get();
            match map.next_value_seed(MemberListVisitor { left: self.left, leeway: self.leeway })? {
                MembersValue::Ids(ids) => *self.members = Some(ids),
                MembersValue::Other(value) => drop(rest.insert(key, value)),
            }
            self.left.set(outside);
        }
        Ok(rest)
    }
}

/// What stands behind `members`.
enum MembersValue {
    Ids(Result<Vec<String>>),
    /// No list, and left to [`Content::read`].
    Other(Value),
}

struct MemberListVisitor<'c> {
    left: &'c Cell<usize>,
    leeway: &'c Leeway,
}

impl<'de> DeserializeSeed<'de> for MemberListVisitor<'_> {
    type Value = MembersValue;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> std::result::Result<MembersValue, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MemberListVisitor<'_> {
    type Value = MembersValue;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of members")
    }

    fn visit_unit<E>(self) -> std::result::Result<MembersValue, E> {
        Ok(MembersValue::Other(Value::Null))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<MembersValue, E> {
        Ok(MembersValue::Other(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<MembersValue, A::Error> {
        Strict::inside().visit_map(map).map(MembersValue::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<MembersValue, A::Error> {
        let mut ids = Ids::new(GROUP_TYPE.relation, self.leeway);
        let mut wrong = None;
        self.left.set(LONGEST_ELEMENT);
        while let Some(element) = items.next_element_seed(Strict::inside())? {
            self.left.set(LONGEST_ELEMENT);
            wrong = wrong.or(ids.take(&element).err());
        }
        Ok(MembersValue::Ids(wrong.map_or_else(|| Ok(ids.found()), Err)))
    }
}
