//! The content of a resource: from a client’s body to what is stored.

use crate::domain::team;
use crate::domain::user;
use crate::domain::{Fault, is_email};
use crate::scim::error::{Error, Result};
use crate::scim::intake::json;
use crate::scim::intake::message;
use crate::scim::intake::qualified;
use crate::scim::intake::value;
use crate::scim::leeway::Leeway;
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::ROLES;
use crate::scim::schema::{Mutability, ResourceType, Schema};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// No resource is larger, in bytes of its text.
const LARGEST: usize = 262_144;
/// No text that an index holds is longer, in bytes; user names have a limit of their own.
pub(in crate::scim) const LONGEST_KEY: usize = 1024;

/// The attributes that were not read, each as it is written.
pub(in crate::scim) type Unread<'a> = HashMap<&'a str, &'a str>;

/// A client's view of a resource, in canonical form.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Everything that is stored with the resource, the extension below its URN.
    pub attributes: Map<String, Value>,
    /// `active`, of users.
    pub active: Option<bool>,
    /// The ids in `groups` or `members`; `None` when the attribute was absent.
    pub relation: Option<Vec<String>>,
    /// Attributes of which nothing was understood. A new resource does without them; one that is there must not lose them.
    pub passed_over: Vec<&'static str>,
}

impl Content {
    /// Reads a POST or PUT body. Unknown and read-only attributes are passed over (RFC 7644, section 3.5.1), null and
    /// empty arrays mean absent (RFC 7643, section 2.5).
    ///
    /// # Errors
    /// `invalidValue` for a value of the wrong type or a required attribute that is missing.
    pub fn read(of: &'static ResourceType, body: Map<String, Value>, leeway: &Leeway) -> Result<Content> {
        Content::with_relation(of, body, None, leeway)
    }

    /// The same with memberships that were read beside the body.
    ///
    /// # Errors
    /// As [`Content::read`].
    pub fn with_relation(
        of: &'static ResourceType,
        body: Map<String, Value>,
        relation: Option<Vec<String>>,
        leeway: &Leeway,
    ) -> Result<Content> {
        let extended = of.extension.filter(|schema| body.keys().any(|key| key.eq_ignore_ascii_case(schema.id)));
        let schemas: Vec<&str> = std::iter::once(of.schema).chain(extended).map(|schema| schema.id).collect();
        message::note_schemas(&body, &schemas, leeway)?;
        let mut content = Content { relation, ..Content::default() };
        let mut extension = None;
        for (key, value) in qualified::flattened(of, body, leeway)? {
            if key.eq_ignore_ascii_case(of.relation) {
                content.take_relation(of, &value, leeway)?;
            } else if let Some(schema) = of.extension_named(&key) {
                if !of.is_spelt(&key) {
                    leeway.take_in(Relaxation::UrnWithoutColon, &key)?;
                }
                extension = Some((schema, value));
            } else if let Some(attribute) = of.core(&key) {
                let writable = attribute.mutability != Mutability::ReadOnly && attribute.name != "schemas";
                match value::canonical(attribute, if writable { value } else { Value::Null }, leeway) {
                    // Keeper takes roles of any type; what is none of them changes none.
                    Err(Error::InvalidValue(_) | Error::NotUnderstood(_)) if attribute.name == ROLES => {
                        leeway.take(Relaxation::RolesOfAnyType)?;
                        content.passed_over.push(ROLES);
                    }
                    Err(Error::NotUnderstood(name)) => {
                        leeway.take_in(Relaxation::UnknownAttribute, name)?;
                        content.passed_over.push(name);
                    }
                    Err(error) => return Err(error),
                    Ok(Some(value)) if attribute.mutability != Mutability::WriteOnly => {
                        content.attributes.insert(value::spelt(key, attribute.name), value);
                    }
                    Ok(_) => {}
                }
            } else {
                let is_urn = key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"));
                let unknown = if is_urn { Relaxation::UnknownExtension } else { Relaxation::UnknownAttribute };
                leeway.take_in(unknown, &key)?;
            }
        }
        // Always behind the core attributes, where PATCH puts it too, so that the same content is the same text.
        if let Some((schema, value)) = extension {
            content.put_extension(schema, value, leeway)?;
        }
        content.check(of)?;
        Ok(content)
    }

    fn take_relation(&mut self, of: &'static ResourceType, value: &Value, leeway: &Leeway) -> Result<()> {
        if value.is_null() {
            return Ok(());
        }
        let read_only = of.core(of.relation).is_some_and(|attribute| attribute.mutability == Mutability::ReadOnly);
        // Read-only attributes are passed over in POST and PUT (RFC 7644, section 3.5.1).
        if read_only && leeway.is_strict() {
            return Ok(());
        }
        self.relation = Some(value::ids(of.relation, value, leeway)?);
        Ok(())
    }

