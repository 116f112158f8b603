//! What packages install beside the program: completions and man pages. And what the program says when nobody asks anything.

use super::{Cli, output};
use clap::CommandFactory;
use std::io::IsTerminal;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct CompletionArgs {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(super) fn completions(args: &CompletionArgs) -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "scimbox", &mut text);
    output::text(&String::from_utf8(text)?)
}

#[derive(clap::Args)]
pub(super) struct ManArgs {
    /// Write a page for each command into this folder, instead of one to stdout.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<()> {
    if let Some(dir) = &args.to {
        std::fs::create_dir_all(dir)?;
        return Ok(clap_mangen::generate_to(Cli::command(), dir)?);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    output::text(&String::from_utf8(text)?)
}

const FIRST_STEPS: &str = "\
Scimbox: a SCIM 2.0 endpoint, its console and its database in one program.

  scimbox serve --demo    try it: an administrator, a node and a connection are made, and thrown away at the end
  scimbox serve           run it: data in ./scimbox-data, the console at http://127.0.0.1:8080/ui/
  scimbox --help          all commands
";

/// On a terminal the first steps, elsewhere the whole help.
pub(super) fn introduce() -> anyhow::Result<()> {
    match std::io::stdout().is_terminal() {
        true => output::text(FIRST_STEPS),
        false => output::text(&Cli::command().render_help().to_string()),
    }
}
