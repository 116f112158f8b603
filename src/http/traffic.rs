//! Sample traffic: an identity provider is played against a connection of a sandbox, over the network as a real one.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, SCIM, body};
use crate::api::connection::ConnectionPath;
use crate::api::sandbox::{TrafficFailure, TrafficReport, TrafficWish};
use crate::domain::token::Issue;
use crate::domain::{Error, ScimId, Tx, connection, node, provisioning, sandbox_admin};
use crate::sandbox::simulator::{Dialect, IDPS, Play, Report, Scenario, play_here};
use crate::world;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// How many people and groups take part.
const CAST: (usize, usize) = (4, 2);

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
    let connection = app.store.read(|tx| {
        let connection = connection::get(tx, id)?;
        sandbox_admin::of(&node::get(tx, connection.node)?)?;
        Ok::<_, Error>(connection)
    })?;
    let own = if IDPS.contains(&connection.idp.name) { connection.idp.name } else { "okta" };
    let idp = idp.unwrap_or_else(|| own.to_owned());
    let dialect = IDPS.contains(&idp.as_str()).then(|| Dialect::find(&idp, "")).flatten();
    let dialect = dialect.ok_or_else(|| ApiError::invalid("idp", format!("expected one of {}", IDPS.join(", "))))?;
    let may = |one: &Scenario| *one != Scenario::Large && one.fits(&idp);
    let known = |name: String| {
        let names = || Scenario::ALL.iter().filter(|one| may(one)).map(|one| one.name()).collect::<Vec<_>>().join(", ");
        let found = Scenario::find(&name).filter(may);
        found.ok_or_else(|| ApiError::invalid("scenario", format!("expected one of {}", names())))
    };
    let scenario = scenario.map(known).transpose()?;
    let (act, issue) = (admin.act()?, Issue(world::random()?));
    let issued = move |tx: &mut dyn Tx| provisioning::issue_for_push(tx, &act, id, &issue);
    let (token_id, token) = app.store.write(issued).await?;
    let play = Play {
        dialect,
        scenario,
        users: Some(CAST.0),
        groups: Some(CAST.1),
        is_slow: false,
        seed: u64::from_le_bytes(world::random()?),
        clean_up: false,
    };
    let url = format!("{}{SCIM}/{}", app.addresses.listening, connection.node);
    let played = web::block(move || play_here(&play, url, &token)).await;
    let act = admin.act()?;
    app.store.write(move |tx: &mut dyn Tx| provisioning::revoke(tx, &act, id, &token_id)).await?;
    let report = played.map_err(|_| ApiError::broken("sample traffic could not be sent"))?;
    let report = report.map_err(|error| ApiError::broken(&error.to_string()))?;
    Ok(HttpResponse::Ok().json(document(report)))
}

fn document(report: Report) -> TrafficReport {
    let failure = |one: crate::sandbox::simulator::Failure| TrafficFailure {
        step: one.step as u64,
        request: one.request,
        got: one.got,
        want: one.want,
        why: one.why,
    };
    TrafficReport {
        idp: report.idp,
        scenario: report.scenario,
        steps: report.steps as u64,
        passed: report.passed as u64,
        failed: report.failed as u64,
        verdict: report.verdict,
        failures: report.failures.into_iter().map(failure).collect(),
    }
}
