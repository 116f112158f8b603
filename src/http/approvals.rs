//! The console's calls for approvals, and for the jobs that do many of them.

use super::admin::{Admin, SignedInAdmin};
use super::error::ApiError;
use super::{App, body};
use crate::api::approval::{
    Approval, ApprovalNode, ApprovalResult, Approvals, Approved, RejectResult, Rejection, approved_by,
};
use crate::api::job::{Job, JobPage, JobPath, NewJob};
use crate::api::listing::{PageQuery, searched, team_id, word};
use crate::api::membership::{QueuePage, QueueQuery, QueuedMembership};
use crate::api::node_names::NodeNames;
use crate::api::team::{PendingTeam, PendingTeamPage, TeamQuery};
use crate::domain::approval::{self, ApprovalScope, Restrictions, team_anywhere};
use crate::domain::approval_undo;
use crate::domain::directory::{Progress, QueueFilter, TeamFilter};
use crate::domain::event::{EventFilter, EventKind};
use crate::domain::{Error, NodeId, Time, Tx, job};
use crate::store::ScanLane;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

/// Lines of the audit log that one sign-in can have written, at most.
const UNDONE: u64 = 5_000;

/// Count what is pending
///
/// In all and per node.
#[utoipa::path(get, path = "/approvals", responses((status = 200, body = Approvals)))]
pub async fn overview(admin: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let (around, counts) = (NodeNames::look(tx, admin.now)?, tx.count_queue()?);
        let mut all = Approvals::default();
        for count in counts {
            all.add(ApprovalNode::new(&count, tx.connection_of(count.node)?.as_ref(), &around));
        }
        Ok::<_, Error>(all)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// List pending teams
///
/// With the connection that created each.
#[utoipa::path(get, path = "/approvals/teams", params(TeamQuery), responses((status = 200, body = PendingTeamPage)))]
pub async fn pending_teams(admin: Admin, app: Data<App>, wanted: Query<TeamQuery>) -> Result<HttpResponse, ApiError> {
    let (filter, page) = (wanted.filter()?, wanted.page());
    let filter = TeamFilter { state: filter.state.or(Some(Progress::Pending)), ..filter };
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (rows, total) = tx.list_teams(&filter, page.window())?;
        let teams: Result<Vec<_>, _> = rows.iter().map(|row| PendingTeam::new(tx, row, &around)).collect();
        Ok::<_, Error>(PendingTeamPage { total, start: page.start(), teams: teams? })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// List pending memberships
///
/// With what each of them waits for. `q` searches user names, display names and team names.
#[utoipa::path(
    get,
    path = "/approvals/memberships",
    params(QueueQuery),
    responses((status = 200, body = QueuePage))
)]
pub async fn pending_memberships(
    admin: Admin,
    app: Data<App>,
    wanted: Query<QueueQuery>,
) -> Result<HttpResponse, ApiError> {
    let (page, which) = (PageQuery::of(wanted.start, wanted.count), word(wanted.which.as_deref())?.unwrap_or_default());
    let team = wanted.team_id.as_deref().map(team_id).transpose()?;
    let (node, text) = (wanted.node_id.map(NodeId), searched(&wanted.q));
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let team = team.map(|id| team_anywhere(tx, id)).transpose()?.map(|team| team.key);
        let (rows, total) = tx.list_queue(&QueueFilter { node, team, text, which }, page.window())?;
        let memberships = rows.iter().map(|row| QueuedMembership::new(row, &around)).collect();
        Ok::<_, Error>(QueuePage { total, start: page.start(), memberships })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Approve teams and memberships
///
/// Rejected ones too. A membership whose team is not approved or whose user has not joined is granted, and approved as soon as both are.
#[utoipa::path(post, path = "/approvals/approve", request_body = Approval, responses((status = 200, body = ApprovalResult)))]
pub async fn approve(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let named: Approval = body::json(&request, payload).await?;
    let ((teams, memberships), act) = (named.ids()?, admin.act()?);
    let limits = Restrictions { share: named.restrict_share, edit: named.restrict_edit, view: named.restrict_view };
    let write = move |tx: &mut dyn Tx| approval::approve_named(tx, &act, &teams, &memberships, limits);
    let tally = app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(ApprovalResult::from(tally)))
}

