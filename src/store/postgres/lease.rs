//! Leases in PostgreSQL, by the clock of the database, so that those of the instances do not matter.

use super::value::ToColumn;
use super::{PgTx, change, first};
use crate::domain::Fault;
use crate::domain::lease::{Lease, Leases};

impl Leases for PgTx<'_> {
    fn lease(&mut self, name: &str, owner: &str, seconds: i64) -> Result<Option<Lease>, Fault> {
        // A row that another has for longer is left as it is, and nothing is returned.
        let take = "INSERT INTO lease AS l (name, owner, fence, lease_until)
            VALUES (?1, ?2, 1, clock_timestamp() + make_interval(secs => ?3::double precision))
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until,
              fence = l.fence + (l.owner <> excluded.owner)::int
            WHERE l.owner = excluded.owner OR l.lease_until < clock_timestamp()
            RETURNING fence";
        let values: &[&dyn ToColumn] = &[&name, &owner, &seconds];
        let fence = first(self.db, take, values, |row| row.get(0))?;
        Ok(fence.map(|fence| Lease { name: name.to_owned(), owner: owner.to_owned(), fence }))
    }

    fn holds(&mut self, lease: &Lease) -> Result<bool, Fault> {
        let held = "SELECT 1 FROM lease WHERE name = ?1 AND owner = ?2 AND fence = ?3 FOR SHARE";
        Ok(first(self.db, held, &[&lease.name, &lease.owner, &lease.fence], |_| Ok(()))?.is_some())
    }

    fn release(&mut self, lease: &Lease) -> Result<(), Fault> {
        let end = "UPDATE lease SET lease_until = to_timestamp(0) WHERE name = ?1 AND owner = ?2 AND fence = ?3";
        change(self.db, end, &[&lease.name, &lease.owner, &lease.fence]).map(drop)
    }
}
