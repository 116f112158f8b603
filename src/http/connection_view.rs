//! A connection with what the appliance remembers of its requests: one document for the calls and for the live events.

use super::capture::{Conflict, Exchange};
use super::{App, SCIM};
use crate::api::connection as api;
use crate::api::node::NodeSandbox;
use crate::api::overview::ConnectionSummary;
use crate::api::scalar::Moment;
use crate::api::token::Token;
use crate::api::words::Attention;
use crate::domain::connection::{self, Connection};
use crate::domain::connection_state::ConnectionState;
use crate::domain::token;
use crate::domain::{Error, Fault, NodeId, ScimId, Time, Tx, fold, node};
use actix_web::web::Data;

/// Refusals in a row that deserve attention.
const FAILING: usize = 5;

/// One connection.
///
/// # Errors
/// `NOT_FOUND`.
pub fn connection(app: &Data<App>, base: &str, id: ScimId, now: Time) -> Result<api::Connection, Error> {
    let (shared, base) = (app.clone(), base.to_owned());
    app.store.read(move |tx| {
        let connection = connection::get(tx, id)?;
        whole(&shared, tx, &base, &connection, now)
    })
}

/// All connections as they are at one moment, oldest first.
///
/// # Errors
/// Those of the store.
pub fn connections(app: &Data<App>, base: &str, now: Time) -> Result<Vec<api::Connection>, Error> {
    let (shared, base) = (app.clone(), base.to_owned());
    app.store.read(move |tx| {
        let all = tx.connections()?;
        all.iter().map(|connection| whole(&shared, tx, &base, connection, now)).collect()
    })
}

fn whole(app: &App, tx: &mut dyn Tx, base: &str, connection: &Connection, now: Time) -> Result<api::Connection, Error> {
    let (node, tokens) = (node::get(tx, connection.node)?, tx.tokens(connection.id)?);
    let exchanges = app.captures.of(tx, connection.node)?;
    let seen: Result<Vec<_>, Fault> = exchanges.iter().map(|one| exchange(tx, one, connection.node)).collect();
    Ok(api::Connection {
        scim_id: connection.id.into(),
        node_id: connection.node.into(),
        node_path: node::path_of(tx, &node)?,
        node_name: node.name,
        scim_url: format!("{base}{SCIM}/{}", connection.node),
        idp: connection.idp.into(),
        preset: connection.preset.into(),
        state: connection.state.into(),
        attention: attention(connection, &tokens, &exchanges, now).map(Attention),
        paused_at: connection.paused.as_ref().map(|pause| pause.at.into()),
        paused_by: connection.paused.as_ref().map(|pause| pause.by.clone()),
        created_at: connection.created_at.into(),
        users: node.users,
        teams: node.teams,
        settings: (&connection.settings).into(),
        tokens: tokens.iter().map(|token| Token::new(token, connection.state, now)).collect(),
        exchanges: seen?,
        draft_expires_at: connection.draft_expires_at.map(Moment),
        saved_at: connection.saved_at.map(Moment),
        last_synced: connection.last_synced.map(Moment),
        first_request_at: connection.first_request_at.map(Moment),
        first_write_at: connection.first_write_at.map(Moment),
        sandbox: connection.sandbox.as_ref().map(NodeSandbox::from),
    })
}

/// One connection in short.
///
/// # Errors
/// `NOT_FOUND`.
pub fn summary(app: &App, tx: &mut dyn Tx, connection: &Connection, now: Time) -> Result<ConnectionSummary, Error> {
    let (node, tokens) = (node::get(tx, connection.node)?, tx.tokens(connection.id)?);
    let exchanges = app.captures.of(tx, connection.node)?;
    Ok(ConnectionSummary {
        scim_id: connection.id.into(),
        node_id: connection.node.into(),
        node_path: node::path_of(tx, &node)?,
        node_name: node.name,
        idp: connection.idp.into(),
        state: connection.state.into(),
        attention: attention(connection, &tokens, &exchanges, now).map(Attention),
        users: node.users,
        teams: node.teams,
        last_synced: connection.last_synced.map(Moment),
        first_request_at: connection.first_request_at.map(Moment),
    })
}

/// Whether an administrator should look at a connection.
///
/// # Errors
/// `NOT_FOUND`.
pub fn needs_attention(app: &App, tx: &mut dyn Tx, id: ScimId, now: Time) -> Result<bool, Error> {
    let connection = connection::get(tx, id)?;
    let (tokens, exchanges) = (tx.tokens(id)?, app.captures.of(tx, connection.node)?);
    Ok(attention(&connection, &tokens, &exchanges, now).is_some())
}

/// What an administrator should look at; not a state of its own.
fn attention(
    connection: &Connection,
    tokens: &[token::Token],
    exchanges: &[Exchange],
    now: Time,
) -> Option<&'static str> {
    if matches!(connection.state, ConnectionState::Draft | ConnectionState::Paused) {
        return None;
    }
    let live: Vec<&token::Token> = tokens.iter().filter(|token| token.is_live(now) && !token.is_of_push()).collect();
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

fn exchange(tx: &mut dyn Tx, exchange: &Exchange, node: NodeId) -> Result<api::Exchange, Fault> {
    let conflict = exchange.conflict.as_ref().map(|conflict| conflict_view(tx, conflict, node)).transpose()?;
    Ok(api::Exchange {
        at: exchange.at.into(),
        method: exchange.method.clone(),
        path: exchange.path.clone(),
        status: exchange.status,
        code: exchange.code.clone(),
        token_tail: exchange.token_tail.clone(),
        from: exchange.from.clone(),
        agent: exchange.agent.clone(),
        detail: exchange.detail.clone(),
        request_id: exchange.request_id.clone(),
        relaxations: exchange.relaxations.clone(),
        conflict: conflict.flatten(),
    })
}

/// Who still holds a name that was refused to a node; `None` once that user has come there, has another name or is gone.
fn conflict_view(tx: &mut dyn Tx, conflict: &Conflict, node: NodeId) -> Result<Option<api::Conflict>, Fault> {
    let holds = |name: &str| fold(name) == fold(&conflict.user_name);
    let holder = tx.user_anywhere(conflict.user)?;
    let Some(user) = holder.filter(|user| user.node != node && holds(&user.profile.user_name)) else {
        return Ok(None);
    };
    Ok(Some(api::Conflict {
        user_id: user.id.into(),
        node_id: user.node.into(),
        node_name: tx.node(user.node)?.map(|node| node.name),
        user_name: user.profile.user_name,
    }))
}
