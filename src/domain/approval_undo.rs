//! Taking approvals back: what a sign-in has approved waits again, as if nobody had signed in.

use super::approval::Tally;
use super::event::EventKind;
use super::team::{Team, TeamState};
use super::{Act, Result, TeamId, Tx, UserId};

/// Minutes within which a sign-in's approvals can be taken back.
pub const MINUTES: i64 = 10;

/// Makes teams and memberships pending again; how many of each. What is no longer approved is passed over.
pub fn undo(tx: &mut dyn Tx, act: &Act, teams: &[TeamId], memberships: &[(TeamId, UserId)]) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut undone: Vec<(Team, Vec<String>)> = Vec::new();
    for (id, user) in memberships {
        let Some(team) = tx.team_anywhere(*id)? else { continue };
        if !tx.withdraw((team.key, *user))? {
            continue;
        }
        tally.memberships += 1;
        match undone.iter_mut().find(|(known, _)| known.key == team.key) {
            Some((_, members)) => members.push(user.to_string()),
            None => undone.push((team, vec![user.to_string()])),
        }
    }
    for (team, members) in undone {
        tx.record(act, &team.event(EventKind::ApprovalUndone).was("members", members))?;
    }
    for id in teams {
        let Some(mut team) = tx.team_anywhere(*id)?.filter(|team| team.state == TeamState::Approved) else { continue };
        team.state = TeamState::Pending;
        team.version += 1;
        team.modified_at = team.modified_at.max(act.now);
        tx.approve_team(&team)?;
        // Whoever else was approved waits for the team.
        tx.suspend_memberships(team.key)?;
        let event = team.event(EventKind::ApprovalUndone);
        tx.record(act, &event.was("state", "approved").is("state", "pending"))?;
        tally.teams += 1;
    }
    Ok(tally)
}
