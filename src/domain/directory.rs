//! The directory: what an administrator looks up and lists across nodes. Identity providers never come this way.

use super::predicate::Window;
use super::team::{Team, TeamState};
use super::user::{Lock, ScopeKey, User, UserState};
use super::words::words;
use super::{Fault, NodeId, ScimId, TeamId, TeamKey, Time, UserId};

/// What a list of users is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// The order in which they came.
    #[default]
    Created,
    /// Their name.
    UserName,
    /// Their display name; those without come first.
    DisplayName,
    /// Their last change.
    Modified,
}

/// What a list of teams is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TeamOrder {
    /// The order in which they came.
    #[default]
    Created,
    /// Their name.
    Name,
    /// How many members they have.
    Members,
    /// Their last change.
    Modified,
}

/// How far a user is, as the console shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserShown {
    /// Not joined, not locked.
    Invited,
    /// Joined, not locked.
    Active,
    /// Locked by anybody.
    Locked,
}

/// How far a team or a membership is, as the console shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Waits.
    Pending,
    /// In force.
    Approved,
    /// Pending, and somebody said no.
    Rejected,
}

/// Who brought a user or a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The connection that the node has now.
    Scim,
    /// An administrator, or a connection that is gone.
    Hand,
}

/// Which pending memberships are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueState {
    /// Those that nobody has decided.
    #[default]
    Open,
    /// Those that are granted and wait.
    Waiting,
    /// Those that were rejected.
    Rejected,
}

words!(
    UserOrder,
    "sort",
    Created = "created_at",
    UserName = "user_name",
    DisplayName = "display_name",
    Modified = "modified_at"
);
words!(TeamOrder, "sort", Created = "created_at", Name = "name", Members = "members", Modified = "modified_at");
words!(UserShown, "state", Invited = "invited", Active = "active", Locked = "locked");
words!(Progress, "state", Pending = "pending", Approved = "approved", Rejected = "rejected");
words!(Origin, "origin", Scim = "scim", Hand = "hand");
words!(QueueState, "which", Open = "open", Waiting = "waiting", Rejected = "rejected");

/// Which users are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Of one node.
    pub node: Option<NodeId>,
    /// Part of the user name or of the display name.
    pub text: String,
    /// The whole user name.
    pub user_name: Option<String>,
    /// How far they are.
    pub state: Option<UserShown>,
    /// Locked by whom.
    pub lock: Option<Lock>,
    /// Who brought them.
    pub origin: Option<Origin>,
    /// Behind this one, in the order in which they came: then no more are looked at than the window holds.
    pub after: Option<UserId>,
    /// The order, and whether the last comes first.
    pub order: (UserOrder, bool),
}

/// Which teams are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct TeamFilter {
    /// Of one node.
    pub node: Option<NodeId>,
    /// Part of the name.
    pub text: String,
    /// How far they are.
    pub state: Option<Progress>,
    /// Whether they are shown as roles.
    pub role: Option<bool>,
    /// The order, and whether the last comes first.
    pub order: (TeamOrder, bool),
}

/// Which pending memberships are wanted.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// Of one node.
    pub node: Option<NodeId>,
    /// Of one team.
    pub team: Option<TeamKey>,
    /// Part of the user name, of the display name or of the team's name.
    pub text: String,
    /// Decided or not.
    pub which: QueueState,
}

/// A team as the console shows it.
#[derive(Clone, Debug)]
pub struct TeamRow {
    /// The team.
    pub team: Team,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// No re-sharing, no editing, no viewing.
    pub restrictions: [bool; 3],
    /// How many of its memberships are pending.
    pub pending_members: u64,
}

impl TeamRow {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        progress(self.team.state, self.rejection.is_some())
    }
}

/// How far something with these two marks is.
pub fn progress(state: TeamState, rejected: bool) -> Progress {
    match (state, rejected) {
        (TeamState::Approved, _) => Progress::Approved,
        (TeamState::Pending, false) => Progress::Pending,
        (TeamState::Pending, true) => Progress::Rejected,
    }
}

