//! The directory in SQLite: the lists of an administrator, across nodes. Every fragment of a statement is constant text;
//! values are bound.

use super::{SqliteTx, change, collect, first, part, signed, team};
use crate::domain::directory::{
    Directory, MemberRow, Origin, Progress, QueueCount, QueueFilter, QueueState, TeamFilter, TeamOrder, TeamRow,
    UserFilter, UserOrder, UserShown, progress,
};
use crate::domain::predicate::Window;
use crate::domain::team::Team;
use crate::domain::user::{ScopeKey, User};
use crate::domain::{Fault, NodeId, TeamId, TeamKey, Time, UserId, fold};
use crate::store::condition::Value;
use rusqlite::{Row, params, params_from_iter};
use std::collections::BTreeMap;

/// The columns of a membership `m` with its team `t` and its user `u`, in the order of [`member`].
macro_rules! members {
    ($rest:literal) => {
        concat!(
            "SELECT t.team_id, t.name, t.state, t.rejection IS NOT NULL, t.node_id, u.user_id, u.user_name, u.display_name,
               u.state, u.lock, m.state, m.granted, m.rejection, m.created_at ",
            $rest
        )
    };
}

fn member(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    Ok(MemberRow {
        team: row.get(0)?,
        team_name: row.get(1)?,
        team_progress: progress(row.get(2)?, row.get(3)?),
        node: row.get(4)?,
        user: row.get(5)?,
        user_name: row.get(6)?,
        display_name: row.get(7)?,
        user_state: row.get(8)?,
        lock: row.get(9)?,
        state: row.get(10)?,
        granted: row.get(11)?,
        rejection: row.get(12)?,
        created_at: row.get(13)?,
    })
}

/// Conditions that all hold, with their values.
#[derive(Default)]
struct WhereClause {
    sql: String,
    values: Vec<Value>,
}

impl WhereClause {
    fn and(&mut self, condition: &'static str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }
}

const CONTROLLED: &str = "EXISTS (SELECT 1 FROM connection c WHERE c.node_id = u.node_id AND c.scim_id = u.scim_id)";
const BY_HAND: &str = "NOT EXISTS (SELECT 1 FROM connection c WHERE c.node_id = u.node_id AND c.scim_id = u.scim_id)";
const ROLE: &str = "EXISTS (SELECT 1 FROM connection c WHERE c.node_id = t.node_id AND c.role_prefix IS NOT NULL
    AND substr(t.name, 1, length(c.role_prefix)) = c.role_prefix)";
const NO_ROLE: &str = "NOT EXISTS (SELECT 1 FROM connection c WHERE c.node_id = t.node_id AND c.role_prefix IS NOT NULL
    AND substr(t.name, 1, length(c.role_prefix)) = c.role_prefix)";

fn users_where(filter: &UserFilter) -> WhereClause {
    let mut on = WhereClause::default();
    if let Some(node) = filter.node {
        on.and("u.node_id = ?", [Value::from(node.0)]);
    }
    if let Some(name) = &filter.user_name {
        on.and("u.user_name_folded = ?", [Value::from(fold(name))]);
    }
    if !filter.text.is_empty() {
        let text = Value::from(fold(&filter.text));
        let contains = "(instr(u.user_name_folded, ?) > 0 OR coalesce(instr(u.display_name_folded, ?), 0) > 0)";
        on.and(contains, [text.clone(), text]);
    }
    match filter.state {
        Some(UserShown::Invited) => on.and("u.state = 'invited' AND u.lock = 'none'", []),
        Some(UserShown::Active) => on.and("u.state = 'active' AND u.lock = 'none'", []),
        Some(UserShown::Locked) => on.and("u.lock <> 'none'", []),
        None => {}
    }
    if let Some(lock) = filter.lock {
        on.and("u.lock = ?", [Value::from(lock.word().to_owned())]);
    }
    if let Some(after) = filter.after {
        on.and("u.user_id > ?", [Value::from(after.0)]);
    }
    match filter.origin {
        Some(Origin::Scim) => on.and(CONTROLLED, []),
        Some(Origin::Hand) => on.and(BY_HAND, []),
        None => {}
    }
    on
}

