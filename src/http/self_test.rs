//! The self-test of a connection: its public address is asked from here, and what arrives is answered as only this appliance can.

use super::admin::Admin;
use super::error::ApiError;
use super::provisioner::presented;
use super::{App, SCIM};
use crate::api::connection::ConnectionPath;
use crate::api::self_test::SelfTest;
use crate::domain::self_test::{self, Challenge};
use crate::domain::{Error, Fault, NodeId, ScimId, Time, Tx, connection};
use crate::world;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many self-tests run at the same time; others wait.
static TURNS: Semaphore = Semaphore::const_new(2);
/// The endpoint below the base URL of a node.
const ENDPOINT: &str = "SelfTest";
/// What proxies like to decode, and what identity providers send.
const QUERY: &str = "filter=userName%20eq%20%22a%2Bb%40example.com%22&count=1";

/// What is asked for, and what has to come back.
pub struct Way {
    /// Up to where the paths of the appliance begin, without a slash at the end.
    pub base: String,
    /// The base URL of the node.
    pub scim_url: String,
    /// Path and query of the request, as they have to arrive.
    pub target: String,
    /// The token of the request.
    pub token: String,
    /// What shows that this appliance has answered.
    pub proof: String,
}

impl Way {
    /// The way to a node.
    ///
    /// # Errors
    /// Those of the store, and of the random bytes.
    pub fn to(tx: &mut dyn Tx, base: &str, node: NodeId, now: Time, chance: [u8; 16]) -> Result<Way, Fault> {
        let Challenge { seal, proof } = self_test::challenge(&tx.cursor_key()?, now, chance);
        let (base, target) = (base.to_owned(), format!("{SCIM}/{node}/{ENDPOINT}/{seal}?{QUERY}"));
        Ok(Way { scim_url: format!("{base}{SCIM}/{node}"), base, target, token: seal, proof })
    }
}

/// Looks where a way leads.
pub type Looks = dyn Fn(&Way) -> SelfTest + Send + Sync;

/// What arrived, as it was seen here.
#[derive(Deserialize, Serialize)]
pub struct Arrived {
    /// Nobody else can know it.
    pub proof: String,
    /// Path and query.
    pub target: String,
    /// Whether the token came with it.
    pub token: bool,
    /// Whether it came by https, as far as can be known here.
    pub https: bool,
}

/// Test the address of a connection
///
/// From here, through the public address: name, port, certificate, the way through the proxy, the header with the token, and the clock.
/// Only the address of this very appliance is asked.
#[utoipa::path(
    post,
    path = "/connections/{scim_id}/self-test",
    params(ConnectionPath),
    responses((status = 200, body = SelfTest))
)]
pub async fn run(
    admin: Admin,
    app: Data<App>,
    path: Path<ConnectionPath>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, chance, base) = (ScimId(path.scim_id), world::random()?, app.addresses.own(&request));
    let way = app.store.read(move |tx| {
        let node = connection::get(tx, id)?.node;
        Ok::<_, Error>(Way::to(tx, &base, node, admin.now, chance)?)
    })?;
    let looks = Arc::clone(&app.background.looks);
    let turn = TURNS.acquire().await;
    let looked = web::block(move || looks(&way)).await;
    drop(turn);
    Ok(HttpResponse::Ok().json(looked.map_err(|_| ApiError::broken("the self-test broke off"))?))
}

/// The answer to a request of this appliance to itself; `None` for every other request.
pub fn answer(app: &App, request: &HttpRequest, segments: &[String], now: Time) -> Option<HttpResponse> {
    let [endpoint, seal] = segments else { return None };
    if endpoint != ENDPOINT || *request.method() != Method::GET {
        return None;
    }
    let key = app.store.read(|tx| tx.cursor_key()).ok()?;
    let proof = self_test::answer(&key, seal, now)?;
    let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let https = app.addresses.is_https(request);
    Some(HttpResponse::Ok().json(Arrived { proof, target, token: presented(request) == Some(seal), https }))
}
