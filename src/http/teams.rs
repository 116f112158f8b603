//! The console's calls for teams and their members.

use super::admin::Admin;
use super::error::ApiError;
use super::listing::team_id;
use super::listing::{PageQuery, is_descending, searched, word};
use super::user_view::{self, NodeNames};
use super::{App, body};
use crate::domain::approval::{self, Restrictions, team_anywhere};
use crate::domain::directory::TeamFilter;
use crate::domain::team_lifecycle;
use crate::domain::{Error, NodeId, Noun, TeamId, Tx, UserId};
use crate::scim::profile_edit::{Names, changed_team, new_team};
use crate::store::ScanLane;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which teams are asked for.
#[derive(Deserialize)]
pub struct TeamQuery {
    node_id: Option<i64>,
    #[serde(default)]
    q: String,
    state: Option<String>,
    role: Option<bool>,
    sort: Option<String>,
    order: Option<String>,
    start: Option<u64>,
    count: Option<u64>,
}

impl TeamQuery {
    /// What that means to the store.
    ///
    /// # Errors
    /// `INVALID`.
    pub fn filter(&self) -> Result<TeamFilter, Error> {
        Ok(TeamFilter {
            node: self.node_id.map(NodeId),
            text: searched(&self.q),
            state: word(self.state.as_deref())?,
            role: self.role,
            order: (word(self.sort.as_deref())?.unwrap_or_default(), is_descending(self.order.as_deref())?),
        })
    }

    /// Which part.
    pub fn page(&self) -> PageQuery {
        PageQuery::of(self.start, self.count)
    }
}

/// `GET /teams`
pub async fn list(admin: Admin, app: Data<App>, wanted: Query<TeamQuery>) -> Result<HttpResponse, ApiError> {
    let (filter, page) = (wanted.filter()?, wanted.page());
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let (rows, total) = tx.list_teams(&filter, page.window())?;
        let views: Result<Vec<Value>, _> = rows.iter().map(|row| user_view::team(tx, row, &around)).collect();
        Ok::<_, Error>((views?, total))
    });
    let (teams, total) = found.await?;
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": page.start(), "teams": teams })))
}

/// `GET /teams/{team_id}`
pub async fn get(admin: Admin, app: Data<App>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&app, team_id(&path)?, &admin)?))
}

/// A team with its connection. Never behind the queue of long reads: when that is full, the answer to a change would deny what
/// was done.
fn shown(app: &App, id: TeamId, admin: &Admin) -> Result<Value, ApiError> {
    let found = app.store.read(|tx| {
        let team = team_anywhere(tx, id)?;
        let around = NodeNames::of(tx, admin.now, team.node)?;
        let row = tx.team_row(team.key)?.ok_or_else(|| Error::NotFound(Noun::Team, id.to_string()))?;
        Ok::<_, Error>(user_view::whole_team(tx, &row, &around)?)
    });
    Ok(found?)
}

#[derive(Deserialize, Default, Clone, Copy)]
struct RestrictionsBody {
    restrict_share: Option<bool>,
    restrict_edit: Option<bool>,
    restrict_view: Option<bool>,
}

impl From<RestrictionsBody> for Restrictions {
    fn from(limits: RestrictionsBody) -> Restrictions {
        Restrictions { share: limits.restrict_share, edit: limits.restrict_edit, view: limits.restrict_view }
    }
}

#[derive(Deserialize)]
struct NewTeam {
    node_id: NodeId,
    name: String,
    external_id: Option<String>,
    #[serde(flatten)]
    limits: RestrictionsBody,
}

/// `POST /teams`: a team made by hand, approved at once.
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewTeam { node_id, name, external_id, limits } = body::json(&request, payload).await?;
    admin.check_node(node_id)?;
    let names = Names { name: Some(name), display_name: None, external_id: external_id.map(Some) };
    let (profile, act) = (new_team(&names)?, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let team = team_lifecycle::create_by_hand(tx, &act, node_id, profile.clone())?;
        approval::restrict(tx, &act, &team, limits.into())?;
        Ok::<_, Error>(team.id)
    };
    let id = app.store.write(write).await?;
    Ok(HttpResponse::Created().json(shown(&app, id, &admin)?))
}

#[derive(Deserialize)]
struct TeamPatch {
    name: Option<String>,
    #[serde(flatten)]
    limits: RestrictionsBody,
}

/// `PATCH /teams/{team_id}`
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let TeamPatch { name, limits } = body::json(&request, payload).await?;
    let (id, act) = (team_id(&path)?, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let mut team = team_anywhere(tx, id)?;
        if let Some(name) = &name {
            let names = Names { name: Some(name.clone()), ..Names::default() };
            let profile = changed_team(&team.profile, &names)?;
            team = team_lifecycle::edit_by_hand(tx, &act, team, profile)?;
        }
        approval::restrict(tx, &act, &team, limits.into())?;
        Ok::<_, ApiError>(())
    };
    app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(shown(&app, id, &admin)?))
}

/// `DELETE /teams/{team_id}`
pub async fn delete(admin: Admin, app: Data<App>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (team_id(&path)?, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let node = team_anywhere(tx, id)?.node;
        team_lifecycle::delete(tx, &act, node, id)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which members are asked for.
#[derive(Deserialize)]
pub struct MemberQuery {
    state: Option<String>,
    start: Option<u64>,
    count: Option<u64>,
}

/// `GET /teams/{team_id}/members`
pub async fn members(
    _: Admin,
    app: Data<App>,
    path: Path<String>,
    wanted: Query<MemberQuery>,
) -> Result<HttpResponse, ApiError> {
    let (id, state) = (team_id(&path)?, word(wanted.state.as_deref())?);
    let page = PageQuery::of(wanted.start, wanted.count);
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let team = team_anywhere(tx, id)?;
        Ok::<_, Error>(tx.list_members(team.key, state, page.window())?)
    });
    let (rows, total) = found.await?;
    let views: Vec<Value> = rows.iter().map(user_view::member).collect();
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": page.start(), "members": views })))
}

#[derive(Deserialize)]
struct MembershipChanges {
    #[serde(default)]
    add: Vec<UserId>,
    #[serde(default)]
    remove: Vec<UserId>,
}

/// `POST /teams/{team_id}/members`: who is added by hand is granted at once.
pub async fn move_members(
    admin: Admin,
    app: Data<App>,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let MembershipChanges { add, remove } = body::json(&request, payload).await?;
    if add.len() + remove.len() > 1000 {
        return Err(Error::TooMany(1000).into());
    }
    let (id, act) = (team_id(&path)?, admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        let team = team_anywhere(tx, id)?;
        team_lifecycle::move_members(tx, &act, &team, &remove, &add)
    };
    app.store.write(write).await?;
    Ok(HttpResponse::Ok().json(shown(&app, id, &admin)?))
}
