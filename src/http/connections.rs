//! The console's calls for connections: Generate, Save, edit, pause, rotate, revoke, delete.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body, view};
use crate::domain::connection::Connection;
use crate::domain::connection_settings::{Preset, SettingsChange};
use crate::domain::idp::{self, Idp};
use crate::domain::provisioning::{self, Choice, Generated};
use crate::domain::token::Issue;
use crate::domain::{Error, NodeId, ScimId, Time, Tx};
use crate::world;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `GET /idps`: the identity providers and what choosing one sets.
pub async fn idps(_: Admin) -> HttpResponse {
    let views: Vec<Value> =
        idp::ALL.iter().map(|idp| json!({ "name": idp.name, "settings": named(&idp.settings()) })).collect();
    HttpResponse::Ok().json(views)
}

fn named(change: &SettingsChange) -> Value {
    let mut named = Map::new();
    if let Some(on) = change.unique_groups {
        named.insert("unique_groups".to_owned(), on.into());
    }
    if let Some(size) = change.page_size {
        named.insert("page_size".to_owned(), size.into());
    }
    if let Some(announce) = change.announce {
        named.insert("announce".to_owned(), announce.word().into());
    }
    named.into()
}

/// Settings as a body names them.
#[derive(Deserialize, Default)]
struct SettingsBody {
    deprovision: Option<String>,
    email_required: Option<bool>,
    unique_groups: Option<bool>,
    approval: Option<String>,
    #[serde(default, deserialize_with = "body::present")]
    role_prefix: Option<Option<String>>,
    unique_users: Option<String>,
    page_size: Option<u32>,
    tolerance: Option<String>,
    announce: Option<String>,
    rate_limit: Option<u32>,
}

impl SettingsBody {
    fn change(self) -> Result<SettingsChange, Error> {
        Ok(SettingsChange {
            deprovision: self.deprovision.map(|word| word.parse()).transpose()?,
            email_required: self.email_required,
            unique_groups: self.unique_groups,
            approval: self.approval.map(|word| word.parse()).transpose()?,
            role_prefix: self.role_prefix.map(Option::unwrap_or_default),
            unique_users: self.unique_users.map(|word| word.parse()).transpose()?,
            page_size: self.page_size,
            tolerance: self.tolerance.map(|word| word.parse()).transpose()?,
            announce: self.announce.map(|word| word.parse()).transpose()?,
            rate_limit: self.rate_limit,
        })
    }
}

#[derive(Deserialize)]
struct NewConnection {
    idp: Option<String>,
    preset: Option<String>,
    token_days: Option<i64>,
    #[serde(flatten)]
    settings: SettingsBody,
}

/// `POST /nodes/{node_id}/connection`: Generate, and Generate again.
pub async fn generate(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let wish: NewConnection = body::json(&request, payload).await?;
    let choice = Choice {
        idp: wish.idp.map_or(Ok(Idp::OTHER), |name| name.parse())?,
        preset: wish.preset.map_or(Ok(Preset::Keeper), |word| word.parse())?,
        change: wish.settings.change()?,
        token_expires_at: expiry(admin.now, wish.token_days)?,
    };
    let (act, issue, node) = (admin.act()?, Issue(world::random()?), NodeId(*path));
    let made = app.store.write(move |tx| provisioning::generate(tx, &act, node, &choice, &issue)).await?;
    generated(&app, &request, &admin, made)
}

#[derive(Deserialize)]
struct Rotation {
    #[serde(default = "one_day")]
    overlap: String,
    token_days: Option<i64>,
}

fn one_day() -> String {
    "24h".to_owned()
}

/// `POST /connections/{scim_id}/tokens`: Rotate.
pub async fn rotate(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let Rotation { overlap, token_days } = body::json(&request, payload).await?;
    admin.check_proved()?;
    let minutes = provisioning::overlap_minutes(&overlap)?;
    let expires = expiry(admin.now, token_days)?;
    let (act, issue, id) = (admin.act()?, Issue(world::random()?), ScimId(*path));
    let made = app.store.write(move |tx| provisioning::rotate(tx, &act, id, minutes, expires, &issue)).await?;
    generated(&app, &request, &admin, made)
}

