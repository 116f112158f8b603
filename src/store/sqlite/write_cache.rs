//! The write cache: the rows that nearly every write goes by, read and written once for all writes that are committed together: the
//! counter that numbers are made from, how many users a node has, how often access has changed, the limit of seats, whether
//! mails go out, and the ends of the chains of the audit log.

use super::{change, first};
use crate::domain::event::ChainLink;
use crate::domain::{Fault, NodeId};
use rusqlite::{Connection, params};
use std::cell::{Cell, RefCell};

/// How often access has changed.
pub(super) const ACCESS_CHANGES: &str = "SELECT access_changes FROM appliance";

/// Where the chains of the audit log begin: number and hash.
pub(super) fn chain_start(db: &Connection) -> Result<(i64, [u8; 32]), Fault> {
    let start = "SELECT first_event, first_hash FROM appliance";
    let found = first(db, start, [], |row| Ok((row.get(0)?, row.get::<_, Option<_>>(1)?.unwrap_or_default())))?;
    Ok(found.unwrap_or_default())
}

/// The end of a chain that a transaction has written to.
#[derive(Clone, Copy)]
struct Chain {
    chain: i64,
    event: i64,
    newest: ChainLink,
    /// Whether its row has it.
    written: bool,
}

/// What was known before a savepoint.
pub(super) struct CacheSavepoint {
    added: Option<(NodeId, i64)>,
    event: Option<i64>,
    chains: Vec<Chain>,
}

/// What is known of them inside one transaction.
#[derive(Default)]
pub(in crate::store) struct WriteCache {
    /// The enterprise number and the counter.
    counter: Cell<Option<(i64, i64)>>,
    /// Whether the counter in the file is behind.
    is_ahead: Cell<bool>,
    /// Users that were added to a node and that its row does not count yet.
    added: Cell<Option<(NodeId, i64)>>,
    seats: Cell<Option<u64>>,
    /// How often access has changed.
    access: Cell<Option<i64>>,
    mails: Cell<Option<bool>>,
    /// The number of the newest event.
    event: Cell<Option<i64>>,
    /// A commit touches few chains.
    chains: RefCell<Vec<Chain>>,
}

impl WriteCache {
    /// The next number of the appliance.
    pub(super) fn next_number(&self, db: &Connection) -> Result<i64, Fault> {
        let known = match self.counter.get() {
            Some(known) => Some(known),
            None => first(db, "SELECT enterprise, counter FROM appliance", [], |row| Ok((row.get(0)?, row.get(1)?)))?,
        };
        let (enterprise, last) = known.ok_or_else(|| Fault::Broken("the appliance row is missing".to_owned()))?;
        self.counter.set(Some((enterprise, last + 1)));
        self.is_ahead.set(true);
        Ok((enterprise << 32) + last + 1)
    }

    /// Counts a user that was added to a node.
    pub(super) fn count(&self, db: &Connection, node: NodeId) -> Result<(), Fault> {
        if self.added.get().is_some_and(|(other, _)| other != node) {
            self.settle(db)?;
        }
        self.added.set(Some((node, self.added.get().map_or(1, |(_, count)| count + 1))));
        Ok(())
    }

    /// Brings the rows of nodes up to date; before one is read, and before a user goes that may not be counted yet.
    pub(super) fn settle(&self, db: &Connection) -> Result<(), Fault> {
        let Some((node, count)) = self.added.get() else { return Ok(()) };
        change(db, "UPDATE node SET users = users + ?2 WHERE node_id = ?1", params![node, count])?;
        self.added.set(None);
        Ok(())
    }

    /// How many users no row counts yet.
    pub(super) fn uncounted(&self) -> u64 {
        self.added.get().map_or(0, |(_, count)| count.unsigned_abs())
    }

    /// How many users there may be; 0 without a limit.
    pub(super) fn seats(&self, db: &Connection) -> Result<u64, Fault> {
        if let Some(seats) = self.seats.get() {
            return Ok(seats);
        }
        let seats = "SELECT value FROM setting WHERE name = 'seats'";
        let seats = first(db, seats, [], |row| row.get::<_, String>(0))?.and_then(|seats| seats.parse().ok());
        self.seats.set(Some(seats.unwrap_or(0)));
        Ok(seats.unwrap_or(0))
    }

    /// Whether a mail server is set.
    pub(super) fn mails(&self, db: &Connection) -> Result<bool, Fault> {
        if let Some(mails) = self.mails.get() {
            return Ok(mails);
        }
        let mails = first(db, "SELECT 1 FROM setting WHERE name = 'mail_host'", [], |_| Ok(()))?.is_some();
        self.mails.set(Some(mails));
        Ok(mails)
    }

    /// How often access has changed.
    pub(super) fn access_changes(&self, db: &Connection) -> Result<i64, Fault> {
        if let Some(changes) = self.access.get() {
            return Ok(changes);
        }
        let changes = first(db, ACCESS_CHANGES, [], |row| row.get(0))?.unwrap_or_default();
        self.access.set(Some(changes));
        Ok(changes)
    }

    /// Whatever changes a token or a connection says so, or the next write of the same commit would still be let in.
    pub(super) fn access_changed(&self) {
        self.access.set(None);
    }

