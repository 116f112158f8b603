//! Runs of SCIM push: what they are for, how far they are, and what they came to.

use super::predicate::Window;
use super::words::words;
use super::{Error, Fault, Noun, Result, Time, Tx};

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// Tries whether source and target can be reached.
    Check,
    /// Makes the plan and writes nothing.
    Preview,
    /// Carries the plan out.
    Run,
}

/// What began a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The command line.
    Cli,
    /// The console, or a program at the admin API.
    Console,
    /// The schedule of the record.
    Schedule,
}

/// How far a run is, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Not begun.
    Queued,
    /// Under way.
    Running,
    /// Everything is done.
    Done,
    /// Done but for what was refused.
    DoneWithErrors,
    /// The source could not be read whole, so nothing was removed.
    SafeMode,
    /// Somebody or something forbade it or ended it.
    Stopped,
    /// Source or target could not be worked with.
    Failed,
}

words!(RunKind, "kind", Check = "check", Preview = "preview", Run = "run");
words!(Trigger, "trigger", Cli = "cli", Console = "console", Schedule = "schedule");
words!(
    RunState,
    "state",
    Queued = "queued",
    Running = "running",
    Done = "done",
    DoneWithErrors = "done_with_errors",
    SafeMode = "safe_mode",
    Stopped = "stopped",
    Failed = "failed"
);

/// What a run has done; in a preview, what it would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it counts")]
pub struct RunCounts {
    pub users_created: u64,
    pub users_updated: u64,
    pub users_locked: u64,
    pub users_unlocked: u64,
    pub users_deleted: u64,
    pub groups_created: u64,
    pub groups_updated: u64,
    pub groups_deleted: u64,
    pub memberships_added: u64,
    pub memberships_removed: u64,
    pub refused: u64,
    pub requests: u64,
}

/// How far a run is in its phase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// The phase.
    pub phase: Option<String>,
    /// How much of it is done.
    pub done: u64,
    /// How much there is, as soon as it is known.
    pub total: Option<u64>,
}

/// A run, without its plan and its log.
#[derive(Clone, Debug)]
pub struct PushRun {
    /// Its number.
    pub id: i64,
    /// The record.
    pub record: i64,
    /// The name of the record at that time.
    pub record_name: String,
    /// What it is for.
    pub kind: RunKind,
    /// What began it.
    pub trigger: Trigger,
    /// How far it is.
    pub state: RunState,
    /// Why, unless it is done.
    pub reason: Option<String>,
    /// The name of the lock that it holds while it works.
    pub target: String,
    /// The preview whose plan it carries out, or the run whose refused objects it tries again.
    pub plan_of: Option<i64>,
    /// Who asked for it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: Time,
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// How far it is.
    pub progress: RunProgress,
    /// What it has done.
    pub counts: RunCounts,
    /// Whether somebody wants it to end.
    pub cancel_requested: bool,
    /// Whether its plan is kept.
    pub has_plan: bool,
    /// What it came to, JSON.
    pub outcome: Option<String>,
}

impl PushRun {
    /// Whether it waits or is under way.
    pub fn is_open(&self) -> bool {
        matches!(self.state, RunState::Queued | RunState::Running)
    }

    /// Whether it is over and objects were refused in it.
    pub fn has_refused(&self) -> bool {
        !self.is_open() && self.counts.refused > 0
    }
}

/// What runs need of a store.
pub trait PushRuns {
    /// One by its number.
    fn push_run(&mut self, id: i64) -> Result<Option<PushRun>, Fault>;
    /// Those that wait or are under way, oldest first.
    fn open_push_runs(&mut self) -> Result<Vec<PushRun>, Fault>;
    /// A part of the runs of a record or of all, of a kind or of all, newest first, and how many there are.
    fn push_runs(
        &mut self,
        record: Option<i64>,
        kind: Option<RunKind>,
        window: Window,
    ) -> Result<(Vec<PushRun>, u64), Fault>;
    /// Adds one and returns it with its number.
    fn insert_push_run(&mut self, run: PushRun) -> Result<PushRun, Fault>;
    /// Writes how far it is and what it came to.
    fn update_push_run(&mut self, run: &PushRun) -> Result<(), Fault>;
    /// The plan of one, JSON.
    fn push_plan(&mut self, id: i64) -> Result<Option<String>, Fault>;
    /// Keeps the plan of one in the place of those of the record's other runs.
    fn keep_push_plan(&mut self, run: &PushRun, plan: &str) -> Result<(), Fault>;
    /// Adds to the log of one, up to a limit; what is beyond it is left out.
    fn add_to_push_log(&mut self, id: i64, text: &str) -> Result<(), Fault>;
    /// The log of one.
    fn push_log(&mut self, id: i64) -> Result<String, Fault>;
    /// Removes the oldest runs of a record that are over, beyond so many.
    fn prune_push_runs(&mut self, record: i64, keep: u64) -> Result<(), Fault>;
}

/// The run, or a refusal that names it.
pub fn get(tx: &mut dyn Tx, id: i64) -> Result<PushRun> {
    tx.push_run(id)?.ok_or_else(|| Error::NotFound(Noun::PushRun, id.to_string()))
}
