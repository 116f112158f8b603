//! Jobs on PostgreSQL.

use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first, made, signed};
use crate::domain::Fault;
use crate::domain::job::{Job, Jobs};
use crate::domain::predicate::Window;

/// The columns of a job, in the order of [`job`].
macro_rules! columns {
    () => {
        "job_id, kind, state, node_id, created_by, created_at, started_at, finished_at, total, done, teams, approved,
         waiting, after_team, after_user, current, error"
    };
}

fn job(row: &Row) -> Result<Job, Fault> {
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: row.get(2)?,
        node: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        started_at: row.get(6)?,
        finished_at: row.get(7)?,
        total: row.get(8)?,
        done: row.get(9)?,
        teams: row.get(10)?,
        approved: row.get(11)?,
        waiting: row.get(12)?,
        after: (row.get(13)?, row.get(14)?),
        current: row.get(15)?,
        error: row.get(16)?,
    })
}

impl Jobs for PgTx<'_> {
    fn job(&mut self, id: i64) -> Result<Option<Job>, Fault> {
        self.hold_appliance()?;
        first(self.db, concat!("SELECT ", columns!(), " FROM job WHERE job_id = ?1"), params![id], job)
    }

    fn open_jobs(&mut self) -> Result<Vec<Job>, Fault> {
        self.hold_appliance()?;
        let open = concat!("SELECT ", columns!(), " FROM job WHERE state IN ('queued', 'running') ORDER BY job_id");
        collect(self.db, open, params![], job)
    }

    fn jobs(&mut self, window: Window) -> Result<(Vec<Job>, u64), Fault> {
        let page = concat!("SELECT ", columns!(), " FROM job ORDER BY job_id DESC LIMIT ?1 OFFSET ?2");
        let jobs = collect(self.db, page, params![signed(window.limit), signed(window.offset)], job)?;
        let count = first(self.db, "SELECT count(*) FROM job", params![], |row| row.get(0))?.unwrap_or_default();
        Ok((jobs, count))
    }

    fn insert_job(&mut self, job: Job) -> Result<Job, Fault> {
        let insert =
            "INSERT INTO job (kind, state, node_id, created_by, created_at, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let j = &job;
        let values = params![j.kind, j.state, j.node, j.created_by, j.created_at, j.total];
        Ok(Job { id: made(self.db, insert, "job_id", values)?, ..job })
    }

    fn update_job(&mut self, job: &Job) -> Result<(), Fault> {
        let update = "UPDATE job SET state = ?2, started_at = ?3, finished_at = ?4, total = ?5, done = ?6, teams = ?7,
              approved = ?8, waiting = ?9, after_team = ?10, after_user = ?11, current = ?12, error = ?13
            WHERE job_id = ?1";
        let j = job;
        let values = params![
            j.id,
            j.state,
            j.started_at,
            j.finished_at,
            j.total,
            j.done,
            j.teams,
            j.approved,
            j.waiting,
            j.after.0,
            j.after.1,
            j.current,
            j.error,
        ];
        change(self.db, update, values).map(drop)
    }
}
