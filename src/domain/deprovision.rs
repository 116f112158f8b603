//! Deprovisioning: how a user goes, by DELETE or by an administrator.

use super::connection::Connection;
use super::connection_settings::Deprovision;
use super::event::{EventKind, FieldValue};
use super::rules::Rules;
use super::user::{self, Lock, User, UserState};
use super::user_lifecycle::{self, UserChange};
use super::{Act, Result, Tx, UserId};

/// DELETE: locks the user, or removes it with its memberships, as the connection is set.
pub fn apply(tx: &mut dyn Tx, act: &Act, connection: &Connection, id: UserId) -> Result<()> {
    let user = user::get(tx, connection.node, id)?;
    match connection.settings.deprovision {
        Deprovision::Lock => {
            let changed =
                UserChange { profile: user.profile.clone(), emails: &[], other_emails: false, active: Some(false) };
            user_lifecycle::change(tx, act, connection, user, changed).map(|_| ())
        }
        // Else the lock would end here, and whoever deletes and creates again would have undone it.
        Deprovision::Delete if user.lock == Lock::Admin => release(tx, act, user),
        Deprovision::Delete => remove(tx, act, &user),
    }
}

/// Unlinks a user from its connection and ends its memberships; the user itself stays, with its lock, as one made by hand.
fn release(tx: &mut dyn Tx, act: &Act, mut user: User) -> Result<()> {
    let teams = leave_all(tx, act, &user)?;
    let connection = user.scim_id.take();
    if connection.is_some() {
        user.version += 1;
        user.modified_at = user.modified_at.max(act.now);
        let scope = Rules::in_node(tx, user.node)?.scope;
        tx.move_user(&user, user.node, scope)?;
    }
    let mut event = user.event(EventKind::UserUpdated);
    if let Some(connection) = connection {
        event = event.was("scim_id", connection.0).is("scim_id", FieldValue::Nothing);
    }
    if !teams.is_empty() {
        event = event.was("teams", teams);
    }
    if event.tells() {
        tx.record(act, &event)?;
    }
    Ok(())
}

/// Removes a user with its memberships.
pub(super) fn remove(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<()> {
    let teams = leave_all(tx, act, user)?;
    let what = if user.state == UserState::Active { EventKind::DeleteUser } else { EventKind::DeletePendingUser };
    let mut event = user.event(what).was("user_name", user.profile.user_name.as_str());
    if !teams.is_empty() {
        event = event.was("teams", teams);
    }
    tx.record(act, &event)?;
    Ok(tx.delete_user(user)?)
}

/// Ends the memberships of a user; the ids of the teams.
pub(super) fn leave_all(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<Vec<String>> {
    let teams = tx.teams_of_user(user.id)?;
    tx.end_memberships(user.id, &teams.iter().map(|team| team.key).collect::<Vec<_>>())?;
    for team in &teams {
        tx.touch_team(team.key, act.now)?;
    }
    // A line of the audit log names so many and no more; the teams have lines of their own of who came to them.
    Ok(teams.into_iter().take(500).map(|team| team.id.to_string()).collect())
}