fn generated(app: &App, request: &HttpRequest, admin: &Admin, made: Generated) -> Result<HttpResponse, ApiError> {
    let view = changed(app, request, admin, &made.connection)?;
    Ok(HttpResponse::Created().json(json!({ "connection": view, "provisioning_token": made.secret })))
}

fn expiry(now: Time, days: Option<i64>) -> Result<Option<Time>, ApiError> {
    match days {
        None => Ok(None),
        Some(days @ 1..=3650) => Ok(Some(now.plus_days(days))),
        Some(days) => Err(ApiError::invalid("token_days", format!("expected 1 to 3650 days, got {days}"))),
    }
}

/// `GET /connections`
pub async fn list(admin: Admin, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let base = app.addresses.base(&request);
    let all = app.store.read(|tx| tx.connections())?;
    let views: Result<Vec<Value>, Error> =
        all.iter().map(|connection| view::connection(&app, &base, connection.id, admin.now)).collect();
    Ok(HttpResponse::Ok().json(views?))
}

/// `GET /connections/{scim_id}`
pub async fn get(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let view = view::connection(&app, &app.addresses.base(&request), ScimId(*path), admin.now)?;
    Ok(HttpResponse::Ok().json(view))
}

#[derive(Deserialize)]
struct Edited {
    idp: Option<String>,
    #[serde(flatten)]
    settings: SettingsBody,
}

/// `PATCH /connections/{scim_id}`
pub async fn edit(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let Edited { idp, settings } = body::json(&request, payload).await?;
    let idp = idp.map(|name| name.parse()).transpose()?;
    let (change, act, id) = (settings.change()?, admin.act()?, ScimId(*path));
    written(app, &request, &admin, move |tx| provisioning::edit(tx, &act, id, idp, &change)).await
}

/// `POST /connections/{scim_id}/save`
pub async fn save(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (act, id) = (admin.act()?, ScimId(*path));
    written(app, &request, &admin, move |tx| provisioning::save(tx, &act, id)).await
}

/// `POST /connections/{scim_id}/pause`
pub async fn pause(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = ScimId(*path);
    let act = admin.act()?;
    written(app, &request, &admin, move |tx| provisioning::pause(tx, &act, id)).await
}

/// `POST /connections/{scim_id}/resume`
pub async fn resume(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = ScimId(*path);
    let act = admin.act()?;
    written(app, &request, &admin, move |tx| provisioning::resume(tx, &act, id)).await
}

/// `DELETE /connections/{scim_id}/tokens/{token_id}`: Revoke.
pub async fn revoke(
    admin: Admin,
    app: Data<App>,
    path: Path<(i64, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, token) = path.into_inner();
    let act = admin.act()?;
    written(app, &request, &admin, move |tx| provisioning::revoke(tx, &act, ScimId(id), &token)).await
}

/// `DELETE /connections/{scim_id}`
pub async fn delete(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let id = ScimId(*path);
    let act = admin.act()?;
    app.store.write(move |tx| provisioning::delete(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Writes a change of one connection and answers with what it is now.
async fn written(
    app: Data<App>,
    request: &HttpRequest,
    admin: &Admin,
    change: impl Fn(&mut dyn Tx) -> Result<Connection, Error> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let connection = app.store.write(change).await?;
    Ok(HttpResponse::Ok().json(changed(&app, request, admin, &connection)?))
}

fn changed(app: &App, request: &HttpRequest, admin: &Admin, connection: &Connection) -> Result<Value, ApiError> {
    // Nobody may be watching.
    let _ = app.changed.send(connection.node);
    Ok(view::connection(app, &app.addresses.base(request), connection.id, admin.now)?)
}
