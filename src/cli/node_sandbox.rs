//! `node faults`, `node persona`, `node clock` and `node reset`: what is switched on in a sandbox.

use super::node_named::{confirm, resolve};
use super::output;
use super::{ArgumentError, CommandContext};
use crate::api::commander::NodeView;
use crate::api::node::NodeSandbox;
use crate::domain::fault_rule::FaultRule;
use crate::domain::node::Node;
use crate::domain::sandbox::Sandbox;
use crate::domain::sandbox_admin::{self, SandboxChange};
use crate::domain::{Error, NodeId};
use crate::http;
use crate::scim::persona;
use serde_json::json;

/// Whether a new node is a sandbox.
#[derive(clap::Args)]
pub(super) struct SandboxArgs {
    /// Make it a sandbox: a node for trying things out, which can be given faults and a persona, and emptied at once. Its
    /// connections capture requests in full.
    #[arg(long)]
    sandbox: bool,
    /// The service provider that the sandbox answers like; docs/personas.md has what each does.
    #[arg(long, value_name = "NAME", requires = "sandbox", value_parser = persona_name)]
    persona: Option<Persona>,
}

/// A persona, or none.
#[derive(Clone)]
pub(super) struct Persona(Option<String>);

/// Reads the name of a persona from an argument.
pub(super) fn persona_name(text: &str) -> Result<Persona, String> {
    persona::checked(text).map(Persona)
}

/// Reads a fault rule from an argument.
pub(super) fn fault_rules(text: &str) -> Result<Vec<FaultRule>, String> {
    FaultRule::several(text).map_err(|error| error.to_string())
}

impl Persona {
    /// Its word.
    pub(super) fn word(&self) -> Option<String> {
        self.0.clone()
    }
}

impl SandboxArgs {
    pub(super) fn read(self) -> anyhow::Result<Option<Sandbox>> {
        let persona = self.persona.and_then(|persona| persona.0);
        Ok(self.sandbox.then(|| Sandbox { persona, ..Sandbox::default() }))
    }
}

#[derive(clap::Subcommand)]
pub(super) enum FaultsCommand {
    /// Replace what goes wrong in a sandbox.
    Set {
        /// The sandbox: its id, name or path.
        node: String,
        /// Rules, such as 429:5%, 500:1/10, “latency delay=200ms jitter=50ms”, “drop:5% method=POST path=/Users”, reset,
        /// truncate, “slow delay=3s”, “stale for=5s” or expire:1%; docs/sandbox.md has all words.
        #[arg(required = true, value_name = "RULE", value_parser = fault_rules)]
        rules: Vec<Vec<FaultRule>>,
    },
    /// Show what goes wrong in a sandbox.
    Show {
        /// The sandbox: its id, name or path.
        node: String,
    },
    /// Let nothing go wrong any more.
    Clear {
        /// The sandbox: its id, name or path.
        node: String,
    },
}

#[derive(clap::Args)]
pub(super) struct PersonaArgs {
    /// The sandbox: its id, name or path.
    node: String,
    /// aws, slack, github, gitlab, databricks, snowflake, users-only, or none.
    #[arg(value_name = "NAME", value_parser = persona_name)]
    persona: Persona,
}

#[derive(clap::Args)]
pub(super) struct ClockArgs {
    /// The sandbox: its id, name or path.
    node: String,
    /// How far ahead the clock goes, in seconds or with m, h or d behind the number; 0 for the right time.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    ahead: i64,
}

#[derive(clap::Args)]
pub(super) struct ResetArgs {
    /// The sandbox: its id, name or path.
    node: String,
    /// Do not ask.
    #[arg(long)]
    force: bool,
}

/// Reads a time in seconds from an argument.
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3600),
        Some((at, 'd')) => (text.get(..at), 86_400),
        Some((at, 's')) => (text.get(..at), 1),
        _ => (Some(text), 1),
    };
    let number: Option<i64> = number.and_then(|number| number.parse().ok()).filter(|number: &i64| *number >= 0);
    number.and_then(|number| number.checked_mul(unit)).ok_or_else(|| "a time is written 90s, 15m, 2h or 30d".to_owned())
}

