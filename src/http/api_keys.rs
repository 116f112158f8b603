//! The console's calls for administrators and for API keys. No key opens any of them.

use super::admin::SignedInAdmin;
use super::error::ApiError;
use super::user_view::moment;
use super::{App, body, password};
use crate::domain::admin::{self, NewAdmin};
use crate::domain::api_key::{self, ApiKey, KeyScope, NewKey};
use crate::domain::token::Issue;
use crate::domain::{Error, NodeId, Time, Tx};
use crate::world;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// `GET /admins`
pub async fn admins(signed: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let views: Result<Vec<Value>, Error> = app.store.read(|tx| {
        let admins = tx.admins()?;
        admins.iter().map(|one| admin_view(tx, one, signed.person.admin.id)).collect()
    });
    Ok(HttpResponse::Ok().json(json!({ "admins": views? })))
}

fn admin_view(tx: &mut dyn Tx, one: &admin::Admin, you: i64) -> Result<Value, Error> {
    Ok(json!({
        "admin_id": one.id,
        "email": one.email,
        "name": one.name,
        "created_at": one.created_at.to_string(),
        "last_seen_at": moment(tx.admin_seen_at(one.id)?),
        "you": one.id == you,
    }))
}

#[derive(Deserialize)]
struct NewApiKey {
    email: String,
    #[serde(default)]
    name: String,
    password: Zeroizing<String>,
}

/// `POST /admins`
pub async fn add(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewApiKey { email, name, password } = body::json(&request, payload).await?;
    signed.check_proved()?;
    admin::check_credentials(&email, &password)?;
    let new = NewAdmin { email, name, password: password::hash(&app, password).await? };
    let (act, you) = (signed.guard.act()?, signed.person.admin.id);
    let write = move |tx: &mut dyn Tx| {
        let made = admin::create(tx, &act, &new)?;
        admin_view(tx, &made, you)
    };
    Ok(HttpResponse::Created().json(app.store.write(write).await?))
}

#[derive(Deserialize)]
struct Renamed {
    name: String,
}

/// `PATCH /admins/{admin_id}`
pub async fn rename(
    signed: SignedInAdmin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let Renamed { name } = body::json(&request, payload).await?;
    let (id, act, you) = (*path, signed.guard.act()?, signed.person.admin.id);
    let write = move |tx: &mut dyn Tx| {
        let renamed = admin::rename(tx, &act, id, &name)?;
        admin_view(tx, &renamed, you)
    };
    Ok(HttpResponse::Ok().json(app.store.write(write).await?))
}

#[derive(Deserialize)]
struct Reset {
    current: Option<Zeroizing<String>>,
    new: Zeroizing<String>,
}

/// `POST /admins/{admin_id}/password`: another password for somebody; all sessions of that one end. The own one needs the
/// current password.
pub async fn reset(
    signed: SignedInAdmin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let Reset { current, new } = body::json(&request, payload).await?;
    let (id, act) = (*path, signed.guard.act()?);
    if id == signed.person.admin.id {
        let missing = || ApiError::invalid("current", "Your own password is changed with the current one.");
        return password::change_own(&app, &request, signed, current.ok_or_else(missing)?, new).await;
    }
    signed.check_proved()?;
    let whose = app.store.read(|tx| admin::get(tx, id))?;
    admin::check_credentials(&whose.email, &new)?;
    let hashed = password::hash(&app, new).await?;
    app.store.write(move |tx| admin::reset_password(tx, &act, id, &hashed, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /admins/{admin_id}`
pub async fn remove(signed: SignedInAdmin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    signed.check_proved()?;
    let (id, act) = (*path, signed.guard.act()?);
    app.store.write(move |tx| admin::remove(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn key_view(key: &ApiKey) -> Value {
    json!({
        "key_id": key.id,
        "name": key.name,
        "scope": key.scope.word(),
        "start": key.start,
        "last4": key.last4,
        "created_at": key.created_at.to_string(),
        "created_by": key.created_by,
        "nodes": key.nodes.as_ref().map(|nodes| nodes.iter().map(|node| node.0).collect::<Vec<_>>()),
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
        "last_used_at": moment(key.last_used_at),
    })
}

/// `GET /api-keys`
pub async fn keys(_: SignedInAdmin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let keys = app.store.read(|tx| tx.api_keys())?;
    let views: Vec<Value> = keys.iter().map(key_view).collect();
    Ok(HttpResponse::Ok().json(json!({ "api_keys": views })))
}

#[derive(Deserialize)]
struct NewKeyBody {
    name: String,
    scope: String,
    days: Option<Days>,
    nodes: Option<Vec<NodeId>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Days {
    Number(i64),
    Word(String),
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

/// `POST /api-keys`: the secret is in this answer and never again.
pub async fn make_key(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewKeyBody { name, scope, days, nodes } = body::json(&request, payload).await?;
    signed.check_proved()?;
    let (act, issue) = (signed.guard.act()?, Issue(world::random()?));
    let wish = NewKey {
        name,
        scope: scope.parse::<KeyScope>()?,
        nodes,
        expires_at: expiry(act.now, days)?,
        maker: signed.person.admin.id,
    };
    let write = move |tx: &mut dyn Tx| api_key::create(tx, &act, &wish, &issue);
    let (key, secret) = app.store.write(write).await?;
    Ok(HttpResponse::Created().json(json!({ "api_key": key_view(&key), "secret": secret })))
}

/// `DELETE /api-keys/{key_id}`: refused from the next request on.
pub async fn revoke_key(signed: SignedInAdmin, app: Data<App>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (path.into_inner(), signed.guard.act()?);
    let key = app.store.write(move |tx| api_key::revoke(tx, &act, &id)).await?;
    Ok(HttpResponse::Ok().json(key_view(&key)))
}
