//! Memberships on PostgreSQL, indexed both ways; each change keeps the team's count of them.

use super::params;
use super::{PgTx, change, collect, first};
use crate::domain::membership::{MembershipState, Memberships, TeamRef};
use crate::domain::team::TeamState;
use crate::domain::{Fault, NodeId, TeamKey, Time, UserId};
use std::collections::HashSet;

/// The teams of a user.
pub(super) const TEAMS_OF_USER: &str = "SELECT t.team_key, t.team_id, t.name
    FROM membership m JOIN team t ON t.team_key = m.team_key
    WHERE m.user_id = ?1 ORDER BY m.team_key";

/// A team and its members, unless they are many.
pub(super) const MEMBERS_OF_SMALL: &str = "SELECT t.team_key, m.user_id
    FROM team t LEFT JOIN membership m ON m.team_key = t.team_key
    WHERE t.team_id = ?1 AND t.members <= 1000 ORDER BY m.user_id";

impl Memberships for PgTx<'_> {
    fn teams_of_user(&mut self, user: UserId) -> Result<Vec<TeamRef>, Fault> {
        collect(self.db, TEAMS_OF_USER, params![user], |row| {
            Ok(TeamRef { key: row.get(0)?, id: row.get(1)?, name: row.get(2)? })
        })
    }

    fn teams_of_users(&mut self, node: NodeId, from: UserId, to: UserId) -> Result<Vec<(UserId, TeamRef)>, Fault> {
        let teams = "SELECT t.team_key, t.team_id, t.name, m.user_id
            FROM membership m JOIN team t ON t.team_key = m.team_key
            WHERE m.user_id BETWEEN ?1 AND ?2 AND t.node_id = ?3 ORDER BY m.user_id, m.team_key";
        collect(self.db, teams, params![from, to, node], |row| {
            Ok((row.get(3)?, TeamRef { key: row.get(0)?, id: row.get(1)?, name: row.get(2)? }))
        })
    }

    fn members(&mut self, team: TeamKey) -> Result<Vec<UserId>, Fault> {
        if let Some(foreseen) = self.db.foreseen(MEMBERS_OF_SMALL, None)?
            && let Some(first) = foreseen.first()
            && first.get::<_, TeamKey>(0)? == team
        {
            return foreseen.iter().filter_map(|row| row.get::<_, Option<UserId>>(1).transpose()).collect();
        }
        let all = "SELECT user_id FROM membership WHERE team_key = ?1 ORDER BY user_id";
        collect(self.db, all, params![team], |row| row.get(0))
    }

    fn add_membership(&mut self, team: TeamKey, user: UserId, state: MembershipState, at: Time) -> Result<bool, Fault> {
        let insert =
            "INSERT INTO membership (team_key, user_id, state, created_at, granted) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO NOTHING";
        let team_state = if state == MembershipState::Approved { TeamState::Approved } else { TeamState::Pending };
        let added =
            change(self.db, insert, params![team, user, team_state, at, state != MembershipState::Pending])? > 0;
        if added {
            self.count(team, 1);
        }
        Ok(added)
    }

    fn add_memberships(
        &mut self,
        team: TeamKey,
        all: &[(UserId, MembershipState)],
        at: Time,
    ) -> Result<Vec<bool>, Fault> {
        let insert = "INSERT INTO membership (team_key, user_id, state, created_at, granted)
            SELECT ?1, given.user_id, CASE WHEN given.state = 'approved' THEN 'approved' ELSE 'pending' END, ?2,
              given.state <> 'pending'
            FROM unnest(?3, ?4) AS given (user_id, state) ON CONFLICT DO NOTHING RETURNING user_id";
        let word = |state: &MembershipState| match state {
            MembershipState::Pending => "pending",
            MembershipState::Granted => "granted",
            MembershipState::Approved => "approved",
        };
        let users: Vec<i64> = all.iter().map(|(user, _)| user.0).collect();
        let states: Vec<String> = all.iter().map(|(_, state)| word(state).to_owned()).collect();
        let values = params![team, at, users, states];
        let mut added: HashSet<i64> = collect(self.db, insert, values, |row| row.get(0))?.into_iter().collect();
        self.count(team, i64::try_from(added.len()).unwrap_or_default());
        Ok(users.iter().map(|user| added.remove(user)).collect())
    }

    fn remove_memberships(&mut self, team: TeamKey, all: &[UserId]) -> Result<Vec<bool>, Fault> {
        let delete = "DELETE FROM membership WHERE team_key = ?1 AND user_id = ANY(?2) RETURNING user_id";
        let users: Vec<i64> = all.iter().map(|user| user.0).collect();
        let mut gone: HashSet<i64> =
            collect(self.db, delete, params![team, users], |row| row.get(0))?.into_iter().collect();
        self.count(team, -i64::try_from(gone.len()).unwrap_or_default());
        Ok(users.iter().map(|user| gone.remove(user)).collect())
    }

    fn remove_membership(&mut self, team: TeamKey, user: UserId) -> Result<bool, Fault> {
        let delete = "DELETE FROM membership WHERE team_key = ?1 AND user_id = ?2";
        let removed = change(self.db, delete, params![team, user])? > 0;
        if removed {
            self.count(team, -1);
        }
        Ok(removed)
    }

    fn end_memberships(&mut self, user: UserId, teams: &[TeamKey]) -> Result<(), Fault> {
        let delete = "DELETE FROM membership WHERE user_id = ?1 AND team_key = ANY(?2)";
        if teams.is_empty() {
            return Ok(());
        }
        let keys: Vec<i64> = teams.iter().map(|team| team.0).collect();
        self.db.execute_later(delete, params![user, keys])?;
        teams.iter().for_each(|team| self.count(*team, -1));
        Ok(())
    }

    fn clear_memberships(&mut self, team: TeamKey) -> Result<u64, Fault> {
        self.settle()?;
        let removed = change(self.db, "DELETE FROM membership WHERE team_key = ?1", params![team])? as u64;
        if removed > 0 {
            change(self.db, "UPDATE team SET members = 0 WHERE team_key = ?1", params![team])?;
        }
        Ok(removed)
    }

    fn pending_members(&mut self, team: TeamKey) -> Result<u64, Fault> {
        let pending = "SELECT count(*) FROM membership WHERE team_key = ?1 AND state = 'pending'";
        Ok(first(self.db, pending, params![team], |row| row.get(0))?.unwrap_or_default())
    }
}

impl PgTx<'_> {
    fn count(&self, team: TeamKey, by: i64) {
        if let Some(writing) = self.writing {
            *writing.members.borrow_mut().entry(team.0).or_default() += by;
        }
    }
}
