//! Jobs: work in the background.

use super::approval::ApprovedMemberships;
use super::scalar::{Id, Moment};
use super::words::{JobKind, JobState, NewJobKind};
use crate::domain::job;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A background job.
#[derive(Serialize, ToSchema)]
pub struct Job {
    /// The id of a job.
    pub job_id: Id,
    /// What it does.
    pub kind: JobKind,
    /// Its state.
    pub state: JobState,
    /// The node; null for all nodes.
    pub node_id: Option<Id>,
    /// The name of that node.
    pub node_name: Option<String>,
    /// Who created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: Moment,
    /// When it started.
    pub started_at: Option<Moment>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// Teams and memberships that were pending when it was created.
    pub total: u64,
    /// How many of them are processed.
    pub done: u64,
    /// The outcome for teams.
    pub teams: JobTeams,
    /// The outcome for memberships.
    pub memberships: ApprovedMemberships,
    /// The team it is processing.
    pub current: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Job {
    /// A job with the name of its node.
    pub fn new(job: job::Job, node_name: Option<String>) -> Job {
        Job {
            job_id: Id(job.id),
            kind: job.kind.into(),
            state: job.state.into(),
            node_id: job.node.map(Id::from),
            node_name,
            created_by: job.created_by,
            created_at: job.created_at.into(),
            started_at: job.started_at.map(Moment),
            finished_at: job.finished_at.map(Moment),
            total: job.total,
            done: job.done,
            teams: JobTeams { approved: job.teams },
            memberships: ApprovedMemberships { approved: job.approved, waiting: job.waiting, failed: 0 },
            current: job.current,
            error: job.error,
        }
    }
}

/// Teams that a job approved.
#[derive(Serialize, ToSchema)]
pub struct JobTeams {
    /// How many.
    pub approved: u64,
}

/// Jobs, newest first.
#[derive(Serialize, ToSchema)]
pub struct JobPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// The jobs of this page.
    #[schema(max_items = 1000)]
    pub jobs: Vec<Job>,
}

/// Which job.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct JobPath {
    /// The id of a job.
    #[param(value_type = Id)]
    pub job_id: i64,
}

/// A job to start.
#[derive(Deserialize, ToSchema)]
pub struct NewJob {
    /// What the job does.
    #[schema(value_type = NewJobKind)]
    pub kind: String,
    /// The id of a node.
    pub node_id: Option<Id>,
}
