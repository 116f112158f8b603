//! What a page of the console asks for right after its start, answered together with the start.

use super::admin::{Admin, SignedInAdmin};
use super::error::ApiError;
use super::{
    App, api_keys, approvals, audit, backups, connections, diagnostics, nodes, outbox, push_records, push_runs,
    requests, second_factor, session_list, sessions, settings, teams, users,
};
use crate::api::connection::ConnectionPath;
use crate::api::job::JobPath;
use crate::api::node::NodePath;
use crate::api::push_run::RunPath;
use crate::api::push_wish::RecordPath;
use crate::api::request::RequestPath;
use crate::api::team::TeamPath;
use crate::api::user::UserPath;
use actix_web::body::to_bytes;
use actix_web::web::{Data, Path, Query};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Calls that are answered at most. No page makes as many.
const MOST: usize = 8;

/// What all of them may weigh, in bytes: a start is not compressed, because it has a secret.
const HEAVIEST: usize = 48 * 1024;

/// The answers to the calls of a list, each a path below `/api/v1` with its query, with spaces between. What is refused, is too
/// much or is not known here is left out: whoever needs it asks for it.
pub async fn answers(request: &HttpRequest, app: &Data<App>, calls: &str) -> BTreeMap<String, Box<RawValue>> {
    let (mut found, mut left) = (BTreeMap::new(), HEAVIEST);
    for call in calls.split_whitespace().take(MOST) {
        let answer = answer(request, app, call).await.filter(|answer| answer.get().len() <= left);
        if let Some(answer) = answer {
            left -= answer.get().len();
            found.insert(call.to_owned(), answer);
        }
    }
    found
}

async fn answer(request: &HttpRequest, app: &Data<App>, call: &str) -> Option<Box<RawValue>> {
    let response = called(request, app.clone(), call).await.ok()??;
    let body = to_bytes(response.into_body()).await.ok()?;
    RawValue::from_string(String::from_utf8(body.into()).ok()?).ok()
}

fn read<T: DeserializeOwned>(query: &str) -> Result<Query<T>, ApiError> {
    Query::from_query(query).map_err(|error| ApiError::invalid("url", error.to_string()))
}

fn number(text: &str) -> Result<i64, ApiError> {
    text.parse().map_err(|_| ApiError::invalid("url", "Expected an id.".to_owned()))
}

/// Each call passes its own guard. Only those are here that read, and that bring no secret.
async fn called(request: &HttpRequest, app: Data<App>, call: &str) -> Result<Option<HttpResponse>, ApiError> {
    let (path, q) = call.split_once('?').unwrap_or((call, ""));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let (admin, signed) = (Admin::extract(request).await?, SignedInAdmin::extract(request).await?);
    let connection = |id| number(id).map(|scim_id| Path::from(ConnectionPath { scim_id }));
    let record = |id| number(id).map(|record_id| Path::from(RecordPath { record_id }));
    let run = |id| number(id).map(|run_id| Path::from(RunPath { run_id }));
    let team = |id: &str| Path::from(TeamPath { team_id: id.to_owned() });
    let answer = match *parts {
        ["status"] => sessions::status(app, request.clone(), Some(admin)).await,
        ["sessions"] => session_list::list(signed, app).await,
        ["second-factor"] => second_factor::get(signed, app).await,
        ["idps"] => Ok(connections::idps(admin).await),
        ["nodes"] => nodes::list(admin, app).await,
        ["nodes", id] => nodes::get(admin, app, Path::from(NodePath { node_id: number(id)? })).await,
        ["connections"] => connections::list(admin, app, request.clone()).await,
        ["connections", id] => connections::get(admin, app, connection(id)?, request.clone()).await,
        ["users"] => users::list(admin, app, read(q)?).await,
        ["users", id] => users::get(admin, app, Path::from(UserPath { user_id: number(id)? }), request.clone()).await,
        ["teams"] => teams::list(admin, app, read(q)?).await,
        ["teams", id] => teams::get(admin, app, team(id)).await,
        ["teams", id, "members"] => teams::members(admin, app, team(id), read(q)?).await,
        ["approvals"] => approvals::overview(admin, app).await,
        ["approvals", "teams"] => approvals::pending_teams(admin, app, read(q)?).await,
        ["approvals", "memberships"] => approvals::pending_memberships(admin, app, read(q)?).await,
        ["jobs"] => approvals::jobs(admin, app, read(q)?).await,
        ["jobs", id] => approvals::get_job(admin, app, Path::from(JobPath { job_id: number(id)? })).await,
        ["push-records"] => push_records::list(admin, app).await,
        ["push-records", id] => push_records::get(admin, app, record(id)?).await,
        ["push-runs"] => push_runs::list(admin, app, read(q)?, read(q)?).await,
        ["push-runs", id] => push_runs::get(admin, app, run(id)?).await,
        ["push-runs", id, "plan"] => push_runs::plan(admin, app, run(id)?, read(q)?, read(q)?).await,
        ["requests"] => requests::list(admin, app, read(q)?).await,
        ["requests", "space"] => requests::space(signed, app, read(q)?).await,
        ["requests", id] => requests::get(admin, app, Path::from(RequestPath { request_id: id.to_owned() })).await,
        ["outbox"] => outbox::outbox(admin, app, read(q)?).await,
        ["settings"] => settings::get(admin, app).await,
        ["seats"] => settings::seats(admin, app).await,
        ["admins"] => api_keys::admins(signed, app).await,
        ["api-keys"] => api_keys::keys(signed, app).await,
        ["diagnostics"] => diagnostics::get(signed, app).await,
        ["backups"] => backups::list(admin, app).await,
        ["audit"] => audit::list(admin, app, read(q)?, read(q)?).await,
        ["audit", "events"] => Ok(audit::names(admin).await),
        _ => return Ok(None),
    };
    answer.map(Some)
}
