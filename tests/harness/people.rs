//! The people and teams of the dialogues, and the PATCH bodies that are said of them.

use serde_json::{Value, json};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A user as a well-behaved client describes it.
pub fn person(name: &str) -> Value {
    let mail = format!("{name}@acme.test");
    let mut shown = name.to_owned();
    shown[..1].make_ascii_uppercase();
    json!({
        "schemas": [USER],
        "userName": mail,
        "externalId": format!("idp-{name}"),
        "displayName": format!("{shown} Berg"),
        "name": { "givenName": shown, "familyName": "Berg" },
        "emails": [{ "value": mail, "type": "work", "primary": true }],
        "active": true,
    })
}

pub fn mia() -> Value {
    person("mia")
}

/// A team without members.
pub fn team(name: &str) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "externalId": format!("idp-{name}"), "members": [] })
}

/// The resource with other attributes.
pub fn with(mut resource: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("changes").clone() {
        resource[key] = value;
    }
    resource
}

/// The resource without an attribute.
pub fn without(mut resource: Value, attribute: &str) -> Value {
    resource.as_object_mut().expect("a resource").remove(attribute);
    resource
}

/// A PATCH of these operations.
pub fn ops(operations: Value) -> Value {
    json!({ "schemas": [PATCH], "Operations": operations })
}

/// A PATCH of one operation with path and value.
pub fn op(verb: &str, path: &str, value: impl Into<Value>) -> Value {
    ops(json!([{ "op": verb, "path": path, "value": value.into() }]))
}

/// A PATCH of one operation without path.
pub fn pathless(value: Value) -> Value {
    ops(json!([{ "op": "replace", "value": value }]))
}

/// `[{"value": id}]`
pub fn refs<T: AsRef<str>>(ids: &[T]) -> Value {
    ids.iter().map(|id| json!({ "value": id.as_ref() })).collect()
}
