//! What documents say of the nodes that other things are in.

use crate::domain::directory::{Origin, origin};
use crate::domain::node::Node;
use crate::domain::{Fault, NodeId, ScimId, Time, Tx};
use std::collections::HashMap;

/// What is looked up once for a whole list: the nodes, and when it is.
pub struct NodeNames {
    nodes: HashMap<NodeId, Node>,
    /// When they were looked up.
    pub now: Time,
}

impl NodeNames {
    /// Looks them up.
    ///
    /// # Errors
    /// Those of the store.
    pub fn look(tx: &mut dyn Tx, now: Time) -> Result<NodeNames, Fault> {
        Ok(NodeNames { nodes: tx.nodes()?.into_iter().map(|node| (node.id, node)).collect(), now })
    }

    /// Looks up one of them, for what is of one node.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(tx: &mut dyn Tx, now: Time, node: NodeId) -> Result<NodeNames, Fault> {
        Ok(NodeNames { nodes: tx.node(node)?.into_iter().map(|node| (node.id, node)).collect(), now })
    }

    /// The name of a node.
    pub fn name_of(&self, id: NodeId) -> Option<&str> {
        self.node(id).map(|node| node.name.as_str())
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// Who made what that connection brought to that node.
    pub fn origin(&self, node: NodeId, scim_id: Option<ScimId>) -> Origin {
        let connection = self.node(node).and_then(|node| node.connection).map(|(id, _)| id);
        origin(scim_id, connection)
    }
}
