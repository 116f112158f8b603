//! The console's calls for approvals, and for the jobs that do many of them.

use super::admin::Admin;
use super::error::ApiError;
use super::listing::team_id;
use super::listing::{PageQuery, searched, word};
use super::teams::TeamQuery;
use super::user_view::{self, NodeNames, moment};
use super::{App, body};
use crate::domain::approval::{self, ApprovalScope, Restrictions, team_anywhere};
use crate::domain::directory::{Progress, QueueFilter, TeamFilter};
use crate::domain::job::{self, Job};
use crate::domain::{Error, NodeId, TeamId, Tx, UserId, node};
use crate::store::ScanLane;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /approvals`: how much waits, and where.
pub async fn overview(admin: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let (around, counts) = (NodeNames::look(tx, admin.now)?, tx.count_queue()?);
        let mut nodes = Vec::with_capacity(counts.len());
        let (mut teams, mut memberships, mut waiting, mut rejected) = (0, 0, 0, 0);
        for count in counts {
            let connection = tx.connection_of(count.node)?;
            teams += count.teams;
            memberships += count.memberships;
            waiting += count.waiting;
            rejected += count.rejected;
            nodes.push(json!({
                "node_id": count.node.0,
                "node_name": around.name_of(count.node),
                "scim_id": connection.as_ref().map(|c| c.id.0),
                "approval": connection.as_ref().map_or("none", |c| c.settings.approval.word()),
                "teams": count.teams,
                "memberships": count.memberships,
                "waiting": count.waiting,
                "rejected": count.rejected,
            }));
        }
        Ok::<_, Error>(json!({
            "teams": teams,
            "memberships": memberships,
            "waiting": waiting,
            "rejected": rejected,
            "nodes": nodes,
        }))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// `GET /approvals/teams`: the teams that wait.
pub async fn pending_teams(admin: Admin, app: Data<App>, wanted: Query<TeamQuery>) -> Result<HttpResponse, ApiError> {
    let (filter, page) = (wanted.filter()?, wanted.page());
    let filter = TeamFilter { state: filter.state.or(Some(Progress::Pending)), ..filter };
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (rows, total) = tx.list_teams(&filter, page.window())?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let mut view = user_view::team(tx, &row, &around)?;
            let connection = tx.connection_of(row.team.node)?.filter(|c| Some(c.id) == row.team.scim_id);
            let by = connection.map(|c| json!({ "scim_id": c.id.0, "idp": c.idp.name }));
            user_view::add(&mut view, "requested_by", by.unwrap_or_default());
            user_view::add(&mut view, "waiting_since", row.team.created_at.to_string().into());
            views.push(view);
        }
        Ok::<_, Error>((views, total))
    });
    let (teams, total) = found.await?;
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": page.start(), "teams": teams })))
}

/// Which memberships are asked for.
#[derive(Deserialize)]
pub struct Queued {
    node_id: Option<i64>,
    team_id: Option<String>,
    #[serde(default)]
    q: String,
    which: Option<String>,
    start: Option<u64>,
    count: Option<u64>,
}

/// `GET /approvals/memberships`: the memberships that wait, and for what.
pub async fn pending_memberships(
    admin: Admin,
    app: Data<App>,
    wanted: Query<Queued>,
) -> Result<HttpResponse, ApiError> {
    let (page, which) = (PageQuery::of(wanted.start, wanted.count), word(wanted.which.as_deref())?.unwrap_or_default());
    let team = wanted.team_id.as_deref().map(team_id).transpose()?;
    let (node, text) = (wanted.node_id.map(NodeId), searched(&wanted.q));
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let team = team.map(|id| team_anywhere(tx, id)).transpose()?.map(|team| team.key);
        let (rows, total) = tx.list_queue(&QueueFilter { node, team, text, which }, page.window())?;
        let views: Vec<Value> = rows.iter().map(|row| user_view::queued(row, &around)).collect();
        Ok::<_, Error>((views, total))
    });
    let (memberships, total) = found.await?;
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": page.start(), "memberships": memberships })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MembershipBody {
    team_id: String,
    user_id: UserId,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    teams: Vec<String>,
    #[serde(default)]
    memberships: Vec<MembershipBody>,
    restrict_share: Option<bool>,
    restrict_edit: Option<bool>,
    restrict_view: Option<bool>,
    #[serde(default)]
    reason: String,
}

/// Teams, and memberships by team and user.
type ApprovalIds = (Vec<TeamId>, Vec<(TeamId, UserId)>);

impl Named {
    /// The ids; what can be no id of a team stands for one that is not there.
    fn ids(&self) -> Result<ApprovalIds, ApiError> {
        if self.teams.len() + self.memberships.len() > 1000 {
            return Err(Error::TooMany(1000).into());
        }
        let id = |text: &String| text.parse().unwrap_or(TeamId([0; 16]));
        let memberships = self.memberships.iter().map(|one| (id(&one.team_id), one.user_id));
        Ok((self.teams.iter().map(id).collect(), memberships.collect()))
    }
}

/// `POST /approvals/approve`
pub async fn approve(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let named: Named = body::json(&request, payload).await?;
    let ((teams, memberships), act) = (named.ids()?, admin.act()?);
    let limits = Restrictions { share: named.restrict_share, edit: named.restrict_edit, view: named.restrict_view };
    let write = move |tx: &mut dyn Tx| approval::approve_named(tx, &act, &teams, &memberships, limits);
    let tally = app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(json!({
        "teams": { "approved": tally.teams, "failed": tally.teams_failed },
        "memberships": { "approved": tally.memberships, "waiting": tally.waiting, "failed": tally.failed },
    })))
}

/// `POST /approvals/reject`
pub async fn reject(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let named: Named = body::json(&request, payload).await?;
    let ((teams, memberships), act) = (named.ids()?, admin.act()?);
    let reason = named.reason;
    let write = move |tx: &mut dyn Tx| approval::reject_named(tx, &act, &teams, &memberships, &reason);
    let tally = app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(json!({
        "teams": { "rejected": tally.teams, "failed": tally.teams_failed },
        "memberships": { "rejected": tally.memberships, "failed": tally.failed },
    })))
}

#[derive(Deserialize)]
struct NewJob {
    kind: String,
    node_id: Option<NodeId>,
}

/// `POST /jobs`: Full sync.
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
    let (node, act) = (node_id, admin.act()?);
    let reach = node.map_or(ApprovalScope::All, ApprovalScope::Node);
    let counted = app.store.scan(ScanLane::Console, move |tx| tx.count_pending(reach));
    let (teams, memberships) = counted.await?;
    let total = teams + memberships;
    let job = app.store.write(move |tx| job::start(tx, &act, job::JobKind::FullSync, node, total)).await?;
    app.wake();
    Ok(HttpResponse::Created().json(seen(&app, job)?))
}

/// `GET /jobs`
pub async fn jobs(_: Admin, app: Data<App>, page: Query<PageQuery>) -> Result<HttpResponse, ApiError> {
    let page = page.into_inner();
    let (jobs, total) = app.store.read(|tx| tx.jobs(page.window()))?;
    let views: Result<Vec<Value>, ApiError> = jobs.into_iter().map(|job| seen(&app, job)).collect();
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": page.start(), "jobs": views? })))
}

/// `GET /jobs/{job_id}`
pub async fn get_job(_: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let job = app.store.read(|tx| job::get(tx, *path))?;
    Ok(HttpResponse::Ok().json(seen(&app, job)?))
}

/// `POST /jobs/{job_id}/stop`
pub async fn stop(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (*path, admin.act()?);
    let job = app.store.write(move |tx| job::stop(tx, &act, id)).await?;
    Ok(HttpResponse::Ok().json(seen(&app, job)?))
}

/// `POST /jobs/{job_id}/resume`
pub async fn resume(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (*path, admin.act()?);
    let job = app.store.write(move |tx| job::resume(tx, &act, id)).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(seen(&app, job)?))
}

fn seen(app: &App, job: Job) -> Result<Value, ApiError> {
    let name = match job.node {
        Some(id) => app.store.read(|tx| tx.node(id))?.map(|node: node::Node| node.name),
        None => None,
    };
    Ok(json!({
        "job_id": job.id,
        "kind": job.kind.word(),
        "state": job.state.word(),
        "node_id": job.node.map(|node| node.0),
        "node_name": name,
        "created_by": job.created_by,
        "created_at": job.created_at.to_string(),
        "started_at": moment(job.started_at),
        "finished_at": moment(job.finished_at),
        "total": job.total,
        "done": job.done,
        "teams": { "approved": job.teams },
        "memberships": { "approved": job.approved, "waiting": job.waiting, "failed": 0 },
        "current": job.current,
        "error": job.error,
    }))
}
