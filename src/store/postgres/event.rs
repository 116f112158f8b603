//! The audit log in PostgreSQL: a chain for each node, whose end is locked by whoever writes to it until that is committed. So
//! no chain forks, and within a chain the numbers ascend as its serials do.

use super::link::Link;
use super::row::Row;
use super::value::ToColumn;
use super::{PgTx, change, collect, first, signed};
use crate::domain::event::{ChainEnd, ChainLink, Event, EventFilter, Events, RecordedEvent};
use crate::domain::{Act, Fault, Time};
use crate::store::condition::Value;
use crate::store::event_line::{self, EventLine, present};
use data_encoding::HEXLOWER;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Numbers that are taken together once a transaction writes more than one line to a chain.
const NUMBERS: i64 = 8;

/// Waits until nobody is about to write a line, and sees all that were written: the lock of a writer on the end of its chain is
/// also one on the table. Given back at once, so that writers go on.
const SETTLED: &str = "SAVEPOINT gate; LOCK TABLE audit_chain IN EXCLUSIVE MODE; SELECT 1; ROLLBACK TO SAVEPOINT gate";
/// The same for who writes where all chains end; nobody writes a line until that is committed.
const ALONE: &str = "LOCK TABLE audit_chain IN EXCLUSIVE MODE";

/// The end of a chain and a number for its next line, which is taken once the lock is held, or a line could have a smaller one
/// than the line before it.
pub(super) const END: &str =
    "WITH held AS MATERIALIZED (SELECT serial, hash FROM audit_chain WHERE chain = ?1 FOR UPDATE)
    SELECT serial, hash, nextval('event_number') FROM held
    UNION ALL
    SELECT 0, first_hash, nextval('event_number') FROM appliance WHERE NOT EXISTS (SELECT 1 FROM held)";

/// The chains that a transaction has written to.
#[derive(Default)]
pub(super) struct Chains(RefCell<HashMap<i64, Chain>>);

struct Chain {
    newest: ChainLink,
    event: i64,
    /// Numbers that are taken and not used yet, the next one last.
    numbers: Vec<i64>,
}

impl Chains {
    /// The end of a chain, and the number of its next line. Locked until the transaction ends.
    fn next(&self, link: &Link, chain: i64) -> Result<(ChainLink, i64), Fault> {
        let mut known = self.0.borrow_mut();
        if let Some(known) = known.get_mut(&chain) {
            if known.numbers.is_empty() {
                let more = "SELECT nextval('event_number') FROM generate_series(1, ?1)";
                known.numbers = collect(link, more, &[&NUMBERS], |row| row.get::<_, i64>(0))?;
                known.numbers.reverse();
            }
            let id = known.numbers.pop().ok_or_else(|| Fault::Broken("no number for an event".to_owned()))?;
            return Ok((known.newest, id));
        }
        let found = first(link, END, &[&chain], |row| {
            let newest = ChainLink { serial: row.get(0)?, hash: row.get::<_, Option<_>>(1)?.unwrap_or_default() };
            Ok((newest, row.get(2)?))
        })?;
        found.ok_or_else(|| Fault::Broken("the appliance row is missing".to_owned()))
    }

    fn chained(&self, chain: i64, event: i64, newest: ChainLink) {
        let mut known = self.0.borrow_mut();
        let numbers = known.remove(&chain).map(|known| known.numbers).unwrap_or_default();
        known.insert(chain, Chain { newest, event, numbers });
    }

    /// What a savepoint can undo.
    pub(super) fn mark(&self) -> HashMap<i64, (i64, ChainLink)> {
        self.0.borrow().iter().map(|(chain, known)| (*chain, (known.event, known.newest))).collect()
    }

    /// Undoes it. What was locked since is locked no more.
    pub(super) fn undo_to(&self, mark: &HashMap<i64, (i64, ChainLink)>) {
        let mut known = self.0.borrow_mut();
        known.retain(|chain, _| mark.contains_key(chain));
        for (chain, now) in known.iter_mut() {
            if let Some((event, newest)) = mark.get(chain) {
                (now.event, now.newest) = (*event, *newest);
            }
        }
    }

