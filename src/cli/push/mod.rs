//! `push`: SCIM push and its records.

mod record;
mod record_args;
mod record_view;
mod secrets;

use super::CommandContext;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Records: named settings, where people come from and where they go.
    #[command(subcommand)]
    Record(record::Command),
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Record(command) => record::run(context, command),
    }
}
