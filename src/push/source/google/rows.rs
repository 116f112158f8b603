//! What the Directory API answers, as far as it is read.

use super::calls::Page;
use serde::Deserialize;

/// A user (<https://developers.google.com/admin-sdk/directory/reference/rest/v1/users>).
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct UserRow {
    pub id: String,
    pub primary_email: String,
    pub name: NameRow,
    pub suspended: bool,
    pub archived: bool,
    pub aliases: Vec<String>,
    pub non_editable_aliases: Vec<String>,
}

/// The name of a user.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NameRow {
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub full_name: Option<String>,
}

/// A group.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct GroupRow {
    pub id: String,
    pub email: String,
    pub name: String,
}

/// A member of a group.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MemberRow {
    pub id: String,
    pub email: String,
    /// `USER`, `GROUP`, `CUSTOMER` or `EXTERNAL`.
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Users {
    #[serde(default)]
    users: Vec<UserRow>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Groups {
    #[serde(default)]
    groups: Vec<GroupRow>,
    next_page_token: Option<String>,
}

impl Groups {
    /// One of them.
    pub(super) fn first(self) -> Option<GroupRow> {
        self.groups.into_iter().next()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Members {
    #[serde(default)]
    members: Vec<MemberRow>,
    next_page_token: Option<String>,
}

impl Page for Users {
    type Row = UserRow;
    fn split(self) -> (Vec<UserRow>, Option<String>) {
        (self.users, self.next_page_token)
    }
}

impl Page for Groups {
    type Row = GroupRow;
    fn split(self) -> (Vec<GroupRow>, Option<String>) {
        (self.groups, self.next_page_token)
    }
}

impl Page for Members {
    type Row = MemberRow;
    fn split(self) -> (Vec<MemberRow>, Option<String>) {
        (self.members, self.next_page_token)
    }
}
