//! The plan: what differs between source and target, what would be done about it and why, and what forbids it. The plan is
//! data: it can be printed, kept, shown to somebody, and carried out later if nothing has moved since.

mod again;
mod digest;
mod groups;
mod guard;
mod matching;
mod memberships;
mod users;

pub use guard::{GuardHit, Limits};

use super::source::{Reading, Unread};
use super::target::Target;
use crate::push::sentence::{self, Sentence, say};
use guard::Guards;
use matching::Matches;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The version of the plan's form.
pub const VERSION: u32 = 1;

/// What a plan may remove: Commander's numbers, made true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destructive {
    /// −1: nothing is locked, removed or deleted.
    Never,
    /// 0: only what came by SCIM, which an `externalId` shows.
    Own,
    /// 1: whatever the source does not hold.
    All,
}

/// What becomes of users whom the source does not hold any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// They are locked: PATCH `active` to false.
    Lock,
    /// They are deleted: DELETE. What that does is the target's choice; Keeper locks.
    Delete,
}

/// How a plan is made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What may be removed.
    pub destructive: Destructive,
    /// What becomes of missing users.
    pub missing: Missing,
    /// Beyond these nothing is written.
    pub limits: Limits,
    /// Addresses and names of groups that are left alone, with the members of these groups.
    pub protected: Vec<String>,
    /// How many people the last complete reading held.
    pub previous_people: Option<u64>,
    /// How many requests are under way at once.
    pub concurrency: usize,
    /// Whether Bulk is used where the target announces it.
    pub bulk: bool,
}

/// What is done to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each says what it does")]
pub enum ChangeKind {
    CreateGroup,
    UpdateGroup,
    CreateUser,
    UpdateUser,
    UnlockUser,
    AddMembers,
    RemoveMembers,
    LockUser,
    DeleteUser,
    DeleteGroup,
}

impl ChangeKind {
    /// Whether it takes something away, so that safe mode leaves it out.
    pub fn is_removal(self) -> bool {
        use ChangeKind::*;
        matches!(self, RemoveMembers | LockUser | DeleteUser | DeleteGroup)
    }
}

/// One change of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What is done.
    pub change: ChangeKind,
    /// The address of the user, or the name of the group.
    pub name: String,
    /// The id in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The id in the target; absent for what is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// What the target holds, of what changes. Keys as in a PATCH: `name.givenName`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub before: Map<String, Value>,
    /// What it is to hold.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub after: Map<String, Value>,
    /// Who is added or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Why.
    #[serde(flatten, with = "sentence::why")]
    pub why: Sentence,
}

/// A user who joins or leaves a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The address.
    pub name: String,
    /// The id in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The id in the target; absent for a user who is created by the same plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
}

/// An object that cannot be pushed, or that the target did not take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refused {
    /// `user`, `group` or `membership`.
    pub kind: String,
    /// Its address or name.
    pub name: String,
    /// Why, in the words of whoever refused it.
    #[serde(flatten, with = "sentence::why")]
    pub why: Sentence,
}

/// What was read of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// People or users.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Memberships.
    pub memberships: u64,
    /// SHA-256 over all of it, hexadecimal: another one means that it has moved.
    pub digest: String,
}

/// What differs, and what would be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`VERSION`].
    pub version: u32,
    /// The base of the target's endpoint.
    pub target: String,
    /// What it may remove.
    pub destructive: Destructive,
    /// What becomes of missing users.
    pub missing: Missing,
    /// What it leaves alone.
    pub protected: Vec<String>,
    /// What was read of the source.
    pub source_state: Extent,
    /// What was read of the target.
    pub target_state: Extent,
    /// What could not be read whole. Nothing is removed then.
    pub unread: Vec<PartUnread>,
    /// Whether removals are left out because of that.
    pub safe_mode: bool,
    /// Why nothing may be written at all, unless somebody allows this very plan.
    pub guards: Vec<GuardHit>,
    /// The changes, in the order in which they are made.
    pub changes: Vec<Change>,
    /// What cannot be pushed.
    pub refused: Vec<Refused>,
    /// What else is worth knowing.
    #[serde(flatten, with = "sentence::notes")]
    pub notes: Vec<Sentence>,
}

/// [`Unread`], as it stands in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartUnread {
    /// Which part.
    #[serde(flatten, with = "sentence::part")]
    pub part: Sentence,
    /// Why.
    #[serde(flatten, with = "sentence::why")]
    pub why: Sentence,
}

