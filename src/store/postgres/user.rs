//! Users on PostgreSQL.

use super::bound;
use super::document::DIALECT;
use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first, resource_column, scan, sift, signed, undamaged};
use crate::domain::predicate::{Position, Predicate, Walk, Window};
use crate::domain::user::{ScopeKey, User, UserProfile, Users, Visit};
use crate::domain::{Fault, NodeId, Time, UserId, fold};
use crate::store::known_anchors::Anchored;
use crate::store::select;
use std::collections::HashMap;

/// The columns of a user called `u`, in the order of [`user`].
macro_rules! columns {
    () => {
        "u.user_id, u.node_id, u.scim_id, u.state, u.lock, u.user_name, u.external_id, u.display_name, u.resource,
         u.version, u.created_at, u.modified_at"
    };
}

/// The addresses of the user `?1` that are in the table of addresses, folded, taken from its resource.
macro_rules! listed_emails {
    () => {
        "SELECT DISTINCT scimbox_folded(e.value ->> 'value')
            FROM \"user\" u, jsonb_array_elements(CASE jsonb_typeof(scimbox_json(u.resource) -> 'emails')
              WHEN 'array' THEN scimbox_json(u.resource) -> 'emails' END) e (value)
            WHERE u.user_id = ?1 AND jsonb_typeof(e.value -> 'value') = 'string'
              AND NOT (u.name_is_email AND scimbox_folded(e.value ->> 'value') = u.user_name_folded)"
    };
}

/// All users of a node.
const EVERY: Anchored = Anchored {
    name: "user",
    counters: "SELECT removals, users FROM node WHERE node_id = ?1",
    forward: "SELECT user_id FROM \"user\" WHERE node_id = ?1 AND user_id >= ?2 ORDER BY user_id LIMIT 1 OFFSET ?3",
    backward: "SELECT user_id FROM \"user\" WHERE node_id = ?1 ORDER BY user_id DESC LIMIT 1 OFFSET ?2",
};

/// A user.
pub(super) const BY_ID: &str = concat!("SELECT ", columns!(), " FROM \"user\" u WHERE u.user_id = ?1");

fn user(row: &Row) -> Result<User, Fault> {
    Ok(User {
        id: row.get(0)?,
        node: row.get(1)?,
        scim_id: row.get(2)?,
        state: row.get(3)?,
        lock: row.get(4)?,
        profile: UserProfile {
            user_name: row.get(5)?,
            external_id: row.get(6)?,
            display_name: row.get(7)?,
            resource: resource_column::read(row, 8)?,
        },
        version: row.get(9)?,
        created_at: row.get(10)?,
        modified_at: row.get(11)?,
    })
}

impl PgTx<'_> {
    pub(super) fn user_by_id(&self, id: UserId) -> Result<Option<User>, Fault> {
        first(self.db, BY_ID, params![id], user)
    }

    pub(super) fn users_by_id(&self, ids: &[UserId]) -> Result<Vec<User>, Fault> {
        let by_id = concat!("SELECT ", columns!(), " FROM \"user\" u WHERE u.user_id = ANY(?1)");
        let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut found: HashMap<i64, User> = HashMap::new();
        for row in self.db.query(by_id, params![wanted])?.iter() {
            let id: i64 = row.get(0)?;
            found.extend(undamaged(user(row), &id)?.map(|user| (id, user)));
        }
        Ok(ids.iter().filter_map(|id| found.remove(&id.0)).collect())
    }

    /// A page of all users: its place is found from the page before or in the index, then the rows are read from there on.
    fn every_user(&self, node: NodeId, window: Window) -> Result<Vec<User>, Fault> {
        let Some(place) = self.place(&EVERY, node, window.offset)? else { return Ok(Vec::new()) };
        let page = concat!(
            "SELECT ",
            columns!(),
            " FROM \"user\" u WHERE u.node_id = ?1 AND u.user_id >= ?2 ORDER BY u.user_id LIMIT ?3"
        );
        let rows = self.db.query(page, params![node, place.number, signed(window.limit)])?;
        let numbers = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, Fault>>()?;
        let mut found = Vec::new();
        for (row, number) in rows.iter().zip(&numbers) {
            found.extend(undamaged(user(row), number)?);
        }
        self.remember_page(&EVERY, node, &place, window.offset, &numbers);
        Ok(found)
    }

    /// The addresses of a user as its row stands that are in the table of addresses, folded.
    pub(super) fn listed_emails(&self, id: UserId) -> Result<Vec<String>, Fault> {
        collect(self.db, listed_emails!(), params![id], |row| row.get(0))
    }

    /// Removes the rows of a user's addresses but some, as long as its resource is the one that they were taken from.
    fn remove_emails(&self, node: NodeId, id: UserId, but: &[String]) -> Result<(), Fault> {
        let remove = concat!(
            "DELETE FROM user_email WHERE node_id = ?2 AND user_id = ?1 AND email <> ALL(?3) AND email = ANY(ARRAY(",
            listed_emails!(),
            "))"
        );
        self.db.execute_later(remove, params![id, node, but.to_vec()])
    }

    fn add_emails(&self, node: NodeId, id: UserId, emails: Vec<String>) -> Result<(), Fault> {
        let add =
            "INSERT INTO user_email (node_id, email, user_id) SELECT ?1, email, ?3 FROM unnest(?2) AS given (email)
            ON CONFLICT DO NOTHING";
        if emails.is_empty() { Ok(()) } else { self.db.execute_later(add, params![node, emails, id]) }
    }
}

