//! A plan cut down to what an earlier run could not push.

use super::{Change, ChangeKind, Plan, Refused};
use std::collections::HashSet;

impl Plan {
    /// Keeps only what concerns the objects that were refused: these users with their memberships, and these groups with
    /// their members. What the guards say of the whole plan stays.
    pub(in crate::push) fn keep_only(&mut self, refused: &[Refused]) {
        let named = |kind: &str| -> HashSet<&str> {
            refused.iter().filter(|one| one.kind == kind).map(|one| one.name.as_str()).collect()
        };
        let (users, groups, memberships) = (named("user"), named("group"), named("membership"));
        use ChangeKind::*;
        self.changes.retain_mut(|change| {
            let name = change.name.as_str();
            match change.change {
                CreateGroup | UpdateGroup | DeleteGroup => groups.contains(name),
                CreateUser | UpdateUser | UnlockUser | LockUser | DeleteUser => users.contains(name),
                AddMembers | RemoveMembers => {
                    if !groups.contains(name) && !memberships.contains(name) {
                        change.members.retain(|member| users.contains(member.name.as_str()));
                    }
                    true
                }
            }
        });
        // Nobody joins whom this plan does not create, and no group that it does not create.
        let created = |kind| -> HashSet<String> {
            self.changes.iter().filter(|one| one.change == kind).filter_map(|one| one.source_id.clone()).collect()
        };
        let (new_users, new_groups) = (created(CreateUser), created(CreateGroup));
        let is_there = |target: &Option<String>, source: &Option<String>, new: &HashSet<String>| {
            target.is_some() || source.as_ref().is_some_and(|id| new.contains(id))
        };
        self.changes.retain_mut(|change| {
            let Change { change: kind, target_id, source_id, members, .. } = change;
            if !matches!(kind, AddMembers | RemoveMembers) {
                return true;
            }
            members.retain(|member| is_there(&member.target_id, &member.source_id, &new_users));
            !members.is_empty() && is_there(target_id, source_id, &new_groups)
        });
        self.refused.retain(|one| refused.iter().any(|was| (&was.kind, &was.name) == (&one.kind, &one.name)));
    }
}