impl PartUnread {
    /// Both in one.
    pub(in crate::push) fn sentence(&self) -> Sentence {
        say!("part_why", "{part}: {why}", part = self.part, why = self.why)
    }
}

impl From<&Unread> for PartUnread {
    fn from(unread: &Unread) -> PartUnread {
        PartUnread { part: unread.part.clone(), why: unread.why.clone() }
    }
}

impl Settings {
    /// These, as far as they do not decide what a plan says; the rest as that plan was made with.
    pub fn as_in(&self, plan: &Plan) -> Settings {
        let (destructive, missing, protected) = (plan.destructive, plan.missing, plan.protected.clone());
        Settings { destructive, missing, protected, ..self.clone() }
    }
}

impl Plan {
    /// Compares.
    pub fn make(reading: &Reading, target: &Target, url: &str, settings: &Settings) -> Plan {
        let matches = Matches::find(reading, target);
        let protected = Protected::of(reading, target, settings, &matches);
        let mut changes = Changes { list: Vec::new(), refused: matches.refused.clone(), notes: reading.notes.clone() };
        let safe_mode = !reading.unread.is_empty();
        let removes = settings.destructive > Destructive::Never && !safe_mode;
        groups::compare(reading, target, settings, &matches, &protected, removes, &mut changes);
        users::compare(reading, target, settings, &matches, &protected, removes, &mut changes);
        memberships::compare(reading, target, settings, &matches, &protected, removes, &mut changes);
        let Changes { list: mut all, refused, notes } = changes;
        all.sort_by(|a, b| (order(a.change), &a.name).cmp(&(order(b.change), &b.name)));
        let guards = Guards { reading, target, settings }.hits(&all);
        Plan {
            version: VERSION,
            target: url.to_owned(),
            destructive: settings.destructive,
            missing: settings.missing,
            protected: settings.protected.clone(),
            source_state: digest::source(reading),
            target_state: digest::target(target),
            unread: reading.unread.iter().map(PartUnread::from).collect(),
            safe_mode,
            guards,
            changes: all,
            refused,
            notes,
        }
    }

    /// Whether another plan was made from the same source and the same target and comes to the same.
    pub fn is_same(&self, other: &Plan) -> bool {
        self.target == other.target
            && self.source_state == other.source_state
            && self.target_state == other.target_state
            && self.changes == other.changes
    }
}

/// The order of the phases: what is needed first, then what is removed.
fn order(kind: ChangeKind) -> u8 {
    use ChangeKind::*;
    match kind {
        CreateGroup | UpdateGroup => 0,
        CreateUser | UpdateUser | UnlockUser => 1,
        AddMembers => 2,
        RemoveMembers => 3,
        LockUser | DeleteUser => 4,
        DeleteGroup => 5,
    }
}

/// What the comparison has come to so far.
struct Changes {
    list: Vec<Change>,
    refused: Vec<Refused>,
    notes: Vec<Sentence>,
}

/// What is left alone: users and groups by their place in the target, people by their place in the source.
struct Protected {
    users: HashSet<usize>,
    people: HashSet<usize>,
    groups: HashSet<usize>,
    source_groups: HashSet<String>,
}

impl Protected {
    fn of(reading: &Reading, target: &Target, settings: &Settings, matches: &Matches) -> Protected {
        let named: HashSet<String> = settings.protected.iter().map(|name| matching::fold(name)).collect();
        let is_named = |text: &str| named.contains(&matching::fold(text));
        let source_groups: HashSet<String> =
            reading.groups.iter().filter(|group| is_named(&group.name)).map(|group| group.id.clone()).collect();
        let groups: HashSet<usize> =
            (0..).zip(&target.groups).filter(|(_, g)| is_named(&g.name)).map(|(n, _)| n).collect();
        let members: HashSet<&String> = (0..)
            .zip(&target.groups)
            .filter(|(n, _)| groups.contains(n))
            .flat_map(|(_, group)| &group.members)
            .collect();
        let mut users: HashSet<usize> = (0..)
            .zip(&target.users)
            .filter(|(_, user)| is_named(&user.user_name) || members.contains(&user.id))
            .map(|(n, _)| n)
            .collect();
        let mut people = HashSet::new();
        for (n, person) in reading.people.iter().enumerate() {
            let user = matches.user_of.get(&n);
            let in_group = person.groups.iter().any(|one| source_groups.contains(&one.group));
            if is_named(&person.email) || in_group || user.is_some_and(|user| users.contains(user)) {
                people.insert(n);
                users.extend(user);
            }
        }
        Protected { users, people, groups, source_groups }
    }
}
