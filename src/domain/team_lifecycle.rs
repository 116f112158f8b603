//! The life of a team: created by an identity provider or by hand, changed, deleted.

use super::approval::{self, Restrictions};
use super::connection::Connection;
use super::event::EventKind;
use super::membership::{self, Change, MembershipPolicy};
use super::team::{Team, TeamProfile, TeamState, get};
use super::{Act, Error, NodeId, Result, ScimId, TeamId, TeamKey, Tx, UserId, flawed_name, fold};

/// Creates a team, pending or approved as the connection is set, with its first members.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    profile: TeamProfile,
    members: Vec<String>,
) -> Result<Team> {
    let folded = check_name(tx, unique_in(connection), &profile.name, None)?;
    let policy = MembershipPolicy::of(connection);
    let team = insert(tx, act, (connection.node, Some(connection.id)), profile, &folded, policy.open)?;
    let event = team.event(EventKind::TeamProvisionedByScim).is("name", team.profile.name.as_str());
    tx.record(act, &event.is("external_id", &team.profile.external_id).is("state", team.state.word()))?;
    membership::apply(tx, act, policy, &team, &[Change::Add(members)])?;
    get(tx, team.node, team.id)
}

/// Creates a team by hand: approved, and in no hands but the administrator's.
pub fn create_by_hand(tx: &mut dyn Tx, act: &Act, node: NodeId, profile: TeamProfile) -> Result<Team> {
    let node = super::node::get(tx, node)?.id;
    let unique = tx.connection_of(node)?.as_ref().and_then(unique_in);
    let folded = check_name(tx, unique, &profile.name, None)?;
    let team = insert(tx, act, (node, None), profile, &folded, true)?;
    tx.record(act, &team.event(EventKind::TeamCreated).is("name", team.profile.name.as_str()))?;
    Ok(team)
}

fn insert(
    tx: &mut dyn Tx,
    act: &Act,
    (node, scim_id): (NodeId, Option<ScimId>),
    profile: TeamProfile,
    folded: &str,
    approved: bool,
) -> Result<Team> {
    tx.hold(node)?;
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
    profile: TeamProfile,
    members: &[Change],
) -> Result<Team> {
    let renamed = profile != team.profile;
    let mut team = if renamed { reprofile(tx, act, unique_in(connection), team, profile)? } else { team };
    let moved = membership::apply(tx, act, MembershipPolicy::of(connection), &team, members)?;
    if let Some(grown) = moved {
        // As the store has it now: nobody else changes a team that this transaction has read.
        team.members = team.members.saturating_add_signed(grown);
        if !renamed {
            tx.touch_team(team.key, act.now)?;
            team.version += 1;
            team.modified_at = team.modified_at.max(act.now);
        }
    }
    Ok(team)
}

/// Gives a team another profile by hand.
pub fn edit_by_hand(tx: &mut dyn Tx, act: &Act, team: Team, profile: TeamProfile) -> Result<Team> {
    if profile == team.profile {
        return Ok(team);
    }
    let unique = tx.connection_of(team.node)?.as_ref().and_then(unique_in);
    reprofile(tx, act, unique, team, profile)
}

fn reprofile(tx: &mut dyn Tx, act: &Act, unique: Option<NodeId>, mut team: Team, profile: TeamProfile) -> Result<Team> {
    let folded = match profile.name == team.profile.name {
        true => fold(&profile.name),
        false => check_name(tx, unique, &profile.name, Some(team.key))?,
    };
    let before = std::mem::replace(&mut team.profile, profile);
    team.version += 1;
    team.modified_at = team.modified_at.max(act.now);
    tx.update_team(&team, &folded)?;
    let event = team
        .event(EventKind::TeamUpdated)
        .changed("name", before.name.as_str(), team.profile.name.as_str())
        .changed("external_id", &before.external_id, &team.profile.external_id);
    tx.record(act, &event.resources(&before.resource, &team.profile.resource))?;
    Ok(team)
}

/// Moves members by hand: nobody has to approve who comes.
pub fn move_members(tx: &mut dyn Tx, act: &Act, team: &Team, remove: &[UserId], add: &[UserId]) -> Result<()> {
    let connection = tx.connection_of(team.node)?;
    let ids = |ids: &[UserId]| ids.iter().map(UserId::to_string).collect::<Vec<_>>();
    let changes = [Change::Remove(ids(remove)), Change::Add(ids(add))];
    if membership::apply(tx, act, MembershipPolicy::of_administrator(connection.as_ref()), team, &changes)?.is_some() {
        tx.touch_team(team.key, act.now)?;
    }
    // Whoever was a member already may have waited, or been rejected.
    let added: Vec<_> = add.iter().map(|user| (team.id, *user)).collect();
    approval::approve_named(tx, act, &[], &added, Restrictions::default())?;
    Ok(())
}

/// DELETE: the team and its memberships are gone.
pub fn delete(tx: &mut dyn Tx, act: &Act, node: NodeId, id: TeamId) -> Result<()> {
    let team = get(tx, node, id)?;
    let event = team.event(EventKind::TeamDeleted).was("name", team.profile.name.as_str());
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
