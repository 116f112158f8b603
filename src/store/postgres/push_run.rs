//! Runs of SCIM push in PostgreSQL, with their plans and logs.

use super::row::Row;
use super::value::ToColumn;
use super::{PgTx, change, collect, first, signed};
use crate::domain::Fault;
use crate::domain::predicate::Window;
use crate::domain::push_run::{PushRun, PushRuns, RunCounts, RunKind, RunProgress, RunState, Trigger};

/// The longest log of a run, in bytes.
const LONGEST_LOG: usize = 1 << 20;

/// The columns of a run, in the order of [`run`].
macro_rules! columns {
    () => {
        "run_id, record_id, record_name, kind, began_by, state, reason, target, plan_of, created_by, created_at, started_at,
         finished_at, phase, done, total, users_created, users_updated, users_locked, users_unlocked, users_deleted,
         groups_created, groups_updated, groups_deleted, memberships_added, memberships_removed, refused, requests,
         cancel_requested, outcome, plan IS NOT NULL AS has_plan"
    };
}

fn run(row: &Row) -> Result<PushRun, Fault> {
    Ok(PushRun {
        id: row.get(0)?,
        record: row.get(1)?,
        record_name: row.get(2)?,
        kind: row.get::<_, RunKind>(3)?,
        trigger: row.get::<_, Trigger>(4)?,
        state: row.get::<_, RunState>(5)?,
        reason: row.get(6)?,
        target: row.get(7)?,
        plan_of: row.get(8)?,
        created_by: row.get(9)?,
        created_at: row.get(10)?,
        started_at: row.get(11)?,
        finished_at: row.get(12)?,
        progress: RunProgress { phase: row.get(13)?, done: row.get(14)?, total: row.get(15)? },
        counts: RunCounts {
            users_created: row.get(16)?,
            users_updated: row.get(17)?,
            users_locked: row.get(18)?,
            users_unlocked: row.get(19)?,
            users_deleted: row.get(20)?,
            groups_created: row.get(21)?,
            groups_updated: row.get(22)?,
            groups_deleted: row.get(23)?,
            memberships_added: row.get(24)?,
            memberships_removed: row.get(25)?,
            refused: row.get(26)?,
            requests: row.get(27)?,
        },
        cancel_requested: row.get(28)?,
        has_plan: row.get(30)?,
        outcome: row.get(29)?,
    })
}