/// A membership with both its sides.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// The team.
    pub team: TeamId,
    /// Its name.
    pub team_name: String,
    /// How far the team is.
    pub team_progress: Progress,
    /// The node of both.
    pub node: NodeId,
    /// The user.
    pub user: UserId,
    /// Its name.
    pub user_name: String,
    /// Its display name.
    pub display_name: Option<String>,
    /// Whether it has joined.
    pub user_state: UserState,
    /// Whether it is locked.
    pub lock: Lock,
    /// How far the membership is.
    pub state: TeamState,
    /// Whether it has been decided.
    pub granted: bool,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// Since when.
    pub created_at: Time,
}

impl MemberRow {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        progress(self.state, self.rejection.is_some())
    }

    /// What stands in its way now.
    pub fn waiting_for(&self) -> Option<&'static str> {
        match self.state {
            TeamState::Approved => None,
            TeamState::Pending if self.team_progress != Progress::Approved => Some("TEAM"),
            TeamState::Pending if self.user_state == UserState::Invited => Some("JOIN"),
            TeamState::Pending if self.lock != Lock::None => Some("UNLOCK"),
            TeamState::Pending => Some("APPROVAL"),
        }
    }
}

/// What the approvals of a node come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCount {
    /// The node.
    pub node: NodeId,
    /// Teams that wait.
    pub teams: u64,
    /// Memberships that nobody has decided.
    pub memberships: u64,
    /// Memberships that are granted and wait.
    pub waiting: u64,
    /// Teams and memberships that were rejected.
    pub rejected: u64,
}

/// What the directory needs of a store.
pub trait Directory {
    /// One user of any node.
    fn user_anywhere(&mut self, id: UserId) -> Result<Option<User>, Fault>;
    /// One team of any node.
    fn team_anywhere(&mut self, id: TeamId) -> Result<Option<Team>, Fault>;
    /// Makes an invited user a joined one.
    fn join_user(&mut self, id: UserId) -> Result<(), Fault>;
    /// Writes the node of a user, which may be another than before, its connection and its scope.
    fn move_user(&mut self, user: &User, from: NodeId, scope: ScopeKey) -> Result<(), Fault>;
    /// Since when and by whom a user is locked.
    fn lock_of(&mut self, id: UserId) -> Result<Option<(Time, String)>, Fault>;
    /// The addresses of a user as they were sent, the primary one first.
    fn emails_of(&mut self, id: UserId) -> Result<Vec<String>, Fault>;
    /// How many teams a user is in.
    fn count_teams_of(&mut self, id: UserId) -> Result<u64, Fault>;
    /// The users that are wanted, and how many there are.
    fn list_users(&mut self, filter: &UserFilter, window: Window) -> Result<(Vec<User>, u64), Fault>;
    /// The teams that are wanted, and how many there are.
    fn list_teams(&mut self, filter: &TeamFilter, window: Window) -> Result<(Vec<TeamRow>, u64), Fault>;
    /// One team.
    fn team_row(&mut self, key: TeamKey) -> Result<Option<TeamRow>, Fault>;
    /// Members of a team in the order of their ids, and how many there are.
    fn list_members(
        &mut self,
        team: TeamKey,
        state: Option<Progress>,
        window: Window,
    ) -> Result<(Vec<MemberRow>, u64), Fault>;
    /// The memberships of a user, oldest team first, at most so many.
    fn memberships_of(&mut self, user: UserId, limit: u64) -> Result<Vec<MemberRow>, Fault>;
    /// Pending memberships, and how many there are.
    fn list_queue(&mut self, filter: &QueueFilter, window: Window) -> Result<(Vec<MemberRow>, u64), Fault>;
    /// What waits in each node where anything does.
    fn count_queue(&mut self) -> Result<Vec<QueueCount>, Fault>;
}

/// Whether the connection that brought something is the one that the node has.
pub fn origin(scim_id: Option<ScimId>, connection: Option<ScimId>) -> Origin {
    if scim_id.is_some() && scim_id == connection { Origin::Scim } else { Origin::Hand }
}
