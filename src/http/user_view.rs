//! Users, teams and memberships as the console sees them.

use super::SCIM;
use crate::domain::connection::Connection;
use crate::domain::directory::{MemberRow, TeamRow, origin};
use crate::domain::invitation::{Invitation, Mail};
use crate::domain::membership::MembershipPolicy;
use crate::domain::node::Node;
use crate::domain::user::{Lock, User, UserState};
use crate::domain::{Fault, NodeId, ScimId, Time, Tx};
use crate::scim::render::text::user_text;
use crate::scim::version::Version;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What is looked up once for a whole list: the nodes, and when it is.
pub struct NodeNames {
    nodes: HashMap<NodeId, Node>,
    now: Time,
}

impl NodeNames {
    /// Looks them up.
    ///
    /// # Errors
    /// Those of the store.
    pub fn look(tx: &mut dyn Tx, now: Time) -> Result<NodeNames, Fault> {
        Ok(NodeNames { nodes: tx.nodes()?.into_iter().map(|node| (node.id, node)).collect(), now })
    }

    /// Looks up one of them, for what is of one node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(tx: &mut dyn Tx, now: Time, node: NodeId) -> Result<NodeNames, Fault> {
        Ok(NodeNames { nodes: tx.node(node)?.into_iter().map(|node| (node.id, node)).collect(), now })
    }

    /// The name of a node.
    pub fn name_of(&self, id: NodeId) -> Option<&str> {
        self.node(id).map(|node| node.name.as_str())
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    fn origin(&self, node: NodeId, scim_id: Option<ScimId>) -> &'static str {
        let connection = self.node(node).and_then(|node| node.connection).map(|(id, _)| id);
        origin(scim_id, connection).word()
    }
}

/// A moment, or null.
pub fn moment(at: Option<Time>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.to_string()))
}

/// How far a user is, in one word.
pub fn state(state: UserState, lock: Lock) -> &'static str {
    if lock == Lock::None { state.word() } else { "locked" }
}

/// An invitation.
pub fn invitation(invitation: &Invitation, now: Time) -> Value {
    // While a mail is under way it has not gone out.
    let sent_at = invitation.sent_at.filter(|_| matches!(invitation.mail, Mail::Sent | Mail::Failed));
    json!({
        "state": invitation.word(now),
        "created_at": invitation.created_at.to_string(),
        "sent_at": moment(sent_at),
        "expires_at": moment(invitation.expires_at),
        "answered_at": moment(invitation.answered_at),
        "tries": invitation.tries,
        "error": invitation.error,
    })
}

/// A user as lists show it.
///
/// # Errors
/// Those of the store.
pub fn user(tx: &mut dyn Tx, user: &User, around: &NodeNames) -> Result<Value, Fault> {
    let (locked_at, locked_by) = tx.lock_of(user.id)?.unzip();
    let invited = tx.invitation(user.id)?;
    Ok(json!({
        "user_id": user.id.0,
        "user_name": user.profile.user_name,
        "display_name": user.profile.display_name,
        "state": state(user.state, user.lock),
        "joined": user.state == UserState::Active,
        "lock": user.lock.word(),
        "locked_at": moment(locked_at),
        "locked_by": locked_by,
        "node_id": user.node.0,
        "node_name": around.name_of(user.node),
        "teams": tx.count_teams_of(user.id)?,
        "external_id": user.profile.external_id,
        "origin": around.origin(user.node, user.scim_id),
        "created_at": user.created_at.to_string(),
        "modified_at": user.modified_at.to_string(),
        "invitation": invited.map(|invited| invitation(&invited, around.now)),
    }))
}

/// Of how many teams a user tells; `teams` counts them all.
const TEAMS: u64 = 1000;

