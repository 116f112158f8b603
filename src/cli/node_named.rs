//! Nodes in arguments: by id, name or path; and whether somebody means it.

use super::ArgumentError;
use crate::domain::node::{self, Node};
use crate::domain::{Error, NodeId, Noun, Tx, fold};
use std::io::IsTerminal;

/// Reads the id of a node from an argument.
pub(super) fn node_id(text: &str) -> Result<NodeId, &'static str> {
    text.parse().map_err(|()| "the id of a node is a number of 15 digits; “scimbox node list” shows them")
}

/// Asks on a terminal; elsewhere only `--force` will do.
pub(super) fn confirm(force: bool, question: &str) -> anyhow::Result<()> {
    if force {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let sentence = "This has to be confirmed and there is no terminal to ask on. Use --force.";
        return Err(ArgumentError::NotPermitted(sentence.to_owned()).into());
    }
    match dialoguer::Confirm::new().with_prompt(question).default(false).interact()? {
        true => Ok(()),
        false => Err(ArgumentError::NotPermitted("Not confirmed; nothing has changed.".to_owned()).into()),
    }
}

/// The node that an argument means: its id, its name or its path.
pub(super) fn resolve(tx: &mut dyn Tx, text: &str) -> anyhow::Result<NodeId> {
    let nodes = tx.nodes().map_err(Error::from)?;
    if let Ok(id) = text.parse::<NodeId>()
        && nodes.iter().any(|node| node.id == id)
    {
        return Ok(id);
    }
    let folded = fold(text);
    let named = |node: &&Node| fold(&node.name) == folded || fold(&node::path(&nodes, node.id)) == folded;
    let found: Vec<NodeId> = nodes.iter().filter(named).map(|node| node.id).collect();
    match found.as_slice() {
        [] => Err(Error::NotFound(Noun::Node, text.to_owned()).into()),
        [one] => Ok(*one),
        more => {
            let ids = more.iter().map(NodeId::to_string).collect::<Vec<_>>().join(", ");
            let sentence = format!("{} nodes are called “{text}”. Use one of the ids {ids}.", more.len());
            Err(ArgumentError::Usage(sentence).into())
        }
    }
}
