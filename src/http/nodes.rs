//! The console's calls for nodes.

use super::admin::Admin;
use super::error::ApiError;
use super::{App, body};
use crate::domain::node::{self, Node};
use crate::domain::{Error, NodeId};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /nodes`
pub async fn list(app: Data<App>, _: Admin) -> Result<HttpResponse, ApiError> {
    let nodes = app.store.read(|tx| tx.nodes())?;
    let views: Vec<Value> = nodes.iter().map(|node| view(node, &nodes)).collect();
    Ok(HttpResponse::Ok().json(views))
}

/// `GET /nodes/{node_id}`
pub async fn get(app: Data<App>, path: Path<i64>, _: Admin) -> Result<HttpResponse, ApiError> {
    shown(&app, NodeId(*path)).map(|view| HttpResponse::Ok().json(view))
}

#[derive(Deserialize)]
struct New {
    name: String,
    parent_id: Option<i64>,
}

/// `POST /nodes`
pub async fn create(
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
    _: Admin,
) -> Result<HttpResponse, ApiError> {
    let New { name, parent_id } = body::json(&request, payload).await?;
    let made = app.store.write(move |tx| node::create(tx, &name, parent_id.map(NodeId))).await?;
    shown(&app, made.id).map(|view| HttpResponse::Created().json(view))
}

#[derive(Deserialize)]
struct Changed {
    name: Option<String>,
    parent_id: Option<i64>,
}

/// `PATCH /nodes/{node_id}`: renames, moves, or both at once.
pub async fn change(
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
    _: Admin,
) -> Result<HttpResponse, ApiError> {
    let Changed { name, parent_id } = body::json(&request, payload).await?;
    let id = NodeId(*path);
    let write = move |tx: &mut dyn crate::domain::Tx| {
        if let Some(parent) = parent_id {
            node::move_below(tx, id, NodeId(parent))?;
        }
        if let Some(name) = &name {
            node::rename(tx, id, name)?;
        }
        Ok::<_, Error>(())
    };
    app.store.write(write).await?;
    shown(&app, id).map(|view| HttpResponse::Ok().json(view))
}

/// `DELETE /nodes/{node_id}`
pub async fn delete(app: Data<App>, path: Path<i64>, _: Admin) -> Result<HttpResponse, ApiError> {
    let id = NodeId(*path);
    app.store.write(move |tx| node::delete(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn shown(app: &App, id: NodeId) -> Result<Value, ApiError> {
    let (node, nodes) = app.store.read(|tx| Ok::<_, Error>((node::get(tx, id)?, tx.nodes()?)))?;
    Ok(view(&node, &nodes))
}

fn view(node: &Node, all: &[Node]) -> Value {
    let connection =
        node.connection.map(|(id, state)| json!({ "scim_id": id.0, "state": state.word(), "attention": false }));
    json!({
        "node_id": node.id.0,
        "name": node.name,
        "parent_id": node.parent.map(|id| id.0),
        "path": node::path(all, node.id),
        "users": node.users,
        "teams": node.teams,
        "connection": connection,
    })
}