/// Undo approvals
///
/// What the caller's last sign-in approved waits again, within ten minutes of it. The next sign-in would approve it again.
#[utoipa::path(post, path = "/approvals/undo", responses((status = 200, body = Approved)), security(("session" = [])))]
pub async fn undo(signed: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let act = signed.guard.act()?;
    let by = act.by.clone();
    let since = Time(act.now.0 - approval_undo::MINUTES * 60_000);
    let (teams, memberships) = app
        .store
        .scan(ScanLane::Console, move |tx| {
            let filter = EventFilter { actors: vec![by], from: Some(since), ..EventFilter::default() };
            let sign_in = EventFilter { events: vec![EventKind::SignIn.word().to_owned()], ..filter.clone() };
            let request_id = tx.events(&sign_in, None, 1)?.pop().and_then(|event| event.request_id);
            let Some(request_id) = request_id else { return Ok::<_, Error>(Default::default()) };
            let events = tx.events(&EventFilter { request_id: Some(request_id), ..filter }, None, UNDONE)?;
            Ok(approved_by(&events))
        })
        .await?;
    if teams.is_empty() && memberships.is_empty() {
        return Err(ApiError::invalid("undo", "Your sign-in of the last ten minutes has approved nothing."));
    }
    let write = move |tx: &mut dyn Tx| approval_undo::undo(tx, &act, &teams, &memberships);
    let tally = app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(Approved { teams: tally.teams, memberships: tally.memberships }))
}

/// Reject teams and memberships
///
/// The identity provider still sees what is rejected; it leaves the queue.
#[utoipa::path(post, path = "/approvals/reject", request_body = Rejection, responses((status = 200, body = RejectResult)))]
pub async fn reject(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let named: Rejection = body::json(&request, payload).await?;
    let ((teams, memberships), act) = (named.ids()?, admin.act()?);
    let reason = named.reason;
    let write = move |tx: &mut dyn Tx| approval::reject_named(tx, &act, &teams, &memberships, &reason);
    let tally = app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(RejectResult::from(tally)))
}

/// Start a full sync
///
/// Approves everything that is pending, in one node or in all, in the background.
#[utoipa::path(post, path = "/jobs", request_body = NewJob, responses((status = 201, body = Job)))]
pub async fn start(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewJob { kind, node_id } = body::json(&request, payload).await?;
    if kind != job::JobKind::FullSync.word() {
        return Err(ApiError::invalid("kind", "Expected full_sync."));
    }
    let (node, act) = (node_id.map(NodeId::from), admin.act()?);
    let reach = node.map_or(ApprovalScope::All, ApprovalScope::Node);
    let counted = app.store.scan(ScanLane::Console, move |tx| tx.count_pending(reach));
    let (teams, memberships) = counted.await?;
    let total = teams + memberships;
    let job = app.store.write(move |tx| job::start(tx, &act, job::JobKind::FullSync, node, total)).await?;
    app.wake();
    Ok(HttpResponse::Created().json(seen(&app, job)?))
}

/// List jobs
///
/// Newest first.
#[utoipa::path(get, path = "/jobs", params(PageQuery), responses((status = 200, body = JobPage)))]
pub async fn jobs(_: Admin, app: Data<App>, page: Query<PageQuery>) -> Result<HttpResponse, ApiError> {
    let page = page.into_inner();
    let (jobs, total) = app.store.read(move |tx| tx.jobs(page.window()))?;
    let jobs: Result<Vec<Job>, ApiError> = jobs.into_iter().map(|job| seen(&app, job)).collect();
    Ok(HttpResponse::Ok().json(JobPage { total, start: page.start(), jobs: jobs? }))
}

/// Show a job
///
/// With its progress.
#[utoipa::path(get, path = "/jobs/{job_id}", params(JobPath), responses((status = 200, body = Job)))]
pub async fn get_job(_: Admin, app: Data<App>, path: Path<JobPath>) -> Result<HttpResponse, ApiError> {
    let job = app.store.read(move |tx| job::get(tx, path.job_id))?;
    Ok(HttpResponse::Ok().json(seen(&app, job)?))
}

/// Stop a job
///
/// It can be resumed.
#[utoipa::path(post, path = "/jobs/{job_id}/stop", params(JobPath), responses((status = 200, body = Job)))]
pub async fn stop(admin: Admin, app: Data<App>, path: Path<JobPath>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (path.job_id, admin.act()?);
    let job = app.store.write(move |tx| job::stop(tx, &act, id)).await?;
    Ok(HttpResponse::Ok().json(seen(&app, job)?))
}

/// Resume a job
///
/// It continues where it stopped.
#[utoipa::path(post, path = "/jobs/{job_id}/resume", params(JobPath), responses((status = 200, body = Job)))]
pub async fn resume(admin: Admin, app: Data<App>, path: Path<JobPath>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (path.job_id, admin.act()?);
    let job = app.store.write(move |tx| job::resume(tx, &act, id)).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(seen(&app, job)?))
}

fn seen(app: &App, job: job::Job) -> Result<Job, ApiError> {
    let name = match job.node {
        Some(id) => app.store.read(move |tx| tx.node(id))?.map(|node| node.name),
        None => None,
    };
    Ok(Job::new(job, name))
}
