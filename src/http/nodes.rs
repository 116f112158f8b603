//! The console's calls for nodes.

use super::admin::Admin;
use super::connection_view::needs_attention;
use super::error::ApiError;
use super::{App, body};
use crate::api::fault_text::PersonaName;
use crate::api::node::{NewNode, Node, NodeChange, NodeConnection, NodePath};
use crate::domain::fault_rule::FaultRule;
use crate::domain::sandbox::Sandbox;
use crate::domain::sandbox_admin::{self, SandboxChange};
use crate::domain::{Error, NodeId, Time, Tx, node};
use crate::scim::persona;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// List nodes
///
/// All nodes of the tree, each with its connection.
#[utoipa::path(get, path = "/nodes", responses((status = 200, body = Vec<Node>)))]
pub async fn list(admin: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let shared = app.clone();
    let views: Result<Vec<Node>, Error> = app.store.read(move |tx| {
        let nodes = tx.nodes()?;
        nodes.iter().map(|node| view(&shared, tx, node, &nodes, admin.now)).collect()
    });
    Ok(HttpResponse::Ok().json(views?))
}

/// Show a node
///
/// With its counts and its connection.
#[utoipa::path(get, path = "/nodes/{node_id}", params(NodePath), responses((status = 200, body = Node)))]
pub async fn get(admin: Admin, app: Data<App>, path: Path<NodePath>) -> Result<HttpResponse, ApiError> {
    shown(&app, NodeId(path.node_id), &admin).map(|view| HttpResponse::Ok().json(view))
}

/// Create a node
///
/// Names are unique among the children of a node.
#[utoipa::path(post, path = "/nodes", request_body = NewNode, responses((status = 201, body = Node)))]
pub async fn create(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NewNode { name, parent_id, sandbox, persona } = body::json(&request, payload).await?;
    let act = admin.act()?;
    let sandbox = match (sandbox.unwrap_or_default(), persona) {
        (false, Some(_)) => return Err(Error::NotSandbox(name.0).into()),
        (false, None) => None,
        (true, persona) => Some(Sandbox { persona: persona_named(persona)?.flatten(), ..Sandbox::default() }),
    };
    let made = move |tx: &mut dyn Tx| node::add(tx, &act, &name.0, parent_id.map(NodeId::from), sandbox.clone());
    let made = app.store.write(made).await?;
    shown(&app, made.id, &admin).map(|view| HttpResponse::Created().json(view))
}

/// Rename or move a node
///
/// The root can be renamed but not moved. What is switched on in a sandbox changes here as well.
#[utoipa::path(patch, path = "/nodes/{node_id}", params(NodePath), request_body = NodeChange, responses((status = 200, body = Node)))]
pub async fn change(
    admin: Admin,
    app: Data<App>,
    path: Path<NodePath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let NodeChange { name, parent_id, persona, faults, ahead_seconds } = body::json(&request, payload).await?;
    let faults = faults.map(|rules| rules.iter().map(|rule| rule.0.parse()).collect::<Result<Vec<FaultRule>, Error>>());
    let staged = SandboxChange { persona: persona_named(persona)?, faults: faults.transpose()?, ahead: ahead_seconds };
    let is_staged = staged.persona.is_some() || staged.faults.is_some() || staged.ahead.is_some();
    let (id, act) = (NodeId(path.node_id), admin.act()?);
    let write = move |tx: &mut dyn Tx| {
        if let Some(parent) = parent_id {
            node::move_below(tx, &act, id, parent.into())?;
        }
        if let Some(name) = &name {
            node::rename(tx, &act, id, &name.0)?;
        }
        if is_staged {
            sandbox_admin::change(tx, &act, id, &staged)?;
        }
        Ok::<_, Error>(())
    };
    app.store.write(write).await?;
    shown(&app, id, &admin).map(|view| HttpResponse::Ok().json(view))
}

/// Delete a node
///
/// It must be empty: no users, teams, connection or child nodes.
#[utoipa::path(delete, path = "/nodes/{node_id}", params(NodePath), responses((status = 204)))]
pub async fn delete(admin: Admin, app: Data<App>, path: Path<NodePath>) -> Result<HttpResponse, ApiError> {
    let (id, act) = (NodeId(path.node_id), admin.act()?);
    app.store.write(move |tx| node::delete(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A persona by its name; `Some(None)` where none is wanted.
fn persona_named(name: Option<PersonaName>) -> Result<Option<Option<String>>, Error> {
    name.map(|name| persona::checked(&name.0).map_err(|why| Error::Invalid("persona", why))).transpose()
}

fn shown(app: &Data<App>, id: NodeId, admin: &Admin) -> Result<Node, ApiError> {
    let (shared, now) = (app.clone(), admin.now);
    Ok(app.store.read(move |tx| {
        let (node, nodes) = (node::get(tx, id)?, tx.nodes()?);
        view(&shared, tx, &node, &nodes, now)
    })?)
}

fn view(app: &App, tx: &mut dyn Tx, node: &node::Node, all: &[node::Node], now: Time) -> Result<Node, Error> {
    let connection = match node.connection {
        Some((id, state)) => {
            let attention = needs_attention(app, tx, id, now)?;
            Some(NodeConnection { scim_id: id.into(), state: state.into(), attention })
        }
        None => None,
    };
    Ok(Node::new(node, all, connection))
}
