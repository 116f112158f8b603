//! `scim`: the provisioning method of a node, its settings and its tokens. Words and JSON keys are Keeper Commander's.

use super::failure::Told;
use super::named::ConnectionName;
use super::output::{self, or_dash};
use super::push::{self, ScimPush};
use super::settings::{SettingArgs, idps, words};
use super::{ArgumentError, Base, CommandContext, doctor, node};
use crate::api::commander::{ConnectionLine, ConnectionView, CreatedConnection};
use crate::domain::ScimId;
use crate::domain::connection::{self, Connection};
use crate::domain::connection_settings::Preset;
use crate::domain::idp::Idp;
use crate::domain::provisioning::{self, Choice, Generated};
use crate::domain::token::Issue;
use crate::http::Way;
use crate::world;
use clap::builder::TypedValueParser;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List all connections.
    List {},
    /// Show a connection, its settings and its tokens.
    View {
        #[command(flatten)]
        target: ConnectionArg,
        #[command(flatten)]
        base: Base,
    },
    /// Generate a connection and its token, and save it.
    Create(CreateArgs),
    /// Change settings. The token stays as it is.
    Edit {
        #[command(flatten)]
        target: ConnectionArg,
        /// The identity provider: labels and hints only.
        #[arg(long, value_parser = idps())]
        idp: Option<Idp>,
        #[command(flatten)]
        settings: SettingArgs,
        #[command(flatten)]
        base: Base,
    },
    /// Make a new token; the old one ends after the overlap.
    Rotate(RotateArgs),
    /// End a token at once.
    Revoke {
        #[command(flatten)]
        target: ConnectionArg,
        /// The token's id, as “scim view” shows it.
        token_id: String,
    },
    /// Refuse all requests of the identity provider until the connection is resumed.
    Pause {
        #[command(flatten)]
        target: ConnectionArg,
    },
    /// Serve a paused connection again.
    Resume {
        #[command(flatten)]
        target: ConnectionArg,
    },
    /// Test the way from the public address to a connection: name, port, certificate, proxy, header and clock.
    SelfTest {
        #[command(flatten)]
        target: ConnectionArg,
        #[command(flatten)]
        base: Base,
    },
    /// Read people and groups from a source and bring the connection up to them.
    Push(ScimPush),
    /// Delete a connection and its tokens; users and teams stay.
    Delete {
        #[command(flatten)]
        target: ConnectionArg,
        /// Do not ask.
        #[arg(long)]
        force: bool,
    },
}

/// Which connection.
#[derive(clap::Args)]
pub(super) struct ConnectionArg {
    /// The connection: its id, or id, name or path of its node.
    #[arg(value_name = "ID|NODE", allow_hyphen_values = true)]
    id: ConnectionName,
}

impl ConnectionArg {
    fn find(&self, context: &CommandContext) -> anyhow::Result<Connection> {
        self.id.find(context)
    }
}

#[derive(clap::Args)]
pub(super) struct CreateArgs {
    /// The node, by id, name or path.
    #[arg(long, value_name = "ID|NAME")]
    node: String,
    /// The identity provider; sets what it needs.
    #[arg(long, value_parser = idps(), default_value = "other")]
    idp: Idp,
    /// What the settings start from: as Keeper's endpoint behaves, or as RFC 7644 says.
    #[arg(long, value_parser = words::<Preset>(["keeper", "rfc"]), default_value = "keeper")]
    preset: Preset,
    /// Make no token: the connection is for SCIM push, which has one of its own for each run.
    #[arg(long, conflicts_with = "token_days")]
    for_push: bool,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    life: TokenLife,
    #[command(flatten)]
    base: Base,
}

#[derive(clap::Args)]
pub(super) struct RotateArgs {
    #[command(flatten)]
    target: ConnectionArg,
    /// How long the old token works on.
    #[arg(long, value_parser = overlap(), default_value = "24h")]
    overlap: i64,
    #[command(flatten)]
    life: TokenLife,
    #[command(flatten)]
    base: Base,
}

#[derive(clap::Args)]
struct TokenLife {
    /// Days until the token expires; it never does when absent.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=3650))]
    token_days: Option<i64>,
}

/// The choices of the console, in minutes.
fn overlap() -> impl TypedValueParser<Value = i64> {
    clap::builder::PossibleValuesParser::new(["now", "1h", "24h", "7d"])
        .try_map(|word| provisioning::overlap_minutes(&word))
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List {} => list(context),
        Command::View { target, base } => view(context, target.find(context)?.id.0, &base),
        Command::Create(args) => create(context, args),
        Command::Edit { target, idp, settings, base } => {
            let id = target.find(context)?.id;
            let change = settings.change();
            if idp.is_none() && settings.is_empty() {
                let sentence = "Nothing to change was named. “scimbox scim edit --help” lists the settings.";
                return Err(ArgumentError::Usage(sentence.to_owned()).into());
            }
            context.write(move |tx, act| provisioning::edit(tx, act, id, idp, &change))?;
            view(context, id.0, &base)
        }
        Command::Rotate(args) => rotate(context, &args),
        Command::Revoke { target, token_id } => {
            let id = target.find(context)?.id;
            let said = format!("The token {token_id} is refused from now on.");
            context.write(move |tx, act| provisioning::revoke(tx, act, id, &token_id))?;
            done(context, id, &said)
        }
        Command::Pause { target } => {
            let id = target.find(context)?.id;
            context.write(move |tx, act| provisioning::pause(tx, act, id))?;
            done(context, id, &format!("The connection {id} is paused: its requests are refused."))
        }
        Command::Resume { target } => {
            let id = target.find(context)?.id;
            let state = context.write(move |tx, act| provisioning::resume(tx, act, id))?.state;
            done(context, id, &format!("The connection {id} is {} again.", state.word()))
        }
        Command::SelfTest { target, base } => self_test(context, &target.find(context)?, &base),
        Command::Push(args) => push::scim_push(context, args),
        Command::Delete { target, force } => {
            let connection = target.find(context)?;
            let node = context.read(move |tx| crate::domain::node::get(tx, connection.node))?.name;
            node::confirm(force, &format!("Delete the connection of “{node}” with its tokens? Users and teams stay."))?;
            context.write(move |tx, act| provisioning::delete(tx, act, connection.id))?;
            let done = json!({ "done": true, "scim_id": connection.id.0, "node_id": connection.node.0 });
            context.report(&done, &format!("The connection of “{node}” is gone. Its users and teams stay."))
        }
    }
}

