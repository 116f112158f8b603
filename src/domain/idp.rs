//! The identity providers that the wizard knows, and what choosing one sets.

use super::connection_settings::{Announce, SettingsChange};
use super::{Error, Result};

/// An identity provider by the name that CLI and API use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idp {
    /// `okta`, `entra`, …
    pub name: &'static str,
}

/// All of them, in the order in which they are offered.
pub const ALL: [Idp; 15] = [
    Idp { name: "okta" },
    Idp { name: "entra" },
    Idp { name: "jumpcloud" },
    Idp { name: "cloudgate" },
    Idp { name: "google" },
    Idp { name: "google-function" },
    Idp { name: "onelogin" },
    Idp { name: "ping" },
    Idp { name: "sailpoint" },
    Idp { name: "rippling" },
    Idp { name: "authentik" },
    Idp { name: "keycloak" },
    Idp { name: "canaille" },
    Idp { name: "commander" },
    Idp { name: "other" },
];

impl Idp {
    /// Any client that is not in the list.
    pub const OTHER: Idp = Idp { name: "other" };

    /// What it needs beyond the preset; a setting that the administrator names wins over it.
    pub fn settings(self) -> SettingsChange {
        match self.name {
            // Entra matches groups by displayName, and its validator demands 409 for a second one of the same name.
            "entra" => SettingsChange { unique_groups: Some(true), ..SettingsChange::default() },
            // The function builds its paging parameters but never sends them: docs/keeper.md#faults-of-the-push-clients.
            "google-function" => SettingsChange { page_size: Some(10_000), ..SettingsChange::default() },
            // Its models refuse a discovery document with an attribute that they do not know (canaille 0.3.6).
            "canaille" => SettingsChange { announce: Some(Announce::Minimal), ..SettingsChange::default() },
            _ => SettingsChange::default(),
        }
    }
}

impl std::str::FromStr for Idp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Idp> {
        ALL.into_iter().find(|idp| idp.name == text).ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|idp| idp.name).collect();
            Error::Invalid("idp", format!("expected one of {}, got “{text}”", names.join(", ")))
        })
    }
}
