//! For services without PATCH: the resource is read, changed, and sent back whole by PUT.

use super::{Apply, Item, request::set};
use crate::push::client::{Answer, ClientError, Method};
use crate::push::plan::ChangeKind;
use serde_json::{Map, Value, json};

impl Apply<'_> {
    pub(super) fn replace(&self, item: &Item<'_>) -> Result<Answer, ClientError> {
        let found = self.client.send(Method::Get, &item.path, None)?;
        let Some(mut resource) = found.body.as_object().cloned().filter(|_| found.is_done()) else { return Ok(found) };
        let operations = item.body.as_ref().and_then(|body| body.get("Operations")).and_then(Value::as_array);
        for operation in operations.into_iter().flatten() {
            let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
            let value = operation.get("value").cloned().unwrap_or_default();
            match item.change.change {
                ChangeKind::AddMembers => add(&mut resource, &value),
                ChangeKind::RemoveMembers => remove(&mut resource, path),
                _ if path.starts_with("emails[") => rename_email(&mut resource, &item.change.before, path, &value),
                _ => set(&mut resource, path, &value),
            }
        }
        // What only the service writes.
        for name in ["meta", "groups"] {
            resource.remove(name);
        }
        self.client.send(Method::Put, &item.path, Some(&resource.into()))
    }
}

fn members(resource: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    let members = resource.entry("members").or_insert_with(|| json!([]));
    if members.is_null() {
        *members = json!([]);
    }
    members.as_array_mut()
}

fn add(resource: &mut Map<String, Value>, value: &Value) {
    let Some(members) = members(resource) else { return };
    for one in value.as_array().into_iter().flatten() {
        if !members.iter().any(|member| member.get("value") == one.get("value")) {
            members.push(one.clone());
        }
    }
}

/// Removes the member that a path such as `members[value eq "7"]` names.
fn remove(resource: &mut Map<String, Value>, path: &str) {
    let id = path.strip_prefix("members[value eq ").and_then(|rest| rest.strip_suffix(']'));
    let id: Option<Value> = id.and_then(|id| serde_json::from_str(id).ok());
    if let (Some(members), Some(id)) = (members(resource), id) {
        members.retain(|member| member.get("value") != Some(&id));
    }
}

fn rename_email(resource: &mut Map<String, Value>, before: &Map<String, Value>, path: &str, value: &Value) {
    let emails = resource.get_mut("emails").and_then(Value::as_array_mut);
    for email in emails.into_iter().flatten().filter_map(Value::as_object_mut) {
        if email.get("value") == before.get(path) {
            email.insert("value".to_owned(), value.clone());
        }
    }
}
