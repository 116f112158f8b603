//! The console's calls for teams and their members.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body};
use crate::api::listing::{PageQuery, team_id, word};
use crate::api::membership::{Member, MemberChange, MemberPage, MemberQuery};
use crate::api::node_names::NodeNames;
use crate::api::team::{NewTeam, Team, TeamChange, TeamDetail, TeamPage, TeamPath, TeamQuery};
use crate::domain::approval::{self, Restrictions, team_anywhere};
use crate::domain::team_lifecycle;
use crate::domain::{Error, NodeId, Noun, TeamId, Tx, UserId};
use crate::scim::profile_edit::{Names, changed_team, new_team};
use crate::store::ScanLane;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

/// List teams
///
/// Of all nodes or of one. All conditions must match.
#[utoipa::path(get, path = "/teams", params(TeamQuery), responses((status = 200, body = TeamPage)))]
pub async fn list(admin: Admin, app: Data<App>, wanted: Query<TeamQuery>) -> Result<HttpResponse, ApiError> {
    let (filter, page) = (wanted.filter()?, wanted.page());
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (rows, total) = tx.list_teams(&filter, page.window())?;
        let teams: Result<Vec<Team>, _> = rows.iter().map(|row| Team::new(tx, row, &around)).collect();
        Ok::<_, Error>(TeamPage { total, start: page.start(), teams: teams? })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Show a team
///
/// With the connection of its node.
#[utoipa::path(get, path = "/teams/{team_id}", params(TeamPath), responses((status = 200, body = TeamDetail)))]
pub async fn get(admin: Admin, app: Data<App>, path: Path<TeamPath>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&app, team_id(&path.team_id)?, &admin)?))
}

/// A team with its connection. Never behind the queue of long reads: when that is full, the answer to a change would deny what
/// was done.
fn shown(app: &App, id: TeamId, admin: &Admin) -> Result<TeamDetail, ApiError> {
    let now = admin.now;
    let found = app.store.read(move |tx| {
        let team = team_anywhere(tx, id)?;
        let around = NodeNames::of(tx, now, team.node)?;
        let row = tx.team_row(team.key)?.ok_or_else(|| Error::NotFound(Noun::Team, id.to_string()))?;
        Ok::<_, Error>(TeamDetail::new(tx, &row, &around)?)
    });
    Ok(found?)
}

/// Add a team by hand
///
/// It is approved immediately.
#[utoipa::path(post, path = "/teams", request_body = NewTeam, responses((status = 201, body = TeamDetail)))]
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewTeam { node_id, name, external_id, restrict_share, restrict_edit, restrict_view } =
        body::json(&request, payload).await?;
    let node = NodeId::from(node_id);
    admin.check_node(node)?;
    let names = Names { name: Some(name.0), display_name: None, external_id: external_id.map(Some) };
    let (profile, act) = (new_team(&names)?, admin.act()?);
    let limits = Restrictions { share: restrict_share, edit: restrict_edit, view: restrict_view };
    let write = move |tx: &mut dyn Tx| {
        let team = team_lifecycle::create_by_hand(tx, &act, node, profile.clone())?;
        approval::restrict(tx, &act, &team, limits)?;
        Ok::<_, Error>(team.id)
    };
    let id = app.store.write(write).await?;
    Ok(HttpResponse::Created().json(shown(&app, id, &admin)?))
}

/// Rename or restrict a team
///
/// Absent fields stay as they are.
#[utoipa::path(
    patch,
    path = "/teams/{team_id}",
    params(TeamPath),
    request_body = TeamChange,
    responses((status = 200, body = TeamDetail))
)]
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<TeamPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let TeamChange { name, restrict_share, restrict_edit, restrict_view } = body::json(&request, payload).await?;
    let (id, act) = (team_id(&path.team_id)?, admin.act()?);
    let limits = Restrictions { share: restrict_share, edit: restrict_edit, view: restrict_view };
    let write = move |tx: &mut dyn Tx| {
        let mut team = team_anywhere(tx, id)?;
        if let Some(name) = &name {
            let names = Names { name: Some(name.0.clone()), ..Names::default() };
            let profile = changed_team(&team.profile, &names)?;
            team = team_lifecycle::edit_by_hand(tx, &act, team, profile)?;
        }
        approval::restrict(tx, &act, &team, limits)?;
        Ok::<_, ApiError>(())
    };
    app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(shown(&app, id, &admin)?))
}

/// Delete a team
///
/// Deletes its memberships as well.
#[utoipa::path(delete, path = "/teams/{team_id}", params(TeamPath), responses((status = 204)))]
pub async fn delete(admin: Admin, app: Data<App>, path: Path<TeamPath>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (team_id(&path.team_id)?, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let node = team_anywhere(tx, id)?.node;
        team_lifecycle::delete(tx, &act, node, id)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List members of a team
///
/// Ordered by user id.
#[utoipa::path(
    get,
    path = "/teams/{team_id}/members",
    params(TeamPath, MemberQuery),
    responses((status = 200, body = MemberPage))
)]
pub async fn members(
    _: Admin,
    app: Data<App>,
    path: Path<TeamPath>,
    wanted: Query<MemberQuery>,
) -> Result<HttpResponse, ApiError> {
    let (id, state) = (team_id(&path.team_id)?, word(wanted.state.as_deref())?);
    let page = PageQuery::of(wanted.start, wanted.count);
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let team = team_anywhere(tx, id)?;
        Ok::<_, Error>(tx.list_members(team.key, state, page.window())?)
    });
    let (rows, total) = found.await?;
    let members = rows.iter().map(Member::from).collect();
    Ok(HttpResponse::Ok().json(MemberPage { total, start: page.start(), members }))
}

/// Add and remove members
///
/// Members added by hand are granted immediately. At most 1000 users in one call.
#[utoipa::path(
    post,
    path = "/teams/{team_id}/members",
    params(TeamPath),
    request_body = MemberChange,
    responses((status = 200, body = TeamDetail))
)]
pub async fn move_members(
    admin: Admin,
    app: Data<App>,
    path: Path<TeamPath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let MemberChange { add, remove } = body::json(&request, payload).await?;
    if add.len() + remove.len() > 1000 {
        return Err(Error::TooMany(1000).into());
    }
    let (id, act) = (team_id(&path.team_id)?, admin.act()?);
    let [remove, add] = [remove, add].map(|ids| ids.into_iter().map(UserId::from).collect::<Vec<_>>());
    let write = move |tx: &mut dyn Tx| {
        let team = team_anywhere(tx, id)?;
        team_lifecycle::move_members(tx, &act, &team, &remove, &add)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(shown(&app, id, &admin)?))
}
