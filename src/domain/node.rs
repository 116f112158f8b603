//! Nodes: the tree of organisational units. Each owns users, teams and at most one connection.

use super::event::{Event, EventKind};
use super::sandbox::Sandbox;
use super::{
    Act, Error, Fault, NodeId, Noun, Result, ScimId, Tx, connection_state::ConnectionState, flawed_name, fold,
};

/// An organisational unit.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its id, 15 digits.
    pub id: NodeId,
    /// `None` for the root alone.
    pub parent: Option<NodeId>,
    /// 1 to 200 characters, unique among its siblings.
    pub name: String,
    /// How many users it has, locked ones included.
    pub users: u64,
    /// How many teams it has, pending ones included.
    pub teams: u64,
    /// Its connection and the state of it.
    pub connection: Option<(ScimId, ConnectionState)>,
    /// What makes it a sandbox; `None` for every other node.
    pub sandbox: Option<Sandbox>,
}

/// What nodes need of a store.
pub trait Nodes {
    /// From here on nobody else changes the node or anything in it, until this transaction ends: numbers that are taken
    /// afterwards ascend as readers of the node see them. With one writer there is nothing to do.
    fn hold(&mut self, id: NodeId) -> Result<(), Fault>;
    /// One node.
    fn node(&mut self, id: NodeId) -> Result<Option<Node>, Fault>;
    /// All nodes, parents before children, siblings by name.
    fn nodes(&mut self) -> Result<Vec<Node>, Fault>;
    /// The root; every appliance has one.
    fn root(&mut self) -> Result<Node, Fault>;
    /// The child of `parent` whose folded name is `folded`.
    fn child_named(&mut self, parent: NodeId, folded: &str) -> Result<Option<NodeId>, Fault>;
    /// Adds a node without users and teams.
    fn insert_node(&mut self, node: &Node, folded: &str) -> Result<(), Fault>;
    /// Changes name and parent.
    fn update_node(&mut self, node: &Node, folded: &str) -> Result<(), Fault>;
    /// Writes what is switched on in a sandbox.
    fn update_sandbox(&mut self, node: &Node) -> Result<(), Fault>;
    /// Removes a node that owns nothing.
    fn delete_node(&mut self, id: NodeId) -> Result<(), Fault>;
}

/// The node, or a refusal that names the id.
pub fn get(tx: &mut dyn Tx, id: NodeId) -> Result<Node> {
    tx.node(id)?.ok_or_else(|| Error::NotFound(Noun::Node, id.to_string()))
}

/// Adds a node below `parent`, or below the root.
pub fn create(tx: &mut dyn Tx, act: &Act, name: &str, parent: Option<NodeId>) -> Result<Node> {
    add(tx, act, name, parent, None)
}

/// The same for a node that may be a sandbox. Whether it is one is said here and never changes.
pub fn add(tx: &mut dyn Tx, act: &Act, name: &str, parent: Option<NodeId>, sandbox: Option<Sandbox>) -> Result<Node> {
    let parent = match parent {
        Some(id) => get(tx, id)?.id,
        None => tx.root()?.id,
    };
    let folded = free_name(tx, parent, name, None)?;
    let id = NodeId(tx.next_number()?);
    let node = Node { id, parent: Some(parent), name: name.to_owned(), users: 0, teams: 0, connection: None, sandbox };
    tx.insert_node(&node, &folded)?;
    let event = Event::new(EventKind::NodeCreated).node(id).object(name).is("name", name);
    tx.record(act, &if node.sandbox.is_some() { event.is("sandbox", true) } else { event })?;
    Ok(node)
}