    /// Writes the ends of the chains; before the transaction is committed.
    pub(super) fn flush(&self, link: &Link) -> Result<(), Fault> {
        let keep = "INSERT INTO audit_chain (chain, event_id, serial, hash) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (chain) DO UPDATE SET event_id = excluded.event_id, serial = excluded.serial, hash = excluded.hash";
        for (chain, end) in self.0.borrow().iter() {
            link.execute_later(keep, &[chain, &end.event, &end.newest.serial, &end.newest.hash])?;
        }
        Ok(())
    }
}

/// The columns of an event, in the order of [`entry`].
macro_rules! columns {
    () => {
        "event_id, at, event, actor, address, request_id, node_id, user_id, team_id, object, before, after, hash, chain, serial"
    };
}

fn entry(row: &Row) -> Result<RecordedEvent, Fault> {
    Ok(RecordedEvent {
        id: row.get(0)?,
        at: row.get(1)?,
        event: row.get(2)?,
        actor: row.get(3)?,
        address: row.get(4)?,
        request_id: row.get(5)?,
        node: row.get(6)?,
        user: row.get(7)?,
        team: row.get(8)?,
        object: row.get(9)?,
        before: row.get(10)?,
        after: row.get(11)?,
        hash: row.get(12)?,
        place: row.get::<_, Option<i64>>(13)?.zip(row.get(14)?),
    })
}

