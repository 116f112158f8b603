//! Teams in SQLite.

use super::document::DIALECT;
use super::{SqliteTx, change, collect, each, first, resource_column, sift, signed, walk::Walked};
use crate::domain::predicate::{Predicate, Walk, Window};
use crate::domain::team::{Team, TeamProfile, Teams};
use crate::domain::user::Visit;
use crate::domain::{Fault, NodeId, TeamId, TeamKey, Time};
use crate::store::known_anchors::Anchored;
use crate::store::select;
use rusqlite::{Row, params, params_from_iter};

/// The columns of a team called `t`, in the order of [`team`].
macro_rules! columns {
    () => {
        "t.team_key, t.team_id, t.node_id, t.scim_id, t.state, t.name, t.external_id, t.resource, t.members,
         t.version, t.created_at, t.modified_at"
    };
}
pub(super) use columns;

pub(super) fn team(row: &Row<'_>) -> rusqlite::Result<Team> {
    Ok(Team {
        key: row.get(0)?,
        id: row.get(1)?,
        node: row.get(2)?,
        scim_id: row.get(3)?,
        state: row.get(4)?,
        profile: TeamProfile { name: row.get(5)?, external_id: row.get(6)?, resource: resource_column::read(row, 7)? },
        members: row.get(8)?,
        version: row.get(9)?,
        created_at: row.get(10)?,
        modified_at: row.get(11)?,
    })
}

impl SqliteTx<'_> {
    fn teams_by_key(&self, keys: &[TeamKey]) -> Result<Vec<Team>, Fault> {
        let by_key = concat!("SELECT ", columns!(), " FROM team t WHERE t.team_key = ?1");
        each(keys, |key| first(self.db, by_key, [key], team))
    }

    /// A page of all teams, as that of all users.
    fn every_team(&self, node: NodeId, window: Window) -> Result<Vec<Team>, Fault> {
        let Some(place) = self.place(&EVERY, node, window.offset)? else { return Ok(Vec::new()) };
        let page = concat!(
            "SELECT ",
            columns!(),
            " FROM team t WHERE t.node_id = ?1 AND t.team_key >= ?2 ORDER BY t.team_key LIMIT ?3"
        );
        let values = params![node, place.number, signed(window.limit)];
        let (found, numbers) = match collect(self.db, page, values, team) {
            Err(Fault::Broken(_)) => {
                let keys = "SELECT team_key FROM team WHERE node_id = ?1 AND team_key >= ?2 ORDER BY team_key LIMIT ?3";
                let keys: Vec<TeamKey> = collect(self.db, keys, values, |row| row.get(0))?;
                (self.teams_by_key(&keys)?, keys.iter().map(|key| key.0).collect())
            }
            found => {
                let found = found?;
                let numbers: Vec<i64> = found.iter().map(|team| team.key.0).collect();
                (found, numbers)
            }
        };
        self.remember_page(&EVERY, node, &place, window.offset, &numbers);
        Ok(found)
    }
}

/// Walks over teams.
const WALKED: Walked<Team> = Walked {
    steps: select::walk_teams,
    rows: concat!("SELECT ", columns!(), " FROM team t WHERE "),
    one: concat!("SELECT ", columns!(), " FROM team t WHERE t.team_key = ?1"),
    number: "t.team_key",
    table: "team t",
    read: team,
};

/// All teams of a node.
const EVERY: Anchored = Anchored {
    name: "team",
    counters: "SELECT removals, teams FROM node WHERE node_id = ?1",
    forward: "SELECT team_key FROM team WHERE node_id = ?1 AND team_key >= ?2 ORDER BY team_key LIMIT 1 OFFSET ?3",
    backward: "SELECT team_key FROM team WHERE node_id = ?1 ORDER BY team_key DESC LIMIT 1 OFFSET ?2",
};

