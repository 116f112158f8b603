//! Approvals: what waits for a decision, and what came of one.

use super::listing::team_id;
use super::membership::MembershipName;
use super::node_names::NodeNames;
use super::scalar::Id;
use super::words::{ApprovalMode, NoConnection};
use crate::domain::approval::Tally;
use crate::domain::connection::Connection;
use crate::domain::directory::QueueCount;
use crate::domain::event::{EventKind, RecordedEvent};
use crate::domain::{Error, TeamId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What waits for approval, in all and per node.
#[derive(Serialize, ToSchema, Default)]
pub struct Approvals {
    /// Teams that are pending.
    pub teams: u64,
    /// Memberships that are undecided.
    pub memberships: u64,
    /// Memberships that are granted and wait for their team or user.
    pub waiting: u64,
    /// Teams and memberships that were rejected.
    pub rejected: u64,
    /// The same per node, for nodes where anything waits.
    pub nodes: Vec<ApprovalNode>,
}

impl Approvals {
    /// Adds what waits in one more node.
    pub fn add(&mut self, node: ApprovalNode) {
        self.teams += node.teams;
        self.memberships += node.memberships;
        self.waiting += node.waiting;
        self.rejected += node.rejected;
        self.nodes.push(node);
    }
}

/// What waits for approval in a node.
#[derive(Serialize, ToSchema)]
pub struct ApprovalNode {
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: Option<String>,
    /// The connection of the node.
    pub scim_id: Option<Id>,
    /// The approval mode of the connection.
    pub approval: NodeApproval,
    /// Teams that are pending.
    pub teams: u64,
    /// Memberships that are undecided.
    pub memberships: u64,
    /// Memberships that are granted and wait for their team or user.
    pub waiting: u64,
    /// Teams and memberships that were rejected.
    pub rejected: u64,
}

impl ApprovalNode {
    /// A node with its connection.
    pub fn new(count: &QueueCount, connection: Option<&Connection>, around: &NodeNames) -> ApprovalNode {
        let mode = connection.map(|connection| NodeApproval::Mode(connection.settings.approval.into()));
        ApprovalNode {
            node_id: count.node.into(),
            node_name: around.name_of(count.node).map(str::to_owned),
            scim_id: connection.map(|connection| connection.id.into()),
            approval: mode.unwrap_or(NodeApproval::None(NoConnection("none"))),
            teams: count.teams,
            memberships: count.memberships,
            waiting: count.waiting,
            rejected: count.rejected,
        }
    }
}

/// Who approves what the connection of a node brings, if it has one.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum NodeApproval {
    /// How its connection approves.
    Mode(ApprovalMode),
    /// It has no connection.
    None(NoConnection),
}

/// What a sign-in approved immediately.
#[derive(Serialize, ToSchema)]
pub struct Approved {
    /// Teams.
    pub teams: u64,
    /// Memberships.
    pub memberships: u64,
}

/// The teams and memberships that lines of the audit log say were approved.
pub fn approved_by(events: &[RecordedEvent]) -> (Vec<TeamId>, Vec<(TeamId, UserId)>) {
    let (mut teams, mut memberships) = (Vec::new(), Vec::new());
    for event in events {
        let Some(team) = event.team.as_deref().and_then(|id| team_id(id).ok()) else { continue };
        let is = |kinds: &[EventKind]| kinds.iter().any(|kind| kind.word() == event.event);
        if is(&[EventKind::TeamApproved]) {
            teams.push(team);
        } else if is(&[EventKind::AddedToTeam, EventKind::AddedToRole, EventKind::MembershipGranted]) {
            let after: Value =
                event.after.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let ids = after.get("members").and_then(Value::as_array).into_iter().flatten();
            let ids = ids.filter_map(|id| id.as_str()?.parse::<i64>().ok());
            memberships.extend(ids.map(|id| (team, UserId(id))));
        }
    }
    (teams, memberships)
}

/// The outcome of an approval.
#[derive(Serialize, ToSchema)]
pub struct ApprovalResult {
    /// The teams.
    pub teams: ApprovedTeams,
    /// The memberships.
    pub memberships: ApprovedMemberships,
}

