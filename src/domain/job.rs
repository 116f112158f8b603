//! Jobs: approvals that take a while, done in batches. A batch and how far the job has come are one transaction, so a job
//! can be stopped, and goes on where it was after a restart.

use super::approval::{self, ApprovalBatch, ApprovalScope, PendingKey, Restrictions};
use super::event::{Event, EventKind};
use super::predicate::Window;
use super::words::words;
use super::{Act, Error, Fault, NodeId, Noun, Result, TeamKey, Time, Tx, UserId};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Approves whatever waits in a node, or everywhere.
    FullSync,
    /// Approves whatever waits for the sign-in of an administrator.
    SignInSync,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Not begun.
    Queued,
    /// Under way.
    Running,
    /// Stopped by an administrator; can go on.
    Stopped,
    /// Came to its end.
    Done,
    /// Could not go on; can be tried again.
    Failed,
}

words!(JobKind, "kind", FullSync = "full_sync", SignInSync = "sign_in_sync");
words!(
    JobState,
    "state",
    Queued = "queued",
    Running = "running",
    Stopped = "stopped",
    Done = "done",
    Failed = "failed"
);

/// Work in the background.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What it does.
    pub kind: JobKind,
    /// How far it is.
    pub state: JobState,
    /// Where; everywhere when absent.
    pub node: Option<NodeId>,
    /// Who began it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: Time,
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// Teams and memberships that waited when it was asked for.
    pub total: u64,
    /// How many of them it has seen.
    pub done: u64,
    /// Teams that it approved.
    pub teams: u64,
    /// Memberships that it approved.
    pub approved: u64,
    /// Memberships that wait for their person.
    pub waiting: u64,
    /// Where it goes on.
    pub after: PendingKey,
    /// The team it is at.
    pub current: Option<String>,
    /// Why it could not go on.
    pub error: Option<String>,
}

impl Job {
    /// Where it looks.
    pub fn reach(&self) -> ApprovalScope {
        match (self.kind, self.node) {
            (JobKind::SignInSync, _) => ApprovalScope::SignIn,
            (JobKind::FullSync, None) => ApprovalScope::All,
            (JobKind::FullSync, Some(node)) => ApprovalScope::Node(node),
        }
    }

    /// Whether it is waiting or under way.
    pub fn is_open(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Running)
    }
}

/// What jobs need of a store.
pub trait Jobs {
    /// One job.
    fn job(&mut self, id: i64) -> Result<Option<Job>, Fault>;
    /// The jobs that wait or are under way, oldest first.
    fn open_jobs(&mut self) -> Result<Vec<Job>, Fault>;
    /// A part of all jobs, newest first, and how many there are.
    fn jobs(&mut self, window: Window) -> Result<(Vec<Job>, u64), Fault>;
    /// Adds one and returns it with its number.
    fn insert_job(&mut self, job: Job) -> Result<Job, Fault>;
    /// Writes how far it is.
    fn update_job(&mut self, job: &Job) -> Result<(), Fault>;
}

/// Items of one write: few enough that a request behind it does not notice.
pub const BATCH: u64 = 250;

/// The job, or a refusal that names it.
pub fn get(tx: &mut dyn Tx, id: i64) -> Result<Job> {
    tx.job(id)?.ok_or_else(|| Error::NotFound(Noun::Job, id.to_string()))
}

/// Asks for a job. One at a time for each place.
pub fn start(tx: &mut dyn Tx, act: &Act, kind: JobKind, node: Option<NodeId>, total: u64) -> Result<Job> {
    if let Some(node) = node {
        super::node::get(tx, node)?;
    }
    if let Some(open) = tx.open_jobs()?.into_iter().find(|job| job.kind == kind && job.node == node) {
        return Err(Error::JobRunning(open.id));
    }
    let job = tx.insert_job(Job {
        id: 0,
        kind,
        state: JobState::Queued,
        node,
        created_by: act.by.clone(),
        created_at: act.now,
        started_at: None,
        finished_at: None,
        total,
        done: 0,
        teams: 0,
        approved: 0,
        waiting: 0,
        after: (TeamKey(0), UserId(0)),
        current: None,
        error: None,
    })?;
    record(tx, act, EventKind::JobStarted, &job)?;
    Ok(job)
}