pub(super) fn faults(context: &CommandContext, command: FaultsCommand) -> anyhow::Result<()> {
    let (node, rules) = match command {
        FaultsCommand::Set { node, rules } => (node, Some(rules.concat())),
        FaultsCommand::Clear { node } => (node, Some(Vec::new())),
        FaultsCommand::Show { node } => (node, None),
    };
    let node = match rules {
        Some(faults) => change(context, &node, SandboxChange { faults: Some(faults), ..SandboxChange::default() })?,
        None => found(context, &node)?,
    };
    let shown = sandbox_admin::of(&node)?;
    let lines: Vec<String> = shown.faults.iter().map(|rule| format!("  {rule}")).collect();
    let sentence = match lines.is_empty() {
        true => format!("Nothing goes wrong on purpose in “{}”.", node.name),
        false => format!("In “{}” goes wrong on purpose:\n{}", node.name, lines.join("\n")),
    };
    context.report(&NodeView::from(&node), &sentence)
}

pub(super) fn persona(context: &CommandContext, args: PersonaArgs) -> anyhow::Result<()> {
    let PersonaArgs { node, persona } = args;
    let node = change(context, &node, SandboxChange { persona: Some(persona.0), ..SandboxChange::default() })?;
    let sentence = match sandbox_admin::of(&node)?.persona.as_deref().and_then(persona::find) {
        Some(persona) => format!("“{}” answers like {} now.", node.name, persona.title),
        None => format!("“{}” answers as Scimbox does.", node.name),
    };
    context.report(&NodeView::from(&node), &sentence)
}

pub(super) fn clock(context: &CommandContext, args: &ClockArgs) -> anyhow::Result<()> {
    let node = change(context, &args.node, SandboxChange { ahead: Some(args.ahead), ..SandboxChange::default() })?;
    let sentence = match args.ahead {
        0 => format!("The clock of “{}” is right.", node.name),
        ahead => format!("The clock of “{}” is {ahead} seconds ahead.", node.name),
    };
    context.report(&NodeView::from(&node), &sentence)
}

pub(super) fn reset(context: &CommandContext, args: &ResetArgs) -> anyhow::Result<()> {
    let node = found(context, &args.node)?;
    sandbox_admin::of(&node)?;
    confirm(args.force, &format!("Remove all {} users and {} teams of “{}”?", node.users, node.teams, node.name))?;
    let removed = http::reset(&context.store, &context.act, node.id)?;
    let done = json!({ "done": true, "node_id": node.id.0, "users": removed.users, "teams": removed.teams });
    let sentence = format!("“{}” is empty: {} users and {} teams are gone.", node.name, removed.users, removed.teams);
    context.report(&done, &sentence)
}

/// A sandbox in a word or two, for a table.
pub(super) fn in_short(sandbox: &NodeSandbox) -> String {
    let mut words = vec![sandbox.persona.clone().unwrap_or_else(|| "yes".to_owned())];
    if !sandbox.faults.is_empty() {
        words.push("faults".to_owned());
    }
    words.join(", ")
}

fn found(context: &CommandContext, text: &str) -> anyhow::Result<Node> {
    let nodes = context.store.read(|tx| Ok::<_, Error>(tx.nodes()?))?;
    let id = id_of(context, text)?;
    nodes
        .into_iter()
        .find(|node| node.id == id)
        .ok_or_else(|| ArgumentError::Usage(format!("There is no node “{text}”.")).into())
}

/// The id of the node that an argument means.
pub(super) fn id_of(context: &CommandContext, text: &str) -> anyhow::Result<NodeId> {
    let text = text.to_owned();
    context.store.read(move |tx| resolve(tx, &text))
}

fn change(context: &CommandContext, text: &str, change: SandboxChange) -> anyhow::Result<Node> {
    let id = id_of(context, text)?;
    Ok(context.write(move |tx, act| sandbox_admin::change(tx, act, id, &change))?)
}

/// Prints a table of nothing but sandboxes that an argument may have meant.
pub(super) fn only_sandbox(context: &CommandContext) -> anyhow::Result<NodeId> {
    let nodes = context.store.read(|tx| Ok::<_, Error>(tx.nodes()?))?;
    let sandboxes: Vec<&Node> = nodes.iter().filter(|node| node.sandbox.is_some()).collect();
    match sandboxes.as_slice() {
        [one] => Ok(one.id),
        [] => {
            output::note("hint: scimbox node create NAME --sandbox");
            Err(ArgumentError::Usage("There is no sandbox.".to_owned()).into())
        }
        more => {
            let names: Vec<&str> = more.iter().map(|node| node.name.as_str()).collect();
            Err(ArgumentError::Usage(format!("Name one of the sandboxes with --node: {}.", names.join(", "))).into())
        }
    }
}
