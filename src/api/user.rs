//! Users, and what can be done with them.

use super::connection::{ControllingConnection, present};
use super::error::Refusal;
use super::invitation::{Invitation, Link};
use super::listing::{is_descending, searched, word};
use super::membership::{UserTeam, shown};
use super::node_names::NodeNames;
use super::scalar::{Id, Moment, UserName};
use super::words::{BulkUserAction, Lock, Order, Origin, UserAction, UserOrder, UserShown};
use crate::domain::directory::UserFilter;
use crate::domain::user::{self, UserState};
use crate::domain::{Error, Fault, NodeId, Tx};
use crate::scim::render::text::user_text;
use crate::scim::version::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A user, as lists show it.
#[derive(Serialize, ToSchema)]
pub struct User {
    /// The id of a user.
    pub user_id: Id,
    /// The user name, as the identity provider sent it.
    pub user_name: String,
    /// The display name.
    pub display_name: Option<String>,
    /// Its state.
    pub state: UserShown,
    /// Whether the user has joined, even if locked now.
    pub joined: bool,
    /// Who locked the user.
    pub lock: Lock,
    /// When it was locked.
    pub locked_at: Option<Moment>,
    /// Who locked it.
    pub locked_by: Option<String>,
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: Option<String>,
    /// The number of its teams.
    pub teams: u64,
    /// The id that the identity provider uses.
    pub external_id: Option<String>,
    /// Who created it.
    pub origin: Origin,
    /// When it was created.
    pub created_at: Moment,
    /// When it was last changed.
    pub modified_at: Moment,
    /// Its invitation.
    pub invitation: Option<Invitation>,
}

impl User {
    /// A user with the name of its node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, user: &user::User, around: &NodeNames) -> Result<User, Fault> {
        let (locked_at, locked_by) = tx.lock_of(user.id)?.unzip();
        let invited = tx.invitation(user.id)?;
        Ok(User {
            user_id: user.id.into(),
            user_name: user.profile.user_name.clone(),
            display_name: user.profile.display_name.clone(),
            state: shown(user.state, user.lock),
            joined: user.state == UserState::Active,
            lock: user.lock.into(),
            locked_at: locked_at.map(Moment),
            locked_by,
            node_id: user.node.into(),
            node_name: around.name_of(user.node).map(str::to_owned),
            teams: tx.count_teams_of(user.id)?,
            external_id: user.profile.external_id.clone(),
            origin: around.origin(user.node, user.scim_id).into(),
            created_at: user.created_at.into(),
            modified_at: user.modified_at.into(),
            invitation: invited.map(|invited| Invitation::new(&invited, around.now)),
        })
    }
}

/// Users.
#[derive(Serialize, ToSchema)]
pub struct UserPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The users of this page.
    #[schema(max_items = 1000)]
    pub users: Vec<User>,
}

/// The users who have a user name.
#[derive(Serialize, ToSchema)]
pub struct Users {
    /// At most one per scope.
    pub users: Vec<User>,
}

/// Of how many teams a user tells; `teams` counts them all.
const TEAMS: u64 = 1000;

/// A user with all details.
#[derive(Serialize, ToSchema)]
pub struct UserDetail {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// Its e-mail addresses as sent, the primary one first.
    pub emails: Vec<String>,
    /// Its memberships, oldest team first, at most 1000; `teams` counts all.
    #[schema(max_items = 1000)]
    pub teams_list: Vec<UserTeam>,
    /// The connection of the node.
    pub connection: Option<ControllingConnection>,
    /// The SCIM resource as the identity provider sees it.
    #[schema(value_type = Object)]
    pub resource: Value,
}

impl UserDetail {
    /// A user with its resource as SCIM shows it below that base URL, which ends with the node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, one: &user::User, around: &NodeNames, base: &str) -> Result<UserDetail, Fault> {
        let user = User::new(tx, one, around)?;
        let teams_list = tx.memberships_of(one.id, TEAMS)?.iter().map(UserTeam::from).collect();
        let of = tx.teams_of_user(one.id)?;
        let resource = user_text(one, Version::of_user(one, &of), &of, base);
        Ok(UserDetail {
            user,
            emails: tx.emails_of(one.id)?,
            teams_list,
            connection: tx.connection_of(one.node)?.as_ref().map(ControllingConnection::from),
            resource: serde_json::from_str(&resource).unwrap_or_default(),
        })
    }
}

/// What came of an act: the user, or the link that was asked for.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ActResult {
    /// The user after the act.
    User(Box<UserDetail>),
    /// A link to join with.
    Link(Link),
}

