//! The command line: what can be asked, and what the exit code says of the answer.

mod admin;
mod approve;
mod audit;
mod demo;
mod node;
mod output;
mod password;
mod scim;
mod serve;
mod settings;
mod setup_link;
mod show;
mod team;
mod user;

use crate::domain::{Act, Error, Fault, Result, Tx};
use crate::store::{OpenError, Store};
use crate::world;
use clap::{CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// SCIM 2.0 endpoint, console and database in one program.
///
/// Identity providers push users and groups into it; administrators watch and decide in its console. Everything is kept
/// in one data folder. Commands work beside a running server.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict, 5 not permitted, 6 unreachable.
#[derive(Parser)]
#[command(name = "scimbox", version, max_term_width = 120)]
struct Cli {
    /// The data folder; without it ./scimbox-data.
    #[arg(long, global = true, env = "SCIMBOX_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the endpoint and the console.
    Serve(serve::Args),
    /// Print a link that makes the first administrator, good for 30 minutes.
    SetupLink(setup_link::Args),
    /// Administrators, who may sign in to the console.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Nodes, the tree of organisational units.
    #[command(subcommand)]
    Node(node::Command),
    /// Connections, the provisioning method of a node, and their tokens.
    #[command(subcommand)]
    Scim(scim::Command),
    /// Users, the people of the nodes.
    #[command(subcommand)]
    User(user::Command),
    /// Teams, called groups on the wire.
    #[command(subcommand)]
    Team(team::Command),
    /// Approve pending teams and memberships.
    TeamApprove(approve::Args),
    /// The audit log: who changed what, and when.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Settings of the appliance: seats, mail, invitations, how long the audit log is kept.
    #[command(subcommand)]
    Settings(audit::Settings),
}

/// What the arguments are refused for before any rule is asked.
#[derive(Debug, thiserror::Error)]
enum Refused {
    /// They say too little or contradict what is there.
    #[error("{0}")]
    Usage(String),
    /// They ask for what has to be confirmed.
    #[error("{0}")]
    NotPermitted(String),
}

/// Does what the arguments of the process say.
///
/// # Errors
/// For [`report`].
pub fn run() -> anyhow::Result<()> {
    let cli = Cli::try_parse()?;
    match cli.command {
        None => output::text(&Cli::command().render_help().to_string()),
        Some(Command::Serve(args)) => serve::run(cli.data_dir, args),
        Some(Command::SetupLink(args)) => with_store(cli.data_dir, |desk| setup_link::run(desk, &args)),
        Some(Command::Admin(command)) => with_store(cli.data_dir, |desk| admin::run(desk, command)),
        Some(Command::Node(command)) => with_store(cli.data_dir, |desk| node::run(desk, command)),
        Some(Command::Scim(command)) => with_store(cli.data_dir, |desk| scim::run(desk, command)),
        Some(Command::User(command)) => with_store(cli.data_dir, |desk| user::run(desk, command)),
        Some(Command::Team(command)) => with_store(cli.data_dir, |desk| team::run(desk, command)),
        Some(Command::TeamApprove(args)) => with_store(cli.data_dir, |desk| approve::run(desk, &args)),
        Some(Command::Audit(command)) => with_store(cli.data_dir, |desk| audit::run(desk, command)),
        Some(Command::Settings(command)) => with_store(cli.data_dir, |desk| audit::settings(desk, command)),
    }
}

/// Prints why nothing came of it, once, and the exit code for it.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        // Help and version come this way too, with the code 0.
        return match usage.print() {
            Ok(()) => ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2)),
            Err(_) => ExitCode::FAILURE,
        };
    }
    output::note(&format!("error: {error:#}"));
    ExitCode::from(exit_code(error))
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if let Some(refused) = error.downcast_ref::<Refused>() {
        return match refused {
            Refused::Usage(_) => 2,
            Refused::NotPermitted(_) => 5,
        };
    }
    if let Some(error) = error.downcast_ref::<OpenError>() {
        return match error {
            OpenError::Taken(_) => 4,
            OpenError::Folder(..) | OpenError::Open(_) | OpenError::Unusable(_, Fault::Unwritable) => 5,
            _ => 1,
        };
    }
    let Some(error) = error.downcast_ref::<Error>() else { return 1 };
    match error {
        Error::Fault(Fault::Busy | Fault::Unwritable | Fault::TooLong | Fault::Broken(_)) => 1,
        Error::Invalid(..) | Error::WeakPassword(_) | Error::EmailInvalid(_) | Error::UserNameNotEmail(_) => 2,
        Error::TooMany(_) | Error::MailPasswordRequired => 2,
        Error::NotFound(..) | Error::NoSuchMember(..) => 3,
        Error::MethodExists
        | Error::NameTaken(_)
        | Error::NodeNotEmpty(..)
        | Error::NodeCycle
        | Error::NotDraft
        | Error::NotSaved
        | Error::DraftExpired
        | Error::TooManyTokens
        | Error::UsersCollide(..)
        | Error::UserNameTaken(_)
        | Error::UserHere { .. }
        | Error::TeamNameTaken(_)
        | Error::SetupAlreadyDone
        | Error::AdminExists(_)
        | Error::UserElsewhere { .. }
        | Error::OutOfSeats { .. }
        | Error::NotLocked(_)
        | Error::UserLocked(_)
        | Error::AlreadyJoined(_)
        | Error::NotInvited(_)
        | Error::InvitationOver
        | Error::JobRunning(_)
        | Error::JobOver => 4,
        Error::RootNode
        | Error::RootStays
        | Error::LastAdmin
        | Error::Fixed(_)
        | Error::SetupLinkExpired
        | Error::SignInFailed => 5,
    }
}

/// An open data folder and somebody who acts on it.
struct Desk {
    store: Store,
    act: Act,
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("./scimbox-data")
}

fn with_store(dir: Option<PathBuf>, work: impl FnOnce(&Desk) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let dir = dir.unwrap_or_else(default_data_dir);
    let new = !dir.join("scimbox.db").exists();
    let desk = Desk { store: Store::open(&dir, world::now(), world::random()?)?, act: world::act("cli")? };
    if new {
        output::note(&format!("note: a new appliance was made in the data folder “{}”", dir.display()));
    }
    let done = work(&desk);
    desk.store.close();
    done
}

impl Desk {
    fn read<T>(&self, f: impl FnOnce(&mut dyn Tx) -> Result<T>) -> Result<T> {
        self.store.read(f)
    }

    fn write<T: Send + 'static>(&self, f: impl Fn(&mut dyn Tx, &Act) -> Result<T> + Send + 'static) -> Result<T> {
        let act = self.act.clone();
        self.store.write_blocking(move |tx| f(tx, &act))
    }
}

/// Where identity providers and browsers reach the appliance.
#[derive(clap::Args)]
struct Base {
    /// The address that links are made with; without it the one the server last said it is reached at.
    #[arg(long, env = "SCIMBOX_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
}

impl Base {
    fn url(&self, tx: &mut dyn Tx) -> Result<String> {
        let url = match &self.base_url {
            Some(url) => Some(url.trim_end_matches('/').to_owned()),
            None => tx.base_url()?,
        };
        Ok(url.unwrap_or_else(|| "http://127.0.0.1:8080".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }
}
