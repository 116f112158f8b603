//! Guards: beyond a limit nothing at all is written, until somebody allows that very plan.

use super::{Change, ChangeKind, Settings};
use crate::push::sentence::say;
use crate::push::sentence::{self, Sentence};
use crate::push::source::Reading;
use crate::push::target::Target;
use serde::{Deserialize, Serialize};

/// How much a run may take away. A number and a per cent each, whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Users locked or deleted.
    pub users_removed: u64,
    /// Of the users that are active.
    pub users_removed_percent: u64,
    /// Groups deleted.
    pub groups_deleted: u64,
    /// Of all groups.
    pub groups_deleted_percent: u64,
    /// Members removed from one group.
    pub members_removed: u64,
    /// Of its members.
    pub members_removed_percent: u64,
    /// How much smaller the source may be than at the last complete run.
    pub shrank_percent: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            users_removed: 50,
            users_removed_percent: 20,
            groups_deleted: 10,
            groups_deleted_percent: 20,
            members_removed: 500,
            members_removed_percent: 50,
            shrank_percent: 20,
        }
    }
}

/// In a small directory one user is many per cent: so many may go whatever the per cent says.
const ALWAYS: u64 = 1;
/// The same for the members of one group.
const MEMBERS_ALWAYS: u64 = 3;

/// A guard that forbids a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardHit {
    /// `empty_source`, `source_shrank`, `users_removed`, `groups_deleted` or `members_removed`.
    pub guard: String,
    /// What would happen, and which limit that is beyond: a sentence.
    #[serde(flatten, with = "sentence::why")]
    pub why: Sentence,
}

pub(super) struct Guards<'a> {
    pub(super) reading: &'a Reading,
    pub(super) target: &'a Target,
    pub(super) settings: &'a Settings,
}

impl Guards<'_> {
    pub(super) fn hits(&self, changes: &[Change]) -> Vec<GuardHit> {
        let limits = &self.settings.limits;
        let mut hits = Vec::new();
        let mut hit = |guard: &str, why: Option<Sentence>| {
            hits.extend(why.map(|why| GuardHit { guard: guard.to_owned(), why }));
        };
        let people = self.reading.people.len() as u64;
        let is_empty = people == 0;
        hit("empty_source", is_empty.then(|| say!("the_source_holds_nobody_at_all", "the source holds nobody at all")));
        // What could not be read is missing without having gone; safe mode is for that.
        if self.reading.unread.is_empty() && !is_empty {
            let before = self.settings.previous_people.unwrap_or(0);
            let gone = before.saturating_sub(people);
            let shrank = beyond(gone, before, u64::MAX, limits.shrank_percent, ALWAYS);
            let why = |limit: Sentence| {
                say!(
                    "the_source_held_people_at_the",
                    "the source held {before} people at the last run and holds {people}, {limit}",
                    before = before,
                    people = people,
                    limit = limit
                )
            };
            hit("source_shrank", shrank.map(why));
        }
        let count = |kinds: &[ChangeKind]| changes.iter().filter(|one| kinds.contains(&one.change)).count() as u64;
        let gone = count(&[ChangeKind::LockUser, ChangeKind::DeleteUser]);
        let of = self.target.users.iter().filter(|user| user.active).count() as u64;
        let limit = beyond(gone, of, limits.users_removed, limits.users_removed_percent, ALWAYS);
        let why = |limit: Sentence| {
            say!(
                "of_active_users_would_be_locked",
                "{gone} of {of} active users would be locked or deleted, {limit}",
                gone = gone,
                of = of,
                limit = limit
            )
        };
        hit("users_removed", limit.map(why));
        let (gone, of) = (count(&[ChangeKind::DeleteGroup]), self.target.groups.len() as u64);
        let limit = beyond(gone, of, limits.groups_deleted, limits.groups_deleted_percent, ALWAYS);
        hit(
            "groups_deleted",
            limit.map(|limit: Sentence| {
                say!(
                    "of_groups_would_be_deleted",
                    "{gone} of {of} groups would be deleted, {limit}",
                    gone = gone,
                    of = of,
                    limit = limit
                )
            }),
        );
        for change in changes.iter().filter(|one| one.change == ChangeKind::RemoveMembers) {
            let group = self.target.groups.iter().find(|group| Some(&group.id) == change.target_id.as_ref());
            let (gone, of) = (change.members.len() as u64, group.map_or(0, |group| group.members.len() as u64));
            let limit = beyond(gone, of, limits.members_removed, limits.members_removed_percent, MEMBERS_ALWAYS);
            let name = &change.name;
            let why = |limit: Sentence| {
                say!(
                    "of_members_would_be_removed_from",
                    "{gone} of {of} members would be removed from the group “{name}”, {limit}",
                    gone = gone,
                    of = of,
                    name = name,
                    limit = limit
                )
            };
            hit("members_removed", limit.map(why));
        }
        hits
    }
}

/// Which limit a number is beyond, in words.
fn beyond(count: u64, of: u64, most: u64, percent: u64, always: u64) -> Option<Sentence> {
    if count > most {
        return Some(say!("more_than_the_limit_of", "more than the limit of {most}", most = most));
    }
    let is_beyond = count > always && u128::from(count) * 100 > u128::from(of) * u128::from(percent);
    is_beyond.then(|| say!("more_than_the_limit_of_percent", "more than the limit of {percent} %", percent = percent))
}

#[cfg(test)]
mod tests {
    use super::beyond;

    #[test]
    fn a_number_and_a_per_cent_each_forbid() {
        for (count, of, hits) in [(0, 0, false), (1, 2, false), (2, 10, false), (3, 10, true), (50, 1000, false)] {
            assert_eq!(beyond(count, of, 50, 20, 1).is_some(), hits, "{count} of {of}");
        }
        assert_eq!(
            beyond(51, 1000, 50, 20, 1).map(|one| one.to_string()).as_deref(),
            Some("more than the limit of 50")
        );
        assert_eq!(beyond(3, 10, 50, 20, 1).map(|one| one.to_string()).as_deref(), Some("more than the limit of 20 %"));
    }
}