impl From<Tally> for ApprovalResult {
    fn from(tally: Tally) -> ApprovalResult {
        let Tally { teams, teams_failed, memberships, waiting, failed } = tally;
        ApprovalResult {
            teams: ApprovedTeams { approved: teams, failed: teams_failed },
            memberships: ApprovedMemberships { approved: memberships, waiting, failed },
        }
    }
}

/// The outcome for teams.
#[derive(Serialize, ToSchema)]
pub struct ApprovedTeams {
    /// Teams that are now approved.
    pub approved: u64,
    /// Teams that do not exist or are not pending.
    pub failed: u64,
}

/// The outcome for memberships.
#[derive(Serialize, ToSchema)]
pub struct ApprovedMemberships {
    /// Memberships that are now approved.
    pub approved: u64,
    /// Memberships that are granted and wait for their team or user.
    pub waiting: u64,
    /// Memberships that do not exist or are not pending.
    pub failed: u64,
}

/// The outcome of a rejection.
#[derive(Serialize, ToSchema)]
pub struct RejectResult {
    /// The teams.
    pub teams: Rejected,
    /// The memberships.
    pub memberships: Rejected,
}

impl From<Tally> for RejectResult {
    fn from(tally: Tally) -> RejectResult {
        RejectResult {
            teams: Rejected { rejected: tally.teams, failed: tally.teams_failed },
            memberships: Rejected { rejected: tally.memberships, failed: tally.failed },
        }
    }
}

/// The outcome of a rejection for one kind.
#[derive(Serialize, ToSchema)]
pub struct Rejected {
    /// How many are now rejected.
    pub rejected: u64,
    /// How many do not exist or are not pending.
    pub failed: u64,
}

/// Teams and memberships to approve.
#[derive(Deserialize, ToSchema)]
pub struct Approval {
    /// The ids of teams.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 1000)]
    teams: Vec<String>,
    /// Memberships by team and user.
    #[serde(default)]
    #[schema(value_type = Option<Vec<MembershipName>>, max_items = 1000)]
    memberships: Vec<MembershipName>,
    /// Whether members may not share the team again.
    pub restrict_share: Option<bool>,
    /// Whether members may not edit the team.
    pub restrict_edit: Option<bool>,
    /// Whether members may not view the team.
    pub restrict_view: Option<bool>,
}

/// Teams and memberships to reject.
#[derive(Deserialize, ToSchema)]
pub struct Rejection {
    /// The ids of teams.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 1000)]
    teams: Vec<String>,
    /// Memberships by team and user.
    #[serde(default)]
    #[schema(value_type = Option<Vec<MembershipName>>, max_items = 1000)]
    memberships: Vec<MembershipName>,
    /// The reason, in 1 to 500 characters.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 500, pattern = "\\S")]
    pub reason: String,
}

/// Teams, and memberships by team and user.
pub type ApprovalIds = (Vec<TeamId>, Vec<(TeamId, UserId)>);

impl Approval {
    /// What is approved.
    ///
    /// # Errors
    /// `TOO_MANY`.
    pub fn ids(&self) -> Result<ApprovalIds, Error> {
        ids(&self.teams, &self.memberships)
    }
}

impl Rejection {
    /// What is rejected.
    ///
    /// # Errors
    /// `TOO_MANY`.
    pub fn ids(&self) -> Result<ApprovalIds, Error> {
        ids(&self.teams, &self.memberships)
    }
}

/// The ids; what can be no id of a team stands for one that is not there.
fn ids(teams: &[String], memberships: &[MembershipName]) -> Result<ApprovalIds, Error> {
    if teams.len() + memberships.len() > 1000 {
        return Err(Error::TooMany(1000));
    }
    let id = |text: &String| text.parse().unwrap_or(TeamId([0; 16]));
    let memberships = memberships.iter().map(|one| (id(&one.team_id), one.user_id.into()));
    Ok((teams.iter().map(id).collect(), memberships.collect()))
}