impl Teams for SqliteTx<'_> {
    fn team(&mut self, node: NodeId, id: TeamId) -> Result<Option<Team>, Fault> {
        let by_id = concat!("SELECT ", columns!(), " FROM team t WHERE t.team_id = ?1");
        Ok(first(self.db, by_id, [id], team)?.filter(|team| team.node == node))
    }

    fn has_team_named(&mut self, node: NodeId, folded: &str, but: Option<TeamKey>) -> Result<bool, Fault> {
        let other = "SELECT 1 FROM team WHERE node_id = ?1 AND name_folded = ?2 AND team_key IS NOT ?3 LIMIT 1";
        Ok(first(self.db, other, params![node, folded, but], |_| Ok(()))?.is_some())
    }

    fn teams(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<Team>, Fault> {
        if *which == Predicate::Everything {
            return self.every_team(node, window);
        }
        let mut on = select::teams(&DIALECT, node, which);
        on.values.extend([signed(window.limit).into(), signed(window.offset).into()]);
        let page = format!("SELECT t.team_key FROM team t WHERE {} ORDER BY t.team_key LIMIT ? OFFSET ?", on.sql);
        let keys: Vec<TeamKey> = collect(self.db, &page, params_from_iter(on.values), |row| row.get(0))?;
        self.teams_by_key(&keys)
    }

    fn teams_to_pass(&mut self, node: NodeId, offset: u64) -> Result<u64, Fault> {
        self.distance(&EVERY, node, offset)
    }

    fn sift_teams(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<TeamKey>, u64), Fault> {
        let on = select::teams(&DIALECT, node, which);
        let all = format!("SELECT t.team_key FROM team t WHERE {} ORDER BY t.team_key", on.sql);
        sift(self.db, &all, on.values, window)
    }

    fn teams_with(&mut self, keys: &[TeamKey]) -> Result<Vec<Team>, Fault> {
        self.teams_by_key(keys)
    }

    fn count_teams(&mut self, node: NodeId, which: &Predicate) -> Result<u64, Fault> {
        if *which == Predicate::Everything {
            let counter = "SELECT teams FROM node WHERE node_id = ?1";
            return Ok(first(self.db, counter, [node], |row| row.get(0))?.unwrap_or_default());
        }
        let on = select::teams(&DIALECT, node, which);
        let count = format!("SELECT count(*) FROM team t WHERE {}", on.sql);
        Ok(first(self.db, &count, params_from_iter(on.values), |row| row.get(0))?.unwrap_or_default())
    }

    fn walk_teams(
        &mut self,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, Team>,
    ) -> Result<(), Fault> {
        self.walk(&WALKED, node, which, walk, visit)
    }

    fn insert_team(&mut self, team: &Team, folded: &str) -> Result<(), Fault> {
        let insert = "INSERT INTO team (
              team_key, team_id, node_id, scim_id, state, name, name_folded, external_id, resource, version,
              created_at, modified_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let values = params![
            team.key,
            team.id,
            team.node,
            team.scim_id,
            team.state,
            team.profile.name,
            folded,
            team.profile.external_id,
            team.profile.resource,
            team.version,
            team.created_at,
            team.modified_at,
        ];
        change(self.db, insert, values).map(drop)
    }

    fn update_team(&mut self, team: &Team, folded: &str) -> Result<(), Fault> {
        let update = "UPDATE team SET
              state = ?2, name = ?3, name_folded = ?4, external_id = ?5, resource = ?6, version = ?7,
              modified_at = ?8
            WHERE team_key = ?1";
        let values = params![
            team.key,
            team.state,
            team.profile.name,
            folded,
            team.profile.external_id,
            team.profile.resource,
            team.version,
            team.modified_at,
        ];
        change(self.db, update, values).map(drop)
    }

    fn touch_team(&mut self, key: TeamKey, now: Time) -> Result<(), Fault> {
        let update = "UPDATE team SET version = version + 1, modified_at = max(modified_at, ?2) WHERE team_key = ?1";
        change(self.db, update, params![key, now]).map(drop)
    }

    fn delete_team(&mut self, key: TeamKey) -> Result<(), Fault> {
        change(self.db, "DELETE FROM membership WHERE team_key = ?1", [key])?;
        change(self.db, "DELETE FROM team WHERE team_key = ?1", [key]).map(drop)
    }
}
