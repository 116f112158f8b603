//! How far an API key reaches: what its scope leaves out, and the nodes that it may be limited to.

use super::App;
use super::error::ApiError;
use crate::domain::api_key::{ApiKey, KeyScope};
use crate::domain::push_record::PushTarget;
use crate::domain::{Error, Fault, NodeId, Noun, ScimId, UserId};
use actix_web::HttpRequest;
use actix_web::http::Method;

/// Settings that decide what is kept of the audit log and who gets it, how and from where people sign in, and whose name and words mails carry.
const FULL_SETTINGS: [&str; 7] = [
    "audit_days",
    "audit_file_hours",
    "audit_syslog",
    "audit_syslog_ca",
    "console_allow_from",
    "mail_from",
    "second_factor_required",
];

/// Whether only a key of the scope `full` may change a setting.
pub fn is_full_setting(name: &str) -> bool {
    FULL_SETTINGS.contains(&name) || name.starts_with("invite_")
}

/// Whether a call changes nothing.
pub fn is_reading(request: &HttpRequest) -> bool {
    *request.method() == Method::GET || *request.method() == Method::HEAD
}

/// Refuses what a key does not open.
///
/// # Errors
/// `KEY_SCOPE`, and `NOT_FOUND` for what is in another node than those of the key.
pub fn check(app: &App, request: &HttpRequest, key: &ApiKey) -> Result<(), ApiError> {
    if !is_reading(request) && key.scope == KeyScope::Read {
        return Err(ApiError::key_scope("This key may only read."));
    }
    if key.scope == KeyScope::Full && key.nodes.is_none() {
        return Ok(());
    }
    let pattern = request.match_pattern().unwrap_or_default();
    let call = pattern.strip_prefix("/api/v1").unwrap_or_default();
    if key.scope != KeyScope::Full && !is_reading(request) && shows_secrets(request, call) {
        return Err(ApiError::key_scope("Only a key of the scope “full” is shown tokens and join links."));
    }
    match &key.nodes {
        Some(nodes) => check_nodes(app, request, call, nodes),
        None => Ok(()),
    }
}

/// Whether the answer of a call holds a token, or a link that lets somebody join.
fn shows_secrets(request: &HttpRequest, call: &str) -> bool {
    match call {
        "/nodes/{node_id}/connection" | "/connections/{scim_id}/tokens" | "/outbox/{user_id}/show" => true,
        "/users/{user_id}/{act}" => request.match_info().get("act") == Some("link"),
        _ => false,
    }
}

/// A key that is limited opens what is about one of its nodes and nothing else. What a body names is looked at where it
/// is read, by [`super::admin::Admin::check_node`].
fn check_nodes(app: &App, request: &HttpRequest, call: &str, nodes: &[NodeId]) -> Result<(), ApiError> {
    let number = |name: &str| request.match_info().get(name).and_then(|text| text.parse::<i64>().ok());
    let text = |name: &str| request.match_info().get(name).unwrap_or_default().chars().take(80).collect::<String>();
    let mine = |node: Option<NodeId>, noun, name| match node.filter(|node| nodes.contains(node)) {
        Some(_) => Ok(()),
        // What belongs to others looks the same as what does not exist.
        None => Err(ApiError::from(Error::NotFound(noun, text(name)))),
    };
    match call {
        // The list leaves out what is not theirs, and what is created is looked at where it is read.
        "/openapi.json" | "/idps" | "/audit/events" | "/push-records" | "/requests" => Ok(()),
        _ if call.starts_with("/requests/{request_id}") => Ok(()),
        "/nodes/{node_id}" if is_reading(request) => mine(number("node_id").map(NodeId), Noun::Node, "node_id"),
        "/nodes/{node_id}/connection"
        | "/nodes/{node_id}/push-connection"
        | "/nodes/{node_id}/reset"
        | "/nodes/{node_id}/seed" => mine(number("node_id").map(NodeId), Noun::Node, "node_id"),
        "/users" | "/teams" if !is_reading(request) => Ok(()),
        "/users"
        | "/users/export"
        | "/teams"
        | "/outbox"
        | "/audit"
        | "/audit/export"
        | "/approvals/teams"
        | "/approvals/memberships" => {
            let named = form_urlencoded::parse(request.query_string().as_bytes());
            let named: Vec<_> = named.filter(|(name, _)| name == "node_id").map(|(_, id)| id).collect();
            match named.as_slice() {
                [id] if id.parse().is_ok_and(|id| nodes.contains(&NodeId(id))) => Ok(()),
                _ => Err(ApiError::key_scope("This key is limited to nodes. Name one of them as node_id.")),
            }
        }
        "/push-runs" => {
            let mut named = form_urlencoded::parse(request.query_string().as_bytes());
            let record = named.find(|(name, _)| name == "record_id").and_then(|(_, id)| id.parse().ok());
            match record {
                Some(record) if of_record(app, record)?.is_some_and(|node| nodes.contains(&node)) => Ok(()),
                _ => {
                    Err(ApiError::key_scope("This key is limited to nodes. Name a record of one of them as record_id."))
                }
            }
        }
        _ if call.starts_with("/push-records/{record_id}") => {
            let found = number("record_id").map(|id| of_record(app, id)).transpose()?;
            mine(found.flatten(), Noun::PushRecord, "record_id")
        }
        _ if call.starts_with("/push-runs/{run_id}") => {
            let run = number("run_id").map(|id| app.store.read(move |tx| tx.push_run(id))).transpose()?.flatten();
            let found = run.map(|run| of_record(app, run.record)).transpose()?;
            mine(found.flatten(), Noun::PushRun, "run_id")
        }
        _ if call.starts_with("/connections/{scim_id}") => {
            let found = number("scim_id").map(|id| app.store.read(move |tx| tx.connection(ScimId(id)))).transpose()?;
            mine(found.flatten().map(|connection| connection.node), Noun::Connection, "scim_id")
        }
        _ if call.starts_with("/users/{user_id}") || call.starts_with("/outbox/{user_id}") => {
            let found =
                number("user_id").map(|id| app.store.read(move |tx| tx.user_anywhere(UserId(id)))).transpose()?;
            mine(found.flatten().map(|user| user.node), Noun::User, "user_id")
        }
        _ if call.starts_with("/teams/{team_id}") => {
            let id = crate::api::listing::team_id(&text("team_id"))?;
            mine(app.store.read(move |tx| tx.team_anywhere(id))?.map(|team| team.node), Noun::Team, "team_id")
        }
        _ => Err(ApiError::key_scope("This key is limited to nodes, and this call is about more than one.")),
    }
}

/// The node that a push record fills.
fn of_record(app: &App, id: i64) -> Result<Option<NodeId>, Fault> {
    app.store.read(move |tx| match tx.push_record(id)?.map(|record| record.target) {
        Some(PushTarget::Connection(id)) => Ok(tx.connection(id)?.map(|connection| connection.node)),
        _ => Ok(None),
    })
}
