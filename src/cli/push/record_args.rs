//! What a push record is, as options.

use super::option_args::OptionArgs;
use crate::cli::named::ConnectionName;
use crate::cli::settings::{Switch, words};
use crate::cli::{ArgumentError, CommandContext};
use crate::domain::push_record::{DirectorySchema, SourceKind};
use crate::domain::push_wish::RecordWish;
use anyhow::Context;
use std::path::Path;

/// The values of a record; what is not named stays, and an empty one removes what need not be there.
#[derive(clap::Args)]
pub(in crate::cli) struct RecordArgs {
    /// Where people come from: Google Workspace, Active Directory or another LDAP directory, or a file.
    #[arg(long, value_parser = words::<SourceKind>(["google", "ad", "file"]))]
    source: Option<SourceKind>,
    /// The connection of this appliance that people go to, by its id, or id, name or path of its node.
    #[arg(long, value_name = "SCIM_ID|NODE", conflicts_with_all = ["target_url", "target_ca_file"])]
    target: Option<ConnectionName>,
    /// The base URL of another SCIM service that people go to.
    #[arg(long, value_name = "URL")]
    target_url: Option<String>,
    /// Certificates of authorities to trust for the target, PEM.
    #[arg(long, value_name = "FILE")]
    target_ca_file: Option<String>,
    /// A group to read; can be given several times. Without any, everybody is read.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Option<Vec<String>>,
    /// Google: the address of the administrator as whom the service account reads.
    #[arg(long, value_name = "MAIL")]
    login: Option<String>,
    /// Google: where tokens come from, for tests.
    #[arg(long, value_name = "URL")]
    google_token_url: Option<String>,
    /// Google: where the Directory API is, for tests.
    #[arg(long, value_name = "URL")]
    google_api_url: Option<String>,
    /// Directory: ldaps://HOST or ldap://HOST; several are tried in their order.
    #[arg(long = "ad-url", value_name = "URL")]
    ad_urls: Option<Vec<String>>,
    /// Directory: who reads it, as DOMAIN\user, user@domain or a DN.
    #[arg(long, value_name = "NAME")]
    ad_user: Option<String>,
    /// Directory: certificates of authorities to trust, PEM.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<String>,
    /// Directory: let ldap:// stay without TLS. Passwords then cross the network unencrypted.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on", hide_possible_values = true)]
    plain: Option<Switch>,
    /// Directory: how attributes are named.
    #[arg(long, value_parser = words::<DirectorySchema>(["ad", "openldap"]))]
    schema: Option<DirectorySchema>,
    /// Directory: where to search.
    #[arg(long, value_name = "DN")]
    base_dn: Option<String>,
    /// Directory: a filter that people have to match as well.
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// File: where it is, or “-” for stdin.
    #[arg(long, value_name = "FILE")]
    path: Option<String>,
    #[command(flatten)]
    options: OptionArgs,
}

impl RecordArgs {
    pub(super) fn wish(self, context: &CommandContext) -> anyhow::Result<RecordWish> {
        Ok(RecordWish {
            source: self.source,
            groups: self.groups,
            target: self.target.map(|target| target.find(context)).transpose()?.map(|found| found.id.0),
            target_url: self.target_url,
            target_ca: self.target_ca_file.map(certificates).transpose()?,
            login: self.login,
            google_token_url: self.google_token_url,
            google_api_url: self.google_api_url,
            ad_urls: self.ad_urls,
            ad_user: self.ad_user,
            ca: self.ca_file.map(certificates).transpose()?,
            plain: self.plain.map(bool::from),
            schema: self.schema,
            base_dn: self.base_dn,
            filter: self.filter,
            path: self.path.map(absolute).transpose()?,
            options: self.options.wish(),
        })
    }
}

/// The certificates of a file; an empty name removes those that are set.
fn certificates(file: String) -> anyhow::Result<String> {
    match file.as_str() {
        "" => Ok(file),
        "-" => std::io::read_to_string(std::io::stdin()).context("the certificates cannot be read from stdin"),
        path => std::fs::read_to_string(path).with_context(|| format!("the certificates cannot be read from “{path}”")),
    }
}

/// A path that means the same for the server, which runs in another folder.
fn absolute(path: String) -> anyhow::Result<String> {
    if path.is_empty() || path == "-" {
        return Ok(path);
    }
    let absolute = std::path::absolute(Path::new(&path)).with_context(|| format!("“{path}” is no path"))?;
    let odd = || ArgumentError::Usage(format!("The path “{path}” is not UTF-8."));
    Ok(absolute.to_str().ok_or_else(odd)?.to_owned())
}