/// Stops a job between two batches.
pub fn stop(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<Job> {
    let mut job = get(tx, id)?;
    if !job.is_open() {
        return Err(Error::JobOver);
    }
    job.state = JobState::Stopped;
    tx.update_job(&job)?;
    record(tx, act, EventKind::JobStopped, &job)?;
    Ok(job)
}

/// Lets a stopped or failed job go on.
pub fn resume(tx: &mut dyn Tx, act: &Act, id: i64) -> Result<Job> {
    let mut job = get(tx, id)?;
    if !matches!(job.state, JobState::Stopped | JobState::Failed) {
        return Err(Error::JobOver);
    }
    if let Some(open) = tx.open_jobs()?.into_iter().find(|open| open.kind == job.kind && open.node == job.node) {
        return Err(Error::JobRunning(open.id));
    }
    job.state = JobState::Queued;
    job.error = None;
    tx.update_job(&job)?;
    record(tx, act, EventKind::JobResumed, &job)?;
    Ok(job)
}

/// What a job does next. Reads only, and not in the thread that writes.
pub fn next(tx: &mut dyn Tx, job: &Job) -> Result<ApprovalBatch> {
    approval::next(tx, job.reach(), job.after, BATCH)
}

/// Does a batch of a job and writes how far it has come; `None` when somebody stopped it meanwhile.
pub fn work(tx: &mut dyn Tx, act: &Act, id: i64, batch: &ApprovalBatch) -> Result<Option<Job>> {
    let Some(mut job) = tx.job(id)?.filter(Job::is_open) else { return Ok(None) };
    let tally = approval::approve(tx, act, batch, Restrictions::default())?;
    job.state = JobState::Running;
    job.started_at = job.started_at.or(Some(act.now));
    job.done += (batch.teams.len() + batch.memberships.len()) as u64;
    // SCIM clients may have brought more since it was asked for.
    job.total = job.total.max(job.done);
    job.teams += tally.teams;
    job.approved += tally.memberships;
    job.waiting += tally.waiting;
    if let Some(last) = batch.memberships.last() {
        job.after = *last;
        job.current = tx.team_by_key(last.0)?.map(|(team, _)| team.profile.name);
    }
    if batch.last {
        job.state = JobState::Done;
        job.finished_at = Some(act.now);
        job.current = None;
        job.total = job.done;
    }
    tx.update_job(&job)?;
    if batch.last {
        record(tx, act, EventKind::JobDone, &job)?;
    }
    Ok(Some(job))
}

/// Writes that a job cannot go on.
pub fn fail(tx: &mut dyn Tx, act: &Act, id: i64, why: &str) -> Result<()> {
    let Some(mut job) = tx.job(id)?.filter(Job::is_open) else { return Ok(()) };
    job.state = JobState::Failed;
    job.error = Some(why.to_owned());
    tx.update_job(&job)?;
    record(tx, act, EventKind::JobFailed, &job)
}

/// Signing in approves what a first batch holds at once; when more waits, a job does the rest.
pub fn on_sign_in(tx: &mut dyn Tx, act: &Act, batch: &ApprovalBatch) -> Result<(approval::Tally, Option<Job>)> {
    let mut tally = approval::approve(tx, act, batch, Restrictions::default())?;
    if batch.last {
        return Ok((tally, None));
    }
    // The teams went first; when they were few, their members may be few as well.
    if !batch.teams.is_empty() {
        let (rest, all) = approval::approve_some(tx, act, ApprovalScope::SignIn, 1, BATCH)?;
        tally = tally.plus(rest);
        if all {
            return Ok((tally, None));
        }
    }
    match start(tx, act, JobKind::SignInSync, None, 0) {
        Ok(job) => Ok((tally, Some(job))),
        Err(Error::JobRunning(id)) => Ok((tally, Some(get(tx, id)?))),
        Err(error) => Err(error),
    }
}

fn record(tx: &mut dyn Tx, act: &Act, what: EventKind, job: &Job) -> Result<()> {
    let mut event = Event::new(what).object(format!("job:{}", job.id)).is("kind", job.kind.word());
    event.node = job.node;
    if what == EventKind::JobFailed {
        event = event.is("error", &job.error);
    }
    if what == EventKind::JobDone {
        event = event.is("teams", job.teams).is("memberships", job.approved).is("waiting", job.waiting);
    }
    Ok(tx.record(act, &event)?)
}
