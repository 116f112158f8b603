//! PostgreSQL behind the store: how a connection is opened, what its failures mean, and one file per noun for the statements.

mod address;
mod admin;
mod ahead;
mod api_key;
mod approval;
pub(super) mod backend;
mod connection;
mod delay;
mod directory;
mod document;
mod event;
mod exchange;
mod fault;
mod foresight;
mod invitation;
mod job;
mod lease;
mod link;
mod membership;
mod migrate;
mod node;
mod open_error;
mod outcome;
mod page_anchors;
mod pool;
mod push_record;
mod push_run;
mod reader;
mod resource_column;
mod row;
mod scan;
mod second_factor;
mod send_ahead;
mod session;
mod shared;
mod statement;
pub(super) mod table;
mod team;
mod token;
mod user;
mod value;
mod wait;
mod writer;

pub use address::{AddressError, DatabaseAddress, holds_password};
pub use open_error::DatabaseError;

use crate::domain::predicate::Window;
use crate::domain::{Appliance, Fault, NodeId, Numbers, Tx, UserId};
use crate::store::condition::Value;
use link::Link;
use row::Row;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use value::{FromColumn, ToColumn};

/// The values of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::postgres::value::ToColumn),*] as &[&dyn $crate::store::postgres::value::ToColumn]
    };
}
use params;

/// A connection inside a transaction: what rules see as `Tx`.
pub(super) struct PgTx<'l> {
    db: &'l Link,
    writing: Option<&'l Writing>,
}

/// What a transaction that writes knows.
#[derive(Default)]
pub(super) struct Writing {
    /// The nodes that nobody else changes until it ends.
    held: RefCell<Vec<NodeId>>,
    /// Whether nobody else changes the appliance.
    appliance: Cell<bool>,
    /// The chains of the audit log that it has written to.
    chains: event::Chains,
    /// Members that came to a team, or left it, and that its row does not count yet.
    members: RefCell<BTreeMap<i64, i64>>,
}

impl Writing {
    /// Counts members in the rows of their teams, once for all of them: each row would otherwise be written for each member.
    fn settle(&self, db: &Link) -> Result<(), Fault> {
        let counted = "UPDATE team SET members = members + ?2 WHERE team_key = ?1";
        for (team, count) in self.members.take() {
            if count != 0 {
                db.execute_later(counted, params![team, count])?;
            }
        }
        Ok(())
    }

    /// Writes what the rows do not have yet; before the transaction is committed.
    fn flush(&self, db: &Link) -> Result<(), Fault> {
        self.settle(db)?;
        self.chains.flush(db)
    }
}

impl<'l> PgTx<'l> {
    fn reading(db: &'l Link) -> PgTx<'l> {
        PgTx { db, writing: None }
    }

    fn writing(db: &'l Link, writing: &'l Writing) -> PgTx<'l> {
        PgTx { db, writing: Some(writing) }
    }

    /// From here on nobody else changes the node, nor anything in it, until this transaction ends. What is read afterwards is
    /// therefore what the write is based on. A transaction that reads holds nothing.
    fn hold_node(&self, node: NodeId) -> Result<(), Fault> {
        let Some(writing) = self.writing.filter(|writing| !writing.held.borrow().contains(&node)) else {
            return Ok(());
        };
        first(self.db, node::HOLD, params![node], |_| Ok(()))?;
        writing.held.borrow_mut().push(node);
        Ok(())
    }

    /// Brings the counts of members up to date, before they are read.
    fn settle(&self) -> Result<(), Fault> {
        self.writing.map_or(Ok(()), |writing| writing.settle(self.db))
    }

    /// The node of a user is held.
    fn hold_user(&self, id: UserId) -> Result<(), Fault> {
        if self.writing.is_none() {
            return Ok(());
        }
        let node = first(self.db, "SELECT node_id FROM \"user\" WHERE user_id = ?1", params![id], |row| row.get(0))?;
        node.map_or(Ok(()), |node| self.hold_node(node))
    }

    /// The node of a team is held, and its members are counted.
    fn hold_team(&self, of: &str, id: &dyn ToColumn) -> Result<(), Fault> {
        if self.writing.is_none() {
            return Ok(());
        }
        self.settle()?;
        let node = first(self.db, of, &[id], |row| row.get(0))?;
        node.map_or(Ok(()), |node| self.hold_node(node))
    }

    /// What is appended to a query for a row that this transaction is about to change.
    fn for_update(&self) -> &'static str {
        if self.writing.is_some() { " FOR NO KEY UPDATE" } else { "" }
    }

    /// The same for what belongs to no node: administrators, settings, keys, jobs, seats.
    fn hold_appliance(&self) -> Result<(), Fault> {
        let Some(writing) = self.writing.filter(|writing| !writing.appliance.get()) else { return Ok(()) };
        first(self.db, "SELECT 1 FROM appliance FOR NO KEY UPDATE", params![], |_| Ok(()))?;
        writing.appliance.set(true);
        Ok(())
    }
}

/// A list of values.
fn bound(all: &[Value]) -> Vec<&dyn ToColumn> {
    all.iter().map(|value| value as &dyn ToColumn).collect()
}

