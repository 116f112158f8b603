//! The settings of a connection, their presets, and how a change is read.

use super::allow_list::AllowList;
use super::client_certificate::{CertificateNames, CertificateNeed};
use super::words::words;
use super::{Error, Result, flawed_name};

/// A bundle of settings to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Behaves as Keeper's endpoint does.
    Keeper,
    /// Behaves as RFC 7644 says where the two differ.
    Rfc,
}

/// What DELETE on a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deprovision {
    /// The user stays, locked.
    Lock,
    /// The user is gone.
    Delete,
}

/// Who approves pending teams and memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalMode {
    /// An administrator, one by one.
    Manual,
    /// Everything pending is approved when an administrator signs in.
    SignIn,
    /// At once.
    Automatic,
}

/// Where a user name must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In the whole appliance.
    Appliance,
    /// In its node.
    Node,
}

/// Whether a connection takes what real clients send, or holds to the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// Takes what real clients are known to send, and notes it.
    Liberal,
    /// Refuses whatever the RFC does not allow.
    Strict,
}

/// How much the discovery documents say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// Only what RFC 7643 has.
    Minimal,
    /// What later RFCs add as well.
    Full,
}

/// How much of each request the inspector keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureMode {
    /// Nothing.
    Off,
    /// One line, without headers, bodies and values.
    Metadata,
    /// Headers and bodies as well, but no secret.
    Full,
}

words!(Preset, "preset", Keeper = "keeper", Rfc = "rfc");
words!(Deprovision, "deprovision", Lock = "lock", Delete = "delete");
words!(ApprovalMode, "approval", Manual = "manual", SignIn = "sign-in", Automatic = "automatic");
words!(Scope, "unique_users", Appliance = "appliance", Node = "node");
words!(Tolerance, "tolerance", Liberal = "liberal", Strict = "strict");
words!(Announce, "announce", Minimal = "minimal", Full = "full");
words!(CaptureMode, "capture", Off = "off", Metadata = "metadata", Full = "full");

/// How a connection behaves where identity providers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// DELETE on a user locks or deletes.
    pub deprovision: Deprovision,
    /// userName or an e-mail must be a valid address.
    pub email_required: bool,
    /// A second group of the same folded name is refused.
    pub unique_groups: bool,
    /// Who approves what SCIM brings.
    pub approval: ApprovalMode,
    /// Groups whose name starts with it are shown as roles.
    pub role_prefix: Option<String>,
    /// The scope of user names.
    pub unique_users: Scope,
    /// Items returned when `count` is absent, 1 to [`ConnectionSettings::MAX_PAGE`].
    pub page_size: u32,
    /// Whether relaxations are taken or refused.
    pub tolerance: Tolerance,
    /// How much discovery says.
    pub announce: Announce,
    /// Requests a second, at most [`ConnectionSettings::MAX_RATE`]; 0 for as many as come.
    pub rate_limit: u32,
    /// How much of each request is kept.
    pub capture: CaptureMode,
    /// Where its requests may come from.
    pub allow_from: AllowList,
    /// Whether its requests need a client certificate.
    pub client_cert: CertificateNeed,
    /// The names of which that has to have one.
    pub client_cert_names: CertificateNames,
}

impl ConnectionSettings {
    /// No answer holds more resources than this, whatever `count` says.
    pub const MAX_PAGE: u32 = 10_000;
    /// The highest rate limit.
    pub const MAX_RATE: u32 = 1_000_000;
    /// No identity provider comes near this, nor does an import by a program of one's own; one that runs wild might.
    const USUAL_RATE: u32 = 100_000;

    /// The settings of a preset.
    pub fn of(preset: Preset) -> ConnectionSettings {
        let keeper = preset == Preset::Keeper;
        ConnectionSettings {
            deprovision: if keeper { Deprovision::Lock } else { Deprovision::Delete },
            email_required: keeper,
            unique_groups: false,
            approval: if keeper { ApprovalMode::SignIn } else { ApprovalMode::Automatic },
            role_prefix: None,
            unique_users: if keeper { Scope::Appliance } else { Scope::Node },
            page_size: 1000,
            tolerance: Tolerance::Liberal,
            announce: Announce::Full,
            rate_limit: Self::USUAL_RATE,
            capture: CaptureMode::Metadata,
            allow_from: AllowList::default(),
            client_cert: CertificateNeed::Server,
            client_cert_names: CertificateNames::default(),
        }
    }

