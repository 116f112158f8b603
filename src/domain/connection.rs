//! Connections: a node's SCIM provisioning method.

use super::connection_settings::{ConnectionSettings, Preset};
use super::connection_state::ConnectionState;
use super::sandbox::Sandbox;
use super::{Error, Fault, NodeId, Noun, Result, ScimId, Time, Tx, idp::Idp};

/// A node's provisioning method.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its id, in the number space of nodes.
    pub id: ScimId,
    /// The node whose users and teams it provisions.
    pub node: NodeId,
    /// Which labels and hints fit; decides nothing.
    pub idp: Idp,
    /// What the settings started from.
    pub preset: Preset,
    /// How it behaves.
    pub settings: ConnectionSettings,
    /// Where it is in its life.
    pub state: ConnectionState,
    /// When it was generated.
    pub created_at: Time,
    /// When it was saved; `None` for a draft.
    pub saved_at: Option<Time>,
    /// Until when a draft can be saved.
    pub draft_expires_at: Option<Time>,
    /// The last request on Users or Groups that was answered 2xx.
    pub last_synced: Option<Time>,
    /// The first of those.
    pub first_request_at: Option<Time>,
    /// The first user or group written.
    pub first_write_at: Option<Time>,
    /// Since when and by whom it is paused, as long as it is.
    pub paused: Option<Pause>,
    /// What makes its node a sandbox; it is kept with the node.
    pub sandbox: Option<Sandbox>,
}

impl Connection {
    /// What time it is for its tokens and cursors: in a sandbox the clock may be ahead.
    pub fn clock(&self, now: Time) -> Time {
        self.sandbox.as_ref().map_or(now, |sandbox| Time(now.0.saturating_add(sandbox.ahead.saturating_mul(1000))))
    }
}

/// That somebody has paused a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When.
    pub at: Time,
    /// Who, as [`Act::by`].
    pub by: String,
}

/// What connections need of a store.
pub trait Connections {
    /// One connection.
    fn connection(&mut self, id: ScimId) -> Result<Option<Connection>, Fault>;
    /// The connection of a node.
    fn connection_of(&mut self, node: NodeId) -> Result<Option<Connection>, Fault>;
    /// All of them, oldest first.
    fn connections(&mut self) -> Result<Vec<Connection>, Fault>;
    /// Adds one.
    fn insert_connection(&mut self, connection: &Connection) -> Result<(), Fault>;
    /// Writes everything but id, node and creation.
    fn update_connection(&mut self, connection: &Connection) -> Result<(), Fault>;
    /// Writes when it was used: the last request, the first one and the first write.
    fn use_connection(&mut self, connection: &Connection) -> Result<(), Fault>;
    /// Removes one with its tokens.
    fn delete_connection(&mut self, id: ScimId) -> Result<(), Fault>;
}

/// The connection, or a refusal that names the id.
pub fn get(tx: &mut dyn Tx, id: ScimId) -> Result<Connection> {
    tx.connection(id)?.ok_or_else(|| Error::NotFound(Noun::Connection, id.to_string()))
}

/// The connection called by its own id or by its node's, as Commander allows.
pub fn find(tx: &mut dyn Tx, id: i64) -> Result<Connection> {
    match tx.connection(ScimId(id))? {
        Some(connection) => Ok(connection),
        None => tx.connection_of(NodeId(id))?.ok_or_else(|| Error::NotFound(Noun::Connection, id.to_string())),
    }
}
