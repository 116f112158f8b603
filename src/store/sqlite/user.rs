//! Users in SQLite.

use super::document::DIALECT;
use super::{SqliteTx, change, collect, each, first, resource_column, sift, signed, walk::Walked};
use crate::domain::predicate::{Predicate, Walk, Window};
use crate::domain::user::{ScopeKey, User, UserProfile, Users, Visit};
use crate::domain::{Fault, NodeId, Time, UserId, fold};
use crate::store::known_anchors::Anchored;
use crate::store::select;
use rusqlite::{Row, params, params_from_iter};

/// The columns of a user called `u`, in the order of [`user`].
macro_rules! columns {
    () => {
        "u.user_id, u.node_id, u.scim_id, u.state, u.lock, u.user_name, u.external_id, u.display_name, u.resource,
         u.version, u.created_at, u.modified_at"
    };
}

/// Walks over users.
const WALKED: Walked<User> = Walked {
    steps: select::walk_users,
    rows: concat!("SELECT ", columns!(), " FROM user u WHERE "),
    one: concat!("SELECT ", columns!(), " FROM user u WHERE u.user_id = ?1"),
    number: "u.user_id",
    table: "user u",
    read: user,
};

/// All users of a node.
const EVERY: Anchored = Anchored {
    name: "user",
    counters: "SELECT removals, users FROM node WHERE node_id = ?1",
    forward: "SELECT user_id FROM user WHERE node_id = ?1 AND user_id >= ?2 ORDER BY user_id LIMIT 1 OFFSET ?3",
    backward: "SELECT user_id FROM user WHERE node_id = ?1 ORDER BY user_id DESC LIMIT 1 OFFSET ?2",
};

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
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

impl SqliteTx<'_> {
    pub(super) fn user_by_id(&self, id: UserId) -> Result<Option<User>, Fault> {
        first(self.db, concat!("SELECT ", columns!(), " FROM user u WHERE u.user_id = ?1"), [id], user)
    }

    pub(super) fn users_by_id(&self, ids: &[UserId]) -> Result<Vec<User>, Fault> {
        each(ids, |id| self.user_by_id(*id))
    }

    /// A page of all users: its place is found from the page before or in the index, then the rows are read from there on.
    fn every_user(&self, node: NodeId, window: Window) -> Result<Vec<User>, Fault> {
        let Some(place) = self.place(&EVERY, node, window.offset)? else { return Ok(Vec::new()) };
        let page = concat!(
            "SELECT ",
            columns!(),
            " FROM user u WHERE u.node_id = ?1 AND u.user_id >= ?2 ORDER BY u.user_id LIMIT ?3"
        );
        let values = params![node, place.number, signed(window.limit)];
        let (found, numbers) = match collect(self.db, page, values, user) {
            Err(Fault::Broken(_)) => {
                let keys = "SELECT user_id FROM user WHERE node_id = ?1 AND user_id >= ?2 ORDER BY user_id LIMIT ?3";
                let keys: Vec<UserId> = collect(self.db, keys, values, |row| row.get(0))?;
                (self.users_by_id(&keys)?, keys.iter().map(|key| key.0).collect())
            }
            found => {
                let found = found?;
                let numbers: Vec<i64> = found.iter().map(|user| user.id.0).collect();
                (found, numbers)
            }
        };
        self.remember_page(&EVERY, node, &place, window.offset, &numbers);
        Ok(found)
    }

    /// The addresses of a user as its row stands that are in the table of addresses, folded.
    pub(super) fn listed_emails(&self, id: UserId) -> Result<Vec<String>, Fault> {
        let listed = "SELECT folded(json_extract(u.resource, e.fullkey || '.value')) AS email
            FROM user u CROSS JOIN json_each(u.resource, '$.emails') e
            WHERE u.user_id = ?1 AND json_type(u.resource, e.fullkey || '.value') = 'text'
              AND NOT (u.name_is_email AND email = u.user_name_folded)";
        collect(self.db, listed, [id], |row| row.get(0))
    }

    /// Writes a user of whom no index knows anything new; false, and nothing is written, where one does. An index is
    /// written anew for each column that a statement names, changed or not.
    fn update_unindexed(&self, user: &User, scope: ScopeKey) -> Result<bool, Fault> {
        let update = "UPDATE user SET scim_id = ?2, state = ?3, resource = ?4, version = ?5, modified_at = ?6
            WHERE user_id = ?1 AND scope = ?7 AND user_name = ?8 AND external_id IS ?9 AND display_name IS ?10";
        let profile = &user.profile;
        let values = params![
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
        Ok(change(self.db, update, values)? > 0)
    }

    fn remove_emails(&self, node: NodeId, id: UserId, emails: &[&String]) -> Result<(), Fault> {
        let remove = "DELETE FROM user_email WHERE node_id = ?1 AND email = ?2 AND user_id = ?3";
        emails.iter().try_for_each(|email| change(self.db, remove, params![node, email, id]).map(drop))
    }

    fn add_emails(&self, node: NodeId, id: UserId, emails: &[&String]) -> Result<(), Fault> {
        let add = "INSERT INTO user_email (node_id, email, user_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        emails.iter().try_for_each(|email| change(self.db, add, params![node, email, id]).map(drop))
    }
}

