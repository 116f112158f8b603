//! Memberships: a user in a team, pending or approved. Both sides show both kinds to the identity provider.

use super::connection::Connection;
use super::connection_settings::ApprovalMode;
use super::event::EventKind;
use super::team::{Team, TeamState};
use super::user::{Lock, User, UserState};
use super::{Act, Error, Fault, NodeId, Noun, Result, TeamId, TeamKey, Time, Tx, UserId};
use std::collections::HashMap;

/// A team as a user's resource names it.
#[derive(Clone, Debug)]
pub struct TeamRef {
    /// Its row.
    pub key: TeamKey,
    /// Its id.
    pub id: TeamId,
    /// Its current name.
    pub name: String,
}

/// How far a membership has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipState {
    /// Nobody has decided yet.
    Pending,
    /// Decided; becomes approved by itself once team and user are ready.
    Granted,
    /// In force.
    Approved,
}

/// The state of a membership that is decided: in force when its team is approved and its user has joined and is not locked.
pub fn decided(team: TeamState, user: UserState, lock: Lock) -> MembershipState {
    let is_ready = team == TeamState::Approved && user == UserState::Active && lock == Lock::None;
    if is_ready { MembershipState::Approved } else { MembershipState::Granted }
}

/// What memberships need of a store.
pub trait Memberships {
    /// The teams of a user, oldest first.
    fn teams_of_user(&mut self, user: UserId) -> Result<Vec<TeamRef>, Fault>;
    /// The teams of all users of a node from one to another, each user's oldest first, users in the order of their ids.
    fn teams_of_users(&mut self, node: NodeId, from: UserId, to: UserId) -> Result<Vec<(UserId, TeamRef)>, Fault>;
    /// The members of a team, in the order of their ids.
    fn members(&mut self, team: TeamKey) -> Result<Vec<UserId>, Fault>;
    /// Adds a membership; false when it was there.
    fn add_membership(&mut self, team: TeamKey, user: UserId, state: MembershipState, at: Time) -> Result<bool, Fault>;
    /// The same for many, in their order.
    fn add_memberships(
        &mut self,
        team: TeamKey,
        all: &[(UserId, MembershipState)],
        at: Time,
    ) -> Result<Vec<bool>, Fault> {
        all.iter().map(|(user, state)| self.add_membership(team, *user, *state, at)).collect()
    }
    /// Removes a membership; false when there was none.
    fn remove_membership(&mut self, team: TeamKey, user: UserId) -> Result<bool, Fault>;
    /// The same for many, in their order.
    fn remove_memberships(&mut self, team: TeamKey, all: &[UserId]) -> Result<Vec<bool>, Fault> {
        all.iter().map(|user| self.remove_membership(team, *user)).collect()
    }
    /// Removes those of a user in teams that it is in, as was read in the same transaction.
    fn end_memberships(&mut self, user: UserId, teams: &[TeamKey]) -> Result<(), Fault> {
        teams.iter().try_for_each(|team| self.remove_membership(*team, user).map(drop))
    }
    /// Removes all of a team; how many there were.
    fn clear_memberships(&mut self, team: TeamKey) -> Result<u64, Fault>;
    /// How many memberships of a team are pending.
    fn pending_members(&mut self, team: TeamKey) -> Result<u64, Fault>;
}

/// A change of memberships by the ids of the other side, as sent. Adding what is there and removing what is not
/// succeeds silently; an id that names nobody of this node is refused when added and ignored when removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These too.
    Add(Vec<String>),
    /// These not.
    Remove(Vec<String>),
    /// These and no others.
    Set(Vec<String>),
}

/// Who decides of new memberships, and what the team's are called.
#[derive(Clone, Copy, Debug)]
pub struct MembershipPolicy<'a> {
    /// Whether nobody has to.
    pub open: bool,
    /// Teams whose name begins so are roles.
    pub role_prefix: Option<&'a str>,
}

