//! Failed sign-ins and known browsers on PostgreSQL.

use super::params;
use super::{PgTx, change, collect, first, signed};
use crate::domain::delay::{Delays, Failures};
use crate::domain::device::{self, Devices};
use crate::domain::{Fault, Time};

impl Delays for PgTx<'_> {
    fn delay(&mut self, subject: &str) -> Result<Option<Failures>, Fault> {
        first(self.db, "SELECT failures, last_at FROM delay WHERE subject = ?1 FOR UPDATE", params![subject], |row| {
            Ok(Failures { count: row.get(0)?, last: row.get(1)? })
        })
    }

    fn delays(&mut self) -> Result<Vec<(String, Failures)>, Fault> {
        collect(self.db, "SELECT subject, failures, last_at FROM delay", params![], |row| {
            Ok((row.get(0)?, Failures { count: row.get(1)?, last: row.get(2)? }))
        })
    }

    fn keep_delay(&mut self, subject: &str, failures: Option<Failures>) -> Result<(), Fault> {
        let keep = "INSERT INTO delay (subject, failures, last_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at";
        match failures.filter(|failures| failures.count > 0) {
            Some(failures) => change(self.db, keep, params![subject, failures.count, failures.last]),
            None => change(self.db, "DELETE FROM delay WHERE subject = ?1", params![subject]),
        }
        .map(drop)
    }

    fn forget_delays(&mut self, before: Time) -> Result<(), Fault> {
        change(self.db, "DELETE FROM delay WHERE last_at < ?1", params![before]).map(drop)
    }
}

impl Devices for PgTx<'_> {
    fn device(&mut self, digest: &[u8; 32]) -> Result<Option<i64>, Fault> {
        first(self.db, "SELECT admin_id FROM device WHERE digest = ?1", params![digest], |row| row.get(0))
    }

    fn keep_device(&mut self, digest: &[u8; 32], admin: i64, at: Time) -> Result<(), Fault> {
        let keep = "INSERT INTO device (digest, admin_id, used_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (digest) DO UPDATE SET admin_id = excluded.admin_id, used_at = excluded.used_at";
        let forget = "DELETE FROM device WHERE admin_id = ?1 AND digest IN
            (SELECT digest FROM device WHERE admin_id = ?1 ORDER BY used_at DESC LIMIT ALL OFFSET ?2)";
        change(self.db, keep, params![digest, admin, at])?;
        change(self.db, forget, params![admin, signed(device::MOST)]).map(drop)
    }

    fn end_devices(&mut self, admin: i64, keep: Option<[u8; 32]>) -> Result<(), Fault> {
        change(self.db, "DELETE FROM device WHERE admin_id = ?1 AND digest IS DISTINCT FROM ?2", params![admin, keep])
            .map(drop)
    }
}
