//! Walks: a list gone through in its order, read a portion at a time, so that no statement stays open while others run.

use super::document::DIALECT;
use super::{SqliteTx, collect, first, scan, undamaged};
use crate::domain::predicate::{From, Position, Predicate, Walk};
use crate::domain::user::Visit;
use crate::domain::{Fault, NodeId};
use crate::store::select::{Dialect, WalkSql};
use rusqlite::{Row, params_from_iter};

/// How many rows are read at a time.
const PORTION: u64 = 200;

/// What is walked over: one of the two types.
pub(super) struct Walked<T> {
    /// The condition and the order.
    pub(super) steps: fn(&Dialect, NodeId, &Predicate, &Walk) -> WalkSql,
    /// Selects whole rows, up to the condition.
    pub(super) rows: &'static str,
    /// Selects the row with a number.
    pub(super) one: &'static str,
    /// The number, and where the rows are, up to the condition.
    pub(super) number: &'static str,
    pub(super) table: &'static str,
    /// Reads a row, whose number comes first.
    pub(super) read: fn(&Row<'_>) -> rusqlite::Result<T>,
}

impl SqliteTx<'_> {
    /// Walks over what fulfils a condition, until `visit` says no.
    pub(super) fn walk<T>(
        &mut self,
        over: &Walked<T>,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, T>,
    ) -> Result<(), Fault> {
        // In the order of creation the index leads on from any number. What is found by other keys, wherever they stand in
        // the condition, or sorted, would be found and sorted anew for each portion.
        match walk.order.is_none() && !which.has_key() {
            true => self.walk_on(over, node, which, walk, visit),
            false => self.walk_marks(over, node, which, walk, visit),
        }
    }

    /// Portions of rows, each of which begins behind the one before.
    fn walk_on<T>(
        &mut self,
        over: &Walked<T>,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, T>,
    ) -> Result<(), Fault> {
        let mut rest = walk.clone();
        while rest.limit > 0 {
            let portion = Walk { limit: rest.limit.min(PORTION), ..rest.clone() };
            let steps = (over.steps)(&DIALECT, node, which, &portion);
            let found =
                collect(self.db, &[over.rows, &steps.on.sql].concat(), params_from_iter(steps.on.values), |row| {
                    Ok((row.get::<_, i64>(0)?, (over.read)(row)))
                })?;
            let Some((last, _)) = found.last() else { break };
            let place = Position { value: None, number: *last };
            let from = if matches!(walk.from, From::Before(_)) { From::Before(place) } else { From::After(place) };
            let is_last = (found.len() as u64) < portion.limit;
            rest = Walk { from, limit: rest.limit - found.len() as u64, ..rest };
            for (number, one) in found {
                scan::check_time()?;
                let Some(one) = undamaged(one.map_err(Fault::from), &number)? else { continue };
                if !visit(self, one, Position { value: None, number })? {
                    return Ok(());
                }
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// All places first, without their rows, then each row.
    fn walk_marks<T>(
        &mut self,
        over: &Walked<T>,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, T>,
    ) -> Result<(), Fault> {
        let steps = (over.steps)(&DIALECT, node, which, walk);
        let marks =
            ["SELECT ", over.number, ", ", &steps.sort, " FROM ", over.table, " WHERE ", &steps.on.sql].concat();
        let marks: Vec<Position> = collect(self.db, &marks, params_from_iter(steps.on.values), |row| {
            Ok(Position { number: row.get(0)?, value: row.get(1)? })
        })?;
        for mark in marks {
            scan::check_time()?;
            let found = first(self.db, over.one, [mark.number], over.read);
            let Some(one) = undamaged(found, &mark.number)?.flatten() else { continue };
            if !visit(self, one, mark)? {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]
    use super::super::SqliteTx;
    use super::super::plans::{connect, database, group, person};
    use super::super::write_cache::WriteCache;
    use super::PORTION;
    use crate::domain::connection_settings::Preset;
    use crate::domain::predicate::{Column, From, Key, Order, Position, Predicate, Sort, Walk};
    use crate::domain::{Tx, UserId};

    #[test]
    fn a_walk_of_several_portions_meets_everybody_once_and_in_order() {
        let (_dir, db) = database();
        let cache = WriteCache::default();
        let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
        let acme = connect(tx, "Acme", Preset::Rfc, 1);
        let many = 2 * usize::try_from(PORTION).unwrap() + 7;
        // Named so that the order of names is the reverse of that of creation.
        let name = |n: usize| format!("u{:04}@acme.test", many - n);
        let people: Vec<UserId> = (0..many).map(|n| person(tx, &acme, &name(n)).id).collect();
        let all = group(tx, &acme, "all", 3, &people);
        let mut walk = |which: &Predicate, order, from, limit: usize, most: usize| {
            let (mut seen, mut last) = (Vec::new(), None);
            let walk = Walk { order, from, limit: limit as u64 };
            tx.walk_users(acme.node, which, &walk, &mut |tx, user, mark| {
                // Whoever is shown something may read in the same transaction.
                assert_eq!(tx.user(acme.node, user.id)?.map(|user| user.version), Some(user.version));
                seen.push(user.id);
                last = Some(mark);
                Ok(seen.len() < most)
            })
            .unwrap();
            (seen, last)
        };
        let back: Vec<UserId> = people.iter().rev().copied().collect();
        let place = |number| Position { value: None, number };
        let by_name = Some(Order { by: Sort::Column(Column::UserName), descending: false });
        let falling = Some(Order { by: Sort::Column(Column::UserName), descending: true });
        let beyond = usize::MAX;
        for which in [Predicate::Everything, Predicate::All(vec![]), Predicate::Is(Key::InTeam(all.id))] {
            let skip = || From::Skip(0);
            assert_eq!(walk(&which, None, skip(), beyond, beyond), (people.clone(), Some(place(people[many - 1].0))));
            assert_eq!(walk(&which, None, From::Skip(5), 300, beyond).0, people[5..305]);
            assert_eq!(walk(&which, None, skip(), beyond, 201).0, people[..201]);
            assert_eq!(walk(&which, None, skip(), 0, beyond).0, []);
            assert_eq!(walk(&which, None, From::After(place(people[9].0)), beyond, beyond).0, people[10..]);
            assert_eq!(
                walk(&which, None, From::Before(place(people[300].0)), 250, beyond).0,
                back[many - 300..many - 50]
            );
            assert_eq!(walk(&which, falling, skip(), beyond, beyond).0, people);
            let (first, mark) = walk(&which, by_name, skip(), 205, beyond);
            assert_eq!(first, back[..205]);
            assert_eq!(walk(&which, by_name, From::After(mark.unwrap()), beyond, beyond).0, back[205..]);
        }
    }
}