fn teams_where(filter: &TeamFilter) -> WhereClause {
    let mut on = WhereClause::default();
    if let Some(node) = filter.node {
        on.and("t.node_id = ?", [Value::from(node.0)]);
    }
    if !filter.text.is_empty() {
        on.and("instr(t.name_folded, ?) > 0", [Value::from(fold(&filter.text))]);
    }
    match filter.state {
        Some(Progress::Pending) => on.and("t.state = 'pending' AND t.rejection IS NULL", []),
        Some(Progress::Rejected) => on.and("t.state = 'pending' AND t.rejection IS NOT NULL", []),
        Some(Progress::Approved) => on.and("t.state = 'approved'", []),
        None => {}
    }
    match filter.role {
        Some(true) => on.and(ROLE, []),
        Some(false) => on.and(NO_ROLE, []),
        None => {}
    }
    on
}

impl SqliteTx<'_> {
    fn members_page(&self, from: &str, on: WhereClause, window: Window) -> Result<(Vec<MemberRow>, u64), Fault> {
        let count = format!("SELECT count(*) {from}{}", on.sql);
        let total = first(self.db, &count, params_from_iter(on.values.iter()), |row| row.get(0))?.unwrap_or_default();
        let page = format!("{} {from}{} ORDER BY m.team_key, m.user_id LIMIT ? OFFSET ?", members!(""), on.sql);
        let window = [Value::from(signed(window.limit)), Value::from(signed(window.offset))];
        let rows = collect(self.db, &page, params_from_iter(on.values.into_iter().chain(window)), member)?;
        Ok((rows, total))
    }
}