/// Tells of a connection that was changed, or shows it.
fn done(context: &CommandContext, id: ScimId, sentence: &str) -> anyhow::Result<()> {
    match context.json {
        true => view(context, id.0, &Base { base_url: None }),
        false => output::text(sentence),
    }
}

fn list(context: &CommandContext) -> anyhow::Result<()> {
    let listed = context.read(|tx| {
        let connections = tx.connections()?;
        connections.iter().map(|connection| ConnectionLine::new(tx, connection)).collect::<Result<Vec<_>, _>>()
    })?;
    if context.json {
        return output::json(&listed);
    }
    let rows = listed.into_iter().map(|l| {
        let (scim, node) = (l.scim_id.to_string(), l.node_id.to_string());
        [scim, l.node_path, node, or_dash(l.prefix), l.status.to_owned(), or_dash(l.last_synced)]
    });
    output::table(["SCIM ID", "NODE", "NODE ID", "PREFIX", "STATUS", "LAST SYNCED"], rows)
}

fn view(context: &CommandContext, id: i64, base: &Base) -> anyhow::Result<()> {
    let (base, now) = (base.clone(), context.act.now);
    let view = context.read(move |tx| {
        let connection = connection::find(tx, id)?;
        let base = base.url(tx)?;
        ConnectionView::new(tx, now, &connection, &base)
    })?;
    if context.json { output::json(&view) } else { view.print() }
}

/// Fails where a step fails; a warning is no failure.
fn self_test(context: &CommandContext, connection: &Connection, base: &Base) -> anyhow::Result<()> {
    let chance = world::random()?;
    let (base, node, now) = (base.clone(), connection.node, context.act.now);
    let way = context.read(move |tx| {
        let base = base.url(tx)?;
        Ok(Way::to(tx, &base, node, now, chance)?)
    })?;
    let found = doctor::self_test(&way);
    if context.json {
        output::json(&found)?;
    } else {
        output::text(&found.url)?;
        for step in &found.steps {
            let remedy = step.remedy.as_ref().map(|remedy| format!("\n{:22}→ {remedy}", "")).unwrap_or_default();
            output::text(&format!("{:<8} {:<12} {}{remedy}", step.verdict.0, step.name.0, step.found))?;
        }
    }
    if found.verdict.0 == "failed" { Err(Told.into()) } else { Ok(()) }
}

fn create(context: &CommandContext, args: CreateArgs) -> anyhow::Result<()> {
    let node = context.store.read(move |tx| node::resolve(tx, &args.node))?;
    let choice = Choice {
        idp: args.idp,
        preset: args.preset,
        change: args.settings.change(),
        token_expires_at: args.life.token_days.map(|days| context.act.now.plus_days(days)),
    };
    if args.for_push {
        let connection = context.write(move |tx, act| provisioning::generate_for_push(tx, act, node, &choice))?;
        return hand_over(context, &connection, None, &args.base);
    }
    let issue = Issue(world::random()?);
    let made = context.write(move |tx, act| {
        let made = provisioning::generate(tx, act, node, &choice, &issue)?;
        Ok(Generated { connection: provisioning::save(tx, act, made.connection.id)?, secret: made.secret })
    })?;
    hand_over(context, &made.connection, Some(made.secret), &args.base)
}

fn rotate(context: &CommandContext, args: &RotateArgs) -> anyhow::Result<()> {
    let (id, overlap) = (args.target.find(context)?.id, args.overlap);
    let expires = args.life.token_days.map(|days| context.act.now.plus_days(days));
    let issue = Issue(world::random()?);
    let made = context.write(move |tx, act| provisioning::rotate(tx, act, id, overlap, expires, &issue))?;
    hand_over(context, &made.connection, Some(made.secret), &args.base)
}

/// Shows a connection with its new token, for the only time.
fn hand_over(
    context: &CommandContext,
    connection: &Connection,
    secret: Option<String>,
    base: &Base,
) -> anyhow::Result<()> {
    let (base, connection) = (base.clone(), connection.clone());
    let made = context.read(move |tx| {
        let base = base.url(tx)?;
        CreatedConnection::new(tx, &connection, &base, secret)
    })?;
    if context.json { output::json(&made) } else { made.print() }
}
