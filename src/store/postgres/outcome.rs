//! Whether a commit whose answer was lost was kept: each thread that writes has a row with the number of its last write, changed in
//! the same transaction.

use super::first;
use super::link::{Link, PATIENCE};
use crate::domain::Fault;
use std::time::Instant;

/// One that comes late, after [`Outcomes::was_kept`] has said no, fails by it: its number is no higher.
const MARK: &str = "INSERT INTO write_outcome (writer, number, at)
    VALUES (?1, ?2, (extract(epoch FROM now()) * 1000)::bigint)
    ON CONFLICT (writer) DO UPDATE SET at = excluded.at,
      number = CASE WHEN write_outcome.number < excluded.number THEN excluded.number END";

/// Waits for a write that has not ended yet. Unless it was kept, its number is passed over, so that it never will be.
const SETTLE: &str = "INSERT INTO write_outcome (writer, number, at)
    VALUES (?1, ?2 + 1, (extract(epoch FROM now()) * 1000)::bigint)
    ON CONFLICT (writer) DO UPDATE SET at = excluded.at,
      number = CASE write_outcome.number WHEN ?2 THEN ?2 ELSE ?2 + 1 END
    RETURNING number";

/// Rows of instances that are gone. A day is far longer than any answer is waited for.
const PRUNE: &str = "DELETE FROM write_outcome WHERE writer IN (
      SELECT writer FROM write_outcome WHERE at < (extract(epoch FROM now()) * 1000)::bigint - 86400000
      LIMIT 1000 FOR UPDATE SKIP LOCKED)";

/// The writes of one thread.
pub(super) struct Outcomes {
    writer: String,
    number: i64,
    prunes: bool,
}

impl Outcomes {
    /// Those of a writer whose name no other has. One of an instance prunes the rows of others.
    pub(super) fn of(writer: String, prunes: bool) -> Outcomes {
        Outcomes { writer, number: 0, prunes }
    }

    /// Marks the transaction, as the last thing before it is committed.
    ///
    /// # Errors
    /// What failed before.
    pub(super) fn mark(&mut self, link: &Link) -> Result<(), Fault> {
        self.number += 1;
        if std::mem::take(&mut self.prunes) {
            link.execute_later(PRUNE, &[])?;
        }
        link.execute_later(MARK, &[&self.writer, &self.number])
    }

    /// Whether the transaction that was marked last was kept. What this answers stays true.
    ///
    /// # Errors
    /// [`Fault::Unsure`] as long as that cannot be found out.
    pub(super) fn was_kept(&mut self, link: &Link) -> Result<bool, Fault> {
        link.begin("BEGIN; SET LOCAL lock_timeout = 5000", Instant::now() + PATIENCE);
        let found = first(link, SETTLE, &[&self.writer, &self.number], |row| row.get::<_, i64>(0));
        let found = found.and_then(|number| match link.commit() {
            Ok(()) => Ok(number),
            Err(failure) => Err(failure.fault),
        });
        if found.is_err() {
            link.leave("ROLLBACK");
        }
        let is_kept = found.map_err(|_| Fault::Unsure)? == Some(self.number);
        self.number += 1;
        Ok(is_kept)
    }
}
