//! Who is who: a person and a user, a group and a group. By the immutable id first, then by the folded address or name.

use super::Refused;
use crate::push::sentence::{Sentence, say};
use crate::push::source::Reading;
use crate::push::target::Target;
use std::collections::{HashMap, HashSet};

/// Which belongs to which, by their places in the lists.
#[derive(Default)]
pub(super) struct Matches {
    /// From a person to a user.
    pub(super) user_of: HashMap<usize, usize>,
    /// From a group of the source to one of the target.
    pub(super) group_of: HashMap<usize, usize>,
    /// People who must not be written, because it is not clear who they are.
    pub(super) unclear_people: HashSet<usize>,
    /// Groups of the source likewise.
    pub(super) unclear_groups: HashSet<usize>,
    /// Users whom the source holds in a form that cannot be pushed: nothing is taken from them.
    pub(super) held_users: HashSet<usize>,
    /// Groups of the target that an unclear name may mean.
    pub(super) held_groups: HashSet<usize>,
    pub(super) refused: Vec<Refused>,
}

/// Letter case does not tell two addresses or names apart.
pub(super) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

impl Matches {
    pub(super) fn find(reading: &Reading, target: &Target) -> Matches {
        let mut matches = Matches::default();
        matches.people(reading, target);
        if reading.has_groups {
            matches.groups(reading, target);
        }
        matches
    }

    fn refuse(&mut self, kind: &str, name: &str, why: Sentence) {
        self.refused.push(Refused { kind: kind.to_owned(), name: name.to_owned(), why });
    }

    fn people(&mut self, reading: &Reading, target: &Target) {
        let by_id = index(target.users.iter().map(|user| user.external_id.clone().filter(|id| !id.is_empty())));
        let by_name = index(target.users.iter().map(|user| Some(fold(&user.user_name))));
        let doubles = index(reading.people.iter().map(|person| Some(fold(&person.email))));
        let ids = index(reading.people.iter().map(|person| Some(person.id.clone())));
        let places = |at: Option<&Vec<usize>>| at.cloned().unwrap_or_default();
        let mut taken: HashSet<usize> = HashSet::new();
        let mut open = Vec::new();
        for (n, person) in reading.people.iter().enumerate() {
            let same = doubles.get(&fold(&person.email)).filter(|same| same.len() > 1);
            let same = same.or_else(|| ids.get(&person.id).filter(|same| same.len() > 1));
            if let Some(same) = same {
                let others = same.iter().filter(|other| **other != n).filter_map(|other| reading.people.get(*other));
                let others: Vec<String> = others.map(|other| format!("{} ({})", other.email, other.id)).collect();
                let why = say!(
                    "has_the_same_address_or_id",
                    "{id} has the same address or id as {others}",
                    id = person.id,
                    others = others.join(", ")
                );
                self.refuse("user", &person.email, why);
                self.unclear_people.insert(n);
                self.held_users.extend(places(by_id.get(&person.id)));
                self.held_users.extend(places(by_name.get(&fold(&person.email))));
                continue;
            }
            match by_id.get(&person.id).map(Vec::as_slice) {
                Some([one]) => {
                    taken.insert(*one);
                    self.user_of.insert(n, *one);
                }
                Some(several) => {
                    let why = say!(
                        "users_of_the_target_have_the",
                        "{several} users of the target have the externalId “{id}”",
                        several = several.len(),
                        id = person.id
                    );
                    self.refuse("user", &person.email, why);
                    self.unclear_people.insert(n);
                    self.held_users.extend(several);
                }
                None => open.push(n),
            }
        }
        for n in open {
            let Some(person) = reading.people.get(n) else { continue };
            let free = places(by_name.get(&fold(&person.email)));
            if let Some(one) = free.into_iter().find(|one| !taken.contains(one)) {
                taken.insert(one);
                self.user_of.insert(n, one);
            }
        }
        for unusable in &reading.unusable {
            self.refuse("user", &unusable.name, unusable.why.clone());
            let (id, email) = (unusable.id.as_ref(), unusable.email.as_ref());
            self.held_users.extend(id.map_or(Vec::new(), |id| places(by_id.get(id))));
            self.held_users.extend(email.map_or(Vec::new(), |email| places(by_name.get(&fold(email)))));
        }
    }

    fn groups(&mut self, reading: &Reading, target: &Target) {
        let by_id = index(target.groups.iter().map(|group| group.external_id.clone().filter(|id| !id.is_empty())));
        let by_name = index(target.groups.iter().map(|group| Some(fold(&group.name))));
        let names = index(reading.groups.iter().map(|group| Some(fold(&group.name))));
        let mut taken: HashSet<usize> = HashSet::new();
        let mut open = Vec::new();
        for (n, group) in reading.groups.iter().enumerate() {
            match by_id.get(&group.id).map(Vec::as_slice) {
                Some([one]) => {
                    taken.insert(*one);
                    self.group_of.insert(n, *one);
                }
                Some(several) => {
                    let why = say!(
                        "groups_of_the_target_have_the",
                        "{several} groups of the target have the externalId “{id}”",
                        several = several.len(),
                        id = group.id
                    );
                    self.refuse("group", &group.name, why);
                    self.unclear_groups.insert(n);
                    self.held_groups.extend(several);
                }
                None => open.push(n),
            }
        }
        for n in open {
            let Some(group) = reading.groups.get(n) else { continue };
            let free = by_name.get(&fold(&group.name)).into_iter().flatten().filter(|one| !taken.contains(one));
            let free: Vec<usize> = free.copied().collect();
            let is_alone = names.get(&fold(&group.name)).is_none_or(|same| same.len() == 1);
            match (free.as_slice(), is_alone) {
                ([], _) => {}
                ([one], true) => {
                    taken.insert(*one);
                    self.group_of.insert(n, *one);
                }
                (several, _) => {
                    let why = say!(
                        "the_name_fits_groups_of_the",
                        "the name fits {several} groups of the target and {len} of the source, and no externalId tells which",
                        several = several.len(),
                        len = names.get(&fold(&group.name)).map_or(1, Vec::len)
                    );
                    self.refuse("group", &group.name, why);
                    self.unclear_groups.insert(n);
                    self.held_groups.extend(several);
                }
            }
        }
    }
}

/// The places of each key.
fn index(keys: impl Iterator<Item = Option<String>>) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (n, key) in keys.enumerate() {
        if let Some(key) = key {
            places.entry(key).or_default().push(n);
        }
    }
    places
}
