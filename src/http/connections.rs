//! The console's calls for connections: Generate, Save, edit, pause, rotate, revoke, delete.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body, connection_view};
use crate::api::connection::{
    Connection, ConnectionChange, ConnectionPath, ConnectionRequest, IdpChoice, NewConnection, PushConnectionRequest,
    Rotation, TokenPath,
};
use crate::api::node::NodePath;
use crate::domain::connection;
use crate::domain::connection_settings::{Preset, SettingsChange};
use crate::domain::idp::{self, Idp};
use crate::domain::provisioning::{self, Choice, Generated};
use crate::domain::token::Issue;
use crate::domain::{Error, NodeId, ScimId, Time, Tx};
use crate::world;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// List the identity providers
///
/// The known ones, each with its default settings.
#[utoipa::path(get, path = "/idps", responses((status = 200, body = Vec<IdpChoice>)))]
pub async fn idps(_: Admin) -> HttpResponse {
    HttpResponse::Ok().json(idp::ALL.map(IdpChoice::from))
}

/// Generate a connection
///
/// Creates a draft, or replaces it. Its token works once the connection is saved, within an hour.
#[utoipa::path(
    post,
    path = "/nodes/{node_id}/connection",
    params(NodePath),
    request_body = ConnectionRequest,
    responses((status = 201, body = NewConnection))
)]
pub async fn generate(
    admin: Admin,
    app: Data<App>,
    path: Path<NodePath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut wish: ConnectionRequest = body::json(&request, payload).await?;
    let choice = Choice {
        idp: wish.idp.take().map_or(Ok(Idp::OTHER), |name| name.parse())?,
        preset: wish.preset.take().map_or(Ok(Preset::Keeper), |word| word.parse())?,
        token_expires_at: expiry(admin.now, wish.token_days)?,
        change: wish.change()?,
    };
    let (act, issue, node) = (admin.act()?, Issue(world::random()?), NodeId(path.node_id));
    let made = app.store.write(move |tx| provisioning::generate(tx, &act, node, &choice, &issue)).await?;
    generated(&app, &request, &admin, made)
}

/// Create a connection for SCIM push
///
/// Saved at once, and without a token: each run of a push has one of its own.
#[utoipa::path(
    post,
    path = "/nodes/{node_id}/push-connection",
    params(NodePath),
    request_body = PushConnectionRequest,
    responses((status = 201, body = Connection))
)]
pub async fn generate_for_push(
    admin: Admin,
    app: Data<App>,
    path: Path<NodePath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let PushConnectionRequest { preset } = body::json(&request, payload).await?;
    let preset = preset.map_or(Ok(Preset::Keeper), |word| word.parse())?;
    let choice = Choice { idp: Idp::OTHER, preset, change: SettingsChange::default(), token_expires_at: None };
    let (act, node) = (admin.act()?, NodeId(path.node_id));
    let made = app.store.write(move |tx| provisioning::generate_for_push(tx, &act, node, &choice)).await?;
    Ok(HttpResponse::Created().json(changed(&app, &request, &admin, &made)?))
}

/// Rotate the token
///
/// At most two tokens work at the same time.
#[utoipa::path(
    post,
    path = "/connections/{scim_id}/tokens",
    params(ConnectionPath),
    request_body = Rotation,
    responses((status = 201, body = NewConnection))
)]
pub async fn rotate(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let Rotation { overlap, token_days } = body::json(&request, payload).await?;
    admin.check_proved()?;
    let minutes = provisioning::overlap_minutes(&overlap)?;
    let expires = expiry(admin.now, token_days)?;
    let (act, issue, id) = (admin.act()?, Issue(world::random()?), ScimId(path.scim_id));
    let made = app.store.write(move |tx| provisioning::rotate(tx, &act, id, minutes, expires, &issue)).await?;
    generated(&app, &request, &admin, made)
}

fn generated(app: &Data<App>, request: &HttpRequest, admin: &Admin, made: Generated) -> Result<HttpResponse, ApiError> {
    let connection = changed(app, request, admin, &made.connection)?;
    Ok(HttpResponse::Created().json(NewConnection { connection, provisioning_token: made.secret }))
}

fn expiry(now: Time, days: Option<i64>) -> Result<Option<Time>, ApiError> {
    match days {
        None => Ok(None),
        Some(days @ 1..=3650) => Ok(Some(now.plus_days(days))),
        Some(days) => Err(ApiError::invalid("token_days", format!("expected 1 to 3650 days, got {days}"))),
    }
}

