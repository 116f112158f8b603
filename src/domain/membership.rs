//! Memberships: a user in a team, pending or approved. Both sides show both kinds to the identity provider.

use super::connection::Connection;
use super::settings::ApprovalMode;
use super::team::{Team, TeamState};
use super::user::{Lock, User, UserState};
use super::{Act, Error, Fault, NodeId, Noun, Result, TeamId, TeamKey, Time, Tx, UserId};

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

/// What memberships need of a store.
pub trait Memberships {
    /// The teams of a user, oldest first.
    fn teams_of_user(&mut self, user: UserId) -> Result<Vec<TeamRef>, Fault>;
    /// The teams of all users of a node from one to another, each user's oldest first, users in the order of their ids.
    fn teams_of_users(&mut self, node: NodeId, from: UserId, to: UserId) -> Result<Vec<(UserId, TeamRef)>, Fault>;
    /// The members of a team, in the order of their ids.
    fn members(&mut self, team: TeamKey) -> Result<Vec<UserId>, Fault>;
    /// Adds a membership, approved or pending; false when it was there.
    fn add_membership(&mut self, team: TeamKey, user: UserId, approved: bool, at: Time) -> Result<bool, Fault>;
    /// Removes a membership; false when there was none.
    fn remove_membership(&mut self, team: TeamKey, user: UserId) -> Result<bool, Fault>;
    /// Removes all of a team; false when there was none.
    fn clear_memberships(&mut self, team: TeamKey) -> Result<bool, Fault>;
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

/// Applies changes to a team's members; true when anything changed.
pub fn apply(tx: &mut dyn Tx, act: &Act, connection: &Connection, team: &Team, changes: &[Change]) -> Result<bool> {
    let mut changed = false;
    for change in changes {
        match change {
            Change::Add(ids) => {
                for user in users(tx, connection, ids)? {
                    changed |= join(tx, act, connection, team, &user)?;
                }
            }
            Change::Remove(ids) => {
                for id in ids.iter().filter_map(|id| id.parse().ok()) {
                    changed |= tx.remove_membership(team.key, id)?;
                }
            }
            Change::Set(ids) if ids.is_empty() => changed |= tx.clear_memberships(team.key)?,
            Change::Set(ids) => {
                let wanted = users(tx, connection, ids)?;
                let mut keep: Vec<UserId> = wanted.iter().map(|u| u.id).collect();
                keep.sort();
                let gone = tx.members(team.key)?.into_iter().filter(|id| keep.binary_search(id).is_err());
                for id in gone {
                    changed |= tx.remove_membership(team.key, id)?;
                }
                for user in wanted {
                    changed |= join(tx, act, connection, team, &user)?;
                }
            }
        }
    }
    Ok(changed)
}

/// Applies changes to a user's teams (`PATCH /Users` with `path: "groups"`); each team that changes gets a new version.
pub fn apply_to_user(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    user: &User,
    changes: &[Change],
) -> Result<()> {
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
            }
        }
        for id in enter {
            let known = id.parse().ok().map(|id| tx.team(user.node, id)).transpose()?.flatten();
            let team = known.ok_or_else(|| Error::NoSuchMember(Noun::Team, id.clone()))?;
            if join(tx, act, connection, &team, user)? {
                tx.touch_team(team.key, act.now)?;
            }
        }
    }
    Ok(())
}

fn join(tx: &mut dyn Tx, act: &Act, connection: &Connection, team: &Team, user: &User) -> Result<bool> {
    let ready = team.state == TeamState::Approved && user.state == UserState::Active && user.lock == Lock::None;
    let approved = ready && connection.settings.approval == ApprovalMode::Automatic;
    Ok(tx.add_membership(team.key, user.id, approved, act.now)?)
}

fn users(tx: &mut dyn Tx, connection: &Connection, ids: &[String]) -> Result<Vec<User>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let user = id.parse().ok().map(|id| tx.user(connection.node, id)).transpose()?.flatten();
        found.push(user.ok_or_else(|| Error::NoSuchMember(Noun::User, id.clone()))?);
    }
    Ok(found)
}