/// Gives a node another name.
pub fn rename(tx: &mut dyn Tx, act: &Act, id: NodeId, name: &str) -> Result<Node> {
    let mut node = get(tx, id)?;
    let folded = match node.parent {
        Some(parent) => free_name(tx, parent, name, Some(id))?,
        None => well_formed(name)?,
    };
    let before = std::mem::replace(&mut node.name, name.to_owned());
    tx.update_node(&node, &folded)?;
    let event = Event::new(EventKind::NodeUpdated).node(id).object(name).changed("name", before.as_str(), name);
    if event.tells() {
        tx.record(act, &event)?;
    }
    Ok(node)
}

/// Hangs a node with all below it under another parent. Users and teams stay in their nodes.
pub fn move_below(tx: &mut dyn Tx, act: &Act, id: NodeId, parent: NodeId) -> Result<Node> {
    let mut node = get(tx, id)?;
    if node.parent.is_none() {
        return Err(Error::RootStays);
    }
    let mut above = Some(get(tx, parent)?);
    while let Some(ancestor) = above {
        if ancestor.id == id {
            return Err(Error::NodeCycle);
        }
        above = match ancestor.parent {
            Some(next) => tx.node(next)?,
            None => None,
        };
    }
    let folded = free_name(tx, parent, &node.name, Some(id))?;
    let before = node.parent.replace(parent).map_or(0, |id| id.0);
    tx.update_node(&node, &folded)?;
    let event = Event::new(EventKind::NodeUpdated).node(id).object(node.name.clone());
    let event = event.changed("parent_id", before, parent.0);
    if event.tells() {
        tx.record(act, &event)?;
    }
    Ok(node)
}

/// Removes a node that owns nothing: no child, user, team or connection.
pub fn delete(tx: &mut dyn Tx, act: &Act, id: NodeId) -> Result<()> {
    let node = get(tx, id)?;
    if node.parent.is_none() {
        return Err(Error::RootStays);
    }
    let mut owned = Vec::new();
    let children = tx.nodes()?.iter().filter(|n| n.parent == Some(id)).count() as u64;
    for (count, one) in [(children, "sub-node"), (node.users, "user"), (node.teams, "team")] {
        match count {
            0 => {}
            1 => owned.push(format!("1 {one}")),
            n => owned.push(format!("{n} {one}s")),
        }
    }
    if node.connection.is_some() {
        owned.push("a connection".to_owned());
    }
    if !owned.is_empty() {
        return Err(Error::NodeNotEmpty(node.name, owned.join(", ")));
    }
    tx.record(act, &Event::new(EventKind::NodeDeleted).node(id).object(node.name.clone()).was("name", node.name))?;
    Ok(tx.delete_node(id)?)
}

/// `Root\Sales`: the names from the root down, as Keeper writes them, of one node.
pub fn path_of(tx: &mut dyn Tx, node: &Node) -> Result<String> {
    let mut names = vec![node.name.clone()];
    let mut above = node.parent;
    while let Some(parent) = above {
        let parent = get(tx, parent)?;
        above = parent.parent;
        names.push(parent.name);
    }
    names.reverse();
    Ok(names.join("\\"))
}

/// The same, of one node among all.
pub fn path(nodes: &[Node], id: NodeId) -> String {
    let mut names = Vec::new();
    let mut next = Some(id);
    while let Some(node) = next.and_then(|id| nodes.iter().find(|n| n.id == id)) {
        names.push(node.name.as_str());
        next = node.parent;
    }
    names.reverse();
    names.join("\\")
}

fn well_formed(name: &str) -> Result<String> {
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Error::Invalid("name", "a node's name has 1 to 200 characters".to_owned()));
    }
    if let Some(flaw) = flawed_name(name) {
        return Err(Error::Invalid("name", format!("a node's name must not be one that {flaw}")));
    }
    Ok(fold(name))
}

fn free_name(tx: &mut dyn Tx, parent: NodeId, name: &str, but: Option<NodeId>) -> Result<String> {
    let folded = well_formed(name)?;
    match tx.child_named(parent, &folded)? {
        Some(id) if but != Some(id) => Err(Error::NameTaken(name.to_owned())),
        _ => Ok(folded),
    }
}
