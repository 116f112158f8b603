//! What the console starts with, and its overview, each in one call.

use super::admin::{Admin, SignedInAdmin};
use super::connection_view::summary;
use super::error::ApiError;
use super::{App, ahead, role, sessions};
use crate::api::overview::{Health, Overview, PendingCount, Start, StartQuery};
use crate::api::request_hour::RequestHour;
use crate::api::session::Session;
use crate::api::settings::Seats;
use crate::domain::approval::ApprovalScope;
use crate::domain::connection_state::ConnectionState;
use crate::domain::directory::{UserFilter, UserShown};
use crate::domain::predicate::Window;
use crate::domain::{Error, invitation, mail, settings};
use crate::store::{ScanLane, backup};
use crate::world;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use std::collections::BTreeMap;

/// Show what a page of the console starts with
///
/// What anybody may know, and who is signed in. With `overview` also that, and with `with` the answers to other calls that read, to
/// those who may see them.
#[utoipa::path(
    get,
    path = "/start",
    params(StartQuery),
    responses((status = 200, body = Start)),
    security(())
)]
pub async fn start(
    app: Data<App>,
    request: HttpRequest,
    signed: Option<SignedInAdmin>,
    asked: Query<StartQuery>,
) -> Result<HttpResponse, ApiError> {
    let status = sessions::status_of(&app, &request, signed.is_some())?;
    let person = signed.map(|signed| signed.person);
    let overview = match &person {
        Some(person) if asked.overview.unwrap_or_default() && !role::lacks_second_factor(&app, person.admin.id)? => {
            Some(look(&app).await?)
        }
        _ => None,
    };
    let answers = match (&person, &asked.with) {
        (Some(person), Some(calls)) if !role::lacks_second_factor(&app, person.admin.id)? => {
            ahead::answers(&request, &app, calls).await
        }
        _ => BTreeMap::new(),
    };
    let session = person.map(|person| Session::new(&person.admin, &person.session, &person.csrf, None));
    Ok(HttpResponse::Ok().json(Start { status, session, overview, answers }))
}

/// Show the overview
///
/// Counts, connections in short, requests per hour, and how the appliance itself is.
#[utoipa::path(get, path = "/overview", responses((status = 200, body = Overview)))]
pub async fn get(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(look(&app).await?))
}

async fn look(app: &Data<App>) -> Result<Overview, ApiError> {
    app.recorder.flush().await;
    let (shared, now) = (app.clone(), world::now());
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let (nodes, connections) = (tx.nodes()?, tx.connections()?);
        let used = |node| connections.iter().find(|one| one.node == node).map(|one| one.state);
        let mut below = nodes.iter().filter(|node| node.parent.is_some());
        let free = below.clone().find(|node| used(node.id).is_none());
        let free = free.or_else(|| below.find(|node| used(node.id) == Some(ConnectionState::Draft)));
        let one = Window { offset: 0, limit: 1 };
        let invited = UserFilter { state: Some(UserShown::Invited), ..UserFilter::default() };
        let (teams, memberships) = tx.count_pending(ApprovalScope::All)?;
        let users = tx.users_in_all()?;
        let hours = tx.exchange_hours(now.plus_days(-1))?;
        Ok::<_, Error>(Overview {
            nodes: nodes.len().saturating_sub(1) as u64,
            free_node_id: free.map(|node| node.id.into()),
            users,
            teams: nodes.iter().map(|node| node.teams).sum(),
            invited: tx.list_users(&invited, one)?.1,
            pending: PendingCount { teams, memberships },
            seats: Seats { seats: settings::number(tx, "seats")?, users },
            unsent: tx.outbox(Some(invitation::Mail::Failed), None, one)?.1,
            connections: connections.iter().map(|one| summary(&shared, tx, one, now)).collect::<Result<_, Error>>()?,
            hours: hours.into_iter().map(RequestHour::from).collect(),
            health: Health {
                problem: shared.store.problem().map(|fault| fault.code().to_owned()),
                database_bytes: None,
                newest_backup_at: None,
                certificate_days: None,
                mail: mail::server(tx)?.is_some(),
                mail_problem: None,
            },
        })
    });
    let mut overview = found.await?;
    let health = &mut overview.health;
    // What is no row: where one of these cannot be told, the rest is.
    if !app.store.is_shared() {
        health.database_bytes = app.store.folder().join("scimbox.db").metadata().ok().map(|found| found.len());
    }
    let backups = backup::list(&app.background.backups.path).unwrap_or_default();
    health.newest_backup_at = backups.first().map(|newest| newest.created_at.into());
    let served = app.tls.as_ref().and_then(|tls| tls.certificate());
    health.certificate_days = served.map(|found| found.days_left(now.0));
    health.mail_problem = (app.background.mail_problem)();
    Ok(overview)
}
