//! What differs in memberships: one change for those who join a group, one for those who leave it.

use super::matching::Matches;
use super::{Change, ChangeKind, Changes, Destructive, Member, Protected, Settings};
use crate::push::sentence::say;
use crate::push::source::Reading;
use crate::push::target::Target;
use serde_json::Map;
use std::collections::{HashMap, HashSet};

pub(super) fn compare(
    reading: &Reading,
    target: &Target,
    settings: &Settings,
    matches: &Matches,
    protected: &Protected,
    removes: bool,
    changes: &mut Changes,
) {
    if !reading.has_groups {
        return;
    }
    let places: HashMap<&str, usize> = target.users.iter().enumerate().map(|(n, user)| (user.id.as_str(), n)).collect();
    let mut people_of: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, person) in reading.people.iter().enumerate() {
        for belonging in &person.groups {
            people_of.entry(&belonging.group).or_default().push(n);
        }
    }
    for (n, group) in reading.groups.iter().enumerate() {
        let held = matches.group_of.get(&n).and_then(|at| target.groups.get(*at).map(|held| (*at, held)));
        let is_protected = held.is_some_and(|(at, _)| protected.groups.contains(&at));
        if matches.unclear_groups.contains(&n) || is_protected || protected.source_groups.contains(&group.id) {
            continue;
        }
        let present = held.map(|(_, held)| &held.members);
        let (mut joining, mut staying) = (Vec::new(), HashSet::new());
        for at in people_of.get(group.id.as_str()).into_iter().flatten() {
            let Some(person) = reading.people.get(*at) else { continue };
            let user = matches.user_of.get(at).and_then(|user| target.users.get(*user));
            if let Some(user) = user {
                staying.insert(user.id.as_str());
            }
            // Who is neither there nor created cannot be added.
            let is_coming = user.is_some() || person.active;
            let is_left_alone = protected.people.contains(at) || matches.unclear_people.contains(at);
            if is_left_alone || !is_coming || user.is_some_and(|user| present.is_some_and(|all| all.contains(&user.id)))
            {
                continue;
            }
            joining.push(Member {
                name: person.email.clone(),
                source_id: Some(person.id.clone()),
                target_id: user.map(|user| user.id.clone()),
            });
        }
        let change = |change, members, why| Change {
            change,
            name: group.name.clone(),
            source_id: Some(group.id.clone()),
            target_id: held.map(|(_, held)| held.id.clone()),
            before: Map::new(),
            after: Map::new(),
            members,
            why,
        };
        if !joining.is_empty() {
            joining.sort_by(|a, b| a.name.cmp(&b.name));
            changes.list.push(change(
                ChangeKind::AddMembers,
                joining,
                say!("members_in_the_source", "members in the source"),
            ));
        }
        if !removes {
            continue;
        }
        let mut leaving: Vec<Member> = Vec::new();
        for id in present.into_iter().flatten().filter(|id| !staying.contains(id.as_str())) {
            // A member whom the list of users does not show is none of ours.
            let Some((at, user)) = places.get(id.as_str()).and_then(|at| target.users.get(*at).map(|user| (at, user)))
            else {
                continue;
            };
            let is_ours = user.external_id.is_some() || settings.destructive == Destructive::All;
            if is_ours && !protected.users.contains(at) && !matches.held_users.contains(at) {
                let source_id = user.external_id.clone();
                leaving.push(Member { name: user.user_name.clone(), source_id, target_id: Some(id.clone()) });
            }
        }
        if !leaving.is_empty() {
            leaving.sort_by(|a, b| a.name.cmp(&b.name));
            changes.list.push(change(
                ChangeKind::RemoveMembers,
                leaving,
                say!("no_members_in_the_source_any", "no members in the source any more"),
            ));
        }
    }
}
