//! The console's calls for push records. Their secrets come in and never go out.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body};
use crate::api::push_record::{PushRecord, PushRecords};
use crate::api::push_wish::{NewPushRecord, PushRecordChange, RecordPath, RecordSecrets, ScheduleChange};
use crate::domain::push_admin::{self, NewRecord};
use crate::domain::push_record::{self, PushTarget, SealedSecrets, SecretKind, SourceKind};
use crate::domain::push_schedule::{self, ScheduleWish};
use crate::domain::push_wish::RecordContent;
use crate::domain::{Error, Tx};
use crate::store::Sealing;
use crate::world;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// List push records
///
/// A key that is limited to nodes sees those that fill one of its nodes.
#[utoipa::path(get, path = "/push-records", responses((status = 200, body = PushRecords)))]
pub async fn list(admin: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let records: Result<Vec<PushRecord>, Error> = app.store.read(move |tx| {
        let mut seen = Vec::new();
        for record in tx.push_records()? {
            let record = PushRecord::new(tx, record)?;
            if record.target_node_id.map_or(!admin.is_limited(), |node| admin.check_node(node.into()).is_ok()) {
                seen.push(record);
            }
        }
        Ok(seen)
    });
    Ok(HttpResponse::Ok().json(PushRecords { push_records: records? }))
}

/// Create a push record
///
/// Its first run has to be confirmed.
#[utoipa::path(post, path = "/push-records", request_body = NewPushRecord, responses((status = 201, body = PushRecord)))]
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut asked: NewPushRecord = body::json(&request, payload).await?;
    let (secrets, name) = (asked.secrets(), asked.name.0.clone());
    let (wish, act) = (asked.wish()?, admin.act()?);
    let (free, wanted) = (name.clone(), wish.clone());
    let content = app.store.read(move |tx| {
        push_admin::free_name(tx, &free, None)?;
        wanted.content(tx, None)
    })?;
    check_reach(&admin, &app, &content, wish.path.is_some())?;
    let id = app.store.write(push_admin::new_id).await?;
    let (secrets, sealing) = sealed(&app, id, secrets, &content)?;
    let new = NewRecord { id, name, wish, secrets };
    let write = move |tx: &mut dyn Tx| {
        let made = push_admin::create(tx, &act, &new)?;
        PushRecord::new(tx, made)
    };
    let made = app.store.write(write).await?;
    drop(sealing);
    Ok(HttpResponse::Created().json(made))
}

/// Show a push record
///
/// Without its secrets.
#[utoipa::path(get, path = "/push-records/{record_id}", params(RecordPath), responses((status = 200, body = PushRecord)))]
pub async fn get(_: Admin, app: Data<App>, path: Path<RecordPath>) -> Result<HttpResponse, ApiError> {
    let record = app.store.read(move |tx| {
        let record = push_record::get(tx, path.record_id)?;
        PushRecord::new(tx, record)
    })?;
    Ok(HttpResponse::Ok().json(record))
}

/// Change a push record
///
/// Another source, other groups or another target have to be confirmed again. A stored secret is not sent to another place: that needs
/// it again.
#[utoipa::path(
    patch,
    path = "/push-records/{record_id}",
    params(RecordPath),
    request_body = PushRecordChange,
    responses((status = 200, body = PushRecord))
)]
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<RecordPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut asked: PushRecordChange = body::json(&request, payload).await?;
    let (secrets, name, id) = (asked.secrets(), asked.name.take().map(|name| name.0), path.record_id);
    let (wish, act) = (asked.wish()?, admin.act()?);
    let wanted = wish.clone();
    let content = app.store.read(move |tx| {
        let before = push_record::get(tx, id)?;
        wanted.content(tx, Some(&before))
    })?;
    check_reach(&admin, &app, &content, wish.path.is_some())?;
    let (secrets, sealing) = sealed(&app, id, secrets, &content)?;
    let write = move |tx: &mut dyn Tx| {
        let changed = push_admin::edit(tx, &act, id, name.as_deref(), &wish, &secrets)?;
        PushRecord::new(tx, changed)
    };
    let changed = app.store.write(write).await?;
    drop(sealing);
    Ok(HttpResponse::Ok().json(changed))
}

/// Delete a push record
///
/// With its secrets and its runs. What it has brought stays.
#[utoipa::path(delete, path = "/push-records/{record_id}", params(RecordPath), responses((status = 204)))]
pub async fn delete(admin: Admin, app: Data<App>, path: Path<RecordPath>) -> Result<HttpResponse, ApiError> {
    let (act, id) = (admin.act()?, path.record_id);
    app.store.write(move |tx| push_admin::delete(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Schedule a push record
///
/// A run that was missed while the server was down is made up for once.
#[utoipa::path(
    post,
    path = "/push-records/{record_id}/schedule",
    params(RecordPath),
    request_body = ScheduleChange,
    responses((status = 200, body = PushRecord))
)]
pub async fn schedule(
    admin: Admin,
    app: Data<App>,
    path: Path<RecordPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let asked: ScheduleChange = body::json(&request, payload).await?;
    let (wish, act, id) = (ScheduleWish::from(asked), admin.act()?, path.record_id);
    let write = move |tx: &mut dyn Tx| {
        let changed = push_schedule::set(tx, &act, id, &wish)?;
        PushRecord::new(tx, changed)
    };
    Ok(HttpResponse::Ok().json(app.store.write(write).await?))
}

/// A file is one of the server's, so only who may do everything names it; and a key that is limited to nodes fills these.
fn check_reach(admin: &Admin, app: &App, content: &RecordContent, names_path: bool) -> Result<(), ApiError> {
    let reads_file = content.source.kind() == SourceKind::File;
    if reads_file && (admin.is_limited() || (names_path && admin.lacks_full_scope())) {
        return Err(ApiError::key_scope("Only a key of the scope “full” for all nodes names a file of the server."));
    }
    match content.target {
        PushTarget::Connection(id) => {
            let connection = app.store.read(move |tx| tx.connection(id))?;
            connection.map_or(Ok(()), |connection| admin.check_node(connection.node))
        }
        PushTarget::Url { .. } if admin.is_limited() => {
            Err(ApiError::key_scope("This key is limited to nodes, and this target is elsewhere."))
        }
        PushTarget::Url { .. } => Ok(()),
    }
}

/// Seals the secrets of a record. They have to be written before the right to seal is given back.
fn sealed(
    app: &App,
    id: i64,
    given: RecordSecrets,
    content: &RecordContent,
) -> Result<(SealedSecrets, Option<Sealing>), ApiError> {
    let given = given.fit(content)?;
    if given.is_empty() {
        return Ok((SealedSecrets::default(), None));
    }
    let sealing = app.store.sealing(world::random()?).map_err(Error::from)?;
    let mut sealed = SealedSecrets::default();
    for (kind, secret) in given {
        let bytes = sealing.seal(&kind.sealed_as(id), secret.as_bytes(), world::random()?).map_err(Error::from)?;
        match kind {
            SecretKind::Source => sealed.source = Some(bytes),
            SecretKind::Target => sealed.target = Some(bytes),
        }
    }
    Ok((sealed, Some(sealing)))
}
