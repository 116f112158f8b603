//! A connection as the console sees it: one object for the calls and for the live events.

use super::capture::{Conflict, Exchange};
use super::{App, SCIM};
use crate::domain::connection::{self, Connection};
use crate::domain::connection_settings::ConnectionSettings;
use crate::domain::connection_state::ConnectionState;
use crate::domain::token::Token;
use crate::domain::{Error, Fault, NodeId, ScimId, Time, Tx, fold, node};
use serde_json::{Value, json};

/// Refusals in a row that deserve attention.
const FAILING: usize = 5;

/// One connection.
///
/// # Errors
/// `NOT_FOUND`.
pub fn connection(app: &App, base: &str, id: ScimId, now: Time) -> Result<Value, Error> {
    app.store.read(|tx| {
        let connection = connection::get(tx, id)?;
        let (node, tokens) = (node::get(tx, connection.node)?, tx.tokens(id)?);
        let exchanges = app.captures.of(connection.node);
        let seen: Result<Vec<Value>, Fault> = exchanges.iter().map(|one| exchange(tx, one, connection.node)).collect();
        let mut view = json!({
            "scim_id": connection.id.0,
            "node_id": connection.node.0,
            "node_name": node.name,
            "node_path": node::path_of(tx, &node)?,
            "scim_url": format!("{base}{SCIM}/{}", connection.node),
            "idp": connection.idp.name,
            "preset": connection.preset.word(),
            "state": connection.state.word(),
            "attention": attention(&connection, &tokens, &exchanges, now),
            "paused_at": connection.paused.as_ref().map(|pause| pause.at.to_string()),
            "paused_by": connection.paused.as_ref().map(|pause| pause.by.clone()),
            "created_at": connection.created_at.to_string(),
            "users": node.users,
            "teams": node.teams,
            "settings": settings(&connection.settings),
            "tokens": tokens.iter().map(|token| token_view(token, &connection, now)).collect::<Vec<_>>(),
            "exchanges": seen?,
        });
        for (name, at) in [
            ("draft_expires_at", connection.draft_expires_at),
            ("saved_at", connection.saved_at),
            ("last_synced", connection.last_synced),
            ("first_request_at", connection.first_request_at),
            ("first_write_at", connection.first_write_at),
        ] {
            if let Value::Object(view) = &mut view {
                view.insert(name.to_owned(), moment(at));
            }
        }
        Ok(view)
    })
}

/// Whether an administrator should look at a connection.
///
/// # Errors
/// `NOT_FOUND`.
pub fn needs_attention(app: &App, tx: &mut dyn Tx, id: ScimId, now: Time) -> Result<bool, Error> {
    let connection = connection::get(tx, id)?;
    let (tokens, exchanges) = (tx.tokens(id)?, app.captures.of(connection.node));
    Ok(attention(&connection, &tokens, &exchanges, now).is_some())
}

fn moment(at: Option<Time>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.to_string()))
}

/// What an administrator should look at; not a state of its own.
fn attention(connection: &Connection, tokens: &[Token], exchanges: &[Exchange], now: Time) -> Option<&'static str> {
    if matches!(connection.state, ConnectionState::Draft | ConnectionState::Paused) {
        return None;
    }
    let live: Vec<&Token> = tokens.iter().filter(|token| token.is_live(now)).collect();
    let soon = now.plus_days(14);
    if live.is_empty() {
        Some("TOKEN_EXPIRED")
    } else if live.iter().all(|token| token.expires_at.is_some_and(|at| at < soon)) {
        Some("TOKEN_EXPIRING")
    } else {
        // Whatever strangers send says nothing of this client.
        let latest: Vec<&Exchange> = exchanges.iter().filter(|exchange| !exchange.is_noise).take(FAILING).collect();
        let fails = latest.len() == FAILING && latest.iter().all(|exchange| exchange.status >= 400);
        fails.then_some("FAILING")
    }
}

/// The settings by the words of the command line.
pub fn settings(settings: &ConnectionSettings) -> Value {
    json!({
        "deprovision": settings.deprovision.word(),
        "email_required": settings.email_required,
        "unique_groups": settings.unique_groups,
        "approval": settings.approval.word(),
        "role_prefix": settings.role_prefix,
        "unique_users": settings.unique_users.word(),
        "page_size": settings.page_size,
        "tolerance": settings.tolerance.word(),
        "announce": settings.announce.word(),
        "rate_limit": settings.rate_limit,
    })
}

fn token_view(token: &Token, connection: &Connection, now: Time) -> Value {
    let state = if token.revoked_at.is_some() {
        "revoked"
    } else if !token.is_live(now) {
        "expired"
    } else if connection.state == ConnectionState::Draft {
        "not_saved"
    } else if token.ends_at.is_some() {
        "ending"
    } else {
        "live"
    };
    // Whichever comes first is when it ends.
    let ends = token.ends_at.into_iter().chain(token.expires_at).min();
    json!({
        "token_id": token.id,
        "start": token.start,
        "last4": token.last4,
        "created_at": token.created_at.to_string(),
        "created_by": token.created_by,
        "expires_at": moment(ends),
        "revoked_at": moment(token.revoked_at),
        "last_used_at": moment(token.last_used_at),
        "last_used_from": token.last_used_from,
        "last_used_agent": token.last_used_agent,
        "state": state,
    })
}

fn exchange(tx: &mut dyn Tx, exchange: &Exchange, node: NodeId) -> Result<Value, Fault> {
    let conflict = exchange.conflict.as_ref().map(|conflict| conflict_view(tx, conflict, node)).transpose()?;
    Ok(json!({
        "at": exchange.at.to_string(),
        "method": exchange.method.as_str(),
        "path": exchange.path,
        "status": exchange.status,
        "code": exchange.code,
        "token_tail": exchange.token_tail,
        "from": exchange.from,
        "agent": exchange.agent,
        "detail": exchange.detail,
        "request_id": exchange.request_id,
        "relaxations": exchange.relaxations,
        "conflict": conflict,
    }))
}

/// Who still holds a name that was refused to a node; null once that user has come there, has another name or is gone.
fn conflict_view(tx: &mut dyn Tx, conflict: &Conflict, node: NodeId) -> Result<Value, Fault> {
    let holds = |name: &str| fold(name) == fold(&conflict.user_name);
    let holder = tx.user_anywhere(conflict.user)?;
    let Some(user) = holder.filter(|user| user.node != node && holds(&user.profile.user_name)) else {
        return Ok(Value::Null);
    };
    Ok(json!({
        "user_name": user.profile.user_name,
        "user_id": user.id.0,
        "node_id": user.node.0,
        "node_name": tx.node(user.node)?.map(|node| node.name),
    }))
}
