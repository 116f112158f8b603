//! Nodes on PostgreSQL.

use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first};
use crate::domain::connection_state::ConnectionState;
use crate::domain::node::{Node, Nodes};
use crate::domain::{Fault, NodeId, ScimId};
use crate::store::sandbox_text;
use std::collections::HashMap;

macro_rules! node {
    ($rest:literal) => {
        concat!(
            "SELECT n.node_id, n.parent_id, n.name, n.users, n.teams, c.scim_id, c.state, n.sandbox
             FROM node n LEFT JOIN connection c ON c.node_id = n.node_id ",
            $rest
        )
    };
}

/// Locks a node against other writers.
pub(super) const HOLD: &str = "SELECT 1 FROM node WHERE node_id = ?1 FOR NO KEY UPDATE";

fn node(row: &Row) -> Result<Node, Fault> {
    let connection = (row.get::<_, Option<ScimId>>(5)?, row.get::<_, Option<ConnectionState>>(6)?);
    Ok(Node {
        id: row.get(0)?,
        parent: row.get(1)?,
        name: row.get(2)?,
        users: row.get(3)?,
        teams: row.get(4)?,
        connection: connection.0.zip(connection.1),
        sandbox: row.get::<_, Option<String>>(7)?.as_deref().and_then(sandbox_text::read),
    })
}

impl Nodes for PgTx<'_> {
    fn hold(&mut self, id: NodeId) -> Result<(), Fault> {
        self.hold_node(id)
    }

    fn node(&mut self, id: NodeId) -> Result<Option<Node>, Fault> {
        self.hold_node(id)?;
        first(self.db, node!("WHERE n.node_id = ?1"), params![id], node)
    }

    fn nodes(&mut self) -> Result<Vec<Node>, Fault> {
        // Last sibling first, because the stack below gives them back the other way round.
        let all = collect(self.db, node!("ORDER BY n.name_folded DESC"), params![], node)?;
        let (count, mut children) = (all.len(), HashMap::<_, Vec<Node>>::new());
        for node in all {
            children.entry(node.parent).or_default().push(node);
        }
        let mut stack = children.remove(&None).unwrap_or_default();
        let mut ordered = Vec::with_capacity(count);
        while let Some(node) = stack.pop() {
            stack.extend(children.remove(&Some(node.id)).unwrap_or_default());
            ordered.push(node);
        }
        Ok(ordered)
    }

    fn root(&mut self) -> Result<Node, Fault> {
        let root = first(self.db, node!("WHERE n.parent_id IS NULL"), params![], node)?;
        root.ok_or_else(|| Fault::Broken("the root node is missing".to_owned()))
    }

    fn child_named(&mut self, parent: NodeId, folded: &str) -> Result<Option<NodeId>, Fault> {
        let child = "SELECT node_id FROM node WHERE parent_id = ?1 AND name_folded = ?2";
        first(self.db, child, params![parent, folded], |row| row.get(0))
    }

    fn insert_node(&mut self, node: &Node, folded: &str) -> Result<(), Fault> {
        let insert = "INSERT INTO node (node_id, parent_id, name, name_folded, sandbox) VALUES (?1, ?2, ?3, ?4, ?5)";
        let sandbox = node.sandbox.as_ref().map(sandbox_text::write);
        change(self.db, insert, params![node.id, node.parent, node.name, folded, sandbox]).map(drop)
    }

    fn update_node(&mut self, node: &Node, folded: &str) -> Result<(), Fault> {
        let update = "UPDATE node SET parent_id = ?2, name = ?3, name_folded = ?4 WHERE node_id = ?1";
        change(self.db, update, params![node.id, node.parent, node.name, folded]).map(drop)
    }

    fn update_sandbox(&mut self, node: &Node) -> Result<(), Fault> {
        let sandbox = node.sandbox.as_ref().map(sandbox_text::write);
        change(self.db, "UPDATE node SET sandbox = ?2 WHERE node_id = ?1", params![node.id, sandbox]).map(drop)
    }

    fn delete_node(&mut self, id: NodeId) -> Result<(), Fault> {
        change(self.db, "DELETE FROM node WHERE node_id = ?1", params![id]).map(drop)
    }
}