/// The rows of a query, each made into a value.
fn collect<T>(
    db: &Link,
    sql: &str,
    values: &[&dyn ToColumn],
    make: impl FnMut(&Row) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    db.query(sql, values)?.iter().map(make).collect()
}

/// The first row of a query, if there is one.
fn first<T>(
    db: &Link,
    sql: &str,
    values: &[&dyn ToColumn],
    make: impl FnOnce(&Row) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    db.query(sql, values)?.first().map(make).transpose()
}

/// Leaves out of a list what is damaged, which must not cost the rest of it. The log says which row it is.
fn undamaged<T>(read: Result<T, Fault>, row: &dyn std::fmt::Debug) -> Result<Option<T>, Fault> {
    match read {
        Ok(whole) => Ok(Some(whole)),
        Err(Fault::Broken(cause)) => {
            tracing::error!(?row, cause, "a damaged row is left out of a list");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// Changes rows; how many.
fn change(db: &Link, sql: &str, values: &[&dyn ToColumn]) -> Result<usize, Fault> {
    Ok(usize::try_from(db.execute(sql, values)?).unwrap_or(usize::MAX))
}

/// Inserts a row; the number that its column got.
fn made(db: &Link, insert: &str, column: &str, values: &[&dyn ToColumn]) -> Result<i64, Fault> {
    let number = first(db, &format!("{insert} RETURNING {column}"), values, |row| row.get(0))?;
    number.ok_or_else(|| Fault::Broken("a row was not made".to_owned()))
}

/// PostgreSQL counts in signed numbers; a window beyond them is beyond every table.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A window of the keys that a query finds, and how many it finds.
fn sift<K: FromColumn>(db: &Link, sql: &str, all: &[Value], window: Window) -> Result<(Vec<K>, u64), Fault> {
    let rows = db.query(sql, &bound(all))?;
    let keys = part(&rows, window).iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok((keys, rows.len() as u64))
}

/// The part of a list that a window shows.
fn part<T>(list: &[T], window: Window) -> &[T] {
    let start = usize::try_from(window.offset).unwrap_or(usize::MAX).min(list.len());
    let end = start.saturating_add(usize::try_from(window.limit).unwrap_or(usize::MAX)).min(list.len());
    list.get(start..end).unwrap_or_default()
}

impl Numbers for PgTx<'_> {
    fn next_number(&mut self) -> Result<i64, Fault> {
        let next = first(self.db, foresight::NEXT_NUMBER, params![], |row| row.get(0))?;
        next.ok_or_else(|| Fault::Broken("the appliance row is missing".to_owned()))
    }

    fn seats(&mut self) -> Result<u64, Fault> {
        let seats = first(self.db, foresight::SEATS, params![], |row| row.get::<_, String>(0))?;
        let seats = seats.and_then(|seats| seats.parse().ok()).unwrap_or(0);
        if seats > 0 {
            // Two nodes could take the last seat at the same time.
            self.hold_appliance()?;
        }
        Ok(seats)
    }

    fn users_in_all(&mut self) -> Result<u64, Fault> {
        let all = "SELECT coalesce(sum(users), 0)::bigint FROM node";
        Ok(first(self.db, all, params![], |row| row.get(0))?.unwrap_or_default())
    }
}

impl Appliance for PgTx<'_> {
    fn base_url(&mut self) -> Result<Option<String>, Fault> {
        Ok(first(self.db, "SELECT base_url FROM appliance", params![], |row| row.get(0))?.flatten())
    }

    fn set_base_url(&mut self, base_url: &str) -> Result<(), Fault> {
        change(self.db, "UPDATE appliance SET base_url = ?1 WHERE one = 1", params![base_url]).map(drop)
    }

    fn listen_url(&mut self) -> Result<Option<String>, Fault> {
        Ok(first(self.db, "SELECT listen_url FROM appliance", params![], |row| row.get(0))?.flatten())
    }

    fn set_listen_url(&mut self, listen_url: Option<&str>) -> Result<(), Fault> {
        change(self.db, "UPDATE appliance SET listen_url = ?1 WHERE one = 1", params![listen_url]).map(drop)
    }

    fn touch(&mut self) -> Result<(), Fault> {
        change(self.db, "UPDATE scimbox_schema SET one = one", params![]).map(drop)
    }

    fn cursor_key(&mut self) -> Result<[u8; 32], Fault> {
        let key = first(self.db, "SELECT cursor_key FROM appliance", params![], |row| row.get(0))?;
        key.ok_or_else(|| Fault::Broken("the appliance row is missing".to_owned()))
    }

    fn attempt(&mut self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<bool, Fault>) -> Result<(), Fault> {
        self.settle()?;
        let chains = self.writing.map(|writing| writing.chains.mark());
        self.db.script("SAVEPOINT attempt")?;
        let done = work(self);
        if !matches!(done, Ok(true)) {
            // A node that is held stays held by nobody's knowledge: it is held again when it is needed.
            self.db.undo_to("ROLLBACK TO attempt")?;
            if let Some(writing) = self.writing {
                writing.members.borrow_mut().clear();
                writing.held.borrow_mut().clear();
                writing.appliance.set(false);
                if let Some(mark) = &chains {
                    writing.chains.undo_to(mark);
                }
            }
        }
        self.db.script("RELEASE attempt")?;
        done.map(drop)
    }
}
