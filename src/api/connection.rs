//! Connections: how identity providers reach nodes.

use super::node::NodeSandbox;
use super::scalar::{Id, Moment};
use super::token::Token;
use super::words::{
    Announce, ApprovalMode, Attention, CaptureMode, CertificateNeed, ConnectionState, Deprovision, Idp, Overlap,
    Preset, Scope, Tolerance,
};
use crate::domain::connection_settings::{self, SettingsChange};
use crate::domain::{Error, idp};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The provisioning method of a node.
#[derive(Serialize, ToSchema)]
pub struct Connection {
    /// The id of a connection.
    pub scim_id: Id,
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: String,
    /// The names of the nodes from the root, separated by \.
    pub node_path: String,
    /// The base URL for the identity provider.
    pub scim_url: String,
    /// The identity provider.
    pub idp: Idp,
    /// The bundle of settings to start from.
    pub preset: Preset,
    /// Its state.
    pub state: ConnectionState,
    /// Why it needs attention.
    pub attention: Option<Attention>,
    /// When it was paused.
    pub paused_at: Option<Moment>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// When it was created.
    pub created_at: Moment,
    /// Users of the node.
    pub users: u64,
    /// Teams of the node.
    pub teams: u64,
    /// Its settings.
    pub settings: ConnectionSettings,
    /// Its tokens, newest first.
    pub tokens: Vec<Token>,
    /// The latest requests, newest first; at most 20.
    #[schema(max_items = 20)]
    pub exchanges: Vec<Exchange>,
    /// When a draft expires.
    pub draft_expires_at: Option<Moment>,
    /// When it was saved.
    pub saved_at: Option<Moment>,
    /// The last successful request for users or groups.
    pub last_synced: Option<Moment>,
    /// The first one.
    pub first_request_at: Option<Moment>,
    /// The first write of a user or group.
    pub first_write_at: Option<Moment>,
    /// What is switched on in its node, if that is a sandbox; null for other nodes.
    pub sandbox: Option<NodeSandbox>,
}

/// A connection with its new token.
#[derive(Serialize, ToSchema)]
pub struct NewConnection {
    /// The connection.
    pub connection: Connection,
    /// The token. It is shown in this answer and never again.
    pub provisioning_token: String,
}

/// The settings of a connection.
#[derive(Serialize, ToSchema)]
pub struct ConnectionSettings {
    /// What DELETE does to a user.
    pub deprovision: Deprovision,
    /// Whether the user name or an e-mail must be a valid address.
    pub email_required: bool,
    /// Whether group names are unique in the node.
    pub unique_groups: bool,
    /// The approval mode.
    pub approval: ApprovalMode,
    /// Groups whose name begins with it are shown as roles.
    pub role_prefix: Option<String>,
    /// Where a user name must be unique.
    pub unique_users: Scope,
    /// Items on a page when the request gives no count; 1 to 10000.
    #[schema(minimum = 1, maximum = 10_000)]
    pub page_size: u32,
    /// Whether deviations of real clients from the RFC are accepted.
    pub tolerance: Tolerance,
    /// What the discovery documents announce.
    pub announce: Announce,
    /// Requests accepted per second, up to 1000000; 0 for no limit.
    #[schema(maximum = 1_000_000)]
    pub rate_limit: u32,
    /// How much of each request is kept.
    pub capture: CaptureMode,
    /// The addresses and blocks that requests are accepted from; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allow_from: Option<String>,
    /// Whether requests need a client certificate; absent where the server decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_cert: Option<CertificateNeed>,
    /// The names of which a client certificate has to have one; absent for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_cert_names: Option<String>,
}

impl From<&connection_settings::ConnectionSettings> for ConnectionSettings {
    fn from(settings: &connection_settings::ConnectionSettings) -> ConnectionSettings {
        ConnectionSettings {
            deprovision: settings.deprovision.into(),
            email_required: settings.email_required,
            unique_groups: settings.unique_groups,
            approval: settings.approval.into(),
            role_prefix: settings.role_prefix.clone(),
            unique_users: settings.unique_users.into(),
            page_size: settings.page_size,
            tolerance: settings.tolerance.into(),
            announce: settings.announce.into(),
            rate_limit: settings.rate_limit,
            capture: settings.capture.into(),
            allow_from: settings.allow_from.text(),
            client_cert: settings.client_cert.told().map(CertificateNeed::from),
            client_cert_names: settings.client_cert_names.text(),
        }
    }
}

