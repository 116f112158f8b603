//! Runs of SCIM push: how far they are, and what they came to.

use super::scalar::{Id, Moment};
use super::words::{Phase, RunKind, RunState, Trigger};
use crate::domain::push_run;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A run of a push record.
#[derive(Serialize, ToSchema)]
pub struct PushRun {
    /// The id of the run.
    pub run_id: Id,
    /// The id of the record.
    pub record_id: Id,
    /// The name of the record at that time.
    pub record_name: String,
    /// What the run is for.
    pub kind: RunKind,
    /// What started it.
    pub trigger: Trigger,
    /// Its state.
    pub state: RunState,
    /// Why, unless it is done.
    pub reason: Option<String>,
    /// How that is said in another language: its code and what stands in its gaps; null where there is no other way.
    #[schema(value_type = Option<Object>)]
    pub reason_said: Option<Value>,
    /// The preview whose plan it carries out, or the run whose refused objects it tries again.
    pub plan_of: Option<Id>,
    /// Who started it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: Moment,
    /// When it started.
    pub started_at: Option<Moment>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// The part that it is in.
    pub phase: Option<Phase>,
    /// How much of that part is done.
    pub done: u64,
    /// How much of it there is; null while that is unknown.
    pub total: Option<u64>,
    /// What happened to users; in a preview, what would happen.
    pub users: RunUsers,
    /// What happened to groups.
    pub groups: RunGroups,
    /// What happened to memberships.
    pub memberships: RunMemberships,
    /// How many objects were refused.
    pub refused: u64,
    /// How many requests the target got.
    pub requests: u64,
    /// Whether it was asked to end.
    pub cancel_requested: bool,
    /// Whether its plan can be shown.
    pub has_plan: bool,
}

/// Users in the outcome of a run.
#[derive(Serialize, ToSchema)]
pub struct RunUsers {
    /// Created.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// Locked.
    pub locked: u64,
    /// Unlocked.
    pub unlocked: u64,
    /// Deleted.
    pub deleted: u64,
}

/// Groups in the outcome of a run.
#[derive(Serialize, ToSchema)]
pub struct RunGroups {
    /// Created.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// Deleted.
    pub deleted: u64,
}

/// Memberships in the outcome of a run.
#[derive(Serialize, ToSchema)]
pub struct RunMemberships {
    /// Added.
    pub added: u64,
    /// Removed.
    pub removed: u64,
}

impl From<&push_run::PushRun> for PushRun {
    fn from(run: &push_run::PushRun) -> PushRun {
        let counts = &run.counts;
        PushRun {
            run_id: Id(run.id),
            record_id: Id(run.record),
            record_name: run.record_name.clone(),
            kind: run.kind.into(),
            trigger: run.trigger.into(),
            state: run.state.into(),
            reason: run.reason.clone(),
            reason_said: outcome(run).get("reason_said").cloned(),
            plan_of: run.plan_of.map(Id),
            created_by: run.created_by.clone(),
            created_at: run.created_at.into(),
            started_at: run.started_at.map(Moment),
            finished_at: run.finished_at.map(Moment),
            phase: run.progress.phase.as_deref().and_then(Phase::known),
            done: run.progress.done,
            total: run.progress.total,
            users: RunUsers {
                created: counts.users_created,
                updated: counts.users_updated,
                locked: counts.users_locked,
                unlocked: counts.users_unlocked,
                deleted: counts.users_deleted,
            },
            groups: RunGroups {
                created: counts.groups_created,
                updated: counts.groups_updated,
                deleted: counts.groups_deleted,
            },
            memberships: RunMemberships { added: counts.memberships_added, removed: counts.memberships_removed },
            refused: counts.refused,
            requests: counts.requests,
            cancel_requested: run.cancel_requested,
            has_plan: run.has_plan,
        }
    }
}

/// A run with what was refused, and the steps of a check.
#[derive(Serialize, ToSchema)]
pub struct PushRunDetail {
    /// The run.
    pub run: PushRun,
    /// The steps of a check, the source's first.
    pub steps: Vec<CheckStep>,
    /// What was refused, at most a thousand.
    #[schema(max_items = 1000)]
    pub refusals: Vec<PushRefusal>,
}

/// One step of a check.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CheckStep {
    /// What was tried.
    pub step: String,
    /// Whether it worked.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub found_said: Option<Value>,
    /// What to do if it did not work.
    pub advice: Option<String>,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub advice_said: Option<Value>,
}

/// Something that could not be pushed.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PushRefusal {
    /// `user`, `group` or `membership`.
    pub kind: String,
    /// Its address or name.
    pub name: String,
    /// Why, in the words of whoever refused it.
    pub why: String,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub why_said: Option<Value>,
}

/// What is kept of how a run ended.
fn outcome(run: &push_run::PushRun) -> Value {
    run.outcome.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

impl From<&push_run::PushRun> for PushRunDetail {
    fn from(run: &push_run::PushRun) -> PushRunDetail {
        let outcome = outcome(run);
        let refusals = outcome.get("refused").and_then(Value::as_array).into_iter().flatten().take(1000);
        PushRunDetail {
            run: run.into(),
            steps: outcome
                .get("steps")
                .cloned()
                .and_then(|steps| serde_json::from_value(steps).ok())
                .unwrap_or_default(),
            refusals: refusals.filter_map(|one| PushRefusal::deserialize(one).ok()).collect(),
        }
    }
}

/// Runs, newest first.
#[derive(Serialize, ToSchema)]
pub struct PushRunPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The runs of this page.
    #[schema(max_items = 1000)]
    pub runs: Vec<PushRun>,
}

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    /// The id of a push record; all if absent.
    #[param(value_type = Option<Id>)]
    pub record_id: Option<i64>,
    /// Runs of this kind only.
    #[param(value_type = Option<RunKind>)]
    pub kind: Option<String>,
}

/// Which run.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RunPath {
    /// The id of a run.
    #[param(value_type = Id)]
    pub run_id: i64,
}
