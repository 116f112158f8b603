//! The requests that a change needs.

use super::{Apply, Noun};
use crate::push::client::Method;
use crate::push::plan::{Change, ChangeKind, Member};
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Members that one request adds.
const ADDED_AT_ONCE: usize = 1000;
/// Members that one request removes; each is an operation of its own.
const REMOVED_AT_ONCE: usize = 500;

/// One request.
pub(super) struct Item<'a> {
    /// What it is for.
    pub(super) change: &'a Change,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// What it creates.
    pub(super) creates: Option<Noun>,
    /// The members that it adds or removes, by their ids in the target.
    pub(super) members: u64,
    /// Whether it is the last one of its change.
    pub(super) is_last: bool,
}

impl Item<'_> {
    /// A line for the log.
    pub(super) fn said(&self) -> String {
        let members = if self.members > 0 { format!(", {} members", self.members) } else { String::new() };
        format!("{} {}: {}{members}", self.method.name(), self.path, self.change.name)
    }
}

impl Apply<'_> {
    /// The requests for a change. What depends on an object that could not be created needs none: that one was named.
    pub(super) fn items<'a>(&self, change: &'a Change) -> Vec<Item<'a>> {
        use ChangeKind::*;
        let item = |method, path: String, body: Option<Value>| Item {
            change,
            method,
            path,
            body,
            creates: None,
            members: 0,
            is_last: true,
        };
        let id = change.target_id.clone();
        match change.change {
            CreateGroup => {
                vec![Item {
                    creates: Some(Noun::Group),
                    ..item(Method::Post, "/Groups".to_owned(), Some(created(change)))
                }]
            }
            CreateUser => {
                vec![Item {
                    creates: Some(Noun::User),
                    ..item(Method::Post, "/Users".to_owned(), Some(created(change)))
                }]
            }
            UpdateGroup => {
                on(Noun::Group, id).map(|path| item(Method::Patch, path, Some(changed(change)))).into_iter().collect()
            }
            UpdateUser | UnlockUser | LockUser => {
                on(Noun::User, id).map(|path| item(Method::Patch, path, Some(changed(change)))).into_iter().collect()
            }
            DeleteUser => on(Noun::User, id).map(|path| item(Method::Delete, path, None)).into_iter().collect(),
            DeleteGroup => on(Noun::Group, id).map(|path| item(Method::Delete, path, None)).into_iter().collect(),
            AddMembers | RemoveMembers => self.member_items(change),
        }
    }

    fn member_items<'a>(&self, change: &'a Change) -> Vec<Item<'a>> {
        let group = self.id_of(Noun::Group, change.target_id.as_ref(), change.source_id.as_ref());
        let Some(path) = on(Noun::Group, group) else { return Vec::new() };
        let user = |member: &Member| self.id_of(Noun::User, member.target_id.as_ref(), member.source_id.as_ref());
        let ids: Vec<String> = change.members.iter().filter_map(user).collect();
        let is_adding = change.change == ChangeKind::AddMembers;
        let at_once = if is_adding { ADDED_AT_ONCE } else { REMOVED_AT_ONCE };
        let last = ids.len().div_ceil(at_once).saturating_sub(1);
        let item = |(n, ids): (usize, &[String])| {
            let operations: Vec<Value> = match is_adding {
                true => {
                    let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
                    vec![json!({ "op": "add", "path": "members", "value": members })]
                }
                false => ids
                    .iter()
                    .map(|id| json!({ "op": "remove", "path": format!("members[value eq {}]", Value::from(id.as_str())) }))
                    .collect(),
            };
            Item {
                change,
                method: Method::Patch,
                path: path.clone(),
                body: Some(json!({ "schemas": [PATCH], "Operations": operations })),
                creates: None,
                members: ids.len() as u64,
                is_last: n == last,
            }
        };
        ids.chunks(at_once).enumerate().map(item).collect()
    }

    /// The id in the target, known before or since it was created.
    fn id_of(&self, noun: Noun, known: Option<&String>, source_id: Option<&String>) -> Option<String> {
        known.cloned().or_else(|| self.created.lock().get(&(noun, source_id?.clone())).cloned())
    }
}

/// The path of an object.
fn on(noun: Noun, id: Option<String>) -> Option<String> {
    id.map(|id| format!("{}/{}", noun.endpoint(), crate::push::quote(&id)))
}

/// The resource to create: dotted keys become nested ones.
fn created(change: &Change) -> Value {
    let is_user = change.change == ChangeKind::CreateUser;
    let mut resource = Map::new();
    resource.insert("schemas".to_owned(), json!([if is_user { USER } else { GROUP }]));
    for (path, value) in &change.after {
        set(&mut resource, path, value);
    }
    if let Some(Value::String(address)) = change.after.get("userName").filter(|name| name.to_string().contains('@')) {
        let email = json!([{ "value": address, "type": "work", "primary": true }]);
        resource.insert("emails".to_owned(), email);
    }
    resource.into()
}

/// Sets an attribute, or a sub-attribute of one.
pub(super) fn set(resource: &mut Map<String, Value>, path: &str, value: &Value) {
    match path.split_once('.') {
        None => drop(resource.insert(path.to_owned(), value.clone())),
        Some((whole, part)) => {
            let whole = resource.entry(whole.to_owned()).or_insert_with(|| json!({}));
            if let Some(whole) = whole.as_object_mut() {
                whole.insert(part.to_owned(), value.clone());
            }
        }
    }
}

/// One operation for each attribute, with its path: every service reads that alike.
fn changed(change: &Change) -> Value {
    let operation = |(path, value): (&String, &Value)| json!({ "op": "replace", "path": path, "value": value });
    json!({ "schemas": [PATCH], "Operations": change.after.iter().map(operation).collect::<Vec<_>>() })
}
