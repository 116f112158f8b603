//! Second factors and recovery codes on PostgreSQL.

use super::params;
use super::{PgTx, change, first};
use crate::domain::Fault;
use crate::domain::second_factor::{Factor, SecondFactors};

impl SecondFactors for PgTx<'_> {
    fn second_factor(&mut self, admin: i64) -> Result<Option<Factor>, Fault> {
        self.hold_appliance()?;
        first(
            self.db,
            "SELECT secret, is_on, last_step FROM second_factor WHERE admin_id = ?1",
            params![admin],
            |row| Ok(Factor { secret: row.get(0)?, is_on: row.get(1)?, last_step: row.get(2)? }),
        )
    }

    fn keep_second_factor(&mut self, admin: i64, factor: &Factor) -> Result<(), Fault> {
        let keep = "INSERT INTO second_factor (admin_id, secret, is_on, last_step) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (admin_id) DO UPDATE SET secret = excluded.secret, is_on = excluded.is_on,
              last_step = excluded.last_step";
        change(self.db, keep, params![admin, factor.secret, factor.is_on, factor.last_step]).map(drop)
    }

    fn end_second_factor(&mut self, admin: i64) -> Result<(), Fault> {
        change(self.db, "DELETE FROM recovery_code WHERE admin_id = ?1", params![admin])?;
        change(self.db, "DELETE FROM second_factor WHERE admin_id = ?1", params![admin]).map(drop)
    }

    fn keep_recovery_code(&mut self, admin: i64, digest: &[u8; 32]) -> Result<(), Fault> {
        let keep = "INSERT INTO recovery_code (digest, admin_id) VALUES (?1, ?2)";
        change(self.db, keep, params![digest, admin]).map(drop)
    }

    fn recovery_codes(&mut self, admin: i64) -> Result<u64, Fault> {
        let count = "SELECT count(*) FROM recovery_code WHERE admin_id = ?1";
        Ok(first(self.db, count, params![admin], |row| row.get::<_, i64>(0))?.unwrap_or_default().unsigned_abs())
    }

    fn use_recovery_code(&mut self, admin: i64, digest: &[u8; 32]) -> Result<bool, Fault> {
        let gone =
            change(self.db, "DELETE FROM recovery_code WHERE digest = ?1 AND admin_id = ?2", params![digest, admin])?;
        Ok(gone > 0)
    }
}