/// The folded addresses that have rows of their own: all but the user name, which the index of names finds.
fn but_the_name(emails: &[String], folded: &str) -> Vec<String> {
    emails.iter().filter(|email| *email != folded).cloned().collect()
}

impl Users for PgTx<'_> {
    fn user(&mut self, node: NodeId, id: UserId) -> Result<Option<User>, Fault> {
        self.hold_node(node)?;
        Ok(self.user_by_id(id)?.filter(|user| user.node == node))
    }

    fn user_named(&mut self, scope: ScopeKey, folded: &str) -> Result<Option<User>, Fault> {
        if scope != ScopeKey(0) {
            self.hold_node(NodeId(scope.0))?;
        }
        let anywhere = concat!("SELECT ", columns!(), " FROM \"user\" u WHERE u.scope = 0 AND u.user_name_folded = ?1");
        let here = concat!("SELECT ", columns!(), " FROM \"user\" u WHERE u.node_id = ?1 AND u.user_name_folded = ?2");
        match scope {
            ScopeKey(0) => first(self.db, anywhere, params![folded], user),
            ScopeKey(node) => first(self.db, here, params![node, folded], user),
        }
    }

    fn users(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<User>, Fault> {
        if *which == Predicate::Everything {
            return self.every_user(node, window);
        }
        let mut on = select::users(&DIALECT, node, which);
        on.values.extend([signed(window.limit).into(), signed(window.offset).into()]);
        if window.offset == 0 {
            let rows = concat!("SELECT ", columns!(), " FROM \"user\" u WHERE ");
            let page = [rows, &on.sql, " ORDER BY u.user_id LIMIT ? OFFSET ?"].concat();
            match collect(self.db, &page, &bound(&on.values), user) {
                Err(Fault::Broken(_)) => {}
                found => return found,
            }
        }
        let page = format!("SELECT u.user_id FROM \"user\" u WHERE {} ORDER BY u.user_id LIMIT ? OFFSET ?", on.sql);
        let ids: Vec<UserId> = collect(self.db, &page, &bound(&on.values), |row| row.get(0))?;
        self.users_by_id(&ids)
    }

    fn users_to_pass(&mut self, node: NodeId, offset: u64) -> Result<u64, Fault> {
        self.distance(&EVERY, node, offset)
    }

    fn sift_users(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<UserId>, u64), Fault> {
        let on = select::users(&DIALECT, node, which);
        let all = format!("SELECT u.user_id FROM \"user\" u WHERE {} ORDER BY u.user_id", on.sql);
        sift(self.db, &all, &on.values, window)
    }

    fn users_with(&mut self, keys: &[UserId]) -> Result<Vec<User>, Fault> {
        self.users_by_id(keys)
    }

    fn count_users(&mut self, node: NodeId, which: &Predicate) -> Result<u64, Fault> {
        if *which == Predicate::Everything {
            return self.total(&EVERY, node);
        }
        let on = select::users(&DIALECT, node, which);
        let count = format!("SELECT count(*) FROM \"user\" u WHERE {}", on.sql);
        Ok(first(self.db, &count, &bound(&on.values), |row| row.get(0))?.unwrap_or_default())
    }

    fn walk_users(
        &mut self,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, User>,
    ) -> Result<(), Fault> {
        let steps = select::walk_users(&DIALECT, node, which, walk);
        let all = format!(concat!("SELECT ", columns!(), ", {} FROM \"user\" u WHERE {}"), steps.sort, steps.on.sql);
        self.db.walk(&all, &bound(&steps.on.values), &mut |row| {
            let value = row.get(12)?;
            let Some(found) = undamaged(user(&row), &row.get::<_, i64>(0)?)? else { return Ok(true) };
            let mark = Position { value, number: found.id.0 };
            scan::check_time()?;
            visit(&mut PgTx { db: self.db, writing: self.writing }, found, mark)
        })
    }

    fn insert_user(&mut self, user: &User, scope: ScopeKey, emails: &[String]) -> Result<bool, Fault> {
        let insert = "INSERT INTO \"user\" (
              user_id, node_id, scim_id, scope, user_name, user_name_folded, external_id, display_name,
              display_name_folded, state, lock, resource, version, created_at, modified_at, name_is_email)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            ON CONFLICT DO NOTHING";
        let profile = &user.profile;
        let folded = fold(&profile.user_name);
        let listed = but_the_name(emails, &folded);
        let values = params![
            user.id,
            user.node,
            user.scim_id,
            scope,
            profile.user_name,
            folded,
            profile.external_id,
            profile.display_name,
            profile.display_name.as_deref().map(fold),
            user.state,
            user.lock,
            profile.resource,
            user.version,
            user.created_at,
            user.modified_at,
            listed.len() < emails.len(),
        ];
        if change(self.db, insert, values)? == 0 {
            return Ok(false);
        }
        self.add_emails(user.node, user.id, listed)?;
        Ok(true)
    }

    fn update_user(&mut self, user: &User, scope: ScopeKey, emails: Option<&[String]>) -> Result<bool, Fault> {
        // A user of whom no index knows anything new: one is written anew for each column that a statement names, changed or not.
        let unindexed = "UPDATE \"user\" SET scim_id = ?2, state = ?3, resource = ?4, version = ?5, modified_at = ?6
            WHERE user_id = ?1 AND scope = ?7 AND user_name = ?8 AND external_id IS NOT DISTINCT FROM ?9
              AND display_name IS NOT DISTINCT FROM ?10";
        // Every other, unless the first one has written it already. A name that is taken is looked for, because a refusal would end
        // the transaction; who comes between makes all of it run again.
        let update = "UPDATE \"user\" SET
              scim_id = ?2, scope = ?3, user_name = ?4, user_name_folded = ?5, external_id = ?6, display_name = ?7,
              display_name_folded = ?8, state = ?9, resource = ?10, version = ?11, modified_at = ?12,
              name_is_email = coalesce(?13, name_is_email)
            WHERE user_id = ?1 AND version < ?11
              AND NOT EXISTS (SELECT 1 FROM \"user\" u
                WHERE u.node_id = ?14 AND u.user_name_folded = ?5 AND u.user_id <> ?1)
              AND (?3 <> 0 OR NOT EXISTS (SELECT 1 FROM \"user\" u
                WHERE u.scope = 0 AND u.user_name_folded = ?5 AND u.user_id <> ?1))";
        let profile = &user.profile;
        let folded = fold(&profile.user_name);
        let of_unindexed = params![
            user.id,
            user.scim_id,
            user.state,
            profile.resource,
            user.version,
            user.modified_at,
            scope,
            profile.user_name,
            profile.external_id,
            profile.display_name,
        ];
        let of_update = params![
            user.id,
            user.scim_id,
            scope,
            profile.user_name,
            folded,
            profile.external_id,
            profile.display_name,
            profile.display_name.as_deref().map(fold),
            user.state,
            profile.resource,
            user.version,
            user.modified_at,
            emails.map(|emails| emails.contains(&folded)),
            user.node,
        ];
        let Some(emails) = emails else {
            let written = self.db.execute_both([(unindexed, of_unindexed), (update, of_update)])?;
            return Ok(written.0 + written.1 > 0);
        };
        let listed = but_the_name(emails, &folded);
        self.remove_emails(user.node, user.id, &listed)?;
        if change(self.db, update, of_update)? == 0 {
            return Ok(false);
        }
        self.add_emails(user.node, user.id, listed)?;
        Ok(true)
    }

    fn relock_user(&mut self, user: &User, locked: Option<(Time, &str)>) -> Result<(), Fault> {
        let update = "UPDATE \"user\" SET lock = ?2, version = ?3, modified_at = ?4, locked_at = ?5, locked_by = ?6
            WHERE user_id = ?1";
        let (at, by) = locked.unzip();
        self.db.execute_later(update, params![user.id, user.lock, user.version, user.modified_at, at, by])
    }

    fn delete_user(&mut self, user: &User) -> Result<(), Fault> {
        self.remove_emails(user.node, user.id, &[])?;
        self.db.execute_later("DELETE FROM \"user\" WHERE user_id = ?1", params![user.id])
    }

    fn rescope_users(&mut self, node: NodeId, scope: ScopeKey) -> Result<Option<(u64, String)>, Fault> {
        // What version 4 found twice in a node cannot be told apart by a provider (upgrade_4.sql).
        let twice = "SELECT count(*), min(u.user_name) FROM \"user\" u
            WHERE u.node_id = ?1 AND strpos(u.user_name_folded, chr(10)) > 0";
        let taken = "SELECT count(*) OVER (), u.user_name FROM \"user\" u
            WHERE u.node_id = ?1 AND u.scope <> 0 AND EXISTS (
              SELECT 1 FROM \"user\" other WHERE other.scope = 0 AND other.user_name_folded = u.user_name_folded)
            ORDER BY u.user_name_folded LIMIT 1";
        let update = "UPDATE \"user\" SET scope = ?2 WHERE node_id = ?1 AND scope <> ?2";
        self.hold_node(node)?;
        if let Some((count, Some(name))) = first(self.db, twice, params![node], |row| Ok((row.get(0)?, row.get(1)?)))? {
            return Ok(Some((count, name)));
        }
        if scope == ScopeKey(0)
            && let Some(collision) = first(self.db, taken, params![node], |row| Ok((row.get(0)?, row.get(1)?)))?
        {
            return Ok(Some(collision));
        }
        change(self.db, update, params![node, scope])?;
        Ok(None)
    }
}
