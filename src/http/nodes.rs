//! The console's calls for nodes.

use super::admin::Admin;
use super::error::ApiError;
use super::view::needs_attention;
use super::{App, body};
use crate::domain::node::{self, Node};
use crate::domain::{Error, NodeId, Time, Tx};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /nodes`
pub async fn list(admin: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let views: Result<Vec<Value>, Error> = app.store.read(|tx| {
        let nodes = tx.nodes()?;
        nodes.iter().map(|node| view(&app, tx, node, &nodes, admin.now)).collect()
    });
    Ok(HttpResponse::Ok().json(views?))
}

/// `GET /nodes/{node_id}`
pub async fn get(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    shown(&app, NodeId(*path), &admin).map(|view| HttpResponse::Ok().json(view))
}

#[derive(Deserialize)]
struct NewNode {
    name: String,
    parent_id: Option<NodeId>,
}

/// `POST /nodes`
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewNode { name, parent_id } = body::json(&request, payload).await?;
    let act = admin.act()?;
    let made = app.store.write(move |tx| node::create(tx, &act, &name, parent_id)).await?;
    shown(&app, made.id, &admin).map(|view| HttpResponse::Created().json(view))
}

#[derive(Deserialize)]
struct NodePatch {
    name: Option<String>,
    parent_id: Option<NodeId>,
}

/// `PATCH /nodes/{node_id}`: renames, moves, or both at once.
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<i64>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NodePatch { name, parent_id } = body::json(&request, payload).await?;
    let (id, act) = (NodeId(*path), admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        if let Some(parent) = parent_id {
            node::move_below(tx, &act, id, parent)?;
        }
        if let Some(name) = &name {
            node::rename(tx, &act, id, name)?;
        }
        Ok::<_, Error>(())
    };
    app.store.write(write).await?;
    shown(&app, id, &admin).map(|view| HttpResponse::Ok().json(view))
}

/// `DELETE /nodes/{node_id}`
pub async fn delete(admin: Admin, app: Data<App>, path: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (NodeId(*path), admin.act()?);
    app.store.write(move |tx| node::delete(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn shown(app: &App, id: NodeId, admin: &Admin) -> Result<Value, ApiError> {
    Ok(app.store.read(|tx| {
        let (node, nodes) = (node::get(tx, id)?, tx.nodes()?);
        view(app, tx, &node, &nodes, admin.now)
    })?)
}

fn view(app: &App, tx: &mut dyn Tx, node: &Node, all: &[Node], now: Time) -> Result<Value, Error> {
    let connection = match node.connection {
        Some((id, state)) => {
            let attention = needs_attention(app, tx, id, now)?;
            json!({ "scim_id": id.0, "state": state.word(), "attention": attention })
        }
        None => Value::Null,
    };
    Ok(json!({
        "node_id": node.id.0,
        "name": node.name,
        "parent_id": node.parent.map(|id| id.0),
        "path": node::path(all, node.id),
        "users": node.users,
        "teams": node.teams,
        "connection": connection,
    }))
}
