//! The console's calls for runs of SCIM push: start, watch, cancel, and what they came to.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body};
use crate::api::listing::PageQuery;
use crate::api::push_plan::{PlanQuery, PushPlan};
use crate::api::push_run::{PushRun, PushRunDetail, PushRunPage, RunPath, RunQuery};
use crate::api::push_wish::{NewPushRun, RecordPath};
use crate::api::words::ChangeKind;
use crate::domain::push_lifecycle::{self, RunWish};
use crate::domain::push_record::{self, RecordSource};
use crate::domain::push_run::{self, RunKind, Trigger};
use crate::domain::{Error, Tx};
use actix_web::web::{self, Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

/// Start a run
///
/// A check tries source and target step by step; a preview makes a plan and writes nothing; a run carries a plan out. With
/// plan_of it makes the very changes of that preview, or none, which also confirms the first run of a record; with plan_of
/// of an earlier run it tries only what was refused there.
#[utoipa::path(
    post,
    path = "/push-records/{record_id}/runs",
    params(RecordPath),
    request_body = NewPushRun,
    responses((status = 201, body = PushRunDetail))
)]
pub async fn start(
    admin: Admin,
    app: Data<App>,
    path: Path<RecordPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let asked: NewPushRun = body::json(&request, payload).await?;
    let (kind, act, id) = (asked.kind.parse::<RunKind>()?, admin.act()?, path.record_id);
    let plan_of = asked.plan_of.map(|preview| preview.0);
    let write = move |tx: &mut dyn Tx| {
        let record = push_record::get(tx, id)?;
        if matches!(&record.source, RecordSource::File { path } if path == "-") {
            let sentence = "This record reads stdin. Run it with “scimbox scim push” or “scimbox push run”.";
            return Err(Error::PushNotReady(sentence.to_owned()));
        }
        let (target, trigger) = (record.target.lock_name(), Trigger::Console);
        let wish = RunWish { record: id, kind, trigger, target, plan_of, begins: false };
        push_lifecycle::ask(tx, &act, &wish)
    };
    let run = app.store.write(write).await?;
    app.wake();
    Ok(HttpResponse::Created().json(PushRunDetail::from(&run)))
}

/// List runs
///
/// Newest first.
#[utoipa::path(get, path = "/push-runs", params(RunQuery, PageQuery), responses((status = 200, body = PushRunPage)))]
pub async fn list(
    _: Admin,
    app: Data<App>,
    of: Query<RunQuery>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = page.into_inner();
    let kind = of.kind.as_deref().filter(|word| !word.is_empty()).map(str::parse).transpose()?;
    let (runs, total) = app.store.read(move |tx| tx.push_runs(of.record_id, kind, page.window()))?;
    let runs = runs.iter().map(PushRun::from).collect();
    Ok(HttpResponse::Ok().json(PushRunPage { total, start: page.start(), runs }))
}

/// Show a run
///
/// With its progress, the steps of a check, and what was refused.
#[utoipa::path(get, path = "/push-runs/{run_id}", params(RunPath), responses((status = 200, body = PushRunDetail)))]
pub async fn get(_: Admin, app: Data<App>, path: Path<RunPath>) -> Result<HttpResponse, ApiError> {
    let run = app.store.read(move |tx| push_run::get(tx, path.run_id))?;
    Ok(HttpResponse::Ok().json(PushRunDetail::from(&run)))
}

/// Cancel a run
///
/// It ends before its next request; what it has done stays.
#[utoipa::path(post, path = "/push-runs/{run_id}/cancel", params(RunPath), responses((status = 200, body = PushRunDetail)))]
pub async fn cancel(admin: Admin, app: Data<App>, path: Path<RunPath>) -> Result<HttpResponse, ApiError> {
    let (act, id) = (admin.act()?, path.run_id);
    let run = app.store.write(move |tx| push_lifecycle::cancel(tx, &act, id)).await?;
    Ok(HttpResponse::Ok().json(PushRunDetail::from(&run)))
}

/// Show the plan of a preview
///
/// Only the newest preview of a record keeps its plan.
#[utoipa::path(
    get,
    path = "/push-runs/{run_id}/plan",
    params(RunPath, PlanQuery, PageQuery),
    responses((status = 200, body = PushPlan))
)]
pub async fn plan(
    _: Admin,
    app: Data<App>,
    path: Path<RunPath>,
    asked: Query<PlanQuery>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (id, page) = (path.run_id, page.into_inner());
    let text = asked.q.clone().unwrap_or_default();
    let unknown = || ApiError::invalid("change", "Expected a kind of change, such as create_user.");
    let change = asked.change.as_deref().filter(|word| !word.is_empty());
    let change = change.map(|word| ChangeKind::known(word).ok_or_else(unknown)).transpose()?;
    let none = || Error::PushNotReady("This run keeps no plan. Make a new preview.".to_owned());
    let kept = app.store.read(move |tx| {
        push_run::get(tx, id)?;
        tx.push_plan(id)?.ok_or_else(none)
    })?;
    // The plan of a large directory is a long text.
    let read = web::block(move || PushPlan::page(id, &kept, change, &text, page)).await;
    let plan = read.map_err(|_| ApiError::broken("a plan could not be read"))?.ok_or_else(none)?;
    Ok(HttpResponse::Ok().json(plan))
}

/// Download the log of a run
///
/// One line for each thing that it told, with the time.
#[utoipa::path(
    get,
    path = "/push-runs/{run_id}/log",
    params(RunPath),
    responses((status = 200, content((String = "text/plain"))))
)]
pub async fn log(_: Admin, app: Data<App>, path: Path<RunPath>) -> Result<HttpResponse, ApiError> {
    let id = path.run_id;
    let text = app.store.read(move |tx| {
        push_run::get(tx, id)?;
        Ok::<_, Error>(tx.push_log(id)?)
    })?;
    let name = format!("attachment; filename=\"push-{id}.log\"");
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Content-Disposition", name))
        .body(text))
}
