//! Stored resources as PATCH takes them up: only what an operation can touch is read, the rest keeps its text.

use crate::domain::Fault;
use crate::scim::error::Result;
use crate::scim::intake::content::{Content, Unread};
use crate::scim::patch::operation::PatchOperation;
use crate::scim::path::Path;
use crate::scim::schema::ResourceType;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What the store keeps beside a resource and the rules look at: always read.
const LOOKED_AT: [&str; 4] = ["userName", "displayName", "externalId", "emails"];

/// The attributes that operations can touch: names of core attributes, URNs of extensions. `None` where only doing them
/// can tell.
pub(in crate::scim) fn touched(of: &'static ResourceType, operations: &[PatchOperation]) -> Option<Vec<&'static str>> {
    let mut names = Vec::with_capacity(operations.len());
    for operation in operations {
        match (operation.path(), operation.value()) {
            (Some(Path::Attribute(target) | Path::Elements(target, _)), _) => {
                let urn = of.extension.filter(|_| target.extension.is_some()).map(|schema| schema.id);
                names.push(urn.unwrap_or(target.attribute.name));
            }
            (Some(Path::Extension(schema)), _) => names.push(schema.id),
            (Some(Path::Foreign), _) => {}
            (Some(Path::Core), _) => return None,
            (None, Some(Value::Object(object))) => {
                for key in object.keys() {
                    let is_plain = !key.contains([':', '.', '[']);
                    names.push(of.core(key).filter(|_| is_plain)?.name);
                }
            }
            (None, _) => return None,
        }
    }
    Some(names)
}

/// The content of a stored resource of which only the named attributes are read. In the place of each other one stands
/// null, which no stored attribute is, so that the order of all is kept.
///
/// # Errors
/// When the store holds what is no JSON object, which only damage explains.
pub(in crate::scim) fn read<'a>(
    resource: &'a str,
    touched: &[&str],
    active: Option<bool>,
) -> Result<(Content, Unread<'a>)> {
    let broken = |e: serde_json::Error| Fault::Broken(format!("a stored resource is not JSON: {e}"));
    let ObjectMembers(members) = serde_json::from_str(resource).map_err(broken)?;
    let (mut attributes, mut unread) = (Map::with_capacity(members.len() + 1), HashMap::new());
    for (name, text) in members {
        if name == "schemas" {
            continue;
        }
        let value = match touched.contains(&name) || LOOKED_AT.contains(&name) {
            true => serde_json::from_str(text.get()).map_err(broken)?,
            false => {
                unread.insert(name, text.get());
                Value::Null
            }
        };
        attributes.insert(name.to_owned(), value);
    }
    if let Some(active) = active {
        attributes.insert("active".to_owned(), Value::Bool(active));
    }
    Ok((Content { attributes, active, ..Content::default() }, unread))
}

/// The text of `emails` in a stored resource.
pub(in crate::scim) fn emails(resource: &str) -> Option<&str> {
    let ObjectMembers(members) = serde_json::from_str(resource).ok()?;
    members.into_iter().find(|(name, _)| *name == "emails").map(|(_, text)| text.get())
}

/// The members of an object in their order. Names of stored attributes hold nothing that would be escaped.
struct ObjectMembers<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for ObjectMembers<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<ObjectMembers<'de>, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = ObjectMembers<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<ObjectMembers<'de>, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(ObjectMembers(members))
            }
        }
        from.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::scim::leeway::Leeway;
    use crate::scim::patch;
    use crate::scim::schema::USER_TYPE;
    use serde_json::json;

    const STORED: &str = concat!(
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","#,
        r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"ada@x.org","#,
        r#""name":{"givenName":"Ada \"A\" {[","familyName":"L"},"title":"Dr","nickName":"a\\","#,
        r#""emails":[{"value":"ada@x.org","type":"work","primary":true}],"#,
        r#""phoneNumbers":[{"value":"1","type":"work"}],"displayName":"Ada","#,
        r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D"}}"#
    );

    /// What reading all and what reading a part comes to.
    fn both(operations: Value) -> [(String, Vec<String>); 2] {
        let leeway = Leeway::default();
        let body = json!({ "schemas": [crate::scim::intake::message::PATCH_OP], "Operations": operations });
        let operations = patch::read(&USER_TYPE, body.as_object().unwrap(), &leeway).unwrap();
        let touched = touched(&USER_TYPE, &operations).unwrap();
        let whole = (Content::stored(STORED, Some(true)).unwrap(), Unread::new());
        [whole, read(STORED, &touched, Some(true)).unwrap()].map(|(mut content, unread)| {
            patch::apply(&USER_TYPE, &mut content.attributes, &operations, &leeway).unwrap();
            content.check(&USER_TYPE).unwrap();
            (content.user_profile_with(&unread).unwrap().resource, content.emails())
        })
    }

    #[test]
    fn what_is_not_read_keeps_its_text_and_its_place() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for operations in [
            json!([{ "op": "replace", "value": { "active": false } }]),
            json!([{ "op": "replace", "path": "title", "value": "Prof" }]),
            json!([{ "op": "remove", "path": "title" }, { "op": "add", "path": "title", "value": "again" }]),
            json!([{ "op": "add", "value": { "locale": "en", "preferredLanguage": "ja", "NICKNAME": "b" } }]),
            json!([{ "op": "replace", "path": "name.givenName", "value": "Bob" }]),
            json!([{ "op": "remove", "path": "emails" }]),
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@x.org" }]),
            json!([{ "op": "add", "path": "phoneNumbers", "value": [{ "value": "2", "type": "home" }] }]),
            json!([{ "op": "replace", "path": format!("{enterprise}:department"), "value": "Ops" }]),
            json!([{ "op": "remove", "path": enterprise }]),
            json!([{ "op": "add", "path": enterprise, "value": { "costCenter": "1" } }, { "op": "add", "path": "locale", "value": "en" }]),
            json!([{ "op": "replace", "path": "userName", "value": "eve@x.org" }]),
        ] {
            let [whole, part] = both(operations.clone());
            assert_eq!(whole, part, "{operations}");
        }
    }
}