/// A request of an identity provider and its outcome.
#[derive(Serialize, ToSchema)]
pub struct Exchange {
    /// When it was answered.
    pub at: Moment,
    /// The method.
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The stable code of the refusal.
    pub code: Option<String>,
    /// The last four characters of a token that was refused.
    pub token_tail: Option<String>,
    /// The client's address.
    pub from: String,
    /// The client's User-Agent.
    pub agent: Option<String>,
    /// The `detail` of the answer.
    pub detail: Option<String>,
    /// The id of a request that wrote.
    pub request_id: Option<String>,
    /// The codes of the relaxations that applied.
    pub relaxations: Vec<&'static str>,
    /// The user who has the user name that was refused; null once that user is in this node, is renamed or deleted.
    pub conflict: Option<Conflict>,
}

/// The user in another node who has the user name that was refused.
#[derive(Serialize, ToSchema)]
pub struct Conflict {
    /// The user name, as the identity provider sent it.
    pub user_name: String,
    /// The id of a user.
    pub user_id: Id,
    /// The node of this user.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: Option<String>,
}

/// The connection of the node of a user or team.
#[derive(Serialize, ToSchema)]
pub struct ControllingConnection {
    /// The id of a connection.
    pub scim_id: Id,
    /// The identity provider.
    pub idp: Idp,
    /// Its state.
    pub state: ConnectionState,
    /// Its approval mode.
    pub approval: ApprovalMode,
}

impl From<&crate::domain::connection::Connection> for ControllingConnection {
    fn from(connection: &crate::domain::connection::Connection) -> ControllingConnection {
        ControllingConnection {
            scim_id: connection.id.into(),
            idp: connection.idp.into(),
            state: connection.state.into(),
            approval: connection.settings.approval.into(),
        }
    }
}

/// An identity provider and its default settings.
#[derive(Serialize, ToSchema)]
pub struct IdpChoice {
    /// Its name.
    pub name: Idp,
    /// Its default settings.
    pub settings: IdpSettings,
}

/// The settings that an identity provider needs; the preset decides all others.
#[derive(Serialize, ToSchema)]
pub struct IdpSettings {
    /// Whether group names are unique in the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unique_groups: Option<bool>,
    /// Items on a page when the request gives no count; 1 to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub page_size: Option<u32>,
    /// What the discovery documents announce.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub announce: Option<Announce>,
}

impl From<idp::Idp> for IdpChoice {
    fn from(idp: idp::Idp) -> IdpChoice {
        let SettingsChange { unique_groups, page_size, announce, .. } = idp.settings();
        let settings = IdpSettings { unique_groups, page_size, announce: announce.map(Announce::from) };
        IdpChoice { name: idp.into(), settings }
    }
}

/// Which connection.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ConnectionPath {
    /// The id of a connection.
    #[param(value_type = Id)]
    pub scim_id: i64,
}

/// Which token.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TokenPath {
    /// The id of a connection.
    #[param(value_type = Id)]
    pub scim_id: i64,
    /// The eight characters that name a token.
    pub token_id: String,
}

