//! JSON files: `{"users": […], "groups": […]}`, which is also what a record of Keeper Commander holds in its notes.

use super::{Content, Row, several};
use crate::push::sentence::say;
use crate::push::source::{Group, SourceError};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    users: Vec<User>,
    #[serde(default)]
    groups: Option<Vec<ListedGroup>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    #[serde(default, alias = "externalId", deserialize_with = "text")]
    id: Option<String>,
    #[serde(alias = "userName", alias = "mail")]
    email: String,
    #[serde(default, alias = "displayName", alias = "name")]
    full_name: Option<String>,
    #[serde(default, alias = "givenName")]
    first_name: Option<String>,
    #[serde(default, alias = "familyName")]
    last_name: Option<String>,
    // Commander takes a person without it for inactive, and locks them.
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedGroup {
    #[serde(default, alias = "externalId", deserialize_with = "text")]
    id: Option<String>,
    #[serde(alias = "displayName")]
    name: String,
}

fn yes() -> bool {
    true
}

/// An id, also where it is a number.
fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) => Ok(Some(text)),
        serde_json::Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(serde::de::Error::custom(format!("an id must be a text, but is {other}"))),
    }
}

pub(super) fn read(text: &str) -> Result<Content, SourceError> {
    let document: Document = serde_json::from_str(text)
        // serde_json says line and column.
        .map_err(|error| {
            SourceError::Unreadable(say!(
                "the_json_cannot_be_read",
                "the JSON cannot be read: {error}",
                error = error.to_string()
            ))
        })?;
    let mut faults = Vec::new();
    let mut rows = Vec::new();
    for (at, user) in document.users.into_iter().enumerate() {
        if user.email.trim().is_empty() {
            faults.push(say!("user_has_no_email", "user {at} has no email", at = at + 1));
        }
        rows.push(Row {
            place: say!("file_user", "user {at} ({email})", at = at + 1, email = user.email),
            id: user.id.filter(|id| !id.is_empty()),
            email: user.email.trim().to_owned(),
            display_name: user.full_name.filter(|name| !name.is_empty()),
            given_name: user.first_name.filter(|name| !name.is_empty()),
            family_name: user.last_name.filter(|name| !name.is_empty()),
            active: user.active,
            groups: user.groups,
        });
    }
    let groups: Option<Vec<Group>> = document.groups.map(|groups| {
        let group = |group: ListedGroup| Group { id: group.id.unwrap_or_else(|| group.name.clone()), name: group.name };
        groups.into_iter().map(group).collect()
    });
    let mut ids = std::collections::HashSet::new();
    for group in groups.iter().flatten() {
        if group.name.trim().is_empty() {
            faults.push(say!("the_group_has_no_name", "the group “{id}” has no name", id = group.id));
        }
        if !ids.insert(&group.id) {
            faults.push(say!("two_groups_have_the_id", "two groups have the id “{id}”", id = group.id));
        }
    }
    if faults.is_empty() { Ok(Content { rows, groups, notes: Vec::new() }) } else { Err(several(faults)) }
}
