//! The command line: what can be asked, and what the exit code says of the answer.

mod admin;
mod approve;
mod audit;
mod backup;
mod demo;
mod diagnose;
mod doctor;
mod failure;
mod health;
mod install;
mod licences;
mod listen;
mod log;
mod migrate_store;
mod named;
mod node;
mod node_named;
mod node_sandbox;
mod open_browser;
mod output;
mod password;
mod public_demo;
mod push;
mod requests;
mod salvage;
mod sandbox;
mod sandbox_plan;
mod sandbox_serve;
mod scim;
mod seed;
mod serve;
mod serve_tls;
mod settings;
mod setup_link;
mod show;
mod store_args;
mod support_report;
mod systemd;
mod team;
mod upgrade_check;
mod user;
mod verify;

use crate::domain::{Act, Result, Tx};
use crate::store::Store;
use crate::world;
use failure::Told;
pub use failure::report;
use store_args::StoreArgs;

use clap::{Parser, Subcommand};
use serde::Serialize;
use std::path::PathBuf;

/// SCIM 2.0 endpoint, console and database in one program.
///
/// Identity providers push users and groups into it; administrators watch and decide in its console. Everything is kept
/// in one data folder. Commands work beside a running server.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict, 5 not permitted, 6 unreachable.
#[derive(Parser)]
#[command(name = "scimbox", version, max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    place: StoreArgs,
    /// Print JSON: the answer to stdout, an error as one object to stderr.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the endpoint and the console.
    Serve(Box<serve::Args>),
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
    /// SCIM push: bring people and groups from where SCIM is not spoken.
    #[command(subcommand)]
    Push(push::Command),
    /// Captured requests: what reached the SCIM endpoint, and why it came to what it came to.
    #[command(subcommand)]
    Requests(requests::Command),
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
    /// Backups: make, check, list and restore them.
    #[command(subcommand)]
    Backup(backup::Command),
    /// Look at what the appliance needs: data folder, disk, backup, mail, and with --url the way to it.
    Doctor(doctor::Args),
    /// Say whether the server on the data folder reads and writes, for health checks; exit code 1 if not.
    Health(health::Args),
    /// Move everything from a data folder to PostgreSQL, or back, with proof. Nobody may serve either meanwhile.
    MigrateStore(migrate_store::Args),
    /// Say what this program would do to the data folder, without doing it.
    UpgradeCheck {},
    /// Print what helps to find a fault: versions, sizes, counts and settings, without secrets and names.
    SupportReport {},
    /// Print what the program is built from, and under which licences.
    Licences {},
    /// Print the completions of a shell.
    Completions(install::CompletionArgs),
    /// Print the man page.
    #[command(hide = true)]
    Man(install::ManArgs),
    /// Copy what can be read of a damaged database into a new data folder.
    Salvage(salvage::Args),
    /// Look at the whole database for damage, beside a running server or without one.
    Verify {},
    /// Settings of the appliance: seats, mail, invitations, how long the audit log is kept.
    #[command(subcommand)]
    Settings(audit::SettingsCommand),
    /// Play an identity provider in its own dialect against any SCIM server, and judge the answers as it would.
    Simulate(sandbox::simulate::Args),
    /// Judge any SCIM server by checks of its own: the RFCs, and what identity providers need in practice.
    Selftest(sandbox::selftest::Args),
    /// Play dialogue files against any SCIM server and compare the answers.
    Replay(sandbox::replay::Args),
    /// Stand before any SCIM server and write what passes as a dialogue file.
    Record(sandbox::record::Args),
    /// Fill a sandbox with people and groups that could be a company.
    Seed(seed::Args),
    /// Serve a sandbox that is thrown away at the end: for tests and pipelines.
    Sandbox(sandbox_serve::Args),
}