    /// The content of a stored resource, to be changed by PATCH.
    ///
    /// # Errors
    /// When the store holds what is no JSON object, which only damage explains.
    pub fn stored(resource: &str, active: Option<bool>) -> Result<Content> {
        let mut attributes: Map<String, Value> =
            serde_json::from_str(resource).map_err(|e| Fault::Broken(format!("a stored resource is not JSON: {e}")))?;
        attributes.shift_remove("schemas");
        if let Some(active) = active {
            attributes.insert("active".to_owned(), Value::Bool(active));
        }
        Ok(Content { attributes, active, ..Content::default() })
    }

    /// A content of nothing but `active`.
    pub(in crate::scim) fn switch(active: Option<bool>) -> Content {
        let attributes = active.map(|active| ("active".to_owned(), Value::Bool(active))).into_iter().collect();
        Content { attributes, active, ..Content::default() }
    }

    /// Takes `active` out of the attributes; as it was, where an operation has removed it.
    pub(in crate::scim) fn take_active(&mut self) -> Option<bool> {
        if let Some(Value::Bool(active)) = self.attributes.shift_remove("active") {
            self.active = Some(active);
        }
        self.active
    }

    /// Takes from what is stored what a PUT was to replace with values of no known type.
    ///
    /// # Errors
    /// [`Error::NotUnderstood`] for anything but roles.
    pub fn keep_passed_over(&mut self, resource: &str) -> Result<()> {
        if let Some(name) = self.passed_over.iter().find(|name| **name != ROLES) {
            return Err(Error::NotUnderstood(name));
        }
        if !self.passed_over.is_empty() {
            self.attributes.extend(Content::stored(resource, None)?.attributes.remove_entry(ROLES));
        }
        Ok(())
    }

    fn put_extension(&mut self, schema: &'static Schema, value: Value, leeway: &Leeway) -> Result<()> {
        let value = match value {
            Value::Array(mut list) if list.len() == 1 => {
                leeway.take(Relaxation::ListForScalar)?;
                list.pop().unwrap_or_default()
            }
            value => value,
        };
        let object = match value {
            Value::Null => return Ok(()),
            Value::Object(object) => object,
            other => {
                let detail = format!("“{}” must be an object, but is {}.", schema.id, json::kind(&other));
                return Err(Error::InvalidValue(detail));
            }
        };
        let mut kept = Map::new();
        // Models of a resource write them into each of its parts.
        for (key, value) in object.into_iter().filter(|(key, _)| !key.eq_ignore_ascii_case("schemas")) {
            let Some(attribute) = crate::scim::schema::named(schema.attributes, &key) else {
                leeway.take_in(Relaxation::UnknownAttribute, &key)?;
                continue;
            };
            if let Some(value) = value::canonical(attribute, value, leeway)? {
                kept.insert(value::spelt(key, attribute.name), value);
            }
        }
        if !kept.is_empty() {
            self.attributes.insert(schema.id.to_owned(), Value::Object(kept));
        }
        Ok(())
    }

    /// Takes `active` out of the attributes and checks that what must be there is.
    ///
    /// # Errors
    /// `invalidValue` naming the attribute that is missing.
    pub fn check(&mut self, of: &'static ResourceType) -> Result<()> {
        self.take_active();
        match of
            .schema
            .attributes
            .iter()
            .find(|a| a.required && !a.assigned && self.text(a.name).is_none_or(str::is_empty))
        {
            Some(missing) => Err(Error::InvalidValue(format!("“{}” is required and missing.", missing.name))),
            None => Ok(()),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str)
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// The addresses in `emails`.
    pub fn emails(&self) -> Vec<String> {
        let elements = self.attributes.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        elements.iter().filter_map(|e| e.get("value").and_then(Value::as_str)).map(str::to_owned).collect()
    }

    /// The user name is the address where an address is required (docs/keeper.md#users-on-the-wire): a user that comes without
    /// e-mails gets it as the only one.
    pub fn with_default_email(&self) -> Cow<'_, Content> {
        match self.text("userName").filter(|name| is_email(name) && !self.attributes.contains_key("emails")) {
            None => Cow::Borrowed(self),
            Some(name) => {
                let mut content = self.clone();
                content.attributes.insert("emails".to_owned(), serde_json::json!([{ "value": name }]));
                Cow::Owned(content)
            }
        }
    }

    /// Whether it has another user name.
    pub(in crate::scim) fn renames(&self, before: &str) -> bool {
        self.text("userName").is_some_and(|name| name != before)
    }

