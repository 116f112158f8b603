//! What an administrator does with users: add, edit, lock, unlock, move, delete. The rules that a sync must not undo.

use super::event::EventKind;
use super::rules::{self, Rules};
use super::user::{Lock, User, UserProfile};
use super::user_lifecycle::{self, UserChange};
use super::{Act, Error, NodeId, Noun, Result, Tx, UserId, deprovision, invitation, node};

/// The user of any node, for an administrator.
pub fn get(tx: &mut dyn Tx, id: UserId) -> Result<User> {
    tx.user_anywhere(id)?.ok_or_else(|| Error::NotFound(Noun::User, id.to_string()))
}

/// Adds a user by hand, and its invitation, which is taken back where none is wanted.
pub fn add(
    tx: &mut dyn Tx,
    act: &Act,
    node: NodeId,
    profile: UserProfile,
    emails: &[String],
    invited: bool,
) -> Result<User> {
    let node = node::get(tx, node)?.id;
    let rules = Rules::in_node(tx, node)?;
    let folded = rules::check(&rules, &profile, emails)?;
    check_free(tx, node, &rules, &folded, None)?;
    let number = user_lifecycle::seat(tx, node)?;
    let made = user_lifecycle::insert(tx, act, &rules, number, (node, None), profile, emails, Lock::None)?;
    let user = made.map_err(|profile| Error::UserNameTaken(profile.user_name))?;
    if !invited {
        invitation::revoke(tx, act, &user)?;
    }
    Ok(user)
}

/// Gives a user another profile.
pub fn edit(tx: &mut dyn Tx, act: &Act, user: User, profile: UserProfile, emails: &[String]) -> Result<User> {
    let rules = Rules::in_node(tx, user.node)?;
    let folded = rules::check(&rules, &profile, emails)?;
    check_free(tx, user.node, &rules, &folded, Some(user.id))?;
    user_lifecycle::write(
        tx,
        act,
        &rules,
        user,
        UserChange { profile, emails, other_emails: true, active: None },
        user_lifecycle::WriteReason::Update,
    )
}

/// Locks a user; no sync lifts it. A lock of the identity provider becomes the administrator's.
pub fn lock(tx: &mut dyn Tx, act: &Act, user: User) -> Result<User> {
    relock(tx, act, user, Lock::Admin)
}

/// Lifts any lock.
pub fn unlock(tx: &mut dyn Tx, act: &Act, user: User) -> Result<User> {
    relock(tx, act, user, Lock::None)
}

fn relock(tx: &mut dyn Tx, act: &Act, mut user: User, lock: Lock) -> Result<User> {
    if user.lock == lock {
        return Ok(user);
    }
    let was = user.lock;
    user.lock = lock;
    user.version += 1;
    user.modified_at = user.modified_at.max(act.now);
    user_lifecycle::relocked(tx, act, was, &user)?;
    Ok(user)
}

/// Moves a user to another node, where it counts as made by hand until that node's provider links it. Memberships, which
/// exist only within a node, end.
pub fn move_to(tx: &mut dyn Tx, act: &Act, mut user: User, to: NodeId) -> Result<User> {
    let to = node::get(tx, to)?;
    if to.id == user.node {
        return Ok(user);
    }
    let rules = Rules::in_node(tx, to.id)?;
    let folded = super::fold(&user.profile.user_name);
    check_free(tx, to.id, &rules, &folded, Some(user.id))?;
    let teams = deprovision::leave_all(tx, act, &user)?;
    let from = std::mem::replace(&mut user.node, to.id);
    user.scim_id = None;
    user.version += 1;
    user.modified_at = user.modified_at.max(act.now);
    tx.move_user(&user, from, rules.scope)?;
    let from = tx.node(from)?.map(|node| node.name).unwrap_or_default();
    let mut event = user.event(EventKind::UserMoved).was("node", from).is("node", to.name);
    if !teams.is_empty() {
        event = event.was("teams", teams);
    }
    tx.record(act, &event)?;
    Ok(user)
}

/// Deletes a user for good. Only one that is locked, so that nobody disappears by a slip.
pub fn delete(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<()> {
    if user.lock == Lock::None {
        return Err(Error::NotLocked(user.profile.user_name.clone()));
    }
    deprovision::remove(tx, act, user)
}

/// Whether a name is free in the scope of a node, or who holds it: an administrator may know.
fn check_free(tx: &mut dyn Tx, node: NodeId, rules: &Rules, folded: &str, but: Option<UserId>) -> Result<()> {
    match user_lifecycle::holder(tx, node, rules, folded, but)? {
        Some(other) => Err(taken(tx, node, other)?),
        None => Ok(()),
    }
}

fn taken(tx: &mut dyn Tx, node: NodeId, other: User) -> Result<Error> {
    let user_name = other.profile.user_name;
    if other.node == node {
        return Ok(Error::UserHere { user_name, user: other.id, node });
    }
    let node_name = tx.node(other.node)?.map(|node| node.name).unwrap_or_default();
    Ok(Error::UserElsewhere { user_name, user: other.id, node: other.node, node_name })
}
