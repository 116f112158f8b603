//! How a plan and an outcome are printed.

use crate::cli::output;
use crate::push::explain::Explanation;
use crate::push::outcome::{Outcome, RunState};
use crate::push::plan::{Change, ChangeKind, Plan};
use serde_json::Value;

/// Changes that are printed; `--json` has them all.
const SHOWN: usize = 200;
/// Members that are named in a line.
const NAMED: usize = 3;

fn words(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::CreateGroup => "create group",
        ChangeKind::UpdateGroup => "update group",
        ChangeKind::CreateUser => "create user",
        ChangeKind::UpdateUser => "update user",
        ChangeKind::UnlockUser => "unlock user",
        ChangeKind::AddMembers => "add members",
        ChangeKind::RemoveMembers => "remove members",
        ChangeKind::LockUser => "lock user",
        ChangeKind::DeleteUser => "delete user",
        ChangeKind::DeleteGroup => "delete group",
    }
}

/// What differs, in one cell.
fn difference(change: &Change) -> String {
    if !change.members.is_empty() {
        let named: Vec<&str> = change.members.iter().take(NAMED).map(|member| member.name.as_str()).collect();
        let more = change.members.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        return format!("{}{rest}", named.join(", "));
    }
    let bare = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |(name, after): (&String, &Value)| match change.before.get(name) {
        Some(Value::Null) | None => format!("{name} = {}", bare(after)),
        Some(before) => format!("{name}: {} → {}", bare(before), bare(after)),
    };
    change.after.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Prints the changes of a plan, and what forbids it.
pub(super) fn plan(plan: &Plan) -> anyhow::Result<()> {
    let rows = plan.changes.iter().take(SHOWN).map(|change| {
        [words(change.change).to_owned(), change.name.clone(), difference(change), change.why.to_string()]
    });
    match plan.changes.len() {
        0 => output::text("Nothing differs.")?,
        _ => output::table(["CHANGE", "WHO", "WHAT", "WHY"], rows)?,
    }
    if let Some(more) = plan.changes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        output::text(&format!("… and {more} more changes; --json shows all."))?;
    }
    let (source, target) = (&plan.source_state, &plan.target_state);
    let people = format!("{} people, {} groups, {} memberships", source.users, source.groups, source.memberships);
    let users = format!("{} users, {} groups, {} memberships", target.users, target.groups, target.memberships);
    output::text(&format!("\nSource: {people}. Target: {users}."))?;
    for note in &plan.notes {
        output::text(note.as_str())?;
    }
    for unread in &plan.unread {
        output::text(&format!("Not read whole: {}: {}", unread.part, unread.why))?;
    }
    for refused in &plan.refused {
        output::text(&format!("Cannot be pushed: {} {}: {}", refused.kind, refused.name, refused.why))?;
    }
    for hit in &plan.guards {
        output::text(&format!("Guard: {}.", hit.why))?;
    }
    Ok(())
}

/// Prints what a run came to.
pub(super) fn outcome(outcome: &Outcome, is_dry: bool) -> anyhow::Result<()> {
    let Outcome { users, groups, memberships, .. } = outcome;
    let would = match outcome.state {
        _ if is_dry => "Would be",
        RunState::Stopped | RunState::Failed => "Written",
        _ => "Done",
    };
    let mut text = format!(
        "{would}: users {} created, {} updated, {} locked, {} unlocked, {} deleted; groups {} created, {} updated, {} \
         deleted; memberships {} added, {} removed. {} requests.\n",
        users.created,
        users.updated,
        users.locked,
        users.unlocked,
        users.deleted,
        groups.created,
        groups.updated,
        groups.deleted,
        memberships.added,
        memberships.removed,
        outcome.requests
    );
    for refused in &outcome.refused {
        text.push_str(&format!("Refused: {} {}: {}\n", refused.kind, refused.name, refused.why));
    }
    output::text(&text)
}

/// Prints why somebody is in or out.
pub(super) fn explanation(explanation: &Explanation) -> anyhow::Result<()> {
    let mut text = format!("{}\n", explanation.verdict);
    for person in &explanation.in_source {
        let state = if person.active { "active" } else { person.inactive_because.unwrap_or("inactive") };
        text.push_str(&format!("Source: {} ({}), {state}\n", person.email, person.id));
        for path in &person.groups {
            let via = if path.via.is_empty() { String::new() } else { format!(", through {}", path.via.join(" › ")) };
            text.push_str(&format!("  in {}{via}\n", path.group));
        }
    }
    for user in &explanation.in_target {
        let state = if user.active { "active" } else { "inactive" };
        let external = user.external_id.as_deref().unwrap_or("none");
        text.push_str(&format!("Target: {} (id {}, externalId {external}), {state}\n", user.user_name, user.id));
        if !user.groups.is_empty() {
            text.push_str(&format!("  in {}\n", user.groups.join(", ")));
        }
    }
    for change in &explanation.changes {
        text.push_str(&format!(
            "Plan: {} {}: {} ({})\n",
            words(change.change),
            change.name,
            difference(change),
            change.why
        ));
    }
    for refused in &explanation.refused {
        text.push_str(&format!("Cannot be pushed: {}: {}\n", refused.name, refused.why));
    }
    for guard in &explanation.guards {
        text.push_str(&format!("Guard: {guard}; nothing is written at all.\n"));
    }
    output::text(&text)
}