/// A user with all that is known of it, its resource as SCIM shows it below that base URL included.
///
/// # Errors
/// Those of the store.
pub fn whole_user(tx: &mut dyn Tx, one: &User, around: &NodeNames, base: &str) -> Result<Value, Fault> {
    let mut view = user(tx, one, around)?;
    let teams: Vec<Value> = tx
        .memberships_of(one.id, TEAMS)?
        .iter()
        .map(|row| {
            json!({
                "team_id": row.team.to_string(),
                "name": row.team_name,
                "team_state": row.team_progress.word(),
                "state": row.progress().word(),
                "granted": row.granted,
                "rejection": row.rejection,
                "waiting_for": row.waiting_for(),
            })
        })
        .collect();
    let base = format!("{base}{SCIM}/{}", one.node);
    let of = tx.teams_of_user(one.id)?;
    let resource = user_text(one, Version::of_user(one, &of), &of, &base);
    let resource: Value = serde_json::from_str(&resource).unwrap_or_default();
    add(&mut view, "emails", tx.emails_of(one.id)?.into());
    add(&mut view, "teams_list", teams.into());
    add(&mut view, "connection", connection(tx.connection_of(one.node)?.as_ref()));
    add(&mut view, "resource", resource);
    Ok(view)
}

/// A team as lists show it.
///
/// # Errors
/// Those of the store.
pub fn team(tx: &mut dyn Tx, row: &TeamRow, around: &NodeNames) -> Result<Value, Fault> {
    let team = &row.team;
    let connection = tx.connection_of(team.node)?;
    let [share, edit, view] = row.restrictions;
    Ok(json!({
        "team_id": team.id.to_string(),
        "name": team.profile.name,
        "state": row.progress().word(),
        "rejection": row.rejection,
        "role": MembershipPolicy::of_administrator(connection.as_ref()).is_role(&team.profile.name),
        "node_id": team.node.0,
        "node_name": around.name_of(team.node),
        "members": team.members,
        "pending_members": row.pending_members,
        "external_id": team.profile.external_id,
        "restrict_share": share,
        "restrict_edit": edit,
        "restrict_view": view,
        "origin": around.origin(team.node, team.scim_id),
        "created_at": team.created_at.to_string(),
        "modified_at": team.modified_at.to_string(),
    }))
}

/// A team with its connection.
///
/// # Errors
/// Those of the store.
pub fn whole_team(tx: &mut dyn Tx, row: &TeamRow, around: &NodeNames) -> Result<Value, Fault> {
    let mut view = team(tx, row, around)?;
    add(&mut view, "connection", connection(tx.connection_of(row.team.node)?.as_ref()));
    Ok(view)
}

/// A membership, seen from its team.
pub fn member(row: &MemberRow) -> Value {
    json!({
        "user_id": row.user.0,
        "user_name": row.user_name,
        "display_name": row.display_name,
        "user_state": state(row.user_state, row.lock),
        "state": row.progress().word(),
        "granted": row.granted,
        "rejection": row.rejection,
        "waiting_for": row.waiting_for(),
        "created_at": row.created_at.to_string(),
    })
}

/// A membership in the queue.
pub fn queued(row: &MemberRow, around: &NodeNames) -> Value {
    let mut view = member(row);
    add(&mut view, "team_id", row.team.to_string().into());
    add(&mut view, "team_name", row.team_name.clone().into());
    add(&mut view, "team_state", row.team_progress.word().into());
    add(&mut view, "node_id", row.node.0.into());
    add(&mut view, "node_name", around.name_of(row.node).into());
    add(&mut view, "since", row.created_at.to_string().into());
    view
}

fn connection(connection: Option<&Connection>) -> Value {
    connection.map_or(Value::Null, |connection| {
        json!({
            "scim_id": connection.id.0,
            "idp": connection.idp.name,
            "state": connection.state.word(),
            "approval": connection.settings.approval.word(),
        })
    })
}

/// Puts one more value into an object.
pub fn add(view: &mut Value, name: &str, value: Value) {
    match view {
        Value::Object(object) => drop(object.insert(name.to_owned(), value)),
        other => *other = Value::Object(Map::from_iter([(name.to_owned(), value)])),
    }
}