impl Events for PgTx<'_> {
    fn record(&mut self, act: &Act, event: &Event<'_>) -> Result<(), Fault> {
        let insert = "INSERT INTO event (
              event_id, at, event, actor, address, request_id, node_id, user_id, team_id, object, before, after, hash,
              chain, serial)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let line = EventLine::of(act, event)?;
        let chains = self.chains()?;
        let chain = event.node.map_or(0, |node| node.0);
        let (last, id) = chains.next(self.db, chain)?;
        let serial = last.serial + 1;
        let hash = line.hash(&last.hash, id, chain, serial);
        let (address, request_id) = (present(&act.address), present(&act.request_id));
        let EventLine { what, team, object, before, after, .. } = &line;
        let values: &[&dyn ToColumn] = &[
            &id,
            &act.now,
            what,
            &act.by,
            &address,
            &request_id,
            &event.node,
            &event.user,
            team,
            object,
            before,
            after,
            &hash,
            &chain,
            &serial,
        ];
        self.db.execute_later(insert, values)?;
        chains.chained(chain, id, ChainLink { serial, hash });
        Ok(())
    }

    fn events(&mut self, wanted: &EventFilter, before: Option<i64>, limit: u64) -> Result<Vec<RecordedEvent>, Fault> {
        let mut sql = String::from(concat!("SELECT ", columns!(), " FROM event WHERE event_id < ?"));
        let mut values = vec![Value::from(before.unwrap_or(i64::MAX))];
        let mut one_of = |column: &str, words: &[String]| {
            if !words.is_empty() {
                let marks = vec!["?"; words.len()].join(", ");
                sql.push_str(&format!(" AND {column} IN ({marks})"));
                values.extend(words.iter().map(|word| Value::from(word.clone())));
            }
        };
        one_of("event", &wanted.events);
        one_of("actor", &wanted.actors);
        one_of("request_id", wanted.request_id.as_slice());
        one_of("team_id", wanted.team.map(|team| team.to_string()).as_slice());
        let numbers = [
            (" AND user_id = ?", wanted.user.map(|user| user.0)),
            (" AND node_id = ?", wanted.node.map(|node| node.0)),
            (" AND at >= ?", wanted.from.map(|at| at.0)),
            (" AND at <= ?", wanted.to.map(|at| at.0)),
        ];
        for (condition, number) in numbers {
            if let Some(number) = number {
                sql.push_str(condition);
                values.push(number.into());
            }
        }
        sql.push_str(" ORDER BY event_id DESC LIMIT ?");
        values.push(signed(limit).into());
        let bound: Vec<&dyn ToColumn> = values.iter().map(|value| value as &dyn ToColumn).collect();
        collect(self.db, &sql, &bound, entry)
    }

    fn events_after(&mut self, after: i64, limit: u64) -> Result<Vec<RecordedEvent>, Fault> {
        self.settled(SETTLED)?;
        let page = concat!("SELECT ", columns!(), " FROM event WHERE event_id > ?1 ORDER BY event_id LIMIT ?2");
        collect(self.db, page, &[&after, &signed(limit)], entry)
    }

    fn chained(&mut self, previous: &[u8; 32], entry: &RecordedEvent) -> [u8; 32] {
        event_line::chained(previous, entry)
    }

    fn chain_ends(&mut self) -> Result<Vec<ChainEnd>, Fault> {
        match self.writing.is_some() {
            true => {
                self.chains()?.flush(self.db)?;
                if !self.settled(ALONE)? {
                    self.db.script(ALONE)?;
                }
            }
            false => drop(self.settled(SETTLED)?),
        }
        let all = "SELECT chain, event_id, serial, hash, pruned_serial, pruned_hash FROM audit_chain ORDER BY chain";
        collect(self.db, all, &[], |row| {
            let pruned = ChainLink { serial: row.get(4)?, hash: row.get::<_, Option<_>>(5)?.unwrap_or_default() };
            Ok(ChainEnd {
                chain: row.get(0)?,
                event: row.get(1)?,
                newest: ChainLink { serial: row.get(2)?, hash: row.get(3)? },
                pruned: Some(pruned).filter(|pruned| pruned.serial > 0),
            })
        })
    }

    fn chain_start(&mut self) -> Result<(i64, [u8; 32]), Fault> {
        let start = "SELECT first_event, first_hash FROM appliance";
        let found =
            first(self.db, start, &[], |row| Ok((row.get(0)?, row.get::<_, Option<_>>(1)?.unwrap_or_default())))?;
        Ok(found.unwrap_or_default())
    }

    fn anchor(&mut self, ends: &BTreeMap<i64, ChainLink>, start: [u8; 32]) -> [u8; 32] {
        event_line::anchor(ends, start)
    }

    fn pruned(&mut self) -> Result<Option<(i64, [u8; 32])>, Fault> {
        let number = "SELECT value FROM setting WHERE name = 'pruned_event'";
        let Some(text) = first(self.db, number, &[], |row| row.get::<_, String>(0))? else { return Ok(None) };
        let (id, hex) = text.split_once(' ').unwrap_or_default();
        let hash = HEXLOWER.decode(hex.as_bytes()).unwrap_or_default();
        Ok(Some((id.parse().unwrap_or_default(), hash.try_into().unwrap_or_default())))
    }

    fn prune_events(&mut self, before: Time, limit: u64) -> Result<u64, Fault> {
        // The newest line stays, because the next one is chained to it.
        let last = "SELECT event_id FROM (
              SELECT event_id, at FROM event
              WHERE event_id < (SELECT max(event_id) FROM event) ORDER BY event_id LIMIT ?2) AS oldest
            WHERE at < ?1 ORDER BY event_id DESC LIMIT 1";
        let found = first(self.db, last, &[&before, &signed(limit)], |row| row.get::<_, i64>(0))?;
        let Some(id) = found else { return Ok(0) };
        self.chains()?.flush(self.db)?;
        let goes =
            "SELECT event_id, hash FROM event WHERE event_id <= ?1 AND chain IS NULL ORDER BY event_id DESC LIMIT 1";
        let of_before = first(self.db, goes, &[&id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))?;
        if let Some((id, hash)) = of_before {
            let keep = "INSERT INTO setting (name, value) VALUES ('pruned_event', ?1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            change(self.db, keep, &[&format!("{id} {}", HEXLOWER.encode(&hash))])?;
        }
        let begins = "UPDATE audit_chain SET pruned_serial = gone.serial, pruned_hash = gone.hash
            FROM (SELECT DISTINCT ON (chain) chain, serial, hash FROM event
              WHERE event_id <= ?1 AND chain IS NOT NULL ORDER BY chain, serial DESC) AS gone
            WHERE audit_chain.chain = gone.chain";
        change(self.db, begins, &[&id])?;
        Ok(change(self.db, "DELETE FROM event WHERE event_id <= ?1", &[&id])? as u64)
    }
}

impl PgTx<'_> {
    fn chains(&self) -> Result<&Chains, Fault> {
        let writing = self.writing.ok_or_else(|| Fault::Broken("a read cannot write".to_owned()))?;
        Ok(&writing.chains)
    }

    /// Begins the transaction by a statement that waits for whoever writes a line, if it has not begun yet. Later it would not see
    /// what it has waited for.
    fn settled(&self, by: &'static str) -> Result<bool, Fault> {
        self.db.begin_with(by)
    }
}
