//! Runs of SCIM push in SQLite, with their plans and logs.

use super::{SqliteTx, change, collect, first, signed};
use crate::domain::Fault;
use crate::domain::predicate::Window;
use crate::domain::push_run::{PushRun, PushRuns, RunCounts, RunKind, RunProgress, RunState, Trigger};
use rusqlite::{Row, named_params, params};

/// The longest log of a run, in bytes.
const LONGEST_LOG: usize = 1 << 20;

/// The columns of a run, by name.
macro_rules! columns {
    () => {
        "run_id, record_id, record_name, kind, began_by, state, reason, target, plan_of, created_by, created_at, started_at,
         finished_at, phase, done, total, users_created, users_updated, users_locked, users_unlocked, users_deleted,
         groups_created, groups_updated, groups_deleted, memberships_added, memberships_removed, refused, requests,
         cancel_requested, outcome, plan IS NOT NULL AS has_plan"
    };
}

fn run(row: &Row<'_>) -> rusqlite::Result<PushRun> {
    Ok(PushRun {
        id: row.get("run_id")?,
        record: row.get("record_id")?,
        record_name: row.get("record_name")?,
        kind: row.get::<_, RunKind>("kind")?,
        trigger: row.get::<_, Trigger>("began_by")?,
        state: row.get::<_, RunState>("state")?,
        reason: row.get("reason")?,
        target: row.get("target")?,
        plan_of: row.get("plan_of")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        progress: RunProgress { phase: row.get("phase")?, done: row.get("done")?, total: row.get("total")? },
        counts: RunCounts {
            users_created: row.get("users_created")?,
            users_updated: row.get("users_updated")?,
            users_locked: row.get("users_locked")?,
            users_unlocked: row.get("users_unlocked")?,
            users_deleted: row.get("users_deleted")?,
            groups_created: row.get("groups_created")?,
            groups_updated: row.get("groups_updated")?,
            groups_deleted: row.get("groups_deleted")?,
            memberships_added: row.get("memberships_added")?,
            memberships_removed: row.get("memberships_removed")?,
            refused: row.get("refused")?,
            requests: row.get("requests")?,
        },
        cancel_requested: row.get("cancel_requested")?,
        has_plan: row.get("has_plan")?,
        outcome: row.get("outcome")?,
    })
}

