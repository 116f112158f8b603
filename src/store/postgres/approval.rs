//! Approvals on PostgreSQL.

use super::params;
use super::row::Row;
use super::value::ToColumn;
use super::{PgTx, change, collect, first, signed, team};
use crate::domain::approval::{ApprovalScope, Approvals, Pending, PendingKey, Restrictions};
use crate::domain::team::Team;
use crate::domain::team::TeamState;
use crate::domain::user::{Lock, UserState};
use crate::domain::{Fault, TeamKey, UserId};

/// The condition on a team `t` whose node's connection leaves approval to the sign-in of an administrator. A draft decides
/// nothing.
macro_rules! at_sign_in {
    () => {
        "EXISTS (SELECT 1 FROM connection c
            WHERE c.node_id = t.node_id AND c.approval = 'sign-in' AND c.state <> 'draft')"
    };
}

fn place(row: &Row) -> Result<PendingKey, Fault> {
    Ok((row.get(0)?, row.get(1)?))
}

impl Approvals for PgTx<'_> {
    fn pending_teams(&mut self, reach: ApprovalScope, limit: u64) -> Result<Vec<TeamKey>, Fault> {
        let all = "SELECT team_key FROM team
            WHERE state = 'pending' AND rejection IS NULL LIMIT ?1";
        let of_node = "SELECT team_key FROM team
            WHERE state = 'pending' AND node_id = ?2 AND rejection IS NULL LIMIT ?1";
        let at_sign_in = "SELECT t.team_key FROM connection c JOIN team t
            ON t.node_id = c.node_id AND t.state = 'pending'
            WHERE c.approval = 'sign-in' AND c.state <> 'draft' AND t.rejection IS NULL LIMIT ?1";
        let limit = signed(limit);
        match reach {
            ApprovalScope::All => collect(self.db, all, params![limit], |row| row.get(0)),
            ApprovalScope::Node(node) => collect(self.db, of_node, params![limit, node], |row| row.get(0)),
            ApprovalScope::SignIn => collect(self.db, at_sign_in, params![limit], |row| row.get(0)),
        }
    }

    fn pending_memberships(
        &mut self,
        reach: ApprovalScope,
        after: PendingKey,
        limit: u64,
    ) -> Result<Vec<PendingKey>, Fault> {
        let all = "SELECT m.team_key, m.user_id FROM membership m
            JOIN team t ON t.team_key = m.team_key
            WHERE m.state = 'pending' AND m.team_key >= ?1 AND (m.team_key > ?1 OR m.user_id > ?2)
              AND m.rejection IS NULL AND t.rejection IS NULL
            ORDER BY m.team_key, m.user_id LIMIT ?3";
        let of_node = "SELECT m.team_key, m.user_id FROM team t
            JOIN membership m ON m.team_key = t.team_key AND m.state = 'pending'
            WHERE t.node_id = ?4 AND t.team_key >= ?1 AND (t.team_key > ?1 OR m.user_id > ?2)
              AND m.rejection IS NULL AND t.rejection IS NULL
            ORDER BY t.team_key, m.user_id LIMIT ?3";
        let at_sign_in = concat!(
            "SELECT m.team_key, m.user_id FROM membership m
            JOIN team t ON t.team_key = m.team_key
            WHERE m.state = 'pending' AND m.team_key >= ?1 AND (m.team_key > ?1 OR m.user_id > ?2)
              AND m.rejection IS NULL AND t.rejection IS NULL
              AND ",
            at_sign_in!(),
            "
            ORDER BY m.team_key, m.user_id LIMIT ?3"
        );
        let (team, user) = after;
        match reach {
            ApprovalScope::All => collect(self.db, all, params![team, user, signed(limit)], place),
            ApprovalScope::Node(node) => collect(self.db, of_node, params![team, user, signed(limit), node], place),
            ApprovalScope::SignIn => collect(self.db, at_sign_in, params![team, user, signed(limit)], place),
        }
    }

    fn count_pending(&mut self, reach: ApprovalScope) -> Result<(u64, u64), Fault> {
        let count = |condition: &str, node: Option<i64>| -> Result<(u64, u64), Fault> {
            let sql = format!(
                "SELECT (SELECT count(*) FROM team t
                    WHERE t.state = 'pending' AND t.rejection IS NULL AND {condition}),
                  (SELECT count(*) FROM membership m
                    JOIN team t ON t.team_key = m.team_key
                    WHERE m.state = 'pending' AND m.rejection IS NULL AND t.rejection IS NULL AND {condition})"
            );
            let row = |row: &Row| Ok((row.get(0)?, row.get(1)?));
            Ok(first(
                self.db,
                &sql,
                &node.as_ref().map(|node| node as &dyn ToColumn).into_iter().collect::<Vec<_>>(),
                row,
            )?
            .unwrap_or_default())
        };
        match reach {
            ApprovalScope::All => count("TRUE", None),
            ApprovalScope::Node(node) => count("t.node_id = ?1", Some(node.0)),
            ApprovalScope::SignIn => count(at_sign_in!(), None),
        }
    }

    fn team_by_key(&mut self, key: TeamKey) -> Result<Option<(Team, bool)>, Fault> {
        self.hold_team("SELECT node_id FROM team WHERE team_key = ?1", &key)?;
        let by_key =
            concat!("SELECT ", team::columns!(), ", t.rejection IS NOT NULL FROM team t WHERE t.team_key = ?1");
        first(self.db, by_key, params![key], |row| Ok((team::team(row)?, row.get(12)?)))
    }

    fn pending(&mut self, place: PendingKey) -> Result<Option<Pending>, Fault> {
        let row = "SELECT u.state, u.lock, m.granted, m.rejection IS NOT NULL
            FROM membership m JOIN \"user\" u ON u.user_id = m.user_id
            WHERE m.team_key = ?1 AND m.user_id = ?2 AND m.state = 'pending'";
        first(self.db, row, params![place.0, place.1], |row| {
            Ok(Pending { user_state: row.get(0)?, lock: row.get(1)?, granted: row.get(2)?, rejected: row.get(3)? })
        })
    }

    fn approve_team(&mut self, team: &Team) -> Result<(), Fault> {
        let update = "UPDATE team SET state = ?2, rejection = NULL, version = ?3, modified_at = ?4 WHERE team_key = ?1";
        change(self.db, update, params![team.key, team.state, team.version, team.modified_at]).map(drop)
    }

    fn grant(&mut self, place: PendingKey, state: crate::domain::membership::MembershipState) -> Result<(), Fault> {
        let approved = state == crate::domain::membership::MembershipState::Approved;
        let update = "UPDATE membership SET granted = TRUE, rejection = NULL, state = CASE WHEN ?3 THEN 'approved' ELSE 'pending' END
            WHERE team_key = ?1 AND user_id = ?2";
        change(self.db, update, params![place.0, place.1, approved]).map(drop)
    }

    fn withdraw(&mut self, place: PendingKey) -> Result<bool, Fault> {
        let update = "UPDATE membership SET granted = FALSE, state = 'pending'
            WHERE team_key = ?1 AND user_id = ?2 AND rejection IS NULL AND (state = 'approved' OR granted)";
        Ok(change(self.db, update, params![place.0, place.1])? > 0)
    }

    fn suspend_memberships(&mut self, team: TeamKey) -> Result<(), Fault> {
        let update =
            "UPDATE membership SET granted = TRUE, state = 'pending' WHERE team_key = ?1 AND state = 'approved'";
        change(self.db, update, params![team]).map(drop)
    }

    fn reject_team(&mut self, key: TeamKey, reason: &str) -> Result<(), Fault> {
        change(self.db, "UPDATE team SET rejection = ?2 WHERE team_key = ?1", params![key, reason]).map(drop)
    }

    fn reject_membership(&mut self, place: PendingKey, reason: &str) -> Result<(), Fault> {
        let update = "UPDATE membership SET granted = FALSE, rejection = ?3 WHERE team_key = ?1 AND user_id = ?2";
        change(self.db, update, params![place.0, place.1, reason]).map(drop)
    }

    fn granted_of_user(&mut self, user: UserId) -> Result<Vec<(TeamKey, TeamState)>, Fault> {
        let granted = "SELECT m.team_key, t.state FROM membership m JOIN team t ON t.team_key = m.team_key
            WHERE m.user_id = ?1 AND m.state = 'pending' AND m.granted AND m.rejection IS NULL";
        collect(self.db, granted, params![user], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn granted_of_team(&mut self, team: TeamKey) -> Result<Vec<(UserId, UserState, Lock)>, Fault> {
        // By itself SQLite takes the primary key and walks the approved memberships too.
        let granted = "SELECT m.user_id, u.state, u.lock
            FROM membership m JOIN \"user\" u ON u.user_id = m.user_id
            WHERE m.state = 'pending' AND m.team_key = ?1 AND m.granted AND m.rejection IS NULL";
        collect(self.db, granted, params![team], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    fn restrictions(&mut self, key: TeamKey) -> Result<[bool; 3], Fault> {
        let row = "SELECT restrict_share, restrict_edit, restrict_view FROM team WHERE team_key = ?1";
        let found = first(self.db, row, params![key], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        Ok(found.unwrap_or_default())
    }

    fn restrict_team(&mut self, key: TeamKey, restrictions: Restrictions) -> Result<(), Fault> {
        let update = "UPDATE team SET restrict_share = coalesce(?2, restrict_share),
              restrict_edit = coalesce(?3, restrict_edit), restrict_view = coalesce(?4, restrict_view)
            WHERE team_key = ?1";
        let Restrictions { share, edit, view } = restrictions;
        change(self.db, update, params![key, share, edit, view]).map(drop)
    }
}
