//! Teams, as lists show them and in detail.

use super::connection::ControllingConnection;
use super::listing::{PageQuery, is_descending, searched, word};
use super::node_names::NodeNames;
use super::scalar::{Id, Moment, UserName};
use super::words::{Idp, Order, Origin, Progress, TeamOrder};
use crate::domain::directory::{TeamFilter, TeamRow};
use crate::domain::membership::MembershipPolicy;
use crate::domain::{Error, Fault, NodeId, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A team, as lists show it.
#[derive(Serialize, ToSchema)]
pub struct Team {
    /// The id of a team.
    pub team_id: String,
    /// The name.
    pub name: String,
    /// Its state.
    pub state: Progress,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// Whether it is shown as a role, because its name begins with the role prefix of its connection.
    pub role: bool,
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: Option<String>,
    /// Its memberships, pending ones included.
    pub members: u64,
    /// Its pending memberships.
    pub pending_members: u64,
    /// The id that the identity provider uses.
    pub external_id: Option<String>,
    /// Whether members may not share the team again.
    pub restrict_share: bool,
    /// Whether members may not edit the team.
    pub restrict_edit: bool,
    /// Whether members may not view the team.
    pub restrict_view: bool,
    /// Who created it.
    pub origin: Origin,
    /// When it was created.
    pub created_at: Moment,
    /// When it was last changed.
    pub modified_at: Moment,
}

impl Team {
    /// A team with the name of its node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, row: &TeamRow, around: &NodeNames) -> Result<Team, Fault> {
        let team = &row.team;
        let connection = tx.connection_of(team.node)?;
        let [restrict_share, restrict_edit, restrict_view] = row.restrictions;
        Ok(Team {
            team_id: team.id.to_string(),
            name: team.profile.name.clone(),
            state: row.progress().into(),
            rejection: row.rejection.clone(),
            role: MembershipPolicy::of_administrator(connection.as_ref()).is_role(&team.profile.name),
            node_id: team.node.into(),
            node_name: around.name_of(team.node).map(str::to_owned),
            members: team.members,
            pending_members: row.pending_members,
            external_id: team.profile.external_id.clone(),
            restrict_share,
            restrict_edit,
            restrict_view,
            origin: around.origin(team.node, team.scim_id).into(),
            created_at: team.created_at.into(),
            modified_at: team.modified_at.into(),
        })
    }
}

/// Teams.
#[derive(Serialize, ToSchema)]
pub struct TeamPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The teams of this page.
    #[schema(max_items = 1000)]
    pub teams: Vec<Team>,
}

/// A team with the connection of its node.
#[derive(Serialize, ToSchema)]
pub struct TeamDetail {
    /// The team.
    #[serde(flatten)]
    pub team: Team,
    /// The connection of the node.
    pub connection: Option<ControllingConnection>,
}

impl TeamDetail {
    /// A team with the connection of its node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, row: &TeamRow, around: &NodeNames) -> Result<TeamDetail, Fault> {
        let team = Team::new(tx, row, around)?;
        Ok(TeamDetail { team, connection: tx.connection_of(row.team.node)?.as_ref().map(ControllingConnection::from) })
    }
}

/// A pending team.
#[derive(Serialize, ToSchema)]
pub struct PendingTeam {
    /// The team.
    #[serde(flatten)]
    pub team: Team,
    /// The connection that created it.
    pub requested_by: Option<Requester>,
    /// When it became pending.
    pub waiting_since: Moment,
}

impl PendingTeam {
    /// A team with the connection that brought it, if that is still the one of its node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, row: &TeamRow, around: &NodeNames) -> Result<PendingTeam, Fault> {
        let connection = tx.connection_of(row.team.node)?.filter(|c| Some(c.id) == row.team.scim_id);
        Ok(PendingTeam {
            team: Team::new(tx, row, around)?,
            requested_by: connection.map(|c| Requester { scim_id: c.id.into(), idp: c.idp.into() }),
            waiting_since: row.team.created_at.into(),
        })
    }
}

/// Teams that are pending.
#[derive(Serialize, ToSchema)]
pub struct PendingTeamPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The teams of this page.
    #[schema(max_items = 1000)]
    pub teams: Vec<PendingTeam>,
}

/// The connection that created a team.
#[derive(Serialize, ToSchema)]
pub struct Requester {
    /// The id of a connection.
    pub scim_id: Id,
    /// The identity provider.
    pub idp: Idp,
}

/// Which team.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TeamPath {
    /// The id of a team.
    pub team_id: String,
}

/// Which teams are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TeamQuery {
    /// Only those of this node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// Only those whose name contains this text, ignoring case.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub q: String,
    /// Only teams in this state.
    #[param(value_type = Option<Progress>)]
    pub state: Option<String>,
    /// Only those that are shown as roles, or only those that are not.
    pub role: Option<bool>,
    /// The field to sort by.
    #[param(value_type = Option<TeamOrder>)]
    pub sort: Option<String>,
    /// The sort direction.
    #[param(value_type = Option<Order>)]
    pub order: Option<String>,
    /// The position of the first item, counted from 1.
    pub start: Option<u64>,
    /// Page size: 50 by default, at most 1000.
    pub count: Option<u64>,
}

impl TeamQuery {
    /// What that means to the store.
    ///
    /// # Errors
    /// `INVALID`.
    pub fn filter(&self) -> Result<TeamFilter, Error> {
        Ok(TeamFilter {
            node: self.node_id.map(NodeId),
            text: searched(&self.q),
            state: word(self.state.as_deref())?,
            role: self.role,
            order: (word(self.sort.as_deref())?.unwrap_or_default(), is_descending(self.order.as_deref())?),
        })
    }

    /// Which part.
    pub fn page(&self) -> PageQuery {
        PageQuery::of(self.start, self.count)
    }
}

/// A team to make by hand.
#[derive(Deserialize, ToSchema)]
pub struct NewTeam {
    /// The id of a node.
    pub node_id: Id,
    /// The name.
    pub name: UserName,
    /// The id that the identity provider uses.
    pub external_id: Option<String>,
    /// Whether members may not share the team again.
    pub restrict_share: Option<bool>,
    /// Whether members may not edit the team.
    pub restrict_edit: Option<bool>,
    /// Whether members may not view the team.
    pub restrict_view: Option<bool>,
}

/// What changes in a team; what is absent stays.
#[derive(Deserialize, ToSchema)]
pub struct TeamChange {
    /// The name.
    pub name: Option<UserName>,
    /// Whether members may not share the team again.
    pub restrict_share: Option<bool>,
    /// Whether members may not edit the team.
    pub restrict_edit: Option<bool>,
    /// Whether members may not view the team.
    pub restrict_view: Option<bool>,
}
