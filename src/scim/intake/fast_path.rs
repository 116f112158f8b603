//! The fast path of a new user: a body that has the canonical form already goes directly into the text that is stored, in one
//! pass and without a tree of values. Whatever is unusual is left to the slow path ([`crate::scim::intake::content::Content::read`]), which
//! knows all dialects and says what is wrong; both come to the same, which a test holds true.

use crate::domain::user::UserProfile;
use crate::scim::intake::content::{self, LONGEST_KEY};
use crate::scim::intake::value;
use crate::scim::schema::{Attribute, AttributeType, Mutability, Schema, USER_TYPE};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt::Formatter;

/// No list with more elements goes this way: each is compared with all before it.
const FEW: usize = 8;

/// What a body says.
pub struct PlainUser {
    /// What is kept of it.
    pub profile: UserProfile,
    /// The addresses in `emails`.
    pub emails: Vec<String>,
    /// `active`, where it is fields.
    pub active: Option<bool>,
}

/// Reads a body; `None` for one that has to go the long way.
pub fn read(body: &[u8]) -> Option<PlainUser> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let fields = reader.deserialize_map(UserVisitor(body.len())).ok()?;
    reader.end().ok()?;
    let short = |text: &Option<Cow<'_, str>>| text.as_ref().is_none_or(|text| text.len() <= LONGEST_KEY);
    let user_name = fields.user_name.filter(|name| !name.is_empty())?;
    if !short(&fields.external_id) || !short(&fields.display_name) {
        return None;
    }
    let extension = USER_TYPE.extension.filter(|_| !fields.extension.is_empty());
    // The long way says what is odd about the schemas.
    let mut needed = std::iter::once(USER_TYPE.schema).chain(USER_TYPE.extension.filter(|_| fields.extended));
    if !needed.all(|schema| fields.schemas.contains(&schema.id)) {
        return None;
    }
    let text = content::open_text(&USER_TYPE, extension, fields.core.len() + fields.extension.len());
    let text = content::finish_text([text, fields.core, fields.extension]).ok()?;
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    let profile = UserProfile {
        user_name: user_name.into_owned(),
        external_id: owned(fields.external_id),
        display_name: owned(fields.display_name),
        resource: text,
    };
    Some(PlainUser { profile, emails: fields.emails.into_iter().map(Cow::into_owned).collect(), active: fields.active })
}

/// What is said so far.
#[derive(Default)]
struct UserFields<'b> {
    user_name: Option<Cow<'b, str>>,
    external_id: Option<Cow<'b, str>>,
    display_name: Option<Cow<'b, str>>,
    emails: Vec<Cow<'b, str>>,
    active: Option<bool>,
    /// The members of the stored object, each behind a comma.
    core: Vec<u8>,
    /// The member that is the extension.
    extension: Vec<u8>,
    /// Whether there is one, be it empty.
    extended: bool,
    schemas: Vec<&'b str>,
}

fn unusual<E: Error>() -> E {
    E::custom("unusual")
}

