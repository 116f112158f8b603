//! The console's calls for captured requests: list, look at one, export and send again.

use super::admin::{Admin, SignedInAdmin};
use super::error::ApiError;
use super::replay::{ReplayOrder, replay as send_again};
use super::{App, body};
use crate::api::request::{
    self, ReplayWish, Replayed, RequestDetail, RequestEffect, RequestFormatQuery, RequestPage, RequestPath,
    RequestQuery,
};
use crate::api::request_export::export as exported;
use crate::api::request_hour::{RequestHour, RequestHours};
use crate::api::request_space::{RequestSpace, RequestSpaceQuery, RequestsCleared};
use crate::domain::exchange::{self, Exchange, Ring};
use crate::domain::{Error, NodeId, Noun, Tx, settings};
use crate::store::ScanLane;
use actix_web::web::{self, Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

/// Requests of one export at most.
const EXPORTED: usize = 1000;
/// Requests that one write removes at most.
const CLEARED: u64 = 1000;

/// List requests
///
/// What reached the SCIM endpoint, newest first, page by page. A key that is limited to nodes sees theirs.
#[utoipa::path(get, path = "/requests", params(RequestQuery), responses((status = 200, body = RequestPage)))]
pub async fn list(admin: Admin, app: Data<App>, asked: Query<RequestQuery>) -> Result<HttpResponse, ApiError> {
    if let Some(node) = asked.node_id {
        admin.check_node(NodeId(node))?;
    }
    app.recorder.flush().await;
    let (wanted, count) = (asked.wanted(admin.nodes())?, asked.count());
    // What only narrows by node walks an index; a search may have to look at all.
    let is_long = wanted.text.is_some() || wanted.client.is_some() || wanted.relaxation.is_some();
    let is_long = is_long || wanted.from.is_some() || wanted.to.is_some();
    let found = match is_long || wanted.status.is_some() || wanted.method.is_some() || wanted.among.is_some() {
        false => app.store.read(move |tx| tx.exchanges(&wanted))?,
        true => app.store.scan(ScanLane::Console, move |tx| tx.exchanges(&wanted)).await?,
    };
    Ok(HttpResponse::Ok().json(request::page(found, count, app.recorder.dropped())))
}

/// Count requests per hour
///
/// The last 24 hours, without what came from nobody known.
#[utoipa::path(
    get,
    path = "/requests/hours",
    responses((status = 200, body = RequestHours)),
    security(("session" = []))
)]
pub async fn hours(_: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    app.recorder.flush().await;
    let since = crate::world::now().plus_days(-1);
    let found = app.store.scan(ScanLane::Console, move |tx| tx.exchange_hours(since)).await?;
    Ok(HttpResponse::Ok().json(RequestHours { hours: found.into_iter().map(RequestHour::from).collect() }))
}

/// Show what is kept
///
/// How many requests of a node are kept, and the limits.
#[utoipa::path(
    get,
    path = "/requests/space",
    params(RequestSpaceQuery),
    responses((status = 200, body = RequestSpace)),
    security(("session" = []))
)]
pub async fn space(
    _: SignedInAdmin,
    app: Data<App>,
    asked: Query<RequestSpaceQuery>,
) -> Result<HttpResponse, ApiError> {
    app.recorder.flush().await;
    let (node, dropped) = (asked.node_id.map(NodeId), app.recorder.dropped());
    let shown = move |tx: &mut dyn Tx| -> Result<RequestSpace, ApiError> {
        let held = node.map(|node| tx.exchange_space(Ring::Node(node))).transpose()?;
        let mut setting = |name| settings::number(tx, name).map(i64::unsigned_abs);
        Ok(RequestSpace {
            requests: held.map(|held| held.count),
            bytes: held.map(|held| held.bytes),
            most: setting("requests_count")?,
            most_bytes: setting("requests_mib")? << 20,
            days: setting("requests_days")?,
            longest_body: setting("requests_body_kib")? << 10,
            dropped,
        })
    };
    Ok(HttpResponse::Ok().json(app.store.scan(ScanLane::Console, shown).await?))
}

/// Clear requests
///
/// Removes the kept requests of a node, or all. What they changed stays, and the audit log says who cleared them.
#[utoipa::path(
    delete,
    path = "/requests",
    params(RequestSpaceQuery),
    responses((status = 200, body = RequestsCleared)),
    security(("session" = []))
)]
pub async fn clear(
    signed: SignedInAdmin,
    app: Data<App>,
    asked: Query<RequestSpaceQuery>,
) -> Result<HttpResponse, ApiError> {
    let (act, node) = (signed.guard.act()?, asked.node_id.map(NodeId));
    app.recorder.flush().await;
    let mut gone = 0;
    loop {
        let step = app.store.write(move |tx| exchange::clear(tx, node, CLEARED)).await?;
        gone += step;
        if step < CLEARED {
            break;
        }
    }
    app.recorder.recount();
    app.captures.forget(node);
    app.store.write(move |tx| exchange::note_cleared(tx, &act, node, gone)).await?;
    Ok(HttpResponse::Ok().json(RequestsCleared { requests: gone }))
}