impl PushRuns for PgTx<'_> {
    fn push_run(&mut self, id: i64) -> Result<Option<PushRun>, Fault> {
        self.hold_appliance()?;
        first(self.db, concat!("SELECT ", columns!(), " FROM push_run WHERE run_id = ?1"), &[&id], run)
    }

    fn open_push_runs(&mut self) -> Result<Vec<PushRun>, Fault> {
        self.hold_appliance()?;
        let open =
            concat!("SELECT ", columns!(), " FROM push_run WHERE state IN ('queued', 'running') ORDER BY run_id");
        collect(self.db, open, &[], run)
    }

    fn push_runs(
        &mut self,
        record: Option<i64>,
        kind: Option<RunKind>,
        window: Window,
    ) -> Result<(Vec<PushRun>, u64), Fault> {
        let (limit, offset) = (signed(window.limit), signed(window.offset));
        let Some(record) = record else {
            let page = concat!(
                "SELECT ",
                columns!(),
                " FROM push_run WHERE ?1 IS NULL OR kind = ?1 ORDER BY run_id DESC LIMIT ?2 OFFSET ?3"
            );
            let count = "SELECT count(*) FROM push_run WHERE ?1 IS NULL OR kind = ?1";
            let count = first(self.db, count, &[&kind], |row| row.get(0))?;
            return Ok((collect(self.db, page, &[&kind, &limit, &offset], run)?, count.unwrap_or_default()));
        };
        let page = concat!(
            "SELECT ",
            columns!(),
            " FROM push_run WHERE record_id = ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY run_id DESC LIMIT ?3 OFFSET ?4"
        );
        let count = "SELECT count(*) FROM push_run WHERE record_id = ?1 AND (?2 IS NULL OR kind = ?2)";
        let count = first(self.db, count, &[&record, &kind], |row| row.get(0))?;
        Ok((collect(self.db, page, &[&record, &kind, &limit, &offset], run)?, count.unwrap_or_default()))
    }

    fn insert_push_run(&mut self, run: PushRun) -> Result<PushRun, Fault> {
        let insert = "INSERT INTO push_run (record_id, record_name, kind, began_by, state, target, plan_of, created_by,
              created_at, started_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            RETURNING run_id";
        let r = &run;
        let (made, began) = (r.created_at, r.started_at);
        let values: &[&dyn ToColumn] = &[
            &r.record,
            &r.record_name,
            &r.kind,
            &r.trigger,
            &r.state,
            &r.target,
            &r.plan_of,
            &r.created_by,
            &made,
            &began,
        ];
        let id = first(self.db, insert, values, |row| row.get(0))?;
        Ok(PushRun { id: id.unwrap_or_default(), ..run })
    }

    fn update_push_run(&mut self, run: &PushRun) -> Result<(), Fault> {
        let update = "UPDATE push_run SET state = ?2, reason = ?3, started_at = ?4,
              finished_at = ?5, phase = ?6, done = ?7, total = ?8, users_created = ?9,
              users_updated = ?10, users_locked = ?11, users_unlocked = ?12,
              users_deleted = ?13, groups_created = ?14, groups_updated = ?15,
              groups_deleted = ?16, memberships_added = ?17,
              memberships_removed = ?18, refused = ?19, requests = ?20,
              cancel_requested = ?21, outcome = ?22
            WHERE run_id = ?1";
        let (p, c) = (&run.progress, &run.counts);
        let values: &[&dyn ToColumn] = &[
            &run.id,
            &run.state,
            &run.reason,
            &run.started_at,
            &run.finished_at,
            &p.phase,
            &p.done,
            &p.total,
            &c.users_created,
            &c.users_updated,
            &c.users_locked,
            &c.users_unlocked,
            &c.users_deleted,
            &c.groups_created,
            &c.groups_updated,
            &c.groups_deleted,
            &c.memberships_added,
            &c.memberships_removed,
            &c.refused,
            &c.requests,
            &run.cancel_requested,
            &run.outcome,
        ];
        change(self.db, update, values).map(drop)
    }

    fn push_plan(&mut self, id: i64) -> Result<Option<String>, Fault> {
        Ok(first(self.db, "SELECT plan FROM push_run WHERE run_id = ?1", &[&id], |row| row.get(0))?.flatten())
    }

    fn keep_push_plan(&mut self, run: &PushRun, plan: &str) -> Result<(), Fault> {
        let drop_others = "UPDATE push_run SET plan = NULL WHERE record_id = ?1 AND plan IS NOT NULL";
        change(self.db, drop_others, &[&run.record])?;
        change(self.db, "UPDATE push_run SET plan = ?2 WHERE run_id = ?1", &[&run.id, &plan]).map(drop)
    }

    fn add_to_push_log(&mut self, id: i64, text: &str) -> Result<(), Fault> {
        let so_far =
            "SELECT coalesce(max(part), 0), coalesce(sum(octet_length(text)), 0) FROM push_log WHERE run_id = ?1";
        let (part, length): (i64, u64) =
            first(self.db, so_far, &[&id], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
        let Some(room) =
            LONGEST_LOG.checked_sub(usize::try_from(length).unwrap_or(usize::MAX)).filter(|room| *room > 0)
        else {
            return Ok(());
        };
        let text = match text.len() > room {
            true => {
                let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last();
                format!("{}\n… the log is full\n", text.get(..end.unwrap_or_default()).unwrap_or_default())
            }
            false => text.to_owned(),
        };
        let insert = "INSERT INTO push_log (run_id, part, text) VALUES (?1, ?2, ?3)";
        change(self.db, insert, &[&id, &(part + 1), &text]).map(drop)
    }

    fn push_log(&mut self, id: i64) -> Result<String, Fault> {
        let parts = "SELECT text FROM push_log WHERE run_id = ?1 ORDER BY part";
        Ok(collect(self.db, parts, &[&id], |row| row.get::<_, String>(0))?.concat())
    }

    fn prune_push_runs(&mut self, record: i64, keep: u64) -> Result<(), Fault> {
        let old =
            "DELETE FROM push_run WHERE record_id = ?1 AND state NOT IN ('queued', 'running') AND run_id <= coalesce(
              (SELECT run_id FROM push_run WHERE record_id = ?1 ORDER BY run_id DESC LIMIT 1 OFFSET ?2), 0)";
        change(self.db, old, &[&record, &signed(keep)]).map(drop)
    }
}
