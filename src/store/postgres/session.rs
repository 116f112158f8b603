//! Sessions on PostgreSQL.

use super::admin::admin;
use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first};
use crate::domain::admin::Admin;
use crate::domain::session::{Session, Sessions};
use crate::domain::{Fault, Time};

/// The first eight columns.
fn session(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        digest: row.get(0)?,
        admin: row.get(1)?,
        seen_at: row.get(2)?,
        expires_at: row.get(3)?,
        remembered: row.get(4)?,
        proved_at: row.get(5)?,
        address: row.get(6)?,
        client: row.get(7)?,
    })
}

impl Sessions for PgTx<'_> {
    fn session(&mut self, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>, Fault> {
        let by_digest =
            "SELECT s.digest, s.admin_id, s.seen_at, s.expires_at, s.remembered, s.proved_at, s.address, s.client,
              a.admin_id, a.email, a.name, a.created_at, a.role
            FROM session s JOIN admin a ON a.admin_id = s.admin_id WHERE s.digest = ?1";
        first(self.db, by_digest, params![digest], |row| Ok((session(row)?, admin(row, 8)?)))
    }

    fn sessions_of(&mut self, admin: i64) -> Result<Vec<Session>, Fault> {
        let all = "SELECT digest, admin_id, seen_at, expires_at, remembered, proved_at, address, client
            FROM session WHERE admin_id = ?1";
        collect(self.db, all, params![admin], session)
    }

    fn insert_session(&mut self, session: &Session, now: Time) -> Result<(), Fault> {
        let insert =
            "INSERT INTO session (digest, admin_id, seen_at, expires_at, remembered, proved_at, address, client)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        change(self.db, "DELETE FROM session WHERE expires_at <= ?1", params![now])?;
        let s = session;
        let values =
            params![s.digest, s.admin, s.seen_at, s.expires_at, s.remembered, s.proved_at, s.address, s.client];
        change(self.db, insert, values).map(drop)
    }

    fn see_session(&mut self, digest: &[u8; 32], at: Time) -> Result<(), Fault> {
        change(self.db, "UPDATE session SET seen_at = ?2 WHERE digest = ?1", params![digest, at]).map(drop)
    }

    fn end_session(&mut self, digest: &[u8; 32]) -> Result<(), Fault> {
        change(self.db, "DELETE FROM session WHERE digest = ?1", params![digest]).map(drop)
    }

    fn end_sessions(&mut self, admin: i64) -> Result<(), Fault> {
        change(self.db, "DELETE FROM session WHERE admin_id = ?1", params![admin]).map(drop)
    }
}
