//! What differs in groups. A rename is shown as one, and no group is ever made into another.

use super::matching::Matches;
use super::{Change, ChangeKind, Changes, Destructive, Protected, Settings};
use crate::push::sentence::say;
use crate::push::source::Reading;
use crate::push::target::Target;
use serde_json::{Map, Value};

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
    for (n, group) in reading.groups.iter().enumerate() {
        let is_protected = protected.source_groups.contains(&group.id);
        let held = matches.group_of.get(&n).and_then(|at| target.groups.get(*at).map(|held| (at, held)));
        let Some((at, held)) = held else {
            if matches.unclear_groups.contains(&n) || is_protected {
                continue;
            }
            let after: Map<String, Value> = [
                ("displayName".to_owned(), group.name.clone().into()),
                ("externalId".to_owned(), group.id.clone().into()),
            ]
            .into_iter()
            .collect();
            changes.list.push(Change {
                change: ChangeKind::CreateGroup,
                name: group.name.clone(),
                source_id: Some(group.id.clone()),
                target_id: None,
                before: Map::new(),
                after,
                members: Vec::new(),
                why: say!("the_target_has_no_such_group", "the target has no such group"),
            });
            continue;
        };
        if is_protected || protected.groups.contains(at) {
            continue;
        }
        let (mut before, mut after, mut why) =
            (Map::new(), Map::new(), say!("came_by_another_way_than_this", "came by another way than this source"));
        if held.external_id.as_ref() != Some(&group.id) {
            before.insert("externalId".to_owned(), held.external_id.clone().into());
            after.insert("externalId".to_owned(), group.id.clone().into());
        }
        if held.name != group.name {
            before.insert("displayName".to_owned(), held.name.clone().into());
            after.insert("displayName".to_owned(), group.name.clone().into());
            why = say!("renamed_in_the_source", "renamed in the source");
            changes.notes.push(say!(
                "the_group_is_renamed_to",
                "The group “{name}” is renamed to “{name2}”.",
                name = held.name,
                name2 = group.name
            ));
        }
        if !after.is_empty() {
            changes.list.push(Change {
                change: ChangeKind::UpdateGroup,
                name: group.name.clone(),
                source_id: Some(group.id.clone()),
                target_id: Some(held.id.clone()),
                before,
                after,
                members: Vec::new(),
                why: why.to_owned(),
            });
        }
    }
    if !removes {
        return;
    }
    let kept: std::collections::HashSet<&usize> = matches.group_of.values().chain(&matches.held_groups).collect();
    for (n, group) in target.groups.iter().enumerate() {
        let is_ours = group.external_id.as_ref().is_some_and(|id| !id.is_empty());
        if kept.contains(&n) || protected.groups.contains(&n) || !(is_ours || settings.destructive == Destructive::All)
        {
            continue;
        }
        changes.list.push(Change {
            change: ChangeKind::DeleteGroup,
            name: group.name.clone(),
            source_id: None,
            target_id: Some(group.id.clone()),
            before: Map::new(),
            after: Map::new(),
            members: Vec::new(),
            why: say!("the_source_has_no_such_group", "the source has no such group among those asked for"),
        });
    }
}