fn open(out: &mut Vec<u8>, name: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    // The names are the schema's, which need no escaping.
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Which attributes of a list were seen; a second time is unusual.
#[derive(Default)]
struct SeenAttributes(u64);

impl SeenAttributes {
    /// The attribute of exactly that name, which a client may write.
    fn find<E: Error>(&mut self, among: &'static [Attribute], name: &str) -> Result<&'static Attribute, E> {
        let at = among.iter().position(|attribute| attribute.name == name).ok_or_else(unusual)?;
        let writable = |attribute: &&Attribute| attribute.mutability == Mutability::ReadWrite;
        let attribute = among.get(at).filter(writable).ok_or_else(unusual)?;
        self.mark(at)?;
        Ok(attribute)
    }

    fn mark<E: Error>(&mut self, at: usize) -> Result<(), E> {
        let bit = u32::try_from(at).ok().and_then(|at| 1u64.checked_shl(at)).ok_or_else(unusual)?;
        if self.0 & bit != 0 {
            return Err(unusual());
        }
        self.0 |= bit;
        Ok(())
    }
}

/// The whole body, of so many bytes.
struct UserVisitor(usize);

impl<'b> Visitor<'b> for UserVisitor {
    type Value = UserFields<'b>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a user")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<UserFields<'b>, A::Error> {
        let mut fields = UserFields { core: Vec::with_capacity(self.0), ..UserFields::default() };
        let (mut seen, mut others) = (SeenAttributes::default(), SeenAttributes::default());
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "schemas" => {
                    others.mark(0)?;
                    fields.schemas = map.next_value()?;
                }
                "externalId" => {
                    others.mark(1)?;
                    open(&mut fields.core, key);
                    fields.external_id = put_text(&mut map, &mut fields.core)?;
                }
                // Okta sends an empty list with every user (docs/clients.md#put).
                "groups" => {
                    others.mark(2)?;
                    if !map.next_value::<Vec<IgnoredAny>>()?.is_empty() {
                        return Err(unusual());
                    }
                }
                "active" => {
                    others.mark(3)?;
                    fields.active = map.next_value()?;
                }
                // Accepted and forgotten.
                "password" => {
                    others.mark(5)?;
                    map.next_value_seed(TextVisitor)?;
                }
                key => match USER_TYPE.extension.filter(|schema| schema.id == key) {
                    Some(schema) => {
                        others.mark(4)?;
                        fields.extended = true;
                        map.next_value_seed(ExtensionVisitor { schema, out: &mut fields.extension })?;
                    }
                    None => {
                        let attribute = seen.find(USER_TYPE.schema.attributes, key)?;
                        let written = put(&mut map, attribute, &mut fields.core)?;
                        match key {
                            "userName" => fields.user_name = written.text,
                            "displayName" => fields.display_name = written.text,
                            "emails" => fields.emails = written.values,
                            _ => {}
                        }
                    }
                },
            }
        }
        Ok(fields)
    }
}

/// What has to be known of a value besides its text.
#[derive(Default)]
struct WrittenValue<'b> {
    text: Option<Cow<'b, str>>,
    values: Vec<Cow<'b, str>>,
}

/// Writes one member of an object, or nothing where its value counts as absent.
fn put<'b, A: MapAccess<'b>>(
    map: &mut A,
    of: &'static Attribute,
    out: &mut Vec<u8>,
) -> Result<WrittenValue<'b>, A::Error> {
    let start = out.len();
    open(out, of.name);
    let mut written = WrittenValue::default();
    let kept = match (of.kind, of.multi) {
        (AttributeType::Complex, true) => {
            let elements = map.next_value_seed(ElementListVisitor { parts: of.parts, out })?;
            let kept = !elements.is_empty();
            written.values = elements.into_iter().flatten().collect();
            kept
        }
        (AttributeType::Complex, false) => map.next_value_seed(ElementVisitor { parts: of.parts, out })?.is_some(),
        (AttributeType::Integer, _) | (_, true) => return Err(unusual()),
        (AttributeType::Boolean, false) => {
            let flag = map.next_value::<Option<bool>>()?;
            out.extend_from_slice(if flag == Some(true) { b"true" } else { b"false" });
            flag.is_some()
        }
        (_, false) => {
            written.text = put_text(map, out)?;
            return Ok(written);
        }
    };
    if !kept {
        out.truncate(start);
    }
    Ok(written)
}

fn put_text<'b, A: MapAccess<'b>>(map: &mut A, out: &mut Vec<u8>) -> Result<Option<Cow<'b, str>>, A::Error> {
    let text = map.next_value_seed(TextVisitor)?;
    match &text {
        // It stood in the body without escapes, so it needs none.
        Cow::Borrowed(text) => {
            out.push(b'"');
            out.extend_from_slice(text.as_bytes());
            out.push(b'"');
        }
        Cow::Owned(text) => serde_json::to_writer(out, text).map_err(A::Error::custom)?,
    }
    Ok(Some(text))
}