    /// These settings with a change applied.
    pub fn with(&self, change: &SettingsChange) -> Result<ConnectionSettings> {
        let page_size = change.page_size.unwrap_or(self.page_size);
        if !(1..=Self::MAX_PAGE).contains(&page_size) {
            return Err(Error::Invalid("page_size", format!("expected 1 to {}, got {page_size}", Self::MAX_PAGE)));
        }
        let rate_limit = change.rate_limit.unwrap_or(self.rate_limit);
        if rate_limit > Self::MAX_RATE {
            return Err(Error::Invalid("rate_limit", format!("expected 0 to {}, got {rate_limit}", Self::MAX_RATE)));
        }
        let role_prefix = match &change.role_prefix {
            None => self.role_prefix.clone(),
            Some(text) if text.is_empty() => None,
            Some(text) if text.chars().count() > 100 || flawed_name(text.trim_end()).is_some() => {
                return Err(Error::Invalid("role_prefix", "a prefix has up to 100 visible characters".to_owned()));
            }
            Some(text) => Some(text.clone()),
        };
        Ok(ConnectionSettings {
            deprovision: change.deprovision.unwrap_or(self.deprovision),
            email_required: change.email_required.unwrap_or(self.email_required),
            unique_groups: change.unique_groups.unwrap_or(self.unique_groups),
            approval: change.approval.unwrap_or(self.approval),
            role_prefix,
            unique_users: change.unique_users.unwrap_or(self.unique_users),
            page_size,
            tolerance: change.tolerance.unwrap_or(self.tolerance),
            announce: change.announce.unwrap_or(self.announce),
            rate_limit,
            capture: change.capture.unwrap_or(self.capture),
            allow_from: change.allow_from.clone().unwrap_or_else(|| self.allow_from.clone()),
            client_cert: change.client_cert.unwrap_or(self.client_cert),
            client_cert_names: change
                .client_cert_names
                .as_ref()
                .unwrap_or(&self.client_cert_names)
                .clone()
                .checked()?,
        })
    }
}

/// A change of settings: what is `None` stays. An empty `role_prefix` removes the prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// See [`ConnectionSettings::deprovision`].
    pub deprovision: Option<Deprovision>,
    /// See [`ConnectionSettings::email_required`].
    pub email_required: Option<bool>,
    /// See [`ConnectionSettings::unique_groups`].
    pub unique_groups: Option<bool>,
    /// See [`ConnectionSettings::approval`].
    pub approval: Option<ApprovalMode>,
    /// See [`ConnectionSettings::role_prefix`].
    pub role_prefix: Option<String>,
    /// See [`ConnectionSettings::unique_users`].
    pub unique_users: Option<Scope>,
    /// See [`ConnectionSettings::page_size`].
    pub page_size: Option<u32>,
    /// See [`ConnectionSettings::tolerance`].
    pub tolerance: Option<Tolerance>,
    /// See [`ConnectionSettings::announce`].
    pub announce: Option<Announce>,
    /// See [`ConnectionSettings::rate_limit`].
    pub rate_limit: Option<u32>,
    /// See [`ConnectionSettings::capture`].
    pub capture: Option<CaptureMode>,
    /// See [`ConnectionSettings::allow_from`].
    pub allow_from: Option<AllowList>,
    /// See [`ConnectionSettings::client_cert`].
    pub client_cert: Option<CertificateNeed>,
    /// See [`ConnectionSettings::client_cert_names`].
    pub client_cert_names: Option<CertificateNames>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_what_it_names_and_an_empty_prefix_removes_it() -> Result<()> {
        let keeper = ConnectionSettings::of(Preset::Keeper);
        let named =
            keeper.with(&SettingsChange { role_prefix: Some("role:".to_owned()), ..SettingsChange::default() })?;
        assert_eq!(named.role_prefix.as_deref(), Some("role:"));
        assert_eq!(named.with(&SettingsChange::default())?, named);
        assert_eq!(
            named.with(&SettingsChange { role_prefix: Some(String::new()), ..SettingsChange::default() })?,
            keeper
        );
        assert!(keeper.with(&SettingsChange { page_size: Some(0), ..SettingsChange::default() }).is_err());
        assert!(keeper.with(&SettingsChange { page_size: Some(10_001), ..SettingsChange::default() }).is_err());
        Ok(())
    }
}
