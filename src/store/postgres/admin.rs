//! Administrators and the set-up link on PostgreSQL.

use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first, made};
use crate::domain::admin::{Admin, Admins};
use crate::domain::role::Role;
use crate::domain::{Fault, Time};

/// The five columns of an administrator, beginning with the column `from`.
pub(super) fn admin(row: &Row, from: usize) -> Result<Admin, Fault> {
    Ok(Admin {
        id: row.get(from)?,
        email: row.get(from + 1)?,
        name: row.get(from + 2)?,
        created_at: row.get(from + 3)?,
        role: row.get(from + 4)?,
    })
}

impl Admins for PgTx<'_> {
    fn admins(&mut self) -> Result<Vec<Admin>, Fault> {
        self.hold_appliance()?;
        let all = "SELECT admin_id, email, name, created_at, role FROM admin ORDER BY admin_id";
        collect(self.db, all, params![], |row| admin(row, 0))
    }

    fn admin_by_email(&mut self, folded: &str) -> Result<Option<(Admin, String)>, Fault> {
        self.hold_appliance()?;
        let by_email = "SELECT admin_id, email, name, created_at, role, password FROM admin WHERE email_folded = ?1";
        first(self.db, by_email, params![folded], |row| Ok((admin(row, 0)?, row.get(5)?)))
    }

    fn insert_admin(&mut self, admin: Admin, folded: &str, password: &str) -> Result<Admin, Fault> {
        let insert = "INSERT INTO admin (email, email_folded, name, password, created_at, role)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![admin.email, folded, admin.name, password, admin.created_at, admin.role];
        Ok(Admin { id: made(self.db, insert, "admin_id", values)?, ..admin })
    }

    fn rename_admin(&mut self, id: i64, name: &str) -> Result<(), Fault> {
        change(self.db, "UPDATE admin SET name = ?2 WHERE admin_id = ?1", params![id, name]).map(drop)
    }

    fn set_role(&mut self, id: i64, role: Role) -> Result<(), Fault> {
        change(self.db, "UPDATE admin SET role = ?2 WHERE admin_id = ?1", params![id, role]).map(drop)
    }

    fn delete_admin(&mut self, id: i64) -> Result<(), Fault> {
        change(self.db, "DELETE FROM admin WHERE admin_id = ?1", params![id]).map(drop)
    }

    fn admin_seen_at(&mut self, id: i64) -> Result<Option<Time>, Fault> {
        let latest = "SELECT max(seen_at) FROM session WHERE admin_id = ?1";
        Ok(first(self.db, latest, params![id], |row| row.get(0))?.flatten())
    }

    fn set_password(&mut self, id: i64, password: &str) -> Result<(), Fault> {
        change(self.db, "UPDATE admin SET password = ?2 WHERE admin_id = ?1", params![id, password]).map(drop)
    }

    fn setup_link(&mut self) -> Result<Option<([u8; 32], Time)>, Fault> {
        self.hold_appliance()?;
        first(self.db, "SELECT digest, expires_at FROM setup_link", params![], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn set_setup_link(&mut self, link: Option<([u8; 32], Time)>) -> Result<(), Fault> {
        let replace = "INSERT INTO setup_link (one, digest, expires_at) VALUES (1, ?1, ?2)
            ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";
        match link {
            Some((digest, expires_at)) => change(self.db, replace, params![digest, expires_at]),
            None => change(self.db, "DELETE FROM setup_link", params![]),
        }
        .map(drop)
    }

    fn reset_link(&mut self, digest: &[u8; 32]) -> Result<Option<(i64, Time)>, Fault> {
        let found = "SELECT admin_id, expires_at FROM reset_link WHERE digest = ?1";
        first(self.db, found, params![digest], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn set_reset_link(&mut self, admin: i64, link: Option<([u8; 32], Time)>) -> Result<(), Fault> {
        let replace = "INSERT INTO reset_link (admin_id, digest, expires_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (admin_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";
        match link {
            Some((digest, expires_at)) => change(self.db, replace, params![admin, digest, expires_at]),
            None => change(self.db, "DELETE FROM reset_link WHERE admin_id = ?1", params![admin]),
        }
        .map(drop)
    }
}
