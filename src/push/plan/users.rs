//! What differs in users.

use super::matching::{Matches, fold};
use super::{Change, ChangeKind, Changes, Destructive, Missing, Protected, Settings};
use crate::push::sentence::{Sentence, say};
use crate::push::source::{Person, Reading};
use crate::push::target::{Target, TargetUser};
use serde_json::{Map, Value};
use std::collections::HashSet;

pub(super) fn compare(
    reading: &Reading,
    target: &Target,
    settings: &Settings,
    matches: &Matches,
    protected: &Protected,
    removes: bool,
    changes: &mut Changes,
) {
    let mut inactive = 0;
    for (n, person) in reading.people.iter().enumerate() {
        if protected.people.contains(&n) || matches.unclear_people.contains(&n) {
            continue;
        }
        let held = matches.user_of.get(&n).and_then(|at| target.users.get(*at));
        let change = |change, before, after, why: Sentence| Change {
            change,
            name: person.email.clone(),
            source_id: Some(person.id.clone()),
            target_id: held.map(|held| held.id.clone()),
            before,
            after,
            members: Vec::new(),
            why,
        };
        let because = because(person.inactive_because.unwrap_or("inactive"));
        let of = |name: &str, value: bool| [(name.to_owned(), value.into())].into_iter().collect::<Map<_, _>>();
        match held {
            // Somebody who cannot sign in is not invited.
            None if !person.active => inactive += 1,
            None => {
                let why = say!("the_target_has_no_such_user", "the target has no such user");
                changes.list.push(change(ChangeKind::CreateUser, Map::new(), wanted(person), why));
            }
            Some(held) if !person.active => {
                if held.active && removes {
                    let why = say!("in_the_source", "{because} in the source", because = because);
                    changes.list.push(change(ChangeKind::LockUser, of("active", true), of("active", false), why));
                }
            }
            Some(held) => {
                let (mut before, mut after) = difference(person, held);
                if held.active && after.is_empty() {
                    continue;
                }
                let (kind, why) = match held.active {
                    true => (ChangeKind::UpdateUser, say!("differs_from_the_source", "differs from the source")),
                    false => (ChangeKind::UnlockUser, say!("active_in_the_source", "active in the source")),
                };
                if !held.active {
                    before.insert("active".to_owned(), false.into());
                    after.insert("active".to_owned(), true.into());
                }
                changes.list.push(change(kind, before, after, why));
            }
        }
    }
    if inactive == 1 {
        changes.notes.push(say!(
            "1_inactive_person_is_not_in_the",
            "1 inactive person is not in the target and is not created."
        ));
    } else if inactive > 1 {
        changes.notes.push(say!(
            "inactive_people_are_not_in_the",
            "{inactive} inactive people are not in the target and are not created.",
            inactive = inactive
        ));
    }
    if !removes {
        return;
    }
    let kept: HashSet<&usize> = matches.user_of.values().chain(&matches.held_users).collect();
    for (n, user) in target.users.iter().enumerate() {
        let is_ours = user.external_id.as_ref().is_some_and(|id| !id.is_empty());
        if kept.contains(&n) || protected.users.contains(&n) || !(is_ours || settings.destructive == Destructive::All) {
            continue;
        }
        let kind = match settings.missing {
            Missing::Lock if user.active => ChangeKind::LockUser,
            Missing::Lock => continue,
            // At a service that locks, a deleted user stays in the list, inactive: once is enough.
            Missing::Delete if user.active => ChangeKind::DeleteUser,
            Missing::Delete => continue,
        };
        let flag = |value: bool| [("active".to_owned(), Value::Bool(value))].into_iter().collect::<Map<_, _>>();
        let is_lock = kind == ChangeKind::LockUser;
        changes.list.push(Change {
            change: kind,
            name: user.user_name.clone(),
            source_id: user.external_id.clone(),
            target_id: Some(user.id.clone()),
            before: if is_lock { flag(true) } else { Map::new() },
            after: if is_lock { flag(false) } else { Map::new() },
            members: Vec::new(),
            why: say!("the_source_does_not_hold_them", "the source does not hold them, or not in the groups asked for"),
        });
    }
}

/// What a new user is to hold, keys as in a PATCH.
fn wanted(person: &Person) -> Map<String, Value> {
    let texts = [
        ("userName", Some(&person.email)),
        ("externalId", Some(&person.id)),
        ("displayName", person.display_name.as_ref()),
        ("name.givenName", person.given_name.as_ref()),
        ("name.familyName", person.family_name.as_ref()),
    ];
    let texts = texts.into_iter().filter_map(|(name, text)| text.map(|text| (name.to_owned(), text.clone().into())));
    texts.chain([("active".to_owned(), true.into())]).collect()
}

/// What the user holds and what it is to hold, of what differs. What the source does not say is left as it is.
fn difference(person: &Person, held: &TargetUser) -> (Map<String, Value>, Map<String, Value>) {
    let pairs = [
        ("userName", Some(&person.email), Some(&held.user_name)),
        ("externalId", Some(&person.id), held.external_id.as_ref()),
        ("displayName", person.display_name.as_ref(), held.display_name.as_ref()),
        ("name.givenName", person.given_name.as_ref(), held.given_name.as_ref()),
        ("name.familyName", person.family_name.as_ref(), held.family_name.as_ref()),
    ];
    let (mut before, mut after) = (Map::new(), Map::new());
    for (name, wanted, found) in pairs {
        // A service may write user names its own way; letter case makes no other user.
        let is_same = name == "userName" && wanted.map(|text| fold(text)) == found.map(|text| fold(text));
        if wanted.is_some() && wanted != found && !is_same {
            before.insert(name.to_owned(), found.cloned().into());
            after.insert(name.to_owned(), wanted.cloned().into());
        }
    }
    if held.name_is_email && after.contains_key("userName") {
        let path = format!("emails[value eq {}].value", Value::from(held.user_name.as_str()));
        before.insert(path.clone(), held.user_name.clone().into());
        after.insert(path, person.email.clone().into());
    }
    (before, after)
}

/// Why somebody is inactive, for a sentence.
fn because(word: &'static str) -> Sentence {
    match word {
        "disabled" => say!("disabled", "disabled"),
        "expired" => say!("expired", "expired"),
        "suspended" => say!("suspended", "suspended"),
        "archived" => say!("archived", "archived"),
        "inactive in the file" => say!("inactive_in_the_file", "inactive in the file"),
        _ => say!("inactive", "inactive"),
    }
}
