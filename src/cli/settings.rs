//! The settings of a connection as flags.

use crate::domain::allow_list::AllowList;
use crate::domain::client_certificate::{CertificateNames, CertificateNeed};
use crate::domain::connection_settings::{
    Announce, ApprovalMode, CaptureMode, Deprovision, Scope, SettingsChange, Tolerance,
};
use crate::domain::idp::{ALL, Idp};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::str::FromStr;

/// A switch as a word.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> bool {
        matches!(switch, Switch::On)
    }
}

/// The settings to change; what is not named stays.
#[derive(clap::Args)]
pub(super) struct SettingArgs {
    /// What DELETE on a user does.
    #[arg(long, value_parser = words::<Deprovision>(["lock", "delete"]))]
    deprovision: Option<Deprovision>,
    /// Whether userName or an e-mail must be a valid address.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    email_required: Option<Switch>,
    /// Whether a second group of the same name is refused.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    unique_groups: Option<Switch>,
    /// Who approves what SCIM brings: an administrator, any sign-in of one, or nobody has to.
    #[arg(long, value_parser = words::<ApprovalMode>(["manual", "sign-in", "automatic"]))]
    approval: Option<ApprovalMode>,
    /// Groups whose name starts with it are shown as roles; an empty one removes it.
    #[arg(long, visible_alias = "prefix", value_name = "P")]
    role_prefix: Option<String>,
    /// Where a user name must be unique.
    #[arg(long, value_parser = words::<Scope>(["appliance", "node"]))]
    unique_users: Option<Scope>,
    /// Items in a list when the client does not say how many, 1 to 10000.
    #[arg(long, value_name = "N")]
    page_size: Option<u32>,
    /// Whether what real clients send beyond the RFC is taken, or refused so that a client can be tested.
    #[arg(long, value_parser = words::<Tolerance>(["liberal", "strict"]))]
    tolerance: Option<Tolerance>,
    /// How much discovery says: what RFC 7643 has, or what later RFCs add as well.
    #[arg(long, value_parser = words::<Announce>(["minimal", "full"]))]
    announce: Option<Announce>,
    /// Requests a second that are taken, up to 1000000; 0 for as many as come.
    #[arg(long, value_name = "N")]
    rate_limit: Option<u32>,
    /// How much of each request is kept for “scimbox requests”: nothing, one line, or headers and bodies without secrets.
    #[arg(long, value_parser = words::<CaptureMode>(["off", "metadata", "full"]))]
    capture: Option<CaptureMode>,
    /// Addresses and blocks that requests are accepted from, such as 192.0.2.0/24,2001:db8::7; an empty list for all.
    #[arg(long, value_name = "CIDR,…")]
    allow_from: Option<AllowList>,
    /// Whether requests need a client certificate: where the server has --client-ca, always, or never.
    #[arg(long, value_parser = words::<CertificateNeed>(["server", "required", "off"]))]
    client_cert: Option<CertificateNeed>,
    /// Names of which the client certificate has to have one, such as idp.example.com; an empty list for any.
    #[arg(long, value_name = "NAME,…")]
    client_cert_name: Vec<CertificateNames>,
}

impl SettingArgs {
    pub(super) fn change(&self) -> SettingsChange {
        SettingsChange {
            deprovision: self.deprovision,
            email_required: self.email_required.map(bool::from),
            unique_groups: self.unique_groups.map(bool::from),
            approval: self.approval,
            role_prefix: self.role_prefix.clone(),
            unique_users: self.unique_users,
            page_size: self.page_size,
            tolerance: self.tolerance,
            announce: self.announce,
            rate_limit: self.rate_limit,
            capture: self.capture,
            allow_from: self.allow_from.clone(),
            client_cert: self.client_cert,
            client_cert_names: CertificateNames::together(&self.client_cert_name),
        }
    }

    /// Whether none is named.
    pub(super) fn is_empty(&self) -> bool {
        self.change() == SettingsChange::default()
    }
}

/// Accepts the words of a type, and shows them in the help.
pub(super) fn words<T>(words: impl Into<PossibleValuesParser>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = crate::domain::Error> + Clone + Send + Sync + 'static,
{
    words.into().try_map(|word| word.parse::<T>())
}

/// Accepts the identity providers that the wizard knows.
pub(super) fn idps() -> impl TypedValueParser<Value = Idp> {
    words::<Idp>(PossibleValuesParser::new(ALL.iter().map(|idp| idp.name)))
}