    /// Reads the settings again when they are next needed.
    pub(super) fn forget_settings(&self) {
        self.seats.set(None);
        self.mails.set(None);
    }

    /// The number of the next event. It is what the appliance knows and not the end of the log, or a log that was cut would
    /// go on as if it were whole.
    pub(super) fn next_event(&self, db: &Connection) -> Result<i64, Fault> {
        let newest = match self.event.get() {
            Some(newest) => newest,
            None => first(db, "SELECT newest_event FROM appliance", [], |row| row.get(0))?.unwrap_or_default(),
        };
        Ok(newest + 1)
    }

    /// The end of a chain; where all begin, for one without a line.
    pub(super) fn chain_end(&self, db: &Connection, chain: i64) -> Result<ChainLink, Fault> {
        if let Some(known) = self.chains.borrow().iter().find(|known| known.chain == chain) {
            return Ok(known.newest);
        }
        let end = "SELECT serial, hash FROM audit_chain WHERE chain = ?1";
        let found = first(db, end, [chain], |row| Ok(ChainLink { serial: row.get(0)?, hash: row.get(1)? }))?;
        found.map_or_else(|| Ok(ChainLink { serial: 0, hash: chain_start(db)?.1 }), Ok)
    }

    /// The event that was just written.
    pub(super) fn chained(&self, chain: i64, event: i64, newest: ChainLink) {
        self.event.set(Some(event));
        let mut chains = self.chains.borrow_mut();
        let now = Chain { chain, event, newest, written: false };
        match chains.iter_mut().find(|known| known.chain == chain) {
            Some(known) => *known = now,
            None => chains.push(now),
        }
    }

    /// Writes the ends of chains that the file does not have yet.
    pub(super) fn flush_chains(&self, db: &Connection) -> Result<(), Fault> {
        let keep = "INSERT INTO audit_chain (chain, event_id, serial, hash) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (chain) DO UPDATE SET event_id = excluded.event_id, serial = excluded.serial, hash = excluded.hash";
        for end in self.chains.borrow_mut().iter_mut().filter(|end| !end.written) {
            change(db, keep, params![end.chain, end.event, end.newest.serial, end.newest.hash])?;
            end.written = true;
        }
        Ok(())
    }

    /// Writes what the file does not have yet; before the transaction is committed.
    pub(super) fn flush(&self, db: &Connection) -> Result<(), Fault> {
        self.settle(db)?;
        let counter = self.counter.get().filter(|_| self.is_ahead.replace(false)).map(|(_, counter)| counter);
        let newest = self.event.get();
        if counter.is_none() && newest.is_none() {
            return Ok(());
        }
        self.flush_chains(db)?;
        let all =
            "UPDATE appliance SET counter = ifnull(?1, counter), newest_event = ifnull(?2, newest_event) WHERE one = 1";
        change(db, all, params![counter, newest]).map(drop)
    }

    /// What a savepoint can undo.
    pub(super) fn mark(&self) -> CacheSavepoint {
        CacheSavepoint { added: self.added.get(), event: self.event.get(), chains: self.chains.borrow().clone() }
    }

    /// Undoes it. Numbers are not given a second time.
    pub(super) fn undo_to(&self, mark: CacheSavepoint) {
        self.forget_settings();
        self.access_changed();
        self.added.set(mark.added);
        self.event.set(mark.event);
        // What the file had of them by then may have been undone with the rest.
        let unwritten = |end: Chain| Chain { written: false, ..end };
        *self.chains.borrow_mut() = mark.chains.into_iter().map(unwritten).collect();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::SqliteTx;
    use super::super::plans::{connect, database};
    use super::WriteCache;
    use crate::domain::client_certificate::Peer;
    use crate::domain::connection::Connection;
    use crate::domain::connection_settings::Preset;
    use crate::domain::connection_state::ConnectionState;
    use crate::domain::token::{self, Refusal, Token};
    use crate::domain::{Time, Tx};

    #[test]
    fn a_revocation_and_a_pause_count_for_the_next_write_of_the_same_commit() {
        let (_dir, db) = database();
        let cache = WriteCache::default();
        let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
        let acme = connect(tx, "Acme", Preset::Rfc, 1);
        let token = tx.tokens(acme.id).unwrap().remove(0);
        let access = tx.access(&token.id).unwrap().unwrap();
        assert!(token::renew(tx, Time(9), &Peer::default(), &access).unwrap().is_ok());
        let paused = Connection { state: ConnectionState::Paused, ..acme.clone() };
        tx.update_connection(&paused).unwrap();
        assert_eq!(token::renew(tx, Time(9), &Peer::default(), &access).unwrap().err(), Some(Refusal::Paused(None)));
        tx.update_connection(&acme).unwrap();
        let access = tx.access(&token.id).unwrap().unwrap();
        assert!(token::renew(tx, Time(9), &Peer::default(), &access).unwrap().is_ok());
        tx.update_token(&Token { revoked_at: Some(Time(8)), ..token }).unwrap();
        assert_eq!(token::renew(tx, Time(9), &Peer::default(), &access).unwrap().err(), Some(Refusal::Revoked));
        tx.delete_connection(acme.id).unwrap();
        assert_eq!(token::renew(tx, Time(9), &Peer::default(), &access).unwrap().err(), Some(Refusal::Unknown));
    }
}
