//! Memberships: users in teams.

use super::node_names::NodeNames;
use super::scalar::{Id, Moment};
use super::words::{Progress, Queue, UserShown, WaitingFor};
use crate::domain::directory::MemberRow;
use crate::domain::user::{Lock, UserState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The state of a user in one word.
pub fn shown(state: UserState, lock: Lock) -> UserShown {
    UserShown(if lock == Lock::None { state.word() } else { "locked" })
}

/// A membership, seen from its team.
#[derive(Serialize, ToSchema)]
pub struct Member {
    /// The id of a user.
    pub user_id: Id,
    /// The user name, as the identity provider sent it.
    pub user_name: String,
    /// The display name.
    pub display_name: Option<String>,
    /// The state of the user.
    pub user_state: UserShown,
    /// The state of the membership.
    pub state: Progress,
    /// Whether it is granted; then it is approved as soon as its team and user are ready.
    pub granted: bool,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// What it waits for.
    pub waiting_for: Option<WaitingFor>,
    /// When it was created.
    pub created_at: Moment,
}

impl From<&MemberRow> for Member {
    fn from(row: &MemberRow) -> Member {
        Member {
            user_id: row.user.into(),
            user_name: row.user_name.clone(),
            display_name: row.display_name.clone(),
            user_state: shown(row.user_state, row.lock),
            state: row.progress().into(),
            granted: row.granted,
            rejection: row.rejection.clone(),
            waiting_for: row.waiting_for().map(WaitingFor),
            created_at: row.created_at.into(),
        }
    }
}

/// Members of a team.
#[derive(Serialize, ToSchema)]
pub struct MemberPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The members of this page.
    #[schema(max_items = 1000)]
    pub members: Vec<Member>,
}

/// A membership, seen from its user.
#[derive(Serialize, ToSchema)]
pub struct UserTeam {
    /// The id of a team.
    pub team_id: String,
    /// The name.
    pub name: String,
    /// The state of the team.
    pub team_state: Progress,
    /// The state of the membership.
    pub state: Progress,
    /// Whether it is granted; then it is approved as soon as its team and user are ready.
    pub granted: bool,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// What it waits for.
    pub waiting_for: Option<WaitingFor>,
}

impl From<&MemberRow> for UserTeam {
    fn from(row: &MemberRow) -> UserTeam {
        UserTeam {
            team_id: row.team.to_string(),
            name: row.team_name.clone(),
            team_state: row.team_progress.into(),
            state: row.progress().into(),
            granted: row.granted,
            rejection: row.rejection.clone(),
            waiting_for: row.waiting_for().map(WaitingFor),
        }
    }
}

/// A membership in the queue.
#[derive(Serialize, ToSchema)]
pub struct QueuedMembership {
    /// The membership.
    #[serde(flatten)]
    pub member: Member,
    /// The id of a team.
    pub team_id: String,
    /// The name of the team.
    pub team_name: String,
    /// The state of the team.
    pub team_state: Progress,
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: Option<String>,
    /// When it became pending.
    pub since: Moment,
}

impl QueuedMembership {
    /// A membership with the name of its node.
    pub fn new(row: &MemberRow, around: &NodeNames) -> QueuedMembership {
        QueuedMembership {
            member: row.into(),
            team_id: row.team.to_string(),
            team_name: row.team_name.clone(),
            team_state: row.team_progress.into(),
            node_id: row.node.into(),
            node_name: around.name_of(row.node).map(str::to_owned),
            since: row.created_at.into(),
        }
    }
}

/// Memberships in the queue.
#[derive(Serialize, ToSchema)]
pub struct QueuePage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The memberships of this page.
    #[schema(max_items = 1000)]
    pub memberships: Vec<QueuedMembership>,
}

/// A membership by team and user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipName {
    /// The id of a team.
    pub team_id: String,
    /// The id of a user.
    pub user_id: Id,
}

/// Which members of a team are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MemberQuery {
    /// Only memberships in this state.
    #[param(value_type = Option<Progress>)]
    pub state: Option<String>,
    /// The position of the first item, counted from 1.
    pub start: Option<u64>,
    /// Page size: 50 by default, at most 1000.
    pub count: Option<u64>,
}

/// Which memberships of the queue are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// Only those of this node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// Only those of this team.
    pub team_id: Option<String>,
    /// Only those whose user name, display name or team name contains this text, ignoring case.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub q: String,
    /// Which part of the queue; `open` by default.
    #[param(value_type = Option<Queue>)]
    pub which: Option<String>,
    /// The position of the first item, counted from 1.
    pub start: Option<u64>,
    /// Page size: 50 by default, at most 1000.
    pub count: Option<u64>,
}

/// Members to add and to remove.
#[derive(Deserialize, ToSchema)]
pub struct MemberChange {
    /// The ids of users to add.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Id>>, max_items = 1000)]
    pub add: Vec<Id>,
    /// The ids of users to remove.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Id>>, max_items = 1000)]
    pub remove: Vec<Id>,
}
