//! The audit log in SQLite: each line is chained to the last one.

use super::{SqliteTx, change, collect, first, signed, write_cache};
use crate::domain::event::{ChainEnd, ChainLink, Event, EventFilter, Events, RecordedEvent};
use crate::domain::{Act, Fault, Time};
use crate::store::event_line::{self, EventLine, present};
use data_encoding::HEXLOWER;
use rusqlite::types::Value as Bound;
use rusqlite::{Row, params, params_from_iter};
use std::collections::BTreeMap;

/// The columns of an event, in the order of [`entry`].
macro_rules! columns {
    () => {
        "event_id, at, event, actor, address, request_id, node_id, user_id, team_id, object, before, after, hash, chain, serial"
    };
}

fn entry(row: &Row<'_>) -> rusqlite::Result<RecordedEvent> {
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

impl Events for SqliteTx<'_> {
    fn record(&mut self, act: &Act, event: &Event<'_>) -> Result<(), Fault> {
        let insert = "INSERT INTO event (
              event_id, at, event, actor, address, request_id, node_id, user_id, team_id, object, before, after, hash,
              chain, serial)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let line = EventLine::of(act, event)?;
        let cache = self.cache()?;
        let chain = event.node.map_or(0, |node| node.0);
        let id = cache.next_event(self.db)?;
        let last = cache.chain_end(self.db, chain)?;
        let serial = last.serial + 1;
        let hash = line.hash(&last.hash, id, chain, serial);
        let (address, request_id) = (present(&act.address), present(&act.request_id));
        let EventLine { what, team, object, before, after, .. } = &line;
        let values = params![
            id, act.now, what, act.by, address, request_id, event.node, event.user, team, object, before, after, hash,
            chain, serial
        ];
        change(self.db, insert, values)?;
        cache.chained(chain, id, ChainLink { serial, hash });
        Ok(())
    }

    fn events(&mut self, wanted: &EventFilter, before: Option<i64>, limit: u64) -> Result<Vec<RecordedEvent>, Fault> {
        let mut sql = String::from(concat!("SELECT ", columns!(), " FROM event WHERE event_id < ?"));
        let mut values = vec![Bound::from(before.unwrap_or(i64::MAX))];
        let mut one_of = |column: &str, words: &[String]| {
            if !words.is_empty() {
                let marks = vec!["?"; words.len()].join(", ");
                sql.push_str(&format!(" AND {column} IN ({marks})"));
                values.extend(words.iter().map(|word| Bound::from(word.clone())));
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
        collect(self.db, &sql, params_from_iter(values), entry)
    }

    fn events_after(&mut self, after: i64, limit: u64) -> Result<Vec<RecordedEvent>, Fault> {
        let page = concat!("SELECT ", columns!(), " FROM event WHERE event_id > ?1 ORDER BY event_id LIMIT ?2");
        collect(self.db, page, params![after, signed(limit)], entry)
    }

    fn chained(&mut self, previous: &[u8; 32], entry: &RecordedEvent) -> [u8; 32] {
        event_line::chained(previous, entry)
    }

    fn chain_ends(&mut self) -> Result<Vec<ChainEnd>, Fault> {
        if let Some(cache) = self.cache {
            cache.flush_chains(self.db)?;
        }
        let all = "SELECT chain, event_id, serial, hash, pruned_serial, pruned_hash FROM audit_chain ORDER BY chain";
        collect(self.db, all, [], |row| {
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
        write_cache::chain_start(self.db)
    }

    fn anchor(&mut self, ends: &BTreeMap<i64, ChainLink>, start: [u8; 32]) -> [u8; 32] {
        event_line::anchor(ends, start)
    }

    fn pruned(&mut self) -> Result<Option<(i64, [u8; 32])>, Fault> {
        let number = "SELECT value FROM setting WHERE name = 'pruned_event'";
        let Some(text) = first(self.db, number, [], |row| row.get::<_, String>(0))? else { return Ok(None) };
        let (id, hex) = text.split_once(' ').unwrap_or_default();
        let hash = HEXLOWER.decode(hex.as_bytes()).unwrap_or_default();
        Ok(Some((id.parse().unwrap_or_default(), hash.try_into().unwrap_or_default())))
    }

    fn prune_events(&mut self, before: Time, limit: u64) -> Result<u64, Fault> {
        // The newest line stays, because the next one is chained to it.
        let last = "SELECT event_id FROM (
              SELECT event_id, at FROM event
              WHERE event_id < (SELECT max(event_id) FROM event) ORDER BY event_id LIMIT ?2)
            WHERE at < ?1 ORDER BY event_id DESC LIMIT 1";
        let found = first(self.db, last, params![before, signed(limit)], |row| row.get::<_, i64>(0))?;
        let Some(id) = found else { return Ok(0) };
        if let Some(cache) = self.cache {
            cache.flush_chains(self.db)?;
        }
        let goes =
            "SELECT event_id, hash FROM event WHERE event_id <= ?1 AND chain IS NULL ORDER BY event_id DESC LIMIT 1";
        let of_before = first(self.db, goes, [id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))?;
        if let Some((id, hash)) = of_before {
            let keep = "INSERT OR REPLACE INTO setting (name, value) VALUES ('pruned_event', ?1)";
            change(self.db, keep, [format!("{id} {}", HEXLOWER.encode(&hash))])?;
        }
        let begins = "UPDATE audit_chain SET pruned_serial = gone.serial, pruned_hash = gone.hash
            FROM (SELECT chain, max(serial) AS serial, hash FROM event
              WHERE event_id <= ?1 AND chain IS NOT NULL GROUP BY chain) AS gone
            WHERE audit_chain.chain = gone.chain";
        change(self.db, begins, [id])?;
        Ok(change(self.db, "DELETE FROM event WHERE event_id <= ?1", [id])? as u64)
    }
}
