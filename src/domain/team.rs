//! Teams, called groups on the wire: named sets of users of one node, pending until somebody approves them.

use super::event::{Event, EventKind};
use super::predicate::{Predicate, Walk, Window};
use super::user::Visit;
use super::words::words;
use super::{Error, Fault, NodeId, Noun, Result, ScimId, TeamId, TeamKey, Time, Tx};

/// Whether a team has been approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TeamState {
    /// Brought by SCIM, waits for an approval.
    Pending,
    /// Approved, or made by hand.
    Approved,
}

words!(TeamState, "state", Pending = "pending", Approved = "approved");

/// A team of a node.
#[derive(Clone, Debug)]
pub struct Team {
    /// Its row: the order of creation.
    pub key: TeamKey,
    /// Its id, unchanged by approval.
    pub id: TeamId,
    /// The node that owns it.
    pub node: NodeId,
    /// The connection that made it; `None` for a team made by hand.
    pub scim_id: Option<ScimId>,
    /// Pending or approved.
    pub state: TeamState,
    /// What the identity provider said of it.
    pub profile: TeamProfile,
    /// How many memberships it has, pending ones included.
    pub members: u64,
    /// Ascends with every change, memberships included; `meta.version`.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it or its memberships last changed.
    pub modified_at: Time,
}

impl Team {
    /// An event that happened to it.
    pub fn event(&self, what: EventKind) -> Event<'_> {
        Event::about(what, self.node, None, Some(self.id), &self.profile.name)
    }
}

/// What a resource says of a team: the parts that are looked up by, and the whole as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamProfile {
    /// As sent, letter for letter.
    pub name: String,
    /// As sent; set means *controlled by SCIM* to the push clients (docs/keeper.md#groups-on-the-wire), so it is never invented.
    pub external_id: Option<String>,
    /// The resource as it will be answered, without what varies: `id`, `members`, `meta`.
    pub resource: String,
}

/// What teams need of a store.
pub trait Teams {
    /// One team of a node.
    fn team(&mut self, node: NodeId, id: TeamId) -> Result<Option<Team>, Fault>;
    /// Whether the node has another team of that folded name than `but`.
    fn has_team_named(&mut self, node: NodeId, folded: &str, but: Option<TeamKey>) -> Result<bool, Fault>;
    /// A part of the teams that fulfil a condition, oldest first.
    fn teams(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<Team>, Fault>;
    /// How many teams have to be passed over to find the page of all that begins behind `offset`.
    fn teams_to_pass(&mut self, node: NodeId, offset: u64) -> Result<u64, Fault>;
    /// What finds a part of those again that fulfil a condition, oldest first, and how many they are: one pass over all.
    fn sift_teams(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<TeamKey>, u64), Fault>;
    /// Those of these that are there, in the same order.
    fn teams_with(&mut self, keys: &[TeamKey]) -> Result<Vec<Team>, Fault>;
    /// How many fulfil it.
    fn count_teams(&mut self, node: NodeId, which: &Predicate) -> Result<u64, Fault>;
    /// Walks over them in an order, until `visit` says no. `visit` may read in the same transaction.
    fn walk_teams(
        &mut self,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, Team>,
    ) -> Result<(), Fault>;
    /// Adds one without members.
    fn insert_team(&mut self, team: &Team, folded: &str) -> Result<(), Fault>;
    /// Writes state, profile, version and modification.
    fn update_team(&mut self, team: &Team, folded: &str) -> Result<(), Fault>;
    /// Counts a change of memberships: the next version, modified at `now`.
    fn touch_team(&mut self, key: TeamKey, now: Time) -> Result<(), Fault>;
    /// Removes one with its memberships.
    fn delete_team(&mut self, key: TeamKey) -> Result<(), Fault>;
}

/// The team of that node, or a refusal that names the id.
pub fn get(tx: &mut dyn Tx, node: NodeId, id: TeamId) -> Result<Team> {
    tx.team(node, id)?.ok_or_else(|| Error::NotFound(Noun::Team, id.to_string()))
}
