//! Provisioning methods: Generate, Save, edit, pause, rotate, revoke, delete, and the first request.

use super::connection::{Connection, Pause, get};
use super::connection_settings::{ApprovalMode, CaptureMode, ConnectionSettings, Preset, SettingsChange};
use super::connection_state::ConnectionState;
use super::event::{Event, EventKind};
use super::token::{self, Issue, Token};
use super::{Act, Error, NodeId, Noun, Result, ScimId, Time, Tx, idp::Idp};
use super::{approval, approval::ApprovalScope, job, node, user::ScopeKey};

/// A connection and the token just made for it. The secret is shown once.
pub struct Generated {
    /// The connection as it is now.
    pub connection: Connection,
    /// The full token.
    pub secret: String,
}

/// What the wizard's second step asks for.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The identity provider.
    pub idp: Idp,
    /// What the settings start from.
    pub preset: Preset,
    /// Named settings; they win over preset and identity provider.
    pub change: SettingsChange,
    /// When the token expires; `None` for never.
    pub token_expires_at: Option<Time>,
}

/// Generate: a draft with a token that starts to work at Save. Replaces an older draft of the node.
pub fn generate(tx: &mut dyn Tx, act: &Act, node: NodeId, choice: &Choice, issue: &Issue) -> Result<Generated> {
    let connection = draft(tx, act, node, choice)?;
    let secret = token::issue(tx, act, &connection, issue, choice.token_expires_at)?;
    Ok(Generated { connection, secret })
}

/// A saved connection without a token, for SCIM push: each run has one of its own.
pub fn generate_for_push(tx: &mut dyn Tx, act: &Act, node: NodeId, choice: &Choice) -> Result<Connection> {
    let connection = draft(tx, act, node, choice)?;
    save(tx, act, connection.id)
}

fn draft(tx: &mut dyn Tx, act: &Act, node: NodeId, choice: &Choice) -> Result<Connection> {
    let node = node::get(tx, node)?;
    if node.parent.is_none() {
        return Err(Error::RootNode);
    }
    match tx.connection_of(node.id)? {
        Some(old) if old.state == ConnectionState::Draft => tx.delete_connection(old.id)?,
        Some(_) => return Err(Error::MethodExists),
        None => {}
    }
    let mut settings = ConnectionSettings::of(choice.preset);
    if node.sandbox.is_some() {
        settings.capture = CaptureMode::Full;
    }
    let settings = settings.with(&choice.idp.settings())?.with(&choice.change)?;
    let connection = Connection {
        id: ScimId(tx.next_number()?),
        node: node.id,
        idp: choice.idp,
        preset: choice.preset,
        settings,
        state: ConnectionState::Draft,
        created_at: act.now,
        saved_at: None,
        draft_expires_at: Some(act.now.plus_minutes(60)),
        last_synced: None,
        first_request_at: None,
        first_write_at: None,
        paused: None,
        sandbox: node.sandbox,
    };
    tx.insert_connection(&connection)?;
    let event = Event::new(EventKind::ScimCreated).node(node.id).object(node.name).is("scim_id", connection.id.0);
    tx.record(act, &event.is("idp", choice.idp.name).is("preset", choice.preset.word()))?;
    Ok(connection)
}

/// Save: the token works from now on.
pub fn save(tx: &mut dyn Tx, act: &Act, id: ScimId) -> Result<Connection> {
    let mut connection = get(tx, id)?;
    if connection.state != ConnectionState::Draft {
        return Err(Error::NotDraft);
    }
    if super::error::passed(connection.draft_expires_at, act.now) {
        return Err(Error::DraftExpired);
    }
    rescope(tx, &connection)?;
    connection.state = ConnectionState::Pending;
    connection.saved_at = Some(act.now);
    connection.draft_expires_at = None;
    tx.update_connection(&connection)?;
    moved(tx, act, &connection, ConnectionState::Draft)?;
    if connection.settings.approval == ApprovalMode::Automatic {
        open_gate(tx, act, connection.node)?;
    }
    Ok(connection)
}