/// A text that is kept as it is.
struct TextVisitor;

impl<'b> DeserializeSeed<'b> for TextVisitor {
    type Value = Cow<'b, str>;

    fn deserialize<D: Deserializer<'b>>(self, reader: D) -> Result<Cow<'b, str>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'b> Visitor<'b> for TextVisitor {
    type Value = Cow<'b, str>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'b str) -> Result<Cow<'b, str>, E> {
        if text.len() <= value::LONGEST { Ok(Cow::Borrowed(text)) } else { Err(unusual()) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'b, str>, E> {
        let fits = text.len() <= value::LONGEST && !text.contains('\0');
        if fits { Ok(Cow::Owned(text.to_owned())) } else { Err(unusual()) }
    }
}

/// An object of parts. Comes to nothing when there is none, else to its `value` and whether it is the preferred one.
struct ElementVisitor<'w> {
    parts: &'static [Attribute],
    out: &'w mut Vec<u8>,
}

impl<'b> DeserializeSeed<'b> for ElementVisitor<'_> {
    type Value = Option<(Option<Cow<'b, str>>, bool)>;

    fn deserialize<D: Deserializer<'b>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'b> Visitor<'b> for ElementVisitor<'_> {
    type Value = Option<(Option<Cow<'b, str>>, bool)>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut seen, mut value, start) = (SeenAttributes::default(), None, self.out.len());
        self.out.push(b'{');
        let mut is_primary = false;
        while let Some(key) = map.next_key::<&str>()? {
            let part = seen.find(self.parts, key)?;
            let written = put(&mut map, part, self.out)?;
            match key {
                "value" => value = written.text,
                "primary" => is_primary = self.out.ends_with(b"\"primary\":true"),
                _ => {}
            }
        }
        let empty = self.out.len() == start + 1;
        self.out.push(b'}');
        Ok((!empty).then_some((value, is_primary)))
    }
}

/// A list of objects, each with another `value` if they are more than one. Comes to the values.
struct ElementListVisitor<'w> {
    parts: &'static [Attribute],
    out: &'w mut Vec<u8>,
}

impl<'b> DeserializeSeed<'b> for ElementListVisitor<'_> {
    type Value = Vec<Option<Cow<'b, str>>>;

    fn deserialize<D: Deserializer<'b>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for ElementListVisitor<'_> {
    type Value = Vec<Option<Cow<'b, str>>>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (mut values, mut has_primary) = (Vec::new(), false);
        self.out.push(b'[');
        loop {
            let start = self.out.len();
            if !values.is_empty() {
                self.out.push(b',');
            }
            let Some(element) = items.next_element_seed(ElementVisitor { parts: self.parts, out: self.out })? else {
                self.out.truncate(start);
                break;
            };
            let (value, is_primary) = element.ok_or_else(unusual)?;
            // Elements that are equal would be one, and only the long way compares them part by part.
            let differs = values.is_empty() || (value.is_some() && !values.contains(&None) && !values.contains(&value));
            if !differs || (has_primary && is_primary) || values.len() == FEW {
                return Err(unusual());
            }
            has_primary |= is_primary;
            values.push(value);
        }
        self.out.push(b']');
        Ok(values)
    }
}

/// The object of an extension.
struct ExtensionVisitor<'w> {
    schema: &'static Schema,
    out: &'w mut Vec<u8>,
}

impl<'b> DeserializeSeed<'b> for ExtensionVisitor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, reader: D) -> Result<(), D::Error> {
        open(self.out, self.schema.id);
        let kept = ElementVisitor { parts: self.schema.attributes, out: self.out }.deserialize(reader)?;
        if kept.is_none() {
            self.out.clear();
        }
        Ok(())
    }
}
