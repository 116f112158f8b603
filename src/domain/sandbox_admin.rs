//! What an administrator does with a sandbox: switch on what goes wrong there, and empty it.

use super::directory::{TeamFilter, UserFilter};
use super::event::{Event, EventKind};
use super::fault_rule::{FaultRule, MOST_RULES};
use super::node::Node;
use super::predicate::Window;
use super::sandbox::{FURTHEST, Sandbox};
use super::{Act, Error, NodeId, Result, Tx, deprovision, node, team_lifecycle};

/// What changes in a sandbox; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SandboxChange {
    /// Another persona, or none.
    pub persona: Option<Option<String>>,
    /// Other rules instead of all that are there.
    pub faults: Option<Vec<FaultRule>>,
    /// Another place of its clock, in seconds ahead.
    pub ahead: Option<i64>,
}

/// The sandbox of a node, or a refusal.
///
/// # Errors
/// [`Error::NotSandbox`].
pub fn of(node: &Node) -> Result<&Sandbox> {
    node.sandbox.as_ref().ok_or_else(|| Error::NotSandbox(node.name.clone()))
}

/// Changes what is switched on in a sandbox.
///
/// # Errors
/// [`Error::NotSandbox`]; [`Error::Invalid`] for too many rules or a clock too far ahead.
pub fn change(tx: &mut dyn Tx, act: &Act, id: NodeId, change: &SandboxChange) -> Result<Node> {
    let mut node = node::get(tx, id)?;
    let before = of(&node)?.clone();
    let mut after = before.clone();
    if let Some(persona) = &change.persona {
        after.persona.clone_from(persona);
    }
    if let Some(faults) = &change.faults {
        if faults.len() > MOST_RULES {
            return Err(Error::Invalid("faults", format!("expected at most {MOST_RULES} rules, got {}", faults.len())));
        }
        after.faults.clone_from(faults);
    }
    if let Some(ahead) = change.ahead {
        if !(0..=FURTHEST).contains(&ahead) {
            return Err(Error::Invalid("ahead_seconds", format!("expected 0 to {FURTHEST}, got {ahead}")));
        }
        after.ahead = ahead;
    }
    let lines = |sandbox: &Sandbox| sandbox.faults.iter().map(FaultRule::to_string).collect::<Vec<_>>().join(", ");
    let event = Event::new(EventKind::NodeUpdated)
        .node(id)
        .object(node.name.clone())
        .changed("persona", before.persona.clone().unwrap_or_default(), after.persona.clone().unwrap_or_default())
        .changed("faults", lines(&before), lines(&after))
        .changed("ahead_seconds", before.ahead, after.ahead);
    node.sandbox = Some(after);
    if event.tells() {
        tx.record(act, &event)?;
        tx.update_sandbox(&node)?;
    }
    Ok(node)
}

/// How many users or teams are removed in one transaction.
const BATCH: u64 = 200;

/// What was removed from a sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Users.
    pub users: u64,
    /// Teams.
    pub teams: u64,
}

/// Removes some of the teams and users of a sandbox, whoever brought them; nothing when it is empty.
///
/// # Errors
/// [`Error::NotSandbox`].
pub fn empty_some(tx: &mut dyn Tx, act: &Act, id: NodeId) -> Result<Removed> {
    of(&node::get(tx, id)?)?;
    let window = || Window { offset: 0, limit: BATCH };
    let (teams, _) = tx.list_teams(&TeamFilter { node: Some(id), ..TeamFilter::default() }, window())?;
    for team in &teams {
        team_lifecycle::delete(tx, act, id, team.team.id)?;
    }
    if !teams.is_empty() {
        return Ok(Removed { users: 0, teams: teams.len() as u64 });
    }
    let (users, _) = tx.list_users(&UserFilter { node: Some(id), ..UserFilter::default() }, window())?;
    for user in &users {
        deprovision::remove(tx, act, user)?;
    }
    Ok(Removed { users: users.len() as u64, teams: 0 })
}
