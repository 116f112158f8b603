//! Where a password comes from: a file, stdin, the environment or the keyboard, never from the arguments, which others can see.

use super::ArgumentError;
use anyhow::Context;
use std::io::{IsTerminal, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Longer than any password that is accepted.
const LIMIT: u64 = 64 * 1024;

/// The source of a password.
#[derive(clap::Args)]
pub(super) struct PasswordSource {
    /// Read the password from a file, or from stdin for “-”. Without it: SCIMBOX_PASSWORD, or asked twice on a terminal.
    #[arg(long, env = "SCIMBOX_PASSWORD_FILE", value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordSource {
    /// The password; a line end after it does not count.
    pub(super) fn read(&self) -> anyhow::Result<Zeroizing<String>> {
        if let Some(file) = &self.password_file {
            let text = match file.to_str() {
                Some("-") => text(std::io::stdin()).context("the password cannot be read from stdin"),
                file_name => std::fs::File::open(file)
                    .and_then(|file| {
                        warn_of_readers(&file, file_name, "password file");
                        text(file)
                    })
                    .with_context(|| format!("the password cannot be read from “{}”", file.display())),
            }?;
            return Ok(one_line(&text));
        }
        if let Ok(password) = std::env::var("SCIMBOX_PASSWORD") {
            return Ok(Zeroizing::new(password));
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            let sentence = "There is no terminal to ask for the password on. Use --password-file FILE, or - for stdin.";
            return Err(ArgumentError::Usage(sentence.to_owned()).into());
        }
        let prompt = dialoguer::Password::new()
            .with_prompt("Password (at least 12 characters)")
            .with_confirmation("The same again", "The two are not the same.");
        Ok(Zeroizing::new(prompt.interact()?))
    }
}

/// A secret without the line end after it.
pub(super) fn one_line(text: &str) -> Zeroizing<String> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Says so when others than its owner could read a file with a secret.
pub(super) fn warn_of_readers(file: &std::fs::File, name: Option<&str>, what: &str) {
    let mode = file.metadata().map_or(0, |found| found.permissions().mode());
    if let Some(name) = name.filter(|_| mode & 0o077 != 0) {
        tracing::warn!("others may read the {what} “{name}”; “chmod 600” keeps it private");
    }
}

/// All of a secret text.
pub(super) fn text(from: impl Read) -> std::io::Result<Zeroizing<String>> {
    // One that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(2048));
    from.take(LIMIT).read_to_string(&mut text)?;
    Ok(text)
}