/// Changes settings and the identity provider's name. Never touches the token.
pub fn edit(tx: &mut dyn Tx, act: &Act, id: ScimId, idp: Option<Idp>, change: &SettingsChange) -> Result<Connection> {
    let mut connection = get(tx, id)?;
    let before = connection.settings.clone();
    connection.settings = before.with(change)?;
    let was = connection.idp;
    connection.idp = idp.unwrap_or(was);
    if connection.state != ConnectionState::Draft && connection.settings.unique_users != before.unique_users {
        rescope(tx, &connection)?;
    }
    tx.update_connection(&connection)?;
    let is = &connection.settings;
    let (allowed, allows) = (before.allow_from.text(), is.allow_from.text());
    let (named, names) = (before.client_cert_names.text(), is.client_cert_names.text());
    let event = Event::new(EventKind::ScimUpdated)
        .node(connection.node)
        .changed("idp", was.name, connection.idp.name)
        .changed("deprovision", before.deprovision.word(), is.deprovision.word())
        .changed("email_required", before.email_required, is.email_required)
        .changed("unique_groups", before.unique_groups, is.unique_groups)
        .changed("approval", before.approval.word(), is.approval.word())
        .changed("role_prefix", &before.role_prefix, &is.role_prefix)
        .changed("unique_users", before.unique_users.word(), is.unique_users.word())
        .changed("page_size", i64::from(before.page_size), i64::from(is.page_size))
        .changed("tolerance", before.tolerance.word(), is.tolerance.word())
        .changed("capture", before.capture.word(), is.capture.word())
        .changed("announce", before.announce.word(), is.announce.word())
        .changed("rate_limit", i64::from(before.rate_limit), i64::from(is.rate_limit))
        .changed("allow_from", &allowed, &allows)
        .changed("client_cert", before.client_cert.word(), is.client_cert.word())
        .changed("client_cert_names", &named, &names);
    if event.tells() {
        tx.record(act, &event)?;
    }
    let opened = is.approval == ApprovalMode::Automatic && before.approval != ApprovalMode::Automatic;
    if opened && connection.state != ConnectionState::Draft {
        open_gate(tx, act, connection.node)?;
    }
    Ok(connection)
}