/// Show a request
///
/// With headers and bodies where they are kept, what it changed, and an explanation. To an auditor values in bodies are masked.
#[utoipa::path(
    get,
    path = "/requests/{request_id}",
    params(RequestPath),
    responses((status = 200, body = RequestDetail))
)]
pub async fn get(admin: Admin, app: Data<App>, path: Path<RequestPath>) -> Result<HttpResponse, ApiError> {
    app.recorder.flush().await;
    let detail = app.store.read(move |tx| {
        let exchange = mine(tx, &admin, &path.request_id)?;
        detail(tx, &admin, &exchange)
    })?;
    Ok(HttpResponse::Ok().json(detail))
}

/// Export requests
///
/// One or several, with commas between: commands for curl, a HAR file, lines of JSON, or a dialogue that can be played as a
/// test.
#[utoipa::path(
    get,
    path = "/requests/{request_id}/export",
    params(RequestPath, RequestFormatQuery),
    responses((status = 200, content((String = "text/plain"), (Object = "application/json"), (String = "application/x-ndjson"))))
)]
pub async fn export(
    admin: Admin,
    app: Data<App>,
    path: Path<RequestPath>,
    format: Query<RequestFormatQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    app.recorder.flush().await;
    let base = app.addresses.base(&request).into_owned();
    let details = app.store.read(move |tx| {
        let named = path.request_id.split(',').filter(|id| !id.is_empty()).take(EXPORTED);
        let mut all = named.map(|id| mine(tx, &admin, id)).collect::<Result<Vec<_>, ApiError>>()?;
        all.sort_by_key(|exchange| exchange.number);
        all.iter().map(|exchange| detail(tx, &admin, exchange)).collect::<Result<Vec<_>, ApiError>>()
    })?;
    let unknown = || ApiError::invalid("format", "Expected curl, har, ndjson or dialogue.");
    let (kind, text) = exported(&format.format, &details, &base).ok_or_else(unknown)?;
    Ok(HttpResponse::Ok().content_type(kind).body(text))
}

/// Send a request again
///
/// Within a transaction that is undone, unless dry_run is false.
#[utoipa::path(
    post,
    path = "/requests/{request_id}/replay",
    params(RequestPath),
    request_body = ReplayWish,
    responses((status = 200, body = Replayed))
)]
pub async fn replay(
    admin: Admin,
    app: Data<App>,
    path: Path<RequestPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let asked: ReplayWish = body::json(&request, payload).await?;
    app.recorder.flush().await;
    let act = admin.act()?;
    let kept = app.store.read(move |tx| mine(tx, &admin, &path.request_id))?;
    let (base, store) = (app.addresses.base(&request).into_owned(), app.store.clone());
    let order = ReplayOrder { dry_run: asked.dry_run.unwrap_or(true), body: asked.body, query: asked.query };
    let (id, dry_run) = (kept.request_id.clone(), order.dry_run);
    let done = web::block(move || send_again(&store, &act, &base, &id, &order)).await;
    let done = done.map_err(|_| ApiError::broken("a request could not be sent again"))??;
    Ok(HttpResponse::Ok().json(Replayed {
        request_id: kept.request_id,
        dry_run,
        status: done.status,
        before: kept.status,
        equal: done.status == kept.status,
        body: done.body,
        effect: done.effect.into_iter().map(RequestEffect::from).collect(),
        relaxations: done.relaxations.into_iter().map(str::to_owned).collect(),
    }))
}

/// The exchange, if it belongs to a node that the caller may see.
fn mine(tx: &mut dyn Tx, admin: &Admin, id: &str) -> Result<Exchange, ApiError> {
    let found = exchange::get(tx, id)?;
    let is_mine = admin.nodes().is_none_or(|nodes| found.node.is_some_and(|node| nodes.contains(&node)));
    match is_mine {
        true => Ok(found),
        false => Err(Error::NotFound(Noun::Exchange, id.chars().take(80).collect()).into()),
    }
}

fn detail(tx: &mut dyn Tx, admin: &Admin, exchange: &Exchange) -> Result<RequestDetail, ApiError> {
    let connection = exchange.connection.map(|id| tx.connection(id)).transpose()?.flatten();
    let shown = RequestDetail::new(exchange, connection.as_ref());
    Ok(if admin.sees_no_bodies() { shown.masked() } else { shown })
}
