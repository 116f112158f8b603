//! `backup restore`: a backup takes the place of the database.

use super::passphrase::PassphraseSource;
use crate::cli::{ArgumentError, output};
use crate::store::backup::{self, RestoreWish};
use crate::world;
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// The backup.
    file: PathBuf,
    /// Do not ask.
    #[arg(long, visible_alias = "force")]
    yes: bool,
    /// Put the key file of secrets beside the backup back, too.
    #[arg(long)]
    with_key: bool,
    #[command(flatten)]
    passphrase: PassphraseSource,
}

pub(super) fn run(dir: &Path, args: Args, json: bool) -> anyhow::Result<()> {
    if !args.yes {
        confirm(dir)?;
    }
    let passphrase = args.passphrase.of(&args.file)?;
    let wish = RestoreWish {
        dir,
        file: &args.file,
        passphrase: passphrase.as_deref().map(String::as_str),
        with_key: args.with_key,
        chance: world::random()?,
    };
    let done = backup::restore(&wish, &world::act("cli")?)?;
    let made = done.checked.created_at.map(|at| at.to_string());
    if json {
        return output::json(&json!({
            "done": true, "data_dir": dir, "file": args.file, "schema": done.checked.schema,
            "sha256": done.checked.sha256, "created_at": made, "kept": done.kept,
        }));
    }
    let of = made.map(|at| format!(" of {at}")).unwrap_or_default();
    let mut text = format!("The backup{of} is in place in “{}”. Start the server now.", dir.display());
    if let Some(kept) = &done.kept {
        text.push_str(&format!("\nThe database of before is “{}”; delete it when all is well.", kept.display()));
    }
    text.push_str("\nTokens and passwords are those of that time: let the identity providers run a full sync.");
    output::text(&text)
}

fn confirm(dir: &Path) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let sentence = "This has to be confirmed and there is no terminal to ask on. Use --yes.";
        return Err(ArgumentError::NotPermitted(sentence.to_owned()).into());
    }
    let question = format!("Type “restore” to replace the database of “{}”", dir.display());
    let typed: String = dialoguer::Input::new().with_prompt(question).allow_empty(true).interact_text()?;
    match typed.trim() {
        "restore" => Ok(()),
        _ => Err(ArgumentError::NotPermitted("Not confirmed; nothing has changed.".to_owned()).into()),
    }
}