/// What the arguments are refused for before any rule is asked.
#[derive(Debug, thiserror::Error)]
enum ArgumentError {
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
        None => install::introduce(),
        Some(Command::Serve(args)) => serve::run(&cli.place, *args),
        Some(Command::SetupLink(args)) => with_store(&cli.place, cli.json, |context| setup_link::run(context, &args)),
        Some(Command::Admin(command)) => with_store(&cli.place, cli.json, |context| admin::run(context, command)),
        Some(Command::Node(command)) => with_store(&cli.place, cli.json, |context| node::run(context, command)),
        Some(Command::Scim(command)) => with_store(&cli.place, cli.json, |context| scim::run(context, command)),
        Some(Command::Push(command)) => with_store(&cli.place, cli.json, |context| push::run(context, command)),
        Some(Command::Requests(command)) => with_store(&cli.place, cli.json, |context| requests::run(context, command)),
        Some(Command::User(command)) => with_store(&cli.place, cli.json, |context| user::run(context, command)),
        Some(Command::Team(command)) => with_store(&cli.place, cli.json, |context| team::run(context, command)),
        Some(Command::TeamApprove(args)) => with_store(&cli.place, cli.json, |context| approve::run(context, &args)),
        Some(Command::Audit(command)) => with_store(&cli.place, cli.json, |context| audit::run(context, command)),
        Some(Command::Backup(command)) => {
            cli.place.needs_file(crate::store::backup::ELSEWHERE)?;
            backup::run(cli.place.data_dir, cli.json, command)
        }
        Some(Command::Doctor(args)) => doctor::run(&cli.place, cli.json, &args),
        Some(Command::Health(args)) => health::run(&cli.place, cli.json, args),
        Some(Command::Licences {}) => licences::run(cli.json),
        Some(Command::MigrateStore(args)) => migrate_store::run(&cli.place, cli.json, &args),
        Some(Command::UpgradeCheck {}) => upgrade_check::run(&cli.place, cli.json),
        Some(Command::SupportReport {}) => {
            let dir = cli.place.dir();
            let glance = match cli.place.database()? {
                Some(_) => None,
                None => Some(crate::store::glance(&dir)?),
            };
            with_store(&cli.place, cli.json, |context| support_report::run(context, &dir, glance.as_ref()))
        }
        Some(Command::Completions(args)) => install::completions(&args),
        Some(Command::Man(args)) => install::man(&args),
        Some(Command::Salvage(args)) => {
            cli.place.needs_file(NO_FILE)?;
            salvage::run(cli.place.data_dir, cli.json, &args)
        }
        Some(Command::Verify {}) => {
            cli.place.needs_file(NO_FILE)?;
            verify::run(cli.place.data_dir, cli.json)
        }
        Some(Command::Settings(command)) => {
            with_store(&cli.place, cli.json, |context| audit::settings(context, command))
        }
        Some(Command::Simulate(args)) => sandbox::simulate::run(&args, cli.json),
        Some(Command::Selftest(args)) => sandbox::selftest::run(&args, cli.json),
        Some(Command::Replay(args)) => sandbox::replay::run(&args, cli.json),
        Some(Command::Record(args)) => sandbox::record::run(&args),
        Some(Command::Sandbox(args)) => sandbox_serve::run(&cli.place, args),
        Some(Command::Seed(args)) => with_store(&cli.place, cli.json, |context| seed::run(context, &args)),
    }
}

/// An open data folder, somebody who acts on it, and how they want to be answered.
struct CommandContext {
    store: Store,
    act: Act,
    json: bool,
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("./scimbox-data")
}

/// What is odd and no failure is said beside the answer.
fn say_warnings(json: bool) {
    if !json {
        let warnings = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN);
        warnings.without_time().with_target(false).with_ansi(false).init();
    }
}

/// Who looks through the rows and mends them where they are in PostgreSQL.
const NO_FILE: &str = "This is about the file in a data folder. PostgreSQL looks after its own: pg_amcheck verifies it, a backup mends \
    it, and “scimbox audit verify” follows the audit log.";

fn with_store(
    place: &StoreArgs,
    json: bool,
    work: impl FnOnce(&CommandContext) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    say_warnings(json);
    let (store, new) = place.open()?;
    let context = CommandContext { store, act: world::act("cli")?, json };
    if new && !json {
        let place = place.name()?;
        output::note(&format!("note: a new appliance was made in {place}"));
    }
    let done = work(&context);
    context.store.close();
    done
}

impl CommandContext {
    /// Prints what an act came to: as JSON, or in a sentence.
    fn report(&self, done: &impl Serialize, sentence: &str) -> anyhow::Result<()> {
        if self.json { output::json(done) } else { output::text(sentence) }
    }

    fn read<T: Send + 'static>(&self, f: impl FnOnce(&mut dyn Tx) -> Result<T> + Send + 'static) -> Result<T> {
        self.store.read(f)
    }

    fn write<T: Send + 'static>(&self, f: impl Fn(&mut dyn Tx, &Act) -> Result<T> + Send + 'static) -> Result<T> {
        let act = self.act.clone();
        self.store.write_blocking(move |tx| f(tx, &act))
    }
}

/// Where identity providers and browsers reach the appliance.
#[derive(Clone, clap::Args)]
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
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }
}