impl Directory for SqliteTx<'_> {
    fn user_anywhere(&mut self, id: UserId) -> Result<Option<User>, Fault> {
        self.user_by_id(id)
    }

    fn team_anywhere(&mut self, id: TeamId) -> Result<Option<Team>, Fault> {
        first(self.db, concat!("SELECT ", team::columns!(), " FROM team t WHERE t.team_id = ?1"), [id], team::team)
    }

    fn join_user(&mut self, id: UserId) -> Result<(), Fault> {
        change(self.db, "UPDATE user SET state = 'active' WHERE user_id = ?1", [id]).map(drop)
    }

    fn move_user(&mut self, user: &User, from: NodeId, scope: ScopeKey) -> Result<(), Fault> {
        self.settle()?;
        let update = "UPDATE user SET
              node_id = ?2, scim_id = ?3, scope = ?4, version = ?5, modified_at = ?6, user_name_folded = ?7
            WHERE user_id = ?1";
        let folded = fold(&user.profile.user_name);
        let values = params![user.id, user.node, user.scim_id, scope, user.version, user.modified_at, folded];
        change(self.db, update, values)?;
        let moved = "UPDATE user_email SET node_id = ?2 WHERE node_id = ?1 AND email = ?3 AND user_id = ?4";
        for email in self.listed_emails(user.id)? {
            change(self.db, moved, params![from, user.node, email, user.id])?;
        }
        Ok(())
    }

    fn lock_of(&mut self, id: UserId) -> Result<Option<(Time, String)>, Fault> {
        let lock = "SELECT locked_at, locked_by FROM user WHERE user_id = ?1 AND locked_at IS NOT NULL";
        first(self.db, lock, [id], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn emails_of(&mut self, id: UserId) -> Result<Vec<String>, Fault> {
        // The table of addresses is for looking up: it has them folded and without an order.
        let sent = "SELECT json_extract(u.resource, e.fullkey || '.value')
            FROM user u CROSS JOIN json_each(u.resource, '$.emails') e
            WHERE u.user_id = ?1 AND json_type(u.resource, e.fullkey || '.value') = 'text'
            ORDER BY json_extract(u.resource, e.fullkey || '.primary') IS NOT TRUE, e.key";
        collect(self.db, sent, [id], |row| row.get(0))
    }

    fn count_teams_of(&mut self, id: UserId) -> Result<u64, Fault> {
        let count = "SELECT count(*) FROM membership WHERE user_id = ?1";
        Ok(first(self.db, count, [id], |row| row.get(0))?.unwrap_or_default())
    }

    fn list_users(&mut self, filter: &UserFilter, window: Window) -> Result<(Vec<User>, u64), Fault> {
        let on = users_where(filter);
        let order = match filter.order {
            (UserOrder::Created, false) => "u.user_id",
            (UserOrder::Created, true) => "u.user_id DESC",
            (UserOrder::UserName, false) => "u.user_name_folded, u.user_id",
            (UserOrder::UserName, true) => "u.user_name_folded DESC, u.user_id DESC",
            (UserOrder::DisplayName, false) => "u.display_name_folded, u.user_id",
            (UserOrder::DisplayName, true) => "u.display_name_folded DESC, u.user_id DESC",
            (UserOrder::Modified, false) => "u.modified_at, u.user_id",
            (UserOrder::Modified, true) => "u.modified_at DESC, u.user_id DESC",
        };
        let limit = if filter.after.is_some() { signed(window.limit) } else { -1 };
        let all = format!("SELECT u.user_id FROM user u{} ORDER BY {order} LIMIT {limit}", on.sql);
        let ids: Vec<UserId> = collect(self.db, &all, params_from_iter(on.values), |row| row.get(0))?;
        Ok((self.users_by_id(part(&ids, window))?, ids.len() as u64))
    }

    fn list_teams(&mut self, filter: &TeamFilter, window: Window) -> Result<(Vec<TeamRow>, u64), Fault> {
        let on = teams_where(filter);
        let order = match filter.order {
            (TeamOrder::Created, false) => "t.team_key",
            (TeamOrder::Created, true) => "t.team_key DESC",
            (TeamOrder::Name, false) => "t.name_folded, t.team_key",
            (TeamOrder::Name, true) => "t.name_folded DESC, t.team_key DESC",
            (TeamOrder::Members, false) => "t.members, t.team_key",
            (TeamOrder::Members, true) => "t.members DESC, t.team_key DESC",
            (TeamOrder::Modified, false) => "t.modified_at, t.team_key",
            (TeamOrder::Modified, true) => "t.modified_at DESC, t.team_key DESC",
        };
        let all = format!("SELECT t.team_key FROM team t{} ORDER BY {order}", on.sql);
        let keys: Vec<TeamKey> = collect(self.db, &all, params_from_iter(on.values), |row| row.get(0))?;
        let rows = part(&keys, window).iter().filter_map(|key| self.team_row(*key).transpose());
        Ok((rows.collect::<Result<_, _>>()?, keys.len() as u64))
    }

    fn team_row(&mut self, key: TeamKey) -> Result<Option<TeamRow>, Fault> {
        let by_key = concat!(
            "SELECT ",
            team::columns!(),
            ", t.rejection, t.restrict_share, t.restrict_edit, t.restrict_view,
              (SELECT count(*) FROM membership m INDEXED BY membership_pending
                WHERE m.team_key = t.team_key AND m.state = 'pending')
             FROM team t WHERE t.team_key = ?1"
        );
        first(self.db, by_key, [key], |row| {
            Ok(TeamRow {
                team: team::team(row)?,
                rejection: row.get(12)?,
                restrictions: [row.get(13)?, row.get(14)?, row.get(15)?],
                pending_members: row.get(16)?,
            })
        })
    }

    fn list_members(
        &mut self,
        team: TeamKey,
        state: Option<Progress>,
        window: Window,
    ) -> Result<(Vec<MemberRow>, u64), Fault> {
        let mut on = WhereClause::default();
        on.and("m.team_key = ?", [Value::from(team.0)]);
        match state {
            Some(Progress::Approved) => on.and("m.state = 'approved'", []),
            Some(Progress::Pending) => on.and("m.state = 'pending' AND m.rejection IS NULL", []),
            Some(Progress::Rejected) => on.and("m.state = 'pending' AND m.rejection IS NOT NULL", []),
            None => {}
        }
        let from =
            "FROM membership m CROSS JOIN team t ON t.team_key = m.team_key CROSS JOIN user u ON u.user_id = m.user_id";
        self.members_page(from, on, window)
    }

    fn memberships_of(&mut self, user: UserId, limit: u64) -> Result<Vec<MemberRow>, Fault> {
        let all = members!(
            "FROM membership m CROSS JOIN team t ON t.team_key = m.team_key CROSS JOIN user u ON u.user_id = m.user_id
             WHERE m.user_id = ?1 ORDER BY m.team_key LIMIT ?2"
        );
        collect(self.db, all, params![user, signed(limit)], member)
    }

    fn list_queue(&mut self, filter: &QueueFilter, window: Window) -> Result<(Vec<MemberRow>, u64), Fault> {
        let mut on = WhereClause::default();
        on.and("m.state = 'pending'", []);
        match filter.which {
            QueueState::Open => on.and("m.granted = 0 AND m.rejection IS NULL AND t.rejection IS NULL", []),
            QueueState::Waiting => on.and("m.granted = 1 AND m.rejection IS NULL AND t.rejection IS NULL", []),
            QueueState::Rejected => on.and("m.rejection IS NOT NULL", []),
        }
        if let Some(team) = filter.team {
            on.and("m.team_key = ?", [Value::from(team.0)]);
        }
        if let Some(node) = filter.node {
            on.and("t.node_id = ?", [Value::from(node.0)]);
        }
        if !filter.text.is_empty() {
            let text = Value::from(fold(&filter.text));
            let contains = "(instr(u.user_name_folded, ?) > 0 OR coalesce(instr(u.display_name_folded, ?), 0) > 0
                OR instr(t.name_folded, ?) > 0)";
            on.and(contains, [text.clone(), text.clone(), text]);
        }
        let from = "FROM membership m INDEXED BY membership_pending
            CROSS JOIN team t ON t.team_key = m.team_key CROSS JOIN user u ON u.user_id = m.user_id";
        self.members_page(from, on, window)
    }

    fn count_queue(&mut self) -> Result<Vec<QueueCount>, Fault> {
        let teams = "SELECT node_id, sum(rejection IS NULL), sum(rejection IS NOT NULL)
            FROM team INDEXED BY team_pending WHERE state = 'pending' GROUP BY node_id";
        // Those of a rejected team went out of the queue with it.
        let memberships = "SELECT t.node_id, sum(m.rejection IS NULL AND t.rejection IS NULL AND m.granted = 0),
              sum(m.rejection IS NULL AND t.rejection IS NULL AND m.granted = 1), sum(m.rejection IS NOT NULL)
            FROM membership m INDEXED BY membership_pending CROSS JOIN team t ON t.team_key = m.team_key
            WHERE m.state = 'pending' GROUP BY t.node_id";
        let mut counts: BTreeMap<NodeId, QueueCount> = BTreeMap::new();
        let empty = |node| QueueCount { node, teams: 0, memberships: 0, waiting: 0, rejected: 0 };
        let teams: Vec<(NodeId, u64, u64)> =
            collect(self.db, teams, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for (node, pending, rejected) in teams {
            let count = counts.entry(node).or_insert_with(|| empty(node));
            count.teams += pending;
            count.rejected += rejected;
        }
        let memberships: Vec<(NodeId, u64, u64, u64)> =
            collect(self.db, memberships, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        for (node, open, waiting, rejected) in memberships {
            let count = counts.entry(node).or_insert_with(|| empty(node));
            count.memberships += open;
            count.waiting += waiting;
            count.rejected += rejected;
        }
        Ok(counts.into_values().collect())
    }
}
