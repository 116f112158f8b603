//! A connection as it is printed.

use super::output::{self, or_dash};
use crate::domain::connection::Connection;
use crate::domain::token::Token;
use crate::domain::{Result, Time, Tx, node};
use serde::Serialize;

/// A line of the list.
#[derive(Serialize)]
pub(super) struct ConnectionListItem {
    pub(super) scim_id: i64,
    pub(super) node_name: String,
    pub(super) node_id: i64,
    pub(super) prefix: Option<String>,
    pub(super) status: &'static str,
    pub(super) last_synced: Option<String>,
}

impl ConnectionListItem {
    pub(super) fn new(tx: &mut dyn Tx, connection: &Connection) -> Result<ConnectionListItem> {
        Ok(ConnectionListItem {
            scim_id: connection.id.0,
            node_name: node::get(tx, connection.node)?.name,
            node_id: connection.node.0,
            prefix: connection.settings.role_prefix.clone(),
            status: connection.state.word(),
            last_synced: moment(connection.last_synced),
        })
    }
}

/// A connection with all there is to know of it but the secrets.
#[derive(Serialize)]
pub(super) struct View {
    scim_id: i64,
    scim_url: String,
    node_id: i64,
    node_name: String,
    status: &'static str,
    prefix: Option<String>,
    unique_groups: bool,
    last_synced: Option<String>,
    idp: &'static str,
    preset: &'static str,
    deprovision: &'static str,
    email_required: bool,
    approval: &'static str,
    role_prefix: Option<String>,
    unique_users: &'static str,
    page_size: u32,
    tolerance: &'static str,
    announce: &'static str,
    paused_at: Option<String>,
    paused_by: Option<String>,
    rate_limit: u32,
    tokens: Vec<ConnectionView>,
}

/// A token without its secret.
#[derive(Serialize)]
struct ConnectionView {
    token_id: String,
    start: String,
    last4: String,
    status: &'static str,
    created_at: String,
    created_by: String,
    expires_at: Option<String>,
    ends_at: Option<String>,
    revoked_at: Option<String>,
    last_used_at: Option<String>,
    last_used_from: Option<String>,
    last_used_agent: Option<String>,
}

impl ConnectionView {
    fn new(token: Token, now: Time) -> ConnectionView {
        let status = match token.revoked_at {
            Some(_) => "revoked",
            None if token.is_live(now) => "live",
            None => "expired",
        };
        ConnectionView {
            token_id: token.id,
            start: token.start,
            last4: token.last4,
            status,
            created_at: token.created_at.to_string(),
            created_by: token.created_by,
            expires_at: moment(token.expires_at),
            ends_at: moment(token.ends_at),
            revoked_at: moment(token.revoked_at),
            last_used_at: moment(token.last_used_at),
            last_used_from: token.last_used_from,
            last_used_agent: token.last_used_agent,
        }
    }
}

impl View {
    pub(super) fn new(tx: &mut dyn Tx, now: Time, connection: &Connection, base: &str) -> Result<View> {
        let settings = connection.settings.clone();
        Ok(View {
            scim_id: connection.id.0,
            scim_url: scim_url(base, connection),
            node_id: connection.node.0,
            node_name: node::get(tx, connection.node)?.name,
            status: connection.state.word(),
            prefix: settings.role_prefix.clone(),
            unique_groups: settings.unique_groups,
            last_synced: moment(connection.last_synced),
            idp: connection.idp.name,
            preset: connection.preset.word(),
            deprovision: settings.deprovision.word(),
            email_required: settings.email_required,
            approval: settings.approval.word(),
            role_prefix: settings.role_prefix,
            unique_users: settings.unique_users.word(),
            page_size: settings.page_size,
            tolerance: settings.tolerance.word(),
            announce: settings.announce.word(),
            paused_at: connection.paused.as_ref().map(|pause| pause.at.to_string()),
            paused_by: connection.paused.as_ref().map(|pause| pause.by.clone()),
            rate_limit: settings.rate_limit,
            tokens: tx.tokens(connection.id)?.into_iter().map(|token| ConnectionView::new(token, now)).collect(),
        })
    }

    pub(super) fn print(self) -> anyhow::Result<()> {
        let status = match (self.paused_at, self.paused_by) {
            (Some(at), Some(by)) => format!("{}, by {by} at {at}", self.status),
            _ => self.status.to_owned(),
        };
        output::list([
            ("SCIM ID", self.scim_id.to_string()),
            ("SCIM URL", self.scim_url),
            ("Node", format!("{} ({})", self.node_name, self.node_id)),
            ("Status", status),
            ("Last synced", or_dash(self.last_synced)),
            ("Identity provider", self.idp.to_owned()),
            ("Preset", self.preset.to_owned()),
            ("deprovision", self.deprovision.to_owned()),
            ("email-required", on_off(self.email_required)),
            ("unique-groups", on_off(self.unique_groups)),
            ("approval", self.approval.to_owned()),
            ("role-prefix", or_dash(self.role_prefix)),
            ("unique-users", self.unique_users.to_owned()),
            ("page-size", self.page_size.to_string()),
            ("tolerance", self.tolerance.to_owned()),
            ("announce", self.announce.to_owned()),
            ("rate-limit", self.rate_limit.to_string()),
        ])?;
        output::text("")?;
        let rows = self.tokens.into_iter().map(|t| {
            let end = t.revoked_at.or(t.ends_at).or(t.expires_at);
            let looks = format!("{}…{}", t.start, t.last4);
            [t.token_id, looks, t.status.to_owned(), t.created_at, or_dash(end), or_dash(t.last_used_at)]
        });
        output::table(["TOKEN ID", "TOKEN", "STATUS", "CREATED", "ENDS", "LAST USED"], rows)
    }
}

/// A connection with the token that was just made for it.
#[derive(Serialize)]
pub(super) struct CreatedConnection {
    scim_id: i64,
    scim_url: String,
    provisioning_token: String,
    node_id: i64,
    node_name: String,
    status: &'static str,
    prefix: Option<String>,
    unique_groups: bool,
}

impl CreatedConnection {
    pub(super) fn new(
        tx: &mut dyn Tx,
        connection: &Connection,
        base: &str,
        secret: String,
    ) -> Result<CreatedConnection> {
        Ok(CreatedConnection {
            scim_id: connection.id.0,
            scim_url: scim_url(base, connection),
            provisioning_token: secret,
            node_id: connection.node.0,
            node_name: node::get(tx, connection.node)?.name,
            status: connection.state.word(),
            prefix: connection.settings.role_prefix.clone(),
            unique_groups: connection.settings.unique_groups,
        })
    }

    pub(super) fn print(self) -> anyhow::Result<()> {
        let CreatedConnection { scim_url, provisioning_token: token, .. } = self;
        output::list([
            ("SCIM ID", self.scim_id.to_string()),
            ("Node", format!("{} ({})", self.node_name, self.node_id)),
            ("Status", self.status.to_owned()),
            ("SCIM URL", scim_url.clone()),
            ("Token", token.clone()),
        ])?;
        output::text(&format!(
            "\nThe token is shown this once. Paste both into the identity provider, or try them:\n  \
             curl -H 'Authorization: Bearer {token}' '{scim_url}/Users?count=1'"
        ))
    }
}

fn scim_url(base: &str, connection: &Connection) -> String {
    format!("{base}/api/rest/scim/v2/{}", connection.node)
}

fn moment(time: Option<Time>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn on_off(switch: bool) -> String {
    if switch { "on" } else { "off" }.to_owned()
}