/// The folded addresses that have rows of their own: all but the user name, which the index of names finds.
fn but_the_name<'e>(emails: &'e [String], folded: &str) -> Vec<&'e String> {
    emails.iter().filter(|email| *email != folded).collect()
}

impl Users for SqliteTx<'_> {
    fn user(&mut self, node: NodeId, id: UserId) -> Result<Option<User>, Fault> {
        Ok(self.user_by_id(id)?.filter(|user| user.node == node))
    }

    fn user_named(&mut self, scope: ScopeKey, folded: &str) -> Result<Option<User>, Fault> {
        let anywhere = concat!("SELECT ", columns!(), " FROM user u WHERE u.scope = 0 AND u.user_name_folded = ?1");
        let here = concat!("SELECT ", columns!(), " FROM user u WHERE u.node_id = ?1 AND u.user_name_folded = ?2");
        match scope {
            ScopeKey(0) => first(self.db, anywhere, [folded], user),
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
            let rows = concat!("SELECT ", columns!(), " FROM user u WHERE ");
            let page = [rows, &on.sql, " ORDER BY u.user_id LIMIT ? OFFSET ?"].concat();
            match collect(self.db, &page, params_from_iter(on.values.iter()), user) {
                Err(Fault::Broken(_)) => {}
                found => return found,
            }
        }
        let page = format!("SELECT u.user_id FROM user u WHERE {} ORDER BY u.user_id LIMIT ? OFFSET ?", on.sql);
        let ids: Vec<UserId> = collect(self.db, &page, params_from_iter(on.values), |row| row.get(0))?;
        self.users_by_id(&ids)
    }

    fn users_to_pass(&mut self, node: NodeId, offset: u64) -> Result<u64, Fault> {
        self.distance(&EVERY, node, offset)
    }

    fn sift_users(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<UserId>, u64), Fault> {
        let on = select::users(&DIALECT, node, which);
        let all = format!("SELECT u.user_id FROM user u WHERE {} ORDER BY u.user_id", on.sql);
        sift(self.db, &all, on.values, window)
    }

    fn users_with(&mut self, keys: &[UserId]) -> Result<Vec<User>, Fault> {
        self.users_by_id(keys)
    }

    fn count_users(&mut self, node: NodeId, which: &Predicate) -> Result<u64, Fault> {
        if *which == Predicate::Everything {
            self.settle()?;
            let counter = "SELECT users FROM node WHERE node_id = ?1";
            return Ok(first(self.db, counter, [node], |row| row.get(0))?.unwrap_or_default());
        }
        let on = select::users(&DIALECT, node, which);
        let count = format!("SELECT count(*) FROM user u WHERE {}", on.sql);
        Ok(first(self.db, &count, params_from_iter(on.values), |row| row.get(0))?.unwrap_or_default())
    }

    fn walk_users(
        &mut self,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, User>,
    ) -> Result<(), Fault> {
        self.walk(&WALKED, node, which, walk, visit)
    }

    fn insert_user(&mut self, user: &User, scope: ScopeKey, emails: &[String]) -> Result<bool, Fault> {
        let insert = "INSERT INTO user (
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
        self.cache()?.count(self.db, user.node)?;
        self.add_emails(user.node, user.id, &listed)?;
        Ok(true)
    }

    fn update_user(&mut self, user: &User, scope: ScopeKey, emails: Option<&[String]>) -> Result<bool, Fault> {
        let update = "UPDATE user SET
              scim_id = ?2, scope = ?3, user_name = ?4, user_name_folded = ?5, external_id = ?6, display_name = ?7,
              display_name_folded = ?8, state = ?9, resource = ?10, version = ?11, modified_at = ?12,
              name_is_email = ifnull(?13, name_is_email)
            WHERE user_id = ?1";
        if emails.is_none() && self.update_unindexed(user, scope)? {
            return Ok(true);
        }
        let profile = &user.profile;
        let folded = fold(&profile.user_name);
        // Read before the resource that they are read from is another one.
        let listed = emails.map(|emails| Ok::<_, Fault>((emails, self.listed_emails(user.id)?))).transpose()?;
        let values = params![
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
        ];
        match self.db.prepare_cached(update)?.execute(values) {
            Err(e) if is_taken(&e) => return Ok(false),
            done => done?,
        };
        let Some((emails, was)) = listed else { return Ok(true) };
        let is = but_the_name(emails, &folded);
        let gone: Vec<&String> = was.iter().filter(|email| !is.contains(email)).collect();
        let new: Vec<&String> = is.into_iter().filter(|email| !was.contains(email)).collect();
        self.remove_emails(user.node, user.id, &gone)?;
        self.add_emails(user.node, user.id, &new)?;
        Ok(true)
    }

    fn relock_user(&mut self, user: &User, locked: Option<(Time, &str)>) -> Result<(), Fault> {
        let update = "UPDATE user SET lock = ?2, version = ?3, modified_at = ?4, locked_at = ?5, locked_by = ?6
            WHERE user_id = ?1";
        let (at, by) = locked.unzip();
        change(self.db, update, params![user.id, user.lock, user.version, user.modified_at, at, by]).map(drop)
    }

    fn delete_user(&mut self, user: &User) -> Result<(), Fault> {
        self.settle()?;
        let listed = self.listed_emails(user.id)?;
        self.remove_emails(user.node, user.id, &listed.iter().collect::<Vec<_>>())?;
        change(self.db, "DELETE FROM user WHERE user_id = ?1", [user.id]).map(drop)
    }

    fn rescope_users(&mut self, node: NodeId, scope: ScopeKey) -> Result<Option<(u64, String)>, Fault> {
        // What version 4 found twice in a node cannot be told apart by a provider (upgrade_4.sql).
        let twice = "SELECT count(*), min(u.user_name) FROM user u
            WHERE u.node_id = ?1 AND instr(u.user_name_folded, char(10)) > 0";
        let taken = "SELECT count(*) OVER (), u.user_name FROM user u
            WHERE u.node_id = ?1 AND u.scope <> 0 AND EXISTS (
              SELECT 1 FROM user other WHERE other.scope = 0 AND other.user_name_folded = u.user_name_folded)
            ORDER BY u.user_name_folded LIMIT 1";
        let update = "UPDATE user SET scope = ?2 WHERE node_id = ?1 AND scope <> ?2";
        if let Some((count, Some(name))) = first(self.db, twice, [node], |row| Ok((row.get(0)?, row.get(1)?)))? {
            return Ok(Some((count, name)));
        }
        match self.db.prepare_cached(update)?.execute(params![node, scope]) {
            Err(e) if is_taken(&e) => {
                let collision = first(self.db, taken, [node], |row| Ok((row.get(0)?, row.get(1)?)))?;
                collision.map_or_else(|| Err(e.into()), |collision| Ok(Some(collision)))
            }
            done => {
                done?;
                Ok(None)
            }
        }
    }
}

/// Whether a name was refused because somebody has it.
fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}