/// List connections
///
/// Oldest first.
#[utoipa::path(get, path = "/connections", responses((status = 200, body = Vec<Connection>)))]
pub async fn list(admin: Admin, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let all = connection_view::connections(&app, &app.addresses.base(&request), admin.now)?;
    Ok(HttpResponse::Ok().json(all))
}

/// Show a connection
///
/// With its settings, its tokens and its latest requests.
#[utoipa::path(get, path = "/connections/{scim_id}", params(ConnectionPath), responses((status = 200, body = Connection)))]
pub async fn get(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let view = connection_view::connection(&app, &app.addresses.base(&request), ScimId(path.scim_id), admin.now)?;
    Ok(HttpResponse::Ok().json(view))
}

/// Change settings of a connection
///
/// The token does not change.
#[utoipa::path(
    patch,
    path = "/connections/{scim_id}",
    params(ConnectionPath),
    request_body = ConnectionChange,
    responses((status = 200, body = Connection))
)]
pub async fn edit(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut wish: ConnectionChange = body::json(&request, payload).await?;
    let idp = wish.idp.take().map(|name| name.parse()).transpose()?;
    let (change, act, id) = (wish.change()?, admin.act()?, ScimId(path.scim_id));
    written(app, &request, &admin, move |tx| provisioning::edit(tx, &act, id, idp, &change)).await
}

/// Save a draft
///
/// Its token works from now on.
#[utoipa::path(post, path = "/connections/{scim_id}/save", params(ConnectionPath), responses((status = 200, body = Connection)))]
pub async fn save(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (act, id) = (admin.act()?, ScimId(path.scim_id));
    written(app, &request, &admin, move |tx| provisioning::save(tx, &act, id)).await
}

/// Pause a connection
///
/// Requests are answered with 503 until it is resumed.
#[utoipa::path(post, path = "/connections/{scim_id}/pause", params(ConnectionPath), responses((status = 200, body = Connection)))]
pub async fn pause(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = ScimId(path.scim_id);
    let act = admin.act()?;
    written(app, &request, &admin, move |tx| provisioning::pause(tx, &act, id)).await
}

/// Resume a connection
///
/// Requests are accepted again.
#[utoipa::path(post, path = "/connections/{scim_id}/resume", params(ConnectionPath), responses((status = 200, body = Connection)))]
pub async fn resume(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = ScimId(path.scim_id);
    let act = admin.act()?;
    written(app, &request, &admin, move |tx| provisioning::resume(tx, &act, id)).await
}

/// Revoke a token
///
/// It stops working with the next request.
#[utoipa::path(
    delete,
    path = "/connections/{scim_id}/tokens/{token_id}",
    params(TokenPath),
    responses((status = 200, body = Connection))
)]
pub async fn revoke(
    admin: Admin,
    app: Data<App>,
    path: Path<TokenPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let TokenPath { scim_id, token_id } = path.into_inner();
    let act = admin.act()?;
    written(app, &request, &admin, move |tx| provisioning::revoke(tx, &act, ScimId(scim_id), &token_id)).await
}

/// Delete a connection
///
/// Deletes its tokens as well. Users and teams stay.
#[utoipa::path(delete, path = "/connections/{scim_id}", params(ConnectionPath), responses((status = 204)))]
pub async fn delete(admin: Admin, app: Data<App>, path: Path<ConnectionPath>) -> Result<HttpResponse, ApiError> {
    let id = ScimId(path.scim_id);
    let act = admin.act()?;
    app.store.write(move |tx| provisioning::delete(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Writes a change of one connection and answers with what it is now.
async fn written(
    app: Data<App>,
    request: &HttpRequest,
    admin: &Admin,
    change: impl Fn(&mut dyn Tx) -> Result<connection::Connection, Error> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let connection = app.store.write(change).await?;
    Ok(HttpResponse::Ok().json(changed(&app, request, admin, &connection)?))
}

fn changed(
    app: &Data<App>,
    request: &HttpRequest,
    admin: &Admin,
    connection: &connection::Connection,
) -> Result<Connection, ApiError> {
    // Nobody may be watching.
    let _ = app.changed.send(connection.node);
    Ok(connection_view::connection(app, &app.addresses.base(request), connection.id, admin.now)?)
}