/// A body with settings of a connection. Serde would not tell in which field of a flattened struct a value is wrong.
macro_rules! settings_body {
    ($(#[doc = $about:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $about])+
        #[derive(Deserialize, ToSchema)]
        pub struct $name {
            /// The identity provider.
            #[schema(value_type = Option<Idp>)]
            pub idp: Option<String>,
            /// What DELETE does to a user.
            #[schema(value_type = Option<Deprovision>)]
            pub deprovision: Option<String>,
            /// Whether the user name or an e-mail must be a valid address.
            pub email_required: Option<bool>,
            /// Whether group names are unique in the node.
            pub unique_groups: Option<bool>,
            /// The approval mode.
            #[schema(value_type = Option<ApprovalMode>)]
            pub approval: Option<String>,
            /// Groups whose name begins with it are shown as roles; null for none.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<String>, max_length = 100, pattern = "^(?!\\s)[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u2069\\ufdd0-\\ufdef\\ufeff\\ufffe\\uffff]*$")]
            pub role_prefix: Option<Option<String>>,
            /// Where a user name must be unique.
            #[schema(value_type = Option<Scope>)]
            pub unique_users: Option<String>,
            /// Items on a page when the request gives no count; 1 to 10000.
            #[schema(minimum = 1, maximum = 10_000)]
            pub page_size: Option<u32>,
            /// Whether deviations of real clients from the RFC are accepted.
            #[schema(value_type = Option<Tolerance>)]
            pub tolerance: Option<String>,
            /// What the discovery documents announce.
            #[schema(value_type = Option<Announce>)]
            pub announce: Option<String>,
            /// Requests accepted per second, up to 1000000; 0 for no limit.
            #[schema(maximum = 1_000_000)]
            pub rate_limit: Option<u32>,
            /// How much of each request is kept.
            #[schema(value_type = Option<CaptureMode>)]
            pub capture: Option<String>,
            /// The addresses and blocks that requests are accepted from, such as 192.0.2.0/24, 2001:db8::7; empty for all.
            #[schema(max_length = 4000, pattern = "^[0-9A-Fa-f.:/, ]*$")]
            pub allow_from: Option<String>,
            /// Whether requests need a client certificate.
            #[schema(value_type = Option<CertificateNeed>)]
            pub client_cert: Option<String>,
            /// The names of which a client certificate has to have one, with commas between them; empty for any.
            #[schema(max_length = 4000, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u2069\\ufdd0-\\ufdef\\ufeff\\ufffe\\uffff]*$")]
            pub client_cert_names: Option<String>,
            $($own)*
        }

        impl $name {
            /// What that means to the rules.
            ///
            /// # Errors
            /// `INVALID`.
            pub fn change(self) -> Result<SettingsChange, Error> {
                Ok(SettingsChange {
                    deprovision: self.deprovision.map(|word| word.parse()).transpose()?,
                    email_required: self.email_required,
                    unique_groups: self.unique_groups,
                    approval: self.approval.map(|word| word.parse()).transpose()?,
                    role_prefix: self.role_prefix.map(Option::unwrap_or_default),
                    unique_users: self.unique_users.map(|word| word.parse()).transpose()?,
                    page_size: self.page_size,
                    tolerance: self.tolerance.map(|word| word.parse()).transpose()?,
                    announce: self.announce.map(|word| word.parse()).transpose()?,
                    rate_limit: self.rate_limit,
                    capture: self.capture.map(|word| word.parse()).transpose()?,
                    allow_from: self.allow_from.map(|list| list.parse()).transpose()?,
                    client_cert: self.client_cert.map(|word| word.parse()).transpose()?,
                    client_cert_names: self.client_cert_names.map(|list| list.parse()).transpose()?,
                })
            }
        }
    };
}

settings_body!(
    /// Settings of a connection to change; absent fields stay as they are.
    ConnectionChange {}
);

settings_body!(
    /// The settings of a new connection; a setting given here wins over preset and identity provider.
    ConnectionRequest {
        /// The bundle of settings to start from.
        #[schema(value_type = Option<Preset>)]
        pub preset: Option<String>,
        /// After how many days the token expires; null for never.
        #[schema(minimum = 1, maximum = 3650)]
        pub token_days: Option<i64>,
    }
);

/// A new connection that SCIM push fills.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushConnectionRequest {
    /// The bundle of settings to start from.
    #[schema(value_type = Option<Preset>)]
    pub preset: Option<String>,
}

/// How a token is replaced.
#[derive(Deserialize, ToSchema)]
pub struct Rotation {
    /// How long the previous token keeps working; 24h by default.
    #[serde(default = "one_day")]
    #[schema(value_type = Option<Overlap>)]
    pub overlap: String,
    /// After how many days the token expires; null for never.
    #[schema(minimum = 1, maximum = 3650)]
    pub token_days: Option<i64>,
}

fn one_day() -> String {
    "24h".to_owned()
}

/// Tells `null`, which removes, from absence, which leaves.
///
/// # Errors
/// For what is neither text nor null.
pub fn present<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(reader).map(Some)
}
