//! What a run came to.

use super::plan::{ChangeKind, Refused};
use super::sentence::{self, Sentence};
use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Everything that was planned is done.
    Done,
    /// The target refused some of it, which is named.
    DoneWithErrors,
    /// The source could not be read whole: nothing was locked, removed or deleted.
    SafeMode,
    /// Nothing was written because a guard forbade it or nobody has confirmed it, or somebody stopped the run.
    Stopped,
    /// Source or target could not be worked with.
    Failed,
}

/// Numbers of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each says what it counts")]
pub struct UserCounts {
    pub created: u64,
    pub updated: u64,
    pub locked: u64,
    pub unlocked: u64,
    pub deleted: u64,
}

/// Numbers of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each says what it counts")]
pub struct GroupCounts {
    pub created: u64,
    pub updated: u64,
    pub deleted: u64,
}

/// Numbers of memberships.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each says what it counts")]
pub struct MembershipCounts {
    pub added: u64,
    pub removed: u64,
}

/// What a run came to. In a dry run the numbers say what would have been done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub state: RunState,
    /// Why, unless it is done.
    #[serde(flatten, with = "sentence::reason")]
    pub reason: Option<Sentence>,
    /// What was done to users.
    pub users: UserCounts,
    /// What was done to groups.
    pub groups: GroupCounts,
    /// What was done to memberships.
    pub memberships: MembershipCounts,
    /// What could not be pushed, and why.
    pub refused: Vec<Refused>,
    /// Requests to the target, reading included.
    pub requests: u64,
}

impl Outcome {
    /// Of a run that has done nothing.
    pub fn new(state: RunState, reason: Option<Sentence>) -> Outcome {
        Outcome {
            state,
            reason,
            users: UserCounts::default(),
            groups: GroupCounts::default(),
            memberships: MembershipCounts::default(),
            refused: Vec::new(),
            requests: 0,
        }
    }

    /// Counts what was done: the change itself with its last request, members with each.
    pub(super) fn count(&mut self, kind: ChangeKind, members: u64, is_last: bool) {
        use ChangeKind::*;
        let one = u64::from(is_last);
        match kind {
            CreateUser => self.users.created += one,
            UpdateUser => self.users.updated += one,
            LockUser => self.users.locked += one,
            UnlockUser => self.users.unlocked += one,
            DeleteUser => self.users.deleted += one,
            CreateGroup => self.groups.created += one,
            UpdateGroup => self.groups.updated += one,
            DeleteGroup => self.groups.deleted += one,
            AddMembers => self.memberships.added += members,
            RemoveMembers => self.memberships.removed += members,
        }
    }
}
