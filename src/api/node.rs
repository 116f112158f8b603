//! Nodes: the tree of organisational units.

use super::scalar::{Id, NodeName};
use super::words::ConnectionState;
use crate::domain::node;
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
}

/// What changes in a node; what is absent stays.
#[derive(Deserialize, ToSchema)]
pub struct NodeChange {
    /// The name.
    pub name: Option<NodeName>,
    /// The id of the parent node; the root by default.
    pub parent_id: Option<Id>,
}