/// The outcome of a bulk action.
#[derive(Serialize, ToSchema)]
pub struct BulkResult {
    /// How many users it succeeded for.
    pub done: u64,
    /// How many users it was refused for.
    pub failed: u64,
    /// One for each id, in the order of the request.
    #[schema(max_items = 1000)]
    pub results: Vec<BulkOutcome>,
}

/// The outcome for one user.
#[derive(Serialize, ToSchema)]
pub struct BulkOutcome {
    /// The id of a user.
    pub user_id: Id,
    /// Whether it succeeded.
    pub ok: bool,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<Refusal>,
}

/// Which user.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UserPath {
    /// The id of a user.
    #[param(value_type = Id)]
    pub user_id: i64,
}

/// What to do with which user.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ActPath {
    /// The id of a user.
    #[param(value_type = Id)]
    pub user_id: i64,
    /// The action.
    #[param(value_type = UserAction)]
    pub act: String,
}

/// Which users are asked for.
#[derive(Deserialize, IntoParams, Clone)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Only those of this node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// Only those whose user name or display name contains this text, ignoring case.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub q: String,
    /// Only users in this state.
    #[param(value_type = Option<UserShown>)]
    pub state: Option<String>,
    /// Only users with this lock.
    #[param(value_type = Option<Lock>)]
    pub lock: Option<String>,
    /// Only users of this origin.
    #[param(value_type = Option<Origin>)]
    pub origin: Option<String>,
    /// The field to sort by.
    #[param(value_type = Option<UserOrder>)]
    pub sort: Option<String>,
    /// The sort direction.
    #[param(value_type = Option<Order>)]
    pub order: Option<String>,
    /// The position of the first item, counted from 1.
    pub start: Option<u64>,
    /// Page size: 50 by default, at most 1000.
    pub count: Option<u64>,
}

impl UserQuery {
    /// What that means to the store.
    ///
    /// # Errors
    /// `INVALID`.
    pub fn filter(&self) -> Result<UserFilter, Error> {
        Ok(UserFilter {
            node: self.node_id.map(NodeId),
            text: searched(&self.q),
            user_name: None,
            state: word(self.state.as_deref())?,
            lock: word(self.lock.as_deref())?,
            origin: word(self.origin.as_deref())?,
            after: None,
            order: (word(self.sort.as_deref())?.unwrap_or_default(), is_descending(self.order.as_deref())?),
        })
    }
}

/// Which users are exported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserExportQuery {
    /// Only those of this node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// Only those whose user name or display name contains this text, ignoring case.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub q: String,
    /// Only users in this state.
    #[param(value_type = Option<UserShown>)]
    pub state: Option<String>,
    /// Only users with this lock.
    #[param(value_type = Option<Lock>)]
    pub lock: Option<String>,
    /// Only users of this origin.
    #[param(value_type = Option<Origin>)]
    pub origin: Option<String>,
}

impl UserExportQuery {
    /// What that means to the store.
    ///
    /// # Errors
    /// `INVALID`.
    pub fn filter(&self) -> Result<UserFilter, Error> {
        Ok(UserFilter {
            node: self.node_id.map(NodeId),
            text: searched(&self.q),
            state: word(self.state.as_deref())?,
            lock: word(self.lock.as_deref())?,
            origin: word(self.origin.as_deref())?,
            ..UserFilter::default()
        })
    }
}

/// Whose user name.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserNameQuery {
    /// The whole user name.
    pub user_name: String,
}

/// A user to add by hand.
#[derive(Deserialize, ToSchema)]
pub struct NewUser {
    /// The id of a node.
    pub node_id: Id,
    /// The user name, as the identity provider sent it.
    pub user_name: UserName,
    /// The display name.
    pub display_name: Option<String>,
    /// The id that the identity provider uses.
    pub external_id: Option<String>,
    /// Whether to send an invitation; true by default.
    #[serde(default = "yes")]
    #[schema(value_type = Option<bool>)]
    pub invite: bool,
}

fn yes() -> bool {
    true
}

/// What changes in a user; what is absent stays, null removes a display name or an external id.
#[derive(Deserialize, ToSchema)]
pub struct UserChange {
    /// The user name, as the identity provider sent it.
    pub user_name: Option<UserName>,
    /// The display name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub display_name: Option<Option<String>>,
    /// The id that the identity provider uses.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
}

/// Where a user moves.
#[derive(Deserialize, ToSchema)]
pub struct MoveTarget {
    /// The id of the node to move to.
    pub node_id: Id,
}

/// What is done with which users.
#[derive(Deserialize, ToSchema)]
pub struct BulkAction {
    /// The action.
    #[schema(value_type = BulkUserAction)]
    pub act: String,
    /// The ids of at most 1000 users.
    #[schema(max_items = 1000)]
    pub ids: Vec<Id>,
    /// The id of the node to move to.
    pub node_id: Option<Id>,
}