/// From now on nobody has to decide: what waits already is approved, a little of it here and the rest by a job.
fn open_gate(tx: &mut dyn Tx, act: &Act, node: NodeId) -> Result<()> {
    let (_, all) = approval::approve_some(tx, act, ApprovalScope::Node(node), 4, job::BATCH)?;
    if all {
        return Ok(());
    }
    match job::start(tx, act, job::JobKind::FullSync, Some(node), 0) {
        Err(Error::JobRunning(_)) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes that a connection has come from one state to another.
fn moved(tx: &mut dyn Tx, act: &Act, connection: &Connection, from: ConnectionState) -> Result<()> {
    let what =
        if connection.state == ConnectionState::Active { EventKind::ScimActivated } else { EventKind::ScimUpdated };
    let event = Event::new(what).node(connection.node).changed("state", from.word(), connection.state.word());
    if event.tells() { Ok(tx.record(act, &event)?) } else { Ok(()) }
}

/// Pauses a saved connection: its requests are refused until it is resumed.
pub fn pause(tx: &mut dyn Tx, act: &Act, id: ScimId) -> Result<Connection> {
    set_pause(tx, act, id, Some(Pause { at: act.now, by: act.by.clone() }))
}

/// Resumes a paused connection.
pub fn resume(tx: &mut dyn Tx, act: &Act, id: ScimId) -> Result<Connection> {
    set_pause(tx, act, id, None)
}

/// Rotate: a new token now; the live ones end after `overlap_minutes`, or at once when it is zero.
pub fn rotate(
    tx: &mut dyn Tx,
    act: &Act,
    id: ScimId,
    overlap_minutes: i64,
    expires_at: Option<Time>,
    issue: &Issue,
) -> Result<Generated> {
    let connection = saved(tx, id)?;
    let is_of_idp = |token: &Token| token.is_live(act.now) && !token.is_of_push();
    let live: Vec<Token> = tx.tokens(id)?.into_iter().filter(is_of_idp).collect();
    if live.len() > 1 && overlap_minutes > 0 {
        return Err(Error::TooManyTokens);
    }
    let ends = act.now.plus_minutes(overlap_minutes);
    for mut token in live {
        token.ends_at = Some(token.ends_at.map_or(ends, |earlier| earlier.min(ends)));
        tx.update_token(&token)?;
    }
    let secret = token::issue(tx, act, &connection, issue, expires_at)?;
    Ok(Generated { connection, secret })
}

/// Revoke: that token is refused from the next request on.
pub fn revoke(tx: &mut dyn Tx, act: &Act, id: ScimId, token_id: &str) -> Result<Connection> {
    let connection = get(tx, id)?;
    let tokens = tx.tokens(id)?;
    let Some(mut token) = tokens.into_iter().find(|t| t.id == token_id) else {
        return Err(Error::NotFound(Noun::Token, token_id.to_owned()));
    };
    token.revoked_at = token.revoked_at.or(Some(act.now));
    tx.update_token(&token)?;
    tx.record(act, &Event::new(EventKind::TokenRevoked).node(connection.node).was("token_id", token_id))?;
    Ok(connection)
}

/// A token for one run of SCIM push to a saved connection: its id, and the token. It works for a day at most. Those of runs
/// that could not end theirs are ended, so only one run has a connection at a time, and the last of them is kept to be seen.
/// Those of the identity provider are left alone.
pub fn issue_for_push(tx: &mut dyn Tx, act: &Act, id: ScimId, issue: &Issue) -> Result<(String, String)> {
    let connection = saved(tx, id)?;
    let left: Vec<Token> = tx.tokens(id)?.into_iter().filter(Token::is_of_push).collect();
    for (at, token) in left.into_iter().enumerate() {
        if token.revoked_at.is_none() {
            revoke(tx, act, id, &token.id)?;
        }
        if at > 0 {
            tx.delete_token(&token.id)?;
        }
    }
    token::issue_for(tx, act, &connection, issue, Some(act.now.plus_days(1)), token::BY_PUSH)
}

/// Deletes the connection and its tokens. Users and teams stay as they are, unlinked.
pub fn delete(tx: &mut dyn Tx, act: &Act, id: ScimId) -> Result<()> {
    let connection = get(tx, id)?;
    let event = Event::new(EventKind::ScimDeleted).node(connection.node).was("scim_id", id.0);
    tx.record(act, &event.was("idp", connection.idp.name).was("state", connection.state.word()))?;
    Ok(tx.delete_connection(connection.id)?)
}

/// What a served request says about its connection.
#[derive(Clone, Debug)]
pub struct ServedRequest {
    /// The token that was presented.
    pub token_id: String,
    /// Whether it was a 2xx on Users or Groups; discovery does not count.
    pub synced: bool,
    /// Whether it wrote a user or a group.
    pub wrote: bool,
    /// The client's address.
    pub from: String,
    /// The client's `User-Agent`, at most 200 characters.
    pub agent: Option<String>,
}

/// Remembers a served request: the first one turns *Pending* into *Active*.
pub fn seen(tx: &mut dyn Tx, act: &Act, id: ScimId, seen: &ServedRequest) -> Result<()> {
    let now = act.now;
    let Some(mut connection) = tx.connection(id)? else { return Ok(()) };
    tx.use_token(&seen.token_id, now, &seen.from, seen.agent.as_deref())?;
    if !seen.synced {
        return Ok(());
    }
    connection.last_synced = connection.last_synced.max(Some(now));
    connection.first_request_at = connection.first_request_at.or(Some(now));
    if seen.wrote {
        connection.first_write_at = connection.first_write_at.or(Some(now));
    }
    if connection.state == ConnectionState::Pending {
        connection.state = ConnectionState::Active;
        moved(tx, act, &connection, ConnectionState::Pending)?;
        return Ok(tx.update_connection(&connection)?);
    }
    Ok(tx.use_connection(&connection)?)
}

fn saved(tx: &mut dyn Tx, id: ScimId) -> Result<Connection> {
    let connection = get(tx, id)?;
    if connection.state == ConnectionState::Draft { Err(Error::NotSaved) } else { Ok(connection) }
}

fn set_pause(tx: &mut dyn Tx, act: &Act, id: ScimId, pause: Option<Pause>) -> Result<Connection> {
    let mut connection = saved(tx, id)?;
    let before = connection.state;
    connection.state = match (&pause, connection.first_request_at) {
        (Some(_), _) => ConnectionState::Paused,
        (None, None) => ConnectionState::Pending,
        (None, Some(_)) => ConnectionState::Active,
    };
    // Pausing what is paused changes nothing, and the first one to do it is named.
    connection.paused = pause.map(|pause| connection.paused.take().unwrap_or(pause));
    tx.update_connection(&connection)?;
    moved(tx, act, &connection, before)?;
    Ok(connection)
}

/// Every user of a node carries the same scope, so the users that were there before follow the connection's.
fn rescope(tx: &mut dyn Tx, connection: &Connection) -> Result<()> {
    let scope = ScopeKey::of(connection.settings.unique_users, connection.node);
    match tx.rescope_users(connection.node, scope)? {
        None => Ok(()),
        Some((count, first)) => Err(Error::UsersCollide(count, first)),
    }
}

/// How long a replaced token goes on working, by the words of console and command line, in minutes.
pub fn overlap_minutes(word: &str) -> Result<i64> {
    match word {
        "now" => Ok(0),
        "1h" => Ok(60),
        "24h" => Ok(24 * 60),
        "7d" => Ok(7 * 24 * 60),
        other => Err(Error::Invalid("overlap", format!("expected now, 1h, 24h or 7d, got “{other}”"))),
    }
}
