//! `simulate`, `selftest`, `replay` and `record`: identity providers in a box, and what they make of a SCIM server. They need no data
//! folder.

pub(super) mod record;
pub(super) mod replay;
pub(super) mod selftest;
pub(super) mod simulate;
pub(super) mod traffic;

use super::{ArgumentError, password};
use crate::push::client::Access;
use crate::push::client::wire::Wire;
use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The server that is spoken to.
#[derive(clap::Args)]
struct Server {
    /// The base of the SCIM endpoint, without /Users.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The file with the bearer token, - for stdin; an empty file means no token.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// A file with certificates of authorities to trust instead of the system's, PEM.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Server {
    /// A connection to it, and the token.
    fn reach(&self) -> anyhow::Result<(Wire, Zeroizing<String>)> {
        let token = match self.token_file.to_str() {
            Some("-") => password::text(std::io::stdin()),
            name => std::fs::File::open(&self.token_file).and_then(|file| {
                password::warn_of_readers(&file, name, "file with the token");
                password::text(file)
            }),
        };
        let shown = self.token_file.display();
        let token = token.with_context(|| format!("the token cannot be read from “{shown}”"))?;
        let token = Zeroizing::new(token.trim().to_owned());
        let ca = self.ca_file.as_deref().map(std::fs::read_to_string).transpose();
        let ca = ca.context("the file of certificates cannot be read")?;
        // What Entra's field “Tenant URL” holds can be given as it is.
        let url = self.url.split('?').next().unwrap_or_default().to_owned();
        let wire = Wire::new(&Access { url, token: token.clone(), ca, identity: None, certified_name: None })
            .map_err(|error| ArgumentError::Usage(error.to_string()))?;
        Ok((wire, token))
    }

    /// Whether the address has Entra's flag behind it.
    fn has_flag(&self) -> bool {
        self.url.split_once('?').is_some_and(|(_, query)| query.contains("aadOptscim062020"))
    }
}

/// Writes a file, readable by its owner alone: what went over the wire is about people.
fn write_json(path: &Path, value: &Value) -> anyhow::Result<()> {
    write_text(path, &format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn write_text(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("“{}” cannot be written", path.display()))
}