impl PushRuns for SqliteTx<'_> {
    fn push_run(&mut self, id: i64) -> Result<Option<PushRun>, Fault> {
        first(self.db, concat!("SELECT ", columns!(), " FROM push_run WHERE run_id = ?1"), [id], run)
    }

    fn open_push_runs(&mut self) -> Result<Vec<PushRun>, Fault> {
        let open = concat!(
            "SELECT ",
            columns!(),
            " FROM push_run INDEXED BY push_run_open WHERE state IN ('queued', 'running') ORDER BY run_id"
        );
        collect(self.db, open, [], run)
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
            let count = first(self.db, count, params![kind], |row| row.get(0))?;
            return Ok((collect(self.db, page, params![kind, limit, offset], run)?, count.unwrap_or_default()));
        };
        let page = concat!(
            "SELECT ",
            columns!(),
            " FROM push_run WHERE record_id = ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY run_id DESC LIMIT ?3 OFFSET ?4"
        );
        let count = "SELECT count(*) FROM push_run WHERE record_id = ?1 AND (?2 IS NULL OR kind = ?2)";
        let count = first(self.db, count, params![record, kind], |row| row.get(0))?;
        Ok((collect(self.db, page, params![record, kind, limit, offset], run)?, count.unwrap_or_default()))
    }

    fn insert_push_run(&mut self, run: PushRun) -> Result<PushRun, Fault> {
        let insert = "INSERT INTO push_run (record_id, record_name, kind, began_by, state, target, plan_of, created_by,
              created_at, started_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let r = &run;
        let (made, began) = (r.created_at, r.started_at);
        let values = params![
            r.record,
            r.record_name,
            r.kind,
            r.trigger,
            r.state,
            r.target,
            r.plan_of,
            r.created_by,
            made,
            began
        ];
        change(self.db, insert, values)?;
        Ok(PushRun { id: self.db.last_insert_rowid(), ..run })
    }

    fn update_push_run(&mut self, run: &PushRun) -> Result<(), Fault> {
        let update = "UPDATE push_run SET state = :state, reason = :reason, started_at = :started_at,
              finished_at = :finished_at, phase = :phase, done = :done, total = :total, users_created = :users_created,
              users_updated = :users_updated, users_locked = :users_locked, users_unlocked = :users_unlocked,
              users_deleted = :users_deleted, groups_created = :groups_created, groups_updated = :groups_updated,
              groups_deleted = :groups_deleted, memberships_added = :memberships_added,
              memberships_removed = :memberships_removed, refused = :refused, requests = :requests,
              cancel_requested = :cancel_requested, outcome = :outcome
            WHERE run_id = :id";
        let (p, c) = (&run.progress, &run.counts);
        let values = named_params! {
            ":id": run.id,
            ":state": run.state,
            ":reason": run.reason,
            ":started_at": run.started_at,
            ":finished_at": run.finished_at,
            ":phase": p.phase,
            ":done": p.done,
            ":total": p.total,
            ":users_created": c.users_created,
            ":users_updated": c.users_updated,
            ":users_locked": c.users_locked,
            ":users_unlocked": c.users_unlocked,
            ":users_deleted": c.users_deleted,
            ":groups_created": c.groups_created,
            ":groups_updated": c.groups_updated,
            ":groups_deleted": c.groups_deleted,
            ":memberships_added": c.memberships_added,
            ":memberships_removed": c.memberships_removed,
            ":refused": c.refused,
            ":requests": c.requests,
            ":cancel_requested": run.cancel_requested,
            ":outcome": run.outcome,
        };
        change(self.db, update, values).map(drop)
    }

    fn push_plan(&mut self, id: i64) -> Result<Option<String>, Fault> {
        Ok(first(self.db, "SELECT plan FROM push_run WHERE run_id = ?1", [id], |row| row.get(0))?.flatten())
    }

    fn keep_push_plan(&mut self, run: &PushRun, plan: &str) -> Result<(), Fault> {
        let drop_others = "UPDATE push_run SET plan = NULL WHERE record_id = ?1 AND plan IS NOT NULL";
        change(self.db, drop_others, [run.record])?;
        change(self.db, "UPDATE push_run SET plan = ?2 WHERE run_id = ?1", params![run.id, plan]).map(drop)
    }

    fn add_to_push_log(&mut self, id: i64, text: &str) -> Result<(), Fault> {
        let so_far =
            "SELECT coalesce(max(part), 0), coalesce(sum(octet_length(text)), 0) FROM push_log WHERE run_id = ?1";
        let (part, length): (i64, usize) =
            first(self.db, so_far, [id], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
        let Some(room) = LONGEST_LOG.checked_sub(length).filter(|room| *room > 0) else { return Ok(()) };
        let text = match text.len() > room {
            true => {
                let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last();
                format!("{}\n… the log is full\n", text.get(..end.unwrap_or_default()).unwrap_or_default())
            }
            false => text.to_owned(),
        };
        let insert = "INSERT INTO push_log (run_id, part, text) VALUES (?1, ?2, ?3)";
        change(self.db, insert, params![id, part + 1, text]).map(drop)
    }

    fn push_log(&mut self, id: i64) -> Result<String, Fault> {
        let parts = "SELECT text FROM push_log WHERE run_id = ?1 ORDER BY part";
        Ok(collect(self.db, parts, [id], |row| row.get::<_, String>(0))?.concat())
    }

    fn prune_push_runs(&mut self, record: i64, keep: u64) -> Result<(), Fault> {
        let old =
            "DELETE FROM push_run WHERE record_id = ?1 AND state NOT IN ('queued', 'running') AND run_id <= coalesce(
              (SELECT run_id FROM push_run WHERE record_id = ?1 ORDER BY run_id DESC LIMIT 1 OFFSET ?2), 0)";
        change(self.db, old, params![record, signed(keep)]).map(drop)
    }
}
