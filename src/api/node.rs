//! Nodes: the tree of organisational units.

use super::scalar::{Id, NodeName};
use super::words::ConnectionState;
use crate::domain::node;
use crate::domain::sandbox::Sandbox;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An organisational unit.
#[derive(Serialize, ToSchema)]
pub struct Node {
    /// The id of a node.
    pub node_id: Id,
    /// The name.
    pub name: String,
    /// The parent node; null for the root.
    pub parent_id: Option<Id>,
    /// The names from the root, separated by \.
    pub path: String,
    /// Its users.
    pub users: u64,
    /// Its teams.
    pub teams: u64,
    /// Its connection.
    pub connection: Option<NodeConnection>,
    /// What is switched on, if it is a sandbox; null for other nodes.
    pub sandbox: Option<NodeSandbox>,
}

/// What is switched on in a sandbox.
#[derive(Serialize, ToSchema)]
pub struct NodeSandbox {
    /// The service provider it answers like.
    pub persona: Option<String>,
    /// What goes wrong on purpose, one rule each, such as 429:5% retry-after=30.
    pub faults: Vec<String>,
    /// How far its clock for tokens and cursors is ahead, in seconds.
    pub ahead_seconds: i64,
}

impl From<&Sandbox> for NodeSandbox {
    fn from(sandbox: &Sandbox) -> NodeSandbox {
        let faults = sandbox.faults.iter().map(ToString::to_string).collect();
        NodeSandbox { persona: sandbox.persona.clone(), faults, ahead_seconds: sandbox.ahead }
    }
}

/// The connection of a node, in short.
#[derive(Serialize, ToSchema)]
pub struct NodeConnection {
    /// The id of a connection.
    pub scim_id: Id,
    /// Its state.
    pub state: ConnectionState,
    /// Whether it needs attention.
    pub attention: bool,
}

impl Node {
    /// A node among all of them, with its connection.
    pub fn new(node: &node::Node, all: &[node::Node], connection: Option<NodeConnection>) -> Node {
        Node {
            node_id: node.id.into(),
            name: node.name.clone(),
            parent_id: node.parent.map(Id::from),
            path: node::path(all, node.id),
            users: node.users,
            teams: node.teams,
            connection,
            sandbox: node.sandbox.as_ref().map(NodeSandbox::from),
        }
    }
}

/// Which node.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct NodePath {
    /// The id of a node.
    #[param(value_type = Id)]
    pub node_id: i64,
}

/// A node to make.
#[derive(Deserialize, ToSchema)]
pub struct NewNode {
    /// The name.
    pub name: NodeName,
    /// The id of the parent node; the root by default.
    pub parent_id: Option<Id>,
    /// Whether it is a sandbox; that never changes. Its connections capture in full unless they say otherwise.
    pub sandbox: Option<bool>,
    /// The service provider that the sandbox answers like.
    pub persona: Option<String>,
}

/// What changes in a node; what is absent stays.
#[derive(Deserialize, ToSchema)]
pub struct NodeChange {
    /// The name.
    pub name: Option<NodeName>,
    /// The id of the parent node; the root by default.
    pub parent_id: Option<Id>,
    /// The service provider that the sandbox answers like; none for no other.
    pub persona: Option<String>,
    /// What goes wrong on purpose in the sandbox, instead of the rules that are there; an empty list for nothing.
    pub faults: Option<Vec<String>>,
    /// How far the clock of the sandbox for tokens and cursors is ahead, in seconds.
    pub ahead_seconds: Option<i64>,
}