    /// The other half of [`Content::with_default_email`]: when the user name changes and the only address was the old name,
    /// the address follows. The reverse is not done; an identifier must not change as a side effect.
    pub fn follow_user_name(&mut self, before: &str) {
        let Some(name) = self.owned("userName").filter(|name| name != before && is_email(name)) else { return };
        if let Some(Value::Array(elements)) = self.attributes.get_mut("emails")
            && let [Value::Object(only)] = elements.as_mut_slice()
            && only.get("value").and_then(Value::as_str) == Some(before)
        {
            only.insert("value".to_owned(), Value::String(name));
        }
    }

    /// The stored text: `schemas` first, then the attributes in the client's order, those that were not read as they were.
    fn to_text(&self, of: &'static ResourceType, unread: &Unread<'_>) -> Result<String> {
        let extension = of.extension.filter(|schema| self.attributes.contains_key(schema.id));
        let mut text = open_text(of, extension, 768);
        for (name, value) in &self.attributes {
            // The names are the schema's, which need no escaping.
            text.extend_from_slice(b",\"");
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b"\":");
            match unread.get(name.as_str()) {
                Some(unread) if value.is_null() => text.extend_from_slice(unread.as_bytes()),
                _ => serde_json::to_writer(&mut text, value).map_err(broken)?,
            }
        }
        finish_text([text])
    }

    /// What the rules and the store keep of a user.
    ///
    /// # Errors
    /// `invalidValue` when a part that is looked up by is longer than the index takes.
    pub fn user_profile(&self) -> Result<user::UserProfile> {
        self.user_profile_with(&Unread::new())
    }

    /// The same of a content of which not all was read.
    ///
    /// # Errors
    /// As [`Content::user_profile`].
    pub(in crate::scim) fn user_profile_with(&self, unread: &Unread<'_>) -> Result<user::UserProfile> {
        Ok(user::UserProfile {
            user_name: self.owned("userName").unwrap_or_default(),
            external_id: self.indexable("externalId")?,
            display_name: self.indexable("displayName")?,
            resource: self.to_text(&crate::scim::schema::USER_TYPE, unread)?,
        })
    }

    /// What the rules and the store keep of a team.
    ///
    /// # Errors
    /// As [`Content::user_profile`].
    pub fn team_profile(&self) -> Result<team::TeamProfile> {
        self.team_profile_with(&Unread::new())
    }

    /// The same of a content of which not all was read.
    ///
    /// # Errors
    /// As [`Content::user_profile`].
    pub(in crate::scim) fn team_profile_with(&self, unread: &Unread<'_>) -> Result<team::TeamProfile> {
        Ok(team::TeamProfile {
            name: self.owned("displayName").unwrap_or_default(),
            external_id: self.indexable("externalId")?,
            resource: self.to_text(&crate::scim::schema::GROUP_TYPE, unread)?,
        })
    }

    fn indexable(&self, name: &str) -> Result<Option<String>> {
        match self.text(name) {
            Some(text) if text.len() > LONGEST_KEY => {
                let detail = format!("“{name}” has {} bytes; at most {LONGEST_KEY} are possible.", text.len());
                Err(Error::InvalidValue(detail))
            }
            text => Ok(text.map(str::to_owned)),
        }
    }
}

/// The beginning of a stored text, with room for so many bytes more: the schemas that the resource follows.
pub(in crate::scim) fn open_text(
    of: &'static ResourceType,
    extension: Option<&'static Schema>,
    more: usize,
) -> Vec<u8> {
    let mut text = Vec::with_capacity(more + 160);
    for (n, schema) in std::iter::once(of.schema).chain(extension).enumerate() {
        text.extend_from_slice(if n == 0 { b"{\"schemas\":[\"" } else { b"\",\"" });
        text.extend_from_slice(schema.id.as_bytes());
    }
    text.extend_from_slice(b"\"]");
    text
}

/// A stored text from its parts, the end of the object added.
///
/// # Errors
/// `invalidValue` for one that is larger than what is kept.
pub(in crate::scim) fn finish_text<const N: usize>(parts: [Vec<u8>; N]) -> Result<String> {
    let mut parts = parts.into_iter();
    let mut text = parts.next().unwrap_or_default();
    parts.for_each(|part| text.extend_from_slice(&part));
    text.push(b'}');
    let text = String::from_utf8(text).map_err(broken)?;
    match text.len() <= LARGEST {
        true => Ok(text),
        false => {
            Err(Error::InvalidValue(format!("The resource has {} bytes; at most {LARGEST} are kept.", text.len())))
        }
    }
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::Broken(format!("a resource cannot be written: {error}"))
}
