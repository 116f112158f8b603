//! `node`: the tree of organisational units.

use super::named::NodeName;
pub(super) use super::node_named::{confirm, resolve};
use super::output::{self, or_dash};
use super::{CommandContext, node_sandbox};
use crate::api::commander::{NodeLine, NodeView};
use crate::domain::node;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a node.
    Create {
        /// Its name, 1 to 200 characters, unique among its siblings.
        name: String,
        /// The node it hangs under; the root when absent.
        #[arg(long, value_name = "ID|NAME")]
        parent: Option<NodeName>,
        #[command(flatten)]
        sandbox: node_sandbox::SandboxArgs,
    },
    /// Let the endpoint of a sandbox go wrong on purpose.
    #[command(subcommand)]
    Faults(node_sandbox::FaultsCommand),
    /// Let a sandbox answer like a known service provider.
    Persona(node_sandbox::PersonaArgs),
    /// Set the clock that a sandbox judges tokens and cursors by.
    Clock(node_sandbox::ClockArgs),
    /// Remove all users and teams of a sandbox, end its faults and set its clock right.
    Reset(node_sandbox::ResetArgs),
    /// List all nodes, parents first.
    List {},
    /// Give a node another name.
    Rename {
        /// The node.
        #[arg(value_name = "ID|NAME", allow_hyphen_values = true)]
        node: NodeName,
        /// Its new name.
        name: String,
    },
    /// Hang a node with all below it under another parent.
    Move {
        /// The node.
        #[arg(value_name = "ID|NAME", allow_hyphen_values = true)]
        node: NodeName,
        /// Its new parent.
        #[arg(long, value_name = "ID|NAME")]
        parent: NodeName,
    },
    /// Delete a node that owns nothing.
    Delete {
        /// The node.
        #[arg(value_name = "ID|NAME", allow_hyphen_values = true)]
        node: NodeName,
        /// Do not ask.
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, parent, sandbox } => {
            let (sandbox, parent) = (sandbox.read()?, NodeName::id_of(parent.as_ref(), context)?);
            let node = context.write(move |tx, act| node::add(tx, act, &name, parent, sandbox.clone()))?;
            let kind = if node.sandbox.is_some() { "sandbox" } else { "node" };
            context.report(&NodeView::from(&node), &format!("The {kind} “{}” has the id {}.", node.name, node.id))
        }
        Command::Faults(command) => node_sandbox::faults(context, command),
        Command::Persona(args) => node_sandbox::persona(context, args),
        Command::Clock(args) => node_sandbox::clock(context, &args),
        Command::Reset(args) => node_sandbox::reset(context, &args),
        Command::List {} => list(context),
        Command::Rename { node, name } => {
            let node = node.id(context)?;
            let node = context.write(move |tx, act| node::rename(tx, act, node, &name))?;
            context.report(&NodeView::from(&node), &format!("The node {} is called “{}” now.", node.id, node.name))
        }
        Command::Move { node, parent } => {
            let (node, parent) = (node.id(context)?, parent.id(context)?);
            let node = context.write(move |tx, act| node::move_below(tx, act, node, parent))?;
            let path = context.read(move |tx| Ok(node::path(&tx.nodes()?, node.id)))?;
            context.report(&NodeView::from(&node), &format!("The node “{}” is at “{path}” now.", node.name))
        }
        Command::Delete { node, force } => {
            let id = node.id(context)?;
            let node = context.read(move |tx| node::get(tx, id))?;
            confirm(force, &format!("Delete the node “{}”?", node.name))?;
            context.write(move |tx, act| node::delete(tx, act, id))?;
            let done = json!({ "done": true, "node_id": node.id.0, "name": node.name });
            context.report(&done, &format!("The node “{}” is gone.", node.name))
        }
    }
}

fn list(context: &CommandContext) -> anyhow::Result<()> {
    let nodes = context.read(|tx| Ok(tx.nodes()?))?;
    let listed = nodes.iter().map(|node| NodeLine {
        node: NodeView::from(node),
        path: node::path(&nodes, node.id),
        users: node.users,
        teams: node.teams,
        scim_id: node.connection.map(|(id, _)| id.0),
        status: node.connection.map(|(_, state)| state.word()),
    });
    if context.json {
        return output::json(&listed.collect::<Vec<_>>());
    }
    let has_sandbox = nodes.iter().any(|node| node.sandbox.is_some());
    let rows = listed.map(|l| {
        let (users, teams) = (l.users.to_string(), l.teams.to_string());
        let sandbox = l.node.sandbox.as_ref().map(node_sandbox::in_short);
        [l.node.node_id.to_string(), l.path, users, teams, or_dash(l.scim_id), or_dash(l.status), or_dash(sandbox)]
    });
    let names = ["ID", "PATH", "USERS", "TEAMS", "SCIM ID", "STATUS"];
    match has_sandbox {
        true => output::table(["ID", "PATH", "USERS", "TEAMS", "SCIM ID", "STATUS", "SANDBOX"], rows),
        false => output::table(
            names,
            rows.map(|[id, path, users, teams, scim, status, _]| [id, path, users, teams, scim, status]),
        ),
    }
}
