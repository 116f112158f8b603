//! The console's calls for administrators and for API keys. No key opens any of them.

use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::{App, body, password};
use crate::api::admin::{Admin, AdminChange, AdminPath, Administrators, NewAdmin, PasswordReset};
use crate::api::api_key::{ApiKey, ApiKeys, Days, KeyPath, KeyWish, NewApiKey};
use crate::domain::api_key::{self, KeyScope, NewKey};
use crate::domain::role::Role;
use crate::domain::token::Issue;
use crate::domain::{Error, Fault, NodeId, Time, Tx, admin};
use crate::world;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// List administrators
///
/// With the time each was last seen.
#[utoipa::path(get, path = "/admins", responses((status = 200, body = Administrators)), security(("session" = [])))]
pub async fn admins(signed: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let admins: Result<Vec<Admin>, Fault> = app.store.read(move |tx| {
        let admins = tx.admins()?;
        admins.iter().map(|one| Admin::new(tx, one, signed.person.admin.id)).collect()
    });
    Ok(HttpResponse::Ok().json(Administrators { admins: admins? }))
}

/// Add an administrator
///
/// With a password of at least 12 characters.
#[utoipa::path(post, path = "/admins", request_body = NewAdmin, responses((status = 201, body = Admin)), security(("session" = [])))]
pub async fn add(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewAdmin { email, name, password, role } = body::json(&request, payload).await?;
    signed.check_proved()?;
    let role = role.map(|role| role.parse::<Role>()).transpose()?;
    admin::check_credentials(&email, &password)?;
    let new = admin::NewAdmin { email, name, password: password::hash(&app, password).await?, role };
    let (act, you) = (signed.guard.act()?, signed.person.admin.id);
    let write = move |tx: &mut dyn Tx| {
        let made = admin::create(tx, &act, &new)?;
        Ok::<_, Error>(Admin::new(tx, &made, you)?)
    };
    Ok(HttpResponse::Created().json(app.store.write(write).await?))
}

/// Change an administrator
///
/// The name, or what the administrator may do. The last owner stays an owner. The e-mail address cannot be changed.
#[utoipa::path(
    patch,
    path = "/admins/{admin_id}",
    params(AdminPath),
    request_body = AdminChange,
    responses((status = 200, body = Admin)),
    security(("session" = []))
)]
pub async fn edit(
    signed: SignedInAdmin,
    app: Data<App>,
    path: Path<AdminPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let AdminChange { name, role } = body::json(&request, payload).await?;
    let role = role.map(|role| role.parse::<Role>()).transpose()?;
    if role.is_some() {
        signed.check_proved()?;
    }
    let (id, act, you) = (path.admin_id, signed.guard.act()?, signed.person.admin.id);
    let write = move |tx: &mut dyn Tx| {
        let edited = admin::edit(tx, &act, id, name.as_ref().map(|name| name.0.as_str()), role)?;
        Ok::<_, Error>(Admin::new(tx, &edited, you)?)
    };
    Ok(HttpResponse::Ok().json(app.store.write(write).await?))
}

/// Set the password of an administrator
///
/// Ends all sessions of that administrator. For your own password give the current one too.
#[utoipa::path(
    post,
    path = "/admins/{admin_id}/password",
    params(AdminPath),
    request_body = PasswordReset,
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn reset(
    signed: SignedInAdmin,
    app: Data<App>,
    path: Path<AdminPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let PasswordReset { current, new } = body::json(&request, payload).await?;
    let (id, act) = (path.admin_id, signed.guard.act()?);
    if id == signed.person.admin.id {
        let missing = || ApiError::invalid("current", "Your own password is changed with the current one.");
        return password::change_own(&app, &request, signed, current.ok_or_else(missing)?, new).await;
    }
    signed.check_proved()?;
    let whose = app.store.read(move |tx| admin::get(tx, id))?;
    admin::check_credentials(&whose.email, &new)?;
    let hashed = password::hash(&app, new).await?;
    app.store.write(move |tx| admin::reset_password(tx, &act, id, &hashed, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove an administrator
///
/// The last one cannot be removed, nor the last owner.
#[utoipa::path(
    delete,
    path = "/admins/{admin_id}",
    params(AdminPath),
    responses((status = 204)),
    security(("session" = []))
)]
pub async fn remove(signed: SignedInAdmin, app: Data<App>, path: Path<AdminPath>) -> Result<HttpResponse, ApiError> {
    signed.check_proved()?;
    let (id, act) = (path.admin_id, signed.guard.act()?);
    app.store.write(move |tx| admin::remove(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List API keys
///
/// Revoked ones too, newest first.
#[utoipa::path(get, path = "/api-keys", responses((status = 200, body = ApiKeys)), security(("session" = [])))]
pub async fn keys(_: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let keys = app.store.read(|tx| tx.api_keys())?;
    Ok(HttpResponse::Ok().json(ApiKeys { api_keys: keys.iter().map(ApiKey::from).collect() }))
}

/// When a key ends: after 90 days unless somebody says otherwise.
fn expiry(now: Time, days: Option<Days>) -> Result<Option<Time>, ApiError> {
    match days {
        None => Ok(Some(now.plus_days(api_key::USUAL_DAYS))),
        Some(Days::Number(days @ 1..=3650)) => Ok(Some(now.plus_days(days))),
        Some(Days::Word(word)) if word == "never" => Ok(None),
        Some(_) => Err(ApiError::invalid("days", "Expected 1 to 3650 days, or never.")),
    }
}

/// Create an API key
///
/// The secret is shown in this answer and never again.
/// The key ends with the administrator who created it. The scope “full” also shows new tokens and join links, and changes how long
/// audit events are kept and what mails say. A key limited to nodes opens only calls about those nodes. One with an allow list of its own
/// works from there and from nowhere else, whatever the setting console_allow_from says.
#[utoipa::path(
    post,
    path = "/api-keys",
    request_body = KeyWish,
    responses((status = 201, body = NewApiKey)),
    security(("session" = []))
)]
pub async fn make_key(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let KeyWish { name, scope, days, nodes, allow_from } = body::json(&request, payload).await?;
    signed.check_proved()?;
    let (act, issue) = (signed.guard.act()?, Issue(world::random()?));
    let wish = NewKey {
        name: name.0,
        scope: scope.parse::<KeyScope>()?,
        nodes: nodes.map(|nodes| nodes.into_iter().map(NodeId::from).collect()),
        allow_from: allow_from.unwrap_or_default().parse()?,
        expires_at: expiry(act.now, days)?,
        maker: signed.person.admin.id,
    };
    let write = move |tx: &mut dyn Tx| api_key::create(tx, &act, &wish, &issue);
    let (key, secret) = app.store.write(write).await?;
    Ok(HttpResponse::Created().json(NewApiKey { api_key: (&key).into(), secret }))
}

/// Revoke an API key
///
/// It stops working with the next request.
#[utoipa::path(
    delete,
    path = "/api-keys/{key_id}",
    params(KeyPath),
    responses((status = 200, body = ApiKey)),
    security(("session" = []))
)]
pub async fn revoke_key(signed: SignedInAdmin, app: Data<App>, path: Path<KeyPath>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (path.into_inner().key_id, signed.guard.act()?);
    let key = app.store.write(move |tx| api_key::revoke(tx, &act, &id)).await?;
    Ok(HttpResponse::Ok().json(ApiKey::from(&key)))
}
