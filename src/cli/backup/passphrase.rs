//! Where the passphrase of a backup comes from: a file, stdin, the environment or the keyboard, never from the arguments.

use crate::cli::{ArgumentError, password};
use crate::store::backup;
use anyhow::Context;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Shorter ones are guessed.
const SHORTEST: usize = 12;
/// The variable that holds one.
const VARIABLE: &str = "SCIMBOX_BACKUP_PASSPHRASE";

/// The source of a passphrase.
#[derive(clap::Args)]
pub(in crate::cli) struct PassphraseSource {
    /// Read the passphrase from a file, or from stdin for “-”. Without it: SCIMBOX_BACKUP_PASSPHRASE.
    #[arg(long, env = "SCIMBOX_BACKUP_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Ask for a passphrase on the terminal.
    #[arg(long)]
    passphrase: bool,
}

impl PassphraseSource {
    /// The passphrase that a new backup is sealed with; `None` when none is named.
    pub(in crate::cli) fn new_one(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        let found = match self.named()? {
            None if self.passphrase => {
                on_terminal()?;
                let prompt = dialoguer::Password::new()
                    .with_prompt("Passphrase (at least 12 characters)")
                    .with_confirmation("The same again", "The two are not the same.");
                Some(Zeroizing::new(prompt.interact()?))
            }
            found => found,
        };
        if found.as_ref().is_some_and(|found| found.chars().count() < SHORTEST) {
            let sentence = format!("The passphrase of a backup has at least {SHORTEST} characters.");
            return Err(ArgumentError::Usage(sentence).into());
        }
        Ok(found)
    }

    /// The passphrase of a backup that is there; asked for when it is sealed and none is named.
    pub(in crate::cli) fn of(&self, file: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
        match self.named()? {
            None if backup::is_sealed(file) && (self.passphrase || terminal()) => {
                on_terminal()?;
                Ok(Some(Zeroizing::new(dialoguer::Password::new().with_prompt("Passphrase").interact()?)))
            }
            found => Ok(found),
        }
    }

    /// The passphrase that the environment names.
    pub(in crate::cli) fn of_environment() -> anyhow::Result<Option<Zeroizing<String>>> {
        let passphrase_file = std::env::var_os("SCIMBOX_BACKUP_PASSPHRASE_FILE").map(PathBuf::from);
        PassphraseSource { passphrase_file, passphrase: false }.new_one()
    }

    fn named(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        let Some(file) = &self.passphrase_file else {
            return Ok(std::env::var(VARIABLE).ok().filter(|found| !found.is_empty()).map(Zeroizing::new));
        };
        let text = match file.to_str() {
            Some("-") => password::text(std::io::stdin()),
            name => std::fs::File::open(file).and_then(|open| {
                password::warn_of_readers(&open, name, "file with the passphrase");
                password::text(open)
            }),
        };
        let text = text.with_context(|| format!("the passphrase cannot be read from “{}”", file.display()))?;
        Ok(Some(password::one_line(&text)))
    }
}

fn terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn on_terminal() -> anyhow::Result<()> {
    if terminal() {
        return Ok(());
    }
    let sentence = "There is no terminal to ask for the passphrase on. Use --passphrase-file FILE, or - for stdin.";
    Err(ArgumentError::Usage(sentence.to_owned()).into())
}