impl<'a> MembershipPolicy<'a> {
    /// That of a connection.
    pub fn of(connection: &'a Connection) -> MembershipPolicy<'a> {
        MembershipPolicy {
            open: connection.settings.approval == ApprovalMode::Automatic,
            role_prefix: connection.settings.role_prefix.as_deref(),
        }
    }

    /// That of an administrator, who needs nobody's approval.
    pub fn of_administrator(connection: Option<&'a Connection>) -> MembershipPolicy<'a> {
        MembershipPolicy {
            open: true,
            role_prefix: connection.and_then(|connection| connection.settings.role_prefix.as_deref()),
        }
    }

    /// How a new membership begins.
    fn state(&self, team: &Team, user: &User) -> MembershipState {
        match self.open {
            true => decided(team.state, user.state, user.lock),
            false => MembershipState::Pending,
        }
    }

    /// Whether a team of that name is shown as a role.
    pub fn is_role(&self, name: &str) -> bool {
        self.role_prefix.is_some_and(|prefix| name.starts_with(prefix))
    }
}

/// Who came and who went.
#[derive(Default)]
struct MembershipDelta {
    approved: Vec<String>,
    pending: Vec<String>,
    removed: Vec<String>,
    cleared: u64,
}

impl MembershipDelta {
    fn keep(&mut self, user: &User, state: Option<MembershipState>) {
        match state {
            Some(MembershipState::Approved) => self.approved.push(user.id.to_string()),
            Some(_) => self.pending.push(user.id.to_string()),
            None => {}
        }
    }

    /// Writes what happened; by how many members the team has grown, `None` when nothing did.
    fn record(self, tx: &mut dyn Tx, act: &Act, policy: MembershipPolicy<'_>, team: &Team) -> Result<Option<i64>> {
        let gone = self.removed.len() as i64 + self.cleared as i64;
        let grown = (self.approved.len() + self.pending.len()) as i64 - gone;
        let [added, pending, removed] = match policy.is_role(&team.profile.name) {
            true => [EventKind::AddedToRole, EventKind::PendingAddedToRole, EventKind::RemovedFromRole],
            false => [EventKind::AddedToTeam, EventKind::PendingAddedToTeam, EventKind::RemovedFromTeam],
        };
        let mut changed = false;
        for (what, ids) in [(added, self.approved), (pending, self.pending), (removed, self.removed)] {
            if !ids.is_empty() {
                record(tx, act, what, team, ids)?;
                changed = true;
            }
        }
        if self.cleared > 0 {
            let event = team.event(removed).was("members", self.cleared).is("members", 0i64);
            tx.record(act, &event)?;
            changed = true;
        }
        Ok(changed.then_some(grown))
    }
}

/// Writes that users came to a team or left it. One alone can be found by the user, too.
pub(super) fn record(tx: &mut dyn Tx, act: &Act, what: EventKind, team: &Team, ids: Vec<String>) -> Result<()> {
    for ids in ids.chunks(IN_ONE_LINE) {
        let mut event = team.event(what);
        if let [id] = ids {
            event.user = id.parse().ok();
        }
        event = match what {
            EventKind::RemovedFromTeam | EventKind::RemovedFromRole => event.was("members", ids.to_vec()),
            _ => event.is("members", ids.to_vec()),
        };
        tx.record(act, &event)?;
    }
    Ok(())
}

/// Ids in one line of the audit log, so that no line grows with a request.
const IN_ONE_LINE: usize = 500;

/// Applies changes to a team's members; by how many it has grown, `None` when nothing changed.
pub fn apply(
    tx: &mut dyn Tx,
    act: &Act,
    policy: MembershipPolicy<'_>,
    team: &Team,
    changes: &[Change],
) -> Result<Option<i64>> {
    let mut delta = MembershipDelta::default();
    for change in changes {
        match change {
            Change::Add(ids) => join_all(tx, act, policy, team, ids, &mut delta)?,
            Change::Remove(ids) => {
                let ids: Vec<UserId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
                leave_all(tx, team, &ids, &mut delta)?;
            }
            Change::Set(ids) if ids.is_empty() => delta.cleared += tx.clear_memberships(team.key)?,
            Change::Set(ids) => {
                // Whoever is in the team already is of the node and need not be looked up.
                let before = tx.members(team.key)?;
                let is_new = |id: &&String| id.parse().is_ok_and(|id| before.binary_search(&id).is_err());
                let new: Vec<String> =
                    ids.iter().filter(|id| id.parse::<UserId>().is_err() || is_new(id)).cloned().collect();
                // Those who come are checked before anybody goes.
                join_all(tx, act, policy, team, &new, &mut delta)?;
                let mut keep: Vec<UserId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
                keep.sort();
                let gone: Vec<UserId> = before.into_iter().filter(|id| keep.binary_search(id).is_err()).collect();
                leave_all(tx, team, &gone, &mut delta)?;
            }
        }
    }
    delta.record(tx, act, policy, team)
}

/// Applies changes to a user's teams (`PATCH /Users` with `path: "groups"`); each team that changes gets a new version.
pub fn apply_to_user(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    user: &User,
    changes: &[Change],
) -> Result<()> {
    let policy = MembershipPolicy::of(connection);
    for change in changes {
        let (leave, enter) = match change {
            Change::Add(ids) => (Vec::new(), ids.as_slice()),
            Change::Remove(ids) => (ids.iter().filter_map(|id| id.parse().ok()).collect(), [].as_slice()),
            Change::Set(ids) => {
                let now = tx.teams_of_user(user.id)?.into_iter().map(|t| t.id);
                (now.filter(|id| !ids.contains(&id.to_string())).collect::<Vec<TeamId>>(), ids.as_slice())
            }
        };
        for id in leave {
            if let Some(team) = tx.team(user.node, id)?
                && tx.remove_membership(team.key, user.id)?
            {
                tx.touch_team(team.key, act.now)?;
                let delta = MembershipDelta { removed: vec![user.id.to_string()], ..MembershipDelta::default() };
                delta.record(tx, act, policy, &team)?;
            }
        }
        for id in enter {
            let known = id.parse().ok().map(|id| tx.team(user.node, id)).transpose()?.flatten();
            let team = known.ok_or_else(|| Error::NoSuchMember(Noun::Team, id.clone()))?;
            let state = join(tx, act, policy, &team, user)?;
            if state.is_some() {
                tx.touch_team(team.key, act.now)?;
                let mut delta = MembershipDelta::default();
                delta.keep(user, state);
                delta.record(tx, act, policy, &team)?;
            }
        }
    }
    Ok(())
}

/// Adds a membership and says how far it has come; `None` when it was there.
fn join(
    tx: &mut dyn Tx,
    act: &Act,
    policy: MembershipPolicy<'_>,
    team: &Team,
    user: &User,
) -> Result<Option<MembershipState>> {
    let state = policy.state(team, user);
    Ok(tx.add_membership(team.key, user.id, state, act.now)?.then_some(state))
}

/// How many users are read at a time: all of a large team would fill the memory.
const AT_ONCE: usize = 1000;

/// Adds memberships of users that must be of the team's node.
fn join_all(
    tx: &mut dyn Tx,
    act: &Act,
    policy: MembershipPolicy<'_>,
    team: &Team,
    ids: &[String],
    delta: &mut MembershipDelta,
) -> Result<()> {
    for ids in ids.chunks(AT_ONCE) {
        let users = users(tx, team.node, ids)?;
        let wished: Vec<_> = users.iter().map(|user| (user.id, policy.state(team, user))).collect();
        let added = tx.add_memberships(team.key, &wished, act.now)?;
        for ((user, (_, state)), added) in users.iter().zip(wished).zip(added) {
            delta.keep(user, added.then_some(state));
        }
    }
    Ok(())
}

fn users(tx: &mut dyn Tx, node: NodeId, ids: &[String]) -> Result<Vec<User>> {
    let nobody = |id: &String| Error::NoSuchMember(Noun::User, id.clone());
    let keys = ids.iter().map(|id| id.parse().map_err(|_| nobody(id))).collect::<Result<Vec<UserId>>>()?;
    if let ([key], [id]) = (keys.as_slice(), ids) {
        return Ok(vec![tx.user(node, *key)?.ok_or_else(|| nobody(id))?]);
    }
    let mut known: HashMap<UserId, User> =
        tx.users_with(&keys)?.into_iter().filter(|user| user.node == node).map(|user| (user.id, user)).collect();
    let mut found: Vec<User> = Vec::with_capacity(ids.len());
    for (key, id) in keys.iter().zip(ids) {
        // An id that is sent twice is found where it was first.
        let again = || found.iter().find(|user| user.id == *key).cloned();
        let user = known.remove(key).or_else(again).ok_or_else(|| nobody(id))?;
        found.push(user);
    }
    Ok(found)
}

/// Removes memberships, and notes those that were there.
fn leave_all(tx: &mut dyn Tx, team: &Team, ids: &[UserId], delta: &mut MembershipDelta) -> Result<()> {
    let removed = tx.remove_memberships(team.key, ids)?;
    delta.removed.extend(ids.iter().zip(removed).filter(|(_, removed)| *removed).map(|(id, _)| id.to_string()));
    Ok(())
}
