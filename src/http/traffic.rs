//! Sample traffic: an identity provider is played against a connection of a sandbox, over the network as a real one.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, SCIM, body};
use crate::api::connection::ConnectionPath;
use crate::api::sandbox::{TrafficReport, TrafficWish};
use crate::domain::token::Issue;
use crate::domain::{Error, ScimId, Tx, connection, node, provisioning, sandbox_admin};
use crate::tls::{self, OwnIdentity};
use crate::world;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Identity providers that can be played against a connection. What plays them speaks SCIM over the network, so whoever starts
/// the server brings it.
pub trait IdentityProviders: Send + Sync {
    /// Their names.
    fn names(&self) -> &'static [&'static str];
    /// What can be played of one of them here, by name.
    fn scenarios(&self, idp: &str) -> Vec<&'static str>;
    /// Plays one against an address of this server: a scenario, or the usual ones.
    ///
    /// # Errors
    /// Why it cannot be played, in words for the log.
    fn play(&self, part: &Part) -> Result<TrafficReport, String>;
}

/// What is to be played.
pub struct Part {
    /// The identity provider, one of the names.
    pub idp: String,
    /// The scenario, one of its own.
    pub scenario: Option<String>,
    /// What the people are made of.
    pub seed: u64,
    /// The base of the SCIM endpoint.
    pub url: String,
    /// Its bearer token.
    pub token: Zeroizing<String>,
    /// How the appliance is known there; `None` where it serves without TLS.
    pub own: Option<OwnIdentity>,
}

/// Send sample traffic
///
/// Plays an identity provider against the connection of a sandbox and says what that one would make of it. It has a token of its own,
/// which ends with it.
#[utoipa::path(
    post,
    path = "/connections/{scim_id}/traffic",
    params(ConnectionPath),
    request_body = TrafficWish,
    responses((status = 200, body = TrafficReport))
)]
pub async fn send(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let TrafficWish { idp, scenario } = body::json(&request, payload).await?;
    let id = ScimId(path.scim_id);
    let connection = app.store.read(move |tx| {
        let connection = connection::get(tx, id)?;
        sandbox_admin::of(&node::get(tx, connection.node)?)?;
        Ok::<_, Error>(connection)
    })?;
    let providers = Arc::clone(&app.background.providers);
    let own = if providers.names().contains(&connection.idp.name) { connection.idp.name } else { "okta" };
    let idp = idp.unwrap_or_else(|| own.to_owned());
    if !providers.names().contains(&idp.as_str()) {
        return Err(ApiError::invalid("idp", format!("expected one of {}", providers.names().join(", "))));
    }
    let scenarios = providers.scenarios(&idp);
    if scenario.as_ref().is_some_and(|name| !scenarios.contains(&name.as_str())) {
        return Err(ApiError::invalid("scenario", format!("expected one of {}", scenarios.join(", "))));
    }
    let (act, issue) = (admin.act()?, Issue(world::random()?));
    let issued = move |tx: &mut dyn Tx| provisioning::issue_for_push(tx, &act, id, &issue);
    let (token_id, token) = app.store.write(issued).await?;
    let seed = u64::from_le_bytes(world::random()?);
    let url = format!("{}{SCIM}/{}", app.addresses.listening, connection.node);
    let part = Part { idp, scenario, seed, url, token: token.into(), own: tls::own_identity(app.store.folder()) };
    let played = web::block(move || providers.play(&part)).await;
    let act = admin.act()?;
    app.store.write(move |tx: &mut dyn Tx| provisioning::revoke(tx, &act, id, &token_id)).await?;
    let report = played.map_err(|_| ApiError::broken("sample traffic could not be sent"))?;
    let report = report.map_err(|error| ApiError::broken(&error))?;
    Ok(HttpResponse::Ok().json(report))
}
