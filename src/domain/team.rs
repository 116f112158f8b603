//! Teams, called groups on the wire: named sets of users of one node, pending until somebody approves them.

use super::connection::Connection;
use super::connection_settings::words;
use super::event::{Event, EventKind};
use super::membership::{self, Change, Gate};
use super::predicate::{Predicate, Walk, Window};
use super::user::Visit;
use super::{Act, Error, Fault, NodeId, Noun, Result, ScimId, TeamId, TeamKey, Time, Tx, flawed_name, fold};

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
    pub profile: Profile,
    /// How many memberships it has, pending ones included.
    pub members: u64,
    /// Ascends with every change, memberships included; `meta.version`.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it or its memberships last changed.
    pub modified_at: Time,
}

/// What a resource says of a team: the parts that are looked up by, and the whole as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
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

/// Creates a team, pending or approved as the connection is set, with its first members.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    profile: Profile,
    members: Vec<String>,
) -> Result<Team> {
    let folded = check_name(tx, unique_in(connection), &profile.name, None)?;
    let gate = Gate::of(connection);
    let team = insert(tx, act, (connection.node, Some(connection.id)), profile, &folded, gate.open)?;
    let event = Event::new(EventKind::TeamProvisionedByScim).team(&team).is("name", team.profile.name.as_str());
    tx.record(act, &event.is("external_id", &team.profile.external_id).is("state", team.state.word()))?;
    membership::apply(tx, act, gate, &team, &[Change::Add(members)])?;
    get(tx, team.node, team.id)
}

/// Creates a team by hand: approved, and in no hands but the administrator's.
pub fn create_by_hand(tx: &mut dyn Tx, act: &Act, node: NodeId, profile: Profile) -> Result<Team> {
    let node = super::node::get(tx, node)?.id;
    let unique = tx.connection_of(node)?.as_ref().and_then(unique_in);
    let folded = check_name(tx, unique, &profile.name, None)?;
    let team = insert(tx, act, (node, None), profile, &folded, true)?;
    tx.record(act, &Event::new(EventKind::TeamCreated).team(&team).is("name", team.profile.name.as_str()))?;
    Ok(team)
}

fn insert(
    tx: &mut dyn Tx,
    act: &Act,
    (node, scim_id): (NodeId, Option<ScimId>),
    profile: Profile,
    folded: &str,
    approved: bool,
) -> Result<Team> {
    let team = Team {
        key: TeamKey(tx.next_number()?),
        id: TeamId(act.seed),
        node,
        scim_id,
        state: if approved { TeamState::Approved } else { TeamState::Pending },
        profile,
        members: 0,
        version: 1,
        created_at: act.now,
        modified_at: act.now,
    };
    tx.insert_team(&team, folded)?;
    Ok(team)
}

/// Writes a changed profile and then membership changes. What changes nothing writes nothing and keeps the version.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    team: Team,
    profile: Profile,
    members: &[Change],
) -> Result<Team> {
    let renamed = profile != team.profile;
    let team = if renamed { reprofile(tx, act, unique_in(connection), team, profile)? } else { team };
    let moved = membership::apply(tx, act, Gate::of(connection), &team, members)?;
    if moved && !renamed {
        tx.touch_team(team.key, act.now)?;
    }
    get(tx, team.node, team.id)
}

/// Gives a team another profile by hand.
pub fn edit_by_hand(tx: &mut dyn Tx, act: &Act, team: Team, profile: Profile) -> Result<Team> {
    if profile == team.profile {
        return Ok(team);
    }
    let unique = tx.connection_of(team.node)?.as_ref().and_then(unique_in);
    reprofile(tx, act, unique, team, profile)
}

fn reprofile(tx: &mut dyn Tx, act: &Act, unique: Option<NodeId>, mut team: Team, profile: Profile) -> Result<Team> {
    let folded = match profile.name == team.profile.name {
        true => fold(&profile.name),
        false => check_name(tx, unique, &profile.name, Some(team.key))?,
    };
    let before = std::mem::replace(&mut team.profile, profile);
    team.version += 1;
    team.modified_at = team.modified_at.max(act.now);
    tx.update_team(&team, &folded)?;
    let mut event = Event::new(EventKind::TeamUpdated)
        .team(&team)
        .changed("name", before.name.as_str(), team.profile.name.as_str())
        .changed("external_id", &before.external_id, &team.profile.external_id);
    if !event.tells() {
        event = event.is("other_attributes", true);
    }
    tx.record(act, &event)?;
    Ok(team)
}

/// DELETE: the team and its memberships are gone.
pub fn delete(tx: &mut dyn Tx, act: &Act, node: NodeId, id: TeamId) -> Result<()> {
    let team = get(tx, node, id)?;
    let event = Event::new(EventKind::TeamDeleted).team(&team).was("name", team.profile.name.as_str());
    tx.record(act, &event.was("state", team.state.word()).was("members", team.members))?;
    Ok(tx.delete_team(team.key)?)
}

/// The node in which a connection wants every name once.
fn unique_in(connection: &Connection) -> Option<NodeId> {
    connection.settings.unique_groups.then_some(connection.node)
}

fn check_name(tx: &mut dyn Tx, unique: Option<NodeId>, name: &str, but: Option<TeamKey>) -> Result<String> {
    if name.trim().is_empty() || name.chars().count() > 256 {
        return Err(Error::Invalid("displayName", "expected 1 to 256 characters".to_owned()));
    }
    // Directories do hold group names with a blank at an end, and they must come back as sent.
    if let Some(flaw) = flawed_name(name.trim()) {
        return Err(Error::Invalid("displayName", format!("“{}” {flaw}", name.escape_debug())));
    }
    let folded = fold(name);
    if let Some(node) = unique
        && tx.has_team_named(node, &folded, but)?
    {
        return Err(Error::TeamNameTaken(name.to_owned()));
    }
    Ok(folded)
}
