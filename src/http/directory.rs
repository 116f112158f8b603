//! The console's lists of users and teams.

use super::App;
use super::admin::Admin;
use super::error::ApiError;
use crate::domain::node::Node;
use crate::domain::predicate::Window;
use crate::domain::settings::Settings;
use crate::domain::user::{Lock, User};
use crate::domain::{Error, NodeId};
use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a list asks for; `start` counts from 1.
#[derive(Deserialize)]
pub struct Page {
    node_id: Option<i64>,
    #[serde(default)]
    q: String,
    #[serde(default = "one")]
    start: u64,
    #[serde(default = "fifty")]
    count: u64,
}

fn one() -> u64 {
    1
}

fn fifty() -> u64 {
    50
}

impl Page {
    fn window(&self) -> Window {
        Window { offset: self.start.saturating_sub(1), limit: self.count.min(u64::from(Settings::MAX_PAGE)) }
    }
}

/// `GET /users`
pub async fn users(app: Data<App>, page: Query<Page>, _: Admin) -> Result<HttpResponse, ApiError> {
    let page = page.into_inner();
    let start = page.start.max(1);
    let found = app.store.scan(move |tx| {
        let nodes = tx.nodes()?;
        let (users, total) = tx.search_users(page.node_id.map(NodeId), &page.q, page.window())?;
        let mut views = Vec::with_capacity(users.len());
        for user in users {
            let teams = tx.teams_of_user(user.id)?.len();
            views.push(user_view(&user, teams, &nodes));
        }
        Ok::<_, Error>((views, total))
    });
    let (users, total) = found.await?;
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": start, "users": users })))
}

/// `GET /teams`
pub async fn teams(app: Data<App>, page: Query<Page>, _: Admin) -> Result<HttpResponse, ApiError> {
    let page = page.into_inner();
    let start = page.start.max(1);
    let found = app.store.scan(move |tx| {
        let nodes = tx.nodes()?;
        let (teams, total) = tx.search_teams(page.node_id.map(NodeId), &page.q, page.window())?;
        let mut views = Vec::with_capacity(teams.len());
        for team in teams {
            let prefix = tx.connection_of(team.node)?.and_then(|connection| connection.settings.role_prefix);
            views.push(json!({
                "team_id": team.id.to_string(),
                "name": team.profile.name,
                "state": team.state.word(),
                "role": prefix.is_some_and(|prefix| team.profile.name.starts_with(&prefix)),
                "node_id": team.node.0,
                "node_name": name_of(&nodes, team.node),
                "members": team.members,
                "pending_members": tx.pending_members(team.key)?,
                "external_id": team.profile.external_id,
                "modified_at": team.modified_at.to_string(),
            }));
        }
        Ok::<_, Error>((views, total))
    });
    let (teams, total) = found.await?;
    Ok(HttpResponse::Ok().json(json!({ "total": total, "start": start, "teams": teams })))
}

fn user_view(user: &User, teams: usize, nodes: &[Node]) -> Value {
    let state = if user.lock == Lock::None { user.state.word() } else { "locked" };
    json!({
        "user_id": user.id.0,
        "user_name": user.profile.user_name,
        "display_name": user.profile.display_name,
        "state": state,
        "lock": user.lock.word(),
        "node_id": user.node.0,
        "node_name": name_of(nodes, user.node),
        "teams": teams,
        "external_id": user.profile.external_id,
        "origin": if is_controlled(user, nodes) { "scim" } else { "hand" },
        "modified_at": user.modified_at.to_string(),
    })
}

/// Whether the connection that brought a user is still there.
fn is_controlled(user: &User, nodes: &[Node]) -> bool {
    let node = nodes.iter().find(|node| node.id == user.node);
    user.scim_id.is_some() && node.and_then(|node| node.connection).map(|(id, _)| id) == user.scim_id
}

fn name_of(nodes: &[Node], id: NodeId) -> Option<&str> {
    nodes.iter().find(|node| node.id == id).map(|node| node.name.as_str())
}
